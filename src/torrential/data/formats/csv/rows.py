"""Rows of a CSV file, as columns of cells; malformed ones are counted, or raised."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from torrential.data.files.locate import File
from torrential.data.formats.csv.blocks import Blocks
from torrential.data.formats.csv.dialect import BACKSLASH, NONE, Dialect
from torrential.data.formats.format import Options
from torrential.errors import DataError, MalformedRowError
from torrential.kernels.parsing import csv_marks as marks
from torrential.kernels.parsing.csv_cells import gather_cells
from torrential.kernels.parsing.csv_rows import split_rows
from torrential.types import Bool, Int64

N_CELLS = 1 << 17
"""Number of cells held at a time."""


@dataclass(frozen=True, slots=True)
class Cells:
    """The wanted cells of consecutive rows.

    Attributes
    ----------
    columns : dict of str to pa.BinaryArray
        Cells of each column; a null is a cell without content, not even quotes.
    numbers : int64 array of shape (n_rows,)
        Number of each row in the file, from 1; malformed rows and the header are counted.
    n_malformed : int
        Rows that were passed over since the last ones.
    """

    columns: dict[str, pa.Array]
    numbers: Int64
    n_malformed: int


class CsvRows:
    """A CSV file that is read from its beginning.

    Parameters
    ----------
    blocks : Blocks
    file : File
    options : Options

    Attributes
    ----------
    header : list of str
        The cells of the first row.

    Raises
    ------
    DataError
        There is no header.
    """

    def __init__(self, blocks: Blocks, file: File, options: Options) -> None:
        self._blocks, self._file, self._options = blocks, file, options
        self._dialect = Dialect.of(file, options)
        self._state: Int64 = np.zeros(marks.LENGTH, np.int64)
        self._n_columns = 0
        self.header = self._header()
        if options.escapechar is None and self._dialect.quote != NONE:
            self._dialect = self._detected()

    def cells(self, names: Sequence[str], places: Sequence[int]) -> Iterator[Cells]:
        """Yield cells of the columns at these positions, under these names."""
        slots = np.full(self._n_columns, -1, np.int64)
        slots[list(places)] = np.arange(len(places))
        most = max(1, N_CELLS // max(1, len(places)))
        arrays = np.empty((len(places), 3, most), np.int64), np.empty(most, np.int64)
        while True:
            self._split(slots, *arrays)
            yield self._gathered(names, *arrays)
            if self._state[marks.BAD] == marks.INCOMPLETE or self._is_at_end():
                if self._blocks.is_last:
                    return
                self._blocks.read(int(self._state[marks.AT]))
                self._state[marks.AT] = 0

    def _is_at_end(self) -> bool:
        return bool(self._state[marks.AT] == self._blocks.end)

    def _split(self, slots: Int64, cells: Int64, numbers: Int64) -> None:
        skips = self._options.on_bad_rows == "skip"
        dialect, blocks = self._dialect, self._blocks
        split_rows(
            blocks.bytes,
            blocks.end,
            blocks.is_last,
            dialect.delimiter,
            dialect.quote,
            dialect.escape,
            self._n_columns,
            slots,
            cells,
            numbers,
            skips,
            self._state,
        )
        if self._state[marks.N_MALFORMED] and not skips:
            raise self._malformed()

    def _gathered(self, names: Sequence[str], cells: Int64, numbers: Int64) -> Cells:
        n_rows = int(self._state[marks.N_ROWS])
        columns = {name: self._column(cells[slot, :, :n_rows]) for slot, name in enumerate(names)}
        n_malformed = int(self._state[marks.N_MALFORMED])
        return Cells(columns, numbers[:n_rows] + 1, n_malformed)

    def _column(self, places: Int64) -> pa.Array:
        n_rows = places.shape[1]
        n_bytes = int(places[1].sum() - places[0].sum())
        content = pa.allocate_buffer(n_bytes + marks.PADDING)
        values = np.frombuffer(content, np.uint8)
        offsets = np.empty(n_rows + 1, np.int32)
        missing: Bool = np.empty(n_rows, np.bool_)
        dialect = self._dialect
        n_missing = gather_cells(
            self._blocks.bytes, places, dialect.quote, dialect.escape, values, offsets, missing
        )
        valid = None
        if n_missing:
            valid = pa.py_buffer(np.packbits(~missing, bitorder="little"))
        buffers = [valid, pa.py_buffer(offsets), content.slice(0, n_bytes)]
        return pa.Array.from_buffers(pa.binary(), n_rows, buffers)

    def _header(self) -> list[str]:
        """Read the first row, whatever its number of cells."""
        state, nothing = self._state, np.empty(0, np.int64)
        numbers = np.empty(1, np.int64)
        while True:
            # With no column a row is malformed, and the call ends with the number of its cells.
            self._split_first(nothing, np.empty((0, 3, 1), np.int64), numbers)
            how = state[marks.BAD]
            if how == marks.INCOMPLETE and not self._blocks.is_last:
                self._blocks.read(int(state[marks.AT]))
                state[marks.AT] = 0
                continue
            break
        if how != marks.WRONG_COUNT:
            raise self._no_header(int(how))
        self._n_columns = int(state[marks.BAD_CELLS])
        state[:] = 0
        slots = np.arange(self._n_columns)
        cells = np.empty((self._n_columns, 3, 1), np.int64)
        self._split_first(slots, cells, numbers)
        columns = [self._column(cells[slot]) for slot in slots]
        return [_name(column[0].as_py() or b"") for column in columns]

    def _split_first(self, slots: Int64, cells: Int64, numbers: Int64) -> None:
        dialect, blocks = self._dialect, self._blocks
        block = (blocks.bytes, blocks.end, blocks.is_last)
        characters = (dialect.delimiter, dialect.quote, dialect.escape)
        split_rows(*block, *characters, self._n_columns, slots, cells, numbers, False, self._state)

    def _detected(self) -> Dialect:
        r"""Return the dialect with a backslash as escape if the first block uses it.

        That is where ``\"`` is in it, and fewer rows are malformed or odd if it is an escape.
        """
        text = self._blocks.bytes[: self._blocks.end]
        quote = bytes([self._dialect.quote])
        if BACKSLASH.encode() + quote not in text.tobytes():
            return self._dialect
        escaped = replace(self._dialect, escape=ord(BACKSLASH))
        return escaped if self._n_faults(escaped) < self._n_faults(self._dialect) else self._dialect

    def _n_faults(self, dialect: Dialect) -> int:
        """Count the rows of the block that are malformed or odd."""
        state, blocks, n_faults = self._state.copy(), self._blocks, 0
        slots = np.full(self._n_columns, -1, np.int64)
        cells, numbers = np.empty((0, 3, N_CELLS), np.int64), np.empty(N_CELLS, np.int64)
        characters = (dialect.delimiter, dialect.quote, dialect.escape)
        state[marks.N_ODD] = 0
        block = (blocks.bytes, blocks.end, blocks.is_last)
        while state[marks.AT] < blocks.end:
            split_rows(*block, *characters, self._n_columns, slots, cells, numbers, True, state)
            n_faults += int(state[marks.N_MALFORMED])
            if state[marks.BAD] == marks.INCOMPLETE:
                break
        return n_faults + int(state[marks.N_ODD])

    def _no_header(self, how: int) -> DataError:
        if how in (marks.WHOLE, marks.BLANK):
            return DataError(
                f"{self._file.url} is not readable as CSV (it has no header): write the names of "
                "the columns to its first line."
            )
        return DataError(
            f"{self._file.url} is not readable as CSV (a quote in its header is never closed): "
            "close it, or pass quotechar=None if quotes have no meaning in this file."
        )

    def _malformed(self) -> MalformedRowError:
        """Return the error for the last row."""
        state = self._state
        row, line = int(state[marks.N_RECORDS]), int(state[marks.BAD_LINE]) + 1
        where = f"{self._file.url}, row {row}" + ("" if row == line else f" (line {line})")
        cells = int(state[marks.BAD_CELLS])
        skip = "pass on_bad_rows='skip'"
        if state[marks.BAD] == marks.WRONG_COUNT:
            return MalformedRowError(
                f"{where} has {cells} columns where the header has {self._n_columns}: correct it, "
                f"or {skip}{self._escape_hint()}."
            )
        fault = {
            marks.UNCLOSED: "is never closed",
            marks.JUNK: "spans several lines and has text after its closing quote",
            marks.TOO_LONG: "is longer than 2,000,000 lines or 256 MiB",
            marks.ALIKE: "spans more than 100 lines that would be rows themselves",
        }[int(state[marks.BAD])]
        name = self.header[cells - 1] if cells <= self._n_columns else None
        column = f"of column {name!r} " if name is not None else ""
        return MalformedRowError(
            f"{where}: the quoted cell {column}{fault}: close or double its quote, pass "
            f"quotechar=None if quotes have no meaning in this file{self._escape_hint()}, or "
            f"{skip}."
        )

    def _escape_hint(self) -> str:
        r"""Return advice to set the parameter for ``\"`` if one is nearby."""
        at = int(self._state[marks.AT])
        near = self._blocks.bytes[max(0, at - 4096) : at].tobytes()
        if self._dialect.escape == NONE and self._dialect.quote != NONE and rb"\"" in near:
            return r", or escapechar='\\' if \" means a quote"
        return ""


def _name(cell: bytes) -> str:
    """Return the name of a column; bytes that are not UTF-8 are Latin-1, so that it is writable."""
    try:
        return cell.decode()
    except UnicodeDecodeError:
        return cell.decode("latin-1")
