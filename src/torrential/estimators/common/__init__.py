"""Shared by all estimators: inputs, parameters, tags, callbacks and telemetry."""
