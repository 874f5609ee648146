"""Figures of progressive probabilities: against scikit-learn's, and where training keeps them."""

import json
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import log_loss, roc_auc_score

import torrential as tor
from torrential.engine.model.schema import PROGRESS
from torrential.evaluation.probabilities import N_GROUPS, Outcomes, ProbabilitySketch
from torrential.evaluation.progressive import ProgressiveValidation
from torrential.kernels.linear.log_odds import MOST, N_BINS, PER_UNIT, count_log_odds
from torrential.linear import calibration_rows
from torrential.linear.calibration import Calibration

LOG_ODDS = st.floats(-40, 40, width=32)
ROWS = st.lists(st.tuples(LOG_ODDS, st.booleans(), st.integers(0, 3)), min_size=1, max_size=80)


def outcomes_of(rows, *, weighted=True):
    log_odds, positive, weight = (np.array(column) for column in zip(*rows, strict=True))
    weights = weight.astype(np.float32) if weighted else None
    return Outcomes(log_odds.astype(np.float32), positive.astype(bool), weights)


def sketch_of(outcomes):
    sketch = ProbabilitySketch()
    sketch.update(outcomes)
    return sketch


def random_outcomes(n_rows=3000, spread=1.5, seed=0):
    random = np.random.default_rng(seed)
    log_odds = (spread * random.normal(size=n_rows) - 1).astype(np.float32)
    positive = random.random(n_rows) < 1 / (1 + np.exp(-log_odds))
    return Outcomes(log_odds, positive, random.integers(0, 4, n_rows).astype(np.float32))


def sigmoid(log_odds):
    return 1 / (1 + np.exp(-np.asarray(log_odds, np.float64)))


@given(ROWS)
def test_the_kernel_counts_as_a_loop_in_plain_python(rows):
    outcomes = outcomes_of(rows)
    wanted = {}
    for value, positive, weight in zip(*outcomes, strict=True):
        place = int(np.clip(np.floor((float(value) + MOST) * PER_UNIT), 0, N_BINS - 1))
        offset = float(value) - ((place + 0.5) / PER_UNIT - MOST)
        cells = wanted.setdefault(place, np.zeros(4))
        cells[0 if positive else 1] += weight
        cells[2 if positive else 3] += float(weight) * offset
    table = np.zeros((N_BINS, 4))
    count_log_odds(*outcomes, table)
    assert set(np.flatnonzero(table.any(axis=1))) <= set(wanted)
    for place, cells in wanted.items():
        np.testing.assert_allclose(table[place], cells, rtol=1e-12, atol=1e-12)


@given(ROWS)
def test_figures_are_those_of_scikit_learn(rows):
    log_odds, positive, weight = outcomes = outcomes_of(rows)
    figures = sketch_of(outcomes).figures()
    if weight.sum() == 0:
        assert figures is None
        return
    losses = np.logaddexp(0, np.where(positive, -1.0, 1.0) * log_odds.astype(np.float64))
    assert figures.log_loss == pytest.approx(np.average(losses, weights=weight), abs=2e-6)
    assert figures.log_loss >= 0
    share = np.average(positive, weights=weight)
    assert figures.observed == pytest.approx(share)
    mean = np.average(sigmoid(log_odds), weights=weight)
    assert figures.mean_predicted == pytest.approx(mean, rel=1e-5, abs=2e-7)
    if share in (0, 1):
        assert figures.roc_auc is figures.roc_auc_error is figures.normalized_entropy is None
        return
    entropy = -share * np.log(share) - (1 - share) * np.log(1 - share)
    assert figures.normalized_entropy == pytest.approx(figures.log_loss / entropy)
    exact = roc_auc_score(positive, log_odds, sample_weight=weight)
    assert abs(figures.roc_auc - exact) <= figures.roc_auc_error + 1e-9


def test_the_log_loss_is_scikit_learns_and_the_error_of_roc_auc_is_small():
    log_odds, positive, weight = outcomes = random_outcomes()
    figures = sketch_of(outcomes).figures()
    exact = log_loss(positive, sigmoid(log_odds), sample_weight=weight)
    assert figures.log_loss == pytest.approx(exact, abs=2e-6)
    assert 0 < figures.roc_auc_error < 0.002


