r"""Cut a block of CSV into rows and cells.

What ends a cell is looked for 64 bytes at a time. The rules are those of RFC 4180 as Python's
``csv`` and pyarrow read it, blank lines being passed over, with two differences that keep a lone
quote from swallowing the rows after it:

- where a cell in quotes holds line ends, its closing quote must be followed by a delimiter, a line
  end or the end of the file (within one line, what follows is part of the cell, without the quote);
- it must be closed, must not be longer than it may be, and must not look like rows itself.

Otherwise the row is malformed, and the next one begins on the line after the opening quote.
"""

import numpy as np

from torrential.kernels.jit import kernel
from torrential.kernels.parsing.csv_marks import (
    ALIKE,
    ALIKE_LINES,
    ALIKE_SHARE,
    AT,
    BAD,
    BAD_CELLS,
    BAD_LINE,
    BLANK,
    CARRIAGE_RETURN,
    INCOMPLETE,
    JUNK,
    MAX_CELL_BYTES,
    MAX_CELL_LINES,
    N_LINES,
    N_MALFORMED,
    N_ODD,
    N_RECORDS,
    N_ROWS,
    NEWLINE,
    ODD,
    PLAIN,
    QUOTED,
    TOO_LONG,
    UNCLOSED,
    WHOLE,
    WRONG_COUNT,
    find,
)
from torrential.kernels.parsing.csv_simple import split_simple_rows
from torrential.kernels.simd import count_ones, find_any


@kernel
def _count(block, at, end, byte):
    """Count a byte in block[at:end]."""
    n = 0
    while at < end:
        mask = find_any(block, at, byte, byte, byte, byte)
        if end - at < 64:
            mask &= (np.uint64(1) << np.uint64(end - at)) - np.uint64(1)
        n += count_ones(mask)
        at += 64
    return n


@kernel
def _count_lines(block, at, end):
    """Count the line ends in block[at:end], of either kind."""
    first = find(block, at, end, NEWLINE, CARRIAGE_RETURN, NEWLINE, NEWLINE)
    if first == end:
        return 0
    n = _count(block, first, end, NEWLINE)
    return n if n > 0 else _count(block, first, end, CARRIAGE_RETURN)


@kernel
def _after_line(block, at, end):
    """Return where the next line begins."""
    at = find(block, at, end, NEWLINE, CARRIAGE_RETURN, NEWLINE, NEWLINE)
    if at + 1 < end and block[at] == CARRIAGE_RETURN and block[at + 1] == NEWLINE:
        at += 1
    return min(at + 1, end)


@kernel
def _looks_like_rows(block, at, end, delimiter, n_columns, least):
    """Return whether nearly all of the first whole lines after ``at`` look like rows."""
    if n_columns < 2:
        return False
    n = n_alike = 0
    at = _after_line(block, at, end)
    while n < ALIKE_LINES:
        stop = find(block, at, end, NEWLINE, CARRIAGE_RETURN, NEWLINE, NEWLINE)
        if stop == end:
            break
        if stop > at:
            n += 1
            n_alike += _count(block, at, stop, delimiter) == n_columns - 1
        at = stop + 1
    return n >= least and n_alike >= ALIKE_SHARE * n


@kernel
def _closing_quote(block, at, end, quote, escape):
    """Return the place of the closing quote of the cell that begins at ``at``, and its kind.

    The place is ``end`` if there is none; after a quote at the very end, another quote may follow.
    """
    kind = QUOTED
    while True:
        at = find(block, at, end, quote, escape, quote, quote)
        if at >= end:
            return end, kind
        if block[at] != quote or (at + 1 < end and block[at + 1] == quote):
            kind = ODD
            at += 2
            continue
        return at, kind


@kernel
def _end_of_plain(block, at, end, delimiter, escape):
    """Return where an unquoted cell ends, and whether it contains an escape."""
    kind = PLAIN
    while True:
        at = find(block, at, end, delimiter, NEWLINE, CARRIAGE_RETURN, escape)
        if at >= end or block[at] != escape or escape == delimiter:
            return min(at, end), kind
        kind = ODD
        at += 2


@kernel
def _quoted_fault(block, opened, at, end, is_last, delimiter, n_columns, n_lines):
    """Return the fault of a quoted cell of several lines or many bytes that ends at ``at``."""
    if at - opened > MAX_CELL_BYTES or n_lines > MAX_CELL_LINES:
        return TOO_LONG
    if n_lines > ALIKE_LINES and _looks_like_rows(
        block, opened, at, delimiter, n_columns, ALIKE_LINES
    ):
        return ALIKE
    if at == end:
        return UNCLOSED if is_last else INCOMPLETE
    after = block[at + 1] if at + 1 < end else NEWLINE
    if n_lines > 0 and after not in (delimiter, NEWLINE, CARRIAGE_RETURN):
        return JUNK
    return WHOLE


