"""The table of file formats: a new one is one module and one line here."""

from pathlib import PurePosixPath

from torrential.data.files.locate import COMPRESSIONS, extension
from torrential.data.formats import fasttext, ipc, lines, parquet, svmlight, vw
from torrential.data.formats.csv import reader as csv
from torrential.data.formats.format import Format, whole_file
from torrential.data.formats.json import reader as jsonl
from torrential.errors import DataError, ParameterError
from torrential.types import json_field

FORMATS = {
    "parquet": Format((".parquet", ".pq"), parquet.schema, parquet.parts, parquet.read),
    "csv": Format((".csv", ".tsv"), csv.schema, whole_file, csv.read, csv.untyped),
    "jsonl": Format(
        (".jsonl", ".ndjson", ".json"), jsonl.schema, lines.parts, jsonl.read, json_field
    ),
    "arrow": Format((".arrow", ".arrows", ".feather", ".ipc"), ipc.schema, ipc.parts, ipc.read),
    "fasttext": Format(
        (".txt", ".ft"), fasttext.schema, lines.parts, fasttext.read, roles=fasttext.ROLES
    ),
    "vw": Format((".vw",), vw.schema, lines.parts, vw.read, roles=vw.ROLES),
    "svmlight": Format(
        (".svmlight", ".libsvm", ".svm"),
        svmlight.schema,
        lines.parts,
        svmlight.read,
        roles=svmlight.ROLES,
    ),
}

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
