"""Shared parts of the kernels that split CSV: names of numbers, and the search for bytes."""

from torrential.kernels.jit import kernel
from torrential.kernels.simd import find_any, trailing_zeros

PADDING = 64
"""Bytes after the end of a block that may be read."""

NEWLINE, CARRIAGE_RETURN = 10, 13

# How a row ends. An incomplete one has to be read again, with what follows.
WHOLE, BLANK, INCOMPLETE, WRONG_COUNT, UNCLOSED, JUNK, TOO_LONG, ALIKE = range(8)

# How a cell is written: QUOTED within quotes that are left out, ODD with more to take out.
PLAIN, QUOTED, ODD = range(3)

MAX_CELL_BYTES = 256 << 20
MAX_CELL_LINES = 2_000_000
ALIKE_LINES, ALIKE_SHARE = 100, 0.9
"""A cell in quotes is not a cell if this many of this many of its lines would be rows."""

# Places in `state`.
AT, N_ROWS, N_RECORDS, N_LINES, N_MALFORMED, N_ODD, BAD, BAD_CELLS, BAD_LINE, LENGTH = range(10)


@kernel
def find(block, at, end, a, b, c, d):
    """Return the place of the first of four bytes in block[at:end], or ``end`` without one."""
    while at < end:
        mask = find_any(block, at, a, b, c, d)
        if mask != 0:
            return min(at + trailing_zeros(mask), end)
        at += 64
    return end