@pytest.mark.parametrize("width", [1, 4])
def test_the_bound_is_reached_where_a_bin_holds_its_pairs_in_the_worst_order(width):
    inside = np.linspace(0, 0.9 / PER_UNIT, 2 * width, dtype=np.float32)
    positive = np.arange(2 * width) < width
    figures = sketch_of(Outcomes(inside, positive)).figures()
    assert roc_auc_score(positive, inside) == 0.0
    assert (figures.roc_auc, figures.roc_auc_error) == (0.5, 0.5)


@given(ROWS, st.lists(st.integers(0, 80), max_size=4))
def test_cut_merged_and_kept_as_json_it_is_the_same(rows, cuts):
    outcomes = outcomes_of(rows)
    whole, parts, merged = sketch_of(outcomes), ProbabilitySketch(), ProbabilitySketch()
    bounds = [0, *sorted(min(cut, len(rows)) for cut in cuts), len(rows)]
    for begin, end in pairwise(bounds):
        parts = ProbabilitySketch.from_state(json.loads(json.dumps(parts.state())))
        parts.update(outcomes.rows(begin, end))
        merged.merge(sketch_of(outcomes.rows(begin, end)))
    np.testing.assert_array_equal(parts.table, whole.table)
    np.testing.assert_array_equal(merged.table[:, :2], whole.table[:, :2])
    np.testing.assert_allclose(merged.table, whole.table, rtol=1e-12, atol=1e-12)


def test_the_other_class_as_positive_changes_only_the_shares():
    log_odds, positive, weight = outcomes = random_outcomes()
    plain = sketch_of(outcomes).figures()
    mirrored = sketch_of(Outcomes(-log_odds, ~positive, weight)).mirrored().figures()
    for name in ("log_loss", "normalized_entropy", "roc_auc", "mean_predicted", "observed"):
        assert getattr(mirrored, name) == pytest.approx(getattr(plain, name), rel=1e-6)
    assert mirrored.calibration_error == pytest.approx(plain.calibration_error, abs=2e-3)


def test_the_calibration_error_is_that_of_groups_of_equal_weight():
    log_odds, positive, _ = random_outcomes(20_000, spread=2.0)
    by_score = np.argsort(log_odds)
    groups = np.array_split(by_score, N_GROUPS)
    wanted = np.mean([abs(sigmoid(log_odds[g]).mean() - positive[g].mean()) for g in groups])
    figures = sketch_of(Outcomes(log_odds, positive)).figures()
    assert figures.calibration_error == pytest.approx(wanted, abs=1e-3)
    too_sure = sketch_of(Outcomes(3 * log_odds, positive)).figures()
    assert too_sure.calibration_error > 5 * figures.calibration_error


def test_log_odds_of_a_margin_come_from_earlier_rows_alone():
    random = np.random.default_rng(0)
    scores = random.normal(size=(3000, 1)).astype(np.float32)
    codes = (random.random(3000) < sigmoid(3 * scores[:, 0] - 0.7)).astype(np.int32)
    whole = Calibration().ahead(scores, codes)
    np.testing.assert_array_equal(whole[:64], scores[:64, 0])
    others = Calibration().ahead(scores[:2000], np.where(np.arange(2000) < 1500, codes[:2000], 0))
    np.testing.assert_array_equal(others[:1500], whole[:1500])
    slope, offset = np.polyfit(scores[2048:, 0], whole[2048:], 1)
    assert (slope, offset) == pytest.approx((3, -0.7), abs=0.5)


@given(st.lists(st.integers(0, 600), max_size=5))
def test_log_odds_do_not_depend_on_batches_and_go_on_from_a_file(cuts):
    random = np.random.default_rng(1)
    scores = random.normal(size=(600, 1)).astype(np.float32)
    codes = (random.random(600) < sigmoid(scores[:, 0])).astype(np.int32)
    whole, begun, log_odds = Calibration(), Calibration(), []
    wanted = whole.ahead(scores, codes)
    for begin, end in pairwise([0, *sorted(cuts), 600]):
        begun.fit()  # as for a checkpoint
        arrays, header = begun.state()
        begun = Calibration.from_state(arrays, json.loads(json.dumps(header)))
        log_odds.append(begun.ahead(scores[begin:end], codes[begin:end]))
    np.testing.assert_array_equal(np.concatenate(log_odds), wanted)
    assert (begun.fit().slope, begun.offset) == (whole.fit().slope, whole.offset)


