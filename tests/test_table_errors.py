"""Pipelines and rows of tables that are refused, each in one sentence."""

import pytest
from sklearn.cluster import Birch
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import SGDClassifier
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

import torrential as tor
from table_rows import by_column, late, write_files


@pytest.fixture
def trips(tmp_path):
    return late(write_files(tmp_path))


def pipeline():
    return make_pipeline(by_column(), SGDClassifier(random_state=0))


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ([OneHotEncoder(), SGDClassifier()], r"Step 'onehotencoder' .* all rows .*categories="),
        (
            [ColumnTransformer([("city", OrdinalEncoder(), ["city"])]), SGDClassifier()],
            r"Step 'columntransformer' \(ColumnTransformer with OrdinalEncoder\) needs all rows",
        ),
        ([SimpleImputer(), SGDClassifier()], r"SimpleImputer\(strategy='constant'\)"),
        (
            [make_union(StandardScaler(), SimpleImputer()), SGDClassifier()],
            r"\(FeatureUnion with SimpleImputer\)",
        ),
    ],
)
def test_what_needs_all_rows_is_named(trips, steps, message):
    with pytest.raises(tor.ParameterError, match=message):
        tor.OutOfCore(make_pipeline(*steps)).fit(trips)


def test_wrong_rows_are_one_sentence(trips):
    model = tor.OutOfCore(pipeline()).fit(trips)
    frame = trips.to_pandas()
    for rows in (frame.drop(columns="miles"), late(frame, drop="miles")):
        with pytest.raises(tor.DataError, match=r"no input 'miles', .* 'city', 'hour', 'miles', "):
            model.predict(rows)
    with pytest.raises(tor.DataError, match="is read as texts, but the model has learned a table"):
        model.predict(tor.read(frame, text="city"))
    with pytest.raises(tor.DataError, match="X is of type list, but the model has learned a table"):
        model.predict(["LAS", "JFK"])
    with pytest.raises(tor.DataError, match="Labels are missing"):
        tor.OutOfCore(pipeline()).fit(frame)
    with pytest.raises(tor.DataError, match="X has 3000 rows but y has 10"):
        tor.OutOfCore(pipeline()).fit(frame, frame["late"][:10])
    with pytest.raises(tor.DataError, match="could not convert string to float"):
        tor.OutOfCore(make_pipeline(StandardScaler(), SGDClassifier())).fit(trips)
    texts = tor.OutOfCore(make_pipeline(tor.HashingVectorizer(), SGDClassifier()))
    texts.fit(["a", "b"], [0, 1])
    with pytest.raises(tor.ParameterError, match="has no text for this estimator"):
        texts.predict(trips)


def test_a_fault_in_rows_to_predict_is_one_sentence(trips):
    model = tor.OutOfCore(pipeline()).fit(trips)
    with pytest.raises(tor.DataError, match="could not convert string to float: 'far'"):
        model.predict(trips.to_pandas().assign(miles="far"))


def test_weights_for_clusters_that_take_none(trips):
    weighed = tor.read(trips.to_pandas(), weight="miles", columns=["wet"])
    with pytest.raises(tor.ParameterError, match="Birch takes no weights"):
        tor.OutOfCore(Birch()).fit(weighed)


def test_missing_values_that_a_step_does_not_take_are_one_sentence(trips):
    hours = late(trips.to_pandas(), columns=["hour"])
    with pytest.raises(tor.DataError) as caught:
        tor.OutOfCore(SGDClassifier()).fit(hours)
    assert str(caught.value) == (
        "Input X contains NaN: fill in missing values, for example by a step "
        "SimpleImputer(strategy='constant') of a pipeline."
    )
