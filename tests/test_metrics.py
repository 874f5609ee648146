"""Streaming metrics: equal to scikit-learn's over all rows, however the rows are cut and merged."""

import json
import warnings
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as sk

from torrential.errors import DataError
from torrential.evaluation.classification import (
    MAX_CONFUSION_CLASSES,
    UNSEEN_LABEL,
    ClassificationMetrics,
)
from torrential.evaluation.regression import RegressionMetrics

CLASSES = ["a", "b", "c", "d"]


def _merged(make, update, columns, cuts):
    """Update a summary for each part of the rows, and merge them."""
    bounds = [0, *sorted(cuts), len(columns[0])]
    whole = make()
    for start, stop in pairwise(bounds):
        part = make()
        update(part, *(None if column is None else column[start:stop] for column in columns))
        whole.merge(part)
    return whole


@st.composite
def predictions(draw, n_labels=4):
    n_rows = draw(st.integers(1, 30))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    probabilities = rng.dirichlet(np.ones(len(CLASSES)), n_rows)
    dtype = draw(st.sampled_from([np.float32, np.float64]))
    weight = draw(st.sampled_from([None, rng.random(n_rows) + 0.1, rng.integers(1, 4, n_rows)]))
    return (
        rng.integers(0, n_labels, n_rows),
        rng.integers(0, len(CLASSES), n_rows),
        probabilities.astype(dtype),
        weight,
    ), draw(st.lists(st.integers(0, n_rows), max_size=3))


@given(predictions())
def test_classification_equals_scikit_learn(drawn):
    columns, cuts = drawn
    true, predicted, probabilities, weight = columns
    report = _merged(
        lambda: ClassificationMetrics(CLASSES), ClassificationMetrics.update, columns, cuts
    ).report()
    assert report.n_rows == len(true)
    assert report.accuracy == pytest.approx(
        sk.accuracy_score(true, predicted, sample_weight=weight)
    )
    for average in ("macro", "micro", "weighted"):
        expected = sk.f1_score(
            true, predicted, average=average, sample_weight=weight, zero_division=0
        )
        assert getattr(report, f"{average}_f1") == pytest.approx(expected)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # float32 rows do not add up to 1 to its liking
        expected = sk.log_loss(true, y_proba=probabilities, labels=range(4), sample_weight=weight)
    assert report.log_loss == pytest.approx(expected, rel=1e-5)
    scores = sk.precision_recall_fscore_support(
        true, predicted, labels=range(4), sample_weight=weight, zero_division=0
    )
    ours = [(s.precision, s.recall, s.f1, s.support) for s in report.classes]
    np.testing.assert_allclose(ours, np.transpose(scores))
    np.testing.assert_allclose(
        report.confusion,
        sk.confusion_matrix(true, predicted, labels=range(4), sample_weight=weight),
    )


@given(predictions(n_labels=6))
def test_labels_that_were_never_seen_in_training(drawn):
    columns, cuts = drawn
    true, predicted, _, weight = columns

    def make():
        metrics = ClassificationMetrics(CLASSES)
        metrics.extend([*CLASSES, "new", "newer"])
        return metrics

    report = _merged(make, ClassificationMetrics.update, columns, cuts).report()
    expected = sk.f1_score(true, predicted, average="macro", sample_weight=weight, zero_division=0)
    assert report.macro_f1 == pytest.approx(expected)
    assert [score.label for score in report.classes] == [*CLASSES, "new", "newer"]
    assert [score.seen for score in report.classes] == [True] * 4 + [False] * 2
    for score in report.classes[4:]:
        assert score.recall == score.predicted == 0
    weights = np.ones(len(true)) if weight is None else weight
    assert report.classes[5].support == pytest.approx(weights[true == 5].sum())
    np.testing.assert_allclose(
        report.confusion,
        sk.confusion_matrix(true, predicted, labels=range(6), sample_weight=weight)[:, :4],
    )


def test_each_part_has_its_own_new_labels():
    first, second = ClassificationMetrics(["a"]), ClassificationMetrics(["a"])
    first.extend(["x"])
    first.update(np.array([0, 1]), np.array([0, 0]))
    second.extend(["y", "x"])
    second.update(np.array([1, 2, 0, -1]), np.array([0, 0, 0, 0]))
    report = first.merge(second).report()
    assert [(s.label, s.support) for s in report.classes] == [
        ("a", 2),
        ("x", 2),
        ("y", 1),
        (UNSEEN_LABEL, 1),
    ]
    assert report.confusion == ((2,), (2,), (1,), (1,))


