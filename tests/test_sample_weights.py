"""Weights of rows in estimators: of texts and matrices, of classes, with C, at every rate."""

from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn import linear_model

import torrential as tor
from torrential.kernels.linear.losses import CLASSIFICATION_LOSSES
from torrential.types import Csr
from weighted_rows import make_rows, make_targets

pytestmark = pytest.mark.jit  # the kernels have tests of their own without it


def matrix_of(rows: Csr) -> sp.csr_matrix:
    parts = rows.data.astype(float), rows.indices, rows.indptr
    return sp.csr_matrix(parts, (rows.n_rows, rows.n_features))


MARGINS = ["hinge", "squared_hinge", "modified_huber", "perceptron", "log_loss"]
RATES = [(loss, rate) for loss in MARGINS for rate in ("constant", "invscaling", "optimal")]


@pytest.mark.parametrize(("loss", "learning_rate"), [*RATES, ("hinge", "pa1"), ("hinge", "pa2")])
def test_weights_at_other_rates_are_those_of_scikit_learn(loss: str, learning_rate: str) -> None:
    """They multiply the gradient, and the steps of pa1 and pa2."""
    rows, y = make_rows(7, 200, 2)
    X = matrix_of(rows)
    weight = np.random.default_rng(7).choice([0.0, 0.5, 1.0, 3.0, 50.0], 200)
    common = {"alpha": 0.1, "eta0": 0.01, "learning_rate": learning_rate, "penalty": None}
    common |= {"shuffle": False, "max_iter": 2, "tol": None, "loss": loss}
    ours = tor.SGDClassifier(**common).fit(X, y, sample_weight=weight)
    theirs = linear_model.SGDClassifier(**common).fit(X.toarray(), y, sample_weight=weight)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=2e-3, atol=2e-4)
    unweighted = linear_model.SGDClassifier(**common).fit(X.toarray(), y)
    assert not np.allclose(ours.coef_, unweighted.coef_, rtol=0.1, atol=1e-2)


@pytest.mark.parametrize("learning_rate", ["constant", "invscaling"])
@pytest.mark.parametrize("loss", ["squared_error", "huber", "epsilon_insensitive"])
def test_weights_of_a_regression_are_those_of_scikit_learn(loss: str, learning_rate: str) -> None:
    rows, codes = make_rows(8, 200, 2)
    y = make_targets(loss, codes, 8).astype(float)
    X = matrix_of(rows)
    weight = np.random.default_rng(8).choice([0.0, 0.5, 1.0, 3.0, 20.0], 200)
    common = {"alpha": 0.0, "eta0": 0.01, "learning_rate": learning_rate, "loss": loss}
    common |= {"shuffle": False, "max_iter": 2, "tol": None}
    ours = tor.SGDRegressor(**common).fit(X, y, sample_weight=weight)
    theirs = linear_model.SGDRegressor(**common).fit(X.toarray(), y, sample_weight=weight)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=2e-3, atol=2e-4)


WORDS = np.random.default_rng(9).zipf(1.5, (60, 12)) % 40
KINDS = [np.arange(60) % n for n in (2, 3)]
TIMES = np.random.default_rng(10).choice([1, 2, 9, 40], 60)


def texts_of(labels: Any) -> list[str]:
    return [
        " ".join(f"w{(word + 5 * label) % 40}" for word in row)
        for row, label in zip(WORDS, labels, strict=True)
    ]


@pytest.mark.parametrize("labels", KINDS, ids=["two", "three"])
@pytest.mark.parametrize("loss", sorted(CLASSIFICATION_LOSSES))
@pytest.mark.parametrize("views", [None, ["word:1-2", "char_wb:2-4:weight=0.5"]], ids=str)
def test_texts(views: Any, loss: str, labels: Any) -> None:
    texts = texts_of(labels)
    model = {"preset": "fast", "n_features": 2**12, "views": views, "loss": loss, "shuffle": False}
    again = np.repeat(np.arange(60), TIMES)
    expected = tor.TextClassifier(**model).fit([texts[row] for row in again], labels[again])
    columns = {"text": texts, "label": labels, "times": TIMES}
    dataset = tor.read(columns, text="text", target="label", weight="times")
    for found in (
        tor.TextClassifier(**model).fit(texts, labels, sample_weight=TIMES),
        tor.TextClassifier(**model).partial_fit(texts, labels, sample_weight=TIMES),
        tor.TextClassifier(**model).fit(dataset),
    ):
        np.testing.assert_array_equal(found.coef_, expected.coef_)
        np.testing.assert_array_equal(found.intercept_, expected.intercept_)


def test_weights_of_classes_are_weights_of_their_rows() -> None:
    labels = KINDS[1]
    texts, weights = texts_of(labels), {0: 30, 1: 1, 2: 4}
    again = np.repeat(np.arange(60), [weights[label] for label in labels])
    model = {"preset": "fast", "n_features": 2**12, "shuffle": False}
    expected = tor.TextClassifier(**model).fit([texts[row] for row in again], labels[again])
    found = tor.TextClassifier(class_weight=weights, **model).fit(texts, labels)
    np.testing.assert_array_equal(found.coef_, expected.coef_)


@pytest.mark.parametrize("kind", [tor.SGDClassifier, tor.SGDRegressor])
def test_matrices(kind: Any) -> None:
    rows, y = make_rows(11, 60, 2)
    X = matrix_of(rows)
    again = np.repeat(np.arange(60), TIMES)
    how = {"alpha": 0.0, "shuffle": False, "max_iter": 1, "tol": None}
    expected = kind(**how).fit(X[again], y[again])
    for found in (
        kind(**how).fit(X, y, sample_weight=TIMES),
        kind(**how).partial_fit(X, y, sample_weight=TIMES),
    ):
        np.testing.assert_array_equal(found.coef_, expected.coef_)


@pytest.mark.parametrize("kind", [tor.SGDClassifier, tor.SGDRegressor])
@pytest.mark.parametrize("is_equal", [True, False])
def test_C_is_for_rows_of_any_weight_as_for_as_many_equal_rows(kind: Any, is_equal: bool) -> None:
    """The penalty of all rows is 1 / C either way; alpha given by hand is that of one row."""
    rows, y = make_rows(12, 400, 2)
    X = matrix_of(rows)
    times = np.full(400, 9) if is_equal else np.random.default_rng(12).choice(TIMES, 400)
    again = np.repeat(np.arange(400), times)
    how = {"shuffle": False, "max_iter": 5, "tol": None, "eta0": 0.1}

    def difference(**strength: float) -> float:
        once = kind(**how, **strength).fit(X, y, sample_weight=times)
        turns = kind(**how, **strength).fit(X[again], y[again])
        return float(np.linalg.norm(once.coef_ - turns.coef_) / np.linalg.norm(turns.coef_))

    assert difference(C=1) < 0.02
    assert difference(alpha=1 / 400) > 0.15
