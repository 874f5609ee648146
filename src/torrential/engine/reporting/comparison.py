"""The comparison of two models as plain data: what its page shows, and what programs read."""

from dataclasses import asdict, dataclass
from typing import Any

from torrential.engine.reporting.parts import Piece
from torrential.evaluation.findings.intervals import Estimate


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of both models.

    Attributes
    ----------
    name : str
    first, second : float or None
    is_share : bool
        Whether people read it as a percentage.
    is_loss : bool
        Whether less is better.
    """

    name: str
    first: float | None
    second: float | None
    is_share: bool
    is_loss: bool


@dataclass(frozen=True, slots=True)
class ClassChange:
    """A class of both models; a model that does not know it has an F1 of 0.

    Attributes
    ----------
    label : str, int, float, bool or None
    support : float
        Weight of its rows.
    first, second : float
        F1 of the models.
    """

    label: Any
    support: float
    first: float
    second: float


@dataclass(frozen=True, slots=True)
class ChangedText:
    """A row that one of the models predicts better.

    Attributes
    ----------
    true, first, second : str, int, float, bool, list or None
        Its target, and what the models predict.
    of_first, of_second : float or None
        The probabilities of these; None of numbers and of several labels.
    origin : str
    number : int or None
        Place of the row in its origin, from 0; None of a view, which has other rows.
    first_pieces, second_pieces : tuple of Piece
        The part of the text that matters most, with what its words add in each model: to the wrong
        label against the true one, or to the number.
    is_cut : bool
        Whether there is more of it.
    """

    true: Any
    first: Any
    second: Any
    of_first: float | None
    of_second: float | None
    origin: str
    number: int | None
    first_pieces: tuple[Piece, ...]
    second_pieces: tuple[Piece, ...]
    is_cut: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two models on the same rows.

    Attributes
    ----------
    first, second : str
        Names of the models.
    kind : str
        Of the targets: "labels", "label sets" or "numbers".
    is_table : bool
        Whether rows are those of tables.
    n_rows, n_bytes : int
    seconds : float
    difference : Estimate
        What the second model has more than the first, with the interval of paired rows: of the
        accuracy, of the mean F1 of the rows, or of the mean absolute error.
    other_difference : Estimate or None
        The same of the share of rows that get exactly their labels, or of the mean squared error.
    p_value : float
        The chance of such a difference if both were better equally often, by the rows that change:
        of McNemar's exact test, which is the sign test of numbers and of sets of labels.
    both_right, both_wrong : int or None
        Rows; None of numbers and of several labels.
    only_first, only_second : int
        Rows that one of them gets right and the other does not; of several labels, rows with a
        higher F1; of numbers, rows at which it is closer.
    n_same : int
        Rows with the same prediction.
    figures : tuple of Figure
    classes : tuple of ClassChange
        The largest changes first; empty of numbers.
    better, worse : tuple of ChangedText
        Rows that the second model predicts better, and that the first one does: those of which both
        were most sure, or that change most.
    fingerprints : tuple of str or None
        Of the models; None where a function of the user decides predictions.
    data : str
        Source of the rows.
    versions : dict of str to str
    made : str
        Date and time.
    command : str
        What makes it again.
    """

    first: str
    second: str
    kind: str
    is_table: bool
    n_rows: int
    n_bytes: int
    seconds: float
    difference: Estimate
    other_difference: Estimate | None
    p_value: float
    both_right: int | None
    only_first: int
    only_second: int
    both_wrong: int | None
    n_same: int
    figures: tuple[Figure, ...]
    classes: tuple[ClassChange, ...]
    better: tuple[ChangedText, ...]
    worse: tuple[ChangedText, ...]
    fingerprints: tuple[str | None, str | None]
    data: str
    versions: dict[str, str]
    made: str
    command: str

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as plain values for JSON."""
        return asdict(self)
