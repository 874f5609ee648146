"""A pipeline that learns in one fold, next to others."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from torrential.adapters.learner import PipelineLearner
from torrential.adapters.plain_state import restored, state_of
from torrential.adapters.stream import StreamedExamples
from torrential.errors import DataError, TorrentialError
from torrential.evaluation.fold_scores import RegressionScores
from torrential.evaluation.scoring import Scoring
from torrential.types import Arrays


@dataclass(slots=True)
class PipelineCandidate:
    """A pipeline that learns in one fold, next to others.

    Attributes
    ----------
    learner : PipelineLearner
    view : int
        Which of the leads its rows come from.
    epochs : int
        Passes that it learns.
    failure : TorrentialError or None
        Error that ended the candidate's learning; other candidates continue.
    is_dropped : bool
        Whether it learns no more, because others are better.
    """

    learner: PipelineLearner
    view: int
    epochs: int
    failure: TorrentialError | None = None
    is_dropped: bool = False

    @property
    def is_active(self) -> bool:
        """Whether the candidate learns the next rows."""
        return self.failure is None and not self.is_dropped

    def learn(self, rows: StreamedExamples, epoch: int) -> None:
        """Learn rows unless the candidate was dropped or has failed; record a failure."""
        if not self.is_active or epoch >= self.epochs:
            return
        X = rows.views[self.view]
        try:
            self.learner.learn(X, rows.y, rows.weight, fits_transformers=epoch == 0)
        except DataError as error:
            self.failure = error

    def state(self) -> tuple[Arrays, dict[str, Any]]:
        """Return the learned state, as arrays and JSON.

        Raises
        ------
        ParameterError
            If a step holds something other than plain data.
        """
        arrays: Arrays = {}
        steps = None
        if self.learner.has_learned and self.is_active:
            steps = state_of(self.learner.learning_steps, "estimator", arrays)
        failure = None if self.failure is None else str(self.failure)
        return arrays, {"steps": steps, "failure": failure, "is_dropped": self.is_dropped}

    def restore(
        self, arrays: Arrays, header: Mapping[str, Any], first: StreamedExamples | None
    ) -> None:
        """Restore `state`.

        Parameters
        ----------
        arrays, header
        first : StreamedExamples or None
            A few rows. They are learned so that all steps have their attributes, which are then
            replaced.
        """
        if header["steps"] is not None and first is not None:
            self.learner.learn(first.views[self.view], first.y, first.weight)
            restored(self.learner.learning_steps, header["steps"], arrays)
        self.failure = None if header["failure"] is None else DataError(header["failure"])
        self.is_dropped = bool(header["is_dropped"])

    def score(
        self, scores: Any, rows: StreamedExamples, scoring: Scoring, classes: NDArray[Any]
    ) -> None:
        """Add rows to the scores of the fold.

        Parameters
        ----------
        scores : RegressionScores or FoldScores
        rows : StreamedExamples
        scoring : Scoring
        classes : array of shape (n_classes,)
        """
        assert rows.y is not None  # checked at the door
        X = rows.views[self.view]
        predicted = self.learner.call("predict", X)
        if isinstance(scores, RegressionScores):
            scores.update(rows.y, predicted, rows.weight)
            return
        probabilities = None
        if scoring.needs_probabilities:
            probabilities = self.learner.call("predict_proba", X)
        decided = np.zeros((rows.n_labeled, 1))
        if scoring.needs_ranking and len(classes) == 2:
            decided = self._ranking(X)
        codes = [np.searchsorted(classes, each) for each in (rows.y, predicted)]
        scores.update(*codes, decided, probabilities, rows.weight)

    def _ranking(self, X: Any) -> NDArray[Any]:
        if hasattr(self.learner.final, "decision_function"):
            return np.asarray(self.learner.call("decision_function", X)).reshape(-1, 1)
        return np.asarray(self.learner.call("predict_proba", X))[:, 1:]
