"""Probabilities from scores: the fitted maps, and the sample they are fitted on."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.calibration import _SigmoidCalibration
from sklearn.metrics import log_loss

from torrential.linear import calibration_rows as module
from torrential.linear.calibration import Calibration
from torrential.linear.model import LATE_MARGIN
from torrential.linear.probability_maps import MIN_SLOPE


def binary_sample(n_rows=4000, slope=3.0, offset=-0.7, seed=0):
    """Scores, and classes whose log odds are slope * score + offset."""
    random = np.random.default_rng(seed)
    scores = random.normal(size=(n_rows, 1)).astype(np.float32)
    odds = slope * scores[:, 0] + offset
    codes = (random.random(n_rows) < 1 / (1 + np.exp(-odds))).astype(np.int32)
    return scores, codes


def many_class_sample(n_rows=3000, n_columns=5, slope=2.0, seed=0):
    random = np.random.default_rng(seed)
    scores = random.normal(size=(n_rows, n_columns)).astype(np.float32)
    noise = random.gumbel(size=scores.shape)
    return scores, np.argmax(slope * scores + noise, axis=1).astype(np.int32)


def fitted(scores, codes):
    calibration = Calibration()
    calibration.update(scores, codes)
    return calibration.fit()


def later_half(scores, codes):
    return scores[len(codes) // 2 :].astype(np.float64), codes[len(codes) // 2 :]


def log_loss_of(slope, scores, codes):
    odds = slope * scores
    return np.mean(np.logaddexp.reduce(odds, axis=1) - odds[np.arange(len(codes)), codes])


def test_two_classes_as_in_scikit_learn():
    scores, codes = binary_sample()
    calibration = fitted(scores, codes)
    late, late_codes = later_half(scores, codes)
    platt = _SigmoidCalibration().fit(late[:, 0], late_codes)
    found = calibration.probabilities(scores)[:, 1]
    np.testing.assert_allclose(found, platt.predict(scores[:, 0]), atol=1e-3)
    assert calibration.slope == pytest.approx(3.0, rel=0.15)
    assert calibration.offset == pytest.approx(-0.7, abs=0.2)


def test_scores_that_separate_the_classes_give_no_certainty():
    scores = np.repeat(np.float32([-1, 1]), 50)[:, None]
    codes = np.repeat(np.int32([0, 1]), 50)
    shuffled = np.random.default_rng(0).permutation(100)
    probabilities = fitted(scores[shuffled], codes[shuffled]).probabilities(scores)
    assert ((probabilities > 0.001) & (probabilities < 0.999)).all()
    assert (probabilities.argmax(axis=1) == codes).all()


@pytest.mark.parametrize("slope", [0.2, 1.0, 5.0])
def test_the_temperature_is_the_best_of_a_grid(slope):
    scores, codes = many_class_sample(slope=slope)
    found = fitted(scores, codes).slope
    grid = slope * np.geomspace(0.5, 2.0, 401)
    losses = [log_loss_of(each, *later_half(scores, codes)) for each in grid]
    assert found == pytest.approx(grid[np.argmin(losses)], rel=0.004)


@given(st.integers(0, 1000), st.floats(0.05, 20.0), st.integers(3, 6))
def test_no_other_temperature_is_better(seed, slope, n_columns):
    scores, codes = many_class_sample(200, n_columns, slope, seed)
    found = fitted(scores, codes).slope
    best = log_loss_of(found, *later_half(scores, codes))
    for factor in (0.5, 0.9, 0.99, 1.01, 1.1, 2.0):
        other = np.clip(found * factor, MIN_SLOPE, 1 / MIN_SLOPE)
        assert best <= log_loss_of(other, *later_half(scores, codes)) + 1e-4


@pytest.mark.parametrize("n_columns", [1, 2, 7])
def test_probabilities_are_a_distribution(n_columns):
    scores = np.float32([[1e30], [-1e30], [0], [3]]) * np.ones((1, n_columns), np.float32)
    scores[:, 0] += 1
    probabilities = Calibration().probabilities(scores)
    assert probabilities.shape == (4, max(2, n_columns))
    assert (probabilities >= 0).all()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0)


def test_calibration_lowers_the_log_loss():
    scores, codes = many_class_sample(slope=6.0)
    before = log_loss(codes, Calibration().probabilities(scores))
    assert log_loss(codes, fitted(scores, codes).probabilities(scores)) < before


def test_nothing_seen_leaves_the_map_alone():
    calibration = Calibration().fit()
    assert (calibration.slope, calibration.offset) == (1.0, 0.0)


@pytest.mark.parametrize("n_columns", [1, 3, 1000])
def test_the_sample_is_bounded(n_columns, monkeypatch):
    monkeypatch.setattr(module, "MAX_ROWS", 500)
    monkeypatch.setattr(module, "MAX_SCORES", 2000)
    calibration = Calibration()
    limit = max(module.MIN_ROWS, min(500, 2000 // n_columns))
    for _ in range(40):
        calibration.update(np.zeros((97, n_columns), np.float32), np.zeros(97, np.int32))
        assert calibration.n_rows <= limit
    assert calibration.n_rows >= limit / 2


@given(st.lists(st.integers(0, 3000), max_size=5), st.sampled_from([1, 4]))
def test_the_map_does_not_depend_on_batches(cuts, n_columns):
    sample = binary_sample if n_columns == 1 else many_class_sample
    scores, codes = sample(3000)
    calibration = Calibration()
    for a, b in zip([0, *sorted(cuts)], [*sorted(cuts), 3000], strict=True):
        calibration.update(scores[a:b], codes[a:b])
    calibration.fit()
    whole = fitted(scores, codes)
    assert (calibration.slope, calibration.offset) == (whole.slope, whole.offset)


@pytest.mark.parametrize("first", [1, 3])
def test_a_class_that_appears_late_had_its_first_score_before(first):
    scores, codes = many_class_sample(1000, 4)
    known = codes % max(first, 2)
    early = scores[:, :first]
    as_seen = np.hstack([-early, early]) if first == 1 else early
    n_missing = 4 - as_seen.shape[1]
    widened = np.hstack([as_seen, np.full((1000, n_missing), LATE_MARGIN, np.float32)])
    found, expected = Calibration(), Calibration()
    found.update(early, known)
    found.update(scores, codes)
    expected.update(widened, known)
    expected.update(scores, codes)
    assert found.fit().slope == expected.fit().slope


@pytest.mark.parametrize("n_columns", [1, 4])
def test_it_goes_on_from_its_state(n_columns):
    sample = binary_sample if n_columns == 1 else many_class_sample
    scores, codes = sample(2000)
    whole = fitted(scores, codes)
    before = fitted(scores[:900], codes[:900])
    arrays, header = before.state()
    after = Calibration.from_state(arrays, header)
    assert (after.slope, after.offset) == (before.slope, before.offset)
    after.update(scores[900:], codes[900:])
    after.fit()
    assert (after.slope, after.offset) == (whole.slope, whole.offset)


def test_a_state_of_nothing():
    calibration = Calibration.from_state(*Calibration().state())
    assert calibration.fit().slope == 1.0


# Samples that are put together

CUTS = st.lists(st.integers(0, 3000), max_size=5).map(lambda cuts: [0, *sorted(cuts), 3000])


def sample_of(scores, codes):
    calibration = Calibration()
    calibration.update(scores, codes)
    return calibration


def rows_of(calibration):
    """What it has kept, in the order of its rows."""
    arrays, _ = calibration.state()
    numbers, *others = (arrays[f"calibration_{name}"] for name in ("numbers", "codes", "scores"))
    order = np.argsort(numbers, kind="stable")
    return [numbers[order], *(other[order] for other in others)]


@given(CUTS, st.sampled_from([1, 4]))
def test_appended_samples_are_that_of_one_stream(cuts, n_columns):
    scores, codes = binary_sample(3000) if n_columns == 1 else many_class_sample(3000)
    calibration = Calibration()
    for a, b in pairwise(cuts):
        calibration.append(sample_of(scores[a:b], codes[a:b]))
    whole = sample_of(scores, codes)
    for ours, theirs in zip(rows_of(calibration), rows_of(whole), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    calibration.fit(), whole.fit()
    assert (calibration.slope, calibration.offset) == (whole.slope, whole.offset)


@pytest.mark.parametrize("first", [0, 1, 100, 499, 1501])
@pytest.mark.parametrize("second", [0, 3, 1000, 1999])
def test_an_appended_sample_is_thinned_but_not_lost(first, second, monkeypatch):
    monkeypatch.setattr(module, "MAX_ROWS", 200)
    scores, codes = binary_sample(first + second)
    calibration = sample_of(scores[:first], codes[:first])
    calibration.append(sample_of(scores[first:], codes[first:]))
    numbers, *_ = rows_of(calibration)
    assert min(100, first + second) <= calibration.n_rows <= 200
    assert (numbers >= first).sum() == pytest.approx(
        calibration.n_rows * second / max(1, first + second), abs=3
    )


@given(CUTS, st.sampled_from([1, 4]), st.randoms(use_true_random=False))
def test_merged_samples_have_the_rows_of_all_in_any_order(cuts, n_columns, random):
    scores, codes = binary_sample(3000) if n_columns == 1 else many_class_sample(3000)
    parts = [slice(a, b) for a, b in pairwise(cuts)]
    merged = Calibration()
    for part in parts:
        assert merged.merge(sample_of(scores[part], codes[part])) is merged
    random.shuffle(parts)
    other = Calibration()
    for part in parts:
        other.merge(sample_of(scores[part], codes[part]))
    assert merged.n_rows == other.n_rows == 3000
    merged.fit(), other.fit()
    assert merged.slope == pytest.approx(other.slope, rel=1e-6)
    assert merged.offset == pytest.approx(other.offset, abs=1e-6)


@pytest.mark.parametrize("n_columns", [1, 3, 1000])
def test_merged_samples_are_bounded(n_columns, monkeypatch):
    monkeypatch.setattr(module, "MAX_ROWS", 500)
    monkeypatch.setattr(module, "MAX_SCORES", 2000)
    limit = max(module.MIN_ROWS, min(500, 2000 // n_columns))
    calibration = Calibration()
    for n_rows in (970, 5, 300, 0, 970):
        scores = np.zeros((n_rows, n_columns), np.float32)
        calibration.merge(sample_of(scores, np.zeros(n_rows, np.int32)))
        assert calibration.n_rows <= limit
    assert calibration.n_rows >= limit / 4


def test_merging_is_as_good_as_one_stream():
    scores, codes = binary_sample(8000)
    merged = Calibration()
    for part in range(8):
        merged.merge(sample_of(scores[part::8], codes[part::8]))
    assert merged.fit().slope == pytest.approx(3.0, rel=0.15)
    assert merged.offset == pytest.approx(-0.7, abs=0.2)


def test_a_class_that_only_one_sample_has():
    """Parts know all classes beforehand; a model may have learned when there were fewer."""
    early, early_codes = binary_sample(100)
    scores, codes = many_class_sample(200, 4)
    calibration = sample_of(early, early_codes)
    calibration.append(sample_of(scores, codes))
    assert calibration.n_rows == 300
    assert calibration.fit().probabilities(scores).shape == (200, 4)
