"""Thresholds of several labels a row: chosen from the predictions of a training, and kept."""

import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score

import torrential as tor
from torrential.errors import ModelFileError, ParameterError
from torrential.evaluation.set_thresholds import MIN_ROWS, choose_for_sets
from torrential.evaluation.thresholds import Goal
from torrential.persistence.model_file import read_model, write_model

LABELS = ["corn", "gas", "gold", "oil"]
WORDS = {"gas": "pipe", "oil": "barrel", "corn": "crop", "gold": "ounce"}
SHARES = np.array([0.05, 0.4, 0.004, 0.3])
FAST = {"preset": "fast", "n_features": 2**12}


def make(seed, n_rows=2000):
    """Return texts and sets of labels, of which one is rare, and words that tell half of them."""
    random = np.random.default_rng(seed)
    has_label = random.random((n_rows, 4)) < SHARES
    told = has_label & (random.random((n_rows, 4)) < 0.6)
    texts = [
        " ".join([WORDS[label] for label, tells in zip(LABELS, row) if tells])
        + "".join(f" noise{number}" for number in random.integers(0, 20, 4))
        for row in told
    ]
    return texts, [[label for label, has in zip(LABELS, row) if has] for row in has_label]


TEXTS, SETS = make(0)
LATER, LATER_SETS = make(1)


def as_matrix(sets):
    return np.array([[label in each for label in LABELS] for each in sets])


@pytest.fixture
def model():
    return tor.TextClassifier(**FAST).fit(TEXTS, SETS)


def sample_of(seed, n_rows=60, shares=(0.5, 0.3, 0.05, 0.02)):
    random = np.random.default_rng(seed)
    has_label = random.random((n_rows, 4)) < shares
    probabilities = np.clip(has_label * 0.3 + random.random((n_rows, 4)) * 0.7, 0, 1).round(2)
    return probabilities.astype(np.float32), has_label, random.integers(1, 4, n_rows).astype(float)


def reached(likely, least):
    return likely >= np.float32(least)


@given(st.integers(0, 1000), st.sampled_from([Goal(), Goal(min_precision=0.8), Goal(cost=3.0)]))
def test_thresholds_are_the_best_of_all(seed, goal):
    probabilities, has_label, weights = sample_of(seed)
    report = choose_for_sets(goal, probabilities, has_label, weights, LABELS)
    is_rare = has_label.sum(axis=0) < MIN_ROWS
    assert [each.is_shared for each in report.labels] == is_rare.tolist()
    assert len({each.threshold for each in report.labels if each.is_shared}) <= 1
    assert report.n_rows == 60 and list(report.thresholds) == LABELS

    def value_of(least):
        given = reached(likely, least)
        right, wrong = counted[given & is_it].sum(), counted[given & ~is_it].sum()
        if goal.min_precision:
            return -least if right >= 0.8 * (right + wrong + 1) else -np.inf
        if goal.cost:
            return -(3 * wrong + counted[is_it & ~given].sum())
        return 2 * right / (given @ counted + counted[is_it].sum())

    for code in {*np.flatnonzero(~is_rare).tolist(), *np.flatnonzero(is_rare)[:1].tolist()}:
        columns = is_rare if is_rare[code] else np.arange(4) == code
        likely, is_it = probabilities[:, columns].ravel(), has_label[:, columns].ravel()
        counted = np.repeat(weights, columns.sum())
        best = max(map(value_of, np.unique(likely)))
        if goal.cost and best <= -counted[is_it].sum():
            best = -np.inf  # to give none is the cheapest
        threshold = report.labels[code].threshold
        if threshold is None:
            assert best == -np.inf or not is_it.any()
        else:
            assert value_of(threshold) == pytest.approx(best)


@given(st.integers(0, 1000))
def test_figures_are_those_of_all_labels_together(seed):
    probabilities, has_label, weights = sample_of(seed)
    report = choose_for_sets(Goal(), probabilities, has_label, weights, LABELS)
    given = reached(probabilities, [report.thresholds[label] for label in LABELS])
    for average, figure in (("micro", report.micro_f1), ("macro", report.macro_f1)):
        settings = {"average": average, "sample_weight": weights, "zero_division": 0}
        assert figure == pytest.approx(f1_score(has_label, given, **settings))


