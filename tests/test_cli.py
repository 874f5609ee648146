"""The command line end to end: train, evaluate, predict and inspect on small files."""

import csv
import gzip
import io
import json
import subprocess
import sys

import pyarrow as pa
import pytest
from pyarrow import parquet

import torrential as tor

SMALL = ["--preset", "fast", "--n-features", "2**10", "--n-jobs", "1"]


def rows_of(n_rows):
    """Rows of three classes, which their texts distinguish."""
    stars = [i % 3 + 1 for i in range(n_rows)]
    words = {1: "poor dull broken", 2: "fair plain usual", 3: "great fine superb"}
    return [{"body": f"{words[s]} number{i}", "stars": s, "id": i} for i, s in enumerate(stars)]


@pytest.fixture
def reviews(tmp_path):
    path = tmp_path / "reviews.parquet"
    parquet.write_table(pa.Table.from_pylist(rows_of(300)), path)
    return path


@pytest.fixture
def model(tmp_path, reviews, run):
    path = tmp_path / "stars.model"
    columns = ["--text", "body", "--target", "stars"]
    code, _, _ = run("train", reviews, *columns, "-o", path, *SMALL, "-q")
    assert code == 0
    return path


def test_train_says_what_it_did(run, reviews, tmp_path):
    path = tmp_path / "stars.model"
    code, out, err = run(
        "train", reviews, "--text", "body", "--target", "stars", "-o", path, *SMALL
    )
    assert (code, err) == (0, "")
    assert "300 rows of 3 classes" in out
    assert str(path) in out
    assert tor.load(path).predict(["superb fine"]).tolist() == [3]


def test_train_tells_the_first_pass_from_those_on_rows_learned_before(run, tmp_path):
    path = tmp_path / "noise.csv"
    path.write_text("t,y\n" + "".join(f"word{i},{'ab'[i % 7 % 2]}\n" for i in range(64)))
    words = ["train", path, "--text", "t", "--target", "y", "-o", tmp_path / "m"]
    code, out, err = run(*words, "--epochs", "5", "--n-features", "1024", "--tol", "none", "-v")
    assert code == 0
    first, last = (tor.load(tmp_path / "m").history_[place] for place in (0, -1))
    assert first.accuracy < last.accuracy
    assert f"Before each row was learned: accuracy {first.accuracy:.2%}," in out
    assert f"on rows learned before: training accuracy {last.accuracy:.2%}," in out
    assert err.count("accuracy") == 1


def test_passes_over_rows_learned_before_are_told_apart(run, reviews, tmp_path):
    """Only the first pass's figures are progressive, also in JSON and in a saved model."""
    model = tmp_path / "passes.model"
    words = ["train", reviews, "--text", "body", "--target", "stars", "-o", model, *SMALL]
    code, out, _ = run(*words, "--epochs", "3", "--tol", "none", "--json")
    assert code == 0
    told = json.loads(out)
    assert (len(told["progressive"]), len(told["training"])) == (1, 2)
    code, out, _ = run("inspect", model, "--json")
    kept = json.loads(out)
    assert all(kept[name] == told[name] for name in ("progressive", "training"))
    shown = run("inspect", model)[1]
    assert f"accuracy {told['progressive'][0]['accuracy']:.2%}" in shown
    assert f"Training    accuracy {told['training'][1]['accuracy']:.2%}" in shown
    again = tor.load(model)
    again.partial_fit(["good film", "bad film"], [1, 2])
    assert [each.learned_before for each in again.history_] == [False, True, True, False]


def test_held_out_rows_of_other_labels_leave_the_model(run, reviews, tmp_path):
    """That is known once the labels are."""
    other = tmp_path / "other.csv"
    other.write_text("body,stars\ngreat,x\npoor,y\n")
    words = ["train", reviews, "--text", "body", "--target", "stars", "--test", other]
    code, out, err = run(*words, "-o", tmp_path / "m", "--n-features", "1024", "-q")
    assert (code, out) == (2, "")
    assert f"the model is saved in {tmp_path / 'm'}, but not evaluated" in err
    assert tor.load(tmp_path / "m").n_iter_ == 3


