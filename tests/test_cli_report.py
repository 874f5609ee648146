"""torrential report: pages, model cards and JSON from the command line, and what it refuses."""

import json
import re

import pyarrow as pa
import pytest
from pyarrow import parquet

import torrential as tor
from torrential.pages.markdown_text import escaped

pytestmark = pytest.mark.jit

WORDS = ["milk|grass", "honey <b>wing</b>", "leaf_of_*tree*"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    labels = [f"{'abc'[i % 3]}|<i>" for i in range(90)]
    texts = [f"{WORDS[(i + (i % 7 == 0)) % 3]} no{i}" for i in range(90)]
    rows = pa.table({"text": texts, "label": labels, "shop": ["x", "y"] * 45})
    parquet.write_table(rows, folder / "rows.parquet")
    model = tor.TextClassifier(n_features=2**10)
    model.fit(tor.read(folder / "rows.parquet", text="text", target="label").take(60))
    model.save(folder / "animals.model")
    return folder


@pytest.fixture(autouse=True)
def there(folder, monkeypatch):
    monkeypatch.chdir(folder)


def test_a_page_and_what_is_said(folder, run):
    code, out, err = run("report", "animals.model", "rows.parquet", "-o", "page.html")
    assert (code, err) == (0, "")
    evaluated = json.loads(run("evaluate", "animals.model", "rows.parquet", "--json")[1])
    assert f"animals: accuracy {evaluated['accuracy']:.2%} (" in out
    assert "The report is in page.html (" in out
    page = (folder / "page.html").read_text()
    assert "<h1>animals</h1>" in page and "torrential report animals.model" in page
    assert "<i>" not in page.replace("<i></i>", "") and "&lt;i&gt;" in page


def test_the_page_is_report_html_by_default(folder, run):
    assert run("report", "animals.model", "rows.parquet", "-q")[0] == 0
    assert (folder / "report.html").read_text().startswith("<!doctype html>")


def test_json_and_columns_as_segments(folder, run):
    words = ["report", "animals.model", "rows.parquet", "--by", "shop", "--errors", "2", "--json"]
    code, out, _ = run(*words)
    facts = json.loads(out)
    assert code == 0 and len(facts["errors"]) == 2
    assert {each["value"] for each in facts["segments"][-1]["segments"]} == {"x", "y"}
    assert facts["head"]["model_bytes"] == (folder / "animals.model").stat().st_size
    code, said, _ = run(*words, "-o", "report.json")
    written = json.loads((folder / "report.json").read_text())
    assert written["classes"] == json.loads(said)["classes"] == facts["classes"]


def test_rows_of_the_training_are_found(folder, run):
    words = ["report", "animals.model", "rows.parquet", "--train", "rows.parquet", "--json"]
    code, out, _ = run(*words)
    segments = {each["name"]: each["segments"] for each in json.loads(out)["segments"]}
    assert code == 0
    found = segments["row of the training"]
    assert [(each["value"], each["weight"]) for each in found] == [("yes", 90)]


def test_label_errors_are_asked_for_with_the_training(folder, run):
    words = ["report", "animals.model", "rows.parquet", "--label-errors", "--json"]
    code, out, _ = run(*words, "--train", "rows.parquet", "--errors", "3")
    assert code == 0 and 0 < len(json.loads(out)["label_errors"]) <= 3
    code, _, err = run(*words)
    assert code == 2 and "--label-errors needs the labeled rows of the training" in err


def test_a_model_card(folder, run):
    assert run("report", "animals.model", "rows.parquet", "-o", "README.md")[0] == 0
    card = (folder / "README.md").read_text()
    _, front, body = card.split("---\n", 2)
    facts = {
        name: json.loads(value)
        for name, value in (line.split(": ", 1) for line in front.splitlines())
    }
    assert facts["pipeline_tag"] == "text-classification"
    metric = facts["model-index"][0]["results"][0]["metrics"][0]
    evaluated = json.loads(run("evaluate", "animals.model", "rows.parquet", "--json")[1])
    assert metric["value"] == pytest.approx(evaluated["accuracy"], abs=1e-6)
    assert body.strip().startswith("# animals")
    assert "<" not in body and r"a\|&lt;i&gt;" in body and r"leaf\_of\_\*tree\*" in body
    for table in re.findall(r"(?:^\|.*\n)+", body, re.MULTILINE):  # as many cells in all rows
        cells = [len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()]
        assert len({*cells}) == 1


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("1. one", r"1\. one"), ("- a", r"\- a"), ("# a", r"\# a"), ("a # b - c", "a # b - c"),
        ("`x` [y](z)", r"\`x\` \[y\](z)"), ("two\nlines \u202e", r"two lines \\u202e"),
        ("a & b", "a &amp; b"), ("", ""),
    ],
)  # fmt: skip
def test_words_are_shown_as_they_are(value, shown):
    assert escaped(value) == shown


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["-o", "report.pdf"], "end it in .html, .md or .json"),
        (["-o", "rows.parquet.html", "--by", "gone"], "gone"),
        (["--errors", "5000"], "--errors 5000 is not a number of rows"),
        (["-o", "gone/report.html"], "does not exist"),
        (["--target", "gone"], "gone"),
    ],
)
def test_what_is_refused(folder, run, words, sentence):
    before = {*folder.iterdir()}
    code, _, err = run("report", "animals.model", "rows.parquet", *words)
    assert code == 2 and sentence in err and err.count("\n") == 1
    assert {*folder.iterdir()} == before


def test_no_report_replaces_its_input(folder, run):
    (folder / "rows.json").write_text('{"text": "leaf", "label": "a|<i>"}\n')
    code, _, err = run("report", "animals.model", "rows.json", "-o", "rows.json")
    assert code == 2 and "rows.json" in err
    words = ["--train", "rows.json", "-o", "./rows.json"]
    code, _, err = run("report", "animals.model", "rows.parquet", *words)
    assert code == 2 and "rows.json" in err
    assert (folder / "rows.json").read_text().startswith('{"text"')


def test_models_of_several_labels_have_a_report(folder, run):
    model = tor.TextClassifier(n_features=2**10).fit(["a", "b"] * 20, [["x"], ["x", "y"]] * 20)
    model.save(folder / "sets.model")
    (folder / "sets.jsonl").write_text('{"t": "a", "y": ["x"]}\n{"t": "b", "y": ["y", "x"]}\n')
    words = ["report", "sets.model", "sets.jsonl", "--text", "t", "--target", "y"]
    code, out, err = run(*words, "-o", "sets.html")
    assert (code, err) == (0, "") and "sets: micro-F1 " in out
    code, out, _ = run(*words, "--json")
    assert code == 0 and json.loads(out)["head"]["n_rows"] == 2
    code, _, err = run(*words, "--label-errors", "--train", "sets.jsonl")
    assert code == 2 and "one label a row" in err


@pytest.mark.parametrize("command", ["report", "evaluate"])
def test_ensembles_are_refused_in_one_sentence(folder, run, command):
    rows = ["good", "bad"] * 20, ["yes", "no"] * 20
    bag = tor.BaggingClassifier(tor.TextClassifier(n_features=2**10), n_estimators=2).fit(*rows)
    bag.save(folder / "bag.model")
    code, _, err = run(command, "bag.model", "rows.parquet")
    assert code == 2 and "bag.model holds a BaggingClassifier" in err
