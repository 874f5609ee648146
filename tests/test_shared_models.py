"""Processes that apply one model share its memory: what they read is in the file, and mapped."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import torrential as tor
from torrential.errors import ModelFileError
from torrential.persistence.model_file import read_model, write_model

TEXTS = ["good film", "bad film", "fair book", "very good", "very bad", "fair"] * 10
KINDS = {
    "two classes": (["yes", "no"] * 30, {"max_iter": 1}),  # a penalty is pending after one pass
    "many classes": ([f"class {i % 20}" for i in range(60)], {"max_iter": 1}),
    "an average": (["a", "b", "c"] * 20, {"average": True, "alpha": 1e-4}),
    "marks": (["a", "b", "c"] * 20, {"learning_rate": "constant", "eta0": 0.1, "alpha": 1e-3}),
    "views": (["a", "b", "c"] * 20, {"views": ["word:1", "char:2:idf=no"], "idf": "running"}),
    "no idf": (["a", "b"] * 30, {"preset": "fast"}),
}

MEASURED = """
import json, sys
import torrential as tor

def private():
    with open("/proc/self/smaps_rollup") as file:
        found = dict(line.split(":") for line in file if line.startswith("Private_Dirty"))
    return 1024 * int(found["Private_Dirty"].split()[0])

def use(path):
    model = tor.load(path)
    model.predict_proba(["a good film", "a bad book"])
    return model

warm = use(sys.argv[1])
before = private()
kept = use(sys.argv[2])
print(json.dumps(private() - before))
"""


@pytest.fixture(scope="module", params=KINDS)
def saved(request, tmp_path_factory):
    labels, parameters = KINDS[request.param]
    model = tor.TextClassifier(**{"n_features": 2**10} | parameters).fit(TEXTS, labels)
    path = tmp_path_factory.mktemp("models") / "m"
    model.save(path)
    return model, path, labels


def test_what_is_applied_has_the_same_bits_with_and_without_the_arrays(saved, tmp_path):
    model, path, labels = saved
    arrays, header = read_model(path)
    without = {name: each for name, each in arrays.items() if not name.startswith("applied")}
    write_model(tmp_path / "without", without, header)
    expected = model.decision_function(TEXTS)
    first, second = tor.load(path), tor.load(tmp_path / "without")
    for each in (first, second):
        np.testing.assert_array_equal(each.decision_function(TEXTS), expected)
        each.partial_fit(TEXTS, labels)
    np.testing.assert_array_equal(first.decision_function(TEXTS), second.decision_function(TEXTS))
    assert (first.decision_function(TEXTS) != expected).any()


def test_nothing_is_copied_to_apply_a_model(saved):
    model = tor.load(saved[1])
    model.predict(TEXTS)
    linear, weighting = model.model_.linear, model.model_.weighting
    blocks, _ = linear._weights.readable(linear._rule, linear._clock)
    assert not any(block.rows.flags.writeable for block in blocks)
    assert not weighting.frequencies.counts.flags.writeable or weighting.idf is None
    current = weighting.current()
    assert current is None or not current.factors.flags.writeable


def test_files_of_before_are_read(saved, tmp_path):
    model, path, _ = saved
    arrays, header = read_model(path)
    if "document_counts" not in arrays:
        return
    old = {**arrays, "document_counts": arrays["document_counts"].astype(np.int64)}
    del old["applied_factors"]
    write_model(tmp_path / "old", old, header)
    again = tor.load(tmp_path / "old")
    np.testing.assert_array_equal(again.decision_function(TEXTS), model.decision_function(TEXTS))


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("applied_rows", lambda array: array[:-1]),
        ("applied_rows", lambda array: array.astype(np.float64)),
        ("applied_factors", lambda array: array[:-1]),
        ("applied_factors", lambda array: np.full_like(array, np.nan)),
        ("applied_factors", lambda array: np.full_like(array, np.inf)),
        ("applied_factors", lambda array: -array - 1),
        ("document_counts", lambda array: array.astype(np.int16)),
    ],
)
def test_arrays_that_do_not_fit(name, change, tmp_path):
    tor.TextClassifier(n_features=256, max_iter=1).fit(TEXTS, ["a", "b"] * 30).save(tmp_path / "m")
    arrays, header = read_model(tmp_path / "m")
    write_model(tmp_path / "broken", {**arrays, name: change(arrays[name])}, header)
    with pytest.raises(ModelFileError, match="not a model that torrential wrote"):
        tor.load(tmp_path / "broken")


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="of Linux")
def test_a_process_takes_little_memory_of_its_own(tmp_path):
    for name, n_features in (("tiny", 2**10), ("large", 2**22)):
        model = tor.TextClassifier(n_features=n_features, max_iter=1)
        model.fit(TEXTS, ["yes", "no"] * 30).save(tmp_path / name)
    words = [sys.executable, "-c", MEASURED, tmp_path / "tiny", tmp_path / "large"]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert (tmp_path / "large").stat().st_size > 75_000_000
    assert json.loads(done.stdout) < 15_000_000


def test_checksums_of_large_files_are_compared(tmp_path, monkeypatch):
    monkeypatch.setattr("torrential.estimators.tools.load.MANY_BYTES", 1)
    tor.TextClassifier(n_features=256).fit(TEXTS, ["a", "b"] * 30).save(tmp_path / "m")
    tor.load(tmp_path / "m")
    content = bytearray((tmp_path / "m").read_bytes())
    content[-1000] ^= 1
    (tmp_path / "m").write_bytes(content)
    with pytest.raises(ModelFileError, match="does not match its checksum"):
        tor.load(tmp_path / "m")
