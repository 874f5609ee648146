"""The contract of a file format: its columns, its parts, and its rows."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa

from torrential.data.columns.chosen import Columns
from torrential.data.columns.shape import Shape
from torrential.data.files.locate import File
from torrential.data.joining import Piece

# Text formats are cut into ranges of this many bytes, one partition each.
RANGE_BYTES = 16 << 20

# And read in blocks of this many: about one batch.
BLOCK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a file that can be read without the rest of it.

    Attributes
    ----------
    start, stop : int
        What the format counts in: bytes, row groups or record batches. ``stop`` is None for a
        file that is one part.
    n_rows : int or None
        Number of rows, where it is known before reading.
    label : str
        How messages call the part; empty for a file that is one part.
    """

    start: int = 0
    stop: int | None = None
    n_rows: int | None = None
    label: str = ""


@dataclass(frozen=True, slots=True)
class Options:
    """Options of reading that the caller decides.

    Attributes
    ----------
    columns : Columns
    on_bad_rows : "raise" or "skip"
    delimiter : str or None
        Of CSV files; None for a tab in ``.tsv`` files and a comma in others.
    target_type : pyarrow.DataType or None
        Type of the target; None to infer it from the first rows of the first file.
    quotechar : str or None
        Quote character of CSV files; empty or None if quotes have no meaning.
    escapechar : str or None
        Of CSV files; empty for none, None to find out by the first rows.
    types : tuple of pairs of str and pyarrow.DataType
        Types of inputs by name; others are those of the first rows of the first file.
    """

    columns: Columns
    on_bad_rows: Literal["raise", "skip"] = "raise"
    delimiter: str | None = None
    target_type: pa.DataType | None = None
    quotechar: str | None = '"'
    escapechar: str | None = None
    types: tuple[tuple[str, pa.DataType], ...] = ()


@dataclass(frozen=True, slots=True)
class Roles:
    """What the columns of a format with fixed names are for, unless the caller decides.

    Attributes
    ----------
    text : tuple of str
    target, weight : str or None
    keys : tuple of str
        Columns that name rows, and are no inputs.
    """

    text: tuple[str, ...] = ()
    target: str | None = None
    weight: str | None = None
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Format:
    """A file format as three functions.

    Attributes
    ----------
    extensions : tuple of str
        In lower case, with the dot.
    schema : callable
        Columns of a file with their types; reads its beginning only.
    parts : callable
        Parts of a file, decided by the file alone, in its order.
    read : callable
        Rows of a part in bounded memory: at least the columns of the shape that the file has,
        in any Arrow type from which the shape's can be had by a cast.
    untyped : callable or None
        In formats whose columns have no types: the field of a column that is only passed on.
    roles : Roles
    """

    extensions: tuple[str, ...]
    schema: Callable[[File, Options], pa.Schema]
    parts: Callable[[File], list[Part]]
    read: Callable[[File, Part, Shape, Options], Iterator[Piece]]
    untyped: Callable[[str], pa.Field] | None = None
    roles: Roles = Roles()


def whole_file(file: File) -> list[Part]:
    """Return a file as one part: it can only be read from its beginning to its end."""
    return [Part()]
