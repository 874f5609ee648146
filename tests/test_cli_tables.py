"""The command line on tables: every column other than the target is an input."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

import torrential as tor

RNG = np.random.default_rng(0)
N = 1000
ORIGIN, DESTINATION = (RNG.choice(["LAS", "PHL", "ORD"], N) for _ in range(2))
ROWS = {
    "origin": ORIGIN,
    "destination": DESTINATION,
    "zip": RNG.integers(10000, 10009, N),
    "delay": RNG.normal(size=N),
    "late": np.where(ORIGIN == DESTINATION, "yes", "no"),
}
TRAIN = ["--target", "late", "--drop", "delay", "--eta0", "0.5", "--n-features", "2**14"]


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pq.write_table(pa.table(ROWS), "rows.parquet")
    pa.csv.write_csv(pa.table(ROWS), "rows.csv")
    return tmp_path


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_train_and_all_that_follows(files, run, kind):
    path = f"rows.{kind}"
    words = [*TRAIN, "--cross", "origin*destination", "--terms", "-o", "late.model"]
    trained = run("train", path, *words)
    assert trained[0] == 0
    assert "origin" in trained[1]
    assert "Crosses: origin × destination" in trained[1]
    model = tor.load("late.model")
    assert isinstance(model, tor.TableClassifier)
    assert [each["kind"] for each in model.columns_plan_] == ["category"] * 3

    measured = run("evaluate", "late.model", path, "--json")
    assert json.loads(measured[1])["accuracy"] > 0.95
    assert run("predict", "late.model", path, "-o", "out.parquet")[0] == 0
    predicted = pq.read_table("out.parquet")
    assert predicted["label"].to_pylist() == model.predict(tor.read(path)).tolist()
    assert len(predicted["delay"]) == N
    assert "origin=LAS × destination=LAS" in run("terms", "late.model", "-n", "20")[1]
    row = json.dumps({"origin": "LAS", "destination": "LAS", "zip": 10001})
    assert "origin=LAS × destination=LAS" in run("explain", "late.model", row)[1]
    assert "origin, destination, zip" in run("inspect", "late.model")[1]


def test_kinds_types_inputs_and_repeated_crosses(files, run):
    words = ["--target", "late", "--input", "origin", "--input", "zip", "--type", "zip=string"]
    words += ["--cross", "origin*zip", "--kind", "zip=category,o*=category", "-o", "m", "-q"]
    assert run("train", "rows.csv", *words)[0] == 0
    model = tor.load("m")
    assert model.get_params()["kinds"] == {"zip": "category", "o*": "category"}
    assert model.columns_["inputs"] == ["origin", "zip"]


def test_searches_and_folds_of_tables(files, run):
    scored = run("cross-validate", "rows.parquet", *TRAIN, "--cv", "2", "--json")
    assert 0 < json.loads(scored[1])["scores"]["accuracy"]["mean"] < 1
    words = [*TRAIN, "--grid", "crosses=none,origin*destination", "--cv", "2", "-o", "best.model"]
    assert run("search", "rows.parquet", *words, "-q")[0] == 0
    assert tor.load("best.model").crosses == ["origin*destination"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["rows.parquet", "-o", "m"], "--target is missing"),
        (["rows.parquet", *TRAIN, "--idf", "running", "-o", "m"], "--idf is not for tables"),
        (
            ["rows.parquet", "--text", "origin", "--target", "late", "--cross", "a*b", "-o", "m"],
            "--cross is not for texts",
        ),
        (["rows.parquet", *TRAIN, "--cross", "origin*x", "-o", "m"], "--cross has 'origin*x', but"),
        (["rows.parquet", *TRAIN, "--kind", "origin=log", "-o", "m"], "--kind has 'origin'"),
        (["rows.parquet", *TRAIN, "--kind", "origin", "-o", "m"], "--kind 'origin' is invalid"),
        (["rows.parquet", *TRAIN, "--type", "zip", "-o", "m"], "--type 'zip' is invalid"),
        (["rows.parquet", *TRAIN, "--type", "zip=text", "-o", "m"], "is not an Arrow type"),
        (["rows.parquet", "--target", "late", "--drop", "x", "-o", "m"], "no column 'x'"),
    ],
)
def test_wrong_options_are_one_sentence(files, run, words, message):
    failed = run("train", *words)
    assert failed[0] == 2
    assert message in failed[2]
    assert failed[2].count("\n") == 1
    assert not Path("m").exists()


def test_a_row_to_explain_is_json(files, run):
    run("train", "rows.parquet", *TRAIN, "-o", "late.model", "-q")
    failed = run("explain", "late.model", "LAS")
    assert failed[0] == 2
    assert "is not a row of a table: give a JSON object" in failed[2]


def test_a_type_to_give_is_an_option(files, run):
    rows = {"x": [1, 2, 3, 4] * 5, "late": ["yes", "no"] * 10}
    pq.write_table(pa.table(rows), "1.parquet")
    pq.write_table(pa.table(rows | {"x": ["a", "b"] * 10}), "2.parquet")
    failed = run("train", "1.parquet", "2.parquet", "--target", "late", "-o", "m")
    assert failed[0] == 2
    assert "pass --type x=string" in failed[2]
    run("train", "rows.parquet", *TRAIN, "--cross", "auto", "-o", "late.model", "-q")
    assert "--cross auto" in run("inspect", "late.model")[1]


def test_crosses_are_found_and_shown(files, run):
    trained = run("train", "rows.parquet", *TRAIN, "--cross", "auto", "-o", "late.model")
    assert trained[0] == 0
    assert "origin × destination" in trained[1]
    assert "log loss before" in trained[1]
