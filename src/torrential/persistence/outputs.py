"""Checks of output files before the work: nothing that is read or kept is replaced."""

import os
from collections.abc import Iterable
from pathlib import Path

from torrential.errors import OutputError
from torrential.persistence.fasttext.beginning import BEGINNING
from torrential.persistence.whole_file import check_writable

STANDARD_OUTPUTS = ("-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1")
"""Names of the standard output. It is written, not replaced, also if a shell has redirected it to a
file."""


PARTIAL = ".partial"
"""Suffix of the name under which the command line keeps a training that was stopped."""


def is_standard_output(path: str | os.PathLike[str]) -> bool:
    """Return whether a path means standard output."""
    return os.fspath(path) in STANDARD_OUTPUTS


def is_folder(path: str | os.PathLike[str]) -> bool:
    """Return whether an output is a folder: it is one, or its name ends in a slash."""
    name = os.fspath(path)
    # Not by Path, which raises for a name that is too long.
    return not is_standard_output(name) and (name.endswith(("/", os.sep)) or os.path.isdir(name))  # noqa: PTH112


def is_replaceable(path: str | os.PathLike[str]) -> bool:
    """Return whether a path is that of a file, not of a pipe or a device."""
    # Not by Path, which raises for a name that is too long: that is found when it is written.
    is_there = os.path.exists(path)  # noqa: PTH110
    is_device = is_there and not (os.path.isfile(path) or os.path.isdir(path))  # noqa: PTH112, PTH113
    return not is_standard_output(path) and not is_device


def check_file(path: str | os.PathLike[str], what: str) -> None:
    """Raise an OutputError now if the path does not support writing out of order.

    Parameters
    ----------
    path : str or path-like
        The null device is allowed.
    what : str
        Name of the content in the message, such as "a model".
    """
    if os.fspath(path) == os.devnull:
        return
    if is_standard_output(path):
        raise OutputError(f"The standard output cannot take {what}: give the name of a file.")
    if not is_replaceable(path):
        raise OutputError(
            f"Cannot write {path}: it is not a file, which {what} needs; give the name of one."
        )
    check_writable(path)


def check_model_file(
    path: str | os.PathLike[str], *, overwrite: bool = False, hint: str = "remove that file"
) -> None:
    """Raise an OutputError now if no model can be written, or if another file exists there.

    Parameters
    ----------
    path : str or path-like
    overwrite : bool, default=False
        Whether to replace a file that is not a model.
    hint : str, default="remove that file"
        What else can be done.
    """
    check_file(path, "a model")
    if not overwrite and _is_other_file(path):
        raise OutputError(
            f"{path} is not a model, and a model would replace it: give another name, or {hint}."
        )


def _is_other_file(path: str | os.PathLike[str]) -> bool:
    from torrential.persistence.model_header import starts_as_model  # which needs NumPy

    try:
        if not Path(path).is_file() or not Path(path).stat().st_size:
            return False
        if Path(path).suffix == PARTIAL:
            return False
        with Path(path).open("rb") as file:
            return not starts_as_model(file.read(64))
    except OSError:  # said when it is written
        return False


def is_model_file(path: str | os.PathLike[str]) -> bool:
    """Return whether a file of this machine is a model, of fastText too, by its first bytes."""
    from torrential.persistence.model_header import starts_as_model  # which needs NumPy

    try:
        if not Path(path).is_file():
            return False
        with Path(path).open("rb") as file:
            beginning = file.read(64)
    except (OSError, ValueError):  # said when it is read
        return False
    return starts_as_model(beginning) or beginning.startswith(BEGINNING)


def check_is_not_read(
    path: str | os.PathLike[str], inputs: Iterable[str | os.PathLike[str]]
) -> None:
    """Raise an OutputError if a path is one of the input files, also through a link.

    Parameters
    ----------
    path : str or path-like
    inputs : iterable of str or path-like
        Files on this machine.
    """
    try:
        there = Path(path).stat()
    except (OSError, ValueError):
        return
    if not Path(path).is_file():
        return
    for name in inputs:
        try:
            is_same = os.path.samestat(there, Path(name).stat())
        except (OSError, ValueError):
            continue
        if is_same:
            raise OutputError(
                f"Cannot write {path}: it is the file {name}, which is read; give another name."
            )
