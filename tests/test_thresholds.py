"""Thresholds of labels: chosen from the predictions of a training, kept, applied, rejected."""

import json

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet
from sklearn.metrics import f1_score, precision_recall_curve

import torrential as tor
from torrential.errors import ModelFileError, ParameterError
from torrential.evaluation.thresholds import NO_LABEL, Goal, choose, decide

RANDOM = np.random.default_rng(0)
WORDS = [f"word{i}" for i in range(200)]
LABELS = RANDOM.choice(["a", "b", "c"], 3000, p=[0.6, 0.3, 0.1])
TEXTS = [
    " ".join([*RANDOM.choice(WORDS, 5), *([label * 3] if RANDOM.random() < 0.6 else [])])
    for label in LABELS
]
TWO = np.where(LABELS == "c", "b", LABELS)
FAST = {"preset": "fast", "n_features": 2**12}


def sample_of(seed, n_rows=100, n_labels=3):
    random = np.random.default_rng(seed)
    probabilities = random.dirichlet(np.ones(n_labels), n_rows)
    codes = np.array([random.choice(n_labels, p=row) for row in probabilities], np.int32)
    weights = random.integers(1, 4, n_rows).astype(np.float64)
    return probabilities.round(2).astype(np.float32), codes, weights


SEEDS = st.integers(0, 1000)


@given(SEEDS)
def test_the_best_f1_is_the_best_of_all_thresholds(seed):
    probabilities, codes, weights = sample_of(seed)
    for code, each in enumerate(choose(Goal(), probabilities, codes, weights, "abc").labels):
        true, likely = codes == code, probabilities[:, code]
        reached = likely >= np.unique(likely)[:, None]
        f1 = 2 * (reached @ (weights * true)) / (reached @ weights + weights[true].sum())
        assert each.f1 == pytest.approx(f1.max())
        found = f1_score(true, likely >= np.float32(each.threshold), sample_weight=weights)
        assert each.f1 == pytest.approx(found)
        assert each.support == pytest.approx(weights[true].sum())


@given(SEEDS, st.sampled_from([0.5, 0.8, 0.95]))
def test_a_precision_is_reached_by_the_lowest_threshold(seed, goal):
    probabilities, codes, weights = sample_of(seed)
    report = choose(Goal(min_precision=goal), probabilities, codes, weights, "abc")
    for code, each in enumerate(report.labels):
        likely, right = probabilities[:, code], weights * (codes == code)
        fits = [
            least
            for least in np.unique(likely)
            if right[likely >= least].sum() >= goal * (weights[likely >= least].sum() + 1)
        ]
        if not fits:
            assert each.threshold is None and each.label not in report.thresholds
            continue
        assert each.threshold == pytest.approx(min(fits))
        assert each.precision >= goal
        reached = likely >= np.float32(each.threshold)
        assert each.precision == pytest.approx(right[reached].sum() / weights[reached].sum())


@given(SEEDS, st.sampled_from([0.3, 0.9, 0.999]))
def test_a_recall_is_reached_by_the_highest_threshold(seed, goal):
    probabilities, codes, weights = sample_of(seed)
    for code, each in enumerate(
        choose(Goal(min_recall=goal), probabilities, codes, weights, "abc").labels
    ):
        likely, right = probabilities[:, code], weights * (codes == code)
        assert each.recall >= goal
        higher = likely > np.float32(each.threshold)
        assert right[higher].sum() / right.sum() < goal
        _, recalls, thresholds = precision_recall_curve(
            codes == code, likely, sample_weight=weights
        )
        place = np.flatnonzero(np.isclose(thresholds, each.threshold))[0]
        assert recalls[place] == pytest.approx(each.recall)


@given(SEEDS, st.sampled_from([1.5, 3.0, 20.0]))
def test_a_cost_is_the_least(seed, cost):
    probabilities, codes, weights = sample_of(seed)
    report = choose(Goal(cost=cost), probabilities, codes, weights, "abc")
    best = probabilities.argmax(axis=1)
    for code, each in enumerate(report.labels):
        chosen = best == code
        likely, is_it, weight = probabilities[chosen, code], codes[chosen] == code, weights[chosen]

        def cost_of(least, likely=likely, is_it=is_it, weight=weight):
            given_ = likely >= np.float32(least)
            return cost * weight[given_ & ~is_it].sum() + weight[~given_].sum()

        assert cost_of(each.threshold) == pytest.approx(min(map(cost_of, np.unique(likely))))


