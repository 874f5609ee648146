"""CollisionCurve: accuracy and collisions against the number of columns, and their figure."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from torrential.estimators.common.figures import axes
from torrential.features.terms.collisions import CollisionReport
from torrential.shown import Curve, ForPeople, Shown, percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, slots=True, repr=False)
class CollisionCurve(ForPeople):
    """Accuracy and collisions by the number of columns.

    Attributes
    ----------
    n_bits : tuple of int
        Columns, as powers of 2.
    accuracy : tuple of float
        Accuracy on the held-out rows, for each number of columns.
    collisions : tuple of CollisionReport
        Collisions of the training rows, for each number of columns.
    """

    n_bits: tuple[int, ...]
    accuracy: tuple[float, ...]
    collisions: tuple[CollisionReport, ...]

    def _shown(self) -> Shown:
        shared = [report.shared_mass for report in self.collisions]
        rows = [
            (f"2**{bits}", percent(accuracy), percent(share))
            for bits, accuracy, share in zip(self.n_bits, self.accuracy, shared, strict=True)
        ]
        curve = Curve(list(zip(self.n_bits, self.accuracy, strict=True)), "accuracy by bits")
        facts = [f"2**{self.n_bits[0]} to 2**{self.n_bits[-1]} columns"]
        return Shown("CollisionCurve", facts, ("columns", "accuracy", "shared"), rows, curve)

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """Draw both curves by the number of columns; needs matplotlib (``torrential[figures]``).

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; by default a new figure.

        Returns
        -------
        ax : matplotlib Axes
            The one of the accuracy.
        """
        ax = axes(ax, (6, 3.5))
        shared = [report.shared_mass for report in self.collisions]
        ax.plot(self.n_bits, self.accuracy, "o-", color="tab:blue")
        ax.set(xlabel="columns, as a power of 2", xticks=self.n_bits)
        ax.set_ylabel("accuracy on held-out rows", color="tab:blue")
        right = ax.twinx()
        right.plot(self.n_bits, shared, "s--", color="tab:red")
        right.set_ylim(0, 1.05)
        right.set_ylabel("share of occurrences in shared columns", color="tab:red")
        return ax
