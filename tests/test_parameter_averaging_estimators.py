"""ParameterAveraging of linear estimators and pipelines, of ours and of scikit-learn."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import scipy.sparse as sp
from sklearn import linear_model
from sklearn.base import clone
from sklearn.datasets import make_classification, make_regression
from sklearn.feature_extraction import text as sk_text
from sklearn.metrics import r2_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.utils.class_weight import compute_class_weight

import torrential as tor

pytestmark = pytest.mark.jit

THREE = make_classification(500, 20, n_informative=8, n_classes=3, class_sep=2, random_state=0)
TWO = THREE[0], np.where(THREE[1] == 0, "no", "yes")
NUMBERS = make_regression(500, 20, n_informative=8, noise=1, random_state=0)
NUMBERS = NUMBERS[0], NUMBERS[1] / NUMBERS[1].std()
SLOW = {"learning_rate": "constant", "eta0": 0.01}

CLASSIFIERS = {
    "ours": tor.SGDClassifier(),
    "ours, log_loss": tor.SGDClassifier("log_loss", penalty=None),
    "ours, averaged": tor.SGDClassifier(average=True),
    "ours, constant": tor.SGDClassifier(penalty="l1", **SLOW),
    "our Perceptron": tor.Perceptron(),
    "theirs": linear_model.SGDClassifier(alpha=0.01),
    "theirs, constant": linear_model.SGDClassifier("log_loss", penalty="elasticnet", **SLOW),
    "theirs, averaged": linear_model.SGDClassifier(alpha=0.01, average=True),
    "theirs, averaged from late on": linear_model.SGDClassifier(alpha=0.01, average=90),
    "their Perceptron": linear_model.Perceptron(),
}
REGRESSORS = {
    "ours": tor.SGDRegressor(),
    "ours, constant": tor.SGDRegressor(**SLOW),
    "theirs": linear_model.SGDRegressor(),
    "theirs, averaged": linear_model.SGDRegressor(average=True, **SLOW),
}


def averaging(estimator: Any, executor: Any = None, **parameters: Any) -> Any:
    executor = executor or tor.Threads(2)
    return tor.ParameterAveraging(estimator, executor=executor, **parameters)


def weights_of(model: Any) -> Any:
    return np.column_stack([np.atleast_2d(model.coef_), model.intercept_])


@pytest.mark.parametrize("problem", [TWO, THREE], ids=["two", "three"])
@pytest.mark.parametrize("kind", CLASSIFIERS)
def test_classifiers(kind: str, problem: Any) -> None:
    X, y = problem
    estimator = CLASSIFIERS[kind]
    before = set(vars(estimator))
    how = {"n_partitions": 5, "n_rounds": 4, "validation_fraction": 0.2}
    model = averaging(estimator, **how).fit(X, y)
    assert model.score(X, y) > 0.75
    assert len(model.history_) == model.n_iter_ == 4
    for mix in model.history_:
        assert mix.n_rows == 400
        assert len(mix.parts) == 5
        assert mix.held_out > np.mean(mix.parts) - 0.05
        assert 0 < mix.accuracy < 1
    assert set(vars(estimator)) == before, "it is cloned"
    np.testing.assert_array_equal(model.classes_, np.unique(y))
    np.testing.assert_array_equal(model.predict(X), model.estimator_.predict(X))
    assert hasattr(model, "predict_proba") == hasattr(estimator, "predict_proba")
    if hasattr(model, "predict_proba"):
        assert model.predict_proba(X).shape == (500, len(np.unique(y)))
    scores = X @ np.atleast_2d(model.coef_).T + model.intercept_
    scores = scores if len(model.classes_) > 2 else scores[:, 0]
    np.testing.assert_allclose(model.decision_function(X), scores, rtol=1e-3, atol=1e-3)
    again = averaging(estimator, tor.Joblib(2, "threading"), **how).fit(X, y)
    np.testing.assert_array_equal(weights_of(again), weights_of(model))


@pytest.mark.parametrize("kind", REGRESSORS)
def test_regressors(kind: str) -> None:
    X, y = NUMBERS
    how = {"n_partitions": 5, "n_rounds": 6, "validation_fraction": 0.2}
    model = averaging(REGRESSORS[kind], **how).fit(X, y)
    assert model.score(X, y) == pytest.approx(r2_score(y, model.predict(X)))
    assert model.score(X, y) > 0.8
    losses = [mix.average_loss for mix in model.history_]
    assert losses[-1] < losses[0]
    assert {mix.accuracy for mix in model.history_} == {None}
    assert model.history_[-1].held_out > 0.8
    assert not hasattr(model, "classes_")
    assert not hasattr(model, "decision_function")
    again = averaging(REGRESSORS[kind], tor.Threads(3), **how).fit(X, y)
    np.testing.assert_array_equal(weights_of(again), weights_of(model))


@pytest.mark.timeout(180)
@pytest.mark.parametrize("kind", ["ours", "theirs, averaged"])
def test_the_same_bits_in_other_processes(kind: str) -> None:
    there = averaging(CLASSIFIERS[kind], tor.Joblib(2, "loky"), n_partitions=2).fit(*THREE)
    here = averaging(CLASSIFIERS[kind], n_partitions=2).fit(*THREE)
    np.testing.assert_array_equal(weights_of(there), weights_of(here))


@pytest.mark.parametrize("kind", CLASSIFIERS)
@pytest.mark.parametrize("problem", [TWO, THREE], ids=["two", "three"])
def test_one_part_is_learned_as_partial_fit_does(kind: str, problem: Any) -> None:
    X, y = problem
    estimator = CLASSIFIERS[kind]
    if "random_state" in estimator.get_params():
        estimator = clone(estimator).set_params(random_state=0)
    model = averaging(estimator, n_partitions=1, n_rounds=1, shuffle=False, random_state=5)
    model.fit(X, y)
    order = tor_order(500, 5)
    serial = clone(estimator).partial_fit(X[order], y[order], classes=np.unique(y))
    tolerance = {"rtol": 1e-3, "atol": 1e-4} if "ours" in kind else {"rtol": 1e-6, "atol": 1e-9}
    np.testing.assert_allclose(weights_of(model), weights_of(serial), **tolerance)
    np.testing.assert_array_equal(model.predict(X), serial.predict(X))
    if hasattr(serial, "t_"):
        assert final(model).t_ == serial.t_


def tor_order(n_rows: int, seed: int) -> Any:
    """Return the order in which the rows of a matrix are assigned."""
    from torrential.data.views.order import row_order

    return row_order(n_rows, seed, 0, n_rows)


def final(model: Any) -> Any:
    return getattr(model.estimator_, "steps", [[None, model.estimator_]])[-1][1]


@pytest.mark.parametrize("kind", ["ours", "ours, averaged", "theirs", "theirs, averaged"])
def test_the_estimator_learns_on(kind: str) -> None:
    X, y = THREE
    model = averaging(CLASSIFIERS[kind], n_rounds=2).fit(X, y)
    before = weights_of(model)
    model.estimator_.partial_fit(X, y)
    assert not np.array_equal(weights_of(model), before)
    assert model.score(X, y) > 0.75


def test_their_own_shuffling_has_a_seed() -> None:
    """Without random_state, they would take NumPy's global one."""
    estimator = linear_model.SGDClassifier(alpha=0.01)
    fits = [averaging(estimator, n_rounds=2).fit(*THREE) for _ in range(2)]
    np.testing.assert_array_equal(weights_of(fits[0]), weights_of(fits[1]))
    assert fits[0].estimator_.random_state is None


