"""Metrics of sets of labels, from a stream of predictions."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from torrential.errors import DataError
from torrential.evaluation.multilabel_report import KS, MultilabelReport
from torrential.evaluation.ratios import precision_recall_f1
from torrential.evaluation.report import ClassScores
from torrential.kernels.evaluation import label_sets as kernels
from torrential.types import Bool, Float32, Float64, LabelSets


class MultilabelMetrics:
    """Counts that all metrics of sets of labels are computed from: a summary.

    Memory is a few numbers for each label, whatever the number of rows and of different sets.

    Parameters
    ----------
    classes : sequence of labels
        Those the classifier can predict, in the order of its columns.
    ks : sequence of int, default=(1, 3, 5)
        Numbers of labels of precision and recall at k.

    Attributes
    ----------
    n_rows : int
    labels : list
        The classes, then the labels that were seen only here.

    Examples
    --------
    >>> metrics = MultilabelMetrics(["gas", "oil"])
    >>> truth = LabelSets(np.array([0, 1], np.int32), np.array([0, 1, 3]), np.array([1, 0, 1]))
    >>> scores = np.array([[-1.0, 2.0], [3.0, -1.0]], np.float32)
    >>> metrics.update(truth, scores > 0, scores)
    >>> report = metrics.report()
    >>> report.accuracy, round(report.micro_f1, 3), report.precision_at[1]
    (0.5, 0.8, 1.0)
    """

    def __init__(self, classes: Sequence[Any] | NDArray[Any], ks: Sequence[int] = KS) -> None:
        self.n_rows = 0
        self.labels: list[Any] = (
            classes.tolist() if isinstance(classes, np.ndarray) else list(classes)
        )
        self._codes = {label: code for code, label in enumerate(self.labels)}
        self._n_classes = len(self.labels)
        self._ks = tuple(sorted(set(ks)))
        self._of_labels: Float64 = np.zeros((3, self._n_classes))
        self._sums: Float64 = np.zeros(kernels.N_SUMS)
        self._at_k: Float64 = np.zeros((3, len(self._ks)))
        self._has_scores = True

    def extend(self, labels: Sequence[Any] | NDArray[Any]) -> None:
        """Add labels that may not be among the classes; new labels get the next codes."""
        for label in labels.tolist() if isinstance(labels, np.ndarray) else labels:
            if label not in self._codes:
                self._codes[label] = len(self.labels)
                self.labels.append(label)
        n_new = len(self.labels) - self._of_labels.shape[1]
        self._of_labels = np.pad(self._of_labels, ((0, 0), (0, n_new)))

    def update(
        self,
        truth: LabelSets,
        predicted: Bool,
        scores: Float32 | None = None,
        weight: NDArray[Any] | None = None,
    ) -> None:
        """Add a batch.

        Parameters
        ----------
        truth : LabelSets
            Of places in `labels`; each row has a set, which may be empty.
        predicted : bool array of shape (n_rows, n_classes)
        scores : float32 array of shape (n_rows, n_classes), default=None
            Without them there are no metrics of the order of labels.
        weight : array of shape (n_rows,), default=None
            All 1 by default.
        """
        n_rows = len(truth.codes)
        weights: Float64 = np.ones(n_rows) if weight is None else np.asarray(weight, np.float64)
        sets = (
            np.ascontiguousarray(truth.codes, np.int32),
            np.ascontiguousarray(truth.starts, np.int64),
            np.ascontiguousarray(truth.members, np.int32),
            np.ascontiguousarray(weights),
        )
        self.n_rows += n_rows
        of_rows = np.ascontiguousarray(predicted, np.bool_)
        kernels.count_sets(of_rows, *sets, self._of_labels, self._sums)
        if scores is None:
            self._has_scores = False
        else:
            ranked, ks = np.ascontiguousarray(scores, np.float32), np.array(self._ks, np.int64)
            kernels.rank_sets(ranked, *sets, ks, self._at_k, self._sums)

    def merge(self, other: Self) -> Self:
        """Add the counts of another summary of the same classes."""
        self.extend(other.labels)
        codes = [self._codes[label] for label in other.labels]
        self.n_rows += other.n_rows
        self._of_labels[:, codes] += other._of_labels
        self._sums += other._sums
        self._at_k += other._at_k
        self._has_scores &= other._has_scores
        return self

    def report(self) -> MultilabelReport:
        """Compute the metrics.

        Raises
        ------
        DataError
            There is no row, or the weights sum to zero.
        """
        total = float(self._sums[kernels.WEIGHT])
        if not total:
            raise DataError("No row with a weight was evaluated: check the data and its target.")
        support, predicted, _ = self._of_labels
        labeled = float(self._sums[kernels.LABELED])
        at_k: Float64 = self._at_k / labeled if labeled else np.full_like(self._at_k, np.nan)
        at = [dict(zip(self._ks, row.tolist(), strict=True)) for row in at_k]
        n_labels = max(1, len(self.labels))
        return MultilabelReport(
            n_rows=self.n_rows,
            total_weight=total,
            accuracy=float(self._sums[kernels.EXACT]) / total,
            hamming_loss=float(self._sums[kernels.ERRORS]) / (total * n_labels),
            averages=self._averages(total),
            ranking_precision=self._mean(kernels.RANKING) if self._has_scores else None,
            precision_at=at[kernels.HITS] if self._has_scores else {},
            recall_at=at[kernels.FOUND] if self._has_scores else {},
            hits_at=at[kernels.ANY] if self._has_scores else {},
            n_labels_per_row=float(support.sum()) / total,
            n_predicted_per_row=float(predicted.sum()) / total,
            classes=tuple(self._class_scores()),
        )

    def _mean(self, place: int) -> float:
        return float(self._sums[place] / self._sums[kernels.WEIGHT])

    def _averages(self, total: float) -> dict[str, dict[str, float]]:
        of_labels, of_all = _figures(self._of_labels), _figures(self._of_labels.sum(axis=1))
        support = self._of_labels[kernels.SUPPORT]
        of_rows = (kernels.PRECISION, kernels.RECALL, kernels.F1)
        averages = {}
        for name, place in zip(of_labels, of_rows, strict=True):
            values = of_labels[name]
            averages[name] = {
                "micro": float(of_all[name]),
                "macro": float(values.mean()) if len(values) else 0.0,
                "weighted": float(values @ support / support.sum()) if support.any() else 0.0,
                "samples": float(self._sums[place]) / total,
            }
        return averages

    def _class_scores(self) -> list[ClassScores]:
        figures = {name: values.tolist() for name, values in _figures(self._of_labels).items()}
        support, predicted, _ = self._of_labels.tolist()
        return [
            ClassScores(
                label=label,
                precision=figures["precision"][code],
                recall=figures["recall"][code],
                f1=figures["f1"][code],
                support=support[code],
                predicted=predicted[code],
                seen=code < self._n_classes,
            )
            for code, label in enumerate(self.labels)
        ]


def _figures(sums: Float64) -> dict[str, Float64]:
    """Return precision, recall and F1 of the sums of labels; 0 where a divisor is 0."""
    support, predicted, correct = sums
    figures = precision_recall_f1(correct, predicted, support)
    return dict(zip(("precision", "recall", "f1"), figures, strict=True))
