r"""Compare torrential, fastText and Vowpal Wabbit on rows of very many classes.

    python benchmarks/bench_many_classes.py --peers-python .venv-peers/bin/python
    python benchmarks/bench_many_classes.py --folder debian_code --peers-python ...

Rows are generated: classes and words have skewed frequencies (a Zipf law), one word in seven is of
30 that the row's class prefers, out of 200,000, and all others say nothing. With ``--folder`` they
are the files of a set with the columns ``text`` and ``path``: the class is the folder of a file, if
it has at least four; the last 4,000 characters of each count. A tenth of the rows is for the test.
Seconds are those of training from files of words, without the start of the process.
"""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from common import (
    PROGRAMS,
    Command,
    Run,
    arguments,
    print_table,
    program_of_peers,
    run,
    write_json,
)
from prepare import tokens

WORDS, OWN_WORDS, PER_CLASS = 50_000, 200_000, 30
LENGTHS, SHARE_OF_OWN = (15, 60), 0.15
LEAST_FILES, CHARACTERS = 4, 4_000

PEERS = {
    "fastText, hierarchical softmax": (["fasttext", "hs"], 10**9),
    "fastText, negative sampling": (["fasttext", "ns"], 10**9),
    "Vowpal Wabbit, --plt": (["vw", "plt"], 10**9),
    "Vowpal Wabbit, --oaa": (["vw", "oaa"], 1_000),
}
"""Peers, and the most classes that they take an acceptable time for."""


def generated(n_classes: int, n_rows: int) -> pa.Table:
    """Return rows of classes with a skewed distribution."""
    rng = np.random.default_rng(0)
    shares = 1 / (np.arange(n_classes) + 10.0)
    common = 1 / (np.arange(WORDS) + 3.0)
    classes = rng.choice(n_classes, n_rows, p=shares / shares.sum())
    own = rng.integers(0, OWN_WORDS, (n_classes, PER_CLASS))
    texts = []
    for number in classes:
        length = rng.integers(*LENGTHS)
        words = rng.choice(WORDS, length, p=common / common.sum())
        is_own = rng.random(length) < SHARE_OF_OWN
        preferred = own[number][rng.integers(0, PER_CLASS, length)]
        texts.append(
            " ".join(f"o{b}" if c else f"c{a}" for a, b, c in zip(words, preferred, is_own))
        )
    return pa.table({"text": texts, "label": [f"k{number}" for number in classes]})


def folders_of(source: Path) -> pa.Table:
    """Return the ends of files, with the folders that have some of them as labels."""
    files = pa.concat_tables(
        pq.read_table(path, columns=["text", "path"]) for path in sorted(source.glob("train*"))
    )
    labels = [path.rpartition("/")[0] for path in files["path"].to_pylist()]
    names, counts = np.unique(labels, return_counts=True)
    kept = set(names[counts >= LEAST_FILES])
    pairs = [
        (tokens(text[-CHARACTERS:]), label)
        for text, label in zip(files["text"].to_pylist(), labels)
        if label in kept
    ]
    order = np.random.default_rng(0).permutation(len(pairs))
    texts, labels = zip(*(pairs[number] for number in order))
    return pa.table({"text": texts, "label": [label.replace(" ", "_") for label in labels]})


def write_rows(rows: pa.Table, n_train: int, folder: Path) -> None:
    """Write the rows for all contenders; those after the first ones are for the test."""
    for name, part in (("train", rows.slice(0, n_train)), ("test", rows.slice(n_train))):
        pq.write_table(part, folder / f"{name}.parquet", row_group_size=10_000)
        with (folder / f"{name}.jsonl").open("w") as file:
            for row in part.to_pylist():
                file.write(json.dumps({"words": row["text"], "label": row["label"]}) + "\n")


def race(title: str, rows: pa.Table, options: Any) -> dict[str, list[Run]]:
    """Train and evaluate all contenders on the same rows, and print a table."""
    n_classes, n_train = len(rows["label"].unique()), len(rows) * 9 // 10
    results: dict[str, list[Run]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_rows(rows, n_train, folder)
        ours = [options.python, str(PROGRAMS / "many_classes.py"), str(folder)]
        settings = {f"torrential, {preset}": (preset, n_train) for preset in options.presets}
        settings["torrential, fast, a third of the rows"] = ("fast", n_train // 3)
        commands: dict[str, Command] = {
            contender: [*ours, preset, str(n_rows)]
            for contender, (preset, n_rows) in settings.items()
        }
        for peer, (words, most) in PEERS.items():
            if n_classes <= most:
                commands[peer] = program_of_peers(
                    "many_classes_of_peers", folder, *words, options.peers_python
                )
        for _ in range(options.repeats):
            for contender, command in commands.items():
                results.setdefault(contender, []).append(run(command))
    header = ["", "seconds", "cpu s", "rows/s", "peak MiB", "accuracy %", "cpu, ratio to ours"]
    table, first = [], next(iter(results))
    middle = {
        each: sorted(runs, key=lambda one: one.cpu_seconds)[len(runs) // 2]
        for each, runs in results.items()
    }
    for contender, found in middle.items():
        n_rows = settings[contender][1] if contender in settings else n_train
        table.append(
            [
                contender,
                found.seconds,
                found.cpu_seconds,
                n_rows / found.seconds,
                found.peak_rss_mb,
                f"{100 * found.report['accuracy']:.1f}",
                found.cpu_seconds / middle[first].cpu_seconds,
            ]
        )
    print_table(f"{title}: {n_classes:,} classes, {len(rows):,} rows", header, table)
    return results


def main() -> None:
    parser = arguments(__doc__, peers=True, repeats=1)
    parser.add_argument("--classes", type=int, nargs="+", default=[500, 5_000, 50_000])
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--presets", nargs="+", default=["fast"])
    parser.add_argument("--python", default=sys.executable)
    options = parser.parse_args()
    if options.folder:
        results = {"folders": race("folders of files", folders_of(options.folder), options)}
    else:
        results = {
            str(n): race("generated rows", generated(n, options.rows), options)
            for n in options.classes
        }
    write_json(options.json, results)


if __name__ == "__main__":
    main()
