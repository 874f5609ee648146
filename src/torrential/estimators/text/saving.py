"""Models on disk: what goes into the file, and the estimator that comes out of it."""

import datetime
import logging
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torrential
from torrential.engine.model.text_model import TextModel
from torrential.engine.targets.label_values import from_json, to_json
from torrential.errors import DataError, ModelFileError, OutputError, ParameterError
from torrential.estimators.text.file_schema import HEADER, check_parameters
from torrential.evaluation.progressive import ProgressiveValidation
from torrential.linear.class_weight import ClassWeight, check_counts
from torrential.logs import logger_of
from torrential.persistence.model_file import read_model, write_model
from torrential.persistence.outputs import check_model_file
from torrential.types import Arrays

if TYPE_CHECKING:
    from torrential.estimators.text.classifier import TextClassifier

logger = logger_of("train")

KIND = "TextClassifier"

NOT_SAVED = ("n_jobs", "verbose")
"""Parameters that belong to the machine and the moment, not to the model."""


def save(
    estimator: "TextClassifier",
    model: TextModel,
    path: str | os.PathLike[str],
    *,
    overwrite: bool,
) -> None:
    """Write a fitted classifier; see ``TextClassifier.save``."""
    parameters = plain_parameters(estimator)
    _check_can_be_loaded(estimator, model)
    check_model_file(path, overwrite=overwrite, hint="pass overwrite=True")
    arrays, header = contents(
        model,
        parameters,
        columns=estimator.columns_,
        class_weight=estimator._class_weight,
        history=estimator.history_,
        interrupted=estimator.interrupted_,
    )
    write_model(path, arrays, header)


def _check_can_be_loaded(estimator: "TextClassifier", model: TextModel) -> None:
    """Raise a ParameterError where a parameter was set after the model was fitted."""
    try:
        check_parameters(estimator.get_params(deep=False), model)
    except DataError as error:
        raise ParameterError(
            f"The model cannot be saved: {error}; set it back, or fit the model again."
        ) from None


def plain_parameters(estimator: "TextClassifier") -> dict[str, Any]:
    """Return the parameters that decide a model as JSON has them, or say which cannot be saved."""
    return {
        name: plain(name, value)
        for name, value in estimator.get_params().items()
        if name not in NOT_SAVED
    }


def contents(
    model: TextModel,
    parameters: dict[str, Any],
    *,
    columns: dict[str, Any],
    class_weight: ClassWeight,
    history: Sequence[ProgressiveValidation],
    interrupted: bool,
) -> tuple[Arrays, dict[str, Any]]:
    """Return arrays and header of a model file."""
    arrays, state = model.state()
    state["features"] = {name: plain(name, value) for name, value in state["features"].items()}
    header = {
        "kind": KIND,
        "torrential": torrential.__version__,
        "saved": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "parameters": parameters,
        "columns": columns,
        "class_counts": class_weight.counts.tolist(),
        "progressive": [
            epoch.summary() | {"learnt_before": epoch.learnt_before} for epoch in history
        ],
        "interrupted": interrupted,
        "model": state,
    }
    return arrays, header


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
        """Write a checkpoint after so many rows, and return whether it was written.

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
    """Return arrays and header of a checkpoint; None where there is no file.

    Parameters
    ----------
    path : str or path-like
    of : str
        What it is to be a checkpoint of.
    is_one : callable
        Tells that from the header.
    verb : str
        What to do anew.

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
            f"{path} is no checkpoint of {of}: name the file of one, or {verb} anew without resume."
        )
    return arrays, header


def check_same(
    path: str | os.PathLike[str], clause: str | None, advice: str, verb: str = "train"
) -> None:
    """Raise a ParameterError if a checkpoint was made otherwise.

    Parameters
    ----------
    path : str or path-like
    clause : str or None
        What is different, as the end of a sentence.
    advice : str
    verb : str
        What to do anew.
    """
    if clause is not None:
        raise ParameterError(
            f"The checkpoint {path} {clause}: {advice}, or {verb} anew without resume."
        )


