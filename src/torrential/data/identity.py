"""What determines the rows of a partition, as JSON: equal only for equal rows."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.fs

from torrential.arrow_casts import offsets_of
from torrential.data.columns.class_labels import class_names
from torrential.data.columns.label_lists import is_list, parts_of
from torrential.data.columns.nested import with_leaves
from torrential.data.columns.shape import Shape
from torrential.data.columns.used import is_text, used_array
from torrential.data.files.locate import File

Identity = dict[str, Any]

N_BLOCKS, BLOCK_BYTES = 32, 4096
"""Blocks of a file checked in addition to its size and time, spread over it, including both
ends."""


def identity_of_file(file: File) -> Identity | None:
    """Identify a file by its current state; None if changes could not be detected."""
    if not isinstance(file.filesystem, pa.fs.LocalFileSystem):
        return (
            None
            if file.modified is None
            else {"path": file.url, "size": file.size, "modified": file.modified}
        )
    try:
        facts = Path(file.path).stat()
        path = str(Path(file.path).resolve())
        # The second one changes also where a program gives a file the time that it had.
        times = (facts.st_mtime_ns, facts.st_ctime_ns)
        sample = _sample(path, facts.st_size, times)
    except OSError:
        return None  # who reads it will say why
    return {"path": path, "size": facts.st_size, "times": list(times), "sample": sample}


@lru_cache(maxsize=4096)
def _sample(path: str, size: int, times: tuple[int, int]) -> str:
    """Hash some blocks of a file that had this size and these times."""
    state = hashlib.blake2b(digest_size=16)
    last = max(0, size - BLOCK_BYTES)
    with Path(path).open("rb") as file:
        for number in range(N_BLOCKS):
            file.seek(last * number // (N_BLOCKS - 1))
            state.update(file.read(BLOCK_BYTES))
    return state.hexdigest()


def identity_of_shape(shape: Shape) -> Identity:
    """Identify the columns that are read, and their roles."""
    columns = shape.columns
    return {
        "text": list(columns.text),
        "target": columns.target,
        "weight": columns.weight,
        **({"inputs": list(columns.inputs)} if columns.inputs else {}),
        **({"separator": columns.target_separator} if columns.target_separator else {}),
        **({"multilabel": True} if columns.multilabel else {}),
        "types": [[field.name, str(field.type)] for field in shape.schema],
    }


def hash_of(batches: Iterable[pa.RecordBatch], columns: Sequence[str]) -> str:
    """Hash what determines rows and partitions: numbers of rows, types, nulls and values."""
    state = hashlib.blake2b(digest_size=16)
    for batch in (with_leaves(batch, columns) for batch in batches):
        for name in columns:
            column = batch.column(name)
            state.update(f"{batch.num_rows} {name} {column.type}".encode())
            names = class_names(batch.schema, name)
            if names is not None:
                state.update(json.dumps(names).encode())
            for content in _contents(column):
                state.update(content)
    return state.hexdigest()


def _contents(column: pa.Array) -> Iterator[memoryview]:
    """Yield bytes of a column that do not depend on its layout: equal columns have equal bytes."""
    column = used_array(column)
    yield _bytes_of(np.packbits(np.asarray(column.is_valid())))
    kind = column.type
    if pa.types.is_null(kind):
        return
    if is_list(kind):
        offsets, values = parts_of(column)
        yield _bytes_of(np.diff(offsets))
        yield from _contents(values)
        return
    if pa.types.is_map(kind):
        if len(column) == 0:
            return
        column = _without_nulls(column, [])
        offsets = offsets_of(column)
        first, n = int(offsets[0]), int(offsets[-1] - offsets[0])
        yield _bytes_of(np.diff(offsets))
        yield from _contents(column.keys.slice(first, n))
        yield from _contents(column.items.slice(first, n))
        return
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        yield _bytes_of(_without_nulls(column, 0).to_numpy(zero_copy_only=False))
        return
    column = column.cast(pa.large_binary() if is_text(kind) else pa.large_string())
    column = _without_nulls(column.cast(pa.large_binary()), b"")
    _, offsets, values = column.buffers()
    if len(column) == 0 or offsets is None:
        return
    ends = offsets_of(column)
    yield _bytes_of(np.diff(ends))
    if values is not None:
        yield memoryview(values)[ends[0] : ends[-1]]


def _without_nulls(column: pa.Array, value: Any) -> pa.Array:
    return pc.fill_null(column, pa.scalar(value, column.type)) if column.null_count else column


def _bytes_of(array: np.ndarray[Any, Any]) -> memoryview:
    return np.ascontiguousarray(array).view(np.uint8).data
