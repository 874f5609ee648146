"""Files that keep trainings, and the values of their headers."""

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from torrential.engine.checkpoints.interval import Every
from torrential.engine.targets.label_values import to_json
from torrential.errors import DataError, ModelFileError, OutputError, ParameterError
from torrential.features.views import View
from torrential.logs import logger_of
from torrential.persistence.model_file import read_model, write_model
from torrential.persistence.outputs import check_model_file
from torrential.types import Arrays

logger = logger_of("train")

NOT_SAVED = ("n_jobs", "verbose")
"""Parameters that do not affect the model."""

LATER = {"views": None, "calibration": "default", "levels": None}
"""Parameters that the first files do not have: these values there, which are left out."""


def is_left_out(name: str, value: Any) -> bool:
    """Return whether a file does not have a parameter, as the first files."""
    return name in LATER and bool(value == LATER[name])


class CheckpointFile:
    """The file that a training is kept in; each kind of training says what is in it.

    Parameters
    ----------
    path : str or path-like
    every : str, int or None
        As ``Every.parse`` takes it; None is only when the training is interrupted.

    Raises
    ------
    OutputError
        No file can be written there, or one that is not a model is there.
    ParameterError
        If `every` is neither a time nor a number of rows.
    """

    verb = "train"
    """What starts it again."""

    def __init__(self, path: str | os.PathLike[str], every: Any) -> None:
        self.every = Every.parse(every)
        check_model_file(path)
        self.path = path
        self._is_warned_of = False

    @property
    def is_for_interrupts(self) -> bool:
        """Whether it is written only when the training is interrupted."""
        return self.every.is_never

    def keep(self, arrays: Arrays, header: dict[str, Any], n_rows: int) -> bool:
        """Write a checkpoint after this many rows, and return whether it was written.

        A full disk does not end a training: the last checkpoint is whole, and a warning is logged,
        once until one is written again.
        """
        try:
            write_model(self.path, arrays, header)
        except OutputError as error:
            level = logging.INFO if self._is_warned_of else logging.WARNING
            logger.log(level, "No checkpoint after %d rows: %s", n_rows, error)
            self._is_warned_of = True
            return False
        self._is_warned_of = False
        return True

    def kept(
        self, of: str, is_one: Callable[[dict[str, Any]], bool]
    ) -> tuple[Arrays, dict[str, Any]] | None:
        """Return arrays and header of the file; None where there is none.

        Parameters
        ----------
        of : str
            What it is to be a checkpoint of.
        is_one : callable
            Tells that from the header.

        Raises
        ------
        ParameterError
            It is a file of another kind.
        ModelFileError
            It is damaged or cut off.
        """
        if not Path(self.path).exists():
            return None
        arrays, header = read_model(self.path)
        if not is_one(header):
            raise ParameterError(
                f"{self.path} is not a checkpoint of {of}: name one, or {self.verb} again without "
                "resume."
            )
        return arrays, header

    def check_same(self, clause: str | None, advice: str) -> None:
        """Raise a ParameterError if it was made otherwise.

        Parameters
        ----------
        clause : str or None
            What is different, as the end of a sentence.
        advice : str
        """
        if clause is not None:
            raise ParameterError(
                f"The checkpoint {self.path} {clause}: {advice}, or {self.verb} again without "
                "resume."
            )

    def as_model_errors(self) -> AbstractContextManager[None]:
        """Turn what contradicts itself in the file into a ModelFileError, in a block."""
        return as_model_errors(self.path)


@contextmanager
def as_model_errors(path: str | os.PathLike[str]) -> Iterator[None]:
    """Turn errors about a contradictory header into a ModelFileError."""
    try:
        yield
    except ModelFileError:
        raise
    except (
        LookupError, TypeError, ValueError, AttributeError, ArithmeticError, MemoryError,
        RecursionError,
    ) as error:  # fmt: skip
        raise ModelFileError(
            f"{path} is not a model that torrential wrote ({error}): train and save it again."
        ) from error


def plain(name: str, value: Any) -> Any:
    """Return a value as JSON represents it, or raise an error that says why saving it fails.

    A dict becomes a list of pairs: JSON's keys are strings only.
    """
    if isinstance(value, dict):
        return [[_plain_key(name, key), plain(name, item)] for key, item in value.items()]
    if isinstance(value, list | tuple | set | frozenset):
        items = [plain(name, item) for item in value]
        return sorted(items) if isinstance(value, set | frozenset) else items
    if isinstance(value, View):
        return value.state()
    if hasattr(value, "item"):  # a NumPy scalar
        value = value.item()
    if value is None or isinstance(value, str | int | float | bool):
        return value
    raise ParameterError(
        f"{name}={value!r} is a {type(value).__name__}, which a model file cannot hold: use names, "
        "numbers and lists of them."
    )


def _plain_key(name: str, key: Any) -> Any:
    """Return a label that is a key of a dict, as JSON represents it."""
    try:
        return to_json(key)
    except DataError as error:
        raise ParameterError(f"{name} does not fit into a file: {error}") from error
