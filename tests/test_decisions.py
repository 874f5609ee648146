"""Thresholds where models are measured, and where Arrow arrays are predicted."""

import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sklearn import metrics as sk

import torrential as tor
from torrential.errors import ParameterError

RANDOM = np.random.default_rng(0)
WORDS = [f"word{i}" for i in range(100)]
LABELS = RANDOM.choice(["a", "b", "c"], 1200, p=[0.6, 0.3, 0.1])
TEXTS = [
    " ".join([*RANDOM.choice(WORDS, 4), *([label * 3] if RANDOM.random() < 0.6 else [])])
    for label in LABELS
]
WEIGHTS = RANDOM.integers(1, 4, len(TEXTS))
SETS = [sorted({label, "a"} if i % 3 else {label}) for i, label in enumerate(LABELS)]
FAST = {"preset": "fast", "n_features": 2**12}
GOALS = [("min_precision", 0.9), ("min_recall", 0.8), ("cost", 4)]


@pytest.fixture(scope="module")
def model():
    return tor.TextClassifier(**FAST).fit(TEXTS, LABELS)


@pytest.fixture(scope="module")
def several():
    return tor.TextClassifier(**FAST).fit(TEXTS, SETS)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("rows") / "rows.parquet"
    pd.DataFrame({"text": TEXTS, "label": LABELS, "labels": SETS}).to_parquet(path)
    return path


@pytest.mark.parametrize("threshold", [0.7, {"c": 0.2}, {"a": 0.9, "b": 0.4, "c": 0.1}, 1.0])
def test_rows_without_a_label_count_as_scikit_learn_counts_another_label(model, threshold):
    report = model.evaluate(TEXTS, LABELS, WEIGHTS, threshold=threshold)
    found = np.array([label or "none" for label in model.predict(TEXTS, threshold=threshold)])
    assert report.rejected == pytest.approx(WEIGHTS[found == "none"].sum() / WEIGHTS.sum())
    assert 0 < report.rejected < 1 or threshold == 1.0
    weighted = {"sample_weight": WEIGHTS}
    assert report.accuracy == pytest.approx(sk.accuracy_score(LABELS, found, **weighted))
    averages = {"labels": ["a", "b", "c"], "zero_division": 0, **weighted}
    precision, recall, f1, _ = sk.precision_recall_fscore_support(LABELS, found, **averages)
    np.testing.assert_allclose([each.precision for each in report.classes], precision)
    np.testing.assert_allclose([each.recall for each in report.classes], recall)
    np.testing.assert_allclose([each.f1 for each in report.classes], f1)
    micro = sk.f1_score(LABELS, found, average="micro", **averages)
    assert report.micro_f1 == pytest.approx(micro)
    confusion = sk.confusion_matrix(LABELS, found, labels=["a", "b", "c", "none"], **weighted)
    np.testing.assert_allclose(report.confusion, confusion[:3, :3])
    plain = model.evaluate(TEXTS, LABELS, WEIGHTS)
    assert plain.rejected == 0 and plain.micro_f1 == plain.accuracy
    assert (report.log_loss, report.coverage) == (plain.log_loss, plain.coverage)


def test_figures_are_the_same_for_any_engine_and_cut_of_the_rows(model, path):
    dataset = tor.read(path, text="text", target="label")
    one = model.evaluate(dataset, threshold={"c": 0.2, "a": 0.8})
    model.set_params(n_jobs=2)
    two = model.evaluate(dataset, threshold={"c": 0.2, "a": 0.8}, executor=tor.Joblib(2))
    model.set_params(n_jobs=None)
    assert one == two
    model.choose_thresholds(min_precision=0.9)
    assert model.evaluate(dataset, threshold="chosen").rejected > 0
    assert model.evaluate(dataset, threshold="chosen") == model.evaluate(
        dataset, threshold=model.thresholds_
    )
    model.model_.calibration.thresholds = {}


@pytest.mark.parametrize("threshold", [0.3, {"c": 0.1}, {None: 0.3, "a": 0.9}])
def test_sets_of_labels_are_measured_as_they_are_predicted(several, threshold):
    report = several.evaluate(TEXTS, SETS, threshold=threshold)
    found = several.predict(TEXTS, threshold=threshold)

    def matrix(sets):
        return np.array([[label in each for label in "abc"] for each in sets])

    assert report.micro_f1 == pytest.approx(
        sk.f1_score(matrix(SETS), matrix(found), average="micro")
    )
    arrow = several.predict_arrow(pa.array(TEXTS), threshold=threshold)
    assert [tuple(each) for each in arrow.field("labels").to_pylist()] == found.tolist()
    usual = several.predict_arrow(pa.array(TEXTS)).field("labels")
    assert not arrow.field("labels").equals(usual)


def test_files_of_sets_have_the_labels_that_reach_their_thresholds(several, path, tmp_path):
    rows = tor.read(path, text="text")
    threshold = {"c": 0.1, None: 0.4}
    several.predict_to(rows, tmp_path / "out.parquet", threshold=threshold, keep="c")
    table = pq.read_table(tmp_path / "out.parquet")
    found = several.predict(TEXTS, threshold=threshold)
    expected = [each for each in found.tolist() if "c" in each]
    assert [tuple(each) for each in table["predicted_labels"].to_pylist()] == expected


