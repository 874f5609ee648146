"""Evaluation report of a classifier that gives each row any number of labels."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from torrential.evaluation.report import ClassScores, classes_shown
from torrential.shown import ForPeople, Shown, counted, number, percent

KS = (1, 3, 5)
"""Numbers of labels that precision, recall and hits at k are of."""

METRICS, AVERAGES = ("precision", "recall", "f1"), ("micro", "macro", "weighted", "samples")


@dataclass(frozen=True, slots=True, repr=False)
class MultilabelReport(ForPeople):
    """Metrics of sets of labels, all weighted by the rows' weights.

    Definitions are scikit-learn's, with 0 where a divisor is 0: a row without a label that gets
    none has the F1 of 0 in the mean over the rows, and a label without rows that of 0 in the mean
    over the labels.

    Attributes
    ----------
    n_rows : int
    total_weight : float
    accuracy : float
        Share of the rows that get exactly their labels (subset accuracy).
    hamming_loss : float
        Share of the pairs of a row and a label that are wrong.
    averages : mapping of str to mapping of str to float
        ``averages[metric][average]``; metrics are precision, recall and f1. Averages are "micro",
        of summed counts; "macro", over the labels, of which those that were not seen in training
        are some; "weighted", the same by their support; "samples", over the rows.
    ranking_precision : float or None
        Label ranking average precision. Labels that were not seen in training come last. None
        without scores.
    precision_at, recall_at, hits_at : mapping of int to float
        Over the rows that have a label: the mean share of the k labels of the highest scores that
        are right, that of the row's labels among these, and the share of rows with any among these.
        Empty without scores.
    n_labels_per_row, n_predicted_per_row : float
        Mean number of labels that rows have and get.
    classes : tuple of ClassScores
        The classifier's labels, then those seen only in the evaluation.
    """

    n_rows: int
    total_weight: float
    accuracy: float
    hamming_loss: float
    averages: Mapping[str, Mapping[str, float]]
    ranking_precision: float | None
    precision_at: Mapping[int, float]
    recall_at: Mapping[int, float]
    hits_at: Mapping[int, float]
    n_labels_per_row: float
    n_predicted_per_row: float
    classes: tuple[ClassScores, ...]

    @property
    def micro_f1(self) -> float:
        """F1 of summed counts."""
        return self.averages["f1"]["micro"]

    @property
    def macro_f1(self) -> float:
        """Mean F1 of the labels."""
        return self.averages["f1"]["macro"]

    @property
    def weighted_f1(self) -> float:
        """Mean F1 of the labels by their support."""
        return self.averages["f1"]["weighted"]

    @property
    def samples_f1(self) -> float:
        """Mean F1 of the rows."""
        return self.averages["f1"]["samples"]

    def to_dict(self) -> dict[str, Any]:
        """Return all figures as plain values for JSON; labels without a JSON type are text."""
        facts = asdict(self)
        for name in ("precision_at", "recall_at", "hits_at"):
            facts[name] = {str(k): value for k, value in facts[name].items()}
        for scores in facts["classes"]:
            if not isinstance(scores["label"], str | int | float | bool | None):
                scores["label"] = str(scores["label"])
        return facts

    def _shown(self) -> Shown:
        facts = [
            counted(self.n_rows, "row"),
            f"micro-F1 {percent(self.micro_f1)}",
            f"macro-F1 {percent(self.macro_f1)}",
            f"Hamming loss {number(self.hamming_loss)}",
        ]
        return Shown("MultilabelReport", facts, *classes_shown(self.classes))
