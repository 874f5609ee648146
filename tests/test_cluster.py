"""The library and its command line on a Dask cluster: the same bits as on threads."""

import gzip
import json
import os
import re
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sklearn import linear_model
from sklearn.datasets import make_classification
from sklearn.pipeline import make_pipeline

import forks
import torrential as tor
from cluster import keys_on, running_cluster
from torrential.engine.scoring.evaluate import evaluate
from torrential.engine.scoring.to_file import predict_file
from torrential.persistence.model_file import read_model

pytestmark = pytest.mark.jit

RANDOM = np.random.default_rng(0)
N_ROWS = 1_200
WORDS = np.array([f"word{i}" for i in range(400)])
CODES = RANDOM.integers(0, 5, N_ROWS)
FIVE = np.array(["ant", "bee", "cow", "dog", "eel"])[CODES]
TWO = np.where(CODES < 2, "few", "more")


def make_text(code):
    chances = 1 / (1 + (np.arange(400) + 80 * code) % 400)
    return " ".join(RANDOM.choice(WORDS, 12, p=chances / chances.sum()))


TEXTS = [make_text(code) for code in CODES]
MODEL = {"n_features": 2**12, "random_state": 0}
COLUMNS = {"text": "text", "target": "label"}


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    with running_cluster(tmp_path_factory.mktemp("cluster")) as cluster:
        yield cluster.address


