"""Losses: every one that exists is checked against central differences of itself."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn._loss import HalfBinomialLoss
from sklearn.linear_model import _sgd_fast
from sklearn.metrics import mean_pinball_loss, mean_tweedie_deviance

from torrential.kernels.evaluation.row_losses import row_losses
from torrential.kernels.linear.losses import (
    CLASSIFICATION_LOSSES,
    LOSSES,
    loss,
    slope,
    softmax,
)

EPSILON, STEP = 0.3, 1e-5
NUMBERS = {"tweedie": 1.3}
LOG_LINKS = ("poisson", "gamma", "tweedie")
score = st.floats(-8, 8)


def number_of(name: str) -> float:
    """Return the number that the loss takes."""
    return NUMBERS.get(name, EPSILON)


def is_smooth_near(name: str, p: float, y: float) -> bool:
    """Whether no kink of the loss is within a step of p."""
    kinks = {
        "hinge": [y],
        "perceptron": [0.0],
        "epsilon_insensitive": [y - EPSILON, y + EPSILON],
        "quantile": [y],
    }
    return all(abs(p - kink) > 10 * STEP for kink in kinks.get(name, []))


@pytest.mark.parametrize("name", LOSSES)
@settings(deadline=None)
@given(p=score, y=score)
def test_slope_is_the_central_difference(name: str, p: float, y: float) -> None:
    if name in CLASSIFICATION_LOSSES:
        y = 1.0 if y > 0 else -1.0
    if name in LOG_LINKS:
        y = max(0.01, y) if name == "gamma" else max(0.0, y)
    y = abs(y) / 8 if name == "logistic" else y
    if not is_smooth_near(name, p, y):
        return
    kind, number = LOSSES[name], number_of(name)
    difference = loss(kind, p + STEP, y, number) - loss(kind, p - STEP, y, number)
    assert slope(kind, p, y, number) == pytest.approx(difference / (2 * STEP), abs=1e-4, rel=1e-6)


@pytest.mark.parametrize("name", LOSSES)
@settings(deadline=None)
@given(p=score)
def test_losses_are_never_negative_and_zero_when_right(name: str, p: float) -> None:
    kind, number = LOSSES[name], number_of(name)
    assert loss(kind, p, 1.0, number) >= -1e-12
    has_odds = name in CLASSIFICATION_LOSSES or name == "logistic"
    right = 40.0 if has_odds else 0.0 if name in LOG_LINKS else 1.0
    assert loss(kind, right, 1.0, number) == pytest.approx(0.0, abs=1e-12)
    assert slope(kind, right, 1.0, number) == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("p", [-1e4, 1e4])
def test_log_loss_does_not_overflow(p: float) -> None:
    kind = LOSSES["log_loss"]
    with np.errstate(over="ignore"):  # only plain NumPy says it; the result is right
        assert loss(kind, p, 1.0, 0.0) == pytest.approx(max(0.0, -p))
        assert slope(kind, p, 1.0, 0.0) == pytest.approx(-1.0 if p < 0 else 0.0)


@settings(deadline=None)
@given(p=st.floats(-30, 30), y=st.floats(0, 1))
def test_logistic_is_scikit_learns_binomial_loss(p: float, y: float) -> None:
    kind, theirs = LOSSES["logistic"], HalfBinomialLoss()
    given = {"y_true": np.array([y]), "raw_prediction": np.array([p])}
    assert loss(kind, p, y, 0.0) == pytest.approx(theirs.loss(**given)[0], rel=1e-9, abs=1e-12)
    assert slope(kind, p, y, 0.0) == pytest.approx(theirs.gradient(**given)[0], abs=1e-12)
    for label in (0.0, 1.0):
        log_loss = loss(LOSSES["log_loss"], p, 2 * label - 1, 0.0)
        assert loss(kind, p, label, 0.0) == pytest.approx(log_loss, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("p", [-1e4, 1e4])
def test_logistic_does_not_overflow(p: float) -> None:
    with np.errstate(over="ignore"):
        for y in (0.0, 0.25, 1.0):
            expected = 1e4 * (y if p < 0 else 1 - y)
            assert loss(LOSSES["logistic"], p, y, 0.0) == pytest.approx(expected)
            assert slope(LOSSES["logistic"], p, y, 0.0) == pytest.approx((p > 0) - y)


@pytest.mark.parametrize("name", LOG_LINKS)
@pytest.mark.parametrize("p", [-1e4, 1e4])
@pytest.mark.parametrize("y", [0.0, 3.0])
def test_losses_of_logs_are_numbers_everywhere(name: str, p: float, y: float) -> None:
    kind, number = LOSSES[name], number_of(name)
    y = max(y, 1e-30) if name == "gamma" else y
    assert loss(kind, p, y, number) >= 0.0  # false for NaN
    assert slope(kind, p, y, number) * (p if y > 0.0 else 1.0) >= 0.0


@settings(deadline=None)
@given(p=st.floats(-5, 5), y=st.floats(0.01, 50), power=st.floats(1.01, 1.99))
def test_losses_of_logs_are_half_of_scikit_learns_deviances(
    p: float, y: float, power: float
) -> None:
    for name, theirs in {"poisson": 1.0, "gamma": 2.0, "tweedie": power}.items():
        expected = 0.5 * mean_tweedie_deviance([y], [np.exp(p)], power=theirs)
        assert loss(LOSSES[name], p, y, power) == pytest.approx(expected, rel=1e-6, abs=1e-8)
    pinball = mean_pinball_loss([y], [p], alpha=power - 1.0)
    assert loss(LOSSES["quantile"], p, y, power - 1.0) == pytest.approx(pinball)


@settings(deadline=None)
@given(p=score, y=st.floats(0.01, 50))
def test_tweedie_ends_at_poisson_and_gamma(p: float, y: float) -> None:
    for power, name in ((1.0, "poisson"), (2.0, "gamma")):
        for function in (loss, slope):
            expected = function(LOSSES[name], p, y, 0.0)
            assert function(LOSSES["tweedie"], p, y, power) == expected
            near = function(LOSSES["tweedie"], p, y, power + (1e-7 if power == 1.0 else -1e-7))
            assert near == pytest.approx(expected, rel=1e-4, abs=1e-4)


@pytest.mark.parametrize("p", np.linspace(-3, 3, 13))
def test_agrees_with_scikit_learn(p: float) -> None:
    for name, theirs in {
        "hinge": _sgd_fast.Hinge(1.0),
        "perceptron": _sgd_fast.Hinge(0.0),
        "squared_hinge": _sgd_fast.SquaredHinge(1.0),
        "modified_huber": _sgd_fast.ModifiedHuber(),
        "epsilon_insensitive": _sgd_fast.EpsilonInsensitive(EPSILON),
    }.items():
        assert slope(LOSSES[name], p, 1.0, EPSILON) == pytest.approx(theirs.py_dloss(p, 1.0))
        assert loss(LOSSES[name], p, 1.0, EPSILON) == pytest.approx(theirs.py_loss(p, 1.0))


def test_softmax_and_cross_entropy() -> None:
    scores = np.array([[1.0, 2.0, -1.0], [100.0, 0.0, 0.0]], np.float32)
    probabilities = np.exp(scores[0]) / np.exp(scores[0]).sum()
    out = np.zeros(3, np.float32)
    softmax(scores[0], out)
    np.testing.assert_allclose(out, probabilities, rtol=1e-6)
    losses = row_losses(scores, np.array([1, 0], np.float32), LOSSES["log_loss"], True, 0.0)
    np.testing.assert_allclose(losses, [-np.log(probabilities[1]), 0.0], atol=1e-6)


def test_one_vs_rest_loss_is_the_sum_over_columns() -> None:
    scores = np.array([[0.5, -2.0, 0.0]], np.float32)
    losses = row_losses(scores, np.zeros(1, np.float32), LOSSES["hinge"], False, 0.0)
    assert losses[0] == pytest.approx(0.5 + 0.0 + 1.0)
