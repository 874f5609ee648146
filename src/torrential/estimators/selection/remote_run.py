"""Folds on an executor: each task reads the rows, and learns and scores the models of one fold."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from torrential.adapters.configuration import Configured
from torrential.data import Dataset
from torrential.data.views.foldings import Folding, SingleFold
from torrential.engine.checkpoints.namespaces import part, under
from torrential.engine.targets.label_values import from_json, to_json
from torrential.engine.training.checks import one_label
from torrential.errors import ParameterError
from torrential.estimators.selection.results import as_arrays, as_columns
from torrential.evaluation.scorers import Scoring
from torrential.execution import opened, stop_requested
from torrential.kernels.compiling import working_time
from torrential.types import Arrays


@dataclass(frozen=True, slots=True)
class FoldWork:
    """What all folds have in common; it travels to the workers.

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
        'test', and 'train' if it is asked for.
    keeps_models : bool
        Whether fitted estimators are to come back.
    """

    new: Callable[..., Any]
    estimator: Any
    settings: Sequence[Mapping[str, Any]]
    dataset: Dataset
    folding: Folding
    scoring: Scoring
    sides: tuple[str, ...]
    keeps_models: bool


@dataclass(slots=True)
class FoldResult:
    """What has become of a fold.

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
        """Return all but the estimators, as arrays and JSON."""
        arrays: Arrays = {}
        for side, of_side in self.scores.items():
            for place, columns in enumerate(of_side):
                arrays |= under(f"{side}/{place}", as_arrays(columns))
        known = [to_json(label) for label in self.known]
        return arrays, {"failures": self.failures, "known": known, "n_rows": self.n_rows}

    @classmethod
    def from_state(cls, arrays: Arrays, header: Mapping[str, Any]) -> Self:
        """Return what `state` was taken of."""
        failures = list(header["failures"])
        sides = {name.partition("/")[0] for name in arrays}
        scores = {
            side: [as_columns(part(f"{side}/{place}", arrays)) for place in range(len(failures))]
            for side in sides
        }
        known = [from_json(label) for label in header["known"]]
        return cls(scores, failures, known, [], int(header["n_rows"]))


@dataclass(slots=True)
class Elsewhere:
    """A candidate in a fold that learnt elsewhere."""

    failure: ParameterError | None


class FoldsElsewhere:
    """The models of some settings in all folds, one task of an executor for each fold.

    It has the methods of `FoldedFits` that are used once learning has ended.

    Parameters
    ----------
    work : FoldWork
    executor : Executor, str or None
    """

    def __init__(self, work: FoldWork, executor: Any) -> None:
        self._work = work
        self._executor = executor
        self._by_fold: dict[int, FoldResult] = {}
        self.candidates: list[list[Elsewhere]] = []
        self.fit_time = self.score_time = 0.0

    def train(
        self,
        after_rows: Callable[[int], object] = lambda n_rows: None,
        stops: Sequence[int] = (),
    ) -> None:
        """Learn and score the models of all folds.

        Parameters
        ----------
        after_rows : callable
            Called after each fold, with the number of rows that were read for those that are done.
        stops : sequence of int, default=()
            Not heeded.
        """
        began, n_folds = working_time(), self._work.folding.n_folds
        numbers = [number for number in range(n_folds) if number not in self._by_fold]
        with opened(self._executor, -1) as executor:
            results = executor.map(Configured(_fold), numbers, self._work)
            with closing(results) as items:
                for number, result in zip(numbers, items, strict=True):
                    self._by_fold[number] = result
                    after_rows(sum(each.n_rows for each in self._by_fold.values()))
        self.fit_time = (working_time() - began) / (n_folds * len(self._work.settings))
        self.candidates = [
            [Elsewhere(None if each is None else ParameterError(each)) for each in result.failures]
            for result in self._results
        ]

    @property
    def _results(self) -> list[FoldResult]:
        return [self._by_fold[number] for number in sorted(self._by_fold)]

    def state(self) -> tuple[Arrays, dict[str, Any]]:
        """Return the scores of the folds that are done, as arrays and JSON."""
        arrays: Arrays = {}
        headers = []
        for number, result in self._by_fold.items():
            own, header = result.state()
            arrays |= under(str(number), own)
            headers.append([number, header])
        return arrays, {"folds": headers}

    def stand(self, arrays: Arrays, header: Mapping[str, Any]) -> None:
        """Have the scores that `state` was taken of, and learn the other folds only."""
        for number, of_fold in header["folds"]:
            own = part(str(number), arrays)
            self._by_fold[int(number)] = FoldResult.from_state(own, of_fold)

    def check(self) -> None:
        """Raise a DataError if all folds know the same one class; each was checked by itself."""
        every = {label for result in self._results for label in result.known}
        if len(every) == 1:
            raise one_label(every.pop(), self._work.dataset)

    def known(self) -> list[list[Any]]:
        """Return the labels that the models of each fold know."""
        return [result.known for result in self._results]

    def scores(self, side: str, scoring: Scoring) -> list[dict[str, Any]]:
        """Return scikit-learn's keys with an array over the folds each, by candidate."""
        by_fold = [result.scores[side] for result in self._results]
        return [_joined(of_candidate) for of_candidate in zip(*by_fold, strict=True)]

    def progressive(self) -> list[float]:
        """Return nan for each candidate: it is not known here."""
        return [float("nan")] * len(self._work.settings)

    def curves(self) -> list[dict[int, float]]:
        """Return nothing for each candidate."""
        return [{} for _ in self._work.settings]

    def tell(self, sentence: str) -> None:
        """Say nothing: there is no progress to say it beside."""

    def refitted(self, setting: Mapping[str, Any]) -> None:
        """Return None: an estimator for all rows has to read them."""

    def fitted(self, fold: int, candidate: int = 0) -> Any:
        """Return the estimator of a fold."""
        return self._results[fold].fitted[candidate]


def _joined(folds: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    keys = {key: None for fold in folds for key in fold}
    missing = np.full(1, np.nan)
    return {key: np.concatenate([fold.get(key, missing) for fold in folds]) for key in keys}


def _fold(work: FoldWork, number: int) -> FoldResult:
    """Learn and score the models of one fold."""
    single = SingleFold(work.folding, number)
    fits = work.new(work.estimator, work.settings, work.dataset, single, n_jobs=1, verbose=0)
    n_read = 0

    def after_rows(n_rows: int) -> None:
        nonlocal n_read
        n_read = n_rows
        if stop_requested():
            raise KeyboardInterrupt

    fits.train(after_rows)
    fits.check(is_alone=True)
    return FoldResult(
        {side: fits.scores(side, work.scoring) for side in work.sides},
        [None if each.failure is None else str(each.failure) for each in fits.candidates[0]],
        fits.known()[0],
        [fits.fitted(0, place) for place in range(len(work.settings))] if work.keeps_models else [],
        n_read,
    )