@pytest.fixture(scope="module")
def dask(address):
    with tor.Dask(address) as dask:
        yield dask


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A Parquet file of several row groups, and CSV files that are one part each."""
    folder = tmp_path_factory.mktemp("files")
    table = pa.table({"text": TEXTS, "label": FIVE, "number": np.arange(N_ROWS)})
    pq.write_table(table, folder / "rows.parquet", row_group_size=170)
    for place, begin in enumerate(range(0, N_ROWS, 500)):
        cut = slice(begin, begin + 500)
        lines = [f"{text},{label}" for text, label in zip(TEXTS[cut], TWO[cut], strict=True)]
        content = "\n".join(["text,label", *lines]).encode()
        (folder / f"rows{place}.csv.gz").write_bytes(gzip.compress(content))
    return folder


@pytest.fixture(scope="module")
def parquet(files):
    return tor.read(files / "rows.parquet", **COLUMNS)


def data_of(kind, files):
    """What ``fit`` takes."""
    return {
        "parquet": lambda: (tor.read(files / "rows.parquet", **COLUMNS),),
        "csv": lambda: (tor.read(files / "*.csv.gz", **COLUMNS),),
        "texts": lambda: (TEXTS, FIVE),
        "two": lambda: (np.array(TEXTS, object), TWO),
    }[kind]()


def assert_same(model, other):
    """Equal to the bit."""
    arrays, header = model.model_.state()
    others, other_header = other.model_.state()
    assert header == other_header
    assert arrays.keys() == others.keys()
    for name, array in arrays.items():
        np.testing.assert_array_equal(array, others[name], err_msg=name)


# Parameter averaging


@pytest.mark.parametrize(
    ("kind", "parameters", "how"),
    [
        ("parquet", {}, {}),
        ("parquet", {"idf": "two-pass", "terms": True}, {"average_every": 60}),
        ("csv", {"idf": "running", "loss": "log_loss"}, {"n_partitions": 7}),
        ("csv", {"idf": "two-pass", "terms": 100, "class_weight": "balanced"}, {}),
        ("texts", {"idf": "running", "terms": True}, {"weighting": "rows", "n_partitions": 1}),
        ("two", {"learning_rate": "constant"}, {"validation_fraction": 0.1, "average_every": 40}),
    ],
    ids=str,
)
def test_a_text_classifier_is_learned_to_the_same_bits(address, dask, files, kind, parameters, how):
    data = data_of(kind, files)
    models = [
        tor.ParameterAveraging(
            tor.TextClassifier(**MODEL, **parameters), n_rounds=2, executor=executor, **how
        ).fit(*data)
        for executor in (tor.Threads(3), dask, address)
    ]
    first, *others = models
    assert first.score(*data) > 0.6
    for other in others:
        assert_same(other.estimator_, first.estimator_)
        assert other.history_ == first.history_
        np.testing.assert_array_equal(other.predict_proba(data[0]), first.predict_proba(data[0]))
        assert other.score(*data) == first.score(*data)
    assert keys_on(address) == []


X, Y = make_classification(600, 20, n_informative=8, n_classes=3, class_sep=2, random_state=0)
THEIRS = make_pipeline(
    tor.HashingVectorizer(n_features=2**12), linear_model.SGDClassifier(average=True)
)


@pytest.mark.parametrize(
    ("estimator", "kind"),
    [
        (tor.Perceptron(), "matrix"),
        (linear_model.SGDClassifier(alpha=0.01), "matrix"),
        (THEIRS, "parquet"),
        (THEIRS, "texts"),
        (make_pipeline(tor.HashingVectorizer(n_features=2**12), tor.SGDClassifier()), "csv"),
    ],
    ids=["our Perceptron", "their SGD", "a pipeline", "a pipeline of texts", "our pipeline"],
)
def test_any_linear_estimator_is_learned_to_the_same_bits(dask, address, files, estimator, kind):
    data = (X, Y) if kind == "matrix" else data_of(kind, files)
    how = {"n_partitions": 5, "n_rounds": 2, "validation_fraction": 0.2}
    here, there = (
        tor.ParameterAveraging(estimator, executor=executor, **how).fit(*data)
        for executor in (tor.Threads(3), dask)
    )
    np.testing.assert_array_equal(there.coef_, here.coef_)
    np.testing.assert_array_equal(there.intercept_, here.intercept_)
    assert there.history_ == here.history_
    assert here.score(*data) > 0.6
    np.testing.assert_array_equal(there.predict(data[0]), here.predict(data[0]))
    assert keys_on(address) == []


# A model that was learned here


@pytest.fixture(scope="module", params=[FIVE, TWO], ids=["five", "two"])
def model(request):
    """Learned by one learner, from half of the rows."""
    classifier = tor.TextClassifier(**MODEL, idf="running", n_jobs=2)
    return classifier.fit(TEXTS[::2], request.param[::2])


@pytest.mark.parametrize("kind", ["parquet", "csv", "texts"])
@pytest.mark.parametrize("method", ["predict", "predict_proba", "decision_function"])
def test_predictions_are_the_same(address, dask, files, model, kind, method):
    rows, ask = data_of(kind, files)[0], getattr(model, method)
    found, expected = ask(rows, executor=dask), ask(rows)
    assert len(expected) == N_ROWS
    assert found.dtype == expected.dtype
    np.testing.assert_array_equal(found, expected)
    assert len(ask([], executor=dask)) == 0


def test_scores_and_reports_are_the_same(address, dask, files, model):
    weight = RANDOM.uniform(0, 2, N_ROWS)
    y, kind = (FIVE, "parquet") if len(model.classes_) == 5 else (TWO, "csv")
    assert model.score(TEXTS, y, executor=dask) == model.score(TEXTS, y)
    found = model.score(TEXTS, y, weight, executor=address)
    assert found == model.score(TEXTS, y, weight)
    (dataset,) = data_of(kind, files)
    expected = evaluate(model.model_, dataset).to_dict()
    assert expected["n_rows"] == N_ROWS
    assert model.score(dataset, executor=dask) == model.score(dataset)
    for executor in (dask, tor.Threads(3)):
        assert evaluate(model.model_, dataset, executor).to_dict() == expected
    assert keys_on(address) == []


@pytest.mark.parametrize("all_probabilities", [False, True])
def test_files_of_predictions_are_the_same(dask, files, tmp_path, model, all_probabilities):
    dataset = tor.read(files / "rows.parquet", text="text")
    counts = {}
    for name, executor in (("here.csv", tor.Threads(2)), ("there.csv", dask)):
        counts[name] = predict_file(
            model.model_,
            dataset,
            tmp_path / name,
            executor=executor,
            all_probabilities=all_probabilities,
        )
    assert (tmp_path / "here.csv").read_bytes() == (tmp_path / "there.csv").read_bytes()
    assert counts["here.csv"] == counts["there.csv"]
    assert counts["there.csv"].n_rows == N_ROWS


@pytest.mark.parametrize("terms", [True, 100], ids=["all terms", "some terms"])
@pytest.mark.parametrize("kind", ["parquet", "csv", "texts"])
def test_terms_are_the_same(dask, address, files, model, kind, terms):
    rows = data_of(kind, files)[0]
    indexes = []
    for executor in (dask, None):
        model.collect_terms(rows, terms, executor=executor)
        indexes.append((model.model_.terms, model.top_terms(5).to_dict()))
    (there, top_there), (here, top_here) = indexes
    assert here.is_complete == (terms is True)
    for name, array in here.state()[0].items():
        np.testing.assert_array_equal(there.state()[0][name], array, err_msg=name)
    assert there.state()[1] == here.state()[1]
    assert top_there == top_here
    assert keys_on(address) == []


def test_progress_comes_to_the_end(dask, parquet, caplog, capsys):
    classifier = tor.TextClassifier(**MODEL)
    averaged = tor.ParameterAveraging(classifier, n_rounds=2, executor=dask, verbose=1)
    averaged.fit(parquet)
    shown = capsys.readouterr().err
    assert "round 1: 1,200 rows" in shown
    assert "round 2: 1,200 rows" in shown
    with caplog.at_level("INFO", "torrential"):
        evaluate(averaged.estimator_.model_, parquet, dask)
        averaged.estimator_.collect_terms(parquet, executor=dask)
    for task in ("evaluate", "collect terms"):
        assert [m for m in caplog.messages if m.startswith(task)][-1] == f"{task}: 1200 rows"


# The command line

CHOICES = ["--text", "text", "--target", "label", "--n-features", "4096", "--terms", "500"]
TRAIN = ["train", "rows.parquet", *CHOICES]


@pytest.fixture
def folder(files, tmp_path, monkeypatch):
    """A folder with the data, to be in; workers are elsewhere."""
    for path in files.iterdir():
        (tmp_path / path.name).symlink_to(path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def same_files(first, second):
    (ours, header), (theirs, others) = read_model(first), read_model(second)
    assert ours.keys() == theirs.keys()
    for name, array in ours.items():
        np.testing.assert_array_equal(array, theirs[name], err_msg=name)
    for each in (header, others):
        each.pop("saved")
    assert header == others


@pytest.mark.parametrize(
    "words",
    [
        ["--idf", "running"],
        ["--average-every", "50", "--weighting", "rows", "--epochs", "2", "--idf", "two-pass"],
    ],
    ids=["defaults", "averaged often"],
)
def test_train(folder, run, address, words):
    held_out = ["--test-size", "0.2", "--json"]
    there = [*TRAIN, *words, *held_out, "-o", "there.model", "--cluster", address]
    here = [*TRAIN, *words, *held_out, "-o", "here.model", "--n-partitions", "8", "--n-jobs", "2"]
    facts = []
    for command in (there, here):
        status, out, error = run(*command, "-q")
        assert (status, error) == (0, "")
        facts.append(json.loads(out))
        for name in ("model", "seconds"):
            facts[-1].pop(name)
    assert facts[0] == facts[1]
    assert 1 + len(facts[0]["training"]) == (2 if "--epochs" in words else 3)
    same_files("here.model", "there.model")
    assert sorted(path.name for path in folder.glob("*.model*")) == ["here.model", "there.model"]
    assert keys_on(address) == []


def test_evaluate_predict_and_terms(folder, run, address):
    assert run(*TRAIN, "-o", "m", "-q", "--idf", "running")[0] == 0
    words = ["evaluate", "m", "rows.parquet", "--json"]
    here, there = run(*words, "-q"), run(*words, "-q", "--cluster", address)
    assert here == there
    assert json.loads(here[1])["accuracy"] > 0.6
    for output in ("csv", "parquet"):
        words = ["predict", "m", "rows.parquet", "-q"]
        assert run(*words, "-o", f"here.{output}") == (0, "", "")
        assert run(*words, "-o", f"there.{output}", "--cluster", address) == (0, "", "")
        assert Path(f"here.{output}").read_bytes() == Path(f"there.{output}").read_bytes()
    words = ["terms", "m", "rows.parquet", "rows0.csv.gz", "--terms", "300", "--json"]
    there = run(*words, "-o", "there.model", "--cluster", address)
    assert there == run(*words, "-o", "here.model")
    assert there[0] == 0
    same_files("here.model", "there.model")
    assert keys_on(address) == []


def test_predictions_to_the_standard_output(folder, run, address):
    assert run(*TRAIN, "-o", "m", "-q")[0] == 0
    words = ["predict", "m", "rows.parquet", "-q"]
    status, out, error = run(*words, "--cluster", address)
    assert (status, error) == (0, "")
    assert out == run(*words)[1]
    assert out.count("\n") == N_ROWS + 1


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--weighting", "rows"], "--weighting is for training in parts: give --n-partitions too"),
        (["--average-every", "10"], "--average-every is for training in parts"),
        (["--n-partitions", "0"], "--n-partitions 0"),
        (["--n-partitions", "2", "--weighting", "x"], "--weighting x is not known"),
        (["--cluster", "tcp://127.0.0.1:1"], r"cluster at tcp://127\.0\.0\.1:1 does not answer"),
        (["--cluster", "nowhere"], "cluster='nowhere'"),
    ],
)
def test_options_that_cannot_be(folder, run, words, sentence):
    status, out, error = run(*TRAIN, "-o", "m", *words)
    assert (status, out, error.count("\n")) == (2, "", 1)
    assert re.search(sentence, error)
    assert not list(folder.glob("m*"))


@pytest.mark.parametrize("command", ["evaluate", "predict", "terms"])
def test_a_cluster_that_is_not_there(folder, run, command):
    assert run(*TRAIN, "-o", "m", "-q")[0] == 0
    words = [command, "m", "rows.parquet", "--cluster", "tcp://127.0.0.1:x"]
    status, out, error = run(*words, *(["-o", "out.csv"] if command == "predict" else []))
    assert (status, out, error.count("\n")) == (2, "", 1)
    assert "tcp://127.0.0.1:x does not answer" in error
    assert not Path("out.csv").exists()


# Folds


PIPELINE = make_pipeline(
    tor.HashingVectorizer(n_features=2**10), linear_model.SGDClassifier(random_state=0)
)

FOLDED = [tor.TextClassifier(**MODEL, idf="running"), PIPELINE]


@pytest.mark.timeout(240)
@pytest.mark.parametrize("kind", ["parquet", "csv", "texts"])
@pytest.mark.parametrize("estimator", FOLDED, ids=["ours", "pipeline"])
def test_folds_are_learned_and_scored_alike(address, files, kind, estimator):
    arguments = {"cv": 3, "scoring": ["accuracy", "f1_macro"], "return_train_score": True}
    data = data_of(kind, files)
    here = tor.cross_validate(estimator, *data, return_estimator=True, **arguments)
    there = tor.cross_validate(
        estimator, *data, return_estimator=True, executor=address, **arguments
    )
    assert here.keys() == there.keys()
    for side in ("test", "train"):
        for name in arguments["scoring"]:
            np.testing.assert_array_equal(here[f"{side}_{name}"], there[f"{side}_{name}"])
    for one, other in zip(here["estimator"], there["estimator"], strict=True):
        np.testing.assert_array_equal(one.predict(TEXTS[:50]), other.predict(TEXTS[:50]))


@pytest.mark.timeout(240)
def test_a_search_on_a_cluster(address, files, caplog):
    grid = {"loss": ["hinge", "log_loss"], "eta0": [0.1, 1e30], "learning_rate": ["constant"]}
    model = tor.TextClassifier(**MODEL, norm=None)
    data = data_of("csv", files)
    here = tor.GridSearchCV(model, grid, cv=3).fit(*data)
    there = tor.GridSearchCV(model, grid, cv=3, executor=address).fit(*data)
    name = "mean_test_score"
    np.testing.assert_array_equal(here.cv_results_[name], there.cv_results_[name])
    assert here.best_params_ == there.best_params_
    assert_same(here.best_estimator_, there.best_estimator_)
    assert "failed in 3 of 3 folds" in caplog.text


@pytest.mark.timeout(240)
@pytest.mark.parametrize("estimator", FOLDED, ids=["ours", "pipeline"])
def test_halving_on_a_cluster(address, files, estimator):
    name = "sgdclassifier__alpha" if estimator is PIPELINE else "alpha"
    grid = {name: [1e-6, 1e-5, 1e-4, 1e-2]}
    data = data_of("parquet", files)
    here, there = (
        tor.HalvingGridSearchCV(estimator, grid, factor=2, cv=3, executor=executor).fit(*data)
        for executor in (None, address)
    )
    assert here.n_candidates_ == there.n_candidates_ == [4, 2, 1]
    for column, values in here.cv_results_.items():
        if "time" not in column:
            np.testing.assert_array_equal(values, there.cv_results_[column], err_msg=column)
    assert here.best_params_ == there.best_params_


def test_a_class_that_only_one_fold_has(address):
    labels = ["rare", *FIVE[1:]]
    scores = []
    for executor in (None, address, tor.Threads(2)):
        with pytest.warns(tor.DataWarning, match=r"fold \d of 3 learned no row of class 'rare'"):
            found = tor.cross_validate(tor.TextClassifier(), TEXTS, labels, cv=3, executor=executor)
        scores.append(found["test_score"].tolist())
        with pytest.raises(tor.DataError, match=r"Fold \d+ of 40 has no labeled row"):
            few = TEXTS[:40], FIVE[:40]
            tor.cross_validate(tor.TextClassifier(), *few, cv=40, executor=executor)
    assert scores[0] == scores[1] == scores[2]


def test_records_and_spans_of_workers_arrive(address, tmp_path):
    for name in "ab":
        lines = [f'{{"text": "word{i} {name}", "label": {i % 2}}}' for i in range(50)]
        (tmp_path / f"{name}.jsonl").write_text("\n".join([*lines, "{broken"]) + "\n")
    paths = [str(tmp_path / f"{name}.jsonl") for name in "ab"]
    words = ["--log-file", tmp_path / "log", "--log-json", "--trace", tmp_path / "t.json", "-q"]
    words += ["--on-bad-rows", "skip", "--n-partitions", "2", "--cluster", address]
    columns = ["--text", "text", "--target", "label", "--n-features", "2**8"]
    command = [sys.executable, "-m", "torrential", "train", *paths, *columns, *words]
    forks.run([*map(str, command), "-o", tmp_path / "m"], check=True)
    records = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    left_out = [r for r in records if r["message"] == "malformed rows left out: 1"]
    assert {r["partition"] for r in left_out} == set(paths)
    assert {r["level"] for r in left_out} == {"info"}
    assert all(r["worker"].startswith("tcp://") for r in left_out)
    events = [e for e in json.loads((tmp_path / "t.json").read_text())["traceEvents"] if e]
    processes = {e["pid"]: e["args"]["name"] for e in events if e["name"] == "process_name"}
    workers = {pid for pid, name in processes.items() if name.startswith("worker")}
    names = {e["name"] for e in events if e["pid"] in workers and e["ph"] == "X"}
    assert {"work", "read", "decode", "hash", "learn", "merge"} <= names
    assert "send" in {e["name"] for e in events if e["pid"] not in workers}


def test_spans_of_threads_that_work_for_a_task_arrive(address, files, tmp_path):
    with tor.trace(tmp_path / "t.json"):
        model = tor.TextClassifier(**MODEL)
        tor.cross_validate(model, *data_of("csv", files), cv=3, executor=address)
    events = [e for e in json.loads((tmp_path / "t.json").read_text())["traceEvents"] if e]
    spans = [e for e in events if e["ph"] == "X" and e["pid"] != os.getpid()]
    for name in ("hash", "learn"):  # in another thread than that of the task
        assert sum(e["name"] == name for e in spans) >= 3


def test_a_cluster_uses_the_cache(address, files, tmp_path):
    dataset = data_of("csv", files)[0].cache(tmp_path / "cache")
    model = tor.TextClassifier(**MODEL)
    averaged = [
        tor.ParameterAveraging(model, n_partitions=2, executor=executor).fit(each).estimator_
        for executor, each in (
            (None, data_of("csv", files)[0]),
            (address, dataset),
            (address, dataset),
        )
    ]
    assert list((tmp_path / "cache").glob("*.records"))
    assert_same(averaged[0], averaged[1])
    assert_same(averaged[0], averaged[2])
