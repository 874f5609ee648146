"""Checkpoints of parameter averaging: the average, and the number of completed rounds."""

import os
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

from torrential.data.fingerprint import Fingerprint, difference
from torrential.engine.checkpoints.cursor import Cursor
from torrential.engine.checkpoints.file import CheckpointFile
from torrential.engine.training.averaging_types import Mix
from torrential.estimators.fused.file_schema import AVERAGING
from torrential.evaluation.probabilities import figures_of
from torrential.types import Arrays

Contents = tuple[Arrays, dict[str, Any]]


class AveragingCheckpoint(CheckpointFile):
    """The file that a fit is kept in.

    Parameters
    ----------
    path, every
        As `CheckpointFile` takes them.
    settings : dict of str to JSON values
        What decides the model besides the data.
    data : Fingerprint
    contents : callable
        Gives the arrays and the header of the average as it is now.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        every: Any,
        settings: dict[str, Any],
        data: Fingerprint,
        contents: Callable[[], Contents],
    ) -> None:
        super().__init__(path, every)
        self._settings = settings
        self._data = data
        self._contents = contents
        self.mixes: list[Mix] = []
        self.cursor = Cursor()
        self._is_kept = False

    def read(self) -> Contents | None:
        """Read the file and resume from it; return its contents, or None without a file.

        Raises
        ------
        ParameterError
            If it was made with other parameters or data, or is not a checkpoint of averaging.
        ModelFileError
            The file is damaged or cut off.
        """
        found = self.kept("parameter averaging", lambda header: "averaging" in header)
        if found is None:
            return None
        arrays, header = found
        with self.as_model_errors():
            saved = header["averaging"]
            AVERAGING(saved, "averaging")
            clause, advice = self._difference(saved)
            epoch, n_steps = map(int, saved["position"])
            cursor = Cursor(epoch=epoch, n_steps=n_steps)
            mixes = [_mix(mix) for mix in saved["mixes"]]
        self.check_same(clause, advice)
        if not mixes:  # what was kept when the first round was interrupted: no common start
            return None
        self.cursor, self.mixes = cursor, mixes
        self.every.begin(self.n_rows)
        return {name: array.copy() for name, array in arrays.items()}, header

    def begin(self) -> Cursor:
        """Return a cursor after the completed rounds."""
        return replace(self.cursor)

    def after_mix(self, cursor: Cursor, mix: Mix) -> None:
        """Record an average, and write the file if it is due."""
        self.cursor = replace(cursor)
        self.mixes.append(mix)
        if self.every.is_due(self.n_rows):
            self.write()

    def before_salvage(self) -> None:
        """Write the average before the changes of an interrupted round are added to it.

        The changes give a model, but not a state from which the same bits follow. The model is kept
        only if there is no average yet.
        """
        self._is_kept = bool(self.mixes) and self.write()

    def interrupt(self) -> bool:
        """Write the file, unless that was done; return whether there is a file."""
        return self._is_kept or self.write()

    def write(self, *, is_complete: bool = False) -> bool:
        """Write the file, and return whether that succeeded; a failure is logged as a warning."""
        arrays, header = self._contents()
        header["averaging"] = {
            "settings": self._settings,
            "data": self._data,
            "position": [self.cursor.epoch, self.cursor.n_steps],
            "mixes": [asdict(mix) for mix in self.mixes],
            "is_complete": is_complete,
        }
        return self.keep(arrays, header, self.n_rows)

    @property
    def n_rows(self) -> int:
        """Rows that were learned up to the last average."""
        return sum(mix.n_rows for mix in self.mixes)

    def _difference(self, saved: dict[str, Any]) -> tuple[str | None, str]:
        for name, value in self._settings.items():
            if saved["settings"].get(name) != value:
                was = saved["settings"].get(name)
                return f"was made with {name}={was!r}, not {name}={value!r}", (
                    "pass the same parameters"
                )
        if "source" not in self._data:  # a matrix
            is_same = saved["data"] == self._data
            return None if is_same else "was made from another matrix", "give the same data"
        return difference(saved["data"], self._data), "give the same data"


def _mix(saved: dict[str, Any]) -> Mix:
    figures = figures_of(saved.get("probabilities") or {})
    return Mix(**saved | {"parts": tuple(saved["parts"]), "probabilities": figures})