def test_the_sample_is_that_of_plain_updates(monkeypatch):
    monkeypatch.setattr(calibration_rows, "MAX_ROWS", 256)
    random = np.random.default_rng(2)
    scores, codes = random.normal(size=(5000, 1)).astype(np.float32), random.integers(0, 2, 5000)
    ahead, plain = Calibration(), Calibration()
    ahead.ahead(scores, codes.astype(np.int32))
    plain.update(scores, codes.astype(np.int32))
    for one, other in zip(ahead.rows(), plain.rows(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_validation_keeps_the_figures_through_states_and_closing():
    outcomes = random_outcomes(100)
    losses = np.ones(100)
    whole, begun = ProgressiveValidation(), ProgressiveValidation()
    whole.update(losses, outcomes=outcomes)
    for begin, end in ((0, 1), (1, 40), (40, 100)):
        begun = ProgressiveValidation.from_state(json.loads(json.dumps(begun.state())))
        begun.update(losses[begin:end], outcomes=outcomes.rows(begin, end))
    assert begun.state() == whole.state()
    assert whole.lines[-1].roc_auc == sketch_of(outcomes.rows(0, 64)).roc_auc()
    assert whole.line().log_loss == whole.probabilities.log_loss
    figures = whole.probabilities
    line = whole.line()
    whole.close()
    assert whole.line() == line
    kept = ProgressiveValidation.from_state(json.loads(json.dumps(whole.state())))
    assert kept.probabilities == figures
    kept.update(losses, outcomes=outcomes)  # the histogram is gone
    assert kept.probabilities is None


def test_rows_without_log_odds_leave_no_figures():
    outcomes, losses = random_outcomes(8), np.ones(8)
    validation = ProgressiveValidation()
    validation.update(losses)
    validation.update(losses, outcomes=outcomes)
    assert validation.probabilities is None
    validation = ProgressiveValidation()
    validation.update(losses, outcomes=outcomes)
    validation.update(losses)
    assert validation.probabilities is None
    assert (validation.line().log_loss, validation.line().roc_auc) == (None, None)


def test_a_checkpoint_from_before_goes_on_without_figures():
    validation = ProgressiveValidation()
    validation.update(np.ones(5), np.ones(5, bool))
    state = validation.state()
    for name in ("is_mirrored", "has_margins", "sketch", "probabilities"):
        del state[name]
    state["lines"] = [line[:4] for line in state["lines"]]
    PROGRESS(state, "validation")
    again = ProgressiveValidation.from_state(state)
    again.update(np.ones(3), np.ones(3, bool), random_outcomes(3))
    assert (again.n_rows, again.accuracy, again.probabilities) == (8, 1.0, None)


def documents(n_rows=2000, labels=("bad", "good"), seed=0):
    random = np.random.default_rng(seed)
    words, codes = random.integers(0, 50, (n_rows, 6)), random.integers(0, len(labels), n_rows)
    words[:, 0] = np.where(random.random(n_rows) < 0.7, 100 + codes, 200)
    texts = [" ".join(f"w{word}" for word in row) for row in words]
    return texts, [labels[code] for code in codes], random


@pytest.mark.jit
@pytest.mark.parametrize("labels", [("bad", "good"), ("good", "bad")])
@pytest.mark.parametrize("loss", ["log_loss", "hinge"])
def test_a_classifier_of_two_classes_has_them_for_its_first_pass(loss, labels, tmp_path):
    texts, y, _ = documents(labels=labels)
    y[0] = labels[0]
    model = tor.TextClassifier(loss=loss, n_features=2**12, max_iter=2, tol=None).fit(texts, y)
    first, second = model.history_
    figures = first.probabilities
    assert figures.observed == pytest.approx(y.count("good") / len(y))
    assert figures.mean_predicted == pytest.approx(figures.observed, abs=0.03)
    assert 0.7 < figures.roc_auc < 0.95
    assert 0.3 < figures.normalized_entropy < 0.9
    assert second.probabilities is None
    if loss == "log_loss":
        assert figures.log_loss == pytest.approx(first.average_loss, abs=2e-6)
    else:
        held_out = documents(labels=labels, seed=1)
        exact = log_loss(held_out[1], model.predict_proba(held_out[0]), labels=model.classes_)
        assert figures.log_loss == pytest.approx(exact, abs=0.15)
    model.save(tmp_path / "model")
    assert tor.load(tmp_path / "model").history_[0].probabilities == figures


@pytest.mark.jit
def test_rows_count_by_their_weights():
    texts, y, random = documents()
    weight = random.integers(0, 4, len(y)).astype(np.float32)
    model = tor.TextClassifier(n_features=2**12, class_weight={"good": 10.0})
    model.fit(texts, y, sample_weight=weight)
    share = np.average(np.array(y) == "good", weights=weight)
    assert model.history_[0].probabilities.observed == pytest.approx(share)


@pytest.mark.jit
@pytest.mark.parametrize("labels", [("bad", "good"), ("good", "bad")])
def test_averaged_parts_have_them_for_the_first_round(labels, tmp_path):
    texts, y, random = documents(labels=labels)
    weight = random.integers(1, 4, len(y)).astype(np.float32)
    model = tor.TextClassifier(loss="log_loss", n_features=2**12)
    averaged = tor.ParameterAveraging(model, n_partitions=4, n_rounds=2)
    averaged.fit(texts, y, checkpoint=tmp_path / "kept", checkpoint_every="0s")
    first, second = averaged.history_
    figures = first.probabilities
    assert figures.log_loss == pytest.approx(first.average_loss, abs=2e-6)
    assert figures.observed == pytest.approx(y.count("good") / len(y))
    assert 0.7 < figures.roc_auc < 0.95
    assert f"ROC AUC {figures.roc_auc:.4f}" in str(first)
    assert second.probabilities is None
    assert averaged.estimator_.history_[0].probabilities == figures
    resumed = tor.ParameterAveraging(model, n_partitions=4, n_rounds=2)
    resumed.fit(texts, y, checkpoint=tmp_path / "kept", resume=True)
    assert resumed.history_[0].probabilities == figures
    weighted = tor.ParameterAveraging(model, n_partitions=3, n_rounds=1)
    weighted.fit(texts, y, sample_weight=weight)
    share = np.average(np.array(y) == "good", weights=weight)
    assert weighted.history_[0].probabilities.observed == pytest.approx(share)


@pytest.mark.jit
def test_more_than_two_classes_have_none(small_windows):
    texts, y, _ = documents(labels=("bad", "fair", "good"))
    assert tor.TextClassifier(n_features=2**12).fit(texts, y).history_[0].probabilities is None


@pytest.mark.jit
def test_a_third_class_in_a_later_window_ends_them(small_windows, capsys):
    texts, y, _ = documents(8000)
    y[-1] = "fair"
    rows = pa.table({"text": texts, "label": y})
    parts = [rows.slice(begin, 500) for begin in range(0, len(y), 500)]
    data = tor.read(parts, text="text", target="label")
    model = tor.TextClassifier(n_features=2**12, max_iter=1, shuffle=False, verbose=1).fit(data)
    assert model.history_[0].lines[3].roc_auc is not None
    assert model.history_[0].probabilities is None
    headers = [line for line in capsys.readouterr().err.splitlines() if "since last" in line]
    assert ["ROC AUC" in header for header in headers] == [True, False]


@pytest.mark.jit
def test_the_command_shows_them(run, tmp_path):
    import pyarrow.parquet as pq

    texts, y, _ = documents(300)
    path, model = tmp_path / "rows.parquet", tmp_path / "model"
    pq.write_table(pa.table({"t": texts, "y": y}), path)
    words = ["train", path, "--text", "t", "--target", "y", "-o", model, "--n-features", "4096"]
    code, out, err = run(*words, "-v")
    assert code == 0
    first = tor.load(model).history_[0]
    figures = first.probabilities
    assert f"ROC AUC {figures.roc_auc:.4f}." in out
    assert f"Calibration: mean probability of 'good' {figures.mean_predicted:.2%}, " in out
    assert f"normalized entropy {figures.normalized_entropy:.4f}." in out
    last = next(line for line in err.splitlines() if line.split()[-3:-2] == ["300"])
    assert "accuracy  ROC AUC" in err or "log loss  ROC AUC" in err
    assert f"{figures.roc_auc:.4f}" in last
    code, out, _ = run("inspect", model)
    assert f"ROC AUC {figures.roc_auc:.4f}" in out and "Calibration mean probability" in out
    facts = json.loads(run("inspect", model, "--json")[1])["progressive"][0]
    assert (facts["roc_auc"], facts["log_loss"]) == (figures.roc_auc, figures.log_loss)
