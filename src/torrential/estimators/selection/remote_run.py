"""Folds on an executor, each of them a task."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from torrential.adapters.configuration import Configured
from torrential.engine.checkpoints.namespaces import part, under
from torrential.engine.training.checks import one_label
from torrential.errors import ParameterError, TorrentialError
from torrential.estimators.selection.fold_task import (
    FoldResult,
    FoldTask,
    FoldWork,
    Pause,
    learn_fold,
)
from torrential.estimators.selection.results import Columns
from torrential.evaluation.scoring import Scoring
from torrential.execution import Executor, opened
from torrential.kernels.compiling import working_time
from torrential.types import Arrays


@dataclass(slots=True)
class Elsewhere:
    """A candidate in a fold that learned elsewhere."""

    failure: TorrentialError | None


class FoldsElsewhere:
    """The models of some settings in all folds, one task of an executor for each fold.

    At a stop all tasks end, and return their models; new tasks continue from these.

    Parameters
    ----------
    work : FoldWork
    executor : Executor, str or None
    """

    def __init__(self, work: FoldWork, executor: Any) -> None:
        self._work = work
        self._executor = executor
        self._by_fold: dict[int, FoldResult] = {}
        self._pauses: dict[int, Pause] = {}
        self._dropped: tuple[int, ...] = ()
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
            Called at each stop with the number of rows that were read, and after it for each fold
            that is done, with the sum over these.
        stops : sequence of int, default=()
            Numbers of rows, ascending.
        """
        began, n_folds = working_time(), self._work.folding.n_folds
        with opened(self._executor, -1) as executor:
            for place, stop in enumerate(stops):
                if self._by_fold or any(each.n_rows >= stop for each in self._pauses.values()):
                    continue
                reached = dict(self._map(executor, stops[: place + 1], pauses=True))
                if any(isinstance(each, FoldResult) for each in reached.values()):
                    break  # there are fewer rows
                self._pauses = cast(dict[int, Pause], reached)
                after_rows(self._pauses[0].n_rows)
            for number, result in self._map(executor, stops, pauses=False):
                self._by_fold[number] = cast(FoldResult, result)
                after_rows(sum(each.n_rows for each in self._by_fold.values()))
        self._pauses = {}
        self.fit_time = (working_time() - began) / (n_folds * len(self._work.settings))
        self.candidates = [
            [Elsewhere(None if each is None else ParameterError(each)) for each in result.failures]
            for result in self._results
        ]

    def _map(
        self, executor: Executor, stops: Sequence[int], *, pauses: bool
    ) -> Iterator[tuple[int, FoldResult | Pause]]:
        """Yield the number of each remaining fold, and the result of its task."""
        numbers = [
            number for number in range(self._work.folding.n_folds) if number not in self._by_fold
        ]
        tasks = [
            FoldTask(number, self._pauses.get(number), self._dropped, tuple(stops), pauses)
            for number in numbers
        ]
        with closing(executor.map(Configured(learn_fold), tasks, self._work)) as items:
            yield from zip(numbers, items, strict=True)

    @property
    def _results(self) -> list[FoldResult]:
        return [self._by_fold[number] for number in sorted(self._by_fold)]

    def state(self) -> tuple[Arrays, dict[str, Any]]:
        """Return the scores of completed folds, and the models of folds at a stop."""
        arrays: Arrays = {}
        header: dict[str, Any] = {"dropped": list(self._dropped)}
        every: dict[str, Mapping[int, FoldResult | Pause]]
        every = {"folds": self._by_fold, "pauses": self._pauses}
        for name, parts in every.items():
            header[name] = []
            for number, each in parts.items():
                own, of_fold = each.state()
                arrays |= under(str(number) if name == "folds" else f"{name}/{number}", own)
                header[name].append([number, of_fold])
        return arrays, header

    def restore(self, arrays: Arrays, header: Mapping[str, Any]) -> None:
        """Restore `state`, and learn only the rest."""
        self._dropped = tuple(map(int, header.get("dropped", ())))
        for number, of_fold in header["folds"]:
            own = part(str(number), arrays)
            self._by_fold[int(number)] = FoldResult.from_state(own, of_fold)
        for number, of_fold in header.get("pauses", ()):
            own = part(f"pauses/{number}", arrays)
            self._pauses[int(number)] = Pause.from_state(own, of_fold)

    def scores_so_far(self, scoring: Scoring) -> list[Columns]:
        """Return each candidate's scores at the stop, as computed by the tasks."""
        by_fold = [self._pauses[number].scores for number in sorted(self._pauses)]
        return [_joined(of_candidate) for of_candidate in zip(*by_fold, strict=True)]

    def pass_stop(self) -> None:
        """Do nothing: tasks pass earlier stops themselves."""

    def drop(self, numbers: Iterable[int]) -> None:
        """Stop training candidates in later tasks."""
        self._dropped = tuple(sorted({*self._dropped, *numbers}))

    def check(self, *, is_alone: bool = False) -> None:
        """Raise a DataError if all folds know only the same class; tasks have checked each fold."""
        every = {label for result in self._results for label in result.known}
        if len(every) == 1:
            raise one_label(every.pop(), self._work.dataset)

    def known(self) -> list[list[Any]]:
        """Return the labels that the models of each fold know."""
        return [result.known for result in self._results]

    def scores(self, side: str, scoring: Scoring) -> list[Columns]:
        """Return scikit-learn's keys, each with an array over the folds, by candidate."""
        by_fold = [result.scores[side] for result in self._results]
        return [_joined(of_candidate) for of_candidate in zip(*by_fold, strict=True)]

    def progressive(self) -> list[float]:
        """Return nan for each candidate: progressive accuracy stays in the tasks."""
        return [float("nan")] * len(self._work.settings)

    def curves(self) -> list[dict[int, float]]:
        """Return nothing for each candidate."""
        return [{} for _ in self._work.settings]

    def report(self, sentence: str) -> None:
        """Do nothing: there is no progress display here."""

    def refitted(self, setting: Mapping[str, Any]) -> None:
        """Return None: an estimator for all rows has to read them."""

    def fitted(self, fold: int, candidate: int = 0) -> Any:
        """Return the estimator of a fold."""
        return self._results[fold].fitted[candidate]


def _joined(folds: Sequence[Columns]) -> Columns:
    keys = {key: None for fold in folds for key in fold}
    missing = np.full(1, np.nan)
    return {key: np.concatenate([fold.get(key, missing) for fold in folds]) for key in keys}
