"""Weights of many classes as lists: against dense twins, and whatever a model goes through."""

import itertools
import pickle

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

import torrential as tor
from test_many_classes import learned_by_twin, rows_without_a_feature_twice
from torrential.errors import ModelFileError
from torrential.kernels.linear.learn import MANY
from torrential.kernels.lists import entries as lists
from torrential.linear import LinearModel, LinearSettings
from torrential.linear.lists import ListWeights
from torrential.linear.mixing import ROWS, UPDATES
from torrential.persistence.model_file import read_model, write_model
from torrential.types import Csr, LabelSets

N_FEATURES, N_CLASSES = 400, MANY + 60
VARIANTS = {
    "squared hinge": {"loss": "squared_hinge"},
    "hinge": {"loss": "hinge"},
    "perceptron": {"loss": "perceptron"},
    "log loss": {"loss": "log_loss", "multi_class": "ovr"},
    "l2": {"loss": "squared_hinge", "penalty": "l2", "alpha": 1e-3},
    "elastic net": {"loss": "hinge", "penalty": "elasticnet", "alpha": 1e-3},
    "average": {"loss": "squared_hinge", "average": 20, "penalty": "l2", "alpha": 1e-3},
    "last pass": {"loss": "squared_hinge", "average": "last-pass"},
}


@pytest.fixture(scope="module")
def rows():
    """Rows of many classes; the 257th comes in the middle."""
    return rows_without_a_feature_twice(1, 1200, N_CLASSES, N_FEATURES)


def model_of(name, n_features=N_FEATURES):
    return LinearModel(LinearSettings(eta0=0.2, **VARIANTS[name]), n_features)


def assert_same(one, other):
    np.testing.assert_array_equal(one.coef(), other.coef())
    np.testing.assert_array_equal(one.intercept(), other.intercept())


@pytest.mark.parametrize("loss", ["squared_hinge", "hinge", "log_loss"])
def test_they_are_those_of_a_dense_twin(loss, rows):
    data, X, codes = rows
    s = LinearSettings(loss=loss, eta0=0.2, multi_class="ovr")
    model = LinearModel(s, N_FEATURES)
    model.add_classes(N_CLASSES)
    w, left_out = learned_by_twin(s, X, codes, N_CLASSES, 1, lists.MOST)
    model.update(data, codes)
    assert isinstance(model._weights, ListWeights)
    assert left_out > 0
    # In float32 a slope may be at the other side of the limit, so a few weights differ.
    assert np.isclose(model.coef(), w[:-1].T, rtol=1e-3, atol=1e-3).mean() > 0.99
    assert np.isclose(model.intercept(), w[-1], rtol=1e-3, atol=1e-3).mean() > 0.95
    scores = X @ model.coef().T + model.intercept()
    np.testing.assert_allclose(model.decision(data), scores, atol=1e-4)
    losses = np.zeros(len(X))
    y = np.where(np.arange(N_CLASSES) == codes[:, None], 1.0, -1.0)
    if loss == "squared_hinge":
        losses = (np.maximum(0, 1 - y * scores) ** 2).sum(axis=1)
        np.testing.assert_allclose(model.losses(model.decision(data), codes), losses, rtol=1e-3)


@pytest.mark.parametrize("variant", VARIANTS)
def test_windows_change_no_bit(variant, rows):
    """Neither where the window of the first row of the 257th class begins."""
    data, _, codes = rows
    whole, parts = model_of(variant), model_of(variant)
    for model in (whole, parts):
        if VARIANTS[variant].get("average") == "last-pass":
            model.begin_average()
    expected = whole.update(data, codes)
    edges = [0, 17, 400, 401, 1000, 1200]
    found = [
        parts.update(data, codes, order=np.arange(begin, end))
        for begin, end in itertools.pairwise(edges)
    ]
    assert isinstance(parts._weights, ListWeights)
    for scores, begin in zip(found, edges, strict=False):
        np.testing.assert_array_equal(
            scores, expected[begin : begin + len(scores), : scores.shape[1]]
        )
    for model in (whole, parts):
        model.take_average()
    assert_same(whole, parts)


@pytest.mark.parametrize("variant", VARIANTS)
def test_states_copies_and_branches_go_on(variant, rows, monkeypatch):
    monkeypatch.setattr("torrential.linear.lists.FIRST_ROOM", 1)
    data, _, codes = rows
    model = model_of(variant)
    model.update(data, codes)
    others = [
        LinearModel.from_state(*model.state()),
        model.copy(),
        model.branch(),
        pickle.loads(pickle.dumps(model)),
    ]
    arrays, header = model.state()
    reader = LinearModel.from_state(arrays | model.applied_arrays(), header)
    np.testing.assert_array_equal(reader.decision(data), model.decision(data))
    features = np.arange(N_FEATURES, dtype=np.int32)
    largest = np.abs(model.coef()).max(axis=0)
    if not VARIANTS[variant].keys() & {"penalty", "average"}:
        np.testing.assert_array_equal(model.largest_weights(features), largest)
    before = model.coef()
    for other in others:
        assert_same(model, other)
        other.update(data, codes)
    assert_same(others[0], others[1])
    np.testing.assert_array_equal(model.coef(), before)
    model.update(data, codes)
    for other in others:
        assert_same(model, other)


