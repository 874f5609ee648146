"""Cross-validation: the models of all folds learn from one stream, and are scored on their folds.

::

    batches --+--> rows not in fold 0 --> models of fold 0 --+
              +--> rows not in fold 1 --> models of fold 1 --|-+
              ...                                            | |
    batches (kept, or hashed again) --+--> rows in fold 0 ---+ |--> scores
                                      +--> rows in fold 1 -----+
"""

from collections.abc import Iterable, Sequence
from functools import partial

from torrential.data.dataset import Dataset
from torrential.data.folds import Folding
from torrential.engine.candidate import Candidate
from torrential.engine.fold_scores import TextFoldScores
from torrential.engine.keyed import FoldRows, KeyedBatch, RowChoice, in_groups, select
from torrential.engine.progress import Progress
from torrential.engine.shared_pass import SharedPass
from torrential.engine.side_by_side import SideBySide
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
        self._folds = folds
        self._groups = [SideBySide(FoldRows(number), fold) for number, fold in enumerate(folds)]
        self._pass = SharedPass(self._groups, dataset, folding, n_jobs=n_jobs, progress=progress)
        self._n_jobs = n_jobs

    def train(self) -> None:
        """Learn, epoch by epoch; each model has the bits that it has when it learns alone."""
        self._pass.train()

    def give_back(self, fold: int, candidate: int) -> None:
        """Let the model of a candidate in a fold be whole on its own."""
        self._groups[fold].give_back(candidate)

    def score(
        self, scoring: Scoring, *, is_train: bool = False
    ) -> list[list[TextFoldScores | None]]:
        """Score each model on the rows of its fold, or on those that it has learnt.

        A candidate whose learning failed has no scores.
        """
        scores = [
            [
                None if candidate.failure else TextFoldScores(candidate.model, scoring)
                for candidate in fold
            ]
            for fold in self._folds
        ]
        for group in self._groups:
            group.prepare()
        progress = self._pass.progress
        with progress, TaskRunner(self._n_jobs) as run:
            progress.begin("score", self._pass.ordered(0))
            for some in in_groups(self._pass.again()):
                tasks = [
                    partial(_score, group, of_fold, some, FoldRows(number, is_test=not is_train))
                    for number, (group, of_fold) in enumerate(
                        zip(self._groups, scores, strict=True)
                    )
                ]
                run(tasks)
                self._pass.advance(some)
        return scores


def _score(
    group: SideBySide,
    scores: Sequence[TextFoldScores | None],
    batches: Iterable[KeyedBatch],
    choice: RowChoice,
) -> None:
    for batch in batches:
        chosen = choice(batch)
        if len(chosen.rows) > 0:
            rows = select(batch.hashed, chosen)
            for each, decided in zip(scores, group.decisions(rows), strict=True):
                if each is not None:
                    each.update(rows, decided)
