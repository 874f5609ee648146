"""Weights of classes against a loop over the rows."""

import logging
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.utils.class_weight import compute_class_weight

import torrential as tor
from torrential import TextClassifier
from torrential.errors import ParameterError
from torrential.linear.class_weight import ClassWeight

LABELS = "abcd"
CODES = st.lists(st.integers(0, len(LABELS) - 1), max_size=20)


def naive_balance(codes):
    counts, weights = Counter(), []
    for n_rows, code in enumerate(codes, start=1):
        counts[code] += 1
        weights.append(n_rows / (len(counts) * counts[code]))
    return np.array(weights, np.float32)


def apply(class_weight, codes, sample_weight=None, order=None):
    codes = np.array(codes, np.int32)
    order = np.arange(len(codes)) if order is None else np.array(order, np.int64)
    return class_weight.apply(codes, sample_weight, order, LABELS)


@given(CODES, st.lists(st.integers(0, 20), max_size=3))
def test_balanced_in_a_stream(codes, cuts):
    edges = [0, *sorted(min(cut, len(codes)) for cut in cuts), len(codes)]
    class_weight = ClassWeight("balanced")
    parts = [apply(class_weight, codes[a:b]) for a, b in pairwise(edges)]
    np.testing.assert_array_equal(np.concatenate(parts), naive_balance(codes))
    assert class_weight.counts.tolist() == [codes.count(code) for code in range(len(LABELS))]


@given(CODES.filter(bool))
def test_the_last_row_of_each_class_weighs_as_in_scikit_learn(codes):
    """Where it is the last row of all, for then everything has been counted."""
    found = apply(ClassWeight("balanced"), codes)[-1]
    classes = np.unique(codes)
    expected = compute_class_weight("balanced", classes=classes, y=codes)
    assert found == pytest.approx(expected[classes.tolist().index(codes[-1])])


@given(CODES, st.data())
def test_only_rows_in_order_are_counted(codes, data):
    order = data.draw(st.permutations(range(len(codes))))
    order = order[: data.draw(st.integers(0, len(codes)))]
    weights = apply(ClassWeight("balanced"), codes, order=order)
    expected = np.ones(len(codes), np.float32)
    expected[order] = naive_balance([codes[place] for place in order])
    np.testing.assert_array_equal(weights, expected)


def test_counting_goes_on_from_counts():
    before = ClassWeight("balanced")
    apply(before, [0, 1, 1, 2])
    after = ClassWeight("balanced", before.counts.tolist())
    np.testing.assert_array_equal(apply(after, [0, 3]), apply(before, [0, 3]))


def test_a_dict_names_the_labels():
    sample_weight = np.array([1, 2, 3], np.float32)
    weights = apply(ClassWeight({"a": 2.0, "c": 0.5}), [0, 1, 2], sample_weight)
    assert weights.tolist() == [2.0, 2.0, 1.5]
    assert sample_weight.tolist() == [1, 2, 3]


def test_no_class_weight():
    sample_weight = np.array([1, 2], np.float32)
    assert apply(ClassWeight(None), [0, 1]) is None
    assert apply(ClassWeight(None), [0, 1], sample_weight) is sample_weight


def test_balance_multiplies_sample_weights():
    weights = apply(ClassWeight("balanced"), [0, 0, 1], np.array([2, 3, 4], np.float32))
    np.testing.assert_allclose(weights, np.array([2, 3, 4]) * naive_balance([0, 0, 1]))


def test_an_unknown_name():
    with pytest.raises(ParameterError, match="'balance'"):
        ClassWeight("balance")


def imbalanced(seed, n_rows):
    """Texts of which 2 % are positive, recognized by words that others have too."""
    rng = np.random.default_rng(seed)
    y = (rng.random(n_rows) < 0.02).astype(int)
    odds = np.where(y[:, None] == 1, 0.35, 0.1) * np.ones(20)
    common = rng.random((n_rows, 20)) < odds
    texts = [
        " ".join([f"sign{j}" for j in np.flatnonzero(row)] + [f"word{j}" for j in noise])
        for row, noise in zip(common, rng.integers(0, 300, (n_rows, 15)), strict=True)
    ]
    return texts, y


@pytest.mark.parametrize("given", ["balanced", "class_weight", "sample_weight"])
@pytest.mark.parametrize("loss", ["hinge", "log_loss"])
def test_a_heavy_class_is_as_its_rows_repeated(given, loss):
    """In one pass at the default rate, where a gradient times 49 lost 0.05 of the area."""
    (X, y), (X_test, y_test) = imbalanced(0, 6000), imbalanced(1, 6000)
    order = np.random.default_rng(0).permutation(np.repeat(np.arange(6000), np.where(y, 49, 1)))

    def area(model):
        return roc_auc_score(y_test, model.decision_function(X_test))

    plain = area(TextClassifier(preset="fast", loss=loss).fit(X, y))
    repeated = area(
        TextClassifier(preset="fast", loss=loss).fit([X[row] for row in order], y[order])
    )
    class_weight = {"balanced": "balanced", "class_weight": {1: 49.0}}.get(given)
    weight = np.where(y, 49.0, 1.0) if given == "sample_weight" else None
    weighted = area(
        TextClassifier(preset="fast", loss=loss, class_weight=class_weight).fit(X, y, weight)
    )
    assert weighted > max(plain, repeated) - 0.03


