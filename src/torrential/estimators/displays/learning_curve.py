"""LearningCurveDisplay: how good predictions of new rows became while rows were learned."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

from sklearn.base import clone

from torrential.errors import DataError
from torrential.estimators.displays.base import Display
from torrential.evaluation.progressive import ProgressiveLine, ProgressiveValidation

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class LearningCurveDisplay(Display):
    """Accuracy, or the loss without one, of each row before it was learned, by the rows learned.

    scikit-learn's display of this name trains on growing parts of the rows, many times. Progressive
    validation gives such a curve in the one pass of a fit.

    Parameters
    ----------
    lines : sequence of ProgressiveLine
        Figures after 1, 2, 4, ... rows.
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
    >>> texts, labels = ["good film", "bad film"] * 32, ["yes", "no"] * 32
    >>> model = tor.TextClassifier(n_features=2**10).fit(texts, labels)
    >>> display = tor.LearningCurveDisplay.from_estimator(model)
    >>> [line.n_rows for line in display.lines]
    [1, 2, 4, 8, 16, 32, 64]
    """

    def __init__(self, lines: Sequence[ProgressiveLine], *, name: str | None = None) -> None:
        self.lines = lines
        self.name = name

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any = None,
        y: Any = None,
        *,
        name: str | None = None,
        ax: "Axes | None" = None,
        **line: Any,
    ) -> Self:
        """Draw the first pass of a fitted estimator, or of a copy that is fitted to rows.

        Parameters
        ----------
        estimator : estimator with ``history_``
        X : Dataset, or rows in memory, default=None
            Rows to fit a copy to; None is what the estimator has learned.
        y : array of labels, default=None
        name : str, default=None
            Name in the legend; None is that of the class.
        ax : matplotlib Axes, default=None
            Where to draw; None is a new figure.
        **line : any
            Options of matplotlib's ``plot``.

        Returns
        -------
        display : LearningCurveDisplay

        Raises
        ------
        DataError
            If the estimator has no progressive validation.
        """
        if X is not None:
            copy: Any = clone(estimator)
            estimator = copy.fit(X) if y is None else copy.fit(X, y)
        history = getattr(estimator, "history_", None)
        if not history or not isinstance(history[0], ProgressiveValidation):
            raise DataError(
                f"{type(estimator).__name__} has no progressive validation in history_: fit it, or "
                "pass an estimator that learns in one stream, such as TextClassifier or OutOfCore."
            )
        given = type(estimator).__name__ if name is None else name
        return cls(history[0].lines, name=given).plot(ax, **line)

    def _draw(self, ax: "Axes", line: dict[str, Any]) -> None:
        known = [each for each in self.lines if each.accuracy is not None]
        values = [each.accuracy or 0.0 for each in known]
        if not known:
            known, values = list(self.lines), [each.average_loss for each in self.lines]
        (self.line_,) = ax.plot([each.n_rows for each in known], values, **line)
        ax.set_xscale("log", base=2)
        is_accuracy = bool(known) and known[0].accuracy is not None
        ax.set(
            xlabel="rows learned",
            ylabel="accuracy before learning" if is_accuracy else "average loss before learning",
        )