# Kinds of rows


def test_sparse_and_dense_matrices() -> None:
    X, y = THREE
    X = np.where(np.abs(X) < 0.7, 0, X)
    dense = averaging(tor.SGDClassifier()).fit(X, y)
    for kind in (sp.csr_matrix, sp.coo_array, sp.csc_array):
        sparse = averaging(tor.SGDClassifier()).fit(kind(X), y)
        np.testing.assert_array_equal(sparse.coef_, dense.coef_)
        np.testing.assert_array_equal(sparse.predict(kind(X)), dense.predict(X))
    assert dense.n_features_in_ == 20


def test_data_frames_have_names() -> None:
    pd = pytest.importorskip("pandas")
    X, y = THREE
    frame = pd.DataFrame(X, columns=[f"column{i}" for i in range(20)])
    model = averaging(linear_model.SGDClassifier(alpha=0.01)).fit(frame, pd.Series(y))
    assert model.feature_names_in_.tolist() == list(frame.columns)
    np.testing.assert_array_equal(model.predict(frame), model.estimator_.predict(X))
    with pytest.raises(ValueError, match="feature names"):
        model.predict(frame.rename(columns={"column1": "other"}))
    model.fit(X, y)
    assert not hasattr(model, "feature_names_in_")


def test_input_is_not_changed() -> None:
    X, y = (array.copy() for array in THREE)
    weight = np.ones(500)
    for array in (X, y, weight):
        array.flags.writeable = False
    averaging(tor.SGDClassifier(), n_rounds=1).fit(X, y, sample_weight=weight)


