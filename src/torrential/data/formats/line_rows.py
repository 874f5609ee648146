"""Rows of formats of lines: malformed lines are counted or raised, and numbers parsed again."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pyarrow as pa

from torrential.data.files.locate import File
from torrential.data.formats.format import Options, Part
from torrential.data.formats.lines import blocks, n_lines_before
from torrential.errors import MalformedRowError
from torrential.types import Float32, Float64, Int64

MOST_SHOWN = 60
"""Bytes of a malformed piece that a message shows."""


@dataclass(slots=True)
class LineBlock:
    """Whole lines of a part, and how to speak of them.

    Attributes
    ----------
    text : bytes
    file : File
    options : Options
    lines_before : int
        Lines of the part before the block.
    part : Part
    """

    text: bytes
    file: File
    options: Options
    lines_before: int
    part: Part

    def place(self, line: int) -> str:
        """Return file and row of a line of the block, for a message; rows count from 1."""
        number = n_lines_before(self.file, self.part) + self.lines_before + line + 1
        return f"{self.file.url}, row {number}"

    def piece(self, start: int, end: int) -> str:
        """Return a piece of a line, for a message."""
        shown = self.text[start : min(end, start + MOST_SHOWN)].decode("utf-8", "replace")
        return repr(shown + ("..." if end - start > MOST_SHOWN else ""))

    def check(self, faults: Int64, messages: Mapping[int, str]) -> int:
        """Return the number of malformed lines.

        Parameters
        ----------
        faults : int64 array of shape (n_faults, 4)
            Kind, line, and place of what is wrong.
        messages : mapping of int to str
            What is wrong, by kind, with the piece as ``{}``.

        Raises
        ------
        MalformedRowError
            If there is one, and rows are not to be skipped.
        """
        if len(faults) and self.options.on_bad_rows != "skip":
            kind, line, start, end = faults[0].tolist()
            raise MalformedRowError(
                f"{self.place(line)}: {messages[kind].format(self.piece(start, end))}: correct it, "
                "or pass on_bad_rows='skip'."
            )
        return len(faults)

    def number(self, start: int, end: int) -> float:
        """Return the number that a piece writes, to the last bit."""
        return float(self.text[start:end])


def line_blocks(file: File, part: Part, options: Options) -> Iterator[LineBlock]:
    """Yield the blocks of a part."""
    n_lines = 0
    for text in blocks(file, part):
        yield LineBlock(text, file, options, n_lines, part)
        n_lines += text.count(b"\n")


def numbers_array(values: Float64) -> pa.Array:
    """Return numbers with nulls in place of nan."""
    return pa.array(values, from_pandas=True)


def map_array(offsets: pa.Array, keys: pa.Array, values: Float32) -> pa.Array:
    """Return a column of maps; keys may repeat within a row."""
    return pa.MapArray.from_arrays(offsets, keys, pa.array(values))