@kernel
def _split_row(block, end, is_last, delimiter, quote, escape, n_columns, slots, cells, row, state):
    """Split the row that begins at state[AT], and advance to the next one."""
    at = begin = state[AT]
    # What can be searched for if there is none.
    to_close, to_end = (quote, delimiter) if escape < 0 else (escape, escape)
    n_cells = n_lines = 0
    spanning = -1
    while True:
        cell = at
        if quote >= 0 and at < end and block[at] == quote:
            at, kind = _closing_quote(block, cell + 1, end, quote, to_close)
            if at + 1 >= end and not is_last and at < end:
                state[BAD] = INCOMPLETE
                return
            inner = _count_lines(block, cell, at)
            fault = _quoted_fault(block, cell, at, end, is_last, delimiter, n_columns, inner)
            if fault != WHOLE:
                state[BAD], state[BAD_CELLS] = fault, n_cells + 1
                state[BAD_LINE] = state[N_LINES] + n_lines
                if fault != INCOMPLETE:
                    state[AT] = _after_line(block, cell, end)
                    state[N_LINES] += n_lines + 1
                return
            if inner > 0 and spanning < 0:
                spanning = cell
                state[BAD_LINE] = state[N_LINES] + n_lines
            n_lines += inner
            start, stop = cell + 1, at
            at += 1
            if at < end and block[at] not in (delimiter, NEWLINE, CARRIAGE_RETURN):
                at, _ = _end_of_plain(block, at, end, delimiter, to_end)
                kind = ODD
                state[N_ODD] += 1
            if kind == ODD:
                start, stop = cell, at
        else:
            at, kind = _end_of_plain(block, at, end, delimiter, to_end)
            start, stop = cell, at
        if at >= end and not is_last:
            state[BAD] = INCOMPLETE
            return
        if n_cells < n_columns and slots[n_cells] >= 0:
            slot = slots[n_cells]
            cells[slot, 0, row], cells[slot, 1, row], cells[slot, 2, row] = start, stop, kind
        n_cells += 1
        if at >= end or block[at] != delimiter:
            break
        at += 1
    if at < end and block[at] == CARRIAGE_RETURN:
        if at + 1 == end and not is_last:
            state[BAD] = INCOMPLETE
            return
        at += at + 1 < end and block[at + 1] == NEWLINE
    is_blank = n_cells == 1 and stop == begin
    state[AT] = min(at + 1, end)
    state[BAD] = BLANK if is_blank else (WHOLE if n_cells == n_columns else WRONG_COUNT)
    if state[BAD] == WRONG_COUNT:
        state[BAD_CELLS] = n_cells
        if spanning >= 0 and _looks_like_rows(block, spanning, at, delimiter, n_columns, 1):
            state[AT] = _after_line(block, spanning, end)
            state[N_LINES] = state[BAD_LINE] + 1
            return
        state[BAD_LINE] = state[N_LINES]
    state[N_LINES] += n_lines + 1


@kernel
def split_rows(
    block, end, is_last, delimiter, quote, escape, n_columns, slots, cells, numbers, skips, state
):
    """Split as many rows of a block as the arrays hold.

    Parameters
    ----------
    block : uint8 array
        With at least `PADDING` bytes after the end.
    end : int
        Where the bytes end.
    is_last : bool
        Whether the file ends there.
    delimiter, quote, escape : int
        Bytes; -1 for a quote or escape that the file does not have.
    n_columns : int
        Number of cells of a row.
    slots : int64 array of shape (n_columns,)
        Number of each column among those that are wanted; -1 for others.
    cells : int64 array of shape (n_wanted, 3, n_rows)
        Is filled with the place, the end and the kind of each cell.
    numbers : int64 array of shape (n_rows,)
        Is filled with the number of each row in the file, malformed ones counted, from 0.
    skips : bool
        Whether to pass over malformed rows; else the first one ends the call.
    state : int64 array of shape (LENGTH,)
        Where to begin and to continue (AT, N_RECORDS, N_LINES), and what was found: whole rows
        (N_ROWS), malformed ones (N_MALFORMED), cells with something after their closing quote
        (N_ODD), how the last row ended (BAD), and of the last malformed one the cells and the line.
    """
    state[N_ROWS] = state[N_MALFORMED] = 0
    state[BAD] = WHOLE
    while state[AT] < end and state[N_ROWS] < len(numbers):
        if escape < 0:
            split_simple_rows(block, end, delimiter, quote, n_columns, slots, cells, numbers, state)
            if state[AT] >= end or state[N_ROWS] == len(numbers):
                return
        row = state[N_ROWS]
        numbers[row] = state[N_RECORDS]
        _split_row(
            block, end, is_last, delimiter, quote, escape, n_columns, slots, cells, row, state
        )
        how = state[BAD]
        if how == INCOMPLETE:
            return
        if how == BLANK:
            continue
        state[N_RECORDS] += 1
        if how == WHOLE:
            state[N_ROWS] += 1
            continue
        state[N_MALFORMED] += 1
        if not skips:
            return
