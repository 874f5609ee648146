"""ReliabilityDisplay: how often predictions of a probability are right."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

from torrential.estimators.displays.base import EvaluationDisplay
from torrential.evaluation.reliability import ReliabilityBin
from torrential.evaluation.report import EvaluationReport

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class ReliabilityDisplay(EvaluationDisplay):
    """Share of right predictions by the probability of the predicted label.

    Parameters
    ----------
    bins : sequence of ReliabilityBin
    name : str, default=None
        Name in the legend.

    Attributes
    ----------
    line_ : matplotlib line
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure

    See Also
    --------
    TextClassifier.evaluate : The same figures as a table.

    Examples
    --------
    >>> import torrential as tor
    >>> display = tor.ReliabilityDisplay.from_predictions(
    ...     ["no", "yes", "yes", "no"], [0.1, 0.9, 0.8, 0.7]
    ... )
    >>> [(round(each.mean_probability, 2), each.accuracy) for each in display.bins]
    [(0.7, 0.0), (0.8, 1.0), (0.9, 1.0)]
    """

    def __init__(self, bins: Sequence[ReliabilityBin], *, name: str | None = None) -> None:
        self.bins = bins
        self.name = name

    @classmethod
    def _of(cls, report: EvaluationReport, name: str | None) -> Self:
        return cls(report.reliability, name=name)

    def _draw(self, ax: "Axes", line: dict[str, Any]) -> None:
        ax.plot([0, 1], [0, 1], ":", color="0.6")
        predicted = [each.mean_probability for each in self.bins]
        (self.line_,) = ax.plot(predicted, [each.accuracy for each in self.bins], **line)
        ax.set(xlabel="probability of the predicted label", ylabel="share that is right")