@pytest.mark.parametrize("loss", ["hinge", "log_loss"])
def test_chosen_thresholds_decide_from_then_on(loss, tmp_path):
    model = tor.TextClassifier(loss=loss, **FAST).fit(TEXTS, SETS)
    by_score, before = model.predict(LATER), model.evaluate(LATER, LATER_SETS)
    report = model.choose_thresholds()
    assert report.goal == "best F1" and report.labels[2].is_shared
    assert report.n_rows == 1000
    probabilities = model.predict_proba(LATER).astype(np.float32)
    expected = reached(probabilities, [report.thresholds[label] for label in LABELS])
    found = model.predict(LATER)
    assert (as_matrix(found) == expected).all()
    assert (as_matrix(model.predict(LATER, threshold="chosen")) == expected).all()
    assert (as_matrix(model.predict(LATER, threshold=report.thresholds)) == expected).all()
    assert model.predict(LATER, threshold={}).tolist() == by_score.tolist()
    assert (as_matrix(model.predict(LATER, threshold=0.7)) == (probabilities >= 0.7)).all()
    after = model.evaluate(LATER, LATER_SETS)
    assert after.macro_f1 > before.macro_f1
    assert after.micro_f1 == pytest.approx(report.micro_f1, abs=0.06)
    assert model.evaluate(LATER, LATER_SETS, threshold={}) == before
    exact = (expected == as_matrix(LATER_SETS)).all(axis=1)
    assert model.score(LATER, LATER_SETS) == pytest.approx(exact.mean())
    arrow = model.predict_arrow(pa.array(LATER)).field("labels").to_pylist()
    assert [tuple(each) for each in arrow] == found.tolist()


@pytest.mark.parametrize("goal", [{"min_precision": 0.9}, {"min_recall": 0.5}, {"cost": 3}])
def test_a_goal_holds_on_later_rows(model, goal):
    report = model.choose_thresholds(**goal)
    later = model.evaluate(LATER, LATER_SETS)
    precision = later.averages["precision"]["micro"]
    recall = later.averages["recall"]["micro"]
    assert precision > report.precision - 0.06 and recall > report.recall - 0.06
    if "min_precision" in goal:
        assert report.precision >= 0.9
    if "min_recall" in goal:
        assert report.recall >= 0.5


def test_a_label_that_does_not_reach_the_goal_is_not_given(tmp_path, run):
    random = np.random.default_rng(0)
    sets = [[*labels, *(["any"] if random.random() < 0.3 else [])] for labels in SETS]
    model = tor.TextClassifier(**FAST).fit(TEXTS, sets)
    report = model.choose_thresholds(min_precision=0.95)
    assert report.thresholds["any"] == np.inf
    found = model.predict(LATER)
    assert not any("any" in each for each in found) and any("gas" in each for each in found)
    model.save(tmp_path / "a.model")
    again = tor.load(tmp_path / "a.model")
    assert again.thresholds_ == model.thresholds_ == report.thresholds
    assert again.predict(LATER).tolist() == found.tolist()
    facts = json.loads(run("inspect", tmp_path / "a.model", "--json")[1])
    assert facts["thresholds"]["any"] is None and facts["thresholds"]["gas"] > 0
    assert "any=inf" in run("inspect", tmp_path / "a.model")[1]


def test_thresholds_are_in_files_of_any_size(model, tmp_path):
    report = model.choose_thresholds()
    found = model.predict(LATER).tolist()
    model.save(tmp_path / "whole.model")
    model.save(tmp_path / "small.model", max_size="40 KB")
    whole, small = tor.load(tmp_path / "whole.model"), tor.load(tmp_path / "small.model")
    assert whole.thresholds_ == small.thresholds_ == report.thresholds
    assert whole.predict(LATER).tolist() == found
    assert whole.choose_thresholds() == report
    with pytest.raises(ParameterError, match="keeps no predictions of its training"):
        small.choose_thresholds()
    whole.model_.calibration.thresholds = {7: np.inf}
    whole.save(tmp_path / "whole.model")
    with pytest.raises(ModelFileError, match="thresholds of labels that it does not have"):
        tor.load(tmp_path / "whole.model")


def test_files_with_pairs_without_their_labels_have_no_sample(model, tmp_path):
    """Earlier versions kept pairs of a score and whether the row has the label."""
    model.save(tmp_path / "a.model")
    arrays, header = read_model(tmp_path / "a.model")
    arrays = dict(arrays)
    codes, scores = arrays["calibration_codes"], arrays["calibration_scores"]
    arrays["calibration_codes"] = codes[:, 0].astype(np.int32)
    arrays["calibration_scores"] = scores[:, :1].copy()
    write_model(tmp_path / "a.model", arrays, header)
    earlier = tor.load(tmp_path / "a.model")
    np.testing.assert_array_equal(earlier.predict_proba(LATER), model.predict_proba(LATER))
    with pytest.raises(ParameterError, match="keeps no predictions of its training"):
        earlier.choose_thresholds()
    earlier.partial_fit(LATER, LATER_SETS)
    assert earlier.model_.calibration.rows().codes.shape == (2000, 4)
    assert set(earlier.choose_thresholds().thresholds) == set(LABELS)


