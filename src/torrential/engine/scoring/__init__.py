"""Scoring: prediction, evaluation and explanation, on any executor."""
