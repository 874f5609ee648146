"""Checkpoints of a fit: model files with the progress of training."""

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from torrential.data import Dataset
from torrential.data.columns.label_lists import value_type
from torrential.data.fingerprint import difference, fingerprint
from torrential.engine.checkpoints.cursor import Cursor
from torrential.engine.checkpoints.file import LATER, CheckpointFile
from torrential.engine.model.hashed_model import HashedModel
from torrential.engine.model.stored import with_own_sample
from torrential.engine.training.candidate import Candidate
from torrential.errors import ParameterError
from torrential.estimators.common.saving import plain_parameters
from torrential.estimators.fused.model_file import contents, read_contents
from torrential.linear.class_weight import ClassWeight, check_counts

if TYPE_CHECKING:
    from torrential.estimators.fused.training import FusedTraining


class FusedCheckpoint(CheckpointFile):
    """The file that a fit is kept in.

    Parameters
    ----------
    path, every
        As `CheckpointFile` takes them.
    estimator : FusedTraining
        Whose parameters decide the model.
    dataset : Dataset
        The dataset to learn.

    Raises
    ------
    ParameterError
        If a parameter does not fit into a file, or the data does not allow a second pass.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        every: Any,
        estimator: "FusedTraining",
        dataset: Dataset,
    ) -> None:
        super().__init__(path, every)
        _check_labels(dataset)
        self._kind, self._header = estimator._kind, estimator._header()
        self._parameters = plain_parameters(estimator)
        self._columns = columns_of(dataset)
        self._data = fingerprint(dataset)
        self._written: tuple[int, int] | None = None

    def resume(self, candidate: Candidate) -> Candidate:
        """Return the candidate in the file; without a file, the given candidate.

        Raises
        ------
        ParameterError
            If it was made with other parameters or data, or is not a checkpoint.
        ModelFileError
            The file is damaged or cut off.
        """
        if not Path(self.path).exists():
            return candidate
        arrays, header = read_contents(self.path, self._kind)
        if "checkpoint" not in header:
            raise ParameterError(
                f"{self.path} is a model, but not a checkpoint: name one, or train again "
                "without resume."
            )
        arrays = with_own_sample(arrays)
        with self.as_model_errors():
            self._header(header, "")
            saved = header["checkpoint"]
            clause = parameter_difference(header["parameters"], self._parameters)
            advice = "pass the same parameters"
            if clause is None:
                clause, advice = difference(saved["data"], self._data), "give the same data"
            cursor = Cursor.from_state(saved["course"])
            model = HashedModel.from_state(arrays, header["model"])
            check_counts(header["class_counts"], len(model.labels))
            resumed = Candidate(
                model,
                ClassWeight(candidate.class_weight.spec, header["class_counts"]),
                replace(candidate.schedule, seed=int(saved["seed"])),
                cursor,
                C=candidate.C,
                averages_last_pass=candidate.averages_last_pass,
            )
        self.check_same(clause, advice)
        self.every.begin(cursor.n_rows)
        self._written = _reached(cursor)
        return resumed

    def after_window(self, candidate: Candidate) -> None:
        """Write the file if it is due."""
        if self.every.is_due(candidate.cursor.n_rows):
            candidate.model.settle()
            self.write(candidate)

    def write(self, candidate: Candidate) -> bool:
        """Write the file, and return whether it holds the current state of the training.

        A full disk does not end a training: the last checkpoint is still whole, and a warning is
        logged.
        """
        cursor = candidate.cursor
        if not cursor.has_begun:
            return False
        if self._written == _reached(cursor):
            return True
        arrays, header = contents(
            self._kind,
            candidate.model,
            self._parameters,
            columns=self._columns,
            class_weight=candidate.class_weight,
            history=cursor.passes,
            interrupted=not cursor.is_complete,
        )
        header["checkpoint"] = {
            "course": cursor.state(),
            "seed": candidate.schedule.seed,
            "documents_are_counted": not candidate.model.weighting.are_uncounted,
            "data": self._data,
        }
        if not self.keep(arrays, header, cursor.n_rows):
            return False
        self._written = _reached(cursor)
        return True


def _check_labels(dataset: Dataset) -> None:
    """Raise a ParameterError now, not when the first checkpoint is written."""
    kind, types = value_type(dataset.schema.field(dataset.target).type), pa.types
    if types.is_interval(kind) or types.is_nested(kind):
        raise ParameterError(
            f"Labels of type {kind}, as column {dataset.target!r} has them, do not fit into a "
            "file: make them strings, numbers, booleans or dates."
        )


def columns_of(dataset: Dataset) -> dict[str, Any]:
    """Return the names of the columns, as ``columns_`` has them."""
    inputs = dataset.columns.inputs
    read: dict[str, Any] = {"inputs": list(inputs)} if inputs else {"text": list(dataset.text)}
    if dataset.columns.n_label_columns is not None:
        read["n_label_columns"] = dataset.columns.n_label_columns
    return {**read, "target": dataset.target, "weight": dataset.weight}


def _reached(cursor: Cursor) -> tuple[int, int]:
    return cursor.epoch, cursor.n_steps


def parameter_difference(saved: Mapping[str, Any], now: Mapping[str, Any]) -> str | None:
    """Return the difference as the end of a sentence; None without one."""
    saved, now = ({**LATER, **each} for each in (saved, now))
    for name, value in now.items():
        # Among terms, True is not 1.
        if saved[name] != value or isinstance(saved[name], bool) != isinstance(value, bool):
            was, is_now = (_shown(name, each) for each in (saved[name], value))
            return f"was made with {name}={was}, not {name}={is_now}"
    return None


def _shown(name: str, value: Any) -> str:
    """Return a parameter as it is passed."""
    if isinstance(value, list) and name in ("ngram_range", "class_weight"):
        value = tuple(value) if name == "ngram_range" else dict(value)
    return repr(value)