@pytest.mark.parametrize("threshold", [0.7, {"c": 0.2}, {"a": 0.9, "b": 0.4, "c": 0.1}])
@pytest.mark.parametrize("all_probabilities", [False, True])
def test_arrow_arrays_have_nulls_where_python_has_none(model, threshold, all_probabilities):
    texts = pa.array([*TEXTS, None])
    found = model.predict_arrow(texts, threshold=threshold, all_probabilities=all_probabilities)
    labels = found.field("label").to_pylist()
    assert labels == [*model.predict(TEXTS, threshold=threshold).tolist(), None]
    plain = model.predict_arrow(texts, all_probabilities=all_probabilities)
    assert found.type == plain.type
    if all_probabilities:
        assert found.field("probability_c").equals(plain.field("probability_c"))


def test_arrow_arrays_of_invalid_thresholds(model):
    texts = pa.array(TEXTS[:3])
    for options, sentence in (
        ({"threshold": 2}, "threshold=2 is not a probability"),
        ({"threshold": {"d": 0.5}}, "threshold names 'd'"),
        ({"threshold": "chosen"}, "but the model has none"),
        ({"threshold": 0.5, "top_k": 2}, "thresholds decide for one"),
    ):
        with pytest.raises(ParameterError, match=sentence):
            model.predict_arrow(texts, **options)
    numbers = tor.TextRegressor(**FAST).fit(TEXTS, WEIGHTS)
    with pytest.raises(ParameterError, match="the model predicts numbers"):
        numbers.predict_arrow(texts, threshold=0.5)


@pytest.mark.parametrize(("goal", "value"), GOALS)
def test_goals_choose_the_same_in_files_and_in_memory(model, path, tmp_path, goal, value):
    rows, out = tor.read(path, text="text"), tmp_path / "out.parquet"
    model.predict_to(rows, out, reject=True, **{goal: value})
    report = model.choose_thresholds(**{goal: value})
    expected = model.predict(TEXTS, threshold=report.thresholds)
    model.model_.calibration.thresholds = {}
    assert pq.read_table(out)["predicted_label"].to_pylist() == expected.tolist()


def as_json(report):
    return json.loads(json.dumps(report.to_dict()))


def test_the_command_line(model, path, tmp_path, run):
    model.choose_thresholds(min_recall=0.5)
    model.save(tmp_path / "a.model")
    model.model_.calibration.thresholds = {}
    kept = tor.load(tmp_path / "a.model")
    dataset = tor.read(path, text="text", target="label")

    def report_of(*options):
        words = ["evaluate", tmp_path / "a.model", path, "--target", "label", "--json", *options]
        code, out, err = run(*words)
        assert code == 0, err
        return json.loads(out)

    assert report_of("--threshold", "0.7") == as_json(kept.evaluate(dataset, threshold=0.7))
    named = report_of("--threshold", "c=0.2", "--threshold", "a=0.9")
    assert named == as_json(kept.evaluate(dataset, threshold={"c": 0.2, "a": 0.9}))
    chosen = as_json(kept.evaluate(dataset, threshold="chosen"))
    assert report_of("--threshold", "chosen") == report_of("--min-recall", "0.5") == chosen
    for goal, value in GOALS:
        option = f"--{goal.replace('_', '-')}"
        thresholds = kept.choose_thresholds(**{goal: value}).thresholds
        expected = as_json(kept.evaluate(dataset, threshold=thresholds))
        assert report_of(option, str(value)) == expected
        code, _, err = run("predict", tmp_path / "a.model", path, "-o", tmp_path / "o.csv", option,
                           value)  # fmt: skip
        rows = len(pd.read_csv(tmp_path / "o.csv"))
        assert code == 0 and rows == round((1 - expected["rejected"]) * len(TEXTS))
    words = ["evaluate", tmp_path / "a.model", path, "--target", "label"]
    line = run(*words, "--threshold", "0.7")[1].splitlines()[0]
    assert "of them reach no threshold, and" in line
    for options, sentence in (
        (["--cut", "3"], "--cut is for models of numbers"),
        (["--cost", "0"], "--cost 0.0 has to be a number above 1"),
        (
            ["--threshold", "0.5", "--cost", "5"],
            "--cost 5 chooses thresholds: give it or",
        ),
        (["--min-recall", "x"], "--min-recall 'x' is invalid"),
        (["--threshold", "d=0.5"], "a label that the model lacks"),
    ):
        code, _, err = run(*words, *options)
        assert code == 2 and sentence in err and err.count("\n") == 1


def test_numbers_are_measured_at_a_cut(path, tmp_path, run):
    scores = tmp_path / "scores.parquet"
    pd.DataFrame({"text": TEXTS, "score": [len(each) for each in TEXTS]}).to_parquet(scores)
    dataset = tor.read(scores, text="text", target="score")
    numbers = tor.TextRegressor(**FAST).fit(dataset)
    numbers.save(tmp_path / "n.model")
    words = ["evaluate", tmp_path / "n.model", scores]
    report = json.loads(run(*words, "--cut", "27", "--json")[1])
    assert report == numbers.evaluate(dataset, cut=27).to_dict()
    assert report["at_cut"]["cut"] == 27 and report["at_cut"]["roc_auc"] > 0.5
    out = run(*words, "--cut", "27")[1]
    assert "At the cut 27: ROC AUC" in out and "F1" in out
    code, _, err = run(*words, "--threshold", "3")
    assert code == 2 and "the model predicts numbers: give --cut" in err
