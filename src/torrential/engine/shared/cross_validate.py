"""Cross-validation: the models of all folds learn from one stream, and are scored on their folds.

::

    batches --+--> rows not in fold 0 --> models of fold 0 --+
              +--> rows not in fold 1 --> models of fold 1 --|-+
              ...                                            | |
    batches (kept, or hashed again) --+--> rows in fold 0 ---+ |--> scores
                                      +--> rows in fold 1 -----+
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from torrential.data.dataset import Dataset
from torrential.data.views.foldings import Folding
from torrential.data.views.folds import Fold
from torrential.engine.batches.keyed import in_groups
from torrential.engine.batches.selection import (
    FoldRows,
    KeyedBatch,
    RowChoice,
    Views,
    all_rows,
    select_from,
)
from torrential.engine.progress.progress import Progress
from torrential.engine.shared.fold_scores import HashedScores, scores_of
from torrential.engine.shared.model_group import SideBySide
from torrential.engine.shared.shared_pass import SharedPass
from torrential.engine.training.candidate import Candidate, number_for
from torrential.errors import enough_memory_to
from torrential.evaluation.scoring import Scoring
from torrential.execution import TaskRunner
from torrential.tracing import span
from torrential.types import Arrays

Scores = list[list[HashedScores | None]]
"""Scores by fold, and then by candidate; None if learning failed or ended."""


class CrossValidation:
    """Models of all folds in one pass, and then their scores.

    Parameters
    ----------
    folds : sequence of sequences of Candidate
        Candidates of each fold. All have the same order of partitions.
    dataset : Dataset
    folding : Folding
    n_jobs : int, default=1
    progress : Progress, default=None
    """

    def __init__(
        self,
        folds: Sequence[Sequence[Candidate]],
        dataset: Dataset,
        folding: Folding,
        *,
        n_jobs: int = 1,
        progress: Progress | None = None,
    ) -> None:
        self._folds, self._folding = folds, folding
        self._groups = [
            [
                SideBySide(FoldRows(folding, number), alike, number_for(alike, train))
                for alike in _alike(fold)
            ]
            for number, (fold, train) in enumerate(
                zip(folds, _training_rows(dataset, folding), strict=True)
            )
        ]
        self._every = [group for of_fold in self._groups for group in of_fold]
        self._pass = SharedPass(self._every, dataset, folding, n_jobs=n_jobs, progress=progress)
        self._n_jobs, self._dataset = n_jobs, dataset

    def train(
        self,
        after_rows: Callable[[int], object] = lambda n_rows: None,
        stops: Sequence[int] = (),
    ) -> None:
        """Learn, epoch by epoch; each model has the same bits as when it learns alone.

        Parameters
        ----------
        after_rows : callable
            Called now and then with the number of rows that were read, in all epochs; at the stops
            always.
        stops : sequence of int, default=()
            Numbers of rows, ascending.
        """
        self._pass.train(after_rows, stops)

    def learn_all_rows(self, candidate: Candidate) -> bool:
        """Train a candidate on all rows, after the folds, from the rows in memory.

        Return whether that was possible: only with the features and the order of these.
        """
        group = SideBySide(all_rows, [candidate], number_for([candidate], self._dataset))
        whole = self._pass.over_all_rows(group)
        if whole is None:
            return False
        whole.train()
        if candidate.failure is not None:
            raise candidate.failure
        return True

    def state(self) -> tuple[Arrays, dict[str, Any]]:
        """Return the learned state, as arrays and JSON; in `after_rows`, or after an interrupt."""
        return self._pass.state()

    def restore(self, arrays: Arrays, header: dict[str, Any]) -> None:
        """Restore `state`, taken from the same candidates, before learning continues."""
        self._pass.restore(arrays, header)

    def give_back(self, fold: int, candidate: int) -> None:
        """Make the model of a candidate in a fold self-contained."""
        chosen = self._folds[fold][candidate]
        for group in self._groups[fold]:
            if chosen in group.candidates:
                group.give_back(group.candidates.index(chosen))

    @enough_memory_to("score these models at once")
    def score(self, scoring: Scoring, *, is_train: bool = False) -> Scores:
        """Score each model on the rows of its fold, or on the rows that it has learned."""
        scores = self._new_scores(scoring)
        progress = self._pass.progress
        with progress, TaskRunner(self._n_jobs) as run:
            progress.begin("score", self._pass.ordered(0))
            for some in in_groups(self._pass.again()):
                self._score(some, scores, run, is_train=is_train)
                self._pass.advance(some)
        return scores

    @enough_memory_to("score these models at once")
    def score_so_far(self, scoring: Scoring) -> Scores:
        """Score each model during the first epoch, on the rows of its fold that were read.

        Rows that wait for a full window are learned first.
        """
        with TaskRunner(self._n_jobs) as run:
            run([group.pause for group in self._every])
            scores = self._new_scores(scoring)
            for some in in_groups(self._pass.so_far()):
                self._score(some, scores, run, is_train=False)
        return scores

    def end_windows(self) -> None:
        """Learn the rows of windows that are not full yet."""
        with TaskRunner(self._n_jobs) as run:
            run([group.end_window for group in self._every])

    def drop(self, numbers: Iterable[int]) -> None:
        """Stop training candidates in all folds."""
        for number in numbers:
            for fold in self._folds:
                fold[number].is_dropped = True
        with TaskRunner(self._n_jobs) as run:
            run([group.leave_dropped for group in self._every])

    def _new_scores(self, scoring: Scoring) -> Scores:
        for group in self._every:
            group.prepare()
        return [
            [scores_of(each.model, scoring) if each.is_active else None for each in fold]
            for fold in self._folds
        ]

    def _score(
        self, some: Sequence[Views], scores: Scores, run: TaskRunner, *, is_train: bool
    ) -> None:
        tasks = []
        for number, of_fold in enumerate(self._groups):
            choice = FoldRows(self._folding, number, is_test=not is_train)
            by_candidate = dict(zip(self._folds[number], scores[number], strict=True))
            for group in of_fold:
                own = [by_candidate[each] for each in group.candidates]
                tasks.append(partial(_score, group, own, self._pass.view(some, group), choice))
        run(tasks)


def _alike(candidates: Sequence[Candidate]) -> list[list[Candidate]]:
    """Group candidates with the same features."""
    groups: dict[str, list[Candidate]] = {}
    for candidate in candidates:
        model = candidate.model
        key = f"{model.hashing!r} {model.weighting.idf}"
        groups.setdefault(key, []).append(candidate)
    return list(groups.values())


def _score(
    group: SideBySide,
    scores: Sequence[HashedScores | None],
    batches: Iterable[KeyedBatch],
    choice: RowChoice,
) -> None:
    with span("score"):
        parts = [(batch.hashed, choice(batch)) for batch in batches]
        parts = [(batch, chosen) for batch, chosen in parts if len(chosen.rows) > 0]
        if not parts:
            return
        rows = select_from(parts)
        for each, decided in zip(scores, group.decisions(rows), strict=True):
            if each is not None and decided is not None:
                each.update(rows, decided)


def _training_rows(dataset: Dataset, folding: Any) -> Iterator[Dataset]:
    for number in range(folding.n_folds):
        yield replace(dataset, source=Fold(dataset.source, folding, number, is_test=False))
