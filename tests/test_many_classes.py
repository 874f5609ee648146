"""Many classes: memory that grows with the rows that are stored, and weights where rows concern."""

import pickle

import numpy as np
import pytest
import scipy.sparse as sp

import torrential as tor
from torrential.engine.model.weight_memory import expected_bytes
from torrential.errors import ModelFileError, NotEnoughMemoryError, enough_memory_to
from torrential.execution import Threads
from torrential.execution.joblib import Joblib
from torrential.kernels.linear.learn import CONCERNED, MANY, PACE, PRIOR
from torrential.linear import LinearModel, LinearSettings
from torrential.linear.lanes import ModelsSideBySide
from torrential.linear.memory import places, rows
from torrential.linear.memory.zeros import aligned_zeros
from torrential.linear.mixing import ROWS
from torrential.persistence.model_file import read_model, write_model
from torrential.types import Csr

N_FEATURES = 50
SOFTMAX = {"loss": "log_loss", "calibration": None}
VARIANTS = {
    "hinge": {"loss": "hinge"},
    "softmax": {"loss": "log_loss"},
    "l2": {"loss": "squared_hinge", "penalty": "l2", "alpha": 1e-2},
    "l1": {"loss": "hinge", "penalty": "l1", "alpha": 1e-3, "learning_rate": "constant"},
    "average": {"loss": "log_loss", "multi_class": "ovr", "average": 20},
}


