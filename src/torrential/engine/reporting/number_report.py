"""The report of a model of numbers as plain data."""

from dataclasses import dataclass

from torrential.engine.reporting.parts import Piece
from torrential.engine.reporting.report import MeasuredReport
from torrential.evaluation.findings.heat_map import HeatMap
from torrential.evaluation.findings.intervals import Estimate


@dataclass(frozen=True, slots=True)
class NumberHead:
    """The most important figures.

    Attributes
    ----------
    n_rows : int
        Rows with a number.
    n_bytes : int
        Bytes of the inputs of all rows that were read.
    seconds : float
        Time of the pass.
    model_bytes : int
        Of its file, or of its weights in memory.
    mean_absolute_error, root_mean_squared_error : Estimate
    r2, spearman : Estimate or None
        None where they are not defined, as for a constant target.
    bias : Estimate
        Mean of the predictions less that of the targets.
    accuracy : Estimate or None
        Share of the rows whose level is predicted; None where numbers are.
    not_above : Estimate
        Share of the targets that the prediction reaches.
    quantile : float or None
        Share that a model of a quantile was asked to reach.
    mean, median : float
        Of the targets.
    baseline_absolute, baseline_squared : float
        Mean absolute error of always predicting the median, and root mean squared error of always
        predicting the mean.
    """

    n_rows: int
    n_bytes: int
    seconds: float
    model_bytes: int
    mean_absolute_error: Estimate
    root_mean_squared_error: Estimate
    r2: Estimate | None
    spearman: Estimate | None
    bias: Estimate
    accuracy: Estimate | None
    not_above: Estimate
    quantile: float | None
    mean: float
    median: float
    baseline_absolute: float
    baseline_squared: float


@dataclass(frozen=True, slots=True)
class PredictionGroup:
    """Rows whose predictions are next to each other: about a tenth of all.

    Attributes
    ----------
    low, high : float
        The lowest and the highest prediction, within one part in four thousand of them.
    weight : float
        Of the rows.
    mean_prediction, mean_target : float
    bias : Estimate
        The one less the other.
    mean_absolute_error : float
    """

    low: float
    high: float
    weight: float
    mean_prediction: float
    mean_target: float
    bias: Estimate
    mean_absolute_error: float


@dataclass(frozen=True, slots=True)
class Within:
    """How far the best share of the predictions are off, at most.

    Attributes
    ----------
    share : float
        Share of the rows, from 0 to 1: those with the smallest errors.
    error : float
        Largest absolute error of these.
    """

    share: float
    error: float


@dataclass(frozen=True, slots=True)
class NumberError:
    """A row whose number is far off, with the reasons.

    Attributes
    ----------
    true, predicted : float
    origin : str
    number : int or None
        Place of the row in its origin, from 0; None of a view, which has other rows.
    pieces : tuple of Piece
        The part of the text that matters most; scores are what words add to the number, or to its
        logarithm.
    is_cut : bool
        Whether the text is longer than that.
    """

    true: float
    predicted: float
    origin: str
    number: int | None
    pieces: tuple[Piece, ...]
    is_cut: bool


@dataclass(frozen=True, slots=True)
class NumberReport(MeasuredReport):
    """The report of a model of numbers.

    Attributes
    ----------
    head : NumberHead
    within : tuple of Within
    heat_map : HeatMap
        Rows by target and prediction.
    groups : tuple of PredictionGroup
        By prediction, ascending.
    errors : tuple of NumberError
        Those that are furthest off.
    """

    head: NumberHead
    within: tuple[Within, ...]
    heat_map: HeatMap
    groups: tuple[PredictionGroup, ...]
    errors: tuple[NumberError, ...]
