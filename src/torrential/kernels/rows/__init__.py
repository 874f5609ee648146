"""Kernels over sparse rows: packed, hashed, copied and weighted."""
