"""Tasks and the order of classes, against what they mean row by row."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from torrential.engine.targets.class_order import ClassOrder
from torrential.engine.targets.task import (
    Binary,
    Classification,
    Multiclass,
    Multilabel,
    Regression,
)
from torrential.evaluation.scorers import SCORERS
from torrential.evaluation.scoring import names_of
from torrential.linear import LinearModel, LinearSettings

LABELS = st.lists(st.text("abc", max_size=3), min_size=1, max_size=6, unique=True)


@given(LABELS)
def test_an_order_brings_columns_to_their_classes_and_back(labels):
    order = ClassOrder.of(np.array(labels))
    assert order.classes.tolist() == sorted(labels)
    assert order.labels_of(np.arange(len(labels))).tolist() == labels
    columns = np.arange(3 * len(labels), dtype=np.float32).reshape(3, len(labels))
    by_class = order.by_class(columns)
    for place, label in enumerate(sorted(labels)):
        np.testing.assert_array_equal(by_class[:, place], columns[:, labels.index(label)])
    np.testing.assert_array_equal(order.by_code(by_class), columns)
    np.testing.assert_array_equal(order.by_class(columns.T, axis=0), by_class.T)


@pytest.mark.parametrize(("labels", "sign"), [(["a", "b"], 1), (["b", "a"], -1), (["a"], 1)])
def test_one_column_is_positive_for_the_last_class(labels, sign):
    order, column = ClassOrder.of(np.array(labels)), np.array([[2.0], [-3.0]])
    assert order.is_mirrored is (sign == -1)
    np.testing.assert_array_equal(order.by_class(column), sign * column)
    np.testing.assert_array_equal(order.by_code(column), sign * column)


def test_classification_goes_by_the_number_of_columns():
    assert Classification.of(2, 1) == Binary(2)
    assert Classification.of(3, 1) == Binary(3)  # whose third class has no column yet
    assert Classification.of(3, 3) == Multiclass(3)


def test_predictions_of_each_task():
    column = np.array([[0.5], [0.0], [-1.0]], np.float32)
    assert Binary(2).predict(column).tolist() == [1, 0, 0]
    assert Binary(1).predict(column).tolist() == [0, 0, 0]
    assert Regression().predict(column).tolist() == [0.5, 0.0, -1.0]
    scores = np.array([[0.0, 1.0, 1.0], [2.0, 0.0, -1.0]], np.float32)
    assert Multiclass(3).predict(scores).tolist() == [1, 0]


def test_a_class_that_is_not_known_is_never_predicted():
    scores = np.array([[1.0], [1.0], [-1.0]], np.float32)
    assert Binary(2).correct(scores, np.array([1, -1, -1])).tolist() == [True, False, False]
    assert Regression().correct(scores, scores[:, 0]) is None


@pytest.mark.parametrize("loss", ["hinge", "log_loss", "squared_error"])
def test_losses_are_those_of_the_linear_model(loss):
    linear = LinearModel(LinearSettings(loss=loss), 4)
    task = Regression() if loss == "squared_error" else Binary(2)
    scores = np.array([[0.5], [-1.0]], np.float32)
    targets = np.array([1, 0], np.float32 if loss == "squared_error" else np.int32)
    p = scores[:, 0].astype(np.float64)
    wanted = {
        "hinge": np.maximum(0, 1 - p * [1, -1]),
        "log_loss": np.log1p(np.exp(-p * [1, -1])),
        "squared_error": 0.5 * (p - [1, 0]) ** 2,
    }[loss]
    np.testing.assert_allclose(task.losses(linear, scores, targets), wanted, rtol=1e-6)


@pytest.mark.parametrize(
    ("loss", "multi_class", "n_columns", "needed"),
    [
        ("log_loss", "auto", 1, False),
        ("log_loss", "auto", 3, False),
        ("log_loss", "ovr", 1, False),
        ("log_loss", "ovr", 3, True),
        ("hinge", "auto", 1, True),
        ("hinge", "auto", 3, True),
    ],
)
def test_probabilities_need_a_calibration_but_for_log_odds(loss, multi_class, n_columns, needed):
    settings = LinearSettings(loss=loss, multi_class=multi_class)
    task = Classification.of(max(2, n_columns), n_columns)
    assert task.needs_calibration(settings) is needed


def test_a_task_says_which_scorers_apply():
    assert names_of(Regression)[0] == "r2"
    tasks = (Classification, Multilabel, Regression)
    assert {name for task in tasks for name in names_of(task)} == set(SCORERS)
    assert names_of(Multilabel)[0] == "accuracy" and "roc_auc" not in names_of(Multilabel)
    assert "roc_auc" in names_of(Binary(2))
    assert "roc_auc" not in names_of(Multiclass(3))
    assert "roc_auc_ovr" in names_of(Multiclass(3))
