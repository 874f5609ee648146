"""The kernels of averaging against dense twins; settled penalties against those read or put off."""

from itertools import pairwise

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from dense_penalties import DensePenalties
from torrential.kernels.linear.layout import SQUARES, ZEROS
from torrential.kernels.linear.mixing import (
    LEAST_MASS,
    add_changes,
)
from torrential.linear import LinearModel, LinearSettings
from torrential.linear.decay import START
from torrential.linear.memory import places
from torrential.linear.memory.rows import tile_rows
from torrential.linear.mixing import WeightSums, _changes
from torrential.linear.weights import Weights
from torrential.types import Csr

N_FEATURES = 14

seeds = st.integers(0, 2**32 - 1)
columns = st.one_of(st.just(1), st.integers(3, 40))
parts = st.sampled_from([2, 3])
weightings = st.booleans()
cuts_of_rows = st.lists(st.integers(1, 59), max_size=4, unique=True).map(sorted)


def dense(weights):
    """All numbers, shape (n_features + 1, n_lanes, parts), the intercept last."""
    layout = weights.layout
    result = np.zeros((N_FEATURES + 1, layout.n_tiles * layout.width, layout.slots))
    for tile in range(layout.n_tiles):
        memory = weights.block(tile)
        lanes = slice(tile * layout.width, (tile + 1) * layout.width)
        rows = tile_rows(memory, layout, tile).transpose(0, 2, 1)
        features, at = places.known_features(memory, layout, tile)
        assert layout.width == 1 or not rows[ZEROS].any()
        result[features, lanes] = rows[at]
        result[-1, lanes] = rows[layout.intercept]
    return result


def change_some(weights, random):
    """Change some numbers of some features, new ones among them; accumulators only grow."""
    layout = weights.layout
    for tile in range(layout.n_tiles):
        features = np.flatnonzero(random.random(N_FEATURES) < 0.4)
        features = random.permutation(features)  # rows are taken in the order of the data
        weights.take_rows(tile, features)
        memory = weights.block(tile)
        chosen = [*places.find(memory, layout, tile, features), layout.intercept]
        rows = tile_rows(memory, layout, tile)
        shape = (len(chosen), layout.slots, layout.width)
        change = random.normal(size=shape).astype(np.float32)
        change[:, SQUARES] **= 2
        change *= (random.random(shape) < 0.7) * (random.random((shape[0], 1, shape[2])) < 0.5)
        rows[chosen] += change


def begin(n_columns, n_slots, random):
    weights = Weights(N_FEATURES, has_marks=False, n_slots=n_slots)
    if n_columns > 1:
        weights.grow(2, n_columns, n_columns, np.float32(0), LinearSettings().rule())
    change_some(weights, random)
    return weights


def copy_of(weights):
    arrays = {name: array.copy() for name, array in weights.arrays().items()}
    copy = Weights.of(arrays, weights.layout, LinearSettings().rule())
    copy.own()
    return copy


def told(before, after, tile, factor, by_mass):
    blocks = before.block(tile), after.block(tile)
    return _changes(*blocks, after.layout, tile, np.float32(factor), by_mass)


def added(first, second):
    (keys, values), (other_keys, other_values) = first, second
    out_keys = np.empty(len(keys) + len(other_keys), np.int64)
    out = np.empty((len(out_keys), values.shape[1]), np.float32)
    n = add_changes(keys, values, other_keys, other_values, out_keys, out)
    return out_keys[:n], out[:n]


def masses(start, end, factor, by_mass):
    """Mass of each weight, shape (n_features + 1, n_lanes, 1)."""
    changed = (end != start).any(axis=2, keepdims=True)
    grown = np.maximum(end - start, LEAST_MASS)[:, :, [SQUARES]]
    return changed * grown if by_mass else np.full_like(grown, factor)


@settings(deadline=None)
@given(columns, parts, weightings, seeds)
def test_changes_are_those_of_dense_arrays(n_columns, n_slots, by_mass, seed):
    random = np.random.default_rng(seed)
    before = begin(n_columns, n_slots, random)
    layout, after = before.layout, copy_of(before)
    change_some(after, random)
    start, end = dense(before), dense(after)
    mass = masses(start, end, 3.0, by_mass)
    for tile in range(layout.n_tiles):
        keys, values = told(before, after, tile, 3.0, by_mass)
        lanes = slice(tile * layout.width, (tile + 1) * layout.width)
        ours, theirs = start[:, lanes].reshape(-1, n_slots), end[:, lanes].reshape(-1, n_slots)
        expected = np.flatnonzero((ours != theirs).any(axis=1))
        np.testing.assert_array_equal(keys, expected)
        weight = mass[:, lanes].reshape(-1, 1)[expected]
        change = (theirs - ours)[expected] * weight
        np.testing.assert_allclose(values[:, :n_slots], change, rtol=1e-4, atol=1e-6)
        if by_mass:
            np.testing.assert_allclose(values[:, [n_slots]], weight, rtol=1e-4, atol=1e-6)


