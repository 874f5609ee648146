"""Files that keep a stopped training, and the sentence that names them."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from torrential.cli.output import say
from torrential.errors import ParameterError

if TYPE_CHECKING:
    from torrential import Dataset, ParameterAveraging
    from torrential.cli.estimators.saved import Estimator

PARTIAL = ".partial"
"""Suffix of the name of a model that was kept on Ctrl-C."""

EVERY = "60s"


@dataclass(frozen=True, slots=True)
class Keeping:
    """The file that a training is kept in.

    Attributes
    ----------
    path : str or None
        None if the output of the model is not a file, such as /dev/null.
    every : str, int or None
        When it is written; None for when the training is stopped only.
    resume : bool
        Whether to resume from the file.
    is_partial : bool
        Whether it is the file next to the model, which is removed once the model is complete.
    """

    path: str | None
    every: str | int | None
    resume: bool
    is_partial: bool

    @classmethod
    def of(cls, output: str, checkpoint: str | None, every: str | None, *, resume: bool) -> Self:
        """Return the settings that the options ask for, or raise a ParameterError."""
        if checkpoint is not None:
            return cls(checkpoint, _when(every), resume, False)
        _refuse_without_file(every)
        is_file = Path(output).is_file() or not Path(output).exists()
        if resume and not is_file:
            raise ParameterError(f"{output} is not a file to resume from: give --checkpoint too.")
        return cls(output + PARTIAL if is_file else None, None, resume, True)

    @classmethod
    def in_checkpoint(cls, checkpoint: str | None, every: str | None, *, resume: bool) -> Self:
        """Return the settings for a search, which keeps its model in the checkpoint only."""
        if checkpoint is None:
            _refuse_without_file(every)
            if resume:
                raise ParameterError("--resume needs a file to resume from: give --checkpoint.")
        return cls(checkpoint, _when(every), resume, False)

    def of_data(self, dataset: "Dataset") -> Self:
        """Return settings without the file next to the model if the rows come through a pipe.

        Nothing could resume from that file: the rows of a pipe are gone.
        """
        is_needless = self.is_partial and not self.resume and dataset.is_read_once
        return replace(self, path=None) if is_needless else self

    @property
    def goes_on(self) -> bool:
        """Whether there is something to resume."""
        return self.resume and self.path is not None and os.access(self.path, os.F_OK)

    @property
    def arguments(self) -> dict[str, Any]:
        """Arguments of ``fit``."""
        if self.path is None:
            return {}
        return {"checkpoint": self.path, "checkpoint_every": self.every, "resume": self.resume}

    @contextmanager
    def reporting(self, model: "Estimator | ParameterAveraging") -> Iterator[None]:
        """Report which files were kept when the training is stopped."""
        try:
            yield
        except (KeyboardInterrupt, SystemExit):
            n_rows = model.kept_rows
            if n_rows is not None:
                say(
                    f"torrential: stopped after {n_rows:,} rows; the model so far is in "
                    f"{self.path}: run the same command with --resume to continue.",
                    is_error=True,
                )
            raise

    def end(self) -> None:
        """Remove the files that are not needed once the model is saved."""
        if self.is_partial and self.path is not None:
            with suppress(OSError):  # also of a name that is too long
                Path(self.path).unlink()


def _when(every: str | None) -> str | int:
    given = EVERY if every is None else every
    return int(given) if given.isdecimal() else given


def _refuse_without_file(every: str | None) -> None:
    if every is not None:
        raise ParameterError(
            "--checkpoint-every says when, but not to which file: give --checkpoint too."
        )
