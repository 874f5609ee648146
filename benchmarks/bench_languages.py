"""Compare the accuracy of naming the language of a text, by the length of the text.

    python examples/languages.py FOLDER
    python benchmarks/bench_languages.py FOLDER --peers-python .venv-peers/bin/python

The example writes the tables of texts to learn and to hold out. torrential and LinearSVC have words
and n-grams of 1 to 4 characters; fastText has both in its way. Its options are the best of those
tried on messages held out from the texts to learn: 5 and 25 epochs, rates of 0.2 to 1, 16 to 100
dimensions, softmax and one-vs-all, n-grams of 1 to 4 and 2 to 5 characters. The seconds are those
of the processor, for training and, but for fastText, without start and imports.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from pyarrow import parquet
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline, make_union
from sklearn.svm import LinearSVC

import torrential as tor
from common import print_table, run, write_json

LENGTHS = {"under 10": 0, "10-19": 10, "20-39": 20, "40-79": 40, "80 or more": 80}
FASTTEXT = "-epoch 25 -lr 0.5 -dim 50 -minn 1 -maxn 4 -loss ova -thread 2 -verbose 0"

Answer = tuple[Sequence[str], float]


def texts_of(folder: Path, name: str) -> tuple[list[str], list[str]]:
    """Return texts and their languages."""
    table = parquet.read_table(folder / f"{name}.parquet")
    return table["text"].to_pylist(), table["language"].to_pylist()


def with_torrential(folder: Path) -> Answer:
    """Learn from the file, in five passes."""
    model = tor.TextClassifier(
        views="word+char_wb:1-4",
        n_features=2**20,
        idf="running",
        C=1.0,
        max_iter=5,
        average="last-pass",
        n_jobs=2,
    )
    train = tor.read(folder / "train.parquet", text="text", target="language")
    model.fit(train.take(100))  # loads the kernels
    begin = time.process_time()
    model.fit(train)
    return model.predict(texts_of(folder, "test")[0]), time.process_time() - begin


def with_linear_svc(folder: Path) -> Answer:
    """Learn from all rows in memory."""
    texts, languages = texts_of(folder, "train")
    words = TfidfVectorizer(sublinear_tf=True)
    characters = TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 4), sublinear_tf=True)
    model = make_pipeline(make_union(words, characters), LinearSVC(C=1, random_state=0))
    begin = time.process_time()
    model.fit(texts, languages)
    return model.predict(texts_of(folder, "test")[0]), time.process_time() - begin


def with_fasttext(folder: Path, program: Path) -> Answer:
    """Write the texts as fastText reads them, in lower case, and run its command line."""
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        for table in ("train", "test"):
            lines = [
                f"__label__{language} {' '.join(text.lower().split())}\n"
                for text, language in zip(*texts_of(folder, table))
            ]
            (work / f"{table}.txt").write_text("".join(lines), encoding="utf-8")
        train, test = work / "train.txt", work / "test.txt"
        words = f"supervised -input {train} -output {work / 'model'} {FASTTEXT}".split()
        seconds = run([program, *words]).cpu
        with os.popen(f"{program} predict {work / 'model.bin'} {test}") as answers:
            return [line.strip().removeprefix("__label__") for line in answers], seconds


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--peers-python", type=Path, help="python with fastText")
    parser.add_argument("--json", type=Path, help="write all figures to this file as well")
    args = parser.parse_args()
    contenders: dict[str, Callable[[], Answer]] = {
        "torrential": lambda: with_torrential(args.folder),
        "LinearSVC": lambda: with_linear_svc(args.folder),
    }
    if args.peers_python:
        fasttext = args.peers_python.absolute().with_name("fasttext")
        contenders["fastText"] = lambda: with_fasttext(args.folder, fasttext)
    texts, languages = texts_of(args.folder, "test")
    edges = [*LENGTHS.values()]
    place = np.searchsorted(edges, [len(text) for text in texts], side="right") - 1
    found = {}
    for name, answer in contenders.items():
        predicted, seconds = answer()
        are_right = np.array(predicted) == np.array(languages)
        shares = [are_right[place == i].mean() for i in range(len(edges))]
        found[name] = [*(100 * share for share in [*shares, are_right.mean()]), seconds]
    rows = [
        [name, *(f"{share:.1f}" for share in shares), f"{seconds:.1f}"]
        for name, (*shares, seconds) in found.items()
    ]
    print_table("Accuracy by characters", ["", *LENGTHS, "all", "cpu s"], rows)
    write_json(args.json, {"accuracies": found})


if __name__ == "__main__":
    main()
