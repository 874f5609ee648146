"""Pipelines of scikit-learn over tables: parity with a loop by hand, all inputs, errors."""

import inspect

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn import config_context
from sklearn.base import clone
from sklearn.cluster import Birch, MiniBatchKMeans
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import IncrementalPCA
from sklearn.feature_extraction import FeatureHasher
from sklearn.linear_model import SGDClassifier, SGDRegressor
from sklearn.naive_bayes import BernoulliNB, GaussianNB, MultinomialNB
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import (
    FunctionTransformer,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    StandardScaler,
)

import torrential as tor
from table_rows import CITIES, by_column, frame_of, late, make_columns, write_files
from torrential.adapters.plain_state import state_of

NUMBERS = ["miles", "wet"]
PASSIVE = SGDClassifier(random_state=0, penalty=None, learning_rate="pa1", eta0=1.0)

FINALS = {
    "sgd": SGDClassifier(random_state=0),
    "sgd, averaged": SGDClassifier(random_state=0, average=100),
    "passive aggressive": PASSIVE,
    "normal": GaussianNB(),
    "multinomial": MultinomialNB(),
    "bernoulli": BernoulliNB(),
    "network": MLPClassifier((8,), random_state=0),
    "ours": tor.SGDClassifier(),
    "clusters": MiniBatchKMeans(3, random_state=0),
    "tree of clusters": Birch(threshold=0.05),
    "components": IncrementalPCA(2),
}


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    return write_files(tmp_path_factory.mktemp("trips"))


@pytest.fixture
def trips(paths):
    return late(paths)


def assert_same(one, other):
    """Compare all that two estimators have learned, to the bit."""
    if isinstance(one, Birch):
        one, other = one.subcluster_centers_, other.subcluster_centers_
    (first, of_first), (second, of_second) = (
        (state_of(each, "estimator", arrays), arrays) for each, arrays in ((one, {}), (other, {}))
    )
    assert first == second
    for name, array in of_first.items():
        np.testing.assert_array_equal(array, of_second[name])


def given(final):
    """What partial_fit takes besides the rows."""
    has_classes = "classes" in inspect.signature(final.partial_fit).parameters
    return {"classes": ["no", "yes"]} if has_classes else {}


@pytest.mark.parametrize("name", FINALS)
def test_numbers_are_learned_as_in_a_loop_by_hand(paths, name):
    data = late(paths, columns=NUMBERS)
    scaler, final = MinMaxScaler(), clone(FINALS[name])
    model = tor.OutOfCore(make_pipeline(scaler, final), shuffle=False).fit(data)
    for batch in data.batches():
        frame = frame_of(batch)
        X = scaler.partial_fit(frame).transform(frame)
        final.partial_fit(X, np.array(batch.target.to_pylist()), **given(final))
    assert_same(model.estimator_[0], scaler)
    assert_same(model.estimator_[-1], final)
    assert model.feature_names_in_.tolist() == scaler.feature_names_in_.tolist() == NUMBERS
    assert model.n_features_in_ == 2


def test_columns_of_all_kinds_are_learned_as_in_a_loop_by_hand(trips):
    final = SGDClassifier(random_state=0)
    model = tor.OutOfCore(make_pipeline(by_column(), final), shuffle=False).fit(trips)
    cities = by_column().transformers[0][1]
    imputer, scaler = by_column().transformers[1][1]
    for batch in trips.batches():
        frame = frame_of(batch)
        imputed = imputer.fit(frame[["hour", "miles"]]).transform(frame[["hour", "miles"]])
        parts = [
            cities.fit(frame[["city"]]).transform(frame[["city"]]).toarray(),
            scaler.partial_fit(imputed).transform(imputed),
            frame[["wet"]].to_numpy(),
        ]
        final.partial_fit(np.hstack(parts), batch.target.to_pylist(), classes=["no", "yes"])
    learned = model.estimator_[0].named_transformers_["numbers"][-1]
    assert learned.n_samples_seen_ == 3000
    np.testing.assert_array_equal(learned.mean_, scaler.mean_)
    np.testing.assert_array_equal(learned.scale_, scaler.scale_)
    np.testing.assert_array_equal(model.estimator_[-1].coef_, final.coef_)
    assert model.score(trips) > 0.6


PIPELINES = {
    "by column": lambda: make_pipeline(by_column(), SGDClassifier(random_state=0)),
    "hashed": lambda: make_pipeline(FeatureHasher(2**8), SGDClassifier(random_state=0)),
    "encoded": lambda: make_pipeline(
        ColumnTransformer([("city", OneHotEncoder(categories=[[*CITIES, np.nan]]), ["city"])]),
        tor.SGDClassifier(),
    ),
    "a union": lambda: make_pipeline(
        ColumnTransformer([("few", "passthrough", NUMBERS)]),
        make_union(StandardScaler(), PolynomialFeatures(2)),
        SGDClassifier(random_state=0),
    ),
    "a function": lambda: make_pipeline(
        FunctionTransformer(night_and_day), StandardScaler(), SGDClassifier(random_state=0)
    ),
}


