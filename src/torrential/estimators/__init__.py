"""Estimators: the public face in scikit-learn's words."""
