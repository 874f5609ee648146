"""Kernels from texts to hashed rows."""
