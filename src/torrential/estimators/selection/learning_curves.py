"""Learning curves of the candidates of a search."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from torrential.estimators.common.figures import axes, pyplot
from torrential.shown import Curve, ForPeople, Shown, counted, percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NAMED = 10
"""Candidates that are named in a figure: the best at the end. Others are gray."""


@dataclass(frozen=True, slots=True, repr=False)
class LearningCurves(ForPeople):
    """Progressive accuracy of each candidate: of rows that were predicted before they were learned.

    Attributes
    ----------
    params : list of dict
        Parameters of each candidate.
    n_rows : list of tuple of int
        Rows learned: 1, 2, 4, ...
    accuracy : list of tuple of float
        Accuracy on all rows so far in the first pass, the mean over the folds.
    """

    params: Sequence[Mapping[str, Any]]
    n_rows: Sequence[Sequence[int]]
    accuracy: Sequence[Sequence[float]]

    @classmethod
    def of(cls, params: Sequence[Mapping[str, Any]], curves: Sequence[Mapping[int, float]]) -> Self:
        """Return curves from accuracy by rows, candidate by candidate."""
        return cls(
            [dict(each) for each in params],
            [tuple(curve) for curve in curves],
            [tuple(curve.values()) for curve in curves],
        )

    def _shown(self) -> Shown:
        order = self._from_best()
        rows = [(_named(self.params[place]), percent(self._end(place))) for place in order]
        best = order[0] if order else None
        curve = (
            None
            if best is None
            else Curve(
                list(zip(self.n_rows[best], self.accuracy[best], strict=True)),
                "accuracy of the best by rows",
                is_log=True,
            )
        )
        facts = [counted(len(self.params), "candidate")]
        return Shown("LearningCurves", facts, ("candidate", "accuracy"), rows, curve)

    def _end(self, place: int) -> float:
        return self.accuracy[place][-1] if self.accuracy[place] else 0.0

    def _from_best(self) -> list[int]:
        return sorted(range(len(self.params)), key=lambda place: -self._end(place))

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """Draw the curves, the best last; needs matplotlib (``torrential[figures]``).

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; by default a new figure.

        Returns
        -------
        ax : matplotlib Axes
        """
        ax = axes(ax, (7, 4))
        order = self._from_best()[::-1]
        colors = pyplot().get_cmap("viridis")
        for rank, place in enumerate(order):
            from_best = len(order) - 1 - rank
            is_named = from_best < NAMED
            ax.plot(
                self.n_rows[place],
                self.accuracy[place],
                color=colors(from_best / NAMED) if is_named else "0.85",
                label=_named(self.params[place]) if is_named else None,
                zorder=rank,
            )
        ax.set_xscale("log", base=2)
        ax.set(xlabel="rows learned", ylabel="progressive accuracy")
        handles, labels = ax.get_legend_handles_labels()
        ax.legend(handles[::-1], labels[::-1], fontsize="x-small", title="from the best")
        return ax


def _named(setting: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value}" for name, value in setting.items())
