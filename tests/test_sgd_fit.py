"""Fits of the estimators over matrices: where they begin, when they end, and what they refuse."""

import os
import signal
from threading import Timer
from typing import Any

import numpy as np
import pytest
from sklearn import linear_model
from sklearn.datasets import make_classification, make_regression

from torrential.errors import DataError, ParameterError, TorrentialError
from torrential.estimators.linear import Perceptron, SGDClassifier, SGDRegressor

pytestmark = pytest.mark.jit

ESTIMATORS = [SGDClassifier(), SGDRegressor(), Perceptron()]


def problem(n_classes: int = 2, n_samples: int = 200) -> tuple[Any, Any]:
    return make_classification(n_samples, 20, n_informative=10, n_classes=n_classes, random_state=0)


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda each: type(each).__name__)
def test_parameters_of_scikit_learn_are_there(estimator: Any) -> None:
    theirs = getattr(linear_model, type(estimator).__name__)()
    assert theirs.get_params().keys() - estimator.get_params().keys() == set()


# Early stopping


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda each: type(each).__name__)
@pytest.mark.parametrize("n_iter_no_change", [2, 6])
def test_early_stopping(estimator: Any, n_iter_no_change: int) -> None:
    X, y = problem()
    how = {"early_stopping": True, "validation_fraction": 0.2, "random_state": 0}
    how |= {"n_iter_no_change": n_iter_no_change, "tol": 10.0}
    model = type(estimator)(**how).fit(X, y)
    assert model.n_iter_ == n_iter_no_change + 1  # no score is ever so much better than the first
    assert model.t_ == 160 * model.n_iter_ + 1  # the rest is not learned
    again = type(estimator)(**how).fit(X, y)
    np.testing.assert_array_equal(model.coef_, again.coef_)


def test_held_out_rows_are_of_each_class_alike() -> None:
    X = np.eye(40)[np.repeat([0, 1], 20)]
    y = np.repeat(["a", "b"], 20)
    how = {"early_stopping": True, "validation_fraction": 0.25, "max_iter": 1, "tol": None}
    model = SGDClassifier(**how, learning_rate="constant", eta0=1e-3, alpha=0).fit(X, y)
    assert model.coef_[0, 0] == pytest.approx(-15e-3)  # hinge: one step for each row learned
    assert model.coef_[0, 1] == pytest.approx(15e-3)


@pytest.mark.parametrize(
    "parameters",
    [
        {"validation_fraction": 0.0},
        {"validation_fraction": 1.0},
        {"validation_fraction": "some"},
        {"early_stopping": "yes"},
        {"verbose": -1},
        {"shuffle": 1.5},
        {"loss": ["hinge"]},
        {"random_state": "x"},
        {"average": 1.5},
        {"fit_intercept": None},
        {"class_weight": 3},
        {"class_weight": {0: "heavy"}},
        {"n_jobs": 1.5},
        {"tol": "small"},
        {"max_iter": True},
    ],
    ids=str,
)
def test_parameters_of_a_wrong_type(parameters: dict[str, Any]) -> None:
    X, y = problem()
    with pytest.raises(ParameterError, match=next(iter(parameters))):
        SGDClassifier(**parameters).fit(X, y)


def test_too_few_rows_to_hold_out() -> None:
    with pytest.raises(ParameterError, match=r"validation_fraction=0\.1 does not fit"):
        SGDClassifier(early_stopping=True).fit([[0.0], [1.0], [2.0]], [0, 1, 2])


# Weights to begin with


