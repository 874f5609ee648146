"""Kernels of models that keep some columns only."""
