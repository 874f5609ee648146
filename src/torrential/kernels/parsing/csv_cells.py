"""Gather the cells of a column of CSV."""

from torrential.kernels.jit import kernel
from torrential.kernels.parsing.copying import copy_bytes
from torrential.kernels.parsing.csv_marks import ODD, PLAIN, find
from torrential.kernels.simd import BLOCK, copy_block


@kernel
def _decode(block, at, end, quote, escape, target, n):
    """Copy an irregular cell without its quotes and escapes; return the end of the copy."""
    inside = quote >= 0 and block[at] == quote
    at += inside
    # What can be searched for without an escape, or if a quote has no meaning.
    mark = quote if escape < 0 else escape
    while at < end:
        special = find(block, at, end, quote if inside else mark, mark, mark, mark)
        copy_bytes(block, at, special, target, n)
        n += special - at
        at = special + 1
        if special == end:
            break
        byte = block[special]
        if byte == escape or (inside and at < end and block[at] == quote):
            # Of two, the second is meant; a single one at the end means itself.
            byte = block[min(at, end - 1)]
            at += 1
        elif inside:
            inside = False
            continue
        target[n] = byte
        n += 1
    return n


@kernel
def gather_cells(block, places, quote, escape, values, offsets, missing):
    """Copy the cells of a column one after the other.

    Parameters
    ----------
    block : uint8 array
    places : int64 array of shape (3, n_rows)
        As `split_rows` fills it.
    quote, escape : int
    values : uint8 array
        Is filled; 64 bytes longer than all cells are together.
    offsets : int32 array of shape (n_rows + 1,)
        Is filled: cell i is ``values[offsets[i]:offsets[i + 1]]``.
    missing : bool array of shape (n_rows,)
        Is filled: whether there is nothing at all, not even quotes.

    Returns
    -------
    n_missing : int
    """
    n = n_missing = 0
    offsets[0] = 0
    for row in range(places.shape[1]):
        start, stop, kind = places[0, row], places[1, row], places[2, row]
        is_missing = start == stop and kind == PLAIN
        missing[row] = is_missing
        n_missing += is_missing
        if kind == ODD:
            n = _decode(block, start, stop, quote, escape, values, n)
        else:
            if stop - start <= BLOCK:
                copy_block(block, start, values, n)
            else:
                copy_bytes(block, start, stop, values, n)
            n += stop - start
        offsets[row + 1] = n
    return n_missing
