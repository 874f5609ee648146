"""Settings that determine how a linear model learns, and the checks of their values."""

import math
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from numbers import Real
from typing import Any, Self

import numpy as np

from torrential.errors import ParameterError
from torrential.kernels.linear.layout import ADAGRAD, SGD, Rule
from torrential.kernels.linear.losses import (
    CLASSIFICATION_LOSSES,
    LOSSES,
    REGRESSION_LOSSES,
    slope,
)
from torrential.linear.links import LOG, Link, link_of
from torrential.linear.optimizers import LEARNING_RATES, Optimizer, rate_of

PENALTIES = ("l2", "l1", "elasticnet", None)
MULTI_CLASS = ("auto", "ovr", "softmax")
LARGEST_ALPHA = 1e30
"""Far within the float32 numbers of the weights, with the steps between two decays."""
LAST_PASS = "last-pass"
LATER = ("quantile", "power", "beta", "multilabel", "relative")
"""Settings that earlier versions do not know, left out of files where they have their defaults."""
PASSIVE_AGGRESSIVE_LOSSES = ("hinge", "epsilon_insensitive")


@dataclass(frozen=True, slots=True)
class LinearSettings:
    """Parameters of stochastic gradient descent, named as scikit-learn's.

    Attributes
    ----------
    loss : {'log_loss', 'hinge', 'squared_hinge', 'modified_huber', 'perceptron', \
            'squared_error', 'huber', 'epsilon_insensitive', 'quantile', 'poisson', 'gamma', \
            'tweedie', 'logistic'}
    penalty : {'l2', 'l1', 'elasticnet', None}
    alpha : float in [0, 1e30]
        Strength of the penalty; with ``learning_rate='optimal'`` it sets the rate too.
    l1_ratio : float in [0, 1]
        Share of L1 in the elastic net.
    learning_rate : {'adagrad', 'ftrl', 'normalized', 'coin', 'constant', 'optimal', \
            'invscaling', 'pa1', 'pa2'}
        'adagrad' divides by the root of each weight's sum of squared gradients (Duchi, Hazan and
        Singer, JMLR 2011). 'ftrl' is FTRL-Proximal (McMahan et al., "Ad Click Prediction: a View
        from the Trenches", KDD 2013, algorithm 1), 'normalized' is scale-free (Ross, Mineiro and
        Langford, "Normalized Online Learning", UAI 2013), 'coin' bets and has no rate (Orabona and
        Pal, "Coin Betting and Parameter-Free Online Learning", NeurIPS 2016). The others are
        scikit-learn's.
    eta0 : float > 0
        Learning rate; with 'pa1' and 'pa2' the aggressiveness C, with 'ftrl' the paper's alpha,
        with 'coin' the wealth at first, on which little depends.
    power_t : float
        Exponent of 'invscaling'.
    average : bool, int or 'last-pass'
        Average the weights over all steps, from that step on, or over the steps of the last pass:
        from when `LinearModel.begin_average` is called.
    epsilon : float >= 0
        Threshold of 'huber' and 'epsilon_insensitive'.
    quantile : float in (0, 1)
        Quantile that 'quantile' predicts (Koenker and Bassett, Econometrica 1978).
    beta : float >= 0
        With 'ftrl' and 'normalized', added to roots of sums of squared gradients: the larger, the
        shorter are the first steps of a weight. With 'coin', what a slope counts as at least.
    multilabel : bool
        Whether rows have sets of labels, each of which has a column.
    power : float in [1, 2]
        Power of the mean that the variance of 'tweedie' is: 1 is 'poisson', 2 is 'gamma'.
    fit_intercept : bool
    multi_class : {'auto', 'ovr', 'softmax'}
        With more than two classes: 'auto' is softmax for log_loss, else one-vs-rest. With several
        labels a row it is always one-vs-rest.

    relative : bool
        In regression, whether ``eta0`` is for targets of spread 1: the first rows multiply it by
        the standard deviation of theirs, unless they go through a link, and the intercept begins at
        their mean. Then it is False.

    Raises
    ------
    ParameterError
        If a parameter is invalid; the message lists the valid values.
    """

    loss: str = "hinge"
    penalty: str | None = None
    alpha: float = 0.0
    l1_ratio: float = 0.15
    learning_rate: str = "adagrad"
    eta0: float = 0.5
    power_t: float = 0.5
    average: bool | int | str = False
    epsilon: float = 0.1
    fit_intercept: bool = True
    multi_class: str = "auto"
    quantile: float = 0.5
    power: float = 1.5
    beta: float = 1.0
    relative: bool = False
    multilabel: bool = False

    @classmethod
    def of(cls, parameters: Mapping[str, Any], eta0: float = 0.5) -> Self:
        """Return the settings among an estimator's parameters.

        With C the strength is that for one row, until the number of rows is known. Without a rate
        it is the optimizer's own or, if it has none, ``eta0``.

        Raises
        ------
        ParameterError
            If a parameter is invalid.
        """
        values = {each: parameters[each] for each in cls.__dataclass_fields__ if each in parameters}
        if parameters.get("C") is not None:
            values["alpha"] = alpha_of(parameters["C"])
        if values.get("eta0", eta0) is None:
            values["eta0"] = rate_of(values.get("learning_rate", "adagrad"), None, eta0)
        return cls(**values)

    def __post_init__(self) -> None:
        _check_choice("loss", self.loss, LOSSES)
        _check_choice("penalty", self.penalty, PENALTIES)
        _check_choice("learning_rate", self.learning_rate, LEARNING_RATES)
        _check_choice("multi_class", self.multi_class, MULTI_CLASS)
        _check_range("alpha", self.alpha, 0.0, LARGEST_ALPHA)
        _check_range("l1_ratio", self.l1_ratio, 0.0, 1.0)
        _check_range("eta0", self.eta0, 0.0, math.inf, open_below=True)
        _check_range("power_t", self.power_t, -math.inf, math.inf)
        _check_range("epsilon", self.epsilon, 0.0, math.inf)
        _check_range("power", self.power, 1.0, 2.0)
        _check_range("beta", self.beta, 0.0, math.inf)
        _check_share("quantile", self.quantile)
        if self.average != LAST_PASS:
            _check_range("average", self.average, 0, math.inf)
        self._check_pairs()

    def _check_pairs(self) -> None:
        if self.learning_rate == "optimal" and self.alpha == 0:
            raise ParameterError(
                "alpha=0 does not work with learning_rate='optimal', whose rate is "
                "1 / (alpha * t): give an alpha above 0 or another learning_rate."
            )
        passive_aggressive = self.learning_rate in ("pa1", "pa2")
        if passive_aggressive and self.loss not in PASSIVE_AGGRESSIVE_LOSSES:
            raise ParameterError(
                f"learning_rate={self.learning_rate!r} does not work with loss={self.loss!r}: "
                "it takes 'hinge', or 'epsilon_insensitive' in regression."
            )
        if self.link is LOG and self.optimizer.code not in (ADAGRAD, SGD):
            raise ParameterError(
                f"learning_rate={self.learning_rate!r} does not work with loss={self.loss!r}: give "
                "'adagrad' or another loss."
            )
        if self.penalised and self.penalty not in self.optimizer.penalties:
            raise ParameterError(
                f"penalty={self.penalty!r} does not work with learning_rate="
                f"{self.learning_rate!r}: give 'l2' or None, or 'ftrl', which makes sparse models."
            )
        if self.multilabel and (self.multi_class == "softmax" or self.is_regression):
            name = "loss" if self.is_regression else "multi_class"
            raise ParameterError(
                f"{name}={getattr(self, name)!r} does not work with several labels a row, each of "
                "which is learned against all others: give "
                + ("a loss of classes." if self.is_regression else "'ovr' or 'auto'.")
            )
        if self.multi_class == "softmax" and self.loss != "log_loss":
            raise ParameterError(
                f"multi_class='softmax' does not work with loss={self.loss!r}: it takes 'log_loss'."
            )

    @property
    def is_regression(self) -> bool:
        """Whether targets are real numbers."""
        return self.loss in REGRESSION_LOSSES

    @property
    def link(self) -> Link:
        """Link of scores and predictions, in regression."""
        return link_of(LOSSES[self.loss])

    @property
    def optimizer(self) -> Optimizer:
        """Optimizer of ``learning_rate``."""
        return LEARNING_RATES[self.learning_rate]

    @property
    def softmax(self) -> bool:
        """Whether the columns of more than two classes share one loss."""
        return self.loss == "log_loss" and self.multi_class != "ovr" and not self.multilabel

    @property
    def penalised(self) -> bool:
        """Whether there is any penalty."""
        return self.penalty is not None and self.alpha > 0

    @property
    def has_marks(self) -> bool:
        """Whether each row of weights has its own time up to which its penalty is applied."""
        return self.penalised and self.optimizer.keeps_marks

    @property
    def average_from(self) -> int:
        """The step from which on weights are averaged; 0 if they are not, or not yet."""
        return 0 if self.average == LAST_PASS else int(self.average)

    def plain(self) -> dict[str, Any]:
        """Return the parameters as JSON represents them, NumPy scalars as Python numbers."""
        values = asdict(self)
        for name in LATER:
            if values[name] == type(self).__dataclass_fields__[name].default:
                del values[name]
        return {k: v.item() if isinstance(v, np.generic) else v for k, v in values.items()}

    def rule(self) -> Rule:
        """Return the parameters as numbers, for the kernels."""
        l1_ratio = {"l2": 0.0, "l1": 1.0}.get(str(self.penalty), self.l1_ratio)
        strength = self.alpha if self.penalised else 0.0
        return Rule(
            loss=LOSSES[self.loss],
            softmax=self.softmax,
            epsilon=self._number,
            optimizer=self.optimizer.code,
            schedule=self.optimizer.schedules[self.learning_rate],
            eta0=float(self.eta0),
            power_t=float(self.power_t),
            beta=float(self.beta),
            first_rate_step=self._first_rate_step(),
            alpha=float(self.alpha),
            l2=float(strength * (1.0 - l1_ratio)),
            l1=float(strength * l1_ratio),
            fit_intercept=bool(self.fit_intercept),
            average_from=self.average_from,
        )

    @property
    def _number(self) -> float:
        """The one number that the loss takes."""
        own = {"quantile": self.quantile, "tweedie": self.power}
        return float(own.get(self.loss, self.epsilon))

    def _first_rate_step(self) -> float:
        """Return t0 of Bottou's rate 1 / (alpha * (t0 + t - 1)), as in scikit-learn.

        The first rate then moves a typical weight by what the steepest gradient asks for.
        """
        if self.learning_rate != "optimal":
            return 1.0
        typical = math.sqrt(1.0 / math.sqrt(self.alpha))
        steepest = slope(LOSSES[self.loss], -typical, 1.0, self._number)
        return max(1.0, steepest) / (typical * self.alpha)


