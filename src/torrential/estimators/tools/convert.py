"""Convert files between all formats that are read and written."""

import os
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from torrential.data import Dataset, read
from torrential.data.files.locate import locate
from torrential.data.formats import vw
from torrential.data.formats.registry import known_format
from torrential.data.sources.files import FileSource
from torrential.data.sources.known_columns import local_paths
from torrential.engine.batches.lost_rows import warn_of_lost_rows
from torrential.engine.progress.display import make_progress
from torrential.engine.progress.measured import measured
from torrential.errors import DataError, ParameterError
from torrential.execution import Recipe, Threads
from torrential.persistence.outputs import check_is_not_read
from torrential.persistence.writers import check_table, open_writer
from torrential.types import Batch, Partition

KEYS = {"vw": "tag", "svmlight": "qid"}
"""Column that names a row, in formats whose columns have fixed names."""

LABEL, WEIGHT = "label", "weight"


@dataclass(frozen=True, slots=True)
class Converted:
    """Rows that were written, and malformed rows that were skipped."""

    n_rows: int
    n_skipped: int


def convert(
    paths: Any,
    output: str | os.PathLike[str],
    *,
    target: str | None = None,
    weight: str | None = None,
    key: str | None = None,
    columns: Sequence[str] | None = None,
    drop: Sequence[str] = (),
    output_format: str | None = None,
    replace: str | None = None,
    n_jobs: int | None = None,
    verbose: int = 0,
    **reading: Any,
) -> Converted:
    """Write the rows of files in another format.

    Vowpal Wabbit's and svmlight's lines have one label, ``target``, and one column that names the
    row, ``key``: a tag, or a query id. In other formats these are columns as others. Namespaces of
    Vowpal Wabbit's files are found in a pass over all of them.

    Parameters
    ----------
    paths : path or list of paths
        As for `torrential.read`.
    output : path
        Its extension tells the format; "-" for the standard output.
    target, weight, key : str, default=None
        Columns with the labels, the weights of rows, and their tags or query ids.
    columns : sequence of str, default=None
        Other columns to write; None for all.
    drop : sequence of str, default=()
        Columns to leave out.
    output_format : str, default=None
        Format of the output, if its extension does not tell it.
    replace : str, default=None
        Takes the place of characters that names in Vowpal Wabbit's lines cannot have.
    n_jobs : int, default=None
    verbose : int, default=0
    **reading
        More parameters of `torrential.read`: ``format``, ``types``, ``on_bad_rows``, ...

    Returns
    -------
    converted : Converted

    Raises
    ------
    DataError
        If a file is not readable, or its rows do not fit the format.
    ParameterError
        If a parameter is invalid.
    OutputError
        If the file is not writable; an existing file stays whole.
    """
    kind, _ = check_table(output, output_format)
    wanted = None if columns is None else [*columns, *([] if key is None else [key])]
    chosen = {"target": target, "weight": weight, "columns": wanted, "drop": drop}
    dataset = _read(paths, chosen | reading)
    check_is_not_read(output, local_paths(dataset.source))
    names = _names(dataset, key, columns, drop, kind)
    known = dataset.known_columns(list(names))
    fields = [known.field(name) for name in names if name in known.names]
    schema = pa.schema([pa.field(names[field.name], field.type) for field in fields])
    partitions = measured(dataset.partitions("all", list(names)))
    renaming = _Renaming(names, dataset.weight if kind == "svmlight" else None)
    outputs = Threads(n_jobs).stream(Recipe(_batches, _renamed), partitions, renaming)
    progress, n_rows, n_skipped = make_progress(verbose), 0, 0
    with (
        closing(outputs) as batches,
        progress,
        open_writer(output, schema, kind, replace=replace) as writer,
    ):
        progress.begin("convert", partitions)
        for rows, skipped in batches:
            writer.write(rows)
            n_rows, n_skipped = n_rows + rows.num_rows, n_skipped + skipped
            progress.advance(rows.num_rows, rows.nbytes)
        if n_rows == 0:
            raise DataError(f"{dataset.source} has no rows: give files with rows.")
    warn_of_lost_rows(n_skipped, n_rows + n_skipped, dataset.source)
    return Converted(n_rows, n_skipped)


def _read(paths: Any, given: dict[str, Any]) -> Dataset:
    """Return the dataset, with the namespaces of all rows of Vowpal Wabbit's files."""
    words = list(paths) if isinstance(paths, list | tuple) else [paths]
    format, types = given.get("format"), dict(given.get("types") or {})
    found: dict[str, pa.DataType] = {}
    for file in locate(words, known_format, format):
        if (format or known_format(file.url)) == "vw" and not file.is_pipe:
            found |= dict.fromkeys(vw.namespaces(file, None), vw.FEATURES)
    if found:  # all of them are read, and those that are not wanted are not written
        given = given | {"types": found | types, "columns": None, "drop": ()}
    return read(paths, **given)


def _names(
    dataset: Dataset,
    key: str | None,
    columns: Sequence[str] | None,
    drop: Sequence[str],
    kind: str,
) -> dict[str, str]:
    """Return the columns to write, and how they are called in the output."""
    own_key = _own_key(dataset)
    if key is None and (kind not in KEYS or own_key == KEYS[kind]):
        key = own_key
    others = (dataset.target, dataset.weight, key)
    names = {
        name: name
        for name in dataset.schema.names
        if name in (*dataset.columns.used, key)
        and name not in drop
        and (columns is None or name in (*columns, *others))
    }
    if kind not in KEYS:
        return names
    fixed = (LABEL, WEIGHT, KEYS[kind]) if kind == "vw" else (LABEL, KEYS[kind])
    for name in names:
        if name in fixed and name not in others:
            option = {LABEL: "target", WEIGHT: "weight"}.get(name, "key")
            raise ParameterError(
                f"The column {name!r} would be the {name} of the rows: pass {option}={name!r} if "
                f"it is, or leave it out with drop={name!r}."
            )
    roles = zip(others, (LABEL, WEIGHT, KEYS[kind]), strict=True)
    return names | {name: role for name, role in roles if name in names}


def _own_key(dataset: Dataset) -> str | None:
    source = dataset.source
    formats = {name for _, name in source.files} if isinstance(source, FileSource) else set()
    return KEYS.get(formats.pop()) if len(formats) == 1 else None


@dataclass(frozen=True, slots=True)
class _Renaming:
    """What the columns of batches are called in the output, and which has to be of nulls."""

    names: dict[str, str]
    unwritten: str | None

    def __call__(self, batch: Batch) -> tuple[pa.RecordBatch, int]:
        rows = batch.rows
        assert rows is not None  # by the columns that were asked for
        columns = {}
        for name, new in self.names.items():
            if name == self.unwritten:
                _check_is_null(rows.column(name), name, batch.origin)
            elif name in rows.schema.names:
                columns[new] = rows.column(name)
        return pa.RecordBatch.from_arrays(list(columns.values()), list(columns)), batch.n_skipped


def _check_is_null(weight: pa.Array, name: str, origin: str) -> None:
    if weight.null_count < len(weight):
        raise DataError(
            f"{origin} has weights of rows, which svmlight's lines do not have: leave them out "
            f"with drop={name!r}."
        )


def _batches(renaming: _Renaming, partition: Partition) -> Iterable[Batch]:
    return partition.batches()


def _renamed(renaming: _Renaming, batch: Batch) -> tuple[pa.RecordBatch, int]:
    return renaming(batch)
