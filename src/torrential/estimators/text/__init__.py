"""TextClassifier: its fit, predictions, explanations and checkpoints."""