@given(SEEDS)
def test_all_labels_together_have_the_figures_of_what_is_decided(seed):
    probabilities, codes, weights = sample_of(seed)
    report = choose(Goal(min_precision=0.6), probabilities, codes, weights, "abc")
    places = {"a": 0, "b": 1, "c": 2}
    chosen = [places[label] for label in report.thresholds]
    decided = decide(probabilities[:, chosen], chosen, list(report.thresholds.values()))
    kept = decided != NO_LABEL
    assert report.coverage == pytest.approx(weights[kept].sum() / weights.sum())
    if kept.any():
        right = decided[kept] == codes[kept]
        assert report.precision == pytest.approx(np.average(right, weights=weights[kept]))
    else:
        assert report.precision is None


def test_a_label_without_rows_and_no_rows():
    report = choose(
        Goal(), np.float32([[0.7, 0.3], [0.6, 0.4]]), np.int32([0, 0]), np.ones(2), "ab"
    )
    assert report.labels[1].threshold is None
    assert report.thresholds == {"a": pytest.approx(0.6)}


def test_decisions_without_thresholds_and_at_zero():
    assert decide(np.zeros((2, 0), np.float32), [], []).tolist() == [NO_LABEL, NO_LABEL]
    assert decide(np.float32([[0.0, 0.9], [0.1, 0.9]]), [4, 7], [0.0, 0.5]).tolist() == [7, 4]


@pytest.mark.parametrize(
    ("goal", "sentence"),
    [
        ({"min_precision": 1.0}, "min_precision=1.0 has to be a number between 0 and 1"),
        ({"min_recall": 0}, "min_recall=0 has to be"),
        ({"min_recall": "much"}, "min_recall='much' has to be"),
        ({"cost": 1}, "cost=1 has to be a number above 1"),
        ({"cost": float("nan")}, "cost=nan has to be"),
        ({"cost": 2, "min_recall": 0.5}, "min_recall and cost exclude each other"),
    ],
)
def test_goals_that_are_invalid(goal, sentence):
    with pytest.raises(ParameterError, match=sentence):
        Goal(**goal)


# Models


@pytest.fixture(scope="module")
def model():
    return tor.TextClassifier(**FAST).fit(TEXTS, LABELS)


@pytest.mark.parametrize("labels", [LABELS, TWO], ids=["three", "two"])
@pytest.mark.parametrize("loss", ["squared_hinge", "log_loss"])
def test_a_precision_holds_on_new_rows(loss, labels):
    half = len(TEXTS) // 2
    model = tor.TextClassifier(loss=loss, **FAST).fit(TEXTS[:half], labels[:half])
    report = model.choose_thresholds(min_precision=0.9)
    found = model.predict(TEXTS[half:], threshold="chosen")
    kept = np.array([label is not None for label in found])
    assert 0.2 < kept.mean() < 1
    assert np.mean(found[kept] == labels[half:][kept]) > 0.86
    assert np.mean(model.predict(TEXTS[half:]) == labels[half:]) < 0.86
    assert kept.mean() == pytest.approx(report.coverage, abs=0.15)
    assert report.precision > 0.9


def test_thresholds_are_kept_in_files(model, tmp_path):
    model = tor.TextClassifier(**FAST).fit(TEXTS, LABELS)
    report = model.choose_thresholds()
    assert report.goal == "best F1" and set(report.thresholds) == {"a", "b", "c"}
    assert model.thresholds_ == report.thresholds
    expected = model.predict(TEXTS, threshold="chosen").tolist()
    model.save(tmp_path / "whole.model")
    model.save(tmp_path / "small.model", max_size="60 KB")
    whole, small = (tor.load(tmp_path / f"{name}.model") for name in ("whole", "small"))
    assert whole.thresholds_ == small.thresholds_ == report.thresholds
    assert whole.predict(TEXTS, threshold="chosen").tolist() == expected
    assert whole.choose_thresholds(min_recall=0.8).goal == "min_recall=0.8"
    with pytest.raises(ParameterError, match="keeps no predictions of its training"):
        small.choose_thresholds()
    whole.model_.calibration.thresholds = {7: 0.5}
    whole.save(tmp_path / "odd.model")
    with pytest.raises(ModelFileError, match="thresholds of labels that it does not have"):
        tor.load(tmp_path / "odd.model")


def test_the_same_thresholds_from_parts_of_the_work():
    one = tor.TextClassifier(**FAST).fit(TEXTS, LABELS).choose_thresholds()
    two = tor.TextClassifier(n_jobs=2, **FAST).fit(TEXTS, LABELS).choose_thresholds()
    assert one == two
    rounds = tor.ParameterAveraging(tor.TextClassifier(**FAST), n_partitions=3)
    report = rounds.fit(TEXTS, LABELS).estimator_.choose_thresholds()
    assert report.n_rows == pytest.approx(one.n_rows, rel=0.3)
    assert report.thresholds["a"] == pytest.approx(one.thresholds["a"], abs=0.25)