TEXTS = ["good film", "bad film"] * 20


def fits(labels, weights):
    """Ways to learn with class weights, of data in memory and of a Dataset."""
    model = tor.TextClassifier(preset="fast", n_features=2**8, class_weight=weights)
    dataset = tor.read({"t": TEXTS, "y": labels}, text="t", target="y")
    matrix = np.array([[1.0, 0.0], [0.0, 1.0]] * 20)
    plain = tor.SGDClassifier(class_weight=weights, random_state=0)
    return {
        "fit": lambda: clone(model).fit(TEXTS, labels).coef_,
        "dataset": lambda: clone(model).fit(dataset).coef_,
        "partial_fit": lambda: clone(model).partial_fit(TEXTS, labels).coef_,
        "averaging": lambda: tor.ParameterAveraging(clone(model), n_rounds=1).fit(dataset).coef_,
        "matrix": lambda: clone(plain).fit(matrix, labels).coef_,
        "matrix, partial": lambda: clone(plain).partial_fit(matrix, labels).coef_,
    }


WAYS = list(fits([0, 1] * 20, None))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("labels", "weights", "meant"),
    [
        ([0, 1], {"0": 1.0, "1": 25.0}, {0: 1.0, 1: 25.0}),
        (["0", "1"], {0: 1.0, 1: 25.0}, {"0": 1.0, "1": 25.0}),
        ([False, True], {"true": 25.0}, {True: 25.0}),
        ([False, True], {"False": 25.0}, {False: 25.0}),
    ],
)
def test_names_that_are_written_like_the_labels(way, labels, weights, meant):
    labels = labels * 20
    found, expected = (fits(labels, each)[way]() for each in (weights, meant))
    np.testing.assert_array_equal(found, expected)
    assert not np.array_equal(found, fits(labels, None)[way]())


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("labels", "weights"),
    [([0, 1], {"a": 2.0}), (["a", "b"], {0: 2.0}), ([0, 1], {"00": 2.0, "01": 1.0})],
)
def test_names_of_another_type(way, labels, weights):
    with pytest.raises(ParameterError, match="class_weight names"):
        fits(labels * 20, weights)[way]()


@pytest.mark.parametrize("way", ["fit", "averaging", "matrix"])
def test_names_of_no_label(way):
    with pytest.raises(ParameterError, match="names 'c', but no row has such a label"):
        fits(["a", "b"] * 20, {"a": 2.0, "c": 1.0})[way]()


def test_names_of_no_label_of_a_dataset_are_said_afterwards(caplog):
    with caplog.at_level(logging.WARNING, "torrential"):
        fits(["a", "b"] * 20, {"a": 2.0, "c": 1.0})["dataset"]()
    (record,) = caplog.records
    assert record.getMessage() == "No row has the label 'c' of class_weight"


def bagged(dataset, class_weight):
    model = tor.TextClassifier(preset="fast", n_features=2**10, class_weight=class_weight)
    tor.BaggingClassifier(model, n_estimators=2).fit(dataset)


def cross_validated(dataset, class_weight):
    model = tor.TextClassifier(preset="fast", n_features=2**10, class_weight=class_weight)
    tor.cross_validate(model, dataset, cv=2)


def searched(dataset, class_weight):
    model = tor.TextClassifier(preset="fast", n_features=2**10, class_weight=class_weight)
    grid = {"eta0": [0.1, 0.2]}
    tor.GridSearchCV(model, grid, cv=2, refit=False).fit(dataset)


def searched_for(dataset, class_weight):
    grid = {"class_weight": [None, class_weight]}
    model = tor.TextClassifier(preset="fast", n_features=2**10)
    tor.GridSearchCV(model, grid, cv=2, refit=False).fit(dataset)


def piped(dataset, class_weight):
    vectorizer = tor.HashingVectorizer(n_features=2**10)
    model = tor.SGDClassifier(class_weight=class_weight)
    tor.OutOfCore(make_pipeline(vectorizer, model)).fit(dataset)


@pytest.mark.parametrize("learn", [bagged, cross_validated, searched, searched_for, piped])
def test_names_of_no_label_are_said_once_by_all_that_learn(learn, caplog):
    labels = [1, 2] * 40
    texts = [f"{'good' if label == 1 else 'bad'} word{i}" for i, label in enumerate(labels)]
    dataset = tor.read({"t": texts, "y": labels}, text="t", target="y")
    with caplog.at_level(logging.WARNING, "torrential"):
        learn(dataset, {1: 2.0, 9: 3.0})
    assert [record.getMessage() for record in caplog.records] == [
        "No row has the label 9 of class_weight"
    ]


def test_a_name_that_is_taken_is_said_once(caplog):
    with caplog.at_level(logging.WARNING, "torrential"):
        class_weight = ClassWeight({"0": 2.0, "1": 3.0})
        for labels in ([0], [0, 1], [0, 1, 2]):
            class_weight.weights_of(labels)
    assert len(caplog.records) == 1
    assert class_weight.weights_of([0, 1, 5]).tolist() == [2.0, 3.0, 1.0]


def test_a_name_is_rather_the_label_itself():
    assert ClassWeight({"1": 2.0, 1: 3.0}).weights_of([1, "1"]).tolist() == [3.0, 2.0]
