r"""Compare torrential, LinearSVC, fastText and Vowpal Wabbit on rows with several labels.

    python benchmarks/bench_several_labels.py reuters21578 --target topics \
        --peers-python .venv-peers/bin/python

The folder has ``train.parquet`` and ``test.parquet`` with a column of lists of labels. Seconds are
of the training alone, from words that are cut already for the peers; torrential reads and cuts the
texts in them. Figures are of the test rows: micro-F1, macro-F1 over the labels that both files
have, and precision at 1 and 3 over the rows that have a label; of torrential by its scores, by two
thresholds, and by those that ``choose_thresholds`` finds without the test rows.
"""

import json
import tempfile
import time
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

import torrential as tor
from common import arguments, print_table, program_of_peers, run
from prepare import tokens

SETTINGS: dict[str, dict[str, Any]] = {
    "torrential, default": {},
    "torrential, fast": {"preset": "fast"},
    "torrential, words, 10 passes": {
        "preset": "fast",
        "idf": "running",
        "C": 1,
        "average": "last-pass",
        "max_iter": 10,
    },
}
PEERS = {
    "scikit-learn LinearSVC, words": ["svc", "1"],
    "scikit-learn LinearSVC, pairs": ["svc", "2"],
    "fastText, 25 epochs": ["fasttext", "25"],
    "Vowpal Wabbit, 5 passes": ["vw", "5"],
}


def write_words(source: Path, path: Path, text: list[str], target: str) -> None:
    """Write words and labels of a file as JSON Lines."""
    columns = pq.read_table(source, columns=[*text, target])
    with path.open("w") as file:
        for row in columns.to_pylist():
            words = tokens(" ".join(row[name] or "" for name in text))
            file.write(json.dumps({"words": words, "labels": row[target] or []}) + "\n")


WAYS: dict[str, Any] = {"": {}, ", 0.5": 0.5, ", 0.2": 0.2, ", chosen": "chosen"}
"""Thresholds by the end of a title; the empty ones leave it to the scores."""


def ours(
    folder: Path, text: list[str], target: str, parameters: dict[str, Any]
) -> dict[str, dict[str, Any]]:
    """Train and evaluate torrential in several ways."""
    train, test = (
        tor.read(folder / name, text=text, target=target)
        for name in ("train.parquet", "test.parquet")
    )
    tor.TextClassifier(n_jobs=2, **parameters).fit(train.take(100))  # kernels are compiled
    began = time.perf_counter()
    model = tor.TextClassifier(n_jobs=2, **parameters).fit(train)
    seconds = time.perf_counter() - began
    model.choose_thresholds()
    found = {}
    for way, threshold in WAYS.items():
        report = model.evaluate(test, threshold=threshold)
        of_both = [each.f1 for each in report.classes if each.seen and each.support]
        found[way] = {
            "seconds": seconds,
            "micro": report.micro_f1,
            "macro": sum(of_both) / len(of_both),
            "at_1": report.precision_at[1],
            "at_3": report.precision_at[3],
        }
    return found


def main() -> None:
    parser = arguments(__doc__, peers=True, repeats=1)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--text", nargs="+", default=["title", "text"])
    parser.add_argument("--target", default="topics")
    options = parser.parse_args()
    results: dict[str, list[dict[str, Any]]] = {}
    with tempfile.TemporaryDirectory() as name:
        words = Path(name)
        for part in ("train", "test"):
            source = options.folder / f"{part}.parquet"
            write_words(source, words / f"{part}.jsonl", options.text, options.target)
        for _ in range(options.repeats):
            for title, parameters in SETTINGS.items():
                found = ours(options.folder, options.text, options.target, parameters)
                for way, figures in found.items():
                    results.setdefault(title + way, []).append(figures)
            for title, setting in PEERS.items():
                peer = program_of_peers(
                    "several_labels_of_peers", words, *setting, options.peers_python
                )
                results.setdefault(title, []).append(dict(run(peer).report))
    rows = []
    for title, runs in results.items():
        figures = [runs[-1].get(each) for each in ("micro", "macro", "at_1", "at_3")]
        seconds = sorted(each["seconds"] for each in runs)[len(runs) // 2]
        rows.append([title, seconds, *(None if f is None else f"{f:.4f}" for f in figures)])
    header = ["", "seconds", "micro-F1", "macro-F1", "P@1", "P@3"]
    print_table(f"{options.folder.name}, {options.target}", header, rows)
    if options.json:
        options.json.write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
