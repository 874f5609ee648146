"""The comparison of two models as plain data: what its page shows, and what programs read."""

from dataclasses import asdict, dataclass
from typing import Any

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
    """A row that exactly one of the models gets right.

    Attributes
    ----------
    text : str
        The beginning of its text.
    is_cut : bool
        Whether there is more of it.
    true, first, second : str, int, float, bool or None
        Its label, and the labels that the models predict.
    of_first, of_second : float
        The probabilities of these.
    origin : str
    number : int or None
        Place of the row in its origin, from 0; None of a view, which has other rows.
    """

    text: str
    is_cut: bool
    true: Any
    first: Any
    second: Any
    of_first: float
    of_second: float
    origin: str
    number: int | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two models on the same rows.

    Attributes
    ----------
    first, second : str
        Names of the models.
    n_rows, n_bytes : int
    seconds : float
    difference : Estimate
        Accuracy of the second model less that of the first, with the interval of paired rows.
    p_value : float
        Of McNemar's exact test: the chance of such a difference if both were right equally often.
    both_right, only_first, only_second, both_wrong : int
        Rows.
    n_same : int
        Rows with the same prediction.
    figures : tuple of Figure
    classes : tuple of ClassChange
        The largest changes first.
    better, worse : tuple of ChangedText
        Rows that only the second model gets right, and that only the first one does: those of which
        both were most sure.
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
    n_rows: int
    n_bytes: int
    seconds: float
    difference: Estimate
    p_value: float
    both_right: int
    only_first: int
    only_second: int
    both_wrong: int
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
