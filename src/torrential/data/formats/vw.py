"""Read Vowpal Wabbit's lines: ``1 0.5 'tag |namespace a b:2 |other:3 c``.

Where rows have several labels these are whole numbers between commas, ``1,2 'tag |namespace a``, as
of ``--multilabel_oaa``: without a weight, and a line without a label is one whose labels are not
known.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice

import numpy as np
import pyarrow as pa

from torrential.data.columns.shape import Shape
from torrential.data.columns.used import to_string
from torrential.data.files.locate import File
from torrential.data.formats.format import Options, Part
from torrential.data.formats.label_lines import LabelLists
from torrential.data.formats.line_rows import LineBlock, line_blocks, map_array, numbers_array
from torrential.data.formats.lines import blocks
from torrential.data.joining import Piece
from torrential.errors import DataError
from torrential.kernels.parsing.vw_lines import (
    BAD_FACTOR,
    BAD_LABEL,
    BAD_VALUE,
    BAD_WEIGHT,
    BAR,
    HAS_TAB,
    LABEL,
    MOST_OTHERS,
    N_FAULTS,
    N_FEATURES,
    N_OTHERS,
    N_ROUGH,
    N_ROWS,
    NEWLINE,
    NO_BAR,
    NO_NAME,
    ODD_LABELS,
    SPACE,
    TOO_MANY,
    WEIGHT,
    gather_names,
    split_vw_lines,
)
from torrential.types import Int64

TARGET, IMPORTANCE, TAG = "label", "weight", "tag"

DEFAULT = "default"
"""Column of the features without a namespace."""

FEATURES = pa.map_(pa.string(), pa.float32())

FIXED = {TARGET: pa.float64(), IMPORTANCE: pa.float64(), TAG: pa.string()}
"""Columns that every such file has."""

SEVERAL = pa.list_(pa.int64())
"""Type of labels where each row has any number of them."""

MAX_BLOCKS = 4
"""Blocks at the beginning of a file in which namespaces are found."""

MESSAGES = {
    NO_BAR: "{} has no bar (|) before features",
    BAD_LABEL: "the label {} is not a number",
    BAD_WEIGHT: "the importance weight {} is not a number of 0 or more",
    TOO_MANY: "{} comes after label and importance weight",
    BAD_FACTOR: "the weight {} of a namespace is not a number",
    NO_NAME: "a feature or namespace with a value has no name",
    BAD_VALUE: "the value {} is not a number of 32 bits",
    HAS_TAB: "{} has a tab, which is for features only",
    ODD_LABELS: "{} comes after the labels, where lines of several labels have a tag only",
}

OF_SEVERAL = {**MESSAGES, BAD_LABEL: "the labels {} are not whole numbers between commas"}

MAX_NAMESPACES = 1000
"""Most namespaces of a file; each is a column."""

_NAMESPACE = re.compile(rb"\|([^\s:|]*)")


def schema(file: File, options: Options) -> pa.Schema:
    """Return the columns: label, weight, tag, and a map for each namespace.

    Namespaces are those of the first rows, and those to which the caller gives the type of maps.
    """
    names = namespaces(file) if file.is_pipe else _kept_names(file)
    names = [*names, *(name for name, kind in options.types if pa.types.is_map(kind))]
    fixed = FIXED | ({TARGET: SEVERAL} if options.columns.multilabel else {})
    return pa.schema([*fixed.items(), *((name, FEATURES) for name in dict.fromkeys(names))])


def read(file: File, part: Part, shape: Shape, options: Options) -> Iterator[Piece]:
    """Yield rows of a part; a namespace that a file lacks has empty maps.

    Raises
    ------
    DataError
        If a row has a namespace that the first rows of neither this file nor the first one have.
    """
    wanted = list(shape.schema.names)
    if shape.passed is not None:
        wanted += [
            name
            for name in schema(file, options).names
            if name in shape.passed and name not in wanted
        ]
    spaces = [name for name in wanted if name not in FIXED]
    for block in line_blocks(file, part, options):
        columns, n_malformed = _columns(block, spaces)
        yield pa.RecordBatch.from_arrays([columns[name] for name in wanted], wanted), n_malformed


def namespaces(file: File, n_blocks: int | None = MAX_BLOCKS) -> list[str]:
    """Return the columns for the namespaces of a file, by its first blocks or all of it.

    Raises
    ------
    DataError
        If a name is not UTF-8, or is that of another column, or there are too many.
    """
    found: dict[bytes, None] = {}
    for block in islice(blocks(file, Part()), n_blocks):
        found.update(dict.fromkeys(_NAMESPACE.findall(block)))
        if len(found) > MAX_NAMESPACES:
            raise DataError(
                f"{file.url} has more than {MAX_NAMESPACES:,} namespaces, each of which would be a "
                "column: make them names of features."
            )
    names = [_column(name, file) for name in found]
    taken = [name for name in names if name in FIXED]
    if DEFAULT.encode() in found and b"" in found:
        taken.append(DEFAULT)
    if taken:
        what = "the features without one" if taken[0] == DEFAULT else "another column"
        raise DataError(
            f"{file.url} has the namespace {taken[0]!r}, which is the name of {what}: rename it."
        )
    return names


_kept_names = lru_cache(maxsize=1024)(namespaces)


def _column(name: bytes, file: File) -> str:
    try:
        return name.decode() or DEFAULT
    except UnicodeDecodeError:
        raise DataError(
            f"{file.url} has the namespace {name[:60]!r}, which is not UTF-8: rename it."
        ) from None


def _columns(block: LineBlock, spaces: list[str]) -> tuple[dict[str, pa.Array], int]:
    """Return the columns of a block, and the number of malformed lines."""
    text = np.frombuffer(block.text, np.uint8)
    n_lines = int(np.count_nonzero(text == NEWLINE)) + 1
    n_most = np.count_nonzero(text <= SPACE) + np.count_nonzero(text == BAR) + 1
    encoded = [b"" if name == DEFAULT else name.encode() for name in spaces]
    names = np.frombuffer(b"".join(encoded), np.uint8)
    offsets = np.cumsum([0, *map(len, encoded)])
    numbers, tags = np.empty((n_lines, 2)), np.empty((n_lines, 2), np.int64)
    of, values = np.empty(n_most, np.int32), np.empty(n_most, np.float32)
    places = np.empty((n_most, 2), np.int64)
    counts = np.zeros((len(spaces), n_lines + 1), np.int32)
    faults, rough = np.empty((n_lines, 4), np.int64), np.empty((2 * n_lines, 4), np.int64)
    others = np.empty((MOST_OTHERS, 2), np.int64)
    several = block.options.columns.multilabel
    lists = LabelLists.of(text, n_lines, several=several)
    found = split_vw_lines(
        text,
        names,
        offsets,
        numbers,
        tags,
        of,
        places,
        values,
        counts,
        faults,
        rough,
        others,
        lists.members,
        lists.ends,
        lists.rough,
        lists.counts,
    )
    n_malformed = block.check(faults[: found[N_FAULTS]], OF_SEVERAL if several else MESSAGES)
    _check_others(block, others[: found[N_OTHERS]])
    for row, column, start, end in rough[: found[N_ROUGH]].tolist():
        numbers[row, column] = block.number(start, end)
    n, n_rows = found[N_FEATURES], found[N_ROWS]
    ends = np.cumsum(counts[:, : n_rows + 1], axis=1, dtype=np.int32)
    columns = _maps(block, spaces, of[:n], places[:n], values[:n], ends)
    columns[TARGET] = numbers_array(numbers[:n_rows, LABEL])
    if several:
        columns[TARGET] = lists.array(block, n_rows, SEVERAL.value_type, has_nulls=True)
    columns[IMPORTANCE] = numbers_array(numbers[:n_rows, WEIGHT])
    columns[TAG] = _tags(block, tags[:n_rows])
    return columns, n_malformed


def _maps(
    block: LineBlock,
    spaces: list[str],
    of: np.ndarray,
    places: Int64,
    values: np.ndarray,
    ends: np.ndarray,
) -> dict[str, pa.Array]:
    """Return the column of each namespace."""
    sizes = np.bincount(of, places[:, 1] - places[:, 0], len(spaces)).astype(np.int64)
    firsts = np.zeros((len(spaces) + 1, 2), np.int64)
    firsts[1:, 0], firsts[1:, 1] = np.cumsum(ends[:, -1]), np.cumsum(sizes)
    starts = firsts.copy()
    name_bytes = np.empty(starts[-1, 1], np.uint8)
    name_offsets = np.zeros(len(of) + len(spaces), np.int32)
    ordered = np.empty(len(of), np.float32)
    text = np.frombuffer(block.text, np.uint8)
    gather_names(text, of, places, values, firsts, name_bytes, name_offsets, ordered)
    columns = {}
    for space, name in enumerate(spaces):
        (first, begin), (last, end) = starts[space], starts[space + 1]
        keys = _texts(name_bytes[begin:end], name_offsets[first + space : last + space + 1])
        columns[name] = map_array(pa.array(ends[space]), keys, ordered[first:last])
    return columns


def _texts(data: np.ndarray, offsets: np.ndarray) -> pa.Array:
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(data)]
    return to_string(pa.Array.from_buffers(pa.binary(), len(offsets) - 1, buffers), pa.string())


def _tags(block: LineBlock, tags: Int64) -> pa.Array:
    if (tags < 0).all():
        return pa.nulls(len(tags), pa.string())
    has_tag = tags[:, 0] >= 0
    lengths = tags[:, 1] - tags[:, 0]
    offsets = np.zeros(len(tags) + 1, np.int32)
    np.cumsum(lengths, out=offsets[1:])
    places = np.repeat(tags[:, 0] - offsets[:-1], lengths) + np.arange(offsets[-1])
    data = np.frombuffer(block.text, np.uint8)[places]
    valid = pa.py_buffer(np.packbits(has_tag, bitorder="little"))
    buffers = [valid, pa.py_buffer(offsets), pa.py_buffer(data)]
    return to_string(pa.Array.from_buffers(pa.binary(), len(tags), buffers), pa.string())


def _check_others(block: LineBlock, others: Int64) -> None:
    """Raise a DataError if a namespace is none that the first rows have."""
    if not len(others):
        return
    known = schema(block.file, block.options).names
    for start, end in others.tolist():
        name = block.text[start:end].decode("utf-8", "replace") or DEFAULT
        if name not in known:
            line = block.text.count(b"\n", 0, start)
            raise DataError(
                f"{block.place(line)} has the namespace {name!r}, which the first rows lack: "
                "convert the file to Parquet, as torrential convert does, or pass "
                f"types={{{name!r}: pa.map_(pa.string(), pa.float32())}}."
            )
