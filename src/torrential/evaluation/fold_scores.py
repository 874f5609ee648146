"""Scores from a stream of predictions, by scikit-learn's names."""

from collections.abc import Callable, Collection, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from torrential.errors import ParameterError
from torrential.evaluation.at_cut import AtCut
from torrential.evaluation.classification import ClassificationMetrics
from torrential.evaluation.multilabel import MultilabelMetrics
from torrential.evaluation.ranking import RankingSketch
from torrential.evaluation.regression import RegressionMetrics
from torrential.evaluation.report import EvaluationReport
from torrential.evaluation.scorers import ACCURACY, EVERY_CLASS, POSITIVE, RANKING, Scorer
from torrential.evaluation.scoring import Scoring
from torrential.evaluation.tasks import MULTICLASS
from torrential.types import Bool, Float32, LabelSets


class FoldScores:
    """Scores of a classifier, from a stream of its predictions: a summary.

    Parameters
    ----------
    classes : sequence of labels
        In ascending order, as its codes.
    scoring : Scoring
    unlearned : collection of int, default=()
        Codes of the classes that no learned row had.

    Raises
    ------
    ParameterError
        A score is for two classes, and there are more.
    """

    def __init__(
        self,
        classes: Sequence[Any] | NDArray[Any],
        scoring: Scoring,
        unlearned: Collection[int] = (),
    ) -> None:
        self._scoring = scoring
        self._unlearned = frozenset(unlearned)
        self._n_classes = len(classes)
        self._metrics = ClassificationMetrics(classes)
        n_sketches = 0 if not scoring.needs_ranking else 1 if len(classes) <= 2 else len(classes)
        self._sketches = [RankingSketch() for _ in range(n_sketches)]
        for each in scoring.scorers:
            if MULTICLASS not in each.tasks and len(classes) > 2:
                raise ParameterError(
                    f"scoring={each.name!r} is of two classes, but there are {len(classes)}: take "
                    f"{' or '.join(map(repr, each.for_many))}."
                )

    @property
    def n_rows(self) -> int:
        """Number of rows so far."""
        return self._metrics.n_rows

    def extend(self, labels: Sequence[Any] | NDArray[Any]) -> None:
        """Add labels that may not be among the classes; new labels get the next codes.

        Parameters
        ----------
        labels : sequence of labels
        """
        self._metrics.extend(labels)

    def update(
        self,
        true_codes: NDArray[np.integer],
        predicted_codes: NDArray[np.integer],
        scores: NDArray[np.floating],
        probabilities: NDArray[np.floating] | None = None,
        weight: NDArray[Any] | None = None,
    ) -> None:
        """Add a batch.

        Parameters
        ----------
        true_codes, predicted_codes : int array of shape (n_rows,)
        scores : float array of shape (n_rows, n_columns)
            One column, higher for the positive class, if there are two classes.
        probabilities : float array of shape (n_rows, n_classes), default=None
        weight : array of shape (n_rows,), default=None
            All 1 by default.
        """
        self._metrics.update(true_codes, predicted_codes, probabilities, weight)
        if len(self._sketches) == 1:
            self._sketches[0].update(scores[:, 0], true_codes == POSITIVE, weight)
        elif probabilities is not None:  # as scikit-learn ranks more than two classes
            for code, sketch in enumerate(self._sketches):
                sketch.update(probabilities[:, code], true_codes == code, weight)

    def merge(self, other: Self) -> Self:
        """Add the counts of another summary."""
        self._metrics.merge(other._metrics)
        for sketch, theirs in zip(self._sketches, other._sketches, strict=True):
            sketch.merge(theirs)
        return self

    def scores(self) -> dict[str, float]:
        """Return each score by its key; higher is better."""
        report = self._metrics.report()
        named = self._scoring.by_key
        return {key: self._score(scorer, report) for key, scorer in named.items()}

    def errors(self) -> dict[str, float]:
        """Return the largest possible error of each score from a sketch, by its key."""
        is_known = self._knows_all(self._metrics.report())
        ranked = {key: scorer.error for key, scorer in self._scoring.by_key.items()}
        return {
            key: self._over_sketches(error) if is_known else float("nan")
            for key, error in ranked.items()
            if error is not None
        }

    def _score(self, scorer: Scorer, report: EvaluationReport) -> float:
        if EVERY_CLASS in scorer.needs and not self._knows_all(report):
            return float("nan")
        if MULTICLASS not in scorer.tasks and self._n_classes == 1:
            return float("nan")  # nothing says which of two classes the other one is
        if RANKING in scorer.needs:
            return self._over_sketches(scorer.function)
        return scorer.function(report)

    def _knows_all(self, report: EvaluationReport) -> bool:
        """Return whether rows of every class present were learned."""
        return all(
            each.seen and not (code in self._unlearned and each.support)
            for code, each in enumerate(report.classes)
        )

    def _over_sketches(self, function: Callable[[RankingSketch], float]) -> float:
        return float(np.mean([function(sketch) for sketch in self._sketches]))


