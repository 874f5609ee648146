"""Commands take models of fastText as their own."""

import json
import subprocess
import sys

import numpy as np
import pytest

import torrential as tor
from fasttext_files import TinyModel

pytestmark = pytest.mark.jit


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tiny = TinyModel(minn=1, maxn=3, word_ngrams=2).filled(np.random.default_rng(3))
    tiny.write(tmp_path / "tiny.bin")
    rows = [{"id": i, "text": text, "label": "yes"} for i, text in enumerate(["good", "bad the"])]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return tmp_path


def test_predict(folder, run):
    code, _, _ = run("predict", "tiny.bin", "rows.jsonl", "-o", "out.jsonl", "--top-k", "2")
    assert code == 0
    labels, probabilities = tor.load("tiny.bin").top_k(["good", "bad the"], 2)
    written = [json.loads(line) for line in (folder / "out.jsonl").read_text().splitlines()]
    assert [row["predicted_label"] for row in written] == labels[:, 0].tolist()
    assert [row["probability_2"] for row in written] == pytest.approx(probabilities[:, 1], 1e-6)


def test_evaluate(folder, run):
    code, out, _ = run("evaluate", "tiny.bin", "rows.jsonl", "--json")
    expected = np.mean(tor.load("tiny.bin").predict(["good", "bad the"]) == "yes")
    assert code == 0 and json.loads(out)["accuracy"] == expected


def test_inspect(folder, run):
    code, out, _ = run("inspect", "tiny.bin")
    assert code == 0
    assert "of up to 2 words and of 1 to 3 characters, in 50 buckets" in out
    assert "3: no, so, yes" in out
    code, out, _ = run("inspect", "tiny.bin", "--json")
    facts = json.loads(out)
    assert (facts["dim"], facts["n_words"], facts["classes"]) == (5, 5, ["no", "so", "yes"])


def test_explain(folder, run):
    code, out, _ = run("explain", "tiny.bin", "good bad good", "-n", "1")
    found = tor.load("tiny.bin").explain("good bad good", 1)
    assert code == 0 and f"Decided for {found.predicted}" in out
    assert len(out.strip().splitlines()) == 4
    code, out, _ = run("explain", "tiny.bin", "good bad good", "--json")
    assert json.loads(out)["predicted"] == found.predicted


@pytest.mark.parametrize("command", ["terms", "shrink"])
def test_commands_that_only_our_models_have(folder, run, command):
    more = ["small.model", "--max-size", "1MB"] if command == "shrink" else []
    code, _, err = run(command, "tiny.bin", *more)
    assert code == 2 and "is a model of fastText" in err


def test_it_is_loaded_without_scikit_learn_and_numba(folder):
    program = (
        "import sys, torrential; torrential.load('tiny.bin').predict(['good']);"
        "print({'sklearn', 'numba'} & {*sys.modules})"
    )
    subprocess.run([sys.executable, "-c", program], check=True)  # compiles what is not on disk
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout.strip() == b"set()"
