"""Scores of the pipelines of some settings in all folds."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from torrential.adapters.candidate import PipelineCandidate
from torrential.adapters.configuration import Configured
from torrential.adapters.stream import StreamedExamples
from torrential.data.views.foldings import Folding
from torrential.errors import ParameterError
from torrential.estimators.selection.fold_tables import over_folds
from torrential.estimators.selection.results import Columns
from torrential.evaluation.fold_scores import FoldScores, RegressionScores
from torrential.evaluation.scoring import Scoring
from torrential.execution import TaskRunner


class PipelineScores:
    """Scores of candidates, from a stream of rows.

    Parameters
    ----------
    candidates : sequence of sequences of PipelineCandidate
        By fold, and then by setting.
    folding : Folding
    side : {'test', 'train'}
        Which rows of the folds are scored.
    scoring : Scoring
    classes : array of shape (n_classes,), or None in regression
    unlearned : sequence of sequences of int
        By fold, the codes of the classes that no learned row had.

    Attributes
    ----------
    by_fold : list of lists of FoldScores, RegressionScores or None
        None of a candidate that learns no more.
    """

    def __init__(
        self,
        candidates: Sequence[Sequence[PipelineCandidate]],
        folding: Folding,
        side: str,
        scoring: Scoring,
        *,
        classes: NDArray[Any] | None,
        unlearned: Sequence[Sequence[int]],
    ) -> None:
        self._candidates, self._folding = candidates, folding
        self._side, self._scoring = side, scoring
        self._classes = np.zeros(0) if classes is None else classes
        self.by_fold: list[list[Any]] = []
        for fold, missing in zip(candidates, unlearned, strict=True):
            self.by_fold.append([])
            for each in fold:
                scores: FoldScores | RegressionScores | None = None
                if each.is_active and classes is None:
                    scores = RegressionScores(scoring)
                elif each.is_active:
                    scores = FoldScores(self._classes, scoring, missing)
                self.by_fold[-1].append(scores)

    def update(self, examples: StreamedExamples, run: TaskRunner) -> None:
        """Add a batch."""
        numbers = range(len(self._candidates))
        run([Configured(partial(self._score, number, examples)) for number in numbers])

    def over_folds(self) -> list[Columns]:
        """Return scikit-learn's keys, each with an array over the folds, by candidate."""
        return [over_folds(self._side, each) for each in zip(*self.by_fold, strict=True)]

    def _score(self, number: int, examples: StreamedExamples) -> None:
        assert examples.keys is not None  # there is a folding
        mask = self._folding.mask(examples.keys, number, is_test=self._side == "test")
        rows = examples.rows(np.flatnonzero(mask))
        if rows.n_labeled == 0:
            return
        for candidate, each in zip(self._candidates[number], self.by_fold[number], strict=True):
            if each is not None:
                candidate.score(each, rows, self._scoring, self._classes)


def check_scoring(candidate: PipelineCandidate, scoring: Scoring) -> None:
    """Raise a ParameterError if a score needs probabilities that the estimator lacks."""
    final = candidate.learner.final
    if scoring.needs_probabilities and not hasattr(final, "predict_proba"):
        raise ParameterError(
            f"{type(final).__name__} gives no probabilities, but scoring="
            f"{' and '.join(scoring.of_probabilities)} is computed from them: take another "
            "scorer, or a loss that has them."
        )