def test_checkpoints_end_in_the_same_thresholds(tmp_path):
    whole = tor.TextClassifier(loss="log_loss", **FAST).fit(TEXTS, LABELS).choose_thresholds()
    options = {"checkpoint": tmp_path / "training"}
    tor.TextClassifier(loss="log_loss", **FAST).fit(TEXTS, LABELS, checkpoint_every="0s", **options)
    resumed = tor.TextClassifier(loss="log_loss", **FAST).fit(TEXTS, LABELS, resume=True, **options)
    assert resumed.choose_thresholds() == whole


def test_predictions_by_a_number_or_by_labels(model):
    probabilities = model.predict_proba(TEXTS)
    plain, best = model.predict(TEXTS), probabilities.max(axis=1).astype(np.float32)
    found = model.predict(TEXTS, threshold=0.7)
    assert found.dtype == object
    assert found.tolist() == [
        label if likely >= np.float32(0.7) else None
        for label, likely in zip(plain, best, strict=True)
    ]
    likely = probabilities[:, 2].astype(np.float32)
    found = model.predict(TEXTS, threshold={"c": 0.2})
    assert found.tolist() == ["c" if each >= np.float32(0.2) else None for each in likely]
    assert len(model.predict([], threshold=0.5)) == 0
    with pytest.raises(ParameterError, match="threshold names 'd', a label that the model lacks"):
        model.predict(TEXTS, threshold={"d": 0.5})
    with pytest.raises(ParameterError, match="threshold=2 is not a probability"):
        model.predict(TEXTS, threshold=2)
    with pytest.raises(ParameterError, match="threshold='chosen', but the model has none"):
        tor.TextClassifier(**FAST).fit(TEXTS, TWO).predict(TEXTS, threshold="chosen")


def test_numbers_as_labels():
    codes = (LABELS == "a").astype(int)
    model = tor.TextClassifier(**FAST).fit(TEXTS, codes)
    found = model.predict(TEXTS[:50], threshold={1: 0.6, 0: 0.6})
    assert set(map(type, found)) <= {int, type(None)}
    assert len(set(found)) == 3


def test_tables_have_thresholds():
    table = {"x": RANDOM.choice(["u", "v", "w"], 3000).tolist()}
    likely = {"u": 0.9, "v": 0.5, "w": 0.1}
    target = np.array([RANDOM.random() < likely[x] for x in table["x"]])
    model = tor.TableClassifier(eta0=0.3).fit(table, target)
    assert set(model.choose_thresholds(min_precision=0.8).thresholds) == {False, True}
    found = model.predict(table, threshold="chosen")
    given_ = dict(zip(table["x"], found, strict=True))
    assert given_ == {"u": True, "v": None, "w": False}


# Files


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("rows") / "rows.parquet"
    parquet.write_table(pa.table({"id": range(3000), "text": TEXTS, "label_": LABELS}), path)
    return path


def written(model, path, tmp_path, **options):
    rows = tor.read(path, text="text")
    counts = model.predict_to(rows, tmp_path / "out.parquet", **options)
    table = parquet.read_table(tmp_path / "out.parquet")
    assert counts.n_kept == len(table)
    if options.get("reject"):
        named = sum(counts.shares([model.predictor_.labels])[0].values())
        assert named == len(table) - table["label"].null_count
    return table


@pytest.mark.parametrize("threshold", [0.7, {"c": 0.2}, {"a": 0.9, "b": 0.4, "c": 0.1}])
def test_rejected_rows_have_no_label_in_files(model, path, tmp_path, threshold):
    table = written(model, path, tmp_path, threshold=threshold, reject=True)
    assert table["id"].to_pylist() == list(range(3000))
    found = model.predict(TEXTS, threshold=threshold)
    assert table["label"].to_pylist() == found.tolist()
    assert table["probability"].null_count == 0


def test_a_precision_filters_or_rejects(model, path, tmp_path):
    rejected = written(model, path, tmp_path, min_precision=0.9, reject=True)
    kept = written(model, path, tmp_path, min_precision=0.9)
    whole = [label is not None for label in rejected["label"].to_pylist()]
    assert kept["label"].to_pylist() == rejected["label"].filter(pa.array(whole)).to_pylist()
    assert kept["id"].to_pylist() == rejected["id"].filter(pa.array(whole)).to_pylist()
    only = written(model, path, tmp_path, min_precision=0.9, keep="a")
    assert set(only["label"].to_pylist()) == {"a"}
    model.choose_thresholds(min_precision=0.9)
    chosen = written(model, path, tmp_path, threshold="chosen")
    assert chosen.equals(kept)
    model.model_.calibration.thresholds = {}


