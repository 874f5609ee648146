"""Brier score, calibration error, reliability and coverage: exact, and the same from parts."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss

import torrential as tor
from torrential.evaluation.classification import ClassificationMetrics
from torrential.evaluation.reliability import N_BINS, THRESHOLDS, Reliability


def rows(seed=0, n_rows=400, n_classes=3):
    random = np.random.default_rng(seed)
    probabilities = random.dirichlet(np.full(n_classes, 0.5), n_rows)
    true = random.integers(0, n_classes, n_rows)
    weights = random.integers(0, 4, n_rows).astype(np.float64)
    weights[0] = 1.0
    return true, probabilities.argmax(axis=1), probabilities, weights


def summary_of(true, predicted, probabilities, weights):
    reliability = Reliability()
    reliability.update(true, predicted, probabilities, weights)
    return reliability


@given(st.integers(0, 1000), st.integers(2, 6))
def test_the_brier_score_is_that_of_scikit_learn(seed, n_classes):
    true, predicted, probabilities, weights = rows(seed, 50, n_classes)
    found = summary_of(true, predicted, probabilities, weights).figures().brier_score
    given_ = probabilities[:, 1] if n_classes == 2 else probabilities
    labels = list(range(n_classes))
    expected = brier_score_loss(true, given_, sample_weight=weights, labels=labels)
    assert found == pytest.approx(expected, abs=1e-12)


@given(st.integers(0, 1000), st.integers(2, 6))
def test_the_calibration_error_is_that_of_its_definition(seed, n_classes):
    true, predicted, probabilities, weights = rows(seed, 80, n_classes)
    confidence, right = probabilities.max(axis=1), true == predicted
    error = 0.0
    for number in range(N_BINS):
        low, high = number / N_BINS, (number + 1) / N_BINS
        chosen = (confidence > low) & (confidence <= high) & (weights > 0)
        if chosen.any():
            weight = weights[chosen]
            gap = np.average(confidence[chosen], weights=weight) - np.average(
                right[chosen], weights=weight
            )
            error += weight.sum() / weights.sum() * abs(gap)
    figures = summary_of(true, predicted, probabilities, weights).figures()
    assert figures.calibration_error == pytest.approx(error, abs=1e-12)
    total = sum(each.weight for each in figures.reliability)
    assert total == pytest.approx(weights.sum())
    summed = sum(
        abs(each.mean_probability - each.accuracy) * each.weight for each in figures.reliability
    )
    assert summed / total == pytest.approx(error, abs=1e-12)


@given(st.integers(0, 1000))
def test_coverage_counts_the_rows_that_reach_a_threshold(seed):
    true, predicted, probabilities, weights = rows(seed)
    figures = summary_of(true, predicted, probabilities, weights).figures()
    confidence = probabilities.max(axis=1)
    assert tuple(each.threshold for each in figures.coverage) == THRESHOLDS
    for each in figures.coverage:
        reached = confidence >= each.threshold
        weight = weights[reached]
        assert each.coverage == pytest.approx(weight.sum() / weights.sum())
        if weight.sum() == 0:
            assert each.precision is None
        else:
            right = (true == predicted)[reached]
            assert each.precision == pytest.approx(np.average(right, weights=weight))
    assert figures.coverage[0].coverage == 1.0


@given(st.lists(st.integers(0, 400), max_size=4))
def test_parts_have_the_figures_of_the_whole(cuts):
    values = rows()
    merged = Reliability()
    for a, b in zip([0, *sorted(cuts)], [*sorted(cuts), 400], strict=True):
        part = summary_of(*(each[a:b] for each in values))
        assert merged.merge(part) is merged
    ours, whole = merged.figures(), summary_of(*values).figures()
    assert ours.brier_score == pytest.approx(whole.brier_score, abs=1e-12)
    assert ours.calibration_error == pytest.approx(whole.calibration_error, abs=1e-12)
    assert [each.weight for each in ours.reliability] == [each.weight for each in whole.reliability]


def test_probabilities_of_0_and_1_have_a_bin():
    probabilities = np.array([[1.0, 0.0], [1.0, 0.0]])
    reliability = summary_of(np.array([0, 1]), np.array([0, 1]), probabilities, np.ones(2))
    figures = reliability.figures()
    assert [each.weight for each in figures.reliability] == [1.0, 1.0]
    assert figures.brier_score == 0.5
    assert figures.calibration_error == 0.5  # the second is right with probability 0


def test_labels_that_are_not_known_have_no_probability():
    metrics = ClassificationMetrics(["a", "b", "c"])
    metrics.extend(["new"])
    probabilities = np.array([[0.6, 0.4, 0.0], [0.6, 0.4, 0.0]])
    metrics.update(np.array([3, -1]), np.array([0, 0]), probabilities)
    report = metrics.report()
    assert report.brier_score == pytest.approx(0.36 + 0.16 + 1)
    assert report.calibration_error == pytest.approx(0.6)


def test_without_probabilities_or_weight_there_are_no_figures():
    metrics = ClassificationMetrics(["a", "b"])
    metrics.update(np.array([0, 1]), np.array([0, 0]))
    report = metrics.report()
    assert (report.brier_score, report.calibration_error) == (None, None)
    assert (report.reliability, report.coverage) == ((), ())
    assert Reliability().figures() is None


@pytest.mark.parametrize("labels", [["yes", "no"], ["yes", "no", "so"]])
def test_models_and_the_command_line_report_them(labels, tmp_path, run):
    random = np.random.default_rng(0)
    target = random.choice(labels, 400)
    texts = [f"{label} film" if luck < 0.7 else "film"
             for label, luck in zip(target, random.random(400), strict=True)]  # fmt: skip
    model = tor.TextClassifier(preset="fast").fit(texts, target)
    report = model.evaluate(texts, target)
    probabilities = model.predict_proba(texts)
    given_ = probabilities[:, 1] if len(labels) == 2 else probabilities
    positive = {"pos_label": "yes"} if len(labels) == 2 else {"labels": sorted(labels)}
    expected = brier_score_loss(target, given_, **positive)
    assert report.brier_score == pytest.approx(expected, abs=1e-12)
    assert report.to_dict()["coverage"][0]["coverage"] == 1.0
    model.save(tmp_path / "a.model")
    lines = [json.dumps({"text": text, "label": label})
             for text, label in zip(texts, target, strict=True)]  # fmt: skip
    (tmp_path / "rows.jsonl").write_text("\n".join(lines))
    path = tmp_path / "a.model"
    words = ["evaluate", path, tmp_path / "rows.jsonl", "--text", "text", "--target", "label"]
    code, out, _ = run(*words)
    assert code == 0
    assert f"Brier score {report.brier_score:.4f}, expected calibration error " in out
    assert "Rows that a threshold leaves:" in out
    facts = json.loads(run(*words, "--json")[1])
    assert facts["brier_score"] == pytest.approx(report.brier_score)
    assert len(facts["reliability"]) == len(report.reliability)