def test_labels_without_a_name_are_errors():
    metrics = ClassificationMetrics(np.array([3, 7]))
    metrics.update(
        np.array([-1, 0, 1, -1]), np.array([1, 0, 1, 0]), np.full((4, 2), 0.5, np.float32)
    )
    report = metrics.report()
    assert report.accuracy == 0.5
    assert report.macro_f1 == pytest.approx(
        sk.f1_score(["?", "3", "7", "?"], ["7", "3", "7", "3"], average="macro", zero_division=0)
    )
    unseen = -np.log(np.finfo(np.float32).eps)
    assert report.log_loss == pytest.approx((2 * np.log(2) + 2 * unseen) / 4)
    assert report.classes[2].label == UNSEEN_LABEL
    assert report.classes[2].support == 2


def test_weight_two_is_the_row_twice():
    once, twice = ClassificationMetrics("ab"), ClassificationMetrics("ab")
    once.update(np.array([0, 1, 1]), np.array([0, 0, 1]), None, np.array([2, 1, 2]))
    twice.update(np.array([0, 0, 1, 1, 1]), np.array([0, 0, 0, 1, 1]))
    assert once.report().classes == twice.report().classes
    assert once.report().log_loss is None


def test_the_report_is_json():
    metrics = ClassificationMetrics([b"bytes", "text", 1, None])
    metrics.update(np.array([0, 1, -1]), np.array([0, 0, 3]), np.full((3, 4), 0.25))
    facts = metrics.report().to_dict()
    assert json.loads(json.dumps(facts, allow_nan=False))["accuracy"] == pytest.approx(1 / 3)
    assert [row["label"] for row in facts["classes"]] == ["b'bytes'", "text", 1, None, UNSEEN_LABEL]


def test_many_classes_have_no_confusion_matrix():
    metrics = ClassificationMetrics(range(MAX_CONFUSION_CLASSES + 1))
    metrics.update(np.array([5, 7]), np.array([5, 5]))
    metrics.merge(metrics)
    assert metrics.report().confusion is None
    assert metrics.report().accuracy == 0.5


@pytest.mark.parametrize("metrics", [ClassificationMetrics("ab"), RegressionMetrics()])
def test_no_row(metrics):
    metrics.update(np.zeros(0, int), np.zeros(0, int))
    with pytest.raises(DataError, match="No row"):
        metrics.report()
    metrics.update(np.zeros(2, int), np.zeros(2, int), weight=np.zeros(2))
    with pytest.raises(DataError, match="No row"):
        metrics.report()


@given(st.data())
def test_regression_equals_scikit_learn(data):
    n_rows = data.draw(st.integers(2, 30))
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    true = rng.normal(size=n_rows) * data.draw(st.sampled_from([1, 1e-3, 1e3]))
    predicted = true + rng.normal(size=n_rows)
    weight = data.draw(st.sampled_from([None, rng.random(n_rows) + 0.1]))
    cuts = data.draw(st.lists(st.integers(0, n_rows), max_size=3))
    report = _merged(
        RegressionMetrics, RegressionMetrics.update, (true, predicted, weight), cuts
    ).report()
    assert report.r2 == pytest.approx(sk.r2_score(true, predicted, sample_weight=weight))
    for name in ("mean_absolute_error", "mean_squared_error"):
        expected = getattr(sk, name)(true, predicted, sample_weight=weight)
        assert report.to_dict()[name] == pytest.approx(expected)


def test_regression_far_from_zero():
    rng = np.random.default_rng(0)
    true = 1e9 + rng.normal(size=1000)
    predicted = true + rng.normal(size=1000) / 2
    whole = _merged(RegressionMetrics, RegressionMetrics.update, (true, predicted), [100, 500, 501])
    assert whole.report().r2 == pytest.approx(sk.r2_score(true, predicted), rel=1e-6)


@pytest.mark.parametrize(("error", "r2"), [(0.0, 1.0), (0.5, 0.0)])
def test_regression_of_a_constant(error, r2):
    true = np.full(9, 0.1)
    whole = _merged(RegressionMetrics, RegressionMetrics.update, (true, true + error), [2, 5])
    assert whole.report().r2 == r2 == sk.r2_score(true, true + error)


def test_regression_of_one_row():
    metrics = RegressionMetrics()
    metrics.update(np.array([1.0]), np.array([3.0]))
    assert metrics.report().r2 is None
    assert metrics.report().mean_squared_error == 4.0
