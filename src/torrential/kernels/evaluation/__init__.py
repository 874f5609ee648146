"""Kernels that compare predictions with labels."""