def load(
    path: str | os.PathLike[str], *, verify: bool = True, allow_pattern: bool = True
) -> "TextClassifier":
    """Read a model that was saved, and return the estimator, ready to predict or to learn on.

    Weights are memory-mapped: they are not copied, and processes share them. No code in the file
    is run; nothing is unpickled.

    Parameters
    ----------
    path : str or path-like
    verify : bool, default=True
        Compare the weights with their checksums, which reads the whole file once: about 25 ms per
        100 MB where the system has it in memory. Without it only the pages that are used are read,
        and damage within the weights is not found; the header is always checked.
    allow_pattern : bool, default=True
        Accept a model with a ``token_pattern`` other than the default. Such a pattern is a regular
        expression that runs on every text, and one made for that can run for hours: pass False for
        files from sources that you do not trust.

    Returns
    -------
    model : TextClassifier

    Raises
    ------
    ModelFileError
        A file that is corrupt, cut off, of a newer version, or not a model; or one with a pattern
        where ``allow_pattern=False``.
    MissingDataError
        No such file.
    """
    from torrential.estimators.text.classifier import TextClassifier

    arrays, header = read_contents(path, verify=verify)
    with as_model_errors(path):
        HEADER(header, "")
        parameters = dict(header["parameters"])
        parameters["ngram_range"] = tuple(parameters["ngram_range"])
        if isinstance(parameters["class_weight"], list):
            weights = parameters["class_weight"]
            parameters["class_weight"] = {from_json(label): weight for label, weight in weights}
        model = TextModel.from_state(arrays, header["model"])
        estimator = TextClassifier(**parameters)
        check_parameters(estimator.get_params(deep=False), model)
        _restore(estimator, model, header)
    if not allow_pattern and model.features.has_pattern:
        raise ModelFileError(
            f"{path} splits texts by a pattern of its own, {model.features.token_pattern!r}: accept"
            " it with allow_pattern=True, or --allow-pattern, if you trust the source of the file."
        )
    return estimator


def read_contents(
    path: str | os.PathLike[str], *, verify: bool = True
) -> tuple[Arrays, dict[str, Any]]:
    """Return arrays and header of a file that `contents` are in."""
    arrays, header = read_model(path, required=["rows"], verify=verify)
    kind = header.get("kind")
    if kind != KIND:
        raise ModelFileError(
            f"{path} holds a {kind!r}, which this version does not know: upgrade torrential."
        )
    return arrays, header


@contextmanager
def as_model_errors(path: str | os.PathLike[str]) -> Iterator[None]:
    """Turn what contradicts itself in a header into a ModelFileError."""
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


def _restore(estimator: "TextClassifier", model: TextModel, header: dict[str, Any]) -> None:
    """Give an estimator the attributes of the one that was saved."""
    estimator.model_ = model
    check_counts(header["class_counts"], len(model.labels))
    estimator._class_weight = ClassWeight(estimator.class_weight, header["class_counts"])
    estimator.columns_ = dict(header["columns"])
    estimator.history_ = [
        ProgressiveValidation.of(
            epoch["n_rows"],
            epoch["loss"],
            epoch["accuracy"],
            learnt_before=epoch.get("learnt_before", place > 0),
        )
        for place, epoch in enumerate(header["progressive"])
    ]
    estimator.n_iter_ = len(estimator.history_)
    estimator.interrupted_ = bool(header.get("interrupted", False))


def plain(name: str, value: Any) -> Any:
    """Return a value as JSON has it, or say why it cannot be saved.

    A dict becomes a list of pairs: JSON's keys are strings only.
    """
    if isinstance(value, dict):
        return [[_plain_key(name, key), plain(name, item)] for key, item in value.items()]
    if isinstance(value, list | tuple | set | frozenset):
        items = [plain(name, item) for item in value]
        return sorted(items) if isinstance(value, set | frozenset) else items
    if hasattr(value, "item"):  # a NumPy scalar
        value = value.item()
    if value is None or isinstance(value, str | int | float | bool):
        return value
    raise ParameterError(
        f"{name}={value!r} is a {type(value).__name__}, which a model file cannot hold: use names, "
        "numbers and lists of them."
    )


def _plain_key(name: str, key: Any) -> Any:
    """Return a label that a dict names as JSON has it."""
    try:
        return to_json(key)
    except DataError as error:
        raise ParameterError(f"{name} cannot be saved: {error}") from error