def test_a_model_that_has_tiles_of_many_classes_goes_on(rows, monkeypatch):
    """As files of earlier versions have them."""
    data, _, codes = rows
    with monkeypatch.context() as context:
        context.setattr("torrential.linear.model.can_be_lists", lambda rule: False)
        old = model_of("hinge")
        old.update(data, codes)
    assert not isinstance(old._weights, ListWeights)
    new = LinearModel.from_state(*old.state())
    new.update(data, codes)
    assert isinstance(new._weights, ListWeights)
    expected = model_of("hinge")
    for _ in range(2):
        expected.update(data, codes)
    np.testing.assert_allclose(new.coef(), expected.coef(), atol=1e-5)


def test_the_weights_of_some_classes_at_a_time(rows):
    data, _, codes = rows
    model = model_of("average")
    model.update(data, codes)
    coef, found = model.coef(), np.zeros_like(model.coef())
    for first, features, weights, squares in model.by_tile():
        found[first : first + weights.shape[1], features] = weights.T
        assert squares is not None
        assert ((squares > 0) | (weights == 0)).all()
    np.testing.assert_array_equal(found, coef)


@pytest.mark.parametrize("weighting", [ROWS, UPDATES])
@pytest.mark.parametrize("variant", ["squared hinge", "average"])
def test_averages(variant, weighting, rows):
    data, _, codes = rows
    start = model_of(variant)
    start.update(data, codes, order=np.arange(700))
    start.add_classes(N_CLASSES - start.n_classes)
    start.take_in(start.changes_since(start.branch(), 1, ROWS))  # nothing is pending
    learners = [start.branch(), start.branch()]
    for number, learner in enumerate(learners):
        learner.update(data, codes, order=np.arange(700 + 250 * number, 950 + 250 * number))
    one = start.copy()
    one.take_in(learners[0].changes_since(start, 250, weighting))
    np.testing.assert_allclose(one.coef(), learners[0].coef(), atol=1e-5)
    both = start.copy()
    sums = learners[0].changes_since(start, 250, weighting)
    sums.merge(pickle.loads(pickle.dumps(learners[1].changes_since(start, 250, weighting))))
    both.take_in(sums)
    if weighting == ROWS and variant == "squared hinge":
        mean = (learners[0].coef() + learners[1].coef()) / 2
        np.testing.assert_allclose(both.coef(), mean, atol=1e-5)
    assert np.isfinite(both.coef()).all()
    both.update(data, codes)  # it goes on


def test_given_weights(rows):
    data, X, codes = rows
    model = model_of("squared hinge")
    model.update(data, codes)
    rng = np.random.default_rng(0)
    coef = rng.normal(size=(model.n_classes, N_FEATURES)).astype(np.float32)
    coef[rng.random(coef.shape) < 0.5] = 0
    intercept = rng.normal(size=model.n_classes).astype(np.float32)
    model.set_weights(coef, intercept)
    np.testing.assert_array_equal(model.coef(), coef)
    np.testing.assert_array_equal(model.intercept(), intercept)
    np.testing.assert_allclose(model.decision(data), X @ coef.T + intercept, atol=1e-4)
    model.update(data, codes)


def test_heavy_rows_are_equal_rows():
    """A row of weight 3 is one that is learned three times in turn."""
    data, _, codes = rows_without_a_feature_twice(2, 300, 300, 200)
    heavy, thrice = model_of("hinge", 200), model_of("hinge", 200)
    for model in (heavy, thrice):
        model.add_classes(300)
    heavy.update(data, codes, np.full(300, 3.0, np.float32))
    thrice.update(data, codes, order=np.repeat(np.arange(300), 3))
    np.testing.assert_allclose(heavy.coef(), thrice.coef(), atol=1e-5)


def test_a_feature_of_very_many_classes_takes_no_more():
    n_classes = 3 * lists.MOST
    columns = np.stack([np.zeros(n_classes, np.int32), np.arange(1, n_classes + 1)], axis=1)
    data = Csr(
        np.full(2 * n_classes, 0.7, np.float32),
        columns.ravel().astype(np.int32),
        np.arange(0, 2 * n_classes + 1, 2),
        n_classes + 1,
    )
    model = LinearModel(LinearSettings(loss="squared_hinge", eta0=0.2), n_classes + 1)
    for _ in range(3):
        model.update(data, np.arange(n_classes, dtype=np.int32))
    coef = model.coef()
    assert np.count_nonzero(coef[:, 0]) == lists.MOST
    assert (coef[np.arange(n_classes), np.arange(1, n_classes + 1)] > 0).all()
    assert (model.decision(data).argmax(axis=1) == np.arange(n_classes)).all()


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 40)), max_size=120),
)
@settings(max_examples=60, deadline=None)
def test_appended_entries_are_kept(pairs):
    """Against a dict of lists, whatever moves."""
    room = lists.LEAST * 256 * 8
    found = lists.Lists(
        np.zeros(6, np.int64),
        np.zeros(6, np.int32),
        np.zeros(room, np.int32),
        np.zeros((2, room), np.float32),
        np.zeros((2, 41), np.float32),
        np.zeros(1, np.int64),
    )
    expected = {feature: [] for feature in range(6)}
    for number, (feature, label) in enumerate(pairs):
        entry = lists.append(found, feature, label)
        assert found.values[:, entry].tolist() == [0, 0]
        found.values[:, entry] = number, -number
        expected[feature].append((label, number))
    for feature, entries in expected.items():
        start, count = found.starts[feature], found.counts[feature]
        values = found.values[:, start : start + count]
        labels = found.classes[start : start + count]
        assert list(zip(labels, values[0], strict=True)) == entries
        np.testing.assert_array_equal(values[1], -values[0])
    assert found.used[0] <= room