def test_more_parts_than_rows() -> None:
    X, y = THREE
    model = averaging(tor.SGDClassifier(), n_partitions=50, n_rounds=2).fit(X[:20], y[:20])
    assert [mix.n_rows for mix in model.history_] == [20, 20]


def test_averaging_in_the_middle_of_a_round() -> None:
    X, y = np.vstack([THREE[0]] * 5), np.tile(THREE[1], 5)
    model = averaging(tor.SGDClassifier(), n_partitions=2, n_rounds=2, average_every=500)
    model.fit(X, y)
    assert [mix.round for mix in model.history_] == [1, 1, 1, 2, 2, 2]
    assert [mix.n_rows for mix in model.history_] == [1000, 1000, 500] * 2


# Weights


@pytest.mark.parametrize("kind", ["ours", "our Perceptron", "theirs", "their Perceptron"])
def test_balanced_classes_are_weighed_by_all_of_their_rows(kind: str) -> None:
    """Scikit-learn refuses 'balanced' in partial_fit, which sees some of the rows only."""
    X, y = THREE
    chosen = np.concatenate([np.flatnonzero(y == 0)[:20], np.flatnonzero(y > 0)])
    X, y = X[chosen], np.array(["a", "b", "c"])[y[chosen]]
    classes = np.unique(y)
    weights = compute_class_weight("balanced", classes=classes, y=y)
    by_hand = dict(zip(classes.tolist(), weights.tolist(), strict=True))
    balanced, expected, plain = (
        averaging(clone(CLASSIFIERS[kind]).set_params(class_weight=spec), n_rounds=2).fit(X, y)
        for spec in ("balanced", by_hand, None)
    )
    np.testing.assert_array_equal(weights_of(balanced), weights_of(expected))
    assert not np.array_equal(weights_of(balanced), weights_of(plain))
    assert balanced.estimator_.class_weight == "balanced"


def test_balanced_learns_on_with_the_counts_of_all_rows() -> None:
    X, y = THREE
    model = averaging(tor.SGDClassifier(class_weight="balanced")).fit(X, y)
    assert model.estimator_._class_weight.counts.tolist() == np.bincount(y).tolist()


@pytest.mark.parametrize("kind", ["ours", "theirs"])
def test_sample_weights(kind: str) -> None:
    X, y = THREE
    weight = np.where(np.arange(500) < 300, 1.0, 0.0)
    model = averaging(CLASSIFIERS[kind], n_partitions=50).fit(X, y, sample_weight=weight)
    assert model.score(X[300:], y[300:]) > 0.7
    wrong = np.where(weight > 0, y, (y + 1) % 3)  # labels of no weight teach nothing
    other = averaging(CLASSIFIERS[kind], n_partitions=50).fit(X, wrong, sample_weight=weight)
    assert other.score(X[300:], y[300:]) > 0.7


# Texts and pipelines

RANDOM = np.random.default_rng(0)
WORDS = np.array([f"word{i}" for i in range(60)])
CODES = RANDOM.integers(0, 3, 300)
CHANCES = 1 / (1 + (np.arange(60) + 20 * np.arange(3)[:, None]) % 60)
CHANCES /= CHANCES.sum(axis=1, keepdims=True)
TEXTS = [" ".join(RANDOM.choice(WORDS, 10, p=CHANCES[code])) for code in CODES]
LABELS = np.array(["ant", "bee", "cow"])[CODES]

PIPELINES = {
    "ours": make_pipeline(tor.HashingVectorizer(n_features=2**10), tor.SGDClassifier()),
    "theirs": make_pipeline(
        sk_text.HashingVectorizer(n_features=2**10), linear_model.SGDClassifier(alpha=1e-4)
    ),
    "mixed": make_pipeline(
        sk_text.HashingVectorizer(n_features=2**10, norm=None),
        FunctionTransformer(np.log1p, feature_names_out=None),
        None,
        "passthrough",
        tor.Perceptron(),
    ),
}
PIPELINES["mixed"].set_params(hashingvectorizer__alternate_sign=False)


@pytest.fixture
def dataset(tmp_path: Any) -> Any:
    order = np.argsort(LABELS, kind="stable")
    labels = [None if i % 29 == 3 else LABELS[i] for i in order]
    table = pa.table({"text": [TEXTS[i] for i in order], "label": labels})
    pq.write_table(table, tmp_path / "rows.parquet", row_group_size=20)
    return tor.read(tmp_path / "rows.parquet", text="text", target="label")