@pytest.mark.parametrize("labels", [["a", "b"], ["b", "a"]])
@pytest.mark.parametrize("n_classes", [2, 4])
def test_weights_to_begin_with(labels: list[str], n_classes: int) -> None:
    X, y = problem(n_classes)
    y = np.array([*labels, "c", "d"])[y]
    how = {"learning_rate": "constant", "eta0": 1e-3, "max_iter": 1, "tol": None, "shuffle": False}
    first = SGDClassifier(**how).fit(X, y)
    second = SGDClassifier(**how).fit(X, y, first.coef_, first.intercept_)
    warm = SGDClassifier(**how, warm_start=True).fit(X, y).fit(X, y)
    np.testing.assert_allclose(second.coef_, warm.coef_, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(second.intercept_, warm.intercept_, rtol=1e-5, atol=1e-7)


def test_weights_to_begin_with_agree_with_scikit_learn() -> None:
    X, y = problem(3)
    how = {"learning_rate": "constant", "eta0": 1e-3, "max_iter": 1, "tol": None, "shuffle": False}
    how |= {"alpha": 1e-3}
    begin = {"coef_init": np.linspace(-1, 1, 60).reshape(3, 20), "intercept_init": [0.1, 0.2, 0.3]}
    ours = SGDClassifier(**how).fit(X, y, **begin)
    theirs = linear_model.SGDClassifier(**how).fit(X, y, **begin)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=1e-3, atol=1e-4)


def test_weights_of_a_regression_to_begin_with() -> None:
    X, y = make_regression(50, 5, random_state=0)
    how = {"learning_rate": "constant", "eta0": 1e-9, "max_iter": 1, "tol": None}
    model = SGDRegressor(**how).fit(X, y, coef_init=np.arange(5), intercept_init=7)
    np.testing.assert_allclose(model.coef_, np.arange(5), atol=1e-4)
    assert model.intercept_ == pytest.approx(7)


@pytest.mark.parametrize(
    ("begin", "message"),
    [
        ({"coef_init": np.zeros(3)}, "coef_init has shape"),
        ({"intercept_init": [1, 2]}, "intercept_init has shape"),
        ({"coef_init": ["a"] * 20}, "coef_init has values that are not numbers"),
    ],
)
def test_weights_that_cannot_be(begin: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        SGDClassifier().fit(*problem(), **begin)


# Progress


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda each: type(each).__name__)
def test_verbose_shows_each_pass(estimator: Any, capsys: pytest.CaptureFixture[str]) -> None:
    X, y = problem()
    how = {"max_iter": 3, "tol": None, "random_state": 0}
    quiet = type(estimator)(**how).fit(X, y)
    assert capsys.readouterr().err == ""
    loud = type(estimator)(**how, verbose=1).fit(X, y)
    lines = capsys.readouterr().err.splitlines()
    assert [line for line in lines if line.startswith("pass")] == ["pass 1", "pass 2", "pass 3"]
    assert len(lines) == 9  # each with a header and its loss
    np.testing.assert_array_equal(quiet.coef_, loud.coef_)


# Input


@pytest.mark.parametrize(
    ("X", "y"),
    [
        ([[0.0], [1.0]], [0, 1, 1]),
        ([0.0, 1.0], [0, 1]),
        ([[0.0], [np.nan]], [0, 1]),
        ([["a"], ["b"]], [0, 1]),
        ([[0.0], [1.0]], [0, np.nan]),
        ([[0.0], [1.0]], [0.5, 1.5]),
        ([[0.0], [1.0]], [["a", "b"], ["c", "d"]]),
        ([[0.0], [1.0]], None),
        (np.zeros((0, 2)), []),
    ],
)
def test_input_that_cannot_be(X: Any, y: Any) -> None:
    with pytest.raises(TorrentialError):
        SGDClassifier().fit(X, y)


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")
@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda each: type(each).__name__)
def test_ctrl_c_keeps_what_was_learned(estimator: Any) -> None:
    X, y = problem()
    type(estimator)(max_iter=1, tol=None).fit(X, y)  # so that kernels are compiled
    model = type(estimator)(max_iter=10_000_000, tol=None)
    Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, y)
    assert model.interrupted_
    assert 0 < model.n_iter_ < 10_000_000
    assert np.isfinite(model.predict(X)).all()
    assert model.coef_.any()
    assert not model.set_params(max_iter=1).fit(X, y).interrupted_
