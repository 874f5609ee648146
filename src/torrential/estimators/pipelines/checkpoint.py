"""Checkpoints of pipelines that learn batch by batch: the state of all steps, and how far it is."""

import os
import re
from collections.abc import Callable
from typing import Any

from torrential.adapters.learner import PipelineLearner
from torrential.adapters.plain_state import restored, state_of
from torrential.adapters.stream import StreamedExamples
from torrential.data import Dataset
from torrential.data.fingerprint import difference, fingerprint
from torrential.engine.checkpoints.cursor import Cursor
from torrential.engine.checkpoints.file import NOT_SAVED, CheckpointFile
from torrential.types import Arrays


class PipelineCheckpoint(CheckpointFile):
    """The file that a fit is kept in.

    Parameters
    ----------
    path, every
        As `CheckpointFile` takes them.
    parameters : dict of str to object
        Parameters that determine the model.
    seed : int
    dataset : Dataset

    Raises
    ------
    ParameterError
        If the data does not allow a second pass.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        every: Any,
        parameters: dict[str, Any],
        seed: int,
        dataset: Dataset,
    ) -> None:
        super().__init__(path, every)
        self._seed = seed
        self._parameters = shown_parameters(parameters)
        self._data = fingerprint(dataset)

    def resume(self, learner: PipelineLearner, first: Callable[[], StreamedExamples]) -> Cursor:
        """Restore a learner from the file, and return its progress; without a file it is new.

        Parameters
        ----------
        learner : PipelineLearner
        first : callable
            Gives a few rows. They are learned so that all steps have their attributes, which are
            then replaced.

        Raises
        ------
        ParameterError
            If it was made with other parameters or data, or is not a checkpoint of this kind.
        ModelFileError
            The file is damaged or cut off.
        """
        found = self.kept("OutOfCore", lambda header: header.get("kind") == "OutOfCore")
        if found is None:
            return Cursor()
        arrays, header = found
        with self.as_model_errors():
            clause, advice = self._difference(header), "pass the same parameters"
            if clause is None:
                clause, advice = difference(header["data"], self._data), "give the same data"
            cursor = Cursor.from_state(_of_now(header["standing"]))
        self.check_same(clause, advice)
        examples = first()
        learner.learn(examples.views[0], examples.y, examples.weight)
        with self.as_model_errors():
            restored(learner.learning_steps, header["steps"], arrays)
        self.every.begin(cursor.n_rows)
        return cursor

    def after_batch(self, learner: PipelineLearner, cursor: Cursor) -> None:
        """Write the file if it is due."""
        if self.every.is_due(cursor.n_rows):
            self.write(learner, cursor)

    def write(self, learner: PipelineLearner, cursor: Cursor) -> bool:
        """Write the file, and return whether that succeeded; a failure is logged as a warning."""
        arrays: Arrays = {}
        header = {
            "kind": "OutOfCore",
            "parameters": self._parameters,
            "seed": self._seed,
            "data": self._data,
            "standing": cursor.state(),
            "steps": state_of(learner.learning_steps, "estimator", arrays),
        }
        return self.keep(arrays, header, cursor.n_rows)

    def _difference(self, header: dict[str, Any]) -> str | None:
        for name, value in self._parameters.items():
            was = header["parameters"].get(name)
            if was != value:
                return f"was made with {name}={was}, not {name}={value}"
        if header["seed"] != self._seed:
            return f"was made with random_state={header['seed']}, not {self._seed}"
        return None


def _of_now(state: dict[str, Any]) -> dict[str, Any]:
    """Return the state of a cursor, also from a file that called its steps batches."""
    if "n_batches" not in state:
        return state
    return {**state, "n_windows": state["n_batches"], "n_noted": 0, "is_complete": False}


def shown_parameters(parameters: dict[str, Any]) -> dict[str, str]:
    """Return parameters as text; the steps come before the lists of steps."""
    names = sorted(parameters, key=lambda name: -name.count("__"))
    return {name: shown(parameters[name]) for name in names if name not in NOT_SAVED}


def shown(value: Any) -> str:
    """Return a parameter as text, without the addresses of functions."""
    return re.sub(r" at 0x[0-9a-f]+", "", repr(value))


def after_batch(
    keeper: PipelineCheckpoint | None, learner: PipelineLearner, cursor: Cursor
) -> None:
    """Write a checkpoint after a batch, if there is one and it is due."""
    if keeper is not None:
        keeper.after_batch(learner, cursor)