def make_rows(seed, n_rows, n_classes, n_features=N_FEATURES):
    rng = np.random.default_rng(seed)
    codes = np.minimum(rng.integers(0, n_classes, n_rows), np.arange(n_rows) // 2).astype(np.int32)
    _, first, inverse = np.unique(codes, return_index=True, return_inverse=True)
    codes = np.argsort(np.argsort(first))[inverse].astype(np.int32)
    columns = np.sort(rng.integers(0, n_features, (n_rows, 4)), axis=1)
    columns[:, 0] = codes % n_features
    data = rng.uniform(0.2, 1, columns.size).astype(np.float32)
    indptr = np.arange(0, columns.size + 1, 4)
    return Csr(data, columns.ravel().astype(np.int32), indptr, n_features), codes


@pytest.fixture
def small(monkeypatch):
    """Tiles that begin with room for few rows, and all find them by hashing."""
    monkeypatch.setattr(rows, "ROOM", 512)
    monkeypatch.setattr(rows, "SMALL_ROOM", 512)
    monkeypatch.setattr(places, "DIRECT_TILES", 0)


@pytest.fixture
def small_direct(monkeypatch):
    """Tiles that begin with room for few rows, and have a number for each feature."""
    monkeypatch.setattr(rows, "ROOM", 512)


def trained(parameters, data, codes):
    model = LinearModel(LinearSettings(**parameters), data.n_features)
    half = data.n_rows // 2
    for order in (np.arange(half), np.arange(half, data.n_rows)):
        model.update(data, codes, order=order)
    return model


def assert_same(model, other):
    np.testing.assert_array_equal(model.coef(), other.coef())
    np.testing.assert_array_equal(model.intercept(), other.intercept())


@pytest.mark.parametrize("memory", ["small", "small_direct"])
@pytest.mark.parametrize("n_classes", [3, 12, 40])
@pytest.mark.parametrize("variant", VARIANTS)
def test_how_memory_grows_changes_no_bit(variant, n_classes, memory, request):
    data, codes = make_rows(0, 200, n_classes)
    expected = trained(VARIANTS[variant], data, codes)
    request.getfixturevalue(memory)
    model = trained(VARIANTS[variant], data, codes)
    assert_same(model, expected)
    np.testing.assert_array_equal(model.decision(data), expected.decision(data))
    features = np.arange(N_FEATURES, dtype=np.int32)
    largest = model.largest_weights(features)
    np.testing.assert_array_equal(largest, expected.largest_weights(features))


@pytest.mark.parametrize("variant", VARIANTS)
def test_states_copies_and_averages_of_models_that_hash(variant, small):
    data, codes = make_rows(1, 60, 20, 4000)
    model = trained(VARIANTS[variant], data, codes)
    arrays, header = model.state()
    assert "row_features" in arrays
    assert "places" not in arrays
    others = [
        LinearModel.from_state(arrays, header),
        model.copy(),
        pickle.loads(pickle.dumps(model)),
    ]
    model.update(data, codes)
    for other in others:
        other.update(data, codes)
        assert_same(model, other)
    start = model.copy()
    start.take_in(start.changes_since(start.branch(), 1, ROWS))  # nothing is pending
    learner = start.branch()
    learner.update(data, codes)
    mean = start.copy()
    mean.take_in(learner.changes_since(start, data.n_rows, ROWS))
    np.testing.assert_allclose(mean.coef(), learner.coef(), rtol=1e-4, atol=1e-5)


def test_a_state_with_a_number_for_each_feature_goes_on(request):
    data, codes = make_rows(2, 60, 40)
    model = trained({}, data, codes)
    arrays, header = model.state()
    assert "places" in arrays
    request.getfixturevalue("small")
    other = LinearModel.from_state(arrays, header)
    for each in (model, other):
        each.update(data, codes)
    assert_same(model, other)


def test_models_side_by_side_grow_too(request):
    data, _ = make_rows(3, 80, 2)
    codes = np.random.default_rng(0).integers(0, 2, 80).astype(np.int32)

    def models():
        result = [LinearModel(LinearSettings(eta0=0.1 * n), N_FEATURES) for n in range(1, 20)]
        for model in result:
            model.add_classes(2)
        return result

    alone = models()
    for model in alone:
        model.update(data, codes)
    request.getfixturevalue("small")
    together, given = ModelsSideBySide(models()), models()
    together.update(data, codes, None, np.arange(80))
    for number, model in enumerate(given):
        together.give_back(number, model)
        assert_same(model, alone[number])


def slopes_of(settings, scores, y):
    if settings.loss == "squared_hinge":
        return -2 * y * np.maximum(0, 1 - y * scores)
    if settings.loss == "hinge":
        return -y * (y * scores <= 1)
    if settings.softmax:
        odds = np.exp(scores - scores.max())
        return odds / odds.sum() - (y > 0)
    return -y / (1 + np.exp(y * scores))


def learned_by_twin(settings, X, codes, n_classes, n_lanes, most):
    """Learn rows of many classes as loops over dense arrays; return weights, and what is left out.

    A feature gets weights of the classes that its rows are of, or are nearly taken for: of all that
    are in the same ``n_lanes`` columns, and of at most ``most``.
    """
    n_features = X.shape[1]
    prior, rate = (PRIOR, 0.2 * PACE) if settings.loss == "log_loss" else (0.0, 0.2)
    w, g = np.zeros((2, n_features + 1, n_lanes * -(-n_classes // n_lanes)))
    has = np.zeros((n_features + 1, w.shape[1] // n_lanes), bool)
    has[-1] = True
    left_out = 0
    for row in range(len(X)):
        x = np.append(X[row], 1.0)
        scores = (x @ w)[:n_classes]
        y = np.where(np.arange(n_classes) == codes[row], 1.0, -1.0)
        slopes = np.zeros(w.shape[1])
        slopes[:n_classes] = slopes_of(settings, scores, y)
        near = (np.abs(slopes) >= CONCERNED).reshape(-1, n_lanes).any(axis=1)
        near[codes[row] // n_lanes] |= slopes[codes[row]] != 0 or n_lanes > 1
        own_first = np.argsort(np.arange(len(near)) != codes[row] // n_lanes, kind="stable")
        for feature in np.flatnonzero(X[row]):
            for group in own_first:
                if near[group] and has[feature].sum() < most:
                    has[feature, group] = True
        gradient = np.outer(x, slopes) * np.repeat(has, n_lanes, axis=1)
        left_out += np.count_nonzero(np.outer(x, slopes)) - np.count_nonzero(gradient)
        g += gradient**2
        w -= rate * gradient / np.sqrt(g + prior * (x * x)[:, None] + 1e-6)
    return w[:, :n_classes], left_out


def rows_without_a_feature_twice(seed, n_rows, n_classes, n_features):
    data, codes = make_rows(seed, n_rows, n_classes, n_features)
    X = sp.csr_array((data.data, data.indices, data.indptr), (n_rows, n_features)).toarray()
    alone = sp.csr_array(X)
    columns, indptr = alone.indices.astype(np.int32), alone.indptr.astype(np.int64)
    return Csr(alone.data, columns, indptr, n_features), X, codes


def test_softmax_has_weights_of_the_tiles_that_rows_concern():
    """Against a twin of many classes: tiles take features of their own rows, and near ones."""
    n_classes = MANY + 60
    data, X, codes = rows_without_a_feature_twice(4, 900, n_classes, 400)
    settings = LinearSettings(loss="log_loss", eta0=0.2)
    model = LinearModel(settings, 400)
    model.add_classes(n_classes)
    w, left_out = learned_by_twin(settings, X, codes, n_classes, 16, n_classes)
    model.update(data, codes)
    assert left_out > 0
    # In float32 a slope may be at the other side of the limit, so a few weights differ.
    assert np.isclose(model.coef(), w[:-1].T, rtol=1e-3, atol=1e-3).mean() > 0.99
    assert np.isclose(model.intercept(), w[-1], rtol=1e-3, atol=1e-3).mean() > 0.95


@pytest.mark.parametrize("loss", ["squared_hinge", "log_loss"])
def test_rows_of_many_classes_are_predicted_that_were_not_learned(loss):
    rng = np.random.default_rng(0)
    codes = np.append(np.arange(400), rng.integers(0, 400, 8000)).astype(np.int32)
    columns = np.column_stack([
        6 * codes + rng.integers(0, 6, len(codes)),
        6 * codes + rng.integers(0, 6, len(codes)),
        2400 + 8 * (codes // 10) + rng.integers(0, 8, len(codes)),
        2720 + rng.integers(0, 200, len(codes)),
    ]).astype(np.int32)  # fmt: skip
    indptr, data = np.arange(0, columns.size + 1, 4), np.full(columns.size, 0.5, np.float32)
    csr = Csr(data, columns.ravel(), indptr, 2920)
    model = LinearModel(LinearSettings(loss=loss, eta0=0.2), 2920)
    model.update(csr, codes, order=np.arange(7000))
    is_right = model.decision(csr).argmax(axis=1) == codes
    assert is_right[7000:].mean() > 0.9


@pytest.mark.parametrize("loss", ["squared_hinge", "log_loss"])
def test_memory_is_that_of_what_is_stored(loss):
    data, codes = make_rows(5, 6000, 2000, 2**20)
    model = LinearModel(LinearSettings(loss=loss), 2**20)
    model.update(data, codes)
    assert model.n_classes > 1500
    if loss == "log_loss":
        reserved = sum(each.rows.nbytes + each.places.nbytes for each in model._weights.blocks)
    else:
        reserved = sum(each.nbytes for each in model._weights.lists)
    assert model.n_bytes <= reserved < (1e9 if loss == "log_loss" else 1e8)


@pytest.fixture
def many_texts():
    labels = [f"tag{number % 400}" for number in range(1200)]
    texts = [f"item{number % 400} shelf{number % 40} box" for number in range(1200)]
    return texts, labels


@pytest.mark.parametrize("more", [{}, SOFTMAX])
def test_a_classifier_of_many_labels_in_a_file(more, many_texts, tmp_path, small):
    texts, labels = many_texts
    model = tor.TextClassifier(preset="fast", n_features=2**12, **more).fit(texts, labels)
    assert model.score(texts, labels) > 0.9
    model.save(tmp_path / "m.torrential")
    loaded = tor.load(tmp_path / "m.torrential")
    np.testing.assert_array_equal(model.decision_function(texts), loaded.decision_function(texts))
    for each in (model, loaded):
        each.partial_fit(texts, labels)
    np.testing.assert_array_equal(model.coef_, loaded.coef_)


@pytest.mark.parametrize(
    "damage",
    [
        lambda features: features.__setitem__(3, 2**12),
        lambda features: features.__setitem__(3, -1),
        lambda features: features.__setitem__(3, features[2]),
    ],
)
def test_rows_of_no_feature_are_seen_when_a_model_is_loaded(damage, many_texts, tmp_path, small):
    model = tor.TextClassifier(preset="fast", n_features=2**12, **SOFTMAX).fit(*many_texts)
    model.save(tmp_path / "m.torrential")
    arrays, header = read_model(tmp_path / "m.torrential")
    arrays = {name: array.copy() for name, array in arrays.items()}
    damage(arrays["row_features"])
    write_model(tmp_path / "m.torrential", arrays, header)
    with pytest.raises(ModelFileError, match=r"its (rows have features|features have several)"):
        tor.load(tmp_path / "m.torrential")


def test_too_little_memory_is_a_sentence():
    with pytest.raises(NotEnoughMemoryError, match=r"weights, which need .* MB more: lower n_feat"):
        aligned_zeros(2**60, np.float32, "the weights")
    message = r"memory to train \(Unable to allocate .*\): lower n_f"
    with pytest.raises(MemoryError, match=message), enough_memory_to("train"):
        np.zeros(2**57)


def take_too_much(shared, item):
    return np.zeros(2**57)


@pytest.mark.parametrize(
    "executor", [Threads(2), Joblib(1), Joblib(2, backend="threading")], ids=str
)
def test_too_little_memory_for_a_part_is_a_sentence(executor):
    message = r"There is not enough memory to do a part of the work \(Unable to .*\): lower n_f"
    with pytest.raises(NotEnoughMemoryError, match=message):
        executor.map_reduce(take_too_much, [1, 2], max)
    with pytest.raises(NotEnoughMemoryError, match=message):
        list(executor.map(take_too_much, [1, 2]))


def test_what_weights_may_take_is_said_after_the_first_window(many_texts, caplog):
    with caplog.at_level("INFO", "torrential.train"):
        tor.TextClassifier(preset="fast", n_features=2**12).fit(*many_texts)
    assert "the weights of 400 classes take" in caplog.text
    assert expected_bytes(10, None) is None
