"""cross-validate and search on the command line: tables, JSON, the best model, wrong input."""

import json

import pyarrow as pa
import pytest
from pyarrow import parquet

import torrential as tor

SMALL = ["--preset", "fast", "--n-features", "2**10", "--n-jobs", "1"]
COLUMNS = ["--text", "body", "--target", "stars"]


@pytest.fixture
def reviews(tmp_path):
    """Rows of three classes, which their texts distinguish."""
    words = {1: "poor dull broken", 2: "fair plain usual", 3: "great fine superb"}
    rows = [
        {"body": f"{words[i % 3 + 1]} number{i}", "stars": i % 3 + 1, "user": f"user {i % 40}"}
        for i in range(400)
    ]
    parquet.write_table(pa.Table.from_pylist(rows), tmp_path / "reviews.parquet")
    return tmp_path / "reviews.parquet"


def test_cross_validate_prints_a_table(run, reviews):
    scoring = ["--scoring", "accuracy", "--scoring", "neg_log_loss"]
    code, out, err = run("cross-validate", reviews, *COLUMNS, *SMALL, "--cv", "4", *scoring)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0].split() == ["accuracy", "neg_log_loss"]
    assert [line.split()[0] for line in lines[1:7]] == [*["fold"] * 4, "mean", "spread"]
    assert "4 models in one pass" in out


def test_cross_validate_says_what_the_library_says(run, reviews):
    code, out, _ = run("cross-validate", reviews, *COLUMNS, *SMALL, "--groups", "user", "--json")
    assert code == 0
    facts = json.loads(out)
    dataset = tor.read(str(reviews), text="body", target="stars")
    model = tor.TextClassifier(preset="fast", n_features=2**10)
    scores = tor.cross_validate(model, dataset, groups="user")["test_score"]
    assert facts["scores"]["accuracy"]["folds"] == scores.tolist()
    assert facts["n_folds"] == 5


def test_search_sorts_and_saves_the_best(run, reviews, tmp_path):
    path = tmp_path / "best.model"
    grid = ["--grid", "eta0=0.00001,0.2", "--grid", "ngram-range=1-1,1-2"]
    code, out, err = run("search", reviews, *COLUMNS, *SMALL, *grid, "--cv", "3", "-o", path)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0].split() == ["rank", "eta0", "ngram_range", "accuracy", "spread"]
    scores = [float(line.split()[3]) for line in lines[1:5]]
    assert scores == sorted(scores, reverse=True)
    assert "12 models in" in out
    best = tor.load(path)
    assert f"{best.eta0:g}" == lines[1].split()[1]
    assert best.predict(["superb fine"]).tolist() == [3]


def test_search_in_json_and_at_random(run, reviews):
    grid = ["--grid", "eta0=0.1,0.2,0.3,0.4", "--grid", "idf=none,running", "--n-iter", "3"]
    code, out, _ = run("search", reviews, *COLUMNS, *SMALL, *grid, "--cv", "2", "--json")
    assert code == 0
    facts = json.loads(out)
    assert len(facts["candidates"]) == 3
    assert facts["best"] == facts["candidates"][0]["parameters"]
    assert facts["model"] is None


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "--grid is missing"),
        (["--grid", "eta0"], "such as 'alpha=0,1e-6,1e-5'."),
        (["--grid", "eta=1"], "did you mean 'eta0'"),
        (["--grid", "eta0=x"], "--eta0 'x' is invalid"),
        (["--grid", "binary=maybe"], "give yes or no"),
        (["--grid", "eta0=1", "--grid", "eta0=2"], "names 'eta0' twice"),
        (["--grid", "eta0=1", "--scoring", "r2"], "is for regressors"),
        (["--grid", "eta0=1", "--cv", "1"], "not a number of folds"),
        (["--grid", "eta0=1", "--groups", "who"], "--groups who is not a column"),
        (["--grid", "eta0=1", "-o", "/nowhere/best.model"], "/nowhere"),
    ],
)
def test_wrong_words(run, reviews, words, sentence):
    code, out, err = run("search", reviews, *COLUMNS, *words)
    assert (code, out) == (2, "")
    assert sentence in err
    assert err.count("\n") == 1


def test_search_by_halving(run, reviews):
    grid = ["--grid", "eta0=0.001,0.01,0.1", "--cv", "2", "--halving"]
    code, out, _ = run("search", reviews, *COLUMNS, *SMALL, *grid)
    assert code == 0
    header, *rows, _, said = out.splitlines()
    assert header.split() == ["rank", "eta0", "rows", "accuracy", "spread"]
    assert len(rows) == 4  # three candidates, and one that went on
    assert "6 models in" in said
    code, out, _ = run("search", reviews, *COLUMNS, *SMALL, *grid, "--json")
    assert code == 0
    best, *others = json.loads(out)["candidates"]
    assert all(best["rows"] > other["rows"] for other in others)
    code, _, err = run("search", reviews, *COLUMNS, *grid, "--n-iter", "2")
    assert code == 2
    assert "leave out --n-iter" in err


def test_search_draws_learning_curves(run, reviews, tmp_path):
    pytest.importorskip("matplotlib")
    path = tmp_path / "curves.png"
    words = ["search", reviews, *COLUMNS, *SMALL, "--grid", "eta0=0.001,0.2", "--cv", "3"]
    code, _, err = run(*words, "--figure", path)
    assert (code, err) == (0, "")
    assert path.read_bytes().startswith(b"\x89PNG")
    code, _, err = run(*words, "--figure", tmp_path / "curves.txt")
    assert code == 2
    assert "of no known format" in err


def test_other_ways_to_make_folds(run, reviews):
    shown = {}
    for way in (["--stratify"], ["--order", "number"], []):
        code, out, err = run("cross-validate", reviews, *COLUMNS, *SMALL, *way, "--json")
        if way == ["--order", "number"]:
            assert code == 2
            assert "--order number is not a column" in err
            continue
        assert (code, err) == (0, "")
        shown[tuple(way)] = json.loads(out)["scores"]["accuracy"]["folds"]
    dataset = tor.read(str(reviews), text="body", target="stars")
    model = tor.TextClassifier(preset="fast", n_features=2**10)
    scores = tor.cross_validate(model, dataset, stratify=True)["test_score"]
    assert shown[("--stratify",)] == scores.tolist()