@settings(deadline=None)
@given(columns, parts, weightings, st.integers(1, 5), seeds)
def test_the_mean_is_that_of_dense_arrays(n_columns, n_slots, by_mass, n_models, seed):
    random = np.random.default_rng(seed)
    before = begin(n_columns, n_slots, random)
    start, n_tiles, clock = dense(before), before.layout.n_tiles, START
    ends, factors, sums = [], random.integers(1, 100, n_models), []
    for factor in factors:
        after = copy_of(before)
        change_some(after, random)
        ends.append(dense(after))
        changes = [told(before, after, tile, factor, by_mass) for tile in range(n_tiles)]
        sums.append(WeightSums(by_mass, float(factor), np.zeros(4), *map(list, zip(*changes))))
    total = sums[0]
    for other in sums[1:]:
        total.merge(other)
    mean = copy_of(before)
    total.add_to(mean, clock)
    weights = [masses(start, end, f, by_mass) for end, f in zip(ends, factors, strict=True)]
    moves = sum(mass * (end - start) for mass, end in zip(weights, ends, strict=True))
    total_mass = sum(weights)
    expected = start + np.divide(moves, total_mass, where=total_mass > 0, out=np.zeros_like(moves))
    found = dense(mean)
    np.testing.assert_allclose(found, expected, rtol=2e-4, atol=2e-5)
    untouched = np.all([(end == start).all(axis=2) for end in ends], axis=0)
    np.testing.assert_array_equal(found[untouched], start[untouched])
    if by_mass and n_models > 1:
        changed = np.array([(end != start).any(axis=2) for end in ends])
        alone = changed.sum(axis=0) == 1
        kept = np.array(ends)[changed.argmax(axis=0)[alone], alone]
        np.testing.assert_allclose(found[alone], kept, rtol=1e-4, atol=1e-5)


keys_and_values = st.dictionaries(st.integers(0, 40), st.integers(-50, 50), max_size=20)


@settings(deadline=None)
@given(keys_and_values, keys_and_values, st.integers(1, 4))
def test_lists_are_added_like_dicts(first, second, n_numbers):
    def listed(changes):
        keys = np.array(sorted(changes), np.int64)
        values = np.array([changes[key] for key in keys], np.float32)
        return keys, values[:, None] * np.arange(1, n_numbers + 1, dtype=np.float32)

    both = {key: first.get(key, 0) + second.get(key, 0) for key in first | second}
    for found, expected in zip(added(listed(first), listed(second)), listed(both), strict=True):
        np.testing.assert_array_equal(found, expected)


# Penalties that are settled

RULES = {
    "adagrad, l2": {"penalty": "l2", "alpha": 0.01},
    "adagrad, l1": {"penalty": "l1", "alpha": 0.003},
    "adagrad, elasticnet": {"penalty": "elasticnet", "alpha": 0.01},
    "constant, l2": {"penalty": "l2", "alpha": 0.01, "learning_rate": "constant"},
    "constant, l1": {"penalty": "l1", "alpha": 0.003, "learning_rate": "constant"},
    "invscaling, elasticnet": {
        "penalty": "elasticnet",
        "alpha": 0.01,
        "learning_rate": "invscaling",
    },
}


def make_rows(seed, n_rows, n_classes):
    random = np.random.default_rng(seed)
    X = sp.random(n_rows, N_FEATURES, 0.2, "csr", np.float32, rng=random)
    codes = random.integers(0, n_classes, n_rows).astype(np.int32)
    rows = Csr(X.data, X.indices.astype(np.int32), X.indptr.astype(np.int64), N_FEATURES)
    return rows, codes


def trained(parameters, n_classes, seed, cuts=(), *, settled):
    """Return a model that learned 60 rows; with its penalties settled after each of the cuts."""
    rows, codes = make_rows(seed, 60, n_classes)
    model = LinearModel(LinearSettings(eta0=0.05, **parameters), N_FEATURES)
    model.add_classes(n_classes)
    for start, stop in pairwise([0, *cuts, 60]):
        model.update(rows, codes, order=np.arange(start, stop))
        if settled:
            settle_model(model)
    return model


def trained_twin(parameters, n_classes, seed, cuts):
    """Return the dense twin of `trained`, with settled penalties."""
    rows, codes = make_rows(seed, 60, n_classes)
    dense_rows = sp.csr_array((rows.data, rows.indices, rows.indptr), (60, N_FEATURES)).toarray()
    of_twin = LinearSettings(eta0=0.05, **parameters)
    twin = DensePenalties(of_twin, N_FEATURES, 1 if n_classes == 2 else n_classes)
    for start, stop in pairwise([0, *cuts, 60]):
        for number in range(start, stop):
            twin.learn(dense_rows[number], codes[number])
        twin.settle()
    return twin


