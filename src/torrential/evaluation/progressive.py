"""Progressive validation: how well each row was predicted before it was learned."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from torrential.evaluation.probabilities import (
    Outcomes,
    ProbabilityFigures,
    ProbabilitySketch,
    figures_of,
    figures_to_dict,
)
from torrential.kernels.evaluation.row_losses import sum_from
from torrential.shown import Curve, ForPeople, Shown, number, percent
from torrential.types import Float64


@dataclass(frozen=True, slots=True)
class ProgressiveLine:
    """The state after a number of rows.

    Attributes
    ----------
    n_rows : int
        Rows seen so far.
    average_loss : float
        Over all of them; nan without any.
    since_last : float
        Average loss over the rows since the line before; nan without any.
    accuracy : float or None
        Share of correct predictions over all rows; None if unknown.
    log_loss, roc_auc : float or None
        Of the probabilities of two classes, over all rows by their weights; None if unknown.
    """

    n_rows: int
    average_loss: float
    since_last: float
    accuracy: float | None
    log_loss: float | None = None
    roc_auc: float | None = None


class ProgressiveValidation(ForPeople):
    """Running averages over rows that are predicted and learned; a line at 1, 2, 4, ... rows.

    In a first pass each row is unseen when it is predicted, so the average is an honest estimate
    without a held-out set (Blum, Kalai, Langford, "Beating the Hold-Out", 1999). In a later pass
    the rows were learned before, and the same averages are of training: they flatter the model. The
    lines are those of Vowpal Wabbit, and exact: also where such a row is in the middle of a batch.
    Each row counts once, whatever it weighs: these are figures of rows, where Vowpal Wabbit's and
    all scores of torrential weigh them. So do the figures of probabilities, which only two classes
    have, in a first pass. The sums do not depend on how the rows are cut into batches, to the bit.

    Parameters
    ----------
    learned_before : bool, default=False
        Whether this is a later pass.

    Attributes
    ----------
    learned_before : bool
    n_rows : int
    lines : list of ProgressiveLine
        One for each power of two that was reached.
    is_mirrored : bool
        Whether the positive class of the outcomes is the one that sorts first.
    has_margins : bool
        Whether the losses are of margins, so that the log loss is not their average.

    Examples
    --------
    >>> validation = ProgressiveValidation()
    >>> validation.update(np.array([1.0, 0.5, 0.0]), np.array([False, True, True]))
    >>> [(line.n_rows, line.average_loss, line.since_last) for line in validation.lines]
    [(1, 1.0, 1.0), (2, 0.75, 0.5)]
    >>> validation.average_loss
    0.5
    """

    def __init__(self, *, learned_before: bool = False) -> None:
        self.learned_before = learned_before
        self.n_rows = 0
        self.lines: list[ProgressiveLine] = []
        self._loss = 0.0
        self._n_correct = 0
        self._knows_correct = True
        # Rows and loss at the last line.
        self._last = (0, 0.0)
        self.is_mirrored = False
        self.has_margins = False
        self._sketch: ProbabilitySketch | None = None
        self._kept: ProbabilityFigures | None = None

    @classmethod
    def of(
        cls,
        n_rows: int,
        average_loss: float,
        accuracy: float | None,
        probabilities: ProbabilityFigures | None = None,
        *,
        learned_before: bool = False,
        lines: Sequence[Sequence[Any]] = (),
    ) -> Self:
        """Return the validation of a `summary`, with its lines as they were written, if any."""
        validation = cls(learned_before=learned_before)
        validation.lines = [ProgressiveLine(*line) for line in lines]
        validation.n_rows = n_rows
        validation._loss = average_loss * n_rows if n_rows else 0.0
        validation._n_correct = round((accuracy or 0.0) * n_rows)
        validation._knows_correct = accuracy is not None or not n_rows
        validation._last = (n_rows, validation._loss)
        if validation.lines:
            last = validation.lines[-1]
            validation._last = (last.n_rows, last.average_loss * last.n_rows)
        validation._kept = probabilities
        return validation

    def state(self) -> dict[str, Any]:
        """Return the validation as JSON, from which it continues exactly."""
        return {
            "n_rows": self.n_rows,
            "loss": self._loss,
            "n_correct": self._n_correct,
            "knows_correct": self._knows_correct,
            "last": list(self._last),
            "lines": [list(astuple(line)) for line in self.lines],
            "learnt_before": self.learned_before,
            "is_mirrored": self.is_mirrored,
            "has_margins": self.has_margins,
            "sketch": None if self._sketch is None else self._sketch.state(),
            "probabilities": figures_to_dict(self._kept),
        }

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        """Return the validation that `state` described.

        Raises
        ------
        KeyError, TypeError, ValueError
            Where it lacks something.
        """
        validation = cls(learned_before=bool(state["learnt_before"]))
        validation.n_rows = int(state["n_rows"])
        validation._loss = float(state["loss"])
        validation._n_correct = int(state["n_correct"])
        validation._knows_correct = bool(state["knows_correct"])
        n_rows, loss = state["last"]
        validation._last = (int(n_rows), float(loss))
        validation.lines = [ProgressiveLine(*line) for line in state["lines"]]
        validation.is_mirrored = bool(state.get("is_mirrored", False))
        validation.has_margins = bool(state.get("has_margins", False))
        if state.get("sketch") is not None:  # the first checkpoints have none
            validation._sketch = ProbabilitySketch.from_state(state["sketch"])
        validation._kept = figures_of(state.get("probabilities", {}))
        return validation

    def summary(self) -> dict[str, Any]:
        """Return the figures over all rows as JSON, for `of`."""
        figures = {"loss": self.average_loss, "accuracy": self.accuracy, "n_rows": self.n_rows}
        return figures | figures_to_dict(self.probabilities)

    @property
    def total_loss(self) -> float:
        """Sum of the losses of all rows so far."""
        return self._loss

    @property
    def n_correct(self) -> int | None:
        """Number of correct predictions; None if unknown."""
        return self._n_correct if self._knows_correct else None

    @property
    def average_loss(self) -> float:
        """Average loss of all rows so far; nan without any."""
        return _mean(self._loss, self.n_rows)

    @property
    def accuracy(self) -> float | None:
        """Share of correct predictions so far; None without rows, or if unknown."""
        return self._n_correct / self.n_rows if self.n_rows and self._knows_correct else None

    @property
    def has_probabilities(self) -> bool:
        """Whether there are figures of probabilities."""
        return self._sketch is not None or self._kept is not None

    @property
    def probabilities(self) -> ProbabilityFigures | None:
        """Figures of the predicted probabilities; None without rows, or if unknown."""
        sketch = self.sketch
        return self._kept if sketch is None else sketch.figures()

    @property
    def sketch(self) -> ProbabilitySketch | None:
        """Histogram of the predictions, for the class that sorts last; None if there is none."""
        return self._sketch.mirrored() if self._sketch and self.is_mirrored else self._sketch

    def update(
        self,
        losses: NDArray[np.floating],
        correct: NDArray[np.bool_] | None = None,
        outcomes: Outcomes | None = None,
    ) -> None:
        """Add rows in the order in which they are learned.

        Parameters
        ----------
        losses : float array of shape (n_rows,)
            The loss of each row before it is learned.
        correct : bool array of shape (n_rows,), default=None
            Whether its prediction was the true class. None, as for regression, in any of the
            updates leaves no accuracy.
        outcomes : Outcomes, default=None
            Its predicted log odds. None in any of the updates leaves no figures of probabilities.
        """
        exact: Float64 = np.ascontiguousarray(losses, np.float64)
        self._knows_correct = self._knows_correct and correct is not None
        self._begin_sketch(outcomes)
        begin, end, before = 0, len(exact), self.n_rows
        row = 1 << before.bit_length()
        while row <= before + end:
            self._add(exact, correct, outcomes, begin, row - before)
            begin = row - before
            self.lines.append(self.line())
            self._last = (row, self._loss)
            row *= 2
        self._add(exact, correct, outcomes, begin, end)

    def _add(
        self, losses: Float64, correct: Any, outcomes: Outcomes | None, begin: int, end: int
    ) -> None:
        """Add some of the rows of an update."""
        self.n_rows += end - begin
        self._loss = sum_from(self._loss, losses[begin:end])
        if correct is not None:
            self._n_correct += int(np.count_nonzero(correct[begin:end]))
        if outcomes is not None and self._sketch is not None:
            self._sketch.update(outcomes.rows(begin, end))

    def close(self) -> None:
        """Keep the figures of probabilities without the histogram, as no rows are to come."""
        self._kept, self._sketch = self.probabilities, None

    def _begin_sketch(self, outcomes: Outcomes | None) -> None:
        self._kept = None
        if outcomes is None:
            self._sketch = None
        elif self.n_rows == 0:
            self._sketch = ProbabilitySketch()

    def line(self) -> ProgressiveLine:
        """Make a line of the current state, as for the end of the data."""
        n_rows, loss = self._last
        since_last = _mean(self._loss - loss, self.n_rows - n_rows)
        line = ProgressiveLine(self.n_rows, self.average_loss, since_last, self.accuracy)
        if self._sketch is not None:
            return replace(line, log_loss=self._sketch.log_loss(), roc_auc=self._sketch.roc_auc())
        if self._kept is not None:
            return replace(line, log_loss=self._kept.log_loss, roc_auc=self._kept.roc_auc)
        return line

    def __repr__(self) -> str:
        return f"<{self.n_rows:,} rows: {self._figure()}>"

    def _figure(self) -> str:
        if self.accuracy is not None:
            return f"{self.accuracy:.2%} right"
        return f"loss {number(self.average_loss)}"

    def _shown(self) -> Shown:
        kind = "Training" if self.learned_before else "Progressive validation"
        lines = [*self.lines, *([self.line()] if self.n_rows > self._last[0] else [])]
        rows = [
            (f"{each.n_rows:,}", *map(number, (each.average_loss, each.since_last)))
            + (() if each.accuracy is None else (percent(each.accuracy),))
            for each in lines[-8:]
        ]
        header = ["rows", "average loss", "since last"]
        header += [] if self.accuracy is None else ["accuracy"]
        return Shown(kind, [f"{self.n_rows:,} rows", self._figure()], header, rows, self.curve())

    def curve(self) -> Curve:
        """Return the accuracy by rows, or the loss without one."""
        if self.accuracy is None:
            points = [(each.n_rows, each.average_loss) for each in self.lines]
            return Curve(points, "average loss by rows", is_log=True, is_share=False)
        known = [(each.n_rows, each.accuracy) for each in self.lines if each.accuracy is not None]
        return Curve(known, "accuracy by rows", is_log=True)


def _mean(total: float, count: int) -> float:
    return total / count if count else float("nan")
