"""A folder of output files: what it may hold before, and which files of an earlier run are done."""

import json
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from torrential.errors import OutputError
from torrential.persistence.whole_file import TEMPORARY, check_writable, whole_file

ABOUT = ".torrential.json"
"""File in the folder that says how the others were made."""


class OutputFolder:
    """A folder that gets files of known names.

    Parameters
    ----------
    path : str or path-like
    about : dict
        What determines the files, as JSON; files of an earlier run count only if it was the same.
    """

    def __init__(self, path: str | os.PathLike[str], about: dict[str, Any]) -> None:
        self.path = Path(path)
        self._about = json.loads(json.dumps(about))

    def begin(self, names: Iterable[str], *, resume: bool) -> set[str]:
        """Make the folder, and return the names of files that are done.

        Parameters
        ----------
        names : iterable of str
            Paths below the folder of the files that it will have.
        resume : bool
            Whether files of an earlier run are kept; without it, the folder has to be empty.

        Raises
        ------
        OutputError
            If other files are in it, or files that were made in another way, or it is not writable.
        """
        wanted = set(names)
        found = self._files()
        if found and not resume:
            raise OutputError(
                f"{self.path} has files in it, such as {sorted(found)[0]}: give an empty or a new "
                "folder, or resume the run that has written them."
            )
        self._check(found - wanted)
        if found:
            self._check_about()
        self._write_about()
        return found & wanted

    def file(self, name: str) -> Path:
        """Return the path of a file, whose folder is there from now on."""
        path = self.path / name
        _make(path.parent, path)
        return path

    def _files(self) -> set[str]:
        if not self.path.is_dir():
            return set()
        found = set()
        for path in self.path.rglob("*"):
            if path.is_dir() or path == self.path / ABOUT:
                continue
            if not _is_left(path):
                found.add(path.relative_to(self.path).as_posix())
        return found

    def _check(self, others: set[str]) -> None:
        if others:
            raise OutputError(
                f"{self.path} has other files in it, such as {sorted(others)[0]}: give an empty or "
                "a new folder, or remove them."
            )

    def _check_about(self) -> None:
        try:
            before = json.loads((self.path / ABOUT).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            before = None
        if not isinstance(before, dict):
            raise OutputError(
                f"{self.path} does not say how its files were made, since it has no {ABOUT}: give "
                "an empty or a new folder."
            )
        for name, value in self._about.items():
            if before.get(name) != value:
                raise OutputError(
                    f"{self.path} was written with another value of {name}: give the same one to "
                    "resume, or a new folder."
                )

    def _write_about(self) -> None:
        _make(self.path, self.path)
        check_writable(self.path / ABOUT)
        with whole_file(self.path / ABOUT, sync=False) as temporary:
            temporary.write_text(json.dumps(self._about), encoding="utf-8")


def _make(folder: Path, path: Path) -> None:
    """Make the folder of a path that is written, if it is missing."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"Cannot write {path}: {error.strerror}; choose another folder."
        ) from error


def _is_left(path: Path) -> bool:
    """Return whether a file is a temporary one; remove it if its process is gone."""
    match = TEMPORARY.fullmatch(path.name)
    if match is None:
        return False
    try:
        os.kill(int(match[1]), 0)
    except (ProcessLookupError, OverflowError):
        with suppress(OSError):
            path.unlink()
    except OSError:
        pass
    return True
