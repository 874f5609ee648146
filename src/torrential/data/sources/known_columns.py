"""The columns of a source that are known before its rows are read."""

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.fs

from torrential.arrow_types import unified
from torrential.data.columns.nested import field_of, missing_column, splits
from torrential.data.columns.passing import Passed
from torrential.data.sources.files import FileSource
from torrential.data.sources.memory import StreamSource, TableSource
from torrential.errors import DataError
from torrential.types import is_json_field, json_field


def passed_on(source: Any, first: pa.Schema, names: Sequence[str] | None, *, ahead: bool) -> Passed:
    """Return the columns of a source to pass on.

    Parameters
    ----------
    source : Source
        Views are those of their sources.
    first : pyarrow.Schema
        Columns of the first file or table.
    names : sequence of str or None
        Those chosen; None for all.
    ahead : bool
        Whether to look at the beginning of every CSV and JSON Lines file.

    Raises
    ------
    DataError
        If a column is named that no file or table has. Sources that may have columns further
        down, JSON Lines and streams, are not checked.
    """
    while hasattr(source, "inner"):
        source = source.inner
    schema = unified(_schemas(source, first, ahead=ahead))
    if names is None:
        return Passed(schema)
    chosen = tuple(dict.fromkeys(names))
    may_have_more = _may_have_more(source, ahead=ahead)
    for name in chosen:
        field = _chosen_field(schema, name)
        if field is None and not may_have_more:
            raise DataError(f"{source} has no column {missing_column(schema, name)}")
        if field is not None and name not in schema.names:
            schema = schema.append(field)
    return Passed(schema, chosen)


def local_paths(source: Any) -> list[str]:
    """Return the paths of the local files that a source reads."""
    while hasattr(source, "inner"):
        source = source.inner
    files = source.files if isinstance(source, FileSource) else ()
    return [file.path for file, _ in files if isinstance(file.filesystem, pa.fs.LocalFileSystem)]


def _schemas(source: Any, first: pa.Schema, *, ahead: bool) -> Iterator[pa.Schema]:
    if isinstance(source, FileSource):
        yield from source.schemas(ahead=ahead)
    elif isinstance(source, TableSource):
        yield from dict.fromkeys(batch.schema for batch in source.batches)
    else:
        yield first


def _may_have_more(source: Any, *, ahead: bool) -> bool:
    if isinstance(source, FileSource):
        formats = [format for _, format in source.files]
        return "jsonl" in formats or ("csv" in formats and len(formats) > 1 and not ahead)
    return isinstance(source, StreamSource)


def _chosen_field(schema: pa.Schema, name: str) -> pa.Field | None:
    """Return a column, or a field within a column, as it is passed on."""
    field = field_of(schema, name)
    if field is not None:
        return field if name in schema.names else field.remove_metadata()
    starts = (start for start, _ in splits(name) if start in schema.names)
    is_within = any(is_json_field(schema.field(start)) for start in starts)
    return json_field(name) if is_within else None