def night_and_day(frame):
    return frame[["hour", "miles"]].fillna(0).assign(night=frame["hour"] > 21)


@pytest.mark.parametrize("name", PIPELINES)
def test_any_number_of_threads_gives_the_same_bits(trips, name):
    one, three = (
        tor.OutOfCore(PIPELINES[name](), max_iter=2, n_jobs=n_jobs).fit(trips) for n_jobs in (1, 3)
    )
    np.testing.assert_array_equal(one.estimator_[-1].coef_, three.estimator_[-1].coef_)
    np.testing.assert_array_equal(one.decision_function(trips), three.decision_function(trips))


def test_given_categories_are_the_same_as_those_of_all_rows(trips):
    def model(encoder):
        steps = ColumnTransformer([("city", encoder, ["city"])])
        return tor.OutOfCore(make_pipeline(steps, SGDClassifier(random_state=0)))

    known = [[*CITIES, np.nan]]
    one = model(OneHotEncoder(categories=known)).fit(trips)
    frame = trips.to_pandas()
    fitted = make_pipeline(ColumnTransformer([("city", OneHotEncoder(), ["city"])]))
    fitted.fit(frame.assign(city=frame["city"].astype(object).where(frame["city"].notna(), np.nan)))
    other = tor.OutOfCore(make_pipeline(fitted[0], SGDClassifier(random_state=0))).fit(trips)
    assert other.estimator_[0] is fitted[0]
    np.testing.assert_array_equal(one.estimator_[-1].coef_, other.estimator_[-1].coef_)


def record_batch(frame):
    return pa.Table.from_pandas(frame).combine_chunks().to_batches()[0]


INPUTS = {
    "pandas": lambda frame, data: frame,
    "other columns, in another order": lambda frame, data: frame.assign(more=1).iloc[:, ::-1],
    "polars": lambda frame, data: pl.from_pandas(frame),
    "lazy frame": lambda frame, data: pl.from_pandas(frame).lazy(),
    "Arrow": lambda frame, data: pa.Table.from_pandas(frame),
    "record batch": lambda frame, data: record_batch(frame),
    "columns": lambda frame, data: {name: frame[name].to_numpy() for name in frame},
    "dicts": lambda frame, data: pa.Table.from_pandas(frame).to_pylist(),
    "dataset": lambda frame, data: data,
    "dataset without labels": lambda frame, data: tor.read(frame.drop(columns="late")),
}


@pytest.mark.parametrize("kind", INPUTS)
@pytest.mark.parametrize("name", ["by column", "hashed"])
def test_rows_of_any_kind_are_predicted(trips, name, kind):
    model = tor.OutOfCore(PIPELINES[name]()).fit(trips)
    frame = trips.to_pandas()
    expected = model.predict(trips)
    np.testing.assert_array_equal(model.predict(INPUTS[kind](frame, trips)), expected)
    assert set(expected) == {"no", "yes"}


def test_frames_are_learned_as_datasets_are(trips):
    frame = trips.to_pandas()
    X, y = frame.drop(columns="late"), frame["late"]
    data = tor.read(frame, target="late")
    pipeline = PIPELINES["by column"]()
    expected = tor.OutOfCore(pipeline).fit(data).estimator_[-1].coef_
    for rows in (X, pl.from_pandas(X), pa.Table.from_pandas(X)):
        model = tor.OutOfCore(pipeline).fit(rows, y)
        np.testing.assert_array_equal(model.estimator_[-1].coef_, expected)
        assert model.score(rows, y) == model.score(trips) == model.evaluate(X, y).accuracy


def test_more_rows_are_learned_by_their_columns_names():
    frame = pa.table(make_columns(2000)).to_pandas()
    X, y = frame.drop(columns="late"), frame["late"]
    pipeline = PIPELINES["by column"]()
    one, other = tor.OutOfCore(pipeline), tor.OutOfCore(pipeline)
    for rows in (slice(0, 500), slice(500, 2000)):
        one.partial_fit(X[rows], y[rows], classes=["no", "yes"])
        other.partial_fit(X[rows].iloc[:, ::-1] if rows.start else X[rows], y[rows])
    np.testing.assert_array_equal(one.estimator_[-1].coef_, other.estimator_[-1].coef_)
    assert one.n_iter_ == 2
    assert one.estimator_[0].named_transformers_["numbers"][-1].n_samples_seen_ == 2000


