"""Evaluation report of a classifier."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from torrential.evaluation.reliability import Coverage, ReliabilityBin
from torrential.shown import Curve, ForPeople, Shown, counted, number, percent


@dataclass(frozen=True, slots=True)
class ClassScores:
    """Scores of one class; a score whose divisor is 0 is 0.

    Attributes
    ----------
    label : any
    precision, recall, f1 : float
    support : float
        Weight of the rows that have the label: their number, if the rows have no weights.
    predicted : float
        Weight of the rows that it was predicted for.
    seen : bool
        Whether it was seen in training. If not, the model never predicts it and its recall is 0.
    """

    label: Any
    precision: float
    recall: float
    f1: float
    support: float
    predicted: float
    seen: bool


@dataclass(frozen=True, slots=True, repr=False)
class EvaluationReport(ForPeople):
    """Metrics of a classifier, all weighted by the rows' weights.

    Attributes
    ----------
    n_rows : int
    total_weight : float
    accuracy : float
    macro_f1, micro_f1, weighted_f1 : float
        As in scikit-learn: the mean over the labels that are true or predicted anywhere, the same
        by their support, and from the summed counts (which is the accuracy if all rows get
        a label). Labels not seen in training are among them.
    log_loss : float or None
        A label not seen in training counts as predicted with probability 0, that is, the precision
        of the probabilities' type. None if no probabilities were given.
    classes : tuple of ClassScores
        The classifier's classes, then the labels seen only in the evaluation.
    confusion : tuple of tuples of float, or None
        Weight by true label (rows, as `classes`) and predicted class (columns, those seen in
        training). None above 1000 classes.
    brier_score : float or None
        Mean square of the difference between probabilities and what came, as scikit-learn's
        ``brier_score_loss``: of the probability of one class for two, from 0 to 1; summed over the
        classes for more, from 0 to 2. None if no probabilities were given, as the next ones.
    calibration_error : float or None
        Expected calibration error (Naeini et al. 2015): the mean difference between the probability
        of the predicted label and the share of right ones, over 15 bins of equal width of that
        probability, each with its upper end (Guo et al. 2017). Above 0 by chance with few rows.
    reliability : tuple of ReliabilityBin
        These bins, without empty ones.
    coverage : tuple of Coverage
        For thresholds of the probability of the predicted label: how many rows reach it, and how
        many of those are right.
    rejected : float
        Share of the rows that get no label, as none reaches its threshold: they count in
        ``accuracy`` and recall as wrong, and in no precision. 0 without thresholds.
    """

    n_rows: int
    total_weight: float
    accuracy: float
    macro_f1: float
    micro_f1: float
    weighted_f1: float
    log_loss: float | None
    classes: tuple[ClassScores, ...]
    confusion: tuple[tuple[float, ...], ...] | None
    brier_score: float | None = None
    calibration_error: float | None = None
    reliability: tuple[ReliabilityBin, ...] = ()
    coverage: tuple[Coverage, ...] = ()
    rejected: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return all figures as plain values for JSON; labels without a JSON type are text."""
        facts = asdict(self)
        for scores in facts["classes"]:
            if not isinstance(scores["label"], str | int | float | bool | None):
                scores["label"] = str(scores["label"])
        return facts

    def _shown(self) -> Shown:
        facts = [
            counted(self.n_rows, "row"),
            f"accuracy {percent(self.accuracy)}",
            f"macro-F1 {percent(self.macro_f1)}",
            *([] if self.log_loss is None else [f"log loss {number(self.log_loss)}"]),
        ]
        points = [(100 * each.mean_probability, each.accuracy) for each in self.reliability]
        curve = Curve(points, "right by probability in %")
        return Shown("EvaluationReport", facts, *classes_shown(self.classes), curve)


def classes_shown(
    classes: Sequence[ClassScores],
) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
    """Return the header and the rows of a table of classes, those with the most rows first."""
    header = ("class", "precision", "recall", "F1", "rows")
    rows = [
        (each.label, *map(percent, (each.precision, each.recall, each.f1)), f"{each.support:,.0f}")
        for each in sorted(classes, key=lambda each: -each.support)
    ]
    return header, rows
