"""Filters: which rows are written, by what a model predicts for them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from torrential.engine.scoring.contract import Predictions, Predictor
from torrential.engine.scoring.label_names import code_of
from torrential.errors import ParameterError
from torrential.types import Bool, Float32


@dataclass(frozen=True, slots=True)
class RowFilter:
    """Chooses rows by the predictions of one model; all that is given has to hold.

    Attributes
    ----------
    keep : tuple of int
        Codes of predicted labels; empty for all.
    least : float or None
        Least probability of the predicted label, or least number.
    least_of : tuple of (int, float)
        Codes with their least probability, whatever is predicted; one of them has to reach it.
    top : Fraction, int or None
        Share or number of the rows with the highest probability of the one label in `keep`, which
        need not be the predicted one then; or with the highest numbers.
    """

    keep: tuple[int, ...] = ()
    least: float | None = None
    least_of: tuple[tuple[int, float], ...] = ()
    top: Fraction | int | None = None

    @classmethod
    def of(
        cls,
        predictor: Predictor,
        *,
        keep: Any = None,
        threshold: float | Mapping[Any, float] | None = None,
        keep_top: float | int | str | None = None,
    ) -> "RowFilter | None":
        """Return the filter of the parameters that users give; None if it keeps all rows.

        Raises
        ------
        ParameterError
            If a label is not one of the model's, or a number is not one of its kind.
        """
        labels = predictor.labels
        if not labels:
            return cls._of_numbers(keep, threshold, keep_top)
        words = [] if keep is None else _listed(keep)
        codes = tuple(dict.fromkeys(code_of(word, labels, "keep") for word in words))
        least: float | None = None
        least_of: tuple[tuple[int, float], ...] = ()
        if isinstance(threshold, Mapping):
            least_of = tuple(
                (code_of(label, labels, "threshold"), probability_of(value))
                for label, value in threshold.items()
                if label is not None
            )
            least = threshold.get(None)
        elif threshold is not None:
            least = threshold
        least = None if least is None else probability_of(least)
        top = None if keep_top is None else share_of(keep_top)
        if top is not None and len(codes) != 1:
            raise ParameterError(
                "keep_top takes the rows with the highest probability of one label: name it with "
                "keep."
            )
        if top is not None and threshold is not None:
            raise ParameterError("keep_top and threshold exclude each other: give one of them.")
        if not codes and least is None and not least_of:
            return None
        return cls(codes, least, least_of, top)

    @classmethod
    def _of_numbers(cls, keep: Any, threshold: Any, keep_top: Any) -> "RowFilter | None":
        """Return the filter of a model of numbers, which has no labels."""
        if isinstance(threshold, Mapping) and set(threshold) == {None}:
            threshold = threshold[None]
        if keep is not None or isinstance(threshold, Mapping):
            raise ParameterError(
                "keep names labels, but the model predicts numbers: give threshold, the least "
                "number to keep, or keep_top."
            )
        if keep_top is not None and threshold is not None:
            raise ParameterError("keep_top and threshold exclude each other: give one of them.")
        if keep_top is None and threshold is None:
            return None
        least = None if threshold is None else _finite(threshold)
        return cls((0,), least, top=None if keep_top is None else share_of(keep_top))

    @property
    def codes(self) -> tuple[int, ...]:
        """Labels whose probability it needs of each row."""
        return self.keep if self.top is not None else tuple(code for code, _ in self.least_of)

    def mask(self, predictions: Predictions, of_codes: Float32) -> Bool:
        """Return which rows it keeps, by all but `top`.

        Parameters
        ----------
        predictions : Predictions
        of_codes : float32 array of shape (n_rows, len(codes))
        """
        kept = np.ones(len(predictions.codes), np.bool_)
        if self.top is not None:
            return kept
        if self.keep:
            kept &= np.isin(predictions.codes[:, 0], self.keep)
        if self.least is not None:
            kept &= predictions.probabilities[:, 0] >= np.float32(self.least)
        if self.least_of:
            reached = [
                of_codes[:, number] >= np.float32(least)
                for number, (_, least) in enumerate(self.least_of)
            ]
            kept &= np.logical_or.reduce(reached)
        return kept


def share_of(value: float | int | str) -> Fraction | int:
    """Return a share of the rows, or a number of rows.

    Parameters
    ----------
    value : float between 0 and 1, str such as ``"10%"``, or int

    Raises
    ------
    ParameterError
        If it is none of them.

    Examples
    --------
    >>> share_of("10%"), share_of(0.25), share_of(1000), share_of("1000")
    (Fraction(1, 10), Fraction(1, 4), 1000, 1000)
    """
    try:
        if isinstance(value, str) and value.strip().endswith("%"):
            share = Fraction(value.strip()[:-1].strip()) / 100
        elif isinstance(value, float):
            share = Fraction(str(value))
        else:
            number = int(value)
            if number >= 1 and not isinstance(value, bool):
                return number
            share = Fraction(0)
    except (ValueError, TypeError, ZeroDivisionError):
        share = Fraction(0)
    if not 0 < share <= 1:
        raise ParameterError(
            f"keep_top={value!r} is not a part of the rows: give a share such as '10%', or a "
            "number of rows."
        )
    return share


def probability_of(value: Any) -> float:
    """Return a probability, or raise a ParameterError if it is none."""
    try:
        probability = float(value)
    except (TypeError, ValueError):
        probability = np.nan
    if not 0 <= probability <= 1:
        raise ParameterError(
            f"threshold={value!r} is not a probability: give a number from 0 to 1."
        )
    return probability


def _finite(value: Any) -> float:
    """Return a number to compare with, or raise a ParameterError if it is none."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = np.nan
    if not np.isfinite(number):
        raise ParameterError(f"threshold={value!r} is not a number: give the least one to keep.")
    return number


def _listed(values: Any) -> Iterable[Any]:
    return values if isinstance(values, list | tuple | set | np.ndarray) else [values]