def test_sets_of_labels(rows):
    """Each label is learned as if all sets had one."""
    data, _, _codes = rows
    s = LinearSettings(loss="squared_hinge", eta0=0.2, multilabel=True)
    model = LinearModel(s, N_FEATURES)
    starts = np.array([0, 0, 1, 3, 3 + 300])
    members = np.concatenate([[5], [5, 299], np.arange(300)]).astype(np.int32)
    sets = LabelSets(np.arange(1200, dtype=np.int32) % 4, starts, members)
    scores = model.update(data, sets)
    assert scores.shape == (1200, 300)
    assert isinstance(model._weights, ListWeights)
    losses = model.losses(scores, sets)
    y = np.full((1200, 300), -1.0)
    y[1::4, 5] = y[2::4, 5] = y[2::4, 299] = 1
    y[3::4] = 1
    np.testing.assert_allclose(losses, (np.maximum(0, 1 - y * scores) ** 2).sum(axis=1), rtol=1e-4)


@pytest.fixture(scope="module")
def many_texts():
    labels = [f"tag{number % 400}" for number in range(1200)]
    texts = [f"item{number % 400} shelf{number % 40} box" for number in range(1200)]
    return texts, labels


def test_estimators(many_texts, tmp_path):
    texts, labels = many_texts
    model = tor.TextClassifier(n_features=2**14, C=10, terms=True).fit(texts, labels)
    assert model.score(texts, labels) > 0.95
    path = tmp_path / "m.torrential"
    model.save(path)
    loaded = tor.load(path)
    np.testing.assert_array_equal(model.predict_proba(texts), loaded.predict_proba(texts))
    assert next(each.term for each in model.top_terms(1)["tag7"]).endswith('"item7"')
    model.save(path, max_size="200 KB")
    small = tor.load(path)
    assert small.score(texts, labels) > 0.9
    for each in (model, loaded):
        each.partial_fit(texts, labels)
    np.testing.assert_array_equal(model.coef_, loaded.coef_)


def test_workers_change_no_bit(many_texts):
    texts, labels = many_texts
    models = [
        tor.TextClassifier(n_features=2**12, n_jobs=n, preset="fast").fit(texts, labels)
        for n in (1, 3)
    ]
    np.testing.assert_array_equal(models[0].coef_, models[1].coef_)


def test_matrix_estimators(rows):
    data, X, codes = rows
    matrix = sp.csr_array((data.data, data.indices, data.indptr), X.shape)
    model = tor.SGDClassifier(max_iter=3, tol=None).fit(matrix, codes)
    assert model.coef_.shape == (codes.max() + 1, N_FEATURES)
    assert (model.predict(matrix) == codes).mean() > 0.5


DAMAGE = {
    "its lists are of features": lambda arrays: arrays["list_features"].__setitem__(0, 2**14),
    "its lists lack classes": lambda arrays: arrays["list_counts"].__setitem__(0, 100),
    "it has lists without a class": lambda arrays: arrays["list_counts"].__setitem__(0, 0),
    "its lists have classes that": lambda arrays: arrays["list_classes"].__setitem__(0, 400),
    "its lists have classes": lambda arrays: arrays["list_classes"].__setitem__(0, -1),
}


@pytest.mark.parametrize("message", DAMAGE)
def test_damage_is_seen_when_a_model_is_loaded(message, many_texts, tmp_path):
    path = tmp_path / "m.torrential"
    tor.TextClassifier(preset="fast", n_features=2**12).fit(*many_texts).save(path)
    arrays, header = read_model(path)
    arrays = {name: array.copy() for name, array in arrays.items()}
    DAMAGE[message](arrays)
    write_model(path, arrays, header)
    with pytest.raises(ModelFileError, match=message):
        tor.load(path)


def test_no_class_twice(many_texts, tmp_path):
    path = tmp_path / "m.torrential"
    tor.TextClassifier(preset="fast", n_features=2**12).fit(*many_texts).save(path)
    arrays, header = read_model(path)
    arrays = {name: array.copy() for name, array in arrays.items()}
    at = np.flatnonzero(arrays["list_counts"] > 1)[0]
    begin = arrays["list_counts"][:at].sum()
    arrays["list_classes"][begin + 1] = arrays["list_classes"][begin]
    write_model(path, arrays, header)
    with pytest.raises(ModelFileError, match="its lists have a class twice"):
        tor.load(path)
