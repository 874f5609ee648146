"""Base of displays: figures that are computed once and drawn by matplotlib, an extra."""

from typing import TYPE_CHECKING, Any, Self

import numpy as np

from torrential.errors import DataError
from torrential.estimators.common.figures import axes
from torrential.evaluation.classification import ClassificationMetrics
from torrential.evaluation.report import EvaluationReport

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure


class Display:
    """A figure; ``plot`` draws it and sets ``ax_`` and ``figure_``."""

    ax_: "Axes"
    figure_: "Figure | SubFigure"
    name: str | None

    def plot(self, ax: "Axes | None" = None, *, name: str | None = None, **line: Any) -> Self:
        """Draw the figure; needs matplotlib (``torrential[figures]``).

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None is a new figure.
        name : str, default=None
            Name in the legend; None is that of the display.
        **line : any
            Options of matplotlib's ``plot``.

        Returns
        -------
        self
        """
        ax = axes(ax, (5, 4))
        label = self.name if name is None else name
        self._draw(ax, {"marker": "o", "markersize": 4, "label": label, **line})
        if label is not None:
            ax.legend()
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _draw(self, ax: "Axes", line: dict[str, Any]) -> None:
        raise NotImplementedError


class EvaluationDisplay(Display):
    """A figure of an evaluation, which ``_of`` takes out of its report."""

    @classmethod
    def _of(cls, report: EvaluationReport, name: str | None) -> Self:
        raise NotImplementedError

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
        display
            Of this class.
        """
        report = evaluated(estimator, X, y, sample_weight)
        return cls._of(report, type(estimator).__name__ if name is None else name).plot(ax, **line)

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
        display
            Of this class.
        """
        report = evaluation_of(y_true, y_prob, classes, sample_weight)
        return cls._of(report, name).plot(ax, **line)


def evaluated(estimator: Any, X: Any, y: Any, sample_weight: Any) -> EvaluationReport:
    """Return the evaluation of a classifier on labeled rows.

    Raises
    ------
    DataError
        If the estimator is not one that gives each row one label and its probability.
    """
    evaluate = getattr(estimator, "evaluate", None)
    report = None if evaluate is None else evaluate(X, y, sample_weight=sample_weight)
    if not isinstance(report, EvaluationReport) or not report.reliability:
        raise DataError(
            f"{type(estimator).__name__} gives no probability of one label for each row: pass a "
            "fitted classifier that has evaluate and predict_proba, or use from_predictions."
        )
    return report


def evaluation_of(y_true: Any, y_prob: Any, classes: Any, sample_weight: Any) -> EvaluationReport:
    """Return the evaluation of probabilities.

    Parameters
    ----------
    y_true : array of shape (n_rows,)
    y_prob : array of shape (n_rows,) or (n_rows, n_classes)
        One probability for two classes is that of the class that sorts last.
    classes : sequence of labels, or None
        Labels of the columns; None are the sorted labels of ``y_true``.
    sample_weight : array of shape (n_rows,), or None

    Raises
    ------
    DataError
        If the shapes do not fit.
    """
    labels, probabilities = np.asarray(y_true), np.asarray(y_prob, np.float64)
    if probabilities.ndim == 1:
        probabilities = np.column_stack([1 - probabilities, probabilities])
    names = np.unique(labels) if classes is None else np.asarray(classes)
    if probabilities.shape != (len(labels), len(names)):
        raise DataError(
            f"y_prob has the shape {np.shape(y_prob)}, but there are {len(labels)} labels and "
            f"{len(names)} classes: give a column for each class, or name them by classes=."
        )
    metrics = ClassificationMetrics(names)
    places = {label: place for place, label in enumerate(names.tolist())}
    codes = np.array([places.get(label, -1) for label in labels.tolist()], np.int64)
    metrics.update(codes, probabilities.argmax(axis=1), probabilities, sample_weight)
    return metrics.report()
