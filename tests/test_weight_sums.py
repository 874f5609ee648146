"""WeightSums: means of models that began alike; and models on their way to other processes."""

import pickle
from copy import deepcopy

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from torrential.linear import LinearModel, LinearSettings
from torrential.linear.mixing import ROWS, UPDATES
from torrential.linear.packing import pack, unpack
from torrential.types import Csr

N_FEATURES = 50
VARIANTS = {
    "adagrad": {"loss": "hinge"},
    "softmax": {"loss": "log_loss"},
    "adagrad, l2": {"penalty": "l2", "alpha": 1e-2},
    "adagrad, averaged": {"average": 20},
    "constant": {"learning_rate": "constant"},
    "constant, l1": {"penalty": "l1", "alpha": 1e-3, "learning_rate": "constant"},
    "constant, l2, averaged": {
        "penalty": "l2",
        "alpha": 1e-3,
        "learning_rate": "constant",
        "average": 5,
    },
}
CASES = [
    (name, weighting)
    for name in VARIANTS
    for weighting in (ROWS, UPDATES)
    if weighting == ROWS or "constant" not in name
]
cases = st.sampled_from(CASES)
classes = st.sampled_from([2, 3, 20])


def make_rows(seed, n_rows, n_classes, features=range(N_FEATURES)):
    random = np.random.default_rng(seed)
    matrix = np.zeros((n_rows, N_FEATURES), np.float32)
    matrix[:, features] = random.normal(size=(n_rows, len(features)))
    matrix *= random.random(matrix.shape) < 0.2
    X = sp.csr_matrix(matrix)
    codes = random.integers(0, n_classes, n_rows).astype(np.int32)
    rows = Csr(X.data, X.indices.astype(np.int32), X.indptr.astype(np.int64), N_FEATURES)
    return rows, codes


def start_model(variant, n_classes, n_rows=30):
    model = LinearModel(LinearSettings(eta0=0.1, **VARIANTS[variant]), N_FEATURES)
    model.add_classes(n_classes)
    if n_rows:
        model.update(*make_rows(100, n_rows, n_classes))
        # As after an averaging, which leaves no penalty pending.
        model.take_in(model.changes_since(model.branch(), n_rows, ROWS))
    return model


def learned(start, seed, n_rows, **how):
    """Return a model that began as another, and the changes since."""
    model = start.branch()
    model.update(*make_rows(seed, n_rows, start.n_classes, **how))
    return model


def mean_of(start, sums):
    mean = start.copy()
    mean.take_in(sums)
    return mean


def arrays_of(model):
    arrays, header = model.state()
    return arrays, header["clock"]


def assert_close(model, other, rtol=1e-4, atol=1e-5):
    np.testing.assert_allclose(model.coef(), other.coef(), rtol=rtol, atol=atol)
    np.testing.assert_allclose(model.intercept(), other.intercept(), rtol=rtol, atol=atol)


def assert_same(model, other):
    arrays, header = model.state()
    others, other_header = other.state()
    assert header == other_header
    assert arrays.keys() == others.keys()
    for name, array in arrays.items():
        np.testing.assert_array_equal(array, others[name])


@settings(deadline=None, max_examples=40)
@given(cases, classes, st.permutations(range(4)), st.booleans())
def test_any_order_of_merging_gives_the_same_but_for_rounding(case, n_classes, order, in_pairs):
    variant, weighting = case
    start = start_model(variant, n_classes)
    n_rows = [10, 40, 25, 1]
    sums = [
        learned(start, seed, n).changes_since(start, n, weighting) for seed, n in enumerate(n_rows)
    ]
    straight = deepcopy(sums[0])
    for each in sums[1:]:
        straight.update(deepcopy(each))
    a, b, c, d = (deepcopy(sums[place]) for place in order)
    other = a.merge(b).merge(c.merge(d)) if in_pairs else a.merge(b).merge(c).merge(d)
    assert other.total == straight.total == sum(n_rows)
    mean, other_mean = mean_of(start, straight), mean_of(start, other)
    assert_close(mean, other_mean)
    assert mean.t == other_mean.t


@settings(deadline=None, max_examples=40)
@given(cases, classes, st.sampled_from([0, 30]), st.integers(0, 99))
def test_the_mean_of_one_model_is_that_model(case, n_classes, n_rows_before, seed):
    variant, weighting = case
    start = start_model(variant, n_classes, n_rows_before)
    model = learned(start, seed, 40)
    mean = mean_of(start, model.changes_since(start, 40, weighting))
    assert mean.t == model.t
    assert_close(mean, model, rtol=1e-5, atol=1e-6)
    if "l1" in variant:
        return  # a weight at 0, with some of its penalty pending, is not there but for rounding
    for each in (mean, model):
        each.update(*make_rows(7, 20, n_classes))
    assert_close(mean, model, rtol=1e-3, atol=1e-4)


