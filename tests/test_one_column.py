"""The kernels of one column against those of any number, to the bit, and what they are given."""

import logging

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from torrential import SGDClassifier, SGDRegressor
from torrential.adapters.sparse import csr_without_repeats
from torrential.engine.training.matrix import learn_pass
from torrential.kernels.linear.log_link import learn_with_log_link
from torrential.kernels.linear.losses import LOSSES, has_log_link
from torrential.kernels.linear.one_column import learn_one_column
from torrential.kernels.linear.one_column_by_weight import learn_one_column_by_weight
from torrential.kernels.linear.repeated import LONGEST
from torrential.linear import LinearModel, LinearSettings
from torrential.linear.model import NO_SETS
from torrential.linear.window import kernels_of

N_FEATURES = 30
PLAIN = [name for name, code in LOSSES.items() if not has_log_link(code)]

seeds = st.integers(0, 2**32 - 1)


def rows_of(rng, n_rows, most=9):
    """Return data, indices and indptr of rows in any order, some empty or with a feature twice."""
    indptr = np.append(0, np.cumsum(rng.integers(0, most + 1, n_rows)))
    indices = rng.integers(0, N_FEATURES, indptr[-1]).astype(np.int32)
    return rng.normal(size=len(indices)).astype(np.float32), indices, indptr


@settings(deadline=None, max_examples=120)
@given(
    st.sampled_from(["adagrad", "adagrad", "ftrl", "normalized", "coin"]),
    st.sampled_from(PLAIN),
    seeds,
    st.booleans(),
    st.sampled_from([None, "l2", "l1"]),
    st.sampled_from([1, 4, 40]),
    st.sampled_from(["equal", "light and heavy", "very heavy"]),
)
def test_one_column_has_the_bits_of_any_number(
    rate, loss, seed, fit_intercept, penalty, n_rows, weights
):
    rng = np.random.default_rng(seed)
    data, indices, indptr = rows_of(rng, n_rows)
    penalty = "l2" if rate in ("normalized", "coin") else penalty
    s = LinearSettings(
        learning_rate=rate,
        loss=loss,
        fit_intercept=fit_intercept,
        penalty=penalty,
        alpha=0.01,
        eta0=0.2,
        quantile=0.7,
    )
    model = LinearModel(s, N_FEATURES)
    rule, layout, clock = s.rule(), model._weights.layout, model._clock
    targets = rng.choice([-1.0, 1.0], n_rows).astype(np.float32)
    if s.is_regression:
        drawn = rng.uniform(size=n_rows) if loss == "logistic" else rng.normal(size=n_rows)
        targets = drawn.astype(np.float32)
    weight = {
        "equal": np.ones(n_rows),
        "light and heavy": rng.choice([0.0, 0.3, 1.0, 1.4, 2.6, 7.0], n_rows),
        "very heavy": rng.choice([1.0, 64.4, 300.0], n_rows),
    }[weights].astype(np.float32)
    order, known = rng.permutation(n_rows), np.full(n_rows, 2)
    start = rng.normal(size=layout.stride * (N_FEATURES + 1)).astype(np.float32) ** 2
    found = []
    for kernel in kernels_of(rule):
        memory = model._weights.block(0)._replace(rows=start.copy())
        scores = np.zeros((n_rows, 1), np.float32)
        window = data, indices, indptr, order, targets, weight
        if kernel is kernels_of(rule)[1]:
            now, n_learned = kernel(
                *window, known, memory, layout, rule, clock, 0, 1, scores, NO_SETS
            )
            assert n_learned == n_rows
        else:
            now = kernel(*window, memory, layout, rule, clock, scores)
        found.append((tuple(now), scores.tobytes(), memory.rows.tobytes()))
    assert found[0] == found[1]
    assert found[0][2] != start.tobytes() or n_rows < 40  # few may all be right


def test_each_setting_of_one_column_has_its_kernel():
    kernels = {
        name: kernels_of(LinearSettings(**parameters).rule())[0]
        for name, parameters in {
            "adagrad": {},
            "averaged": {"average": True},
            "ftrl": {"learning_rate": "ftrl"},
            "constant": {"learning_rate": "constant"},
            "counts": {"loss": "poisson"},
        }.items()
    }
    assert kernels == {
        "adagrad": learn_one_column,
        "averaged": None,
        "ftrl": learn_one_column_by_weight,
        "constant": None,
        "counts": learn_with_log_link,
    }


