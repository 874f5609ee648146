"""Compiled kernels: called without Numba, which only compiles them."""