@settings(deadline=None, max_examples=40)
@given(classes, st.integers(0, 99))
def test_the_mean_by_rows_is_that_of_dense_weights(n_classes, seed):
    start = start_model("adagrad", n_classes)
    n_rows = [5, 20, 60]
    models = [learned(start, seed + i, n) for i, n in enumerate(n_rows)]
    first, *others = (
        model.changes_since(start, n, ROWS) for model, n in zip(models, n_rows, strict=True)
    )
    for other in others:
        first.merge(other)
    mean = mean_of(start, first)
    expected = np.average([model.coef() for model in models], axis=0, weights=n_rows)
    np.testing.assert_allclose(mean.coef(), expected, rtol=1e-4, atol=1e-6)
    expected = np.average([model.intercept() for model in models], axis=0, weights=n_rows)
    np.testing.assert_allclose(mean.intercept(), expected, rtol=1e-4, atol=1e-6)
    assert mean.t == round(np.average([model.t for model in models], weights=n_rows))


UNPENALISED = [(variant, w) for variant, w in CASES if "l1" not in variant and "l2" not in variant]


@pytest.mark.parametrize(("variant", "weighting"), UNPENALISED)
@pytest.mark.parametrize("n_classes", [2, 20])
def test_weights_that_no_model_has_touched_stay_as_they_are(variant, weighting, n_classes):
    start = start_model(variant, n_classes)
    before = start.copy()
    sums = [
        learned(start, seed, 30, features=range(20)).changes_since(start, 30, weighting)
        for seed in range(3)
    ]
    mean = mean_of(start, sums[0].merge(sums[1]).merge(sums[2]))
    assert_same(start, before)
    assert not np.array_equal(mean.coef()[:, :20], start.coef()[:, :20])
    if "averaged" not in variant:  # an average moves by the steps alone
        np.testing.assert_array_equal(mean.coef()[:, 20:], start.coef()[:, 20:])


@pytest.mark.parametrize("variant", ["adagrad", "softmax", "adagrad, l2"])
@pytest.mark.parametrize("n_classes", [2, 3, 20])
def test_by_updates_what_one_model_only_has_met_keeps_its_change(variant, n_classes):
    start = start_model(variant, n_classes)
    features = [range(i, N_FEATURES, 4) for i in range(4)]
    models = [learned(start, i, 50, features=own) for i, own in enumerate(features)]
    sums = [model.changes_since(start, 50, UPDATES) for model in models]
    mean = mean_of(start, sums[0].merge(sums[1]).merge(sums[2].merge(sums[3])))
    coef = mean.coef()
    tolerance = {"rtol": 1e-4, "atol": 1e-6}
    for model, own in zip(models, features, strict=True):
        # Where a lane's slope was zero for all rows, only the penalty has moved it, in all models.
        np.testing.assert_allclose(coef[:, own], model.coef()[:, own], **tolerance)
    by_rows = [model.changes_since(start, 50, ROWS) for model in models]
    mean = mean_of(start, by_rows[0].merge(by_rows[1]).merge(by_rows[2].merge(by_rows[3])))
    assert np.abs(mean.coef() - start.coef()).sum() < 0.5 * np.abs(coef - start.coef()).sum()


def test_nothing_learned_changes_nothing():
    start = start_model("adagrad", 3)
    before = start.copy()
    start.take_in(start.branch().changes_since(start, 0, ROWS))
    assert_same(start, before)


@pytest.mark.parametrize(("variant", "weighting"), CASES)
@pytest.mark.parametrize("n_classes", [2, 3, 40])
def test_sums_travel_as_they_are(variant, weighting, n_classes):
    start = start_model(variant, n_classes)
    sums = learned(start, 0, 20).changes_since(start, 20, weighting)
    there = pickle.loads(pickle.dumps(sums))
    assert (there.by_mass, there.total) == (sums.by_mass, sums.total)
    np.testing.assert_array_equal(there.clock, sums.clock)
    for ours, theirs in zip([*sums.keys, *sums.values], [*there.keys, *there.values], strict=True):
        assert ours.dtype == theirs.dtype
        np.testing.assert_array_equal(ours, theirs)
    assert there.n_bytes == sums.n_bytes
    assert len(pickle.dumps(sums)) < sums.n_bytes + 1000 * len(sums.keys)


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("n_classes", [2, 3, 40])
def test_models_travel_as_they_are_and_learn_on(variant, n_classes):
    model = start_model(variant, n_classes)
    there = pickle.loads(pickle.dumps(model))
    assert_same(there, model)
    for each in (there, model):
        each.update(*make_rows(1, 30, n_classes))
    assert_same(there, model)
    assert_same(pickle.loads(pickle.dumps(there)), model)


@pytest.mark.parametrize("n_classes", [2, 3, 40])
def test_few_weights_are_few_bytes(n_classes):
    model = LinearModel(LinearSettings(), 2**18)
    model.add_classes(n_classes)
    start = model.copy()
    assert len(pickle.dumps(model)) < 20_000
    rows, codes = make_rows(0, 20, n_classes)
    model.update(Csr(rows.data, rows.indices, rows.indptr, 2**18), codes)
    assert len(pickle.dumps(model)) < 40_000
    assert len(pickle.dumps(model.changes_since(start, 20, UPDATES))) < 40_000


@given(st.lists(st.sampled_from([0, 0, 0, 0, 1, -2]), max_size=60), st.integers(1, 4))
def test_packed_arrays_are_the_same(numbers, width):
    array = np.array(numbers, np.float32)
    found = unpack(pack(array, width))
    assert found.dtype == array.dtype
    np.testing.assert_array_equal(found, array)
