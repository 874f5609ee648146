"""Fingerprints of datasets: whether another one has the same rows, in the same partitions."""

import datetime
from collections.abc import Sequence
from typing import Any

from torrential.data.dataset import Dataset
from torrential.data.files.entries import entry_at
from torrential.data.files.locate import File
from torrential.data.identity import hash_of
from torrential.data.source import Source, View
from torrential.data.sources.files import FileSource
from torrential.data.sources.memory import StreamSource, TableSource
from torrential.data.sources.object_source import ObjectSource
from torrential.errors import ParameterError

Fingerprint = dict[str, Any]
"""JSON values only, so that a fingerprint that was read equals the one that was written."""

FILES, TABLE = "files", "a table in memory"

PARAMETERS = (
    "on_bad_rows", "delimiter", "quotechar", "escapechar", "test_size", "seed", "folds", "edges",
    "number", "side", "n", "rates",
)  # fmt: skip
"""Parameters of sources, in the order in which differences are named."""


def fingerprint(dataset: Dataset) -> Fingerprint:
    """Return what determines the rows of a dataset, as JSON.

    Files are identified by their current path, size and modification time; of tables in memory
    the content of the columns that are used is hashed. Views have their own parameters besides.

    Raises
    ------
    ParameterError
        It is a stream: nothing tells whether it will give the same rows again.
    """
    columns = dataset.columns
    used = {name: str(dataset.schema.field(name).type) for name in columns.used}
    return {
        "text": list(columns.text),
        "target": columns.target,
        "weight": columns.weight,
        **({"columns": list(columns.inputs)} if columns.inputs else {}),
        **({"target_separator": columns.target_separator} if columns.target_separator else {}),
        **({"multilabel": True} if columns.multilabel else {}),
        "types": used,
        "source": _of_source(dataset.source, columns.used),
    }


def difference(saved: Fingerprint, now: Fingerprint) -> str | None:
    """Name the first difference of two fingerprints; None if they are the same.

    Returns
    -------
    clause : str or None
        Clause on the first difference: "was made from 12 files; a.parquet has changed since (size
        120, now 130)".

    Examples
    --------
    >>> from torrential.data import read
    >>> rows = {"a": ["x"], "b": ["y"]}
    >>> difference(*(fingerprint(read(rows, text=name)) for name in ("a", "b")))
    "was made with text='a', not 'b'"
    """
    for name in ("text", "columns", "target", "weight", "target_separator", "multilabel"):
        before, after = saved.get(name), now.get(name)
        if before != after:
            return f"was made with {name}={_shown(before)}, not {_shown(after)}"
    for name, kind in saved["types"].items():
        if now["types"][name] != kind:
            return f"was made with {kind} in column {name!r}, not {now['types'][name]}"
    return _source_difference(saved["source"], now["source"])


def _of_source(source: Source, columns: Sequence[str]) -> Fingerprint:
    if isinstance(source, FileSource) and not any(file.is_pipe for file, _ in source.files):
        return {
            "kind": FILES,
            "files": [_of_file(file, format) for file, format in source.files],
            "on_bad_rows": source.options.on_bad_rows,
            "delimiter": source.options.delimiter,
            "quotechar": source.options.quotechar or None,
            "escapechar": source.options.escapechar,
        }
    if isinstance(source, TableSource):
        return {
            "kind": TABLE,
            "n_rows": sum(batch.num_rows for batch in source.batches),
            "hash": hash_of(source.batches, columns),
        }
    if isinstance(source, ObjectSource) and source.rows.is_fixed:
        n_rows, content = source.content(tuple(columns))
        return {"kind": TABLE, "n_rows": n_rows, "hash": content}
    if isinstance(source, View):
        return {
            **source.describe(),
            "of": _of_source(source.inner, source.columns_for(columns)),
        }
    name = "a stream" if isinstance(source, StreamSource) else str(source)
    raise ParameterError(
        f"The data is {name}, which may give other rows the next time, so no checkpoint can be "
        "resumed: write it to files, or leave out checkpoint."
    )


def _of_file(file: File, format: str) -> Fingerprint:
    """Identify a file by its current size and time, which may be newer than the dataset."""
    size, modified = file.size, file.modified
    if file.is_local:  # elsewhere each would be a request
        entry = entry_at(file.filesystem, file.path)
        size, modified = (-1, None) if entry is None else (entry.size, entry.modified)
    return {"path": file.url, "format": format, "size": size, "modified": modified}


def _source_difference(saved: Fingerprint, now: Fingerprint) -> str | None:
    if saved["kind"] != now["kind"]:
        return f"was made from {saved['kind']}, not from {now['kind']}"
    for name, value in saved.items():
        if name in PARAMETERS and value != now[name]:
            return f"was made with {name}={_shown(value)}, not {_shown(now[name])}"
    if saved["kind"] == FILES:
        return _files_difference(saved["files"], now["files"])
    if saved["kind"] == TABLE and saved["n_rows"] != now["n_rows"]:
        return f"was made from {saved['n_rows']:,} rows in memory, not {now['n_rows']:,}"
    if saved["kind"] == TABLE and saved["hash"] != now["hash"]:
        return f"was made from {saved['n_rows']:,} other rows in memory"
    return _source_difference(saved["of"], now["of"]) if "of" in saved else None


def _files_difference(saved: list[Fingerprint], now: list[Fingerprint]) -> str | None:
    before, after = ({file["path"]: file for file in files} for files in (saved, now))
    made = f"was made from {len(saved):,} file{'' if len(saved) == 1 else 's'}"
    for path in before:
        if path not in after:
            return f"{made}; {path} is not among them now"
    for path in after:
        if path not in before:
            return f"{made}, without {path}"
    for path, file in before.items():
        for name in ("size", "format", "modified"):
            if file[name] != after[path][name]:
                was, is_now = (_value(name, each[name]) for each in (file, after[path]))
                return f"{made}; {path} has changed since ({name} {was}, now {is_now})"
    if saved != now:
        return f"{made} in another order or number"
    return None


def _value(name: str, value: Any) -> str:
    if name == "modified" and value is not None:
        moment = datetime.datetime.fromtimestamp(value / 1e9, datetime.UTC)
        return moment.isoformat(" ", "microseconds").removesuffix("+00:00")
    return str(value)


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(repr, value))
    return repr(value)
