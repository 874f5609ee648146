"""Accuracy and collisions against the number of columns, and their figure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sklearn.base import clone

from torrential.adapters.inputs import with_any_labels
from torrential.data import Dataset
from torrential.errors import ParameterError
from torrential.estimators.common.figures import pyplot
from torrential.estimators.text.classifier import TextClassifier
from torrential.features.terms.collisions import CollisionReport, report_collisions
from torrential.features.terms.term_budget import parse_budget
from torrential.shown import Curve, ForPeople, Shown, percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BITS = range(14, 25, 2)


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
        plt = pyplot()
        if ax is None:
            ax = plt.subplots(figsize=(6, 3.5), layout="constrained")[1]
        shared = [report.shared_mass for report in self.collisions]
        ax.plot(self.n_bits, self.accuracy, "o-", color="tab:blue")
        ax.set(xlabel="columns, as a power of 2", xticks=self.n_bits)
        ax.set_ylabel("accuracy on held-out rows", color="tab:blue")
        right = ax.twinx()
        right.plot(self.n_bits, shared, "s--", color="tab:red")
        right.set_ylim(0, 1.05)
        right.set_ylabel("share of occurrences in shared columns", color="tab:red")
        return ax


def collision_curve(
    dataset: Dataset | Any,
    estimator: TextClassifier | None = None,
    *,
    n_bits: Iterable[int] = BITS,
    test_size: float = 0.25,
) -> CollisionCurve:
    """Train with increasing numbers of columns, and measure accuracy and collisions.

    Parameters
    ----------
    dataset : Dataset, or object of another library with rows
        With a target.
    estimator : TextClassifier, default=None
        What is trained, with other numbers of columns; by default ``TextClassifier(n_jobs=-1)``.
    n_bits : iterable of int, default=range(14, 25, 2)
        Numbers of columns, as powers of 2.
    test_size : float, default=0.25
        Share of the rows to hold out, by a hash of the row.

    Returns
    -------
    CollisionCurve

    Raises
    ------
    ParameterError
        If there is no target, or no number of columns.
    """
    dataset = with_any_labels(dataset, "collision_curve")
    if dataset.target is None:
        raise ParameterError("The dataset has no target: name the column with the labels.")
    chosen = tuple(n_bits)
    if not chosen:
        raise ParameterError("n_bits is empty: give powers of 2, such as range(14, 25, 2).")
    estimator = TextClassifier(n_jobs=-1) if estimator is None else estimator
    train, test = dataset.split(test_size)
    accuracy, reports = [], []
    with_terms: Any = clone(estimator)
    if parse_budget(estimator.terms) is None:
        with_terms.set_params(terms=True)
    for place, bits in enumerate(chosen):
        model: Any = with_terms if place == 0 else clone(estimator)
        model.set_params(n_features=2**bits).fit(train)
        accuracy.append(float(model.score(test)))
        if place == 0:  # the terms are the same for any number of columns
            index, n_terms = model.model_.terms, model.model_.vocabulary.n_terms()
        reports.append(report_collisions(2**bits, n_terms, index.hashed_to(2**bits)))
    return CollisionCurve(chosen, tuple(accuracy), tuple(reports))