@pytest.mark.parametrize("name", ["reviews.csv", "reviews.jsonl.gz", "reviews.txt"])
def test_each_format_gives_the_same_model(run, model, tmp_path, name):
    path = tmp_path / name
    rows = rows_of(300)
    columns = ["--text", "body", "--target", "stars"]
    if name.endswith(".csv"):
        lines = ["body,stars", *(f"{row['body']},{row['stars']}" for row in rows)]
        path.write_text("\n".join(lines) + "\n")
    elif name.endswith(".gz"):
        path.write_bytes(gzip.compress("\n".join(map(json.dumps, rows)).encode()))
    else:
        columns = []
        path.write_text("".join(f"__label__{row['stars']} {row['body']}\n" for row in rows))
    code, _, _ = run("train", path, *columns, "-o", tmp_path / "other.model", *SMALL, "-q")
    assert code == 0
    expected, found = tor.load(model), tor.load(tmp_path / "other.model")
    assert found.coef_.tobytes() == expected.coef_.tobytes()


def test_parameters_reach_the_classifier(run, reviews, tmp_path):
    path = tmp_path / "stars.model"
    words = "--ngram-range 1-2 --alpha 1e-6 --loss hinge --epochs 2 --no-lowercase --norm none"
    columns = ["--text", "body", "--target", "stars"]
    code, _, _ = run("train", reviews, *columns, "-o", path, *SMALL, *words.split())
    assert code == 0
    chosen = tor.load(path).get_params()
    expected = {
        "n_features": 1024,
        "ngram_range": (1, 2),
        "alpha": 1e-6,
        "loss": "hinge",
        "max_iter": 2,
        "lowercase": False,
        "norm": None,
    }
    assert {name: chosen[name] for name in expected} == expected


def test_train_reports_odd_rows_and_held_out_rows_as_json(run, tmp_path):
    path = tmp_path / "reviews.jsonl"
    odd = [{"body": None, "stars": 1}, {"body": "lost", "stars": None}]
    lines = [*map(json.dumps, rows_of(300) + odd), "{broken"]
    path.write_text("\n".join(lines) + "\n")
    command = ["train", path, "--text", "body", "--target", "stars", "-o", tmp_path / "m", *SMALL]
    code, out, _ = run(*command, "--on-bad-rows", "skip", "--test-size", "0.2", "--json")
    assert code == 0
    facts = json.loads(out)
    held_out = facts["held_out"]
    assert facts["rows"]["malformed"] == 1
    assert 40 < held_out["n_rows"] < 80
    assert held_out["accuracy"] > 0.9
    assert facts["progressive"][0]["accuracy"] > 0.5

    code, out, _ = run(*command, "--on-bad-rows", "skip")
    left_out = "Left out of 303 rows: 1 without a label, 1 malformed."
    assert f"{left_out} Taken all the same: 1 null text" in out


def test_evaluate_knows_the_columns_of_the_training(run, model, reviews):
    code, out, err = run("evaluate", model, reviews)
    assert (code, err) == (0, "")
    assert run("evaluate", model, reviews, "-q") == (0, out, "")
    assert "Accuracy 100.00%, macro-F1 100.00%, log loss 0." in out
    assert "on 300 rows" in out
    assert out.splitlines()[2].split() == ["class", "rows", "precision", "recall", "F1"]
    assert out.splitlines()[3].split() == ["1", "100", "1.000", "1.000", "1.000"]


def test_evaluate_as_json_and_with_other_columns(run, model, tmp_path):
    path = tmp_path / "other.parquet"
    table = pa.Table.from_pylist(rows_of(30)).rename_columns(["text", "label", "id"])
    table = pa.concat_tables([table, pa.table({"text": ["new"], "label": [9], "id": [0]})])
    parquet.write_table(table, path)
    code, out, _ = run("evaluate", model, path, "--text", "text", "--target", "label", "--json")
    assert code == 0
    facts = json.loads(out)
    assert facts["accuracy"] == pytest.approx(30 / 31)
    assert [(each["label"], each["seen"]) for each in facts["classes"]][-1] == (9, False)


