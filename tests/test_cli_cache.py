"""The cache on the command line: --cache, and torrential cache list and clear."""

import json

import pytest

import torrential as tor

COLUMNS = ["--text", "body", "--target", "stars"]
SMALL = ["--preset", "fast", "--n-features", "2**10", "--n-jobs", "1"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("TORRENTIAL_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_train_and_evaluate_use_it(run, grouped_reviews, folder, tmp_path):
    models = []
    for number, words in enumerate(([], ["--cache"], ["--cache", "--epochs", "2"])):
        path = tmp_path / f"{number}.model"
        code, _, err = run("train", grouped_reviews, *COLUMNS, "-o", path, *SMALL, *words)
        assert (code, err) == (0, "")
        models.append(tor.load(path))
    assert models[0].coef_.tobytes() == models[1].coef_.tobytes()
    entries = sorted(folder.glob("*.records"))
    assert len(entries) == 3
    for command in ("evaluate", "cross-validate", "search"):
        words = [tmp_path / "0.model"] if command == "evaluate" else [*COLUMNS, *SMALL]
        grid = ["--grid", "eta0=0.1,0.5"] if command == "search" else []
        code, _, err = run(command, *words, grouped_reviews, *grid, "--cache", "-q")
        assert (code, err) == (0, "")
        assert set(entries) <= set(folder.glob("*.records"))


def test_list_and_clear(run, grouped_reviews, folder, tmp_path):
    assert run("cache", "list") == (0, f"0 bytes in {folder}.\n", "")
    for words in ([], ["--ngram-range", "1-2"]):
        run("train", grouped_reviews, *COLUMNS, "-o", tmp_path / "m", *SMALL, "--cache", *words)
    tor.memory().cache(sorted)([2, 1])
    code, out, err = run("cache", "list")
    assert (code, err) == (0, "")
    header, *rows = out.splitlines()
    assert header.split() == ["rows", "size", "last", "used", "file", "features"]
    assert (
        sum(str(grouped_reviews) in row and "900" in row and "just now" in row for row in rows) == 2
    )
    assert any("word 1-2, 1,024 features, sublinear_tf=True" in row for row in rows)
    assert any("memoized calls" in row for row in rows)
    code, out, _ = run("cache", "list", "--json")
    found = json.loads(out)
    assert found["folder"] == str(folder)
    assert found["bytes"] == sum(each["n_bytes"] for each in found["entries"]) > 0
    assert [each["n_entries"] for each in found["entries"] if each["n_rows"]] == [3, 3]
    code, out, err = run("cache", "clear")
    assert (code, err) == (0, "")
    assert out.startswith("Removed 7 entries, ")
    assert run("cache", "list", "--cache-dir", folder)[1] == f"0 bytes in {folder}.\n"


def test_another_folder_and_a_limit(run, grouped_reviews, folder, tmp_path):
    words = ["--cache-dir", tmp_path / "other", "--cache-limit", "1KB"]
    code, _, _err = run("train", grouped_reviews, *COLUMNS, "-o", tmp_path / "m", *SMALL, *words)
    assert code == 0
    assert not folder.exists()
    assert not list((tmp_path / "other").glob("*.records"))


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--cache-limit", "lots"], "--cache-limit lots is not a size"),
        (["--cache-dir", "reviews.parquet"], "is a file, not a folder for a cache"),
    ],
)
def test_what_is_wrong(words, sentence, run, grouped_reviews, folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, _, err = run("train", grouped_reviews, *COLUMNS, "-o", "m", *SMALL, *words)
    assert code == 2
    assert sentence in err


def test_a_folder_that_is_not_there(run, tmp_path):
    code, _, err = run("cache", "clear", "--cache-dir", tmp_path / "none")
    assert code == 2
    assert "There is no folder" in err
