"""Checks of what a linear model is given, and of what becomes of it."""

import numpy as np

from torrential.errors import DataError, ParameterError
from torrential.kernels.linear.losses import power_of
from torrential.linear.links import IDENTITY, LOGIT
from torrential.linear.settings import LinearSettings
from torrential.types import Csr, Float32, Int32

LARGEST_SCORE = 1e10
"""Largest score over the largest target: no converging rate comes near. Slopes end at 1e12."""


def check_rows(csr: Csr, n_features: int) -> None:
    """Raise an error if rows have another number of features than the model."""
    if csr.n_features != n_features:
        raise DataError(
            f"The rows have {csr.n_features} features, but the model has {n_features}: "
            "use the settings of the features that it was trained with."
        )


def check_targets(targets: Int32 | Float32, settings: LinearSettings) -> None:
    """Raise an error if a class code is negative, or a target is outside the loss's domain."""
    if not settings.is_regression and targets.min(initial=0) < 0:
        raise DataError("Class codes have to be 0 or more: leave out rows without a label.")
    if settings.link is IDENTITY:
        return
    rule, domain = settings.rule(), "of 0 or more"
    wrong = targets[targets < 0]
    if settings.link is LOGIT:
        wrong, domain = targets[(targets < 0) | (targets > 1)], "from 0 to 1"
    elif power_of(rule.loss, rule.epsilon) == 2.0:
        wrong, domain = targets[targets <= 0], "above 0"
    if len(wrong) > 0:
        worst = float(wrong.min() if wrong.min() <= 0 else wrong.max())
        raise DataError(
            f"loss={settings.loss!r} takes targets {domain}, but one is {worst:g}: correct "
            "or leave out such rows, or choose another loss."
        )


def check_scores(
    scores: Float32, targets: Int32 | Float32, settings: LinearSettings, n_rows: int
) -> None:
    """Raise an error if scores are huge, infinite or NaN: then the weights are, too."""
    largest = float(np.abs(targets).max(initial=1)) if settings.is_regression else 1.0
    limit = LARGEST_SCORE * largest
    lowest, highest = float(scores.min(initial=0)), float(scores.max(initial=0))
    if highest < limit and -lowest < limit:  # false for NaN
        return
    remedy = f"lower eta0 (now {settings.eta0:g})"
    if settings.learning_rate == "optimal":
        remedy = (
            "learning_rate='optimal' has the rate 1 / (alpha * t) without eta0, so give a larger "
            f"alpha (now {settings.alpha:g}) or a smaller C, another learning_rate"
        )
    raise ParameterError(
        f"The weights grew without limit within {n_rows} rows: {remedy}, or scale the features to "
        "a norm near 1."
    )
