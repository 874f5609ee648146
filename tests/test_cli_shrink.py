"""Models of limited size on the command line: shrink, and --max-size of train and search."""

import json

import pyarrow as pa
import pytest
from pyarrow import parquet

from model_files import assert_same_files

COLUMNS = ["--text", "body", "--target", "stars"]
FAST = ["--preset", "fast", "--n-features", "4096"]


@pytest.fixture
def reviews(tmp_path):
    words = {1: "poor dull", 2: "fair plain", 3: "great fine"}
    rows = [{"body": f"{words[i % 3 + 1]} thing{i % 97}", "stars": i % 3 + 1} for i in range(300)]
    path = tmp_path / "reviews.parquet"
    parquet.write_table(pa.Table.from_pylist(rows), path)
    return path


def test_shrink(run, reviews, tmp_path):
    whole, small = tmp_path / "whole.model", tmp_path / "small.model"
    assert run("train", reviews, *COLUMNS, *FAST, "--terms", "-o", whole)[0] == 0
    code, out, err = run("shrink", whole, small, "--max-size", "16KB")
    assert (code, err) == (0, "")
    assert f"Saved {small} (" in out and ", before " in out
    facts = json.loads(run("shrink", whole, small, "--max-size", "16KB", "--json")[1])
    assert facts["bytes"] == small.stat().st_size <= 16_000
    assert facts["bytes_before"] == whole.stat().st_size
    assert "100.00%" in run("evaluate", small, reviews)[1]
    output = tmp_path / "predictions.jsonl"
    assert run("predict", small, reviews, "-o", output)[0] == 0
    rows = [json.loads(line) for line in output.read_text().splitlines()]
    assert [row["label"] for row in rows] == [row["stars"] for row in rows]
    assert "great" in run("terms", small, "-n", 2)[1]
    assert "Decided for 3" in run("explain", small, "great fine thing")[1]
    code, out, _ = run("inspect", small)
    assert code == 0 and "version 2" in out


def test_a_file_with_document_counts_shrinks_to_that_of_the_training(run, reviews, tmp_path):
    whole, small, direct = (tmp_path / f"{name}.model" for name in ("whole", "small", "direct"))
    settings = [*COLUMNS, *FAST, "--idf", "running"]
    assert run("train", reviews, *settings, "-o", whole)[0] == 0
    assert run("train", reviews, *settings, "-o", direct, "--max-size", "16KB")[0] == 0
    assert run("shrink", whole, small, "--max-size", "16KB")[::2] == (0, "")
    assert_same_files(small, direct)


def test_shrink_refuses(run, reviews, tmp_path):
    whole, small = tmp_path / "whole.model", tmp_path / "small.model"
    assert run("train", reviews, *COLUMNS, *FAST, "-o", whole)[0] == 0
    code, _, err = run("shrink", whole, small, "--max-size", "1KB")
    assert code == 2 and "--max-size" in err and "give at least" in err
    code, _, err = run("shrink", whole, small)
    assert code == 2 and "--max-size is missing: give a size such as 2MB" in err
    code, _, err = run("shrink", whole, small, "--max-size", "two")
    assert code == 2 and "--max-size 'two' is invalid: give a size, such as 2MB" in err
    assert not small.exists()


def test_training_saves_a_small_model(run, reviews, tmp_path):
    path = tmp_path / "small.model"
    words = ["train", reviews, *COLUMNS, *FAST, "-o", path, "--max-size", "12KB"]
    code, out, err = run(*words, "--test", reviews)
    assert code == 0, err
    assert path.stat().st_size <= 12_000
    assert "On held-out rows: " in out
    assert json.loads(run("inspect", path, "--json")[1])["format_version"] == 2


def test_a_size_that_is_too_small_does_not_lose_the_training(run, reviews, tmp_path):
    path = tmp_path / "small.model"
    code, _, err = run("train", reviews, *COLUMNS, *FAST, "-o", path, "--max-size", "1KB")
    assert code == 2
    assert "is too small" in err and f"the whole model is in {path}: make it smaller with" in err
    assert json.loads(run("inspect", path, "--json")[1])["format_version"] == 1


def test_search_saves_a_small_model(run, reviews, tmp_path):
    path = tmp_path / "small.model"
    words = ["search", reviews, *COLUMNS, *FAST, "--grid", "eta0=0.1,0.5", "--cv", "2"]
    code, _, err = run(*words, "-o", path, "--max-size", "12KB")
    assert code == 0, err
    assert path.stat().st_size <= 12_000
