"""Metrics of a classifier, from a stream of predictions."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from torrential.errors import DataError
from torrential.evaluation.ratios import precision_recall_f1
from torrential.evaluation.reliability import Reliability
from torrential.evaluation.report import ClassScores, EvaluationReport
from torrential.evaluation.thresholds import NO_LABEL
from torrential.types import Float64

MAX_CONFUSION_CLASSES = 1000
"""Largest number of classes for which the confusion matrix is kept: 8 MB."""

UNSEEN_LABEL = "(not seen in training)"
"""Name in the report of labels given as code -1."""


class ClassificationMetrics:
    """Counts that all metrics of a classifier are computed from: a summary.

    Memory does not depend on the number of rows.

    Parameters
    ----------
    classes : sequence of labels
        Those the classifier can predict, in the order of its codes.

    Attributes
    ----------
    n_rows : int
    labels : list
        The classes, then the labels that were seen only here.

    Examples
    --------
    >>> metrics = ClassificationMetrics(["ham", "spam"])
    >>> metrics.update(np.array([0, 1, 1]), np.array([0, 1, 0]))
    >>> report = metrics.report()
    >>> round(report.accuracy, 3), round(report.macro_f1, 3)
    (0.667, 0.667)
    """

    def __init__(self, classes: Sequence[Any] | NDArray[Any]) -> None:
        self.n_rows = 0
        self.labels: list[Any] = _as_list(classes)
        self._codes = {label: code for code, label in enumerate(self.labels)}
        n_classes = len(self.labels)
        self._n_classes = n_classes
        self._support = np.zeros(n_classes)
        self._predicted = np.zeros(n_classes)
        self._correct = np.zeros(n_classes)
        self._unseen = self._rejected = 0.0
        # Rows: true labels, the last one for code -1; columns: predicted classes.
        kept = n_classes <= MAX_CONFUSION_CLASSES
        self._confusion = np.zeros((n_classes + 1, n_classes)) if kept else None
        self._log_loss = 0.0
        self._log_loss_weight = 0.0
        self._reliability = Reliability()

    def extend(self, labels: Sequence[Any] | NDArray[Any]) -> None:
        """Add labels that may not be among the classes; new labels get the next codes.

        Parameters
        ----------
        labels : sequence of labels
            Known ones may be among them.
        """
        n_before = len(self.labels)
        for label in _as_list(labels):
            if label not in self._codes:
                self._codes[label] = len(self.labels)
                self.labels.append(label)
        n_new = len(self.labels) - n_before
        self._support = np.append(self._support, np.zeros(n_new))
        if self._confusion is not None and n_new:
            self._confusion = np.insert(self._confusion, [n_before] * n_new, 0, axis=0)

    def update(
        self,
        true_codes: NDArray[np.integer],
        predicted_codes: NDArray[np.integer],
        probabilities: NDArray[np.floating] | None = None,
        weight: NDArray[Any] | None = None,
        decided: NDArray[np.integer] | None = None,
    ) -> None:
        """Add a batch.

        Parameters
        ----------
        true_codes : int array of shape (n_rows,)
            Places in `labels`; -1 for a label that was never seen and has no name.
        predicted_codes : int array of shape (n_rows,)
            Places in the classes.
        probabilities : float array of shape (n_rows, n_classes), default=None
            Probability of each class; without probabilities there is no log loss.
        weight : array of shape (n_rows,), default=None
            All 1 by default.
        decided : int array of shape (n_rows,), default=None
            The label that thresholds decide for, and `NO_LABEL` for none, which counts in place of
            the predicted one; figures of probabilities remain those of the predicted one.
        """
        n_rows = len(true_codes)
        weights: Float64 = np.ones(n_rows) if weight is None else np.asarray(weight, np.float64)
        given = predicted_codes if decided is None else decided
        has_label, seen = given != NO_LABEL, true_codes >= 0
        hit = has_label & (true_codes == given)
        self.n_rows += n_rows
        self._support += _sums(true_codes[seen], weights[seen], len(self.labels))
        self._predicted += _sums(given[has_label], weights[has_label], self._n_classes)
        self._correct += _sums(given[hit], weights[hit], self._n_classes)
        self._unseen += float(weights[~seen].sum())
        self._rejected += float(weights[~has_label].sum())
        if self._confusion is not None:
            places = true_codes[has_label], given[has_label]
            np.add.at(self._confusion, places, weights[has_label])
        if probabilities is not None:
            losses = log_losses(true_codes, probabilities, self._n_classes)
            self._log_loss += float(weights @ losses)
            self._log_loss_weight += float(weights.sum())
            self._reliability.update(true_codes, predicted_codes, probabilities, weights)

    def merge(self, other: Self) -> Self:
        """Add the counts of another summary of the same classes."""
        self.extend(other.labels)
        codes = np.array([self._codes[label] for label in other.labels], dtype=np.intp)
        self.n_rows += other.n_rows
        self._support[codes] += other._support
        self._predicted += other._predicted
        self._correct += other._correct
        self._unseen += other._unseen
        self._rejected += other._rejected
        if self._confusion is not None and other._confusion is not None:
            self._confusion[np.append(codes, -1)] += other._confusion
        self._log_loss += other._log_loss
        self._log_loss_weight += other._log_loss_weight
        self._reliability.merge(other._reliability)
        return self

    def report(self) -> EvaluationReport:
        """Compute the metrics.

        Raises
        ------
        DataError
            There is no row, or the weights sum to zero.
        """
        total = float(self._support.sum()) + self._unseen
        if not total:
            raise DataError("No row with a weight was evaluated: check the data and its target.")
        scores = self._class_scores()
        # As scikit-learn has it: a class that is neither true nor predicted is left out.
        present = [score for score in scores if score.support or score.predicted]
        right = float(self._correct.sum())
        has_loss = self._log_loss_weight > 0
        figures = self._reliability.figures()
        return EvaluationReport(
            n_rows=self.n_rows,
            total_weight=total,
            accuracy=right / total,
            macro_f1=sum(score.f1 for score in present) / len(present),
            micro_f1=2 * right / (2 * total - self._rejected),
            weighted_f1=sum(score.f1 * score.support for score in present) / total,
            log_loss=self._log_loss / self._log_loss_weight if has_loss else None,
            classes=tuple(scores),
            confusion=self._confusion_rows(len(scores)),
            brier_score=None if figures is None else figures.brier_score,
            calibration_error=None if figures is None else figures.calibration_error,
            reliability=() if figures is None else figures.reliability,
            coverage=() if figures is None else figures.coverage,
            rejected=self._rejected / total,
        )

    def _class_scores(self) -> list[ClassScores]:
        support = np.append(self._support, self._unseen)
        n_extra = len(support) - self._n_classes
        predicted = np.append(self._predicted, np.zeros(n_extra))
        correct = np.append(self._correct, np.zeros(n_extra))
        precision, recall, f1 = precision_recall_f1(correct, predicted, support)
        scores = [
            ClassScores(
                label=label,
                precision=float(precision[code]),
                recall=float(recall[code]),
                f1=float(f1[code]),
                support=float(support[code]),
                predicted=float(predicted[code]),
                seen=code < self._n_classes,
            )
            for code, label in enumerate([*self.labels, UNSEEN_LABEL])
        ]
        return scores if self._unseen else scores[:-1]

    def _confusion_rows(self, n_labels: int) -> tuple[tuple[float, ...], ...] | None:
        if self._confusion is None:
            return None
        return tuple(tuple(row) for row in self._confusion[:n_labels].tolist())


def _as_list(labels: Sequence[Any] | NDArray[Any]) -> list[Any]:
    return labels.tolist() if isinstance(labels, np.ndarray) else list(labels)


def _sums(codes: NDArray[np.integer], weights: Float64, n_codes: int) -> Float64:
    return np.bincount(codes, weights, minlength=n_codes).astype(np.float64)


def log_losses(
    codes: NDArray[np.integer], probabilities: NDArray[np.floating], n_classes: int
) -> Float64:
    """Compute each row's log loss; a label unknown to the model has probability 0.

    Probabilities are kept away from 0 and 1 by the precision of their type, as scikit-learn does.
    """
    epsilon = np.finfo(probabilities.dtype).eps
    can_be = (codes >= 0) & (codes < n_classes)
    true = np.zeros(len(codes), probabilities.dtype)
    true[can_be] = probabilities[can_be, codes[can_be]]
    losses: Float64 = -np.log(np.clip(true, epsilon, 1 - epsilon).astype(np.float64))
    return losses
