"""Files that keep trainings, and the values of their headers."""

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

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

LATER = ("views",)
"""Parameters that the first files do not have: None there, and left out where they are None."""


class CheckpointFile:
    """The file that a training is kept in.

    Parameters
    ----------
    path : str or path-like

    Raises
    ------
    OutputError
        No file can be written there, or one that is not a model is there.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        check_model_file(path)
        self._path = path
        self._is_warned_of = False

    def write(self, arrays: Arrays, header: dict[str, Any], n_rows: int) -> bool:
        """Write a checkpoint after this many rows, and return whether it was written.

        A full disk does not end a training: the last checkpoint is whole, and a warning is logged,
        once until one is written again.
        """
        try:
            write_model(self._path, arrays, header)
        except OutputError as error:
            level = logging.INFO if self._is_warned_of else logging.WARNING
            logger.log(level, "No checkpoint after %d rows: %s", n_rows, error)
            self._is_warned_of = True
            return False
        self._is_warned_of = False
        return True


def read_checkpoint(
    path: str | os.PathLike[str],
    of: str,
    is_one: Callable[[dict[str, Any]], bool],
    verb: str = "train",
) -> tuple[Arrays, dict[str, Any]] | None:
    """Return arrays and header of a checkpoint; None without a file.

    Parameters
    ----------
    path : str or path-like
    of : str
        The expected kind of checkpoint.
    is_one : callable
        Tells that from the header.
    verb : str
        The verb for starting again.

    Raises
    ------
    ParameterError
        It is a file of another kind.
    ModelFileError
        It is damaged or cut off.
    """
    if not Path(path).exists():
        return None
    arrays, header = read_model(path)
    if not is_one(header):
        raise ParameterError(
            f"{path} is not a checkpoint of {of}: name one, or {verb} again without resume."
        )
    return arrays, header


def check_same(
    path: str | os.PathLike[str], clause: str | None, advice: str, verb: str = "train"
) -> None:
    """Raise a ParameterError if a checkpoint was made with other parameters or data.

    Parameters
    ----------
    path : str or path-like
    clause : str or None
        What is different, as the end of a sentence.
    advice : str
    verb : str
        The verb for starting again.
    """
    if clause is not None:
        raise ParameterError(
            f"The checkpoint {path} {clause}: {advice}, or {verb} again without resume."
        )


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
