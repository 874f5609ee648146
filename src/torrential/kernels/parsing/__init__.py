"""Kernels that cut blocks of bytes into rows and values."""