def alpha_of(C: float, n_rows: int = 1) -> float:
    """Return the strength of the penalty in each step, from that for all rows."""
    return 1 / (float(C) * max(1, n_rows))


def rows_of(C: float, alpha: float) -> int:
    """Return the number of rows for which C has the strength alpha in each step."""
    return round(1 / (float(C) * alpha))


def _check_choice(name: str, value: object, allowed: Collection[Any]) -> None:
    if value not in allowed:
        choices = ", ".join(repr(choice) for choice in allowed)
        raise ParameterError(f"{name}={value!r} is not known: choose one of {choices}.")


def _check_range(
    name: str, value: Any, low: float, high: float, *, open_below: bool = False
) -> None:
    is_number = isinstance(value, Real) and not math.isnan(value)
    if not is_number or value > high or (value <= low if open_below else value < low):
        sign = ">" if open_below else ">="
        limits = f"{sign} {low:g}" + (f" and <= {high:g}" if high < math.inf else "")
        raise ParameterError(f"{name}={value!r} is invalid: it has to be a number {limits}.")


def _check_share(name: str, value: Any) -> None:
    if not (isinstance(value, Real) and 0.0 < float(value) < 1.0):
        raise ParameterError(
            f"{name}={value!r} is invalid: it has to be a number above 0 and below 1."
        )


__all__ = ["CLASSIFICATION_LOSSES", "REGRESSION_LOSSES", "LinearSettings"]
