"""What is made of pipelines over tables: folds, searches, ensembles, averages, checkpoints."""

import numpy as np
import pyarrow as pa
import pytest
from sklearn.base import clone
from sklearn.cluster import MiniBatchKMeans
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction import FeatureHasher
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import SGDClassifier, SGDRegressor
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline, make_pipeline, make_union
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

import torrential as tor
from table_rows import CITIES, by_column, late, make_columns, write_files
from torrential.adapters.learner import PipelineLearner
from torrential.adapters.steps import signature_of

NUMBERS = ["miles", "wet"]


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    return write_files(tmp_path_factory.mktemp("trips"))


@pytest.fixture
def trips(paths):
    return late(paths)


def columns():
    return make_pipeline(by_column(), SGDClassifier(random_state=0))


def hashed():
    return make_pipeline(FeatureHasher(2**8), tor.SGDClassifier())


def cities(categories=CITIES):
    encoder = OneHotEncoder(categories=[categories], handle_unknown="ignore")
    return ColumnTransformer([("city", encoder, ["city"])])


@pytest.mark.parametrize("make", [columns, hashed])
def test_models_of_folds_are_those_of_separate_fits(trips, make):
    model = tor.OutOfCore(make(), max_iter=2, shuffle=False)
    result = tor.cross_validate(model, trips, cv=3, return_estimator=True, n_jobs=2)
    for number, (train, test) in enumerate(trips.folds(3)):
        alone = tor.OutOfCore(make(), max_iter=2, shuffle=False).fit(train)
        beside = result["estimator"][number]
        np.testing.assert_array_equal(alone.decision_function(test), beside.decision_function(test))
        assert result["test_score"][number] == pytest.approx(alone.score(test))


def test_folds_of_frames_and_of_estimators_without_a_pipeline(paths, trips):
    frame = trips.to_pandas()
    result = tor.cross_validate(columns(), frame.drop(columns="late"), frame["late"], cv=3)
    assert result["test_score"].mean() > 0.6
    data = late(paths, columns=NUMBERS)
    scores = tor.cross_validate(GaussianNB(), data, cv=3, return_estimator=True)
    assert isinstance(scores["estimator"][0], GaussianNB)
    regressor = make_pipeline(StandardScaler(), SGDRegressor(random_state=0))
    rows = tor.read(paths, target="miles", columns=["wet"])
    assert np.isfinite(tor.cross_validate(regressor, rows, cv=3)["test_score"]).all()


@pytest.mark.parametrize("kind", [tor.GridSearchCV, tor.HalvingGridSearchCV])
def test_searches(trips, kind):
    grid = {"sgdclassifier__alpha": [1e-4, 1e-2], "columntransformer__sparse_threshold": [0.0, 1.0]}
    search = kind(columns(), grid, cv=3).fit(trips)
    one = kind(columns(), grid, cv=3, n_jobs=3).fit(trips)
    np.testing.assert_array_equal(
        search.cv_results_["mean_test_score"], one.cv_results_["mean_test_score"]
    )
    frame = trips.to_pandas()
    expected = search.predict(trips)
    np.testing.assert_array_equal(search.predict(frame.iloc[:, ::-1]), expected)
    assert search.score(trips) == np.mean(expected == frame["late"])
    assert search.score(frame.drop(columns="late"), frame["late"]) == search.score(trips)
    assert search.evaluate(trips).accuracy == pytest.approx(search.score(trips))


def test_candidates_share_steps_only_if_all_parameters_are_equal(trips):
    many = [f"no city {number}" for number in range(500)]
    grid = {"columntransformer__city__categories": [[[*many, "LAS"]], [[*many, "PHL"]]]}
    pipeline = make_pipeline(cities(), SGDClassifier(random_state=0))
    search = tor.GridSearchCV(pipeline, grid, cv=3).fit(trips)
    first, second = search.cv_results_["mean_test_score"]
    assert first > second
    array = np.arange(5000)
    one, other = (StandardScaler().set_params(copy=each) for each in (array, array * 1))
    assert signature_of(one) == signature_of(other)
    other.copy[2000] += 1
    assert repr(one.copy) == repr(other.copy)
    assert signature_of(one) != signature_of(other)


def test_steps_whose_fit_is_about_columns_are_shared_by_all_folds(trips):
    pipeline = make_pipeline(cities(), SGDClassifier(random_state=0))
    scores = tor.cross_validate(pipeline, trips, cv=3, return_estimator=True)
    rows = trips.to_pandas().head()
    learner = PipelineLearner(pipeline, np.array(["no", "yes"]), first=rows)
    assert [name for name, _ in learner.lead.steps] == ["columntransformer"]
    assert not hasattr(pipeline[0], "transformers_")
    assert scores["estimator"][0][0].transformers_[0][1].categories_[0].tolist() == CITIES


@pytest.mark.parametrize("make", [columns, hashed])
def test_bags(trips, make):
    bag = tor.BaggingClassifier(make(), 3).fit(trips)
    frame = trips.to_pandas()
    X, y = frame.drop(columns="late"), frame["late"]
    expected = bag.predict_proba(trips)
    np.testing.assert_array_equal(bag.predict_proba(X.iloc[:, ::-1]), expected)
    other = tor.BaggingClassifier(tor.OutOfCore(make()), 3, n_jobs=2).fit(trips)
    np.testing.assert_array_equal(other.predict_proba(X), expected)
    assert bag.score(trips) == bag.score(X, y) == other.score(X, y)


