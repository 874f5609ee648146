"""What a new user may pass to a TextClassifier: it works, or one sentence says what to change."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import scipy.sparse as sp

import torrential as tor
from torrential.errors import DataError, ParameterError

TEXTS = ["good film", "bad film", "very good", "very bad"]
LABELS = ["yes", "no", "yes", "no"]


def classifier(**parameters):
    return tor.TextClassifier(preset="fast", **{"n_features": 64, **parameters})


EMPTY = {
    "list": [],
    "tuple": (),
    "NumPy": np.array([]),
    "NumPy of str": np.array([], str),
    "Arrow": pa.array([], pa.string()),
    "pandas": pd.Series([], dtype=str),
    "generator": (text for text in ()),
    "dataset": tor.read({"text": TEXTS}, text="text").take(0),
}


@pytest.mark.parametrize("kind", EMPTY)
@pytest.mark.parametrize("labels", [LABELS, [3, 1, 2, 1]], ids=["2 classes", "3 classes"])
def test_no_rows_to_predict(kind, labels):
    model = classifier().fit(TEXTS, labels)
    some, none = model.predict(TEXTS), model.predict(EMPTY[kind])
    assert (none.shape, none.dtype) == ((0,), some.dtype)
    if kind == "generator":  # it can be read once
        return
    for method in (model.decision_function, model.predict_proba):
        some, none = method(TEXTS), method(EMPTY[kind])
        assert (none.shape, none.dtype) == ((0, *some.shape[1:]), some.dtype)


WRONG_TEXTS = {
    "a string": ("good film", "X is one string"),
    "bytes": (b"good film", "X is one string"),
    "None": (None, "X is of type NoneType"),
    "a number": (3, "X is of type int"),
    "a path": (Path("reviews.csv"), "X is of type .*Path"),
    "a set": ({"good"}, "X is of type set"),
    "a matrix": (np.zeros((4, 2)), "X is a table"),
    "a column matrix": (np.array([["good"], ["bad"]]), "X is a table"),
    "no dimension": (np.array("good"), "X is a table"),
    "sparse rows": (sp.eye(4, format="csr"), "X is a table"),
    "a frame": (pd.DataFrame({"a": TEXTS}), "X is a table"),
    "an Arrow table": (pa.table({"a": TEXTS}), "X is a table"),
    "a dict": ({"a": TEXTS}, "X is a table"),
    "lists": ([["good"], ["bad"]] * 2, "Row 0 of the texts is of type list"),
    "numbers": ([1, 2, 3, 4], "Row 0 of the texts is of type int"),
    "Arrow numbers": (pa.array([1, 2, 3, 4]), "not text"),
}


@pytest.mark.parametrize("name", WRONG_TEXTS)
def test_texts_that_are_none(name):
    X, message = WRONG_TEXTS[name]
    with pytest.raises(DataError, match=message):
        classifier().fit(TEXTS, LABELS).predict(X)
    with pytest.raises(DataError, match=message):
        classifier().fit(X, LABELS)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        ([*LABELS, "yes"], "X has 4 rows but y has 5"),
        (LABELS[:3], "X has 4 rows but y has 3"),
        ("yes", "y is a str"),
        (3, "y is a int"),
        (np.zeros((4, 1)), "y is a ndarray"),
        (pd.DataFrame({"y": LABELS}), "y is a DataFrame"),
        ({"y": LABELS}, "y is a dict"),
        ([[[label]] for label in LABELS], "a label must be one"),
        ([object()] * 4, "^y has values of several types"),
        (["yes", 1, "no", 2.5], "^y has values of several types"),
        (["yes", b"yes", "no", None], r"^y has values of several types.*\(str and bytes\)"),
        (np.array([b"no", "no"] * 2, object), r"^y has values of several types.*\(str and bytes\)"),
        ([{"stars": 1}, {"stars": 2}] * 2, "^y holds struct"),
        (["yes"] * 4, "the one label 'yes' in y,"),
        ([None] * 4, "have a null label in y:"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_labels_that_cannot_be(y, message):
    with pytest.raises(DataError, match=message):
        classifier().fit(TEXTS, y)


@pytest.mark.parametrize(
    "y",
    [
        ["yes", None, float("nan"), "no"],
        np.array(["yes", None, "no", np.nan], object),
        pd.Series(["yes", pd.NA, None, "no"]),
        [1.0, float("nan"), None, 0.0],
    ],
    ids=["list", "NumPy", "pandas", "numbers"],
)
def test_missing_labels_are_left_out(y):
    model = classifier().fit(TEXTS, y)
    assert len(model.classes_) == 2
    assert model.counts_.unlabelled == 2


@pytest.mark.parametrize(
    ("weight", "message"),
    [
        ([1.0] * 5, "X has 4 rows but sample_weight has 5"),
        (["heavy"] * 4, "sample_weight has values that are not numbers"),
        ([1.0, -1.0, 1.0, 1.0], r"sample_weight\[1\] is -1"),
        ([1.0, 1.0, float("nan"), 1.0], r"sample_weight\[2\] is nan"),
        ([1.0, 1.0, float("inf"), 1.0], r"sample_weight\[2\] is inf"),
        ([1.0, 1.0, 1e300, 1.0], r"sample_weight\[2\] is 1e\+300"),
        ([[1.0]] * 4, "sample_weight has 2 dimensions"),
        (2.0, "sample_weight is a float"),
    ],
    ids=str,
)
def test_weights_that_cannot_be(weight, message):
    with pytest.raises(DataError, match=message):
        classifier().fit(TEXTS, LABELS, sample_weight=weight)


@pytest.mark.parametrize(
    "classes", ["yes", 3, ["yes", 1], ["yes", None], [["a", "b"]], [0.5, np.nan]]
)
def test_classes_that_cannot_be(classes):
    with pytest.raises(DataError, match="classes"):
        classifier().partial_fit(TEXTS, LABELS, classes=classes)


@pytest.mark.parametrize(("before", "after"), [(LABELS, [1, 0, 1, 0]), ([1, 0, 1, 0], LABELS)])
def test_labels_of_another_type_than_before(before, after):
    model = classifier().partial_fit(TEXTS, before)
    with pytest.raises(DataError, match="make them all of one type"):
        model.partial_fit(TEXTS, after)
    model.partial_fit(TEXTS, before)
    assert model.predict(TEXTS).tolist() == before


def test_no_label_yet_is_not_fitted():
    model = classifier().partial_fit(TEXTS, [None] * 4)
    assert not hasattr(model, "classes_")
    with pytest.raises(ValueError, match="not fitted"):
        model.predict(TEXTS)
    assert model.partial_fit(TEXTS, LABELS).predict(["very good"]) == ["yes"]
    assert model.counts_.unlabelled == 4


@pytest.mark.parametrize("method", ["fit", "partial_fit", "score"])
def test_a_dataset_without_a_target(method):
    model = classifier().fit(TEXTS, LABELS)
    with pytest.raises(DataError, match="target="):
        getattr(model, method)(tor.read({"text": TEXTS}, text="text"))


@pytest.mark.parametrize(
    "parameters",
    [
        {"hash_seed": "x"},
        {"hash_seed": -1},
        {"loss": ["hinge"]},
        {"loss": None},
        {"penalty": ["l1"]},
        {"learning_rate": {}},
        {"average": 1.5},
        {"class_weight": 3},
        {"class_weight": ["yes"]},
        {"class_weight": {"yes": "heavy"}},
        {"class_weight": {"yes": -1.0}},
        {"max_iter": True},
        {"tol": -1.0},
        {"tol": float("nan")},
        {"shuffle": None},
        {"shuffle": "yes"},
        {"random_state": "x"},
        {"random_state": 1.5},
        {"n_jobs": 1.5},
        {"verbose": "loud"},
        {"lowercase": None},
        {"n_features": True},
    ],
    ids=str,
)
def test_parameters_of_a_wrong_type(parameters):
    with pytest.raises(ParameterError, match=next(iter(parameters))):
        classifier(**parameters).fit(TEXTS, LABELS)
