"""Files of pipelines over tables, without pickle: there and back, and what they refuse."""

import numpy as np
import pytest
from sklearn.cluster import MiniBatchKMeans
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.decomposition import IncrementalPCA
from sklearn.feature_extraction import FeatureHasher
from sklearn.linear_model import SGDClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, PolynomialFeatures, StandardScaler

import torrential as tor
from table_rows import CITIES, by_column, late, write_files
from torrential.persistence.model_file import read_model, write_model

NUMBERS = ["miles", "wet"]
KNOWN = [[*CITIES, np.nan]]


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    return write_files(tmp_path_factory.mktemp("trips"))


def columns(encoder):
    return ColumnTransformer([("city", encoder, ["city"])], remainder="drop")


MODELS = {
    "numbers": lambda: make_pipeline(StandardScaler(), SGDClassifier(random_state=0)),
    "alone": GaussianNB,
    "by column": lambda: make_pipeline(by_column(), SGDClassifier(random_state=0)),
    "by column, ours": lambda: make_pipeline(by_column(), tor.SGDClassifier()),
    "by column, polars": lambda: make_pipeline(
        columns(OrdinalEncoder(categories=[[*CITIES, None]], encoded_missing_value=9)), GaussianNB()
    ).set_output(transform="polars"),
    "categories": lambda: make_pipeline(
        columns(OneHotEncoder(categories=KNOWN, drop="first")), SGDClassifier(random_state=0)
    ),
    "hashed": lambda: make_pipeline(FeatureHasher(2**8, input_type="pair"), tor.SGDClassifier()),
    "a union": lambda: make_pipeline(
        make_union(StandardScaler(), PolynomialFeatures(2)), SGDClassifier(random_state=0)
    ),
    "clusters": lambda: make_pipeline(by_column(), MiniBatchKMeans(5, random_state=0)),
    "components": lambda: make_pipeline(by_column(), IncrementalPCA(4)),
}


def rows_for(name, paths):
    return late(paths, columns=NUMBERS if name in ("numbers", "alone", "a union") else None)


@pytest.mark.parametrize("name", MODELS)
def test_there_and_back(paths, tmp_path, name):
    data = rows_for(name, paths)
    model = tor.OutOfCore(MODELS[name](), max_iter=2).fit(data)
    model.save(tmp_path / "a.model")
    found = tor.load(tmp_path / "a.model")
    method = {"clusters": "transform", "components": "transform"}.get(name, "predict")
    for rows in (data, data.to_pandas().iloc[:, ::-1]):
        np.testing.assert_array_equal(getattr(found, method)(rows), getattr(model, method)(rows))
    assert found.feature_names_in_.tolist() == list(data.columns.inputs)
    assert repr(found.estimator_) == repr(model.estimator_)
    assert repr(found.estimator) == repr(model.estimator_)
    model.partial_fit(data), found.partial_fit(data)
    np.testing.assert_array_equal(getattr(found, method)(data), getattr(model, method)(data))
    found.save(tmp_path / "b.model")
    assert tor.load(tmp_path / "b.model").n_iter_ == model.n_iter_


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        (
            lambda: [columns(OneHotEncoder(sparse_output=False))],
            r"'columntransformer' .* was fitted beforehand",
        ),
        (
            lambda: [ColumnTransformer([("a", StandardScaler(), make_column_selector("miles"))])],
            r"chooses columns for 'a' by .*: list their names",
        ),
        (
            lambda: [ColumnTransformer([("a", StandardScaler(), slice(1, 3))])],
            r"chooses columns for 'a' by slice\(1, 3, None\)",
        ),
    ],
)
def test_what_a_file_cannot_hold(paths, tmp_path, steps, message):
    data = late(paths)
    made = steps()
    if "fitted" in message:
        frame = data.to_pandas()
        made[0].fit(frame.assign(city=frame["city"].astype(object).fillna(np.nan)))
    model = tor.OutOfCore(make_pipeline(*made, GaussianNB()))
    frame = data.to_pandas().fillna({"hour": 0})
    model.fit(frame.drop(columns="late"), frame["late"])
    with pytest.raises(tor.ParameterError, match=message):
        model.save(tmp_path / "a.model")
    assert not (tmp_path / "a.model").exists()


def damaged(node, path=()):
    """Yield the place of each value of a header, and a value that does not belong there."""
    for key in node if isinstance(node, dict) else range(min(len(node), 2)):
        for odd in (None, -1, "odd", [], {}):
            yield (*path, key), odd
        if isinstance(node[key], dict | list):
            yield from damaged(node[key], (*path, key))


@pytest.mark.parametrize("part", ["steps", "form"])
def test_damaged_headers_are_refused_or_harmless(paths, tmp_path, part):
    path = tmp_path / "a.model"
    tor.OutOfCore(MODELS["by column"]()).fit(late(paths)).save(path)
    arrays, header = read_model(path)
    arrays = {name: array.copy() for name, array in arrays.items()}
    n_refused = 0
    for (*place, last), odd in list(damaged(header[part]))[::4]:
        _, again = read_model(path)
        node = again[part]
        for key in place:
            node = node[key]
        node[last] = odd
        write_model(tmp_path / "b.model", arrays, again)
        try:
            tor.load(tmp_path / "b.model")
        except tor.TorrentialError:
            n_refused += 1
    assert n_refused > 3


def test_steps_within_one_another_have_a_limit(paths, tmp_path):
    path = tmp_path / "a.model"
    tor.OutOfCore(MODELS["by column"]()).fit(late(paths)).save(path)
    arrays, header = read_model(path)
    step = header["steps"][0]
    for _ in range(50):
        step = {**step, "parts": [step]}
    header["steps"][0] = step
    write_model(path, {name: array.copy() for name, array in arrays.items()}, header)
    with pytest.raises(tor.ModelFileError):
        tor.load(path)