def settle_model(model):
    model._weights.settle(model._rule, model._clock)


def assert_close(model, other, **tolerance):
    tolerance = {"rtol": 1e-4, "atol": 1e-6} | tolerance
    np.testing.assert_allclose(model.coef(), other.coef(), **tolerance)
    np.testing.assert_allclose(model.intercept(), other.intercept(), **tolerance)


@pytest.mark.parametrize("average", [False, 10])
@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("n_classes", [2, 3, 20])
def test_settling_changes_nothing_that_is_read(rule, n_classes, average):
    parameters = RULES[rule] | {"average": average}
    model = trained(parameters, n_classes, 0, settled=False)
    before = model.copy()
    settle_model(model)
    assert_close(model, before)


@settings(deadline=None, max_examples=40)
@given(
    st.sampled_from(sorted(RULES)),
    st.sampled_from([2, 3, 20]),
    st.integers(0, 99),
    cuts_of_rows,
)
@example("adagrad, l1", 2, 54, [27])
def test_learning_goes_on_from_settled_penalties(rule, n_classes, seed, cuts):
    """Settling decides when penalties are applied, so that the weights are those of a dense twin.

    They are not near those of a model that is never settled: AdaGrad's penalties are divided by the
    root of the sum of squared gradients when they are applied. In the example a weight of -0.074
    that has had two small gradients loses 0.067 by the L1 of 27 steps, but 0.010 if it is applied
    after one more row, whose gradient is ten times as large.
    """
    found = trained(RULES[rule], n_classes, seed, cuts, settled=True)
    expected = trained_twin(RULES[rule], n_classes, seed, cuts)
    assume(expected.nearest > 1e-5)  # else rounding decides whether a row is learned
    np.testing.assert_allclose(found.coef(), expected.weights[:-1].T, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(found.intercept(), expected.weights[-1], rtol=1e-4, atol=1e-5)


@settings(deadline=None, max_examples=20)
@given(st.sampled_from([2, 3, 20]), st.integers(0, 99), cuts_of_rows)
def test_when_a_penalty_at_one_rate_for_all_weights_is_settled_is_not_seen(n_classes, seed, cuts):
    rule = RULES["constant, l2"]
    assume(trained_twin(rule, n_classes, seed, cuts).nearest > 1e-5)
    now_and_then = trained(rule, n_classes, seed, cuts, settled=True)
    never = trained(rule, n_classes, seed, settled=False)
    assert_close(now_and_then, never, rtol=1e-3, atol=1e-5)


# Weights of files that have a mark for each row


@pytest.mark.parametrize("average", [False, 10])
@pytest.mark.parametrize("rule", ["adagrad, l2", "adagrad, l1", "adagrad, elasticnet"])
@pytest.mark.parametrize("n_classes", [2, 3, 20])
def test_rows_with_marks_get_the_penalty_since_then(rule, n_classes, average):
    plain = RULES[rule] | {"average": average, "alpha": 0.0}
    arrays, header = trained(plain, n_classes, 0, settled=False).state()
    n_slots, width = header["layout"]["parts"], header["layout"]["width"]
    header["settings"] |= RULES[rule]
    random, rows = np.random.default_rng(0), arrays["rows"].reshape(-1, n_slots, width)
    lasts = random.integers(0, 61, len(rows))
    marks = np.column_stack([np.zeros(len(rows)), lasts]).ravel()
    model = LinearModel.from_state(arrays | {"marks": marks}, header)

    found, settled = model.state()
    assert "marks" not in found
    assert settled["settled"]["step"] == settled["clock"]["step"] == 60
    settings = model.settings.rule()
    due = (60 - lasts)[:, None] * settings.eta0 / np.sqrt(rows[:, SQUARES] + 1e-6)
    kept = np.abs(rows[:, 0]) * np.exp(-due * settings.l2) - due * settings.l1
    expected = np.sign(rows[:, 0]) * np.maximum(0, kept)
    sizes = arrays.get("rows_per_tile", np.array([len(rows)]))
    intercepts = np.cumsum(sizes) - sizes + header["layout"]["intercept"]
    expected[intercepts] = rows[intercepts, 0]
    now = found["rows"].reshape(rows.shape)
    np.testing.assert_allclose(now[:, 0], expected, rtol=1e-4, atol=1e-6)
    np.testing.assert_array_equal(now[:, SQUARES], rows[:, SQUARES])
    if (
        average
    ):  # the change counts as spread evenly over the steps, of which from 10 on each counts
        steps = np.arange(1, 61)
        counted = np.where((steps > lasts[:, None]) & (steps > 10), steps - 10, 0).sum(axis=1)
        share = counted / np.maximum(1, 60 - lasts)
        expected_sums = rows[:, -1] + share[:, None] * (expected - rows[:, 0])
        np.testing.assert_allclose(now[:, -1], expected_sums, rtol=1e-3, atol=1e-4)
