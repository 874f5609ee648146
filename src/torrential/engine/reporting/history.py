"""Parts of the report of a model: how it learned, and where its figures come from."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """Rows of a training between two lines of its progress, before they were learned.

    Attributes
    ----------
    n_rows : int
        Rows until their end.
    loss : float or None
        Average loss of these rows.
    accuracy : float or None
        Share of them that was predicted.
    """

    n_rows: int
    loss: float | None
    accuracy: float | None


@dataclass(frozen=True, slots=True)
class Passes:
    """A pass of the training.

    Attributes
    ----------
    n_rows : int
    loss : float or None
        Average of the rows, each predicted just before it was learned.
    accuracy : float or None
        Share of the same predictions that were right.
    learned_before : bool
        Whether the pass was not the first, so that the rows had been learned before.
    """

    n_rows: int
    loss: float | None
    accuracy: float | None
    learned_before: bool


@dataclass(frozen=True, slots=True)
class Learning:
    """How the model learned.

    Attributes
    ----------
    passes : tuple of Passes
    curve : tuple of CurvePoint
        Of the first pass; empty if the model does not have it.
    more_data : str
        A sentence on what more data would bring.
    """

    passes: tuple[Passes, ...]
    curve: tuple[CurvePoint, ...]
    more_data: str


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where the figures come from, and how to make them again.

    Attributes
    ----------
    kind : str
        Name of the estimator.
    chosen, parameters : dict
        Parameters that differ from their defaults, and all of them.
    fingerprint : str or None
        Hash of the weights and of all that decides predictions; None where a function of the user
        does.
    data : str
        Source of the rows; empty without any.
    data_fingerprint : str or None
        Hash of what determines the rows; None without any, or if they can be read only once.
    learned_rows, learned_bytes : int
        Rows of the training, and their bytes.
    versions : dict of str to str
    made : str
        Date and time.
    command : str
        What makes it again.
    """

    kind: str
    chosen: dict[str, Any]
    parameters: dict[str, Any]
    fingerprint: str | None
    data: str
    data_fingerprint: str | None
    learned_rows: int
    learned_bytes: int
    versions: dict[str, str]
    made: str
    command: str
