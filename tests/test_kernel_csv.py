"""The kernels that split CSV, against a twin in plain Python and against Python's csv."""

import csv
import io
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from torrential.kernels.parsing import csv_marks as marks
from torrential.kernels.parsing.csv_cells import gather_cells
from torrential.kernels.parsing.csv_rows import split_rows

COMMA, QUOTE, NONE, BACKSLASH = ord(","), ord('"'), -1, ord("\\")


def split(data, n_columns, quote=QUOTE, escape=NONE, *, is_last=True, skips=True, capacity=None):
    """All whole rows as tuples of cells, the numbers of malformed rows, and the state."""
    block = np.zeros(len(data) + marks.PADDING, np.uint8)
    block[: len(data)] = np.frombuffer(data, np.uint8)
    capacity = capacity or len(data) + 1
    cells = np.zeros((n_columns, 3, capacity), np.int64)
    numbers, state = np.zeros(capacity, np.int64), np.zeros(marks.LENGTH, np.int64)
    slots, rows, n_malformed, met = np.arange(n_columns), [], 0, []
    while True:
        split_rows(
            block, len(data), is_last, COMMA, quote, escape, n_columns, slots, cells, numbers,
            skips, state,
        )  # fmt: skip
        n_rows = int(state[marks.N_ROWS])
        n_malformed += int(state[marks.N_MALFORMED])
        met += numbers[:n_rows].tolist()
        rows += zip(*(gather(block, cells[c, :, :n_rows], quote, escape) for c in range(n_columns)))
        if n_rows < capacity or state[marks.AT] == len(data):
            return rows, n_malformed, met, state


def gather(block, places, quote, escape):
    values = np.zeros(int((places[1] - places[0]).sum()) + marks.PADDING, np.uint8)
    offsets, missing = np.zeros(places.shape[1] + 1, np.int32), np.zeros(places.shape[1], bool)
    gather_cells(block, places, quote, escape, values, offsets, missing)
    cells = [values[a:b].tobytes() for a, b in pairwise(offsets)]
    return [None if is_missing else cell for cell, is_missing in zip(cells, missing)]


def naive_row(data, at, quote, escape):
    """The row at a place, byte by byte: its cells or None, and where the next one begins."""
    cells, cell, state, several, opened = [], b"", "start", False, at
    while True:
        byte = data[at : at + 1]
        ends = byte in (b"", b"\n", b"\r")
        if state == "start":
            cell, is_quoted = b"", False
            if byte == quote and quote:
                state, opened, is_quoted, several = "inside", at, True, False
                at += 1
                continue
            state = "plain"
        if state == "inside":
            if byte == b"":
                return None, line_after(data, opened)
            if byte == escape and escape:
                if at + 1 == len(data):
                    return None, line_after(data, opened)
                cell += data[at + 1 : at + 2]
                several |= data[at + 1 : at + 2] in (b"\n", b"\r")
                at += 2
            elif byte == quote and data[at + 1 : at + 2] == quote:
                cell += quote
                at += 2
            elif byte == quote:
                if several and data[at + 1 : at + 2] not in (b"", b",", b"\n", b"\r"):
                    return None, line_after(data, opened)
                state = "plain"
                at += 1
            else:
                several |= byte in (b"\n", b"\r")
                cell += byte
                at += 1
            continue
        if byte == escape and escape:
            cell += data[at + 1 : at + 2] or escape
            at += 2
        elif byte == b"," or ends:
            cells.append(None if not cell and not is_quoted else cell)
            state = "start"
            at += 2 if data[at : at + 2] == b"\r\n" else 1
            if ends:
                return cells, min(at, len(data))
        else:
            cell += byte
            at += 1


def line_after(data, at):
    while at < len(data) and data[at : at + 1] not in (b"\n", b"\r"):
        at += 1
    return min(len(data), at + (2 if data[at : at + 2] == b"\r\n" else 1))


def naive_split(data, n_columns, quote, escape):
    rows, n_malformed, numbers, at, n_records = [], 0, [], 0, 0
    while at < len(data):
        cells, at = naive_row(data, at, quote, escape)
        if cells == [None]:
            continue
        if cells is None or len(cells) != n_columns:
            n_malformed += 1
        else:
            rows.append(tuple(cells))
            numbers.append(n_records)
        n_records += 1
    return rows, n_malformed, numbers


# Rows of too many cells with a cell of several lines have another test: lines of one comma each.
pieces = st.sampled_from(
    [b'"', b'""', b",", b",", b"\n", b"\r\n", b"\r", b"\\", b'\\"', b"a", b"long text " * 9, b"\0"]
)


@given(
    st.lists(pieces, max_size=30).map(b"".join),
    st.sampled_from([(QUOTE, NONE), (QUOTE, BACKSLASH), (NONE, NONE), (NONE, BACKSLASH)]),
)
@example(b'"a\n",b\n"lone\nc,d\n', (QUOTE, NONE))
@example(b'"a"b"c",\r\n"\n"d,e', (QUOTE, NONE))
@example(b'"a\\', (QUOTE, BACKSLASH))
@example(b"a\\", (NONE, BACKSLASH))
def test_rows_are_those_of_the_naive_twin(data, characters):
    quote, escape = (b"" if each == NONE else bytes([each]) for each in characters)
    rows, n_malformed, numbers = naive_split(data, 1, quote, escape)
    for capacity in (None, 1):
        found = split(data, 1, *characters, capacity=capacity)
        assert found[:3] == (rows, n_malformed, numbers)