def test_evaluate_shows_the_largest_classes(run, tmp_path):
    path = tmp_path / "many.jsonl"
    rows = [{"body": f"word{i % 40}", "stars": f"c{i % 40}"} for i in range(400)]
    path.write_text("\n".join(map(json.dumps, rows)))
    many = tmp_path / "many.model"
    run("train", path, "--text", "body", "--target", "stars", "-o", many, *SMALL, "-q")
    _, out, _ = run("evaluate", many, path)
    assert "Not shown: 10 classes with 100 rows." in out
    _, out, _ = run("evaluate", many, path, "--all-classes")
    assert "Not shown" not in out
    assert all(f"c{i} " in out for i in range(40))


def predictions(path):
    if path.suffix == ".parquet":
        return parquet.read_table(path).to_pylist()
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    if ".jsonl" in path.name:
        return [json.loads(line) for line in content.splitlines()]
    return list(csv.DictReader(io.StringIO(content.decode())))


@pytest.mark.parametrize("name", ["out.parquet", "out.csv", "out.jsonl", "out.jsonl.gz"])
def test_predict_keeps_columns_and_order(run, model, reviews, tmp_path, name):
    path = tmp_path / name
    code, out, err = run("predict", model, reviews, "-o", path, "--n-jobs", "2")
    assert (code, out) == (0, "")
    assert "Predicted 300 rows" in err
    found = predictions(path)
    assert list(found[0]) == ["body", "stars", "id", "label", "probability"]
    assert [int(row["id"]) for row in found] == list(range(300))
    assert [int(row["label"]) for row in found] == [row["stars"] for row in rows_of(300)]
    classifier = tor.load(model)
    expected = classifier.predict_proba([row["body"] for row in found]).max(axis=1)
    assert [float(row["probability"]) for row in found] == pytest.approx(expected, rel=1e-5)


def test_predict_to_standard_output(run, model, tmp_path):
    path = tmp_path / "new.jsonl"
    path.write_text('{"body": "superb"}\n{"body": "dull, \\"broken\\""}\n')
    code, out, err = run("predict", model, path, "-q")
    assert (code, err) == (0, "")
    assert [row["label"] for row in csv.DictReader(io.StringIO(out))] == ["3", "1"]
    code, out, _ = run("predict", model, path, "--output-format", "jsonl")
    assert [json.loads(line)["label"] for line in out.splitlines()] == [3, 1]


def test_predict_gives_way_to_columns_of_that_name(run, model, tmp_path):
    path = tmp_path / "new.jsonl"
    path.write_text('{"body": "superb", "label": "mine", "probability": 7}\n')
    out = tmp_path / "out.jsonl"
    code, text, _ = run("predict", model, path, "-o", out, "--all-probabilities", "--json")
    assert code == 0
    assert json.loads(text)["rows"]["n_rows"] == 1
    (row,) = predictions(out)
    assert (row["label"], row["probability"], row["predicted_label"]) == ("mine", 7, 3)
    each = [row[f"probability_{stars}"] for stars in (1, 2, 3)]
    assert sum(each) == pytest.approx(1)
    assert max(each) == pytest.approx(row["predicted_probability"])


def test_inspect(run, model):
    code, out, _ = run("inspect", model)
    assert code == 0
    lines = dict(line.split(maxsplit=1) for line in out.splitlines())
    assert lines["Text"] == "body"
    assert lines["Classes"] == "3: 1, 2, 3"
    assert lines["Parameters"] == "--n-features 1024 --preset fast"
    code, out, _ = run("inspect", model, "--json")
    facts = json.loads(out)
    assert (facts["classes"], facts["format_version"]) == ([1, 2, 3], 1)
    assert facts["parameters"] == {"preset": "fast", "n_features": 1024}


