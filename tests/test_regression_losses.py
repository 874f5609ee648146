"""Quantile, Poisson, gamma and Tweedie regression: optima of scikit-learn's, and safe steps."""

from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import (
    GammaRegressor,
    PoissonRegressor,
    QuantileRegressor,
    TweedieRegressor,
)
from sklearn.metrics import mean_pinball_loss, mean_tweedie_deviance, r2_score

import torrential as tor
from torrential.errors import DataError, ParameterError
from torrential.linear import LinearModel, LinearSettings
from torrential.types import Csr

pytestmark = pytest.mark.jit  # the kernel has tests of its own without it

LOG_LINKS = ("poisson", "gamma", "tweedie")
POWERS = {"poisson": 1.0, "gamma": 2.0, "tweedie": 1.5}


def problem(loss: str, n_rows: int = 400, mean: float = 3.0) -> tuple[Any, Any]:
    """Return rows of four features, and targets of the distribution that a loss is for."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n_rows, 4)).astype(np.float32)
    means = mean * np.exp(X @ [0.5, -0.3, 0.2, 0.0])
    if loss == "poisson":
        return X, rng.poisson(means).astype(float)
    if loss == "tweedie":
        counts = rng.poisson(0.7, n_rows)
        return X, np.array([rng.gamma(2, m / 2, n).sum() for m, n in zip(means, counts)])
    return X, rng.gamma(2, means / 2)


def close_to_optimum(loss: str, **parameters: Any) -> tor.SGDRegressor:
    """Return a regressor without a penalty that takes many short steps and averages the last."""
    eta0 = 0.5 if loss == "quantile" else 0.05
    how = {"alpha": 0, "eta0": eta0, "max_iter": 60, "tol": None, "average": "last-pass"}
    return tor.SGDRegressor(loss, random_state=0, **{**how, **parameters})


@pytest.mark.parametrize(
    ("loss", "theirs"),
    [
        ("poisson", PoissonRegressor(alpha=0, tol=1e-8)),
        ("gamma", GammaRegressor(alpha=0, tol=1e-8)),
        ("tweedie", TweedieRegressor(power=1.5, alpha=0, tol=1e-8)),
    ],
)
def test_the_optimum_is_that_of_scikit_learns_generalized_linear_models(
    loss: str, theirs: Any
) -> None:
    X, y = problem(loss)
    ours = close_to_optimum(loss).fit(X, y)
    theirs = clone(theirs).fit(X, y)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=0.01)
    np.testing.assert_allclose(ours.intercept_, theirs.intercept_, atol=0.01)
    np.testing.assert_allclose(ours.predict(X), theirs.predict(X), rtol=0.03)
    deviances = [
        mean_tweedie_deviance(y, np.asarray(p, float), power=POWERS[loss])
        for p in (ours.predict(X), theirs.predict(X))
    ]
    assert deviances[0] <= 1.0005 * deviances[1]
    assert ours.score(X, y) == pytest.approx(r2_score(y, ours.predict(X)))


@pytest.mark.parametrize("quantile", [0.2, 0.5, 0.9])
def test_the_quantile_is_that_of_scikit_learns_quantile_regressor(quantile: float) -> None:
    X, y = problem("quantile")
    ours = close_to_optimum("quantile", quantile=quantile).fit(X, y)
    theirs = QuantileRegressor(quantile=quantile, alpha=0).fit(X, y)
    losses = [mean_pinball_loss(y, each.predict(X), alpha=quantile) for each in (ours, theirs)]
    assert losses[0] <= 1.005 * losses[1]
    assert np.mean(y < ours.predict(X)) == pytest.approx(quantile, abs=0.03)


@pytest.mark.parametrize("loss", LOG_LINKS)
@pytest.mark.parametrize("learning_rate", ["adagrad", "constant", "invscaling"])
@pytest.mark.parametrize("eta0", [0.5, 10.0])
def test_no_rate_makes_the_exponential_overflow(loss: str, learning_rate: str, eta0: float) -> None:
    """Plain steps of these rates end in infinite weights, or in scores whose exp is infinite."""
    X, y = problem(loss, mean=500.0)
    X[::50] *= 20  # a few outliers
    model = tor.SGDRegressor(loss, learning_rate=learning_rate, eta0=eta0, random_state=0)
    model.set_params(max_iter=3, tol=None).fit(X, y)
    assert np.abs(model.coef_).max() < 30
    assert np.isfinite(model.predict(1000 * X)).all()
    assert (model.predict(X) > 0).all()


@pytest.mark.parametrize("loss", LOG_LINKS)
def test_a_row_of_huge_features_does_not_end_learning(loss: str) -> None:
    """Its mean is predicted e**15 times wrong: a squared slope that would freeze its weights."""
    X, y = problem(loss, 1000)
    huge = np.array([[-30.0 if loss == "gamma" else 30.0, 0.0, 0.0, 0.0]], np.float32)
    changed = X * np.array([-1.0, 1.0, 1.0, 1.0], np.float32)

    def learned(outlier: Any) -> float:
        model = tor.SGDRegressor(loss, alpha=0, eta0=0.2)
        model.partial_fit(X, y)
        model.partial_fit(outlier, [1.0])
        for _ in range(5):
            model.partial_fit(changed, y)
        predicted = model.predict(changed).astype(float)
        return float(mean_tweedie_deviance(y, predicted, power=POWERS[loss]))

    assert learned(huge) < 1.1 * learned(X[:1])


@pytest.mark.parametrize("loss", LOG_LINKS)
def test_one_step_never_passes_its_own_target(loss: str) -> None:
    rng = np.random.default_rng(0)
    for scale in (0.1, 1.0, 30.0):
        x, y = (scale * rng.normal(size=6)).astype(np.float32), rng.gamma(1.0, 50.0)
        row = Csr(x, np.arange(6, dtype=np.int32), np.array([0, 6]), 6)
        for begin in (-3.0, 9.0):
            model = LinearModel(LinearSettings(loss=loss, eta0=2.0), 6)
            model.set_weights(np.zeros((1, 6), np.float32), np.full(1, begin, np.float32))
            model.update(row, np.full(1, y, np.float32))
            end, best = float(model.decision(row)[0, 0]), np.log(y)
            assert min(begin, best) - 1e-4 <= end <= max(begin, best) + 1e-4
            assert abs(end - best) < abs(begin - best)


@pytest.mark.parametrize("loss", LOG_LINKS)
def test_targets_times_a_factor_move_the_intercept_alone(loss: str) -> None:
    X, y = problem(loss)
    small, large = (close_to_optimum(loss).fit(X, factor * y) for factor in (1.0, 100.0))
    np.testing.assert_allclose(large.coef_, small.coef_, atol=0.02)
    np.testing.assert_allclose(large.intercept_ - small.intercept_, np.log(100), atol=0.02)


def test_quantiles_of_targets_times_a_factor() -> None:
    """AdaGrad's steps do not know the targets' scale: with eta0 times the factor all is."""
    X, y = problem("quantile")
    small = close_to_optimum("quantile", quantile=0.7).fit(X, y)
    large = close_to_optimum("quantile", quantile=0.7, eta0=2.0).fit(X, 4 * y)
    np.testing.assert_allclose(large.predict(X), 4 * small.predict(X), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("loss", ["quantile", *LOG_LINKS])
def test_a_weight_of_two_is_the_row_twice(loss: str) -> None:
    X, y = problem(loss, 100)
    weight = np.arange(100) % 3 + 1.0
    how = {"alpha": 0, "shuffle": False, "max_iter": 3, "tol": None}
    weighted = tor.SGDRegressor(loss, **how).fit(X, y, sample_weight=weight)
    rows = np.repeat(np.arange(100), weight.astype(int))
    repeated = tor.SGDRegressor(loss, **how).fit(X[rows], y[rows])
    np.testing.assert_allclose(weighted.coef_, repeated.coef_, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(weighted.predict(X), repeated.predict(X), rtol=1e-4)


@pytest.mark.parametrize("loss", LOG_LINKS)
def test_the_intercept_begins_at_the_log_of_the_mean(loss: str) -> None:
    X, y = problem(loss, mean=1e6)
    how = {"eta0": 1e-6, "max_iter": 1, "tol": None, "shuffle": False}
    model = tor.SGDRegressor(loss, **how).fit(X, y)
    np.testing.assert_allclose(model.intercept_, np.log(y.mean()), rtol=1e-5)
    given = tor.SGDRegressor(loss, **how).fit(X, y, coef_init=np.full(4, 0.5))
    np.testing.assert_allclose(given.intercept_, 0.0, atol=1e-3)
    without = tor.SGDRegressor(loss, fit_intercept=False, **how).fit(X, y)
    assert without.intercept_ == 0.0
    zeros = tor.SGDRegressor("poisson", **how).fit(X, np.zeros(len(y)))
    assert np.isfinite(zeros.predict(X)).all()


@pytest.mark.parametrize("loss", ["quantile", *LOG_LINKS])
def test_a_file_has_the_loss_and_its_number(tmp_path: Any, loss: str) -> None:
    X, y = problem(loss)
    model = tor.SGDRegressor(loss, quantile=0.8, power=1.2, max_iter=2, tol=None, random_state=0)
    model.fit(X, y).save(tmp_path / "model")
    loaded = tor.load(tmp_path / "model")
    assert (loaded.loss, loaded.quantile, loaded.power) == (loss, 0.8, 1.2)
    np.testing.assert_array_equal(loaded.predict(X), model.predict(X))
    np.testing.assert_array_equal(
        loaded.partial_fit(X, y).predict(X), model.partial_fit(X, y).predict(X)
    )


def test_the_number_of_another_loss_changes_nothing() -> None:
    X, y = problem("poisson")
    how = {"max_iter": 2, "tol": None, "random_state": 0}
    for loss in ("squared_error", "poisson"):
        plain = tor.SGDRegressor(loss, **how).fit(X, y)
        other = tor.SGDRegressor(loss, quantile=0.9, power=1.1, **how).fit(X, y)
        np.testing.assert_array_equal(plain.coef_, other.coef_)


def test_parts_average_to_the_same_means() -> None:
    X, y = problem("poisson", 2000)
    average = tor.ParameterAveraging(close_to_optimum("poisson"), n_partitions=4, n_rounds=10)
    alone = close_to_optimum("poisson").fit(X, y)
    np.testing.assert_allclose(average.fit(X, y).predict(X), alone.predict(X), rtol=0.1)


@pytest.mark.parametrize("learn", ["fit", "partial_fit"])
@pytest.mark.parametrize(
    ("loss", "power", "least", "message"),
    [
        ("poisson", 1.5, -1.0, "loss='poisson' takes targets of 0 or more, but one is -1"),
        ("tweedie", 1.5, -0.5, "loss='tweedie' takes targets of 0 or more, but one is -0.5"),
        ("tweedie", 2.0, 0.0, "loss='tweedie' takes targets above 0, but one is 0"),
        ("gamma", 1.5, 0.0, "loss='gamma' takes targets above 0, but one is 0"),
    ],
)
def test_targets_outside_the_domain(
    loss: str, power: float, least: float, message: str, learn: str
) -> None:
    X, y = problem(loss)
    model = tor.SGDRegressor(loss, power=power).fit(X, np.maximum(y, 0.1))
    before = model.coef_.copy()
    y[7] = least
    with pytest.raises(DataError, match=message):
        getattr(model, learn)(X, y)
    np.testing.assert_array_equal(model.coef_, before)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"quantile": 0.0}, "quantile=0.0 is invalid"),
        ({"quantile": 1}, "quantile=1 is invalid"),
        ({"quantile": "half"}, "quantile='half' is invalid"),
        ({"quantile": float("nan")}, "quantile=nan is invalid"),
        ({"power": 0.5}, "power=0.5 is invalid"),
        ({"power": 3}, "power=3 is invalid"),
        ({"loss": "poisson", "learning_rate": "pa1"}, "does not work with loss='poisson'"),
    ],
)
def test_numbers_of_losses_that_are_invalid(parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        tor.SGDRegressor(**parameters).fit(*problem("poisson"))
