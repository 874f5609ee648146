"""Metrics of sets of labels, against scikit-learn and plain loops."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from torrential.errors import DataError
from torrential.evaluation.multilabel import MultilabelMetrics
from torrential.evaluation.multilabel_report import AVERAGES, METRICS
from torrential.types import LabelSets

EXACT = {"rtol": 1e-12, "atol": 1e-12}
SK = {
    "precision": sk.precision_score,
    "recall": sk.recall_score,
    "f1": sk.f1_score,
}


def sets_of(matrix):
    different, codes = np.unique(matrix, axis=0, return_inverse=True)
    rows, members = different.nonzero()
    starts = np.append(0, np.cumsum(np.bincount(rows, minlength=len(different))))
    return LabelSets(codes.reshape(-1).astype(np.int32), starts, members.astype(np.int32))


def make(seed, n_rows, n_labels, share, digits):
    rng = np.random.default_rng(seed)
    truth = rng.random((n_rows, n_labels)) < share
    scores = np.round(rng.normal(size=(n_rows, n_labels)), digits).astype(np.float32)
    return truth, scores, rng.choice([0.5, 1.0, 3.0], n_rows)


def updated(classes, truth, scores, weight=None, pieces=1):
    parts = []
    for rows in np.array_split(np.arange(len(truth)), pieces):
        part = MultilabelMetrics(classes)
        part.update(
            sets_of(truth[rows]), scores[rows] > 0, scores[rows],
            None if weight is None else weight[rows],
        )  # fmt: skip
        parts.append(part)
    first, *others = parts
    for other in others:
        first.merge(other)
    return first.report()


@settings(deadline=None, max_examples=60)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 30),
    st.integers(2, 9),
    st.sampled_from([0.0, 0.1, 0.4, 1.0]),
    st.sampled_from([0, 1, 6]),
    st.booleans(),
    st.integers(1, 3),
)
def test_figures_are_those_of_scikit_learn(seed, n_rows, n_labels, share, digits, weighs, pieces):
    truth, scores, weight = make(seed, n_rows, n_labels, share, digits)
    weight = weight if weighs else None
    report = updated(range(n_labels), truth, scores, weight, pieces)
    predicted = scores > 0
    for metric in METRICS:
        for average in AVERAGES:
            expected = SK[metric](
                truth, predicted, average=average, sample_weight=weight, zero_division=0
            )
            np.testing.assert_allclose(report.averages[metric][average], expected, **EXACT)
    pairs = {
        report.accuracy: sk.accuracy_score(truth, predicted, sample_weight=weight),
        report.hamming_loss: sk.hamming_loss(truth, predicted, sample_weight=weight),
        report.ranking_precision: sk.label_ranking_average_precision_score(
            truth, scores, sample_weight=weight
        ),
    }
    for ours, theirs in pairs.items():
        np.testing.assert_allclose(ours, theirs, **EXACT)
    of_labels = sk.precision_recall_fscore_support(
        truth, predicted, sample_weight=weight, zero_division=0
    )
    ours = [[s.precision, s.recall, s.f1, s.support] for s in report.classes]
    np.testing.assert_allclose(np.array(ours).T, np.array(of_labels), **EXACT)
    shares = [truth.sum(axis=1), predicted.sum(axis=1)]
    expected = [np.average(each, weights=weight) for each in shares]
    np.testing.assert_allclose(
        [report.n_labels_per_row, report.n_predicted_per_row], expected, **EXACT
    )


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**32 - 1), st.integers(1, 8), st.sampled_from([0, 3]))
def test_what_is_right_among_the_first_labels(seed, n_labels, digits):
    truth, scores, weight = make(seed, 20, n_labels, 0.3, digits)
    report = updated(range(n_labels), truth, scores, weight)
    for k in (1, 3, 5):
        precision = recall = hits = total = 0.0
        for labels, row, w in zip(truth, scores, weight):
            if not labels.any():
                continue
            first = sorted(range(n_labels), key=lambda label: (-row[label], label))[:k]
            n_right = sum(labels[label] for label in first)
            precision += w * n_right / k
            recall += w * n_right / labels.sum()
            hits += w * (n_right > 0)
            total += w
        expected = np.array([precision, recall, hits]) / (total or np.nan)
        found = [report.precision_at[k], report.recall_at[k], report.hits_at[k]]
        np.testing.assert_allclose(found, expected, **EXACT)


def test_labels_that_were_not_seen_in_training_come_last():
    metrics = MultilabelMetrics(["a", "b"])
    metrics.extend(["b", "c", "d"])
    truth = LabelSets(np.array([0, 1], np.int32), np.array([0, 2, 3]), np.array([0, 2, 3]))
    scores = np.array([[2, 1], [-1, -2]], np.float32)
    metrics.update(truth, scores > 0, scores)
    report = metrics.report()
    assert report.ranking_precision == pytest.approx((1 / 1 + 2 / 3) / 2 / 2 + 1 / 3 / 2)
    assert [(each.label, each.support, each.seen) for each in report.classes] == [
        ("a", 1, True), ("b", 0, True), ("c", 1, False), ("d", 1, False),
    ]  # fmt: skip
    assert report.hamming_loss == 3 / 8 and report.recall_at[5] == 0.25
    assert json.loads(json.dumps(report.to_dict()))["precision_at"]["1"] == 0.5


def test_merging_brings_labels_together():
    parts = []
    for label, row in (("x", [0]), ("y", [0, 1])):
        part = MultilabelMetrics(["a"])
        part.extend([label])
        truth = LabelSets(np.zeros(1, np.int32), np.array([0, len(row)]), np.array(row))
        part.update(truth, np.array([[True]]), None)
        parts.append(part)
    report = parts[0].merge(parts[1]).report()
    assert [(each.label, each.support) for each in report.classes] == [("a", 2), ("x", 0), ("y", 1)]
    assert report.ranking_precision is None and report.precision_at == {}
    assert report.accuracy == 0.5 and report.micro_f1 == 0.8
    assert report.macro_f1 == pytest.approx(1 / 3) and report.weighted_f1 == pytest.approx(2 / 3)
    assert report.samples_f1 == pytest.approx((1 + 2 / 3) / 2)


def test_rows_without_labels_only():
    report = updated(range(3), np.zeros((2, 3), bool), np.full((2, 3), -1.0))
    assert report.accuracy == 1.0 and report.ranking_precision == 1.0
    assert np.isnan(report.precision_at[1]) and report.micro_f1 == 0.0


def test_nothing_to_evaluate_is_an_error():
    with pytest.raises(DataError, match="No row with a weight"):
        MultilabelMetrics(["a"]).report()
