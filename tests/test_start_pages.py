"""The pages for people who come from another tool: the code of both sides runs."""

import csv
import json
import re
import shlex
import textwrap
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn import (
    linear_model,
    metrics,
    model_selection,
    multiclass,
    pipeline,
    preprocessing,
    svm,
)
from sklearn.feature_extraction import text

import torrential as tor
from fasttext_files import TinyModel

PAGES = Path(__file__).parents[1] / "docs" / "start"
CODE = r"\.\. code-block:: (python|console)\n\n((?: {%d}.*\n|\n)+)"
LEFT = re.compile(r"^ {3}\* - " + CODE % 10, re.M)
RIGHT = re.compile(r"^ {5}(?:- |  )" + CODE % 10, re.M)
OWN = re.compile(r"^" + CODE % 3, re.M)
"""Code in the first and second cell of a row, and in the text of a page."""

SECOND = re.compile(r"^ {3}\* - .*\n {5}- (.*)$", re.M)
COMMANDS = [
    *["train", "search", "cross-validate", "evaluate", "report"],
    *["predict", "terms", "explain", "shrink", "convert", "inspect"],
]

WORDS = {1: "poor dull broken", 2: "fair plain usual", 3: "great fine superb"}
TOPICS = ["corn", "oil", "gas"]
ROWS = [(i % 3 + 1, f"{WORDS[i % 3 + 1]} item{i}", i % 2 + 1) for i in range(240)]


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Write the files that the pages name, and work next to them."""
    monkeypatch.chdir(tmp_path)
    for name, rows in {"train": ROWS, "test": ROWS[:60], "new": ROWS[:12]}.items():
        with Path(f"{name}.csv").open("w", newline="") as file:
            csv.writer(file).writerows(
                [("body", "stars", "votes"), *((body, s, votes) for s, body, votes in rows)]
            )
        lines(f"{name}.txt", (f"__label__{s} {body}" for s, body, _ in rows))
        lines(f"{name}.vw", (f"{s} |body {body} |user age:{s} u{s}" for s, body, _ in rows))
    lines("votes.vw", (f"{s} {votes} | {body}" for s, body, votes in ROWS))
    several = [(i, [TOPICS[i % 3], TOPICS[(i + 1) % 3]][: i % 2 + 1]) for i in range(240)]
    lines("stories.jsonl", (json.dumps({"body": " ".join(t), "topics": t}) for _, t in several))
    lines("topics.txt", (" ".join([*(f"__label__{t}" for t in ts), *ts]) for _, ts in several))
    lines(
        "topics.vw",
        (f"{','.join(str(TOPICS.index(t) + 1) for t in ts)} | {' '.join(ts)}" for _, ts in several),
    )
    TinyModel().filled(np.random.default_rng(0)).write(Path("stars.bin"))
    return tmp_path


def lines(path, rows):
    Path(path).write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")


def code_of(page, place=RIGHT):
    """Return the language and the code of each block of a page at a place."""
    source = (PAGES / page).read_text(encoding="utf-8")
    return [(kind, textwrap.dedent(code)) for kind, code in place.findall(source)]


def commands_in(code):
    """Return the words of each command in the lines of a console."""
    joined = code.replace("\\\n", " ")
    return [shlex.split(line[2:]) for line in joined.splitlines() if line.startswith("$ ")]


def run_commands(run, code):
    for program, *words in commands_in(code):
        assert program == "torrential"
        ended, _, err = run(*words, "-q")
        assert (ended, err) == (0, ""), (words, err)


def test_our_side_runs(files, run):
    known = {"pa": pa}
    blocks = code_of("side_by_side.rst")
    assert len(blocks) == 30
    for kind, code in blocks:
        if kind == "python":
            exec(compile(code, "side_by_side.rst", "exec"), known)
        else:
            run_commands(run, code)


def test_the_side_of_scikit_learn_runs(files, capsys):
    blocks = [code for kind, code in code_of("side_by_side.rst", LEFT) if kind == "python"]
    assert len(blocks) == 11
    known = {"pd": pd, "joblib": joblib}
    modules = [text, linear_model, metrics, multiclass, pipeline, preprocessing, svm]
    for module in modules:
        known |= {name: getattr(module, name) for name in module.__all__}
    for name in ("GridSearchCV", "TunedThresholdClassifierCV", "cross_validate"):
        known[name] = getattr(model_selection, name)
    known |= {
        "texts": [body for _, body, _ in ROWS],
        "labels": [label for label, _, _ in ROWS],
        "votes": [votes for _, _, votes in ROWS],
        "is_good": [label == 3 for label, _, _ in ROWS],
        "topics": [[TOPICS[i % 3]] for i in range(len(ROWS))],
    }
    for code in blocks:
        if "fasttext" not in code:
            exec(compile(code, "side_by_side.rst", "exec"), known)


@pytest.mark.parametrize("page", ["from_fasttext.rst", "from_vowpal_wabbit.rst"])
def test_commands_of_the_migration_run(page, files, run):
    (_, code), *_ = code_of(page, OWN)
    assert len(commands_in(code)) == 4
    run_commands(run, code)


@pytest.mark.parametrize("page", ["from_fasttext.rst", "from_vowpal_wabbit.rst"])
def test_options_and_parameters_exist(page, run):
    known = {"torrential", *COMMANDS, *dir(tor.TextClassifier)}
    for command in COMMANDS:
        known |= set(re.findall(r"--?[\w-]+", run(command, "--help")[1]))
    for estimator in (tor.TextClassifier(), tor.TableClassifier(), tor.TableRegressor()):
        known |= set(estimator.get_params())
    cells = SECOND.findall((PAGES / page).read_text(encoding="utf-8"))
    assert len(cells) > 30
    named = {
        option
        for cell in cells
        for code in re.findall("``(.+?)``", cell)
        for option in re.findall(r"(?<![\w-])--?[a-z][\w-]*|^\w+(?==|$| )", code)
    }
    assert len(named) > 12
    assert named - known == set()