def test_workers_and_folders_reject_the_same(model, path, tmp_path):
    one = written(model, path, tmp_path, min_precision=0.9, reject=True)
    model.predict_to(
        tor.read(path, text="text"), f"{tmp_path}/folder/", min_precision=0.9, reject=True,
        executor=tor.Joblib(2),
    )  # fmt: skip
    (file,) = (tmp_path / "folder").glob("*.parquet")
    assert parquet.read_table(file).equals(one)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"reject": True}, "reject takes labels from rows that do not reach a threshold"),
        ({"reject": True, "threshold": 0.5, "keep": "a"}, "and neither keep nor keep_top"),
        ({"reject": True, "threshold": 0.5, "top_k": 2}, "top_k has several labels, but"),
        ({"min_recall": 0.9, "threshold": 0.5}, "min_recall=0.9 chooses thresholds: give it or"),
        ({"min_recall": 0.9, "cost": 5}, "min_recall and cost exclude each other"),
        ({"cost": 0.5}, "cost=0.5 has to be a number above 1"),
        ({"min_precision": 0.9, "threshold": 0.5}, "give it or threshold, but not both"),
        ({"min_precision": 1.5}, "min_precision=1.5 has to be a number between 0 and 1"),
        ({"min_precision": 0.99999}, "No label reaches min_precision=0.99999"),
        ({"threshold": {"a": "chosen"}}, "threshold='chosen' is not a probability"),
        ({"min_precision": 0.9, "keep": "a", "keep_top": 5}, "keep_top and threshold exclude"),
    ],
)
def test_options_that_contradict(model, path, tmp_path, options, sentence):
    with pytest.raises(ParameterError, match=sentence):
        written(model, path, tmp_path, **options)


def test_models_without_predictions_of_a_training(path, tmp_path):
    model = tor.TextRegressor(preset="fast").fit(TEXTS, np.arange(3000.0))
    rows = tor.read(path, text="text")
    for options in ({"min_precision": 0.9}, {"threshold": "chosen"}):
        with pytest.raises(ParameterError, match="keeps predictions of its training"):
            model.predict_to(rows, tmp_path / "out.csv", **options)
    with pytest.raises(ParameterError, match="the model predicts numbers"):
        model.predict_to(rows, tmp_path / "out.csv", threshold=0.5, reject=True)


def test_the_command_line(model, path, tmp_path, run):
    model.save(tmp_path / "a.model")
    out, words = tmp_path / "out.jsonl", ["predict", tmp_path / "a.model", path, "-o"]

    def rows_of(*options):
        code, _, err = run(*words, out, "--columns", "id", *options)
        assert code == 0, err
        return [json.loads(line) for line in out.read_text().splitlines()], err

    rejected, err = rows_of("--min-precision", 0.9, "--reject")
    assert len(rejected) == 3000 and "none" in err
    kept, _ = rows_of("--min-precision", 0.9)
    assert [each for each in rejected if each["label"] is not None] == kept
    named, _ = rows_of("--threshold", "c=0.2", "--threshold", "a=0.9", "--reject")
    found = model.predict(TEXTS, threshold={"c": 0.2, "a": 0.9}).tolist()
    assert [each["label"] for each in named] == found
    model.choose_thresholds(min_precision=0.9)
    model.save(tmp_path / "a.model")
    model.model_.calibration.thresholds = {}
    assert rows_of("--threshold", "chosen")[0] == kept
    assert "Thresholds  a=0." in run("inspect", tmp_path / "a.model")[1]
    facts = json.loads(run("inspect", tmp_path / "a.model", "--json")[1])
    assert set(facts["thresholds"]) == {"a", "b", "c"}
    for options, sentence in (
        (["--threshold", "d=0.5"], "threshold names 'd', a label that the model lacks: give 'a'"),
        (["--min-precision", "2"], "--min-precision 2.0 has to be a number between 0 and 1"),
        (["--threshold", "chosen", "--threshold", "a=0.5"], "give no others"),
        (["--reject"], "give threshold, --min-precision, --min-recall or cost"),
    ):
        code, _, err = run(*words, out, *options)
        assert code == 2 and sentence in err and err.count("\n") == 1
