"""SIMD over a mapped file: white space among 64 bytes, and rows of floats that begin at any byte.

The emitters are in :mod:`torrential.kernels.emitters.mapped`, and say what they do.
"""

from torrential.kernels.jit import emitted

add_rows, dot_tiles, find_spaces, load64, load_float = emitted(
    "torrential.kernels.emitters.mapped",
    "torrential.kernels.fasttext.vectors_plain",
    "add_rows",
    "dot_tiles",
    "find_spaces",
    "load64",
    "load_float",
)

__all__ = ["add_rows", "dot_tiles", "find_spaces", "load64", "load_float"]
