"""One fold as a task of an executor: read the rows, learn and score the models."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from torrential.data import Dataset
from torrential.data.views.foldings import Folding, SingleFold
from torrential.engine.checkpoints.namespaces import part, under
from torrential.engine.targets.label_values import from_json, to_json
from torrential.estimators.selection.results import Columns, as_arrays, as_columns
from torrential.estimators.selection.run import FoldRun
from torrential.evaluation.scoring import Scoring
from torrential.execution import stop_requested
from torrential.types import Arrays


@dataclass(frozen=True, slots=True)
class FoldWork:
    """Data shared by all folds, which is sent to the workers.

    Attributes
    ----------
    new : callable
        Makes the models of all settings in some folds.
    estimator : estimator
    settings : sequence of dict
    dataset : Dataset
    folding : Folding
    scoring : Scoring
    sides : tuple of str
        'test', and 'train' if requested.
    keeps_models : bool
        Whether fitted estimators are to come back.
    """

    new: Callable[..., FoldRun]
    estimator: Any
    settings: Sequence[Mapping[str, Any]]
    dataset: Dataset
    folding: Folding
    scoring: Scoring
    sides: tuple[str, ...]
    keeps_models: bool


@dataclass(slots=True)
class FoldResult:
    """The outcome of a fold.

    Attributes
    ----------
    scores : dict of str to list of dict
        By side and candidate; each score in an array of shape (1,).
    failures : list of str or None
        By candidate.
    known : list
        Labels that the models know.
    fitted : list of estimators
        By candidate, if they are kept.
    n_rows : int
        Rows that were read to learn, in all epochs.
    """

    scores: dict[str, list[dict[str, Any]]]
    failures: list[str | None]
    known: list[Any]
    fitted: list[Any]
    n_rows: int

    def state(self) -> tuple[Arrays, dict[str, Any]]:
        """Return everything but the estimators, as arrays and JSON."""
        arrays: Arrays = {}
        for side, of_side in self.scores.items():
            for place, columns in enumerate(of_side):
                arrays |= under(f"{side}/{place}", as_arrays(columns))
        known = [to_json(label) for label in self.known]
        return arrays, {"failures": self.failures, "known": known, "n_rows": self.n_rows}

    @classmethod
    def from_state(cls, arrays: Arrays, header: Mapping[str, Any]) -> Self:
        """Return the object that `state` described."""
        failures = list(header["failures"])
        sides = {name.partition("/")[0] for name in arrays}
        scores = {
            side: [as_columns(part(f"{side}/{place}", arrays)) for place in range(len(failures))]
            for side in sides
        }
        known = [from_json(label) for label in header["known"]]
        return cls(scores, failures, known, [], int(header["n_rows"]))


@dataclass(frozen=True, slots=True)
class Pause:
    """A fold at a stop, from which another task continues.

    Attributes
    ----------
    n_rows : int
        Rows that were read to learn.
    scores : list of dict
        By candidate; each score in an array of shape (1,).
    arrays, header
        What was learned.
    """

    n_rows: int
    scores: list[Columns]
    arrays: Arrays
    header: dict[str, Any]

    def state(self) -> tuple[Arrays, dict[str, Any]]:
        """Return the task as arrays and JSON, without the scores, which were used already."""
        return self.arrays, {"n_rows": self.n_rows, "models": self.header}

    @classmethod
    def from_state(cls, arrays: Arrays, header: Mapping[str, Any]) -> Self:
        """Return the object that `state` described."""
        return cls(int(header["n_rows"]), [], arrays, header["models"])


@dataclass(frozen=True, slots=True)
class FoldTask:
    """The work of a task on one fold.

    Attributes
    ----------
    number : int
        The fold.
    start : Pause or None
        Where its models continue; None is the beginning.
    dropped : tuple of int
        Candidates that learn no more.
    stops : tuple of int
        Numbers of rows; learning ends at the last of them, if `pauses`.
    pauses : bool
    """

    number: int
    start: Pause | None
    dropped: tuple[int, ...]
    stops: tuple[int, ...]
    pauses: bool


class _StopError(Exception):
    """Learning ends at a stop."""


def learn_fold(work: FoldWork, task: FoldTask) -> FoldResult | Pause:
    """Learn and score the models of one fold, or learn them up to a stop."""
    single = SingleFold(work.folding, task.number)
    fits = work.new(work.estimator, work.settings, work.dataset, single, n_jobs=1, verbose=0)
    if task.start is not None:
        fits.restore(task.start.arrays, task.start.header)
        fits.drop(task.dropped)
    n_read = 0

    def after_rows(n_rows: int) -> None:
        nonlocal n_read
        n_read = n_rows
        if stop_requested():
            raise KeyboardInterrupt
        if task.pauses and n_rows >= task.stops[-1]:
            raise _StopError
        if n_rows in task.stops:
            fits.pass_stop()

    try:
        fits.train(after_rows, task.stops)
    except _StopError:
        scores = fits.scores_so_far(work.scoring)
        arrays, header = fits.state()
        return Pause(n_read, scores, {name: _frozen(arrays[name]) for name in arrays}, header)
    fits.check(is_alone=True)
    return FoldResult(
        {side: fits.scores(side, work.scoring) for side in work.sides},
        [None if each.failure is None else str(each.failure) for each in fits.candidates[0]],
        fits.known()[0],
        [fits.fitted(0, place) for place in range(len(work.settings))] if work.keeps_models else [],
        n_read,
    )


def _frozen(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return a copy that no task changes, because other tasks may start from it, too."""
    copy = array.copy()
    copy.flags.writeable = False
    return copy
