"""Regression of targets from 0 to 1: the optimum of a logistic regression with shares."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import r2_score

import torrential as tor
from torrential.errors import DataError, ParameterError

pytestmark = pytest.mark.jit  # the kernel has tests of its own without it

RATES = ("adagrad", "ftrl", "normalized", "coin", "constant", "invscaling")


def problem(n_rows: int = 600) -> tuple[Any, Any]:
    """Return rows of four features, and shares of 20 trials that they decide."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n_rows, 4)).astype(np.float32)
    means = 1 / (1 + np.exp(-(X @ [0.9, -0.6, 0.3, 0.0] - 1.0)))
    return X, rng.binomial(20, means) / 20


def optimum(X: Any, y: Any) -> LogisticRegression:
    """Return scikit-learn's optimum: each row as a positive and a negative one, by weight."""
    labels = np.repeat([1, 0], len(y))
    model = LogisticRegression(C=np.inf, tol=1e-8, max_iter=1000)
    return model.fit(np.vstack([X, X]), labels, sample_weight=np.concatenate([y, 1 - y]))


def test_the_optimum_is_that_of_a_logistic_regression_with_shares() -> None:
    X, y = problem()
    how = {"alpha": 0, "eta0": 0.05, "max_iter": 60, "tol": None, "average": "last-pass"}
    ours = tor.SGDRegressor("logistic", random_state=0, **how).fit(X, y)
    theirs = optimum(X, y)
    np.testing.assert_allclose(ours.coef_, theirs.coef_[0], atol=0.01)
    np.testing.assert_allclose(ours.intercept_, theirs.intercept_, atol=0.01)
    np.testing.assert_allclose(ours.predict(X), theirs.predict_proba(X)[:, 1], atol=0.005)
    assert ours.score(X, y) == pytest.approx(r2_score(y, ours.predict(X)))


@pytest.mark.parametrize("learning_rate", RATES)
def test_every_optimizer_learns_it(learning_rate: str) -> None:
    X, y = problem()
    eta0 = 0.02 if learning_rate == "constant" else None
    model = tor.SGDRegressor("logistic", learning_rate=learning_rate, eta0=eta0, random_state=0)
    model.set_params(alpha=0, max_iter=30, tol=None).fit(X, y)
    best = r2_score(y, optimum(X, y).predict_proba(X)[:, 1])
    assert model.score(X, y) > 0.97 * best


def test_targets_of_0_and_1_are_learned_as_classes() -> None:
    X, y = problem()
    y = np.round(y)
    how = {"alpha": 1e-3, "eta0": 0.5, "max_iter": 5, "tol": None, "shuffle": False}
    how["fit_intercept"] = False
    classifier = tor.SGDClassifier("log_loss", **how).fit(X, y)
    regressor = tor.SGDRegressor("logistic", **how).fit(X, y)
    np.testing.assert_allclose(regressor.coef_, classifier.coef_[0], rtol=1e-4, atol=1e-6)
    probabilities = classifier.predict_proba(X)[:, 1]
    np.testing.assert_allclose(regressor.predict(X), probabilities, rtol=1e-3)


def test_the_intercept_begins_at_the_log_odds_of_the_mean() -> None:
    X, y = problem()
    how = {"eta0": 1e-6, "max_iter": 1, "tol": None, "shuffle": False}
    model = tor.SGDRegressor("logistic", **how).fit(X, y)
    odds = np.log(y.mean() / (1 - y.mean()))
    np.testing.assert_allclose(model.intercept_, odds, rtol=1e-4)
    for extreme in (0.0, 1.0):
        model = tor.SGDRegressor("logistic", **how).fit(X, np.full(len(y), extreme))
        np.testing.assert_allclose(model.intercept_, 0.0, atol=1e-4)


def test_predictions_are_within_0_and_1() -> None:
    X, y = problem()
    model = tor.SGDRegressor("logistic", random_state=0).fit(X, y)
    predicted = model.predict(1000 * X)
    assert np.isfinite(predicted).all()
    assert (predicted >= 0).all()
    assert (predicted <= 1).all()


@pytest.mark.parametrize("wrong", [-0.1, 1.5, 5.0])
@pytest.mark.parametrize("learn", ["fit", "partial_fit"])
def test_targets_outside_of_0_and_1(wrong: float, learn: str) -> None:
    X, y = problem()
    y[7] = wrong
    message = f"loss='logistic' takes targets from 0 to 1, but one is {wrong:g}"
    with pytest.raises(DataError, match=message):
        getattr(tor.SGDRegressor("logistic"), learn)(X, y)


def test_it_does_not_go_with_passive_aggressive_steps() -> None:
    with pytest.raises(ParameterError, match="does not work with loss='logistic'"):
        tor.SGDRegressor("logistic", learning_rate="pa1").fit(*problem())


@pytest.fixture(scope="module")
def texts() -> tuple[list[str], Any]:
    rng = np.random.default_rng(0)
    words, value = [f"w{number}" for number in range(60)], rng.normal(size=60)
    places = rng.integers(0, 60, (2000, 12))
    y = 1 / (1 + np.exp(-4 * value[places].mean(axis=1)))
    return [" ".join(words[place] for place in row) for row in places], y


def model_of(**parameters: Any) -> tor.TextRegressor:
    how = {"preset": "fast", "max_iter": 5, "n_features": 2**12, "loss": "logistic"}
    return tor.TextRegressor(**{**how, **parameters})


def test_texts(texts: Any, tmp_path: Any) -> None:
    documents, y = texts
    model = model_of().fit(documents, y)
    assert model.score(documents, y) > 0.95
    assert model.model_.linear.settings.eta0 == 0.2  # the preset's, not times the spread
    model.save(tmp_path / "model")
    loaded = tor.load(tmp_path / "model")
    np.testing.assert_array_equal(loaded.predict(documents), model.predict(documents))
    parts = tor.ParameterAveraging(model_of(), n_partitions=3, n_rounds=3).fit(documents, y)
    assert parts.score(documents, y) > 0.9
    with pytest.raises(tor.DataError, match=r"targets from 0 to 1, but one is 2"):
        model_of().fit(documents, 2 * np.ceil(y))


@pytest.mark.parametrize("loss", ["logistic", "gamma"])
def test_rows_without_a_target_are_in_no_domain(texts: Any, loss: str) -> None:
    documents, y = texts
    given = pa.array([*y.tolist(), None])
    model = model_of(loss=loss).fit([*documents, "w1"], given)
    np.testing.assert_array_equal(model.coef_, model_of(loss=loss).fit(documents, y).coef_)
