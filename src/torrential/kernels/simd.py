"""Vector instructions as functions: 64 bytes of text at a time.

Their emitters are in :mod:`torrential.kernels.emitters.simd`, and say what they do. Under
``NUMBA_DISABLE_JIT=1`` the twins of the same names in :mod:`torrential.kernels.plain` take their
place; the tests hold the two together.
"""

from torrential.kernels.constants import BLOCK
from torrential.kernels.jit import emitted

(
    classify,
    clear_lowest,
    copy_block,
    count_ones,
    find_any,
    find_known,
    load32,
    trailing_zeros,
    write_positions,
) = emitted(
    "torrential.kernels.emitters.simd",
    "torrential.kernels.plain",
    "classify",
    "clear_lowest",
    "copy_block",
    "count_ones",
    "find_any",
    "find_known",
    "load32",
    "trailing_zeros",
    "write_positions",
)

__all__ = [
    "BLOCK",
    "classify",
    "clear_lowest",
    "copy_block",
    "count_ones",
    "find_any",
    "find_known",
    "load32",
    "trailing_zeros",
    "write_positions",
]
