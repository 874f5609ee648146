"""Filters: which rows are written, by what a model predicts for them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from torrential.engine.scoring.chosen import (
    Threshold,
    given_thresholds,
    is_chosen_word,
    of_labels,
    probability_of,
)
from torrential.engine.scoring.contract import Predictions, Predictor
from torrential.engine.scoring.label_names import code_of
from torrential.errors import ParameterError
from torrential.evaluation.thresholds import NO_LABEL, Goal, decide
from torrential.types import Bool, Float32


@dataclass(frozen=True, slots=True)
class RowFilter:
    """Chooses rows by the predictions of one model; all that is given has to hold.

    Attributes
    ----------
    keep : tuple of int
        Codes of predicted labels; empty for all. Of several labels, a row has to get one of them.
    least : float or None
        Least probability of the predicted label, or least number.
    least_of : tuple of (int, float)
        Codes with their least probability, whatever is predicted; one of them has to reach it.
    top : Fraction, int or None
        Share or number of the rows with the highest probability of the one label in `keep`, which
        need not be the predicted one then; or with the highest numbers.
    decides : bool
        Whether thresholds decide which label a row has, and whether it has one.
    rejects : bool
        Whether rows without a label are kept.
    any_label : bool
        Whether a row has to get a label, of a model that gives it any number.
    """

    keep: tuple[int, ...] = ()
    least: float | None = None
    least_of: tuple[tuple[int, float], ...] = ()
    top: Fraction | int | None = None
    decides: bool = False
    rejects: bool = False
    any_label: bool = False

    @classmethod
    def of(
        cls,
        predictor: Predictor,
        *,
        keep: Any = None,
        threshold: Threshold = None,
        goal: Goal | None = None,
        keep_top: float | int | str | None = None,
        reject: bool = False,
    ) -> "RowFilter | None":
        """Return the filter of the parameters that users give; None if it keeps all rows.

        Raises
        ------
        ParameterError
            If a label is not one of the model's, or a number is not one of its kind.
        """
        labels = predictor.labels
        any_label = predictor.is_multilabel and (goal is not None or is_chosen_word(threshold))
        if any_label:  # its sets have these thresholds
            threshold, goal = None, None
        given, threshold = threshold, given_thresholds(predictor, threshold, goal)
        is_chosen = threshold is not given
        if not labels:
            return cls._of_numbers(keep, threshold, keep_top, reject=reject)
        if reject and predictor.is_multilabel:
            raise ParameterError(
                "reject takes the one label from a row, but this model gives rows any number: "
                "leave it out."
            )
        if reject and (keep is not None or keep_top is not None or threshold is None):
            raise ParameterError(
                "reject takes labels from rows that do not reach a threshold: give threshold, "
                "min_precision, min_recall or cost, and neither keep nor keep_top."
            )
        words = [] if keep is None else _listed(keep)
        codes = tuple(dict.fromkeys(code_of(word, labels, "keep") for word in words))
        least_of: tuple[tuple[int, float], ...] = ()
        if isinstance(threshold, Mapping):
            least_of = tuple(of_labels(threshold, labels))
            threshold = threshold.get(None)
        least = None if threshold is None else probability_of(threshold)
        top = None if keep_top is None else share_of(keep_top)
        if top is not None and len(codes) != 1:
            raise ParameterError(
                "keep_top takes the rows with the highest probability of one label: name it with "
                "keep."
            )
        if top is not None and (least is not None or least_of or any_label):
            raise ParameterError("keep_top and threshold exclude each other: give one of them.")
        if not codes and least is None and not least_of and not any_label:
            return None
        return cls(codes, least, least_of, top, reject or is_chosen, reject, any_label)

    @classmethod
    def _of_numbers(
        cls, keep: Any, threshold: Any, keep_top: Any, *, reject: bool
    ) -> "RowFilter | None":
        """Return the filter of a model of numbers, which has no labels."""
        if isinstance(threshold, Mapping) and set(threshold) == {None}:
            threshold = threshold[None]
        if keep is not None or isinstance(threshold, Mapping) or reject:
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

    def decided(self, predictions: Predictions, of_codes: Float32) -> Predictions:
        """Return predictions with the label that thresholds decide for, or `NO_LABEL`.

        With thresholds of labels, it is the one of these whose probability exceeds its own by the
        largest factor.

        Parameters
        ----------
        predictions : Predictions
        of_codes : float32 array of shape (n_rows, len(codes))
        """
        codes, probabilities = predictions.codes.copy(), predictions.probabilities.copy()
        if self.least_of:
            named, least = zip(*self.least_of, strict=True)
            codes[:, 0] = decide(of_codes, named, least)
            some = np.flatnonzero(codes[:, 0] != NO_LABEL)
            place = np.argmax(codes[some, :1] == np.array(named), axis=1)
            probabilities[some, 0] = of_codes[some, place]
        if self.least is not None:
            codes[probabilities[:, 0] < np.float32(self.least), 0] = NO_LABEL
        return Predictions(codes, probabilities, predictions.of_codes)

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
            kept &= predictions.get(self.keep)
        if self.any_label and predictions.sets is not None:
            kept &= np.diff(predictions.sets.ends) > 0
        if self.least is not None and not self.decides:
            kept &= predictions.probabilities[:, 0] >= np.float32(self.least)
        if self.decides:
            kept &= predictions.codes[:, 0] != NO_LABEL
            return kept
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
