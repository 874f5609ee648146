"""scikit-learn's scorers by name, those that can be computed from a stream."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from torrential.errors import ParameterError
from torrential.evaluation.classification import ClassificationMetrics
from torrential.evaluation.ranking import RankingSketch
from torrential.evaluation.regression import RegressionMetrics
from torrential.evaluation.report import ClassScores, EvaluationReport

POSITIVE = 1
"""Code of the positive one of two classes: that which sorts last, as in scikit-learn."""

OF_CLASSES = ("f1", "precision", "recall")
AVERAGES = ("macro", "micro", "weighted")
OF_TWO = (*OF_CLASSES, "roc_auc", "average_precision")
OF_EVERY_CLASS = ("neg_log_loss", "roc_auc", "roc_auc_ovr", "average_precision")
"""Undefined for rows of a class that the classifier does not know; scikit-learn has nan, too."""

OF_PROBABILITIES = ("neg_log_loss", "roc_auc_ovr")
RANKED = ("roc_auc", "roc_auc_ovr", "average_precision")

CLASSIFICATION = (
    "accuracy",
    "balanced_accuracy",
    *OF_CLASSES,
    *(f"{name}_{average}" for name in OF_CLASSES for average in AVERAGES),
    "neg_log_loss",
    *RANKED,
)
REGRESSION = ("r2", "neg_mean_absolute_error", "neg_mean_squared_error")


@dataclass(frozen=True, slots=True)
class Scoring:
    """Which scores are asked for.

    Attributes
    ----------
    names : tuple of pairs of str
        Each score's key in the result, and its name here.
    is_single : bool
        Whether there is one, with the key "score".
    """

    names: tuple[tuple[str, str], ...]
    is_single: bool

    @classmethod
    def of(cls, scoring: Any, *, is_regression: bool) -> Self:
        """Return what a user's ``scoring`` asks for.

        Raises
        ------
        ParameterError
            A scorer that is not known, cannot be computed from a stream, or is of the other kind.
        """
        known = REGRESSION if is_regression else CLASSIFICATION
        if scoring is None or isinstance(scoring, str):
            name = scoring or known[0]
            _check_name(name, is_regression=is_regression)
            return cls((("score", name),), is_single=True)
        if isinstance(scoring, Mapping):
            pairs = tuple(scoring.items())
        elif isinstance(scoring, Sequence | set | frozenset):
            pairs = tuple((name, name) for name in scoring)
        else:
            raise ParameterError(_refusal(scoring, known))
        if not pairs:
            raise ParameterError("scoring is empty: name at least one scorer, or pass None.")
        for _, name in pairs:
            _check_name(name, is_regression=is_regression)
        return cls(pairs, is_single=False)

    @property
    def needs_probabilities(self) -> bool:
        """Whether a score is computed from them."""
        return len(self.of_probabilities) > 0

    @property
    def of_probabilities(self) -> tuple[str, ...]:
        """Names of the scores that are computed from probabilities."""
        return tuple(name for _, name in self.names if name in OF_PROBABILITIES)

    @property
    def needs_ranking(self) -> bool:
        """Whether a score depends on the order of all scores."""
        return any(name in RANKED for _, name in self.names)


def _check_name(name: Any, *, is_regression: bool) -> None:
    known, other = (REGRESSION, CLASSIFICATION) if is_regression else (CLASSIFICATION, REGRESSION)
    if isinstance(name, str) and name in known:
        return
    if isinstance(name, str) and name in other:
        kind, found = (
            ("regressor", "classifiers") if is_regression else ("classifier", "regressors")
        )
        raise ParameterError(
            f"scoring={name!r} is for {found}, but this is a {kind}: choose among "
            f"{', '.join(known)}."
        )
    raise ParameterError(_refusal(name, known))


def _refusal(scorer: Any, known: Sequence[str]) -> str:
    return f"scoring={scorer!r} cannot be computed from a stream: choose among {', '.join(known)}."


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
        A score of two classes where there are more.
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
        for _, name in scoring.names:
            if name in OF_TWO and len(classes) > 2:
                raise ParameterError(
                    f"scoring={name!r} is of two classes, but there are {len(classes)}: take "
                    f"{_for_many(name)}."
                )

    @property
    def n_rows(self) -> int:
        """Rows so far."""
        return self._metrics.n_rows

    def extend(self, labels: Sequence[Any] | NDArray[Any]) -> None:
        """Take in labels that may not be among the classes; those that are new get the next codes.

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
        """Take in a batch.

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
        """Take in what the other has seen."""
        self._metrics.merge(other._metrics)
        for sketch, theirs in zip(self._sketches, other._sketches, strict=True):
            sketch.merge(theirs)
        return self

    def scores(self) -> dict[str, float]:
        """Return each score by its key; higher is better."""
        report = self._metrics.report()
        return {key: self._score(name, report) for key, name in self._scoring.names}

    def errors(self) -> dict[str, float]:
        """Return the most that a score from a sketch can be off, by its key."""
        is_known = self._knows_all(self._metrics.report())
        return {
            key: self._ranked(name, error=True) if is_known else float("nan")
            for key, name in self._scoring.names
            if name in RANKED
        }

    def _score(self, name: str, report: EvaluationReport) -> float:
        if name in OF_EVERY_CLASS and not self._knows_all(report):
            return float("nan")
        if name in OF_TWO and self._n_classes == 1:
            return float("nan")  # nothing says which of two classes the other one is
        if name in RANKED:
            return self._ranked(name)
        if name in OF_CLASSES:
            return _of(name)(report.classes[POSITIVE])
        if name == "neg_log_loss":
            return -float("nan") if report.log_loss is None else -report.log_loss
        if name == "balanced_accuracy":
            recalls = [each.recall for each in report.classes if each.support]
            return sum(recalls) / len(recalls)
        if name == "accuracy":
            return report.accuracy
        metric, average = name.rsplit("_", 1)
        return _averaged(metric, average, report)

    def _knows_all(self, report: EvaluationReport) -> bool:
        """Whether rows of every class that is there were learned."""
        return all(
            each.seen and not (code in self._unlearned and each.support)
            for code, each in enumerate(report.classes)
        )

    def _ranked(self, name: str, *, error: bool = False) -> float:
        values = [
            getattr(sketch, name.removesuffix("_ovr") + ("_error" if error else ""))()
            for sketch in self._sketches
        ]
        return float(np.mean(values))


def _for_many(name: str) -> str:
    if name in OF_CLASSES:
        return " or ".join(repr(f"{name}_{average}") for average in AVERAGES)
    return "'roc_auc_ovr'"


def _of(name: str) -> Callable[[ClassScores], float]:
    return lambda scores: float(getattr(scores, name))


def _averaged(name: str, average: str, report: EvaluationReport) -> float:
    """Average over the classes that are true or predicted, as scikit-learn does."""
    if average == "micro":  # of one label per row, all three are this
        return report.accuracy
    present = [each for each in report.classes if each.support or each.predicted]
    values = list(map(_of(name), present))
    if average == "macro":
        return sum(values) / len(values)
    weights = [each.support for each in present]
    return sum(w * value for w, value in zip(weights, values, strict=True)) / sum(weights)


class RegressionScores:
    """Scores of a regressor, from a stream of its predictions: a summary.

    Parameters
    ----------
    scoring : Scoring
    """

    def __init__(self, scoring: Scoring) -> None:
        self._scoring = scoring
        self._metrics = RegressionMetrics()

    @property
    def n_rows(self) -> int:
        """Rows so far."""
        return self._metrics.n_rows

    def update(
        self, true: NDArray[Any], predicted: NDArray[Any], weight: NDArray[Any] | None = None
    ) -> None:
        """Take in a batch of shape (n_rows,)."""
        self._metrics.update(true, predicted, weight)

    def merge(self, other: Self) -> Self:
        """Take in what the other has seen."""
        self._metrics.merge(other._metrics)
        return self

    def scores(self) -> dict[str, float]:
        """Return each score by its key; higher is better."""
        report = self._metrics.report()
        by_name = {
            "r2": float("nan") if report.r2 is None else report.r2,
            "neg_mean_absolute_error": -report.mean_absolute_error,
            "neg_mean_squared_error": -report.mean_squared_error,
        }
        return {key: by_name[name] for key, name in self._scoring.names}

    def errors(self) -> dict[str, float]:
        """Return nothing: no score is from a sketch."""
        return {}
