"""Progressive validation and the losses it averages."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import log_softmax
from sklearn.linear_model import _sgd_fast as sgd
from sklearn.metrics import log_loss

from torrential.evaluation.progressive import ProgressiveLine, ProgressiveValidation
from torrential.linear import LinearModel, LinearSettings


def _reference(losses, correct):
    """The specification, row by row."""
    lines, total, hits, last = [], 0.0, 0, (0, 0.0)
    for n, (loss, is_correct) in enumerate(zip(losses, correct), start=1):
        total, hits = total + loss, hits + is_correct
        if n & (n - 1) == 0:
            since = (total - last[1]) / (n - last[0])
            lines.append(ProgressiveLine(n, total / n, since, hits / n))
            last = (n, total)
    return lines, total / len(losses), hits / len(losses)


@given(st.integers(1, 70), st.lists(st.integers(0, 70), max_size=5), st.integers(0, 99))
def test_lines_are_exact_however_batches_are_cut(n_rows, cuts, seed):
    rng = np.random.default_rng(seed)
    losses, correct = rng.random(n_rows).astype(np.float32), rng.random(n_rows) < 0.5
    validation = ProgressiveValidation()
    bounds = [0, *sorted(min(cut, n_rows) for cut in cuts), n_rows]
    for start, stop in pairwise(bounds):
        validation.update(losses[start:stop], correct[start:stop])
    lines, average, accuracy = _reference(losses.astype(float).tolist(), correct.tolist())
    assert validation.lines == lines
    assert (validation.n_rows, validation.average_loss, validation.accuracy) == (
        n_rows,
        average,
        accuracy,
    )


def test_the_line_at_the_end():
    validation = ProgressiveValidation()
    validation.update(np.array([1.0, 1.0, 4.0]))
    assert validation.line() == ProgressiveLine(3, 2.0, 4.0, None)


def test_nothing_yet():
    validation = ProgressiveValidation()
    validation.update(np.zeros(0), np.zeros(0, bool))
    assert validation.lines == []
    assert validation.accuracy is None
    assert math.isnan(validation.average_loss)
    assert math.isnan(validation.line().since_last)


@pytest.mark.parametrize("accuracy", [None, 0.75])
def test_made_again_from_what_was_kept(accuracy):
    validation = ProgressiveValidation.of(8, 0.5, accuracy)
    assert (validation.n_rows, validation.average_loss, validation.accuracy) == (8, 0.5, accuracy)
    validation.update(np.full(8, 1.5), None if accuracy is None else np.ones(8, bool))
    assert (validation.line().n_rows, validation.average_loss) == (16, 1.0)
    assert validation.accuracy == (None if accuracy is None else 0.875)


def losses_of(scores, targets, loss, **settings):
    """Losses of rows as the learner defines them, for as many classes as there are columns."""
    model = LinearModel(LinearSettings(loss=loss, **settings), n_features=1)
    if not model.settings.is_regression:
        model.add_classes(max(2, scores.shape[1]))
    return model.losses(scores, targets)


SCORES = st.floats(-30, 30, width=32)
MARGIN_LOSSES = {
    "hinge": sgd.Hinge(1.0),
    "squared_hinge": sgd.SquaredHinge(1.0),
    "modified_huber": sgd.ModifiedHuber(),
    "perceptron": sgd.Hinge(0.0),
}


def _binary_reference(loss, score, label):
    if loss == "log_loss":
        return np.logaddexp(0, -label * score)
    return MARGIN_LOSSES[loss].py_loss(score, label)


@given(
    st.sampled_from(["log_loss", *MARGIN_LOSSES]), st.lists(st.tuples(SCORES, st.integers(0, 1)))
)
def test_two_classes(loss, rows):
    scores = np.array([[score] for score, _ in rows], np.float32).reshape(-1, 1)
    codes = np.array([code for _, code in rows], np.int64)
    losses = losses_of(scores, codes, loss)
    expected = [_binary_reference(loss, score, 2 * code - 1) for score, code in rows]
    assert losses.dtype == np.float64
    np.testing.assert_allclose(losses, expected, rtol=1e-6, atol=1e-7)


@given(
    st.sampled_from(["log_loss", *MARGIN_LOSSES]),
    st.lists(st.tuples(SCORES, SCORES, SCORES, st.integers(0, 2))),
)
def test_several_classes_one_against_the_rest(loss, rows):
    scores = np.array([row[:3] for row in rows], np.float32).reshape(-1, 3)
    codes = np.array([row[3] for row in rows], np.int64)
    losses = losses_of(scores, codes, loss, multi_class="ovr")
    expected = [
        sum(_binary_reference(loss, row[k], 1 if k == row[3] else -1) for k in range(3))
        for row in rows
    ]
    np.testing.assert_allclose(losses, expected, rtol=1e-6, atol=1e-6)


def test_softmax():
    rng = np.random.default_rng(0)
    scores = rng.normal(size=(50, 4)) * 20
    codes = rng.integers(0, 4, 50)
    losses = losses_of(scores, codes, "log_loss")
    expected = -log_softmax(scores, axis=1)[np.arange(50), codes]
    np.testing.assert_allclose(losses, expected, rtol=1e-6, atol=1e-5)
    small = np.clip(scores, -5, 5)
    probabilities = np.exp(log_softmax(small, axis=1))
    expected = log_loss(codes, y_proba=probabilities, labels=range(4))
    assert losses_of(small, codes, "log_loss").mean() == pytest.approx(expected)


def test_extreme_scores_are_finite():
    scores = np.array([[1e38, -1e38, 0]], np.float32)
    for code in range(3):
        for multi_class in ("auto", "ovr"):
            losses = losses_of(scores, np.array([code]), "log_loss", multi_class=multi_class)
            assert np.isfinite(losses).all()


@given(st.sampled_from(["squared_error", "huber", "epsilon_insensitive"]), SCORES, SCORES)
def test_regression(loss, score, target):
    losses = losses_of(np.array([[score]], np.float32), np.array([target]), loss, epsilon=0.5)
    distance = abs(target - score)
    expected = {
        "squared_error": 0.5 * distance**2,
        "huber": 0.5 * distance**2 if distance <= 0.5 else 0.5 * distance - 0.125,
        "epsilon_insensitive": sgd.EpsilonInsensitive(0.5).py_loss(score, target),
    }
    assert losses[0] == pytest.approx(expected[loss])
