"""ReliabilityDisplay: how often predictions of a probability are right."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

from torrential.estimators.displays.base import Display, evaluated, evaluation_of
from torrential.evaluation.reliability import ReliabilityBin

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class ReliabilityDisplay(Display):
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
        display : ReliabilityDisplay
        """
        report = evaluated(estimator, X, y, sample_weight)
        given = type(estimator).__name__ if name is None else name
        return cls(report.reliability, name=given).plot(ax, **line)

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
        display : ReliabilityDisplay
        """
        report = evaluation_of(y_true, y_prob, classes, sample_weight)
        return cls(report.reliability, name=name).plot(ax, **line)

    def _draw(self, ax: "Axes", line: dict[str, Any]) -> None:
        ax.plot([0, 1], [0, 1], ":", color="0.6")
        predicted = [each.mean_probability for each in self.bins]
        (self.line_,) = ax.plot(predicted, [each.accuracy for each in self.bins], **line)
        ax.set(xlabel="probability of the predicted label", ylabel="share that is right")
