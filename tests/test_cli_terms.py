"""The commands that name terms: terms, explain, inspect of models and of files."""

import json

import pyarrow as pa
import pytest
from pyarrow import parquet

import torrential as tor

COLUMNS = ["--text", "body", "--target", "stars"]


@pytest.fixture
def reviews(tmp_path):
    words = {1: "poor dull", 2: "fair plain", 3: "great fine"}
    rows = [{"body": f"{words[i % 3 + 1]} thing{i % 7}", "stars": i % 3 + 1} for i in range(300)]
    path = tmp_path / "reviews.parquet"
    parquet.write_table(pa.Table.from_pylist(rows), path)
    return path


@pytest.fixture
def model(tmp_path, reviews, run):
    path = tmp_path / "stars.model"
    assert (
        run("train", reviews, *COLUMNS, "--preset", "fast", "-o", path, "--terms", "1000")[0] == 0
    )
    return path


@pytest.fixture
def plain(tmp_path, reviews, run):
    path = tmp_path / "plain.model"
    assert run("train", reviews, *COLUMNS, "--preset", "fast", "-o", path)[0] == 0
    return path


def test_terms_of_each_class(run, model):
    code, out, err = run("terms", model, "-n", 2)
    assert (code, err) == (0, "")
    lines = [line.split()[:2] for line in out.splitlines()[1:7]]
    assert sorted(lines) == [
        ["1", "dull"], ["1", "poor"], ["2", "fair"], ["2", "plain"], ["3", "fine"], ["3", "great"]
    ]  # fmt: skip
    assert "100.0% of the weight is named." in out
    facts = json.loads(run("terms", model, "-n", 2, "--json")[1])
    assert facts["named"] == pytest.approx(1)
    assert [each["label"] for each in facts["classes"]] == [1, 2, 3]
    assert facts["classes"][0]["terms"][0].keys() == {"term", "weight", "count", "shared_with"}


def test_terms_from_files_afterwards(run, plain, model, reviews, tmp_path):
    code, _, err = run("terms", plain)
    assert code == 2
    assert "kept no terms" in err
    named = tmp_path / "named.model"
    code, out, err = run("terms", plain, reviews, "-o", named, "-q")
    assert (code, err) == (0, "")
    assert out == run("terms", model)[1] == run("terms", named)[1]
    assert tor.load(plain).model_.terms is None


def test_a_pattern_of_the_model_can_be_refused(run, tmp_path):
    path = tmp_path / "odd"
    odd = tor.TextClassifier(preset="fast", n_features=64, token_pattern=r"(?u)\b\w+\b", terms=True)
    odd.fit(["good film", "bad film"] * 5, ["yes", "no"] * 5).save(path)
    for words in (["terms", path], ["explain", path, "a film"]):
        assert run(*words)[0] == 0
        code, _, err = run(*words, "--no-pattern")
        assert code == 2 and "by its own pattern" in err
        assert "accept it with --allow-pattern, if you trust" in err


def test_explain(run, plain):
    code, out, err = run("explain", plain, "great thing1, but dull")
    assert (code, err) == (0, "")
    lines = {line.split()[0]: line.split()[1:] for line in out.splitlines() if line}
    assert lines["term"][0] == "count"
    assert {"great", "dull", "thing1", "but"} <= lines.keys()
    facts = json.loads(run("explain", plain, "great thing1, but dull", "--json")[1])
    total = [sum(column) for column in zip(*[term["scores"] for term in facts["terms"]])]
    sums = [a + b for a, b in zip(total, facts["intercept"])]
    assert sums == pytest.approx(facts["decision"])
    expected = tor.load(plain).decision_function(["great thing1, but dull"])[0]
    assert facts["decision"] == pytest.approx(expected.tolist(), abs=1e-5)
    assert facts["predicted"] == tor.load(plain).predict(["great thing1, but dull"])[0]
    shown = run("explain", plain, "great thing1, but dull", "-n", 1)[1]
    assert "(other terms)" in shown


def test_inspect_tells_of_terms_and_collisions(run, model, plain):
    lines = dict(line.split(maxsplit=1) for line in run("inspect", model)[1].splitlines())
    assert lines["Terms"] == "13 kept by name"
    assert lines["Vocabulary"] == "13 terms in 13 columns"
    assert "share a column" in lines["Collisions"]
    facts = json.loads(run("inspect", plain, "--json")[1])
    assert facts["terms"] is None
    assert facts["collisions"]["vocabulary"] == 13
    assert not facts["collisions"]["is_measured"]


def test_inspect_of_files_gives_advice(run, reviews):
    code, out, err = run("inspect", reviews, *COLUMNS, "--preset", "fast", "--n-features", "2**10")
    assert (code, err) == (0, "")
    lines = dict(line.split(maxsplit=1) for line in out.splitlines())
    assert lines["Vocabulary"].startswith("about 13 terms")
    assert lines["Enough"].startswith("2**7: ")
    assert "cost no measurable accuracy" in lines["Cost"]
    assert lines["Time"].startswith("about ")
    facts = json.loads(run("inspect", reviews, "--text", "body", "--json")[1])
    assert facts["share"] == 1
    assert facts["seconds"] is None
    assert facts["collisions"]["n_features"] == 2**22


@pytest.mark.parametrize(
    ("words", "culprits"),
    [
        (["terms", "MODEL", "-n", "0"], ["n=0"]),
        (["terms", "MODEL", "-n", "many"], ["--number", "'many'"]),
        (["terms", "MODEL", "REVIEWS", "--terms", "0"], ["--terms 0", "not a budget"]),
        (["terms", "MODEL", "-o", "x.model"], ["--output", "name files"]),
        (["terms", "MODEL", "--terms", "10"], ["--terms", "name files"]),
        (["terms", "MODEL", "missing.csv"], ["missing.csv"]),
        (["terms", "REVIEWS"], ["REVIEWS", "is not a model"]),
        (["explain", "MODEL"], ["TEXT"]),
        (["inspect", "MODEL", "other.model"], ["one model", "other.model", "--text"]),
        (["inspect", "missing.csv", "--text", "body"], ["missing.csv"]),
        (["inspect", "REVIEWS", "--text", "no"], ["'no'"]),
    ],
)
def test_wrong_input(run, model, reviews, words, culprits):
    paths = {"MODEL": str(model), "REVIEWS": str(reviews)}
    code, _, err = run(*[paths.get(word, word) for word in words])
    assert code == 2
    assert err.count("\n") == 1
    for culprit in culprits:
        assert paths.get(culprit, culprit) in err
