"""PrecisionCoverageDisplay: how many rows a threshold leaves, and how many of them are right."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

from torrential.estimators.displays.base import Display, evaluated, evaluation_of
from torrential.evaluation.reliability import Coverage

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class PrecisionCoverageDisplay(Display):
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
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        y: Any = None,
        *,
        sample_weight: Any = None,
        name: str | None = None,
        ax: "Axes | None" = None,
        **line: Any,
    ) -> Self:
        """Evaluate a fitted classifier, and draw.

        Parameters
        ----------
        estimator : fitted classifier
        X : Dataset, or rows in memory
        y : array of labels, default=None
            Not needed for a Dataset with a target.
        sample_weight : array, default=None
        name : str, default=None
            Name in the legend; None is that of the class.
        ax : matplotlib Axes, default=None
            Where to draw; None is a new figure.
        **line : any
            Options of matplotlib's ``plot``.

        Returns
        -------
        display : PrecisionCoverageDisplay
        """
        report = evaluated(estimator, X, y, sample_weight)
        given = type(estimator).__name__ if name is None else name
        return cls(report.coverage, name=given).plot(ax, **line)

    @classmethod
    def from_predictions(
        cls,
        y_true: Any,
        y_prob: Any,
        *,
        classes: Any = None,
        sample_weight: Any = None,
        name: str | None = None,
        ax: "Axes | None" = None,
        **line: Any,
    ) -> Self:
        """Draw probabilities that were predicted before.

        Parameters
        ----------
        y_true : array of shape (n_rows,)
        y_prob : array of shape (n_rows,) or (n_rows, n_classes)
            One probability for two classes is that of the class that sorts last.
        classes : sequence of labels, default=None
            Labels of the columns; None are the sorted labels of ``y_true``.
        sample_weight : array, default=None
        name : str, default=None
            Name in the legend.
        ax : matplotlib Axes, default=None
            Where to draw; None is a new figure.
        **line : any
            Options of matplotlib's ``plot``.

        Returns
        -------
        display : PrecisionCoverageDisplay
        """
        report = evaluation_of(y_true, y_prob, classes, sample_weight)
        return cls(report.coverage, name=name).plot(ax, **line)

    def _draw(self, ax: "Axes", line: dict[str, Any]) -> None:
        kept = [each for each in self.coverage if each.precision is not None]
        (self.line_,) = ax.plot(
            [each.coverage for each in kept], [each.precision or 0.0 for each in kept], **line
        )
        ax.set(xlabel="share of the rows that keep a label", ylabel="share of them that is right")
