"""Split the rows of CSV that are written simply: nearly all, in most files."""

from torrential.kernels.jit import kernel
from torrential.kernels.parsing.csv_marks import (
    AT,
    CARRIAGE_RETURN,
    MAX_CELL_BYTES,
    N_LINES,
    N_RECORDS,
    N_ROWS,
    NEWLINE,
    ODD,
    PLAIN,
    QUOTED,
)
from torrential.kernels.simd import clear_lowest, find_any, trailing_zeros


@kernel
def split_simple_rows(block, end, delimiter, quote, n_columns, slots, cells, numbers, state):
    """Split rows up to the first that is not simple, in one pass over all marks.

    Simple rows have the right number of cells, a line end, none within quotes, and nothing after
    a closing quote.
    """
    row, n_records, n_lines = state[N_ROWS], state[N_RECORDS], state[N_LINES]
    cell = base = state[AT]
    column, kind, stop = 0, PLAIN, -1  # of a cell in quotes, stop is where it was closed
    second = -1  # where the second of two quotes is that mean one
    to_find = delimiter if quote < 0 else quote
    mask = find_any(block, base, delimiter, to_find, NEWLINE, CARRIAGE_RETURN)
    while row < len(numbers):
        while mask == 0 and base < end:
            base += 64
            mask = find_any(block, base, delimiter, to_find, NEWLINE, CARRIAGE_RETURN)
        at = base + trailing_zeros(mask)
        mask = clear_lowest(mask)
        if at >= end:
            break
        byte = block[at]
        if byte == quote:
            if kind == PLAIN:
                kind = QUOTED if at == cell else PLAIN
            elif at != second:
                after = block[at + 1] if at + 1 < end else 0
                if after == quote:
                    kind, second = ODD, at + 1
                elif (
                    after not in (delimiter, NEWLINE, CARRIAGE_RETURN) or at - cell > MAX_CELL_BYTES
                ):
                    break
                else:
                    stop = at
            continue
        if kind == PLAIN:
            if at < cell:  # of two bytes that end a line
                continue
        elif stop < cell:
            if byte == delimiter:
                continue
            break
        if column == n_columns:
            break
        slot = slots[column]
        column += 1
        if byte != delimiter:
            is_blank = n_columns == 1 and at == cell
            if column != n_columns or is_blank or (byte == CARRIAGE_RETURN and at + 1 == end):
                break
        if slot >= 0:
            first, last = (cell, at) if kind != QUOTED else (cell + 1, stop)
            cells[slot, 0, row], cells[slot, 1, row], cells[slot, 2, row] = first, last, kind
        kind = PLAIN
        cell = at + 1
        if byte != delimiter:
            cell += byte == CARRIAGE_RETURN and block[cell] == NEWLINE
            numbers[row] = n_records
            row += 1
            n_records += 1
            n_lines += 1
            column = 0
            state[AT] = cell
    state[N_ROWS], state[N_RECORDS], state[N_LINES] = row, n_records, n_lines