@given(
    st.lists(pieces, max_size=30).map(b"".join),
    st.integers(1, 3),
    st.sampled_from([QUOTE, NONE]),
    st.booleans(),
)
@example(b'a,"b, ""c""\n"\nd,e\r\n"f","g"\n', 2, QUOTE, True)
@example(b'a,b\r\n"c\r\nd",e\rf,"g"\r\n', 2, QUOTE, False)
def test_simple_rows_are_split_as_others_are(data, n_columns, quote, is_last):
    """With an escape, which is nowhere in the data, no row is taken for simple."""
    for capacity in (None, 1):
        found = split(data, n_columns, quote, is_last=is_last, capacity=capacity)
        others = split(data, n_columns, quote, 1, is_last=is_last, capacity=capacity)
        assert found[:3] == others[:3]
        told = [marks.AT, marks.N_RECORDS, marks.N_LINES, marks.N_ODD]
        assert found[3][told].tolist() == others[3][told].tolist()


cells = st.text(st.sampled_from('ab ,"\n\r\\é'), max_size=70)


@given(st.lists(st.tuples(cells, cells, cells), max_size=8), st.sampled_from([0, 1, 2]))
def test_what_python_writes_is_read(rows, quoting):
    sink = io.StringIO()
    csv.writer(sink, quoting=quoting, lineterminator="\r\n").writerows(rows)
    found, n_malformed, *_ = split(sink.getvalue().encode(), 3)
    expected = [tuple(cell.encode() for cell in row) for row in rows]
    assert [tuple(cell or b"" for cell in row) for row in found] == expected
    assert n_malformed == 0


@given(st.lists(st.tuples(cells, cells), max_size=8))
def test_what_python_escapes_is_read(rows):
    sink = io.StringIO()
    writer = csv.writer(sink, escapechar="\\", doublequote=False, quoting=csv.QUOTE_ALL)
    writer.writerows(rows)
    found, n_malformed, *_ = split(sink.getvalue().encode(), 2, escape=BACKSLASH)
    assert found == [tuple(cell.encode() for cell in row) for row in rows]
    assert n_malformed == 0


@given(st.lists(pieces, max_size=20).map(b"".join), st.integers(0, 300))
def test_a_block_that_goes_on_holds_the_first_of_the_same_rows(data, cut):
    whole, _, numbers, _ = split(data, 2)
    rows, _, some_numbers, state = split(data[:cut], 2, is_last=False)
    assert whole[: len(rows)] == rows and numbers[: len(rows)] == some_numbers
    rest, *_ = split(data[state[marks.AT] :], 2)
    assert rows + rest == whole


def test_a_lone_quote_takes_one_row_with_it():
    rows = [b"text %d,label" % i for i in range(300)]
    expected = [tuple(row.split(b",")) for row in rows]
    for lone in (b'"lone,label', b'label,"lone'):
        for place in (0, 100, 299):
            data = b"\n".join([*rows[:place], lone, *rows[place:]])
            found, n_malformed, numbers, _ = split(data, 2)
            assert found == expected and n_malformed == 1
            assert numbers == [*range(place), *range(place + 1, 301)]
    # Two of them, the second of which closes the first.
    data = b"\n".join([*rows[:10], b'"lone,label', *rows[10:200], b'label,closed"', *rows[200:]])
    found, n_malformed, *_ = split(data, 2)
    assert found == [*expected[:200], (b"label", b'closed"'), *expected[200:]]
    assert n_malformed == 1


def test_a_row_of_too_many_cells_does_not_swallow_rows_either():
    data = b'a,b\n"lone,b\nc,d\ne,f\nclosed",b,more\ng,h\n'
    found, n_malformed, *_ = split(data, 2)
    assert found == [(b"a", b"b"), (b"c", b"d"), (b"e", b"f"), (b"g", b"h")]
    assert n_malformed == 2


def test_text_of_many_lines_is_text():
    text = b"\n".join(b"line %d of some text, with commas, and more" % i for i in range(5000))
    found, n_malformed, *_ = split(b'"' + text + b'",a\nb,c\n', 2)
    assert found == [(text, b"a"), (b"b", b"c")] and n_malformed == 0


@pytest.mark.jit
@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"])
def test_a_cell_of_too_many_lines_is_malformed(end):
    for n_lines, n_malformed in ((2_000_000, 0), (2_000_001, 1)):
        # One cell in each line, where a row has two.
        data = b'"' + end * n_lines + b'",a' + end + b"b,c" + end
        rows, found, *_ = split(data, 2, capacity=10, skips=False)
        assert found == n_malformed
        assert n_malformed or rows[1] == (b"b", b"c")


@pytest.mark.jit
def test_a_cell_of_too_many_bytes_is_malformed():
    data = bytearray(b"x") * (marks.MAX_CELL_BYTES + 10)
    data[0], data[-1] = QUOTE, QUOTE
    *_, state = split(bytes(data), 1, capacity=1, skips=False)
    assert state[marks.BAD] == marks.TOO_LONG
    *_, state = split(bytes(data[20:]), 1, capacity=1, skips=False)
    assert state[marks.BAD] == marks.WHOLE