def test_inspect_tells_more_if_asked(run, model):
    code, out, _ = run("inspect", model, "-v")
    assert code == 0
    assert "--ngram-range 1-1" in out
    assert run("inspect", model, "-q")[1] == run("inspect", model)[1]


@pytest.mark.parametrize(
    ("words", "average"),
    [
        (["--average"], True),
        (["--average", "100"], 100),
        (["--average=100"], 100),
        (["--average", "--no-average"], False),
    ],
)
def test_average_with_and_without_a_number(run, reviews, tmp_path, words, average):
    path = tmp_path / "averaged.model"
    columns = ["--text", "body", "--target", "stars"]
    code, _, err = run("train", *columns, "-o", path, *SMALL, *words, reviews)
    assert (code, err) == (0, "")
    found = tor.load(path).get_params()["average"]
    assert (type(found), found) == (type(average), average)


def test_class_weight_names_labels_as_they_are_in_the_data(run, reviews, tmp_path):
    path = tmp_path / "weighted.model"
    command = ["train", reviews, "--text", "body", "--target", "stars", "-o", path, *SMALL]
    code, out, _ = run(*command, "--class-weight", "1=2,3=0.5")
    assert code == 0
    model = tor.load(path)
    assert model.get_params()["class_weight"] == {1: 2.0, 3: 0.5}
    expected = tor.TextClassifier(preset="fast", n_features=2**10, class_weight={1: 2.0, 3: 0.5})
    expected.fit(tor.read(reviews, text="body", target="stars"))
    assert model.coef_.tobytes() == expected.coef_.tobytes()
    assert "--class-weight" not in out

    code, out, _ = run(*command, "--class-weight", "7=2")
    assert "No row has the label 7 of --class-weight." in out


def test_help_is_plain_and_fits_80_columns(run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    commands = (
        "train cross-validate search evaluate report predict terms explain inspect shrink demo"
    )
    for command in commands.split():
        code, out, _ = run(command, "--help")
        assert code == 0
        assert out.isascii()
        assert max(map(len, out.splitlines())) < 80
        options = ["-h, --help", "-q, --quiet", "-v, --verbose", "--json"]
        assert [option for option in options if option not in out] == []
    code, out, _ = run()
    assert code == 0
    assert "..." not in out.partition("Commands:")[2], "a summary was cut"


def test_version(run):
    assert run("--version") == (0, f"torrential {tor.__version__}\n", "")


def test_as_a_module():
    command = [sys.executable, "-m", "torrential", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert all(name in done.stdout for name in ("train", "evaluate", "predict", "inspect", "demo"))


@pytest.mark.parametrize("command", ["train", "evaluate", "predict", "predict to a pipe"])
def test_progress_is_shown_in_pipes_if_asked_for(run, model, reviews, tmp_path, command):
    columns = ["--text", "body", "--target", "stars"]
    words = {
        "train": ["train", reviews, *columns, "-o", tmp_path / "m", *SMALL],
        "evaluate": ["evaluate", model, reviews],
        "predict": ["predict", model, reviews, "-o", tmp_path / "out.csv"],
        "predict to a pipe": ["predict", model, reviews],
    }[command]
    code, _, err = run(*words, "-v")
    assert code == 0
    assert " 300 " in err
    assert "MB/s" in err
    assert "rows      MB/s" not in run(*words)[2]
    code, out, err = run(*words, "-q")
    assert (code, err) == (0, "")
    assert bool(out) == (command in ("evaluate", "predict to a pipe"))


def test_quiet_shows_what_was_asked_for(run, reviews, tmp_path):
    command = ["train", reviews, "--text", "body", "--target", "stars", "-o", tmp_path / "m"]
    code, out, err = run(*command, *SMALL, "-q", "--test", reviews)
    assert (code, err) == (0, "")
    assert out.startswith("On held-out rows: accuracy 100.00%")
    assert out.count("\n") == 1