@settings(deadline=None, max_examples=40)
@given(seeds, st.sampled_from([3, 9, LONGEST + 1]))
def test_repeated_columns_are_added_up_in_place(seed, most):
    rng = np.random.default_rng(seed)
    data, indices, indptr = rows_of(rng, 20, most)
    given = sp.csr_array((data.copy(), indices.copy(), indptr), (20, N_FEATURES))
    result = csr_without_repeats(given)
    np.testing.assert_array_equal(given.data, data)
    np.testing.assert_array_equal(given.indices, indices)
    np.testing.assert_allclose(result.toarray(), given.toarray(), rtol=1e-5, atol=1e-5)
    for row in range(20):
        begin, end = result.indptr[row : row + 2]
        columns = result.indices[begin:end][result.data[begin:end] != 0]
        assert len(set(columns.tolist())) == len(columns)


def test_rows_without_repeats_are_not_copied():
    indices = np.array([3, 1, 2, 7, 0], np.int32)
    rows = sp.csr_array((np.ones(5, np.float32), indices, [0, 3, 5]), (2, 8))
    result = csr_without_repeats(rows)
    assert np.shares_memory(result.data, rows.data)
    assert np.shares_memory(result.indices, rows.indices)


@pytest.mark.parametrize("kind", [SGDClassifier, SGDRegressor])
def test_the_order_of_columns_changes_only_rounding(kind):
    rng = np.random.default_rng(0)
    sorted_rows = sp.random_array((300, 50), density=0.2, rng=rng, format="csr", dtype=np.float32)
    mixed = sorted_rows.copy()
    for row in range(300):
        own = slice(*mixed.indptr[row : row + 2])
        turned = np.argsort(-mixed.indices[own])
        mixed.indices[own], mixed.data[own] = mixed.indices[own][turned], mixed.data[own][turned]
    y = rng.integers(0, 2, 300)
    for method in ("fit", "partial_fit"):
        one, other = kind(random_state=0), kind(random_state=0)
        getattr(one, method)(sorted_rows, y)
        getattr(other, method)(mixed, y)
        np.testing.assert_allclose(one.coef_, other.coef_, rtol=1e-3, atol=1e-5)


def test_consecutive_rows_are_learned_as_copied_ones():
    rng = np.random.default_rng(1)
    X = sp.random_array((500, 40), density=0.2, rng=rng, format="csr", dtype=np.float32)
    y = rng.integers(0, 2, 500).astype(np.int32)
    turned = np.arange(500)[::-1]
    found = []
    for matrix, order in (
        (X[100:], np.arange(400)),
        (X, np.arange(100, 500)),
        (X[turned], turned[100:]),
    ):
        model = LinearModel(LinearSettings(loss="log_loss"), 40)
        targets = y[100:] if matrix.shape[0] == 400 else y if matrix is X else y[turned]
        loss = learn_pass(model, matrix, targets, None, order)
        found.append((loss, model.coef().tobytes()))
    assert found[0] == found[1] == found[2]


def test_a_loss_that_nobody_sees_is_not_computed(monkeypatch, caplog):
    rng = np.random.default_rng(2)
    X, y = rng.normal(size=(40, 3)).astype(np.float32), rng.integers(0, 2, 40)
    n_measured = []
    losses = LinearModel.losses
    monkeypatch.setattr(
        LinearModel, "losses", lambda self, *rest: n_measured.append(1) or losses(self, *rest)
    )
    with caplog.at_level(logging.WARNING, "torrential.train"):
        silent = SGDClassifier().partial_fit(X, y)
        assert not n_measured
    with caplog.at_level(logging.INFO, "torrential.train"):
        logged = SGDClassifier().partial_fit(X, y)
    assert n_measured
    assert "40 rows, average loss 0." in caplog.text
    assert silent.coef_.tobytes() == logged.coef_.tobytes()


@pytest.mark.parametrize(
    "labels", [np.array(["no", "yes"]), np.array([4, 9]), np.array([4.0, 9.0])]
)
def test_labels_that_come_later_get_their_columns(labels):
    rng = np.random.default_rng(3)
    X = rng.normal(size=(60, 3)).astype(np.float32)
    y = labels[(X[:, 0] > 0).astype(int)]
    later = np.array(["perhaps"]) if labels.dtype.kind == "U" else np.array([6], labels.dtype)
    three = np.where(X[:, 1] > 0.5, later[0], y)
    in_parts = SGDClassifier().partial_fit(X, y).partial_fit(X, three).partial_fit(X, three)
    at_once = SGDClassifier().partial_fit(np.tile(X, (3, 1)), np.concatenate([y, three, three]))
    assert in_parts.classes_.tolist() == sorted([*labels.tolist(), *later.tolist()])
    np.testing.assert_array_equal(in_parts.coef_, at_once.coef_)
