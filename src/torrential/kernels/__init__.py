"""Kernels: Numba functions over arrays. No classes, no I/O, no threads."""
