"""PrecisionCoverageDisplay: how many rows a threshold leaves, and how many of them are right."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

from torrential.estimators.displays.base import EvaluationDisplay
from torrential.evaluation.reliability import Coverage
from torrential.evaluation.report import EvaluationReport

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class PrecisionCoverageDisplay(EvaluationDisplay):
    """Share of right predictions among the rows whose probability reaches a threshold.

    Parameters
    ----------
    coverage : sequence of Coverage
    name : str, default=None
        Name in the legend.

    Attributes
    ----------
    line_ : matplotlib line
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure

    Examples
    --------
    >>> import torrential as tor
    >>> display = tor.PrecisionCoverageDisplay.from_predictions(
    ...     ["no", "yes", "yes", "no"], [0.1, 0.9, 0.8, 0.7]
    ... )
    >>> [(each.threshold, each.coverage, each.precision) for each in display.coverage[3:6]]
    [(0.7, 1.0, 0.75), (0.8, 0.75, 1.0), (0.9, 0.5, 1.0)]
    """

    def __init__(self, coverage: Sequence[Coverage], *, name: str | None = None) -> None:
        self.coverage = coverage
        self.name = name

    @classmethod
    def _of(cls, report: EvaluationReport, name: str | None) -> Self:
        return cls(report.coverage, name=name)

    def _draw(self, ax: "Axes", line: dict[str, Any]) -> None:
        kept = [each for each in self.coverage if each.precision is not None]
        (self.line_,) = ax.plot(
            [each.coverage for each in kept], [each.precision or 0.0 for each in kept], **line
        )
        ax.set(xlabel="share of the rows that keep a label", ylabel="share of them that is right")
