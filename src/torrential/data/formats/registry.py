"""The table of file formats: a new one is one module and one line here."""

from importlib import import_module
from pathlib import PurePosixPath
from typing import Any

from torrential.data.files.locate import COMPRESSIONS, extension
from torrential.data.formats import lines
from torrential.data.formats.format import Format, Roles, whole_file
from torrential.errors import DataError, ParameterError
from torrential.types import json_field


def _of(module: str, name: str) -> Any:
    """Return a function of a module that is imported when the function is first called.

    Few files are of several formats, and importing all takes longer than reading a small file.
    """

    def call(*arguments: Any) -> Any:
        return getattr(import_module(f"torrential.data.formats.{module}"), name)(*arguments)

    return call


def _format(
    module: str, extensions: tuple[str, ...], parts: Any = None, untyped: Any = None, **roles: Any
) -> Format:
    schema, read = _of(module, "schema"), _of(module, "read")
    return Format(extensions, schema, parts or _of(module, "parts"), read, untyped, Roles(**roles))


FORMATS = {
    "parquet": _format("parquet", (".parquet", ".pq")),
    "csv": _format("csv.reader", (".csv", ".tsv"), whole_file, _of("csv.reader", "untyped")),
    "jsonl": _format("json.reader", (".jsonl", ".ndjson", ".json"), lines.parts, json_field),
    "arrow": _format("ipc", (".arrow", ".arrows", ".feather", ".ipc")),
    "fasttext": _format("fasttext", (".txt", ".ft"), lines.parts, text=("text",), target="label"),
    "vw": _format("vw", (".vw",), lines.parts, target="label", weight="weight", keys=("tag",)),
    "svmlight": _format(
        "svmlight", (".svmlight", ".libsvm", ".svm"), lines.parts, target="label", keys=("qid",)
    ),
}

n_nulls = _of("parquet", "n_nulls")
"""The nulls of a column of a Parquet file, by its statistics."""

_BY_EXTENSION = {ext: name for name, format in FORMATS.items() for ext in format.extensions}


def register(name: str, format: Format) -> None:
    """Add a format to the table.

    Raises
    ------
    ParameterError
        If its name or one of its extensions is taken.
    """
    taken = [ext for ext in format.extensions if ext in _BY_EXTENSION]
    if name in FORMATS or taken:
        what = f"The extension {taken[0]!r}" if taken else f"The format {name!r}"
        raise ParameterError(f"{what} already exists: choose another name.")
    FORMATS[name] = format
    _BY_EXTENSION.update(dict.fromkeys(format.extensions, name))


def check_format(name: str | None) -> None:
    """Raise ParameterError for a name that is not in the table."""
    if name is not None and name not in FORMATS:
        raise ParameterError(
            f"format={name!r} is not known: pass one of {', '.join(map(repr, FORMATS))}."
        )


def known_format(path: str) -> str | None:
    """Return the format of the path's extension; None if unknown."""
    return _BY_EXTENSION.get(extension(path))


def has_format(path: str) -> bool:
    """Return whether the path's extension is that of a format."""
    return extension(path) in _BY_EXTENSION


def format_of(url: str) -> str:
    """Return the format of the path's extension.

    Raises
    ------
    DataError
        The extension is none of those known.
    """
    try:
        return _BY_EXTENSION[extension(url)]
    except KeyError:
        known = ", ".join([*_BY_EXTENSION, *COMPRESSIONS])
        raise DataError(
            f"{url} has the extension {PurePosixPath(url).suffix!r}, which is not a known format "
            f"({known}): pass format=."
        ) from None