def averaged(estimator, **parameters):
    return tor.ParameterAveraging(estimator, n_partitions=3, n_rounds=2, **parameters)


def test_averages(paths, trips):
    numbers = late(paths, columns=NUMBERS)
    scaler = StandardScaler().fit(numbers.to_pandas()[NUMBERS].astype(float))
    for make, data in (
        (lambda: make_pipeline(scaler, SGDClassifier(random_state=0)), numbers),
        (lambda: make_pipeline(cities(), tor.SGDClassifier()), trips),
        (hashed, trips),
        (lambda: tor.SGDRegressor(), tor.read(paths, target="miles", columns=["wet"])),
    ):
        pipeline = make()
        one = averaged(pipeline, executor=tor.Threads(1), validation_fraction=0.2).fit(data)
        other = tor.Joblib(2) if make is hashed else tor.Threads(3)
        two = averaged(make(), executor=other, validation_fraction=0.2).fit(data)
        np.testing.assert_array_equal(one.coef_, two.coef_)
        np.testing.assert_array_equal(one.predict(data), one.predict(data.to_pandas()))
        assert one.score(data) == two.score(data)
    assert not hasattr(pipeline, "coef_")
    with pytest.raises(tor.ParameterError, match=r"'columntransformer' .* has to be fitted"):
        averaged(columns()).fit(trips)


class StopsAfter:
    """A step that passes rows on, and raises as Ctrl-C would after this many batches."""

    def __init__(self, n):
        self.n = n

    def __repr__(self):
        return "StopsAfter()"

    def __sklearn_clone__(self):
        return self

    def __sklearn_tags__(self):
        return FunctionTransformer().__sklearn_tags__()

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        self.n -= 1
        if self.n < 0:
            raise KeyboardInterrupt
        return X


LEARNERS = {
    "by column": columns,
    "categories": lambda: make_pipeline(cities(), tor.SGDClassifier()),
    "clusters": lambda: make_pipeline(by_column(), MiniBatchKMeans(3, random_state=0)),
    "network": lambda: make_pipeline(by_column(), MLPClassifier((8,), random_state=0)),
    "hashed": hashed,
}


@pytest.mark.parametrize("name", LEARNERS)
def test_a_fit_goes_on_from_a_checkpoint_in_the_same_bits(trips, tmp_path, name):
    pipeline = LEARNERS[name]()
    whole = tor.OutOfCore(pipeline, max_iter=3).fit(trips)

    def stopping(n):
        first = 1 if name == "hashed" else 0  # a hasher is the first step to get dicts
        steps = [*pipeline.steps[:first], ("stop", StopsAfter(n)), *pipeline.steps[first:]]
        return tor.OutOfCore(Pipeline([(key, clone(step)) for key, step in steps]), max_iter=3)

    with pytest.raises(KeyboardInterrupt):
        stopping(9).fit(trips, checkpoint=tmp_path / "kept", checkpoint_every=1000)
    again = stopping(10**9).fit(trips, checkpoint=tmp_path / "kept", resume=True)
    assert again.n_iter_ == 3
    method = {"clusters": "transform", "network": "predict_proba"}.get(name, "decision_function")
    np.testing.assert_array_equal(getattr(again, method)(trips), getattr(whole, method)(trips))


def test_fitted_steps_are_kept_as_they_are(trips):
    frame = trips.to_pandas()[["hour", "miles"]].fillna(0)
    scaler = StandardScaler().fit(frame)
    seen = scaler.n_samples_seen_
    union = make_union(FrozenEstimator(scaler), make_pipeline(StandardScaler()).fit(frame))
    model = tor.OutOfCore(make_pipeline(union, SGDClassifier(random_state=0)), max_iter=2)
    model.fit(frame, trips.to_pandas()["late"])
    parts = [part for _, part in model.estimator_[0].transformer_list]
    assert parts[0].estimator is scaler
    assert scaler.n_samples_seen_ == parts[1][0].n_samples_seen_ == seen
    frozen = FrozenEstimator(scaler)
    model = tor.OutOfCore(make_pipeline(frozen, SGDClassifier(random_state=0)), max_iter=2)
    model.fit(frame, trips.to_pandas()["late"])
    assert model.estimator_[0].estimator is scaler
    assert scaler.n_samples_seen_ == seen


def test_a_column_that_has_no_value_at_first_is_kept():
    columns = make_columns(4000)
    late_hours = pa.concat_arrays([pa.nulls(2000, pa.int64()), columns["hour"][2000:]])
    data = tor.read({**columns, "hour": late_hours}, target="late")
    frame = data.to_pandas()
    X, y = frame.drop(columns="late"), frame["late"]
    model = tor.OutOfCore(make_pipeline(by_column(), SGDClassifier(random_state=0)))
    model.partial_fit(X[:2000], y[:2000]).partial_fit(X[2000:], y[2000:])
    imputer, scaler = model.estimator_[0].named_transformers_["numbers"]
    assert imputer.statistics_.tolist() == [0.0, 0.0]
    assert not imputer.keep_empty_features
    assert scaler.mean_[0] > 0
    assert model.estimator_[-1].coef_.shape == (1, 6)


def test_estimators_of_tables_take_frames_in_folds(trips):
    frame = trips.to_pandas()
    X, y = frame.drop(columns="late"), frame["late"]
    model = tor.TableClassifier(n_features=2**10)
    scores = tor.cross_validate(model, X, y, cv=3)
    np.testing.assert_array_equal(
        scores["test_score"],
        tor.cross_validate(model, tor.read(frame, target="late"), cv=3)["test_score"],
    )
