"""Models side by side: each has the bits of one that learns alone."""

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

from torrential.kernels.linear import vectors, vectors_plain
from torrential.linear.lanes import ModelsSideBySide, can_be_side_by_side
from torrential.linear.model import LinearModel
from torrential.linear.settings import LinearSettings
from torrential.types import Csr

N_FEATURES = 50
LOSSES = ["hinge", "squared_hinge", "log_loss", "modified_huber", "perceptron"]


def make_rows(seed, n_rows=80):
    random = np.random.default_rng(seed)
    X = sp.random(n_rows, N_FEATURES, 0.2, "csr", np.float32, rng=random)
    codes = random.integers(0, 2, n_rows).astype(np.int32)
    rows = Csr(X.data, X.indices.astype(np.int32), X.indptr.astype(np.int64), N_FEATURES)
    return rows, codes, random


def new_model(**parameters):
    model = LinearModel(LinearSettings(**parameters), N_FEATURES)
    if not model.settings.is_regression:
        model.add_classes(2)
    return model


def random_parameters(random, n):
    return [
        {
            "loss": random.choice(LOSSES),
            "eta0": float(random.choice([0.01, 0.2, 1.0])),
            "penalty": random.choice(["l2", "l1", "elasticnet"]),
            "alpha": float(random.choice([0.0, 1e-4, 1e-2])),
            "fit_intercept": bool(random.integers(2)),
        }
        for _ in range(n)
    ]


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10**6), st.integers(1, 35), st.booleans(), st.booleans())
def test_each_has_the_bits_of_one_alone(seed, n_models, has_weight, cut):
    rows, codes, random = make_rows(seed)
    weight = (
        random.choice([0.0, 0.5, 2.0, 99.0, 3e3], len(codes)).astype(np.float32)
        if has_weight
        else None
    )
    parameters = random_parameters(random, n_models)
    alone = [new_model(**each) for each in parameters]
    together = ModelsSideBySide([new_model(**each) for each in parameters])
    order = random.permutation(len(codes))
    for part in np.array_split(order, 3) if cut else [order]:
        scores = together.update(rows, codes, weight, part)
        for number, model in enumerate(alone):
            expected = model.update(rows, codes, weight, part)
            np.testing.assert_array_equal(scores[:, number], expected[:, 0])
    given_back = [new_model(**each) for each in parameters]
    for number, model in enumerate(given_back):
        together.give_back(number, model)
    together.settle()
    decided = together.decision(rows)
    for number, (model, other) in enumerate(zip(alone, given_back)):
        np.testing.assert_array_equal(other.coef(), model.coef())
        np.testing.assert_array_equal(other.intercept(), model.intercept())
        np.testing.assert_array_equal(decided[:, number], model.decision(rows)[:, 0])
        again, expected = (each.update(rows, codes, weight, order) for each in (other, model))
        np.testing.assert_array_equal(again, expected)


@pytest.mark.parametrize("heavy", [1.0, 300.0])
def test_regression(heavy):
    rows, _, random = make_rows(0)
    weight = random.choice([1.0, heavy], rows.n_rows).astype(np.float32)
    values = random.normal(size=rows.n_rows).astype(np.float32)
    order = np.arange(rows.n_rows)
    parameters = [{"loss": loss} for loss in ("squared_error", "huber", "epsilon_insensitive")]
    together = ModelsSideBySide([new_model(**each) for each in parameters])
    scores = together.update(rows, values, weight, order)
    for number, each in enumerate(parameters):
        expected = new_model(**each).update(rows, values, weight, order)
        np.testing.assert_array_equal(scores[:, number], expected[:, 0])


def test_a_model_that_stops_leaves_the_others_alone():
    rows, codes, _ = make_rows(0)
    order = np.arange(rows.n_rows)
    first = [new_model(eta0=0.1), new_model(eta0=0.2)]
    together = ModelsSideBySide(first)
    together.update(rows, codes, None, order)
    together.stop(0)
    scores = together.update(rows, codes, None, order)
    alone = new_model(eta0=0.2)
    alone.update(rows, codes, None, order)
    np.testing.assert_array_equal(scores[:, 1], alone.update(rows, codes, None, order)[:, 0])


def test_which_can_be():
    assert can_be_side_by_side(LinearSettings())
    assert not can_be_side_by_side(LinearSettings(average=True))
    assert not can_be_side_by_side(LinearSettings(learning_rate="constant"))


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10**6), st.sampled_from([8, 16]), st.integers(0, 19))
def test_kernels_are_their_plain_twins(seed, lanes, n):
    random = np.random.default_rng(seed)
    rows = np.abs(random.normal(size=2 * lanes * 9)).astype(np.float32)
    data = random.normal(size=n).astype(np.float32)
    places = random.integers(0, 9, n).astype(np.int32)
    out, expected = np.zeros((2, lanes), np.float32)
    for kernels, result in ((vectors, out), (vectors_plain, expected)):
        _dot(kernels, data, places, rows, result, lanes)
    np.testing.assert_array_equal(out, expected)
    slopes, rates = random.normal(size=(2, lanes)).astype(np.float32)
    ours, plain = rows.copy(), rows.copy()
    _step(vectors, data, places, ours, slopes, rates, lanes)
    _step(vectors_plain, data, places, plain, slopes, rates, lanes)
    np.testing.assert_allclose(ours, plain, rtol=1e-6)


def _dot(kernels, data, places, rows, out, lanes):
    stride = 2 * lanes
    if kernels is vectors_plain:
        kernels.dot_by_lane(data, places, len(data), rows, 0, stride, out, 0, lanes)
    elif lanes == 8:
        _dot_8(data, places, len(data), rows, stride, out)
    else:
        _dot_16(data, places, len(data), rows, stride, out)


def _step(kernels, data, places, rows, slopes, rates, lanes):
    stride, tiny = 2 * lanes, np.float32(1e-6)
    if kernels is vectors_plain:
        kernels.add_adagrad_steps_by_lane(
            data, places, len(data), rows, 0, stride, slopes, rates, 0, tiny, lanes
        )
    elif lanes == 8:
        _step_8(data, places, len(data), rows, stride, slopes, rates, tiny)
    else:
        _step_16(data, places, len(data), rows, stride, slopes, rates, tiny)


@njit
def _dot_8(data, places, n, rows, stride, out):
    vectors.dot_by_lane(data, places, n, rows, 0, stride, out, 0, 8)


@njit
def _dot_16(data, places, n, rows, stride, out):
    vectors.dot_by_lane(data, places, n, rows, 0, stride, out, 0, 16)


@njit
def _step_8(data, places, n, rows, stride, slopes, rates, tiny):
    vectors.add_adagrad_steps_by_lane(data, places, n, rows, 0, stride, slopes, rates, 0, tiny, 8)


@njit
def _step_16(data, places, n, rows, stride, slopes, rates, tiny):
    vectors.add_adagrad_steps_by_lane(data, places, n, rows, 0, stride, slopes, rates, 0, tiny, 16)