class MultilabelScores:
    """Scores of a classifier of several labels a row: a summary, as `FoldScores` is one.

    Parameters
    ----------
    classes : sequence of labels
        In ascending order.
    scoring : Scoring
    """

    def __init__(self, classes: Sequence[Any] | NDArray[Any], scoring: Scoring) -> None:
        self._scoring = scoring
        self._metrics = MultilabelMetrics(classes)

    @property
    def n_rows(self) -> int:
        """Number of rows so far."""
        return self._metrics.n_rows

    def extend(self, labels: Sequence[Any] | NDArray[Any]) -> None:
        """Add labels that may not be among the classes; new labels get the next codes."""
        self._metrics.extend(labels)

    def update(
        self, truth: LabelSets, predicted: Bool, scores: Float32, weight: NDArray[Any] | None = None
    ) -> None:
        """Add a batch, as `MultilabelMetrics.update` takes it."""
        self._metrics.update(truth, predicted, scores, weight)

    def merge(self, other: Self) -> Self:
        """Add the counts of another summary."""
        self._metrics.merge(other._metrics)
        return self

    def scores(self) -> dict[str, float]:
        """Return each score by its key; higher is better."""
        report = self._metrics.report()
        return {key: scorer.function(report) for key, scorer in self._scoring.by_key.items()}

    def errors(self) -> dict[str, float]:
        """Return an empty dict: no score is from a sketch."""
        return {}


class RegressionScores:
    """Scores of a regressor, from a stream of its predictions: a summary.

    Parameters
    ----------
    scoring : Scoring
    levels : bool, default=False
        Whether predictions are levels, and may be exactly right.

    Raises
    ------
    ParameterError
        A score is of levels, and predictions are numbers.
    """

    def __init__(self, scoring: Scoring, *, levels: bool = False) -> None:
        if not levels and any(name == ACCURACY for _, name in scoring.names):
            raise ParameterError(
                f"scoring={ACCURACY!r} is of classes or levels, but the model predicts numbers: "
                "give it levels, or choose another scorer, such as 'r2'."
            )
        self._scoring = scoring
        self._metrics = RegressionMetrics(ranks=scoring.needs_ranking, levels=levels)
        cuts = {each.cut for each in scoring.scorers if each.cut is not None}
        self._at_cuts = {cut: AtCut(cut) for cut in sorted(cuts)}

    @property
    def n_rows(self) -> int:
        """Number of rows so far."""
        return self._metrics.n_rows

    def update(
        self, true: NDArray[Any], predicted: NDArray[Any], weight: NDArray[Any] | None = None
    ) -> None:
        """Add a batch of shape (n_rows,)."""
        self._metrics.update(true, predicted, weight)
        targets = np.asarray(true, np.float64)
        weights = np.ones(len(targets)) if weight is None else np.asarray(weight, np.float64)
        for each in self._at_cuts.values():
            each.update(targets, predicted, weights)

    def merge(self, other: Self) -> Self:
        """Add the counts of another summary."""
        self._metrics.merge(other._metrics)
        for cut, each in self._at_cuts.items():
            each.merge(other._at_cuts[cut])
        return self

    def scores(self) -> dict[str, float]:
        """Return each score by its key; higher is better."""
        return {key: scorer.function(report) for key, scorer, report in self._reported()}

    def errors(self) -> dict[str, float]:
        """Return the largest possible error of each score from a sketch, by its key."""
        return {
            key: scorer.error(report)
            for key, scorer, report in self._reported()
            if scorer.error is not None
        }

    def _reported(self) -> list[tuple[str, Scorer, Any]]:
        """Return each scorer with its key, and the report that it takes."""
        whole = self._metrics.report()
        reports: dict[float | None, Any] = {
            cut: each.report() for cut, each in self._at_cuts.items()
        }
        named = self._scoring.by_key
        return [(key, scorer, reports.get(scorer.cut, whole)) for key, scorer in named.items()]
