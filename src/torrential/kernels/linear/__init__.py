"""Kernels of linear models: scores, steps, penalties, and where weights are."""
