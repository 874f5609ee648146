"""What all estimators share: inputs, parameters, tags, callbacks and telemetry."""