def test_a_single_label_has_a_threshold():
    sets = [["gas"] if "gas" in labels else [] for labels in SETS]
    model = tor.TextClassifier(**FAST).fit(TEXTS, sets)
    report = model.choose_thresholds()
    found = model.predict(LATER)
    expected = model.predict_proba(LATER)[:, 0].astype(np.float32) >= report.thresholds["gas"]
    assert [each == ("gas",) for each in found] == expected.tolist()


def test_labels_that_come_after_the_choice_are_decided_by_their_scores(model):
    model.choose_thresholds(min_precision=0.9)
    model.partial_fit([f"{text} tin" for text in LATER[:500]], [["tin"]] * 500)
    assert all("tin" in each for each in model.predict(["tin", "tin tin"]))
    assert "tin" in model.choose_thresholds().thresholds


def test_the_same_choice_for_any_threads_checkpoint_and_parts(model, tmp_path):
    report = model.choose_thresholds()
    assert tor.TextClassifier(n_jobs=2, **FAST).fit(TEXTS, SETS).choose_thresholds() == report
    path = tmp_path / "a.checkpoint"
    tor.TextClassifier(**FAST).fit(TEXTS, SETS, checkpoint=path, checkpoint_every="0s")
    resumed = tor.TextClassifier(**FAST).fit(TEXTS, SETS, checkpoint=path, resume=True)
    assert resumed.choose_thresholds() == report
    rounds = tor.ParameterAveraging(tor.TextClassifier(**FAST), n_partitions=3, n_rounds=2)
    parts = rounds.fit(TEXTS, SETS).estimator_.choose_thresholds()
    assert parts.n_rows > 500 and set(parts.thresholds) == set(LABELS)
    halves = [
        tor.TextClassifier(**FAST).fit(TEXTS[part], SETS[part])
        for part in (slice(1000), slice(1000, None))
    ]
    together = tor.average(halves)
    rows, labels = together.model_.calibration.rows(), together.model_.labels.values
    numbers = as_matrix(SETS).sum(axis=0)
    assert rows.codes.sum(axis=0).tolist() == [numbers[LABELS.index(each)] for each in labels]
    for place in range(4):
        has = rows.codes[:, place]
        assert rows.scores[has, place].mean() > rows.scores[~has, place].mean()
    assert set(together.choose_thresholds().thresholds) == set(LABELS)


def test_files_and_filters_have_the_decided_labels(model, tmp_path):
    rows = tor.read(pd.DataFrame({"text": LATER}), text="text")
    report = model.choose_thresholds(min_precision=0.9)
    found = model.predict(LATER).tolist()

    def written(**options):
        model.predict_to(rows, tmp_path / "out.parquet", **options)
        table = pq.read_table(tmp_path / "out.parquet")
        return [tuple(each) for each in table["labels"].to_pylist()]

    assert written() == found
    assert written(keep="gas") == [each for each in found if "gas" in each]
    assert written(threshold="chosen") == [each for each in found if each]
    model.model_.calibration.thresholds = {}
    assert written(min_precision=0.9) == [each for each in found if each]
    assert written() != found
    with pytest.raises(ParameterError, match="keep_top and threshold exclude each other"):
        written(min_precision=0.9, keep="gas", keep_top=5)
    with pytest.raises(ParameterError, match=r"No label reaches min_precision=0\.9999"):
        written(min_precision=0.9999)
    assert report.thresholds == model.choose_thresholds(min_precision=0.9).thresholds


def test_the_command_line(model, tmp_path, run):
    frame = pd.DataFrame({"text": LATER, "labels": LATER_SETS})
    frame.to_parquet(tmp_path / "rows.parquet")
    model.choose_thresholds(min_recall=0.5)
    model.save(tmp_path / "a.model")
    evaluate = ["evaluate", tmp_path / "a.model", tmp_path / "rows.parquet", "--text", "text"]
    evaluate += ["--target", "labels", "--json"]
    figures = [
        json.loads(run(*evaluate, *options)[1])["averages"]["f1"]["micro"]
        for options in ([], ["--threshold", "chosen"], ["--min-recall", "0.5"])
    ]
    assert len(set(figures)) == 1
    by_score = json.loads(run(*evaluate, "--threshold", "gas=0.99")[1])
    expected = model.evaluate(LATER, LATER_SETS, threshold={"gas": 0.99}).micro_f1
    assert by_score["averages"]["f1"]["micro"] == expected != figures[0]
    words = ["predict", tmp_path / "a.model", tmp_path / "rows.parquet", "-o", tmp_path / "o.jsonl"]
    code, _, err = run(*words, "--threshold", "gas=0.5", "--columns", "text")
    assert code == 0, err
    rows = [json.loads(line) for line in (tmp_path / "o.jsonl").read_text().splitlines()]
    expected = model.predict(LATER, threshold={"gas": 0.5}).tolist()
    names = "labels" if "labels" in rows[0] else "predicted_labels"
    assert [tuple(row[names]) for row in rows] == [each for each in expected if "gas" in each]
