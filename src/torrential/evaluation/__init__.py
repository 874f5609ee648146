"""Evaluation: metrics that are computed from a stream."""
