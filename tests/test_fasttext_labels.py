"""Rows of fastText's lines with several labels: the first is learned, the others are counted."""

import json

import pytest

import torrential as tor
from predicted_rows import predict_file

N_ROWS = 300


@pytest.fixture
def path(tmp_path):
    """A file where each third row has two labels more, and half of all have theirs at the end."""
    lines = []
    for i in range(N_ROWS):
        label, more = f"__label__{'ab'[i % 2]}", "__label__c __label__d" if i % 3 == 0 else ""
        words = f"word{i % 2} more{i % 7}"
        lines.append(f"{label} {more} {words}" if i % 4 < 2 else f"{words} {label} {more}")
    path = tmp_path / "rows.txt"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_others_are_counted_and_no_features(path, tmp_path):
    dataset = tor.read(path)
    model = tor.TextClassifier(preset="fast", max_iter=2).fit(dataset)
    assert model.classes_.tolist() == ["a", "b"]
    assert model.counts_.other_labels == 2 * N_ROWS // 3
    words = [f"word{i % 2} more{i % 7}" for i in range(N_ROWS)]
    same = tor.TextClassifier(preset="fast", max_iter=2).fit(
        words, ["ab"[i % 2] for i in range(N_ROWS)]
    )
    assert (model.coef_ == same.coef_).all()
    counts = predict_file(model.model_, dataset, tmp_path / "out.jsonl")
    assert counts.other_labels == 2 * N_ROWS // 3


def test_they_are_counted_once_in_any_way_of_training(path, tmp_path):
    expected = 2 * N_ROWS // 3
    averaged = tor.ParameterAveraging(tor.TextClassifier(preset="fast"), n_partitions=3).fit(
        tor.read(path)
    )
    assert averaged.estimator_.counts_.other_labels == expected
    shuffled = tor.TextClassifier(preset="fast").fit(tor.read(path).shuffle(0))
    assert shuffled.counts_.other_labels == expected
    for _ in range(2):
        cached = tor.TextClassifier(preset="fast").fit(tor.read(path).cache(tmp_path / "cache"))
        assert cached.counts_.other_labels == expected


def test_the_command_line_says_it(run, path, tmp_path):
    code, out, _ = run("train", path, "-o", tmp_path / "m")
    assert code == 0
    assert "several labels only the first was taken: 200 others left out." in out
    code, out, _ = run("train", path, "-o", tmp_path / "n", "--json")
    assert json.loads(out)["rows"]["other_labels"] == 200
