"""Cross-validation: the models of all folds learn from one stream of hashed rows.

::

    partitions --read, hash--> batches --+--> rows not in fold 0 --> windows --> models of fold 0
                                         +--> rows not in fold 1 --> windows --> models of fold 1
                                         ...
    batches (kept, or hashed again) -----+--> rows in fold 0 --> scores of the models of fold 0
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from functools import partial
from itertools import chain, count

from torrential.data.dataset import Dataset
from torrential.data.folds import Folding
from torrential.engine.fold_learner import Candidate, FoldLearner
from torrential.engine.fold_scores import TextFoldScores
from torrential.engine.folded import FoldedBatch, folded_batches, in_groups
from torrential.engine.kept import Kept
from torrential.engine.progress import Progress, SilentProgress
from torrential.engine.route import MeasuredPartition, measured
from torrential.engine.train import in_order, title
from torrential.evaluation.scorers import Scoring
from torrential.execution import TaskRunner


class CrossValidation:
    """Models of all folds in one pass, and then their scores.

    Parameters
    ----------
    folds : sequence of sequences of Candidate
        Those of each fold. All have the same features, and the same order of partitions.
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
        self._learners = [FoldLearner(*fold) for fold in enumerate(folds)]
        self._partitions = measured(dataset.folded_partitions(folding))
        self._folding = folding
        self._n_jobs = n_jobs
        self._progress = progress or SilentProgress()
        self._kept: Kept[FoldedBatch] = Kept()
        self._first = folds[0][0]

    def train(self) -> None:
        """Learn, epoch by epoch; each model has the bits that it has when it learns alone."""
        with self._progress, TaskRunner(self._n_jobs) as run:
            if self._first.model.terms.are_uncounted:
                self._progress.begin("count terms", self._partitions)
                for group in in_groups(self._batches(self._partitions)):
                    run([partial(each.count_documents, group) for each in self._learners])
                    self._advance(group)
            for epoch in count():
                active = [each for each in self._learners if each.learns]
                if not active:
                    break
                self._train_epoch(epoch, active, run)
            run([each.settle for each in self._learners])

    def _train_epoch(self, epoch: int, active: Sequence[FoldLearner], run: TaskRunner) -> None:
        ordered = self._ordered(epoch)
        self._progress.begin(title(self._first.schedule, epoch), ordered)
        for each in active:
            each.begin_epoch()
        for group in in_groups(self._batches(ordered, is_new=epoch == 0)):
            run([partial(each.learn, group) for each in active])
            self._advance(group)
        run([each.end_epoch for each in active])

    def score(
        self, scoring: Scoring, *, is_train: bool = False
    ) -> list[list[TextFoldScores | None]]:
        """Score each model on the rows of its fold, or on those that it has learnt.

        A candidate whose learning failed has no scores.
        """
        scores = [
            [
                None if candidate.failure else TextFoldScores(candidate.model, scoring)
                for candidate in learner.candidates
            ]
            for learner in self._learners
        ]
        for each in chain.from_iterable(scores):
            if each is not None:
                each.prepare()
        kept, self._kept = self._kept, Kept()
        with self._progress, TaskRunner(self._n_jobs) as run:
            self._progress.begin("score", self._ordered(0))
            for group in in_groups(self._again(kept)):
                tasks = [
                    partial(_score, of_fold, group, number, is_train)
                    for number, of_fold in enumerate(scores)
                ]
                run(tasks)
                self._advance(group)
        return scores

    def _ordered(self, epoch: int) -> tuple[MeasuredPartition, ...]:
        return in_order(self._partitions, self._first.schedule, epoch)

    def _batches(
        self, partitions: Sequence[MeasuredPartition], *, is_new: bool = False
    ) -> Iterator[FoldedBatch]:
        """Hash all rows; those of the first epoch are kept for scoring."""
        settings = self._first.model.hashing
        with closing(
            folded_batches(partitions, settings, self._folding, self._n_jobs, vocabulary=is_new)
        ) as batches:
            for batch in batches:
                if is_new:
                    self._kept.add(batch.without_terms())
                yield batch

    def _again(self, kept: Kept[FoldedBatch]) -> Iterator[FoldedBatch]:
        """Yield the batches of the first epoch again, and keep them for the next time."""
        start = kept.start
        for batch in kept.taken():
            self._kept.add(batch)
            yield batch
        if start is None:
            return
        self._kept.start = start
        settings, ordered = self._first.model.hashing, self._ordered(0)
        rest = folded_batches(ordered, settings, self._folding, self._n_jobs, start=start)
        with closing(rest) as batches:
            yield from batches

    def _advance(self, group: Sequence[FoldedBatch]) -> None:
        n_rows = sum(batch.hashed.rows.n_rows for batch in group)
        self._progress.advance(n_rows, sum(batch.hashed.n_bytes for batch in group))


def _score(
    scores: Sequence[TextFoldScores | None],
    batches: Iterable[FoldedBatch],
    number: int,
    is_train: bool,
) -> None:
    for batch in batches:
        rows = batch.without_fold(number) if is_train else batch.of_fold(number)
        if rows.rows.n_rows > 0:
            for each in scores:
                if each is not None:
                    each.update(rows)
