"""The text model: features, linear model, labels and calibration as one."""
