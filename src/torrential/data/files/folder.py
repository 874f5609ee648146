"""Which files of a folder are data: not those that describe it."""

import json
import re
from collections.abc import Callable, Sequence
from pathlib import PurePosixPath
from typing import Any

from torrential.data.files.compression import codec_of
from torrential.data.files.file import File, head_of
from torrential.errors import DataError

STATE, SPLITS = "state.json", "dataset_dict.json"
"""Files in which Hugging Face's save_to_disk writes the names of data files, and of splits."""

_DOCUMENTATION = re.compile(
    r"(readme|licen[cs]e|copying|notice|changelog|citation|contributing|authors)([._-].*)?"
    r"|.*\.(md|rst)"
    r"|(state|dataset_infos?|dataset_dict|metadata|croissant|config|package|schema)\.json"
    r"|requirements.*\.txt",
    re.IGNORECASE,
)
"""Names of files that describe data. Names that begin with a dot or an underscore are hidden."""

EMPTY_BYTES = 1024
"""A compressed file that is larger has content: empty ones have headers and a name at most."""


def is_documentation(path: str) -> bool:
    """Return whether a file's name suggests documentation, such as README.txt or LICENSE.

    Examples
    --------
    >>> is_documentation("repo/README.txt"), is_documentation("repo/readings.txt")
    (True, False)
    """
    return _DOCUMENTATION.fullmatch(PurePosixPath(path).name) is not None


def data_files(
    url: str,
    files: Sequence[File],
    format_of: Callable[[str], str | None],
    format: str | None,
    *,
    are_matched: bool = False,
) -> list[File]:
    """Return the data files of a folder, or those among the matches of a pattern.

    Descriptions are left out, and text next to files of other formats; in a folder also what has no
    known extension, unless a format was requested.

    Parameters
    ----------
    url : str
        The folder or pattern in messages.
    files : sequence of File
        All that were found and are not hidden.
    format_of : callable
        Name of the format that a path's extension tells, or None.
    format : str or None
        The requested format.
    are_matched : bool, default=False
        Whether they were named by a pattern.

    Raises
    ------
    DataError
        The files are of several formats, or a folder of Hugging Face's save_to_disk has several
        splits.
    """
    files = _saved(url, files)
    kept = [file for file in files if not is_documentation(file.path)] or (
        files if are_matched else []
    )
    names = {file.path: format_of(file.path) for file in kept}
    if format is not None:
        asked = [file for file in kept if names[file.path] == format]
        return asked or [file for file in kept if names[file.path] is None] or kept
    if not are_matched:
        kept = [file for file in kept if names[file.path] is not None]
    by_format = {names[file.path]: file for file in reversed(kept)}
    if "fasttext" in by_format and len(by_format) > 1:
        # Text next to tables describes them: fastText lines are never kept with files of rows.
        kept = [file for file in kept if names[file.path] != "fasttext"]
        del by_format["fasttext"]
    by_format.pop(None, None)
    if len(by_format) > 1:
        found = ", ".join(f"{name}: {file.url}" for name, file in sorted(by_format.items()))
        raise DataError(
            f"{url} has files of several formats ({found}), which may be the same rows twice: pass "
            "format= to choose one, or name the files."
        )
    return kept


def _saved(url: str, files: Sequence[File]) -> list[File]:
    """Omit everything but the data files of a folder that save_to_disk wrote."""
    names = {PurePosixPath(file.path).name: file for file in files}
    if SPLITS in names:
        splits = _json(names[SPLITS]).get("splits", [])
        where = ", ".join(f"{url.rstrip('/')}/{split}" for split in splits)
        raise DataError(f"{url} holds several splits of a dataset: name one of them ({where}).")
    states = {
        str(PurePosixPath(file.path).parent): _json(file).get("_data_files")
        for file in files
        if PurePosixPath(file.path).name == STATE
    }
    kept = []
    for file in files:
        path = PurePosixPath(file.path)
        saved = states.get(str(path.parent))
        if not isinstance(saved, list) or path.name in [each.get("filename") for each in saved]:
            kept.append(file)
    return kept


def _json(file: File) -> dict[str, Any]:
    with file.open_stored() as stored:
        try:
            value = json.loads(stored.read())
        except ValueError:  # a file of that name from elsewhere
            return {}
    return value if isinstance(value, dict) else {}


def is_empty(file: File) -> bool:
    """Return whether a file is empty: of 0 bytes, or compressed without content."""
    if file.size == 0:
        return True
    if not 0 < file.size <= EMPTY_BYTES or codec_of(head_of(file)) is None:
        return False
    with file.stream() as stream:
        return not stream.read(1)
