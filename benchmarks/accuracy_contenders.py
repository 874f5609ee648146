"""The contenders of bench_accuracy.py: tools, their settings, and the command of each."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from common import Command, facts, program

DEFAULT, ACCURATE, FAST = "torrential, default", "torrential, accurate", "torrential, fast"
VOWPAL, FASTTEXT = "Vowpal Wabbit", "fastText"
SGD, SVC = "scikit-learn SGD", "scikit-learn LinearSVC"
FILES = {VOWPAL: "vw", FASTTEXT: "tokens.txt"}
"""Formats that prepare.py writes for tools that do not read Parquet."""

PAIRS, UNION = f"{SVC}, words and pairs", f"{SVC}, union"

PRESETS: dict[str, Mapping[str, object]] = {
    DEFAULT: {},
    ACCURATE: {"preset": "accurate"},
    FAST: {"preset": "fast"},
}
FEWER_PASSES = (1, 2, 3)
"""Of the presets that make five passes."""

VOWPAL_PASSES = (1, 3, 5, 10)
SMALL_TABLE, LARGE_TABLE = 22, 26
"""Bits of Vowpal Wabbit's table, which all classes share: more than two learn with both."""

FASTTEXT_EPOCHS = (1, 5, 10, 25)
FASTTEXT_OPTIONS = ["--lr", 1.0, "--ngram", 2, "--minn", 2, "--maxn", 5]
WIDE = 100
FEW_ITERATIONS = 5
RECIPES = {"words": "words", "words and pairs": "pairs", "union": "union"}

TABLE = [
    DEFAULT,
    ACCURATE,
    FAST,
    f"{VOWPAL}, 1 pass",
    f"{VOWPAL}, 5 passes",
    f"{FASTTEXT}, 5 epochs",
    f"{FASTTEXT}, 25 epochs",
    f"{FASTTEXT}, 25 epochs, dim {WIDE}",
    SGD,
    PAIRS,
    UNION,
]
"""Names in the table; the others are points of the curves only."""


@dataclass(frozen=True)
class Contender:
    """A setting of a tool."""

    tool: str
    setting: str
    command: Command

    @property
    def name(self) -> str:
        """Return the tool with its setting."""
        return f"{self.tool}, {self.setting}" if self.setting else self.tool


def passes(n: int) -> str:
    """Return a number of passes in words."""
    return f"{n} pass{'es'[: 2 * (n > 1)]}"


def contenders(folder: Path, peers_python: Path, n_jobs: int) -> list[Contender]:
    """Return all contenders for a folder that prepare.py wrote, quick ones of each tool first."""
    found = []

    def add(tool: str, setting: str, name: str, suffix: str, *options: object) -> None:
        python = {} if name == "torrential" else {"python": peers_python}
        files = folder / f"train.{suffix}", "--test", folder / f"test.{suffix}"
        found.append(Contender(tool, setting, program(name, "train", *files, *options, **python)))

    def ours(tool: str, setting: str, params: Mapping[str, object]) -> None:
        options = ["--n-jobs", n_jobs, "--params", json.dumps(params)]
        add(tool, setting, "torrential", "parquet", *options)

    for tool, params in PRESETS.items():
        for n in FEWER_PASSES if tool != FAST else ():
            ours(tool, passes(n), {**params, "max_iter": n})
        ours(tool, "", params)
    n_classes = facts(folder)["n_classes"]
    vowpal = ["--n-classes", n_classes, "--ngram", 2]
    for bits in SMALL_TABLE, LARGE_TABLE:
        for n in VOWPAL_PASSES if bits == SMALL_TABLE or n_classes > 2 else ():
            is_shown = bits == (SMALL_TABLE if n_classes == 2 else LARGE_TABLE)
            setting = passes(n) if is_shown else f"{passes(n)}, -b {bits}"
            options = [*vowpal, "--bits", bits, *(["--passes", n] if n > 1 else [])]
            add(VOWPAL, setting, "vw", "vw", *options)
    for n in FASTTEXT_EPOCHS:
        setting = f"{n} epoch{'s'[: n > 1]}"
        options = ["--epoch", n, "--threads", n_jobs, *FASTTEXT_OPTIONS]
        add(FASTTEXT, setting, "fasttext", "tokens.txt", *options)
    wide = ["--epoch", max(FASTTEXT_EPOCHS), "--threads", n_jobs, *FASTTEXT_OPTIONS, "--dim", WIDE]
    add(FASTTEXT, f"{max(FASTTEXT_EPOCHS)} epochs, dim {WIDE}", "fasttext", "tokens.txt", *wide)
    add(SGD, "out of core", "sklearn", "parquet")
    add(SGD, "", "sklearn_in_memory", "parquet", "--recipe", "hashing")
    for name, recipe in RECIPES.items():
        options = ["--recipe", recipe]
        few = [*options, "--max-iter", FEW_ITERATIONS]
        add(SVC, f"{name}, {FEW_ITERATIONS} iterations", "sklearn_in_memory", "parquet", *few)
        add(SVC, name, "sklearn_in_memory", "parquet", *options)
    return found