def test_an_array_is_learned_and_predicted_as_one():
    random = np.random.default_rng(0)
    X = random.normal(size=(800, 3))
    y = X[:, 0] > X[:, 1]
    model = tor.OutOfCore(make_pipeline(StandardScaler(), SGDClassifier(random_state=0))).fit(X, y)
    assert model.score(X, y) > 0.9
    assert model.score(X.tolist(), y) == model.score(X, y)
    np.testing.assert_allclose(model.estimator_[0].mean_, X.mean(axis=0))
    assert model.n_features_in_ == 3
    assert not hasattr(model, "feature_names_in_")
    assert not hasattr(model.estimator_[0], "feature_names_in_")
    with pytest.raises(tor.DataError, match="learned 3 columns"):
        model.predict(X[:, :2])


def test_frames_of_polars_if_the_output_is_one(paths):
    data = late(paths, columns=NUMBERS)
    seen = []
    looking = FunctionTransformer(lambda X: seen.append(type(X)) or X)
    pipeline = make_pipeline(looking, StandardScaler(), SGDClassifier(random_state=0))
    expected = tor.OutOfCore(pipeline).fit(data).estimator_[-1].coef_
    assert set(seen) == {pd.DataFrame}
    seen.clear()
    with config_context(transform_output="polars"):
        model = tor.OutOfCore(pipeline, n_jobs=2).fit(data)
        model.predict(data)
    np.testing.assert_array_equal(model.estimator_[-1].coef_, expected)
    assert set(seen) == {pl.DataFrame}
    seen.clear()
    pipeline[1].set_output(transform="polars")
    model = tor.OutOfCore(pipeline).fit(data)
    np.testing.assert_array_equal(model.estimator_[-1].coef_, expected)
    assert set(seen) == {pl.DataFrame}
    assert model.estimator_[-1].feature_names_in_.tolist() == NUMBERS


def test_regression(trips):
    frame = trips.to_pandas().fillna({"hour": 12})
    y = frame["hour"] * 2 + frame["wet"]
    X = frame[["hour", "wet"]]
    model = tor.OutOfCore(make_pipeline(StandardScaler(), SGDRegressor(random_state=0)), max_iter=3)
    assert model.fit(X, y).score(X, y) > 0.95
    assert model.evaluate(X, y).r2 == pytest.approx(model.score(X, y))


def test_clusters_and_components_need_no_target(paths):
    data = tor.read(paths, columns=NUMBERS)
    clusters = tor.OutOfCore(make_pipeline(StandardScaler(), MiniBatchKMeans(3, random_state=0)))
    assert set(clusters.fit(data).predict(data)) == {0, 1, 2}
    assert clusters.transform(data).shape == (3000, 3)
    assert clusters.fit(data.to_pandas()[NUMBERS]).predict(data).shape == (3000,)
    components = tor.OutOfCore(make_pipeline(StandardScaler(), IncrementalPCA(1))).fit(data)
    frame = data.to_pandas()[NUMBERS].astype(float)
    fitted = components.estimator_
    np.testing.assert_array_equal(components.transform(data), fitted.transform(frame))
    assert components.transform(data.take(0)).shape == (0, 1)


def test_weights_of_rows_count():
    columns = {**make_columns(400), "times": pa.array(np.arange(400) % 2)}
    data = tor.read(columns, target="late", weight="times", columns=NUMBERS)
    half = pa.table(columns).to_pandas()[1::2]
    weighed = tor.OutOfCore(GaussianNB()).fit(data).estimator_
    alone = tor.OutOfCore(GaussianNB()).fit(half[NUMBERS], half["late"])
    np.testing.assert_allclose(weighed.theta_, alone.estimator_.theta_)


def test_no_rows_give_no_predictions(trips):
    model = tor.OutOfCore(make_pipeline(by_column(), SGDClassifier(loss="log_loss"))).fit(trips)
    for rows in (trips.take(0), trips.to_pandas().iloc[:0], []):
        assert model.predict(rows).shape == (0,)
        assert model.predict_proba(rows).shape == (0, 2)
        assert model.decision_function(rows).shape == (0,)


def test_a_stream_that_is_read_once_is_learned():
    tables = [pa.table(make_columns(500, seed)).drop(["late"]) for seed in range(3)]
    encoder = OrdinalEncoder(
        categories=[CITIES], handle_unknown="use_encoded_value", unknown_value=-1
    ).set_params(encoded_missing_value=-1)
    steps = ColumnTransformer([("city", encoder, ["city"])])
    clusters = make_pipeline(steps, MinMaxScaler(), MiniBatchKMeans(2, random_state=0))
    model, again = tor.OutOfCore(clusters), tor.OutOfCore(clusters)
    model.fit(tor.read(iter(tables)))
    again.fit(tor.read(lambda: iter(tables)))
    np.testing.assert_array_equal(model.predict(tables[0]), again.predict(tables[0]))
