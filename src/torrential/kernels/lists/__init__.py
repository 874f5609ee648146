"""Kernels of weights as lists: for each feature, those of the classes that it was seen with."""