@pytest.mark.parametrize("kind", PIPELINES)
def test_texts(kind: str, dataset: Any) -> None:
    how = {"n_partitions": 4, "n_rounds": 3, "validation_fraction": 0.2}
    model = averaging(PIPELINES[kind], **how).fit(TEXTS, LABELS)
    assert model.score(TEXTS, LABELS) > 0.8
    assert model.predict(TEXTS[:5]).shape == (5,)
    assert model.classes_.tolist() == ["ant", "bee", "cow"]
    for mix in model.history_:
        assert mix.held_out >= np.mean(mix.parts) - 0.1
    of_files = averaging(PIPELINES[kind], **how).fit(dataset)
    assert of_files.score(dataset) > 0.8
    np.testing.assert_array_equal(
        of_files.predict(dataset),
        of_files.predict([t for b in dataset.batches() for t in texts(b)]),
    )
    assert of_files.decision_function(dataset).shape == (300, 3)
    again = averaging(PIPELINES[kind], tor.Joblib(2, "threading"), **how).fit(dataset)
    np.testing.assert_array_equal(weights_of(again), weights_of(of_files))


def texts(batch: Any) -> Any:
    return batch.text.to_pylist()


@pytest.mark.parametrize("kind", ["ours", "theirs"])
def test_balanced_texts(kind: str, dataset: Any) -> None:
    balanced = clone(PIPELINES[kind]).set_params(sgdclassifier__class_weight="balanced")
    model = averaging(balanced, n_partitions=4).fit(dataset)
    assert model.score(dataset) > 0.8
    assert not np.array_equal(
        model.coef_, averaging(PIPELINES[kind], n_partitions=4).fit(dataset).coef_
    )


@pytest.mark.parametrize("estimator", [tor.SGDClassifier(), linear_model.SGDClassifier()], ids=str)
def test_a_bare_estimator_gets_a_vectorizer(estimator: Any, dataset: Any) -> None:
    model = averaging(estimator, n_partitions=2, n_rounds=1).fit(dataset)
    assert model.score(TEXTS, LABELS) > 0.7
    assert isinstance(model.estimator_[0], tor.HashingVectorizer)
    assert not hasattr(model, "n_features_in_")


@pytest.mark.parametrize("target", ["int64", "bool", "float64", "string"])
def test_labels_of_all_types_where_some_are_null(target: str) -> None:
    values = [code == 1 if target == "bool" else 2**60 + int(code) for code in CODES]
    if target == "string":
        values = [str(value) for value in values]
    if target == "float64":
        values = [float(code) for code in CODES]
    labels = [None if i % 7 == 2 else value for i, value in enumerate(values)]
    table = pa.table({"text": TEXTS, "label": pa.array(labels, target)})
    dataset = tor.read(table, text="text", target="label")
    model = averaging(PIPELINES["ours"], n_partitions=3).fit(dataset)
    assert set(model.classes_.tolist()) == set(values)
    assert model.score(dataset) > 0.8
    assert set(model.predict(TEXTS).tolist()) <= set(values)


@pytest.mark.parametrize(
    "regressor", [tor.SGDRegressor(penalty=None), linear_model.SGDRegressor(eta0=0.5)], ids=str
)
def test_numbers_of_texts(regressor: Any) -> None:
    estimator = make_pipeline(tor.HashingVectorizer(n_features=2**10), regressor)
    values = CODES + 0.5
    labels = [None if i % 11 == 2 else value for i, value in enumerate(values)]
    table = pa.table({"text": TEXTS, "value": labels})
    dataset = tor.read(table, text="text", target="value")
    model = averaging(estimator, n_partitions=3, n_rounds=8, validation_fraction=0.2).fit(dataset)
    assert model.score(dataset) > 0.5
    assert model.score(TEXTS, values) > 0.5
    assert model.history_[-1].held_out > 0.2
    assert {mix.accuracy for mix in model.history_} == {None}


def test_fitted_steps_are_kept() -> None:
    X, y = THREE
    scaler = StandardScaler().fit(X * 100)
    before = scaler.mean_.copy()
    model = averaging(make_pipeline(scaler, tor.SGDClassifier()), n_partitions=3).fit(X * 100, y)
    assert model.estimator_[0] is scaler
    np.testing.assert_array_equal(scaler.mean_, before)
    assert model.score(X * 100, y) > 0.75
    alone = averaging(tor.SGDClassifier(), n_partitions=3).fit(scaler.transform(X * 100), y)
    np.testing.assert_array_equal(model.coef_, alone.coef_)


def test_sample_weights_of_texts() -> None:
    weight = np.where(np.arange(300) < 150, 1.0, 0.0)
    wrong = np.where(weight > 0, LABELS, "ant")
    model = averaging(PIPELINES["theirs"], n_partitions=20)
    assert model.fit(TEXTS, wrong, sample_weight=weight).score(TEXTS[150:], LABELS[150:]) > 0.7
