r"""Write the files of the benchmarks: one labeled set, enlarged, in every contender's format.

    python benchmarks/prepare.py TRAIN.parquet TEST.parquet FOLDER [--train-mb 250]

The training set is repeated until it has ``--train-mb`` of text, each copy in another order, and
so is the test set for the prediction benchmark. The folder then contains

    {train,test,predict}.parquet     text and label, zstd, in row groups
    {train,test,predict}.tokens.txt  fastText lines: __label__X and the lower-cased \w\w+ tokens
    {train,test,predict}.vw          the same tokens for Vowpal Wabbit: -1, 1 or a class's number
    train.raw.txt                    fastText lines of the text as it is, white space made single
    facts.json                       number of classes; rows and bytes of text of each part, and the
                                     processor seconds to write each text format

TRAIN and TEST can be patterns for several files, in quotes: "set/train*.parquet". All formats hold
the same rows in the same order. Sizes are of the raw UTF-8 text, in 10**6 bytes.
"""

import argparse
import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

TOKEN = re.compile(r"\b\w\w+\b")
MEGABYTE = 10**6


def tokens(text: str) -> str:
    """Return the tokens that scikit-learn would hash, separated by spaces."""
    return " ".join(TOKEN.findall(text.lower()))


@dataclass(frozen=True)
class Classes:
    """The labels of a set, and how each format writes them."""

    labels: list[object]

    def fasttext(self, label: object) -> str:
        """Write a label without spaces."""
        return "__label__" + "_".join(str(label).split())

    def vowpal(self, label: object) -> str:
        """Write -1 or 1 for two classes, else a number from 1."""
        position = self.labels.index(label)
        return str(position + 1) if len(self.labels) > 2 else ("-1", "1")[position]


def tokens_line(classes: Classes, label: object, text: str) -> str:
    return f"{classes.fasttext(label)} {tokens(text)}\n"


def vowpal_line(classes: Classes, label: object, text: str) -> str:
    return f"{classes.vowpal(label)} |t {tokens(text)}\n"


def raw_line(classes: Classes, label: object, text: str) -> str:
    return f"{classes.fasttext(label)} {' '.join(text.split())}\n"


LINES: dict[str, Callable[[Classes, object, str], str]] = {
    "tokens.txt": tokens_line,
    "vw": vowpal_line,
    "raw.txt": raw_line,
}


def text_bytes(table: pa.Table) -> int:
    """Bytes of UTF-8 text in a table."""
    return pc.sum(pc.binary_length(table["text"])).as_py()


def repeated(table: pa.Table, megabytes: float, seed: int) -> Iterator[pa.Table]:
    """Yield the table in different orders until there is enough text, at least once."""
    generator = np.random.default_rng(seed)
    copies = max(1, -int(-megabytes * MEGABYTE // text_bytes(table)))
    for _ in range(copies):
        yield table.take(pa.array(generator.permutation(table.num_rows)))


def write(
    copies: Iterator[pa.Table],
    stem: Path,
    formats: list[str],
    classes: Classes,
    rows_per_group: int,
) -> dict[str, Any]:
    """Write the copies in each format; return their rows, bytes of text, and seconds of writing."""
    facts = {"n_rows": 0, "text_bytes": 0, "writing_s": dict.fromkeys(formats, 0.0)}
    with ExitStack() as stack:
        parquet: pq.ParquetWriter | None = None
        outputs = [
            (name, stack.enter_context(stem.with_suffix(f".{name}").open("w", encoding="utf-8")))
            for name in formats
        ]
        for copy in copies:
            if parquet is None:
                path = stem.with_suffix(".parquet")
                parquet = stack.enter_context(
                    pq.ParquetWriter(path, copy.schema, compression="zstd")
                )
            parquet.write_table(copy, row_group_size=rows_per_group)
            facts["n_rows"] += copy.num_rows
            facts["text_bytes"] += text_bytes(copy)
            for batch in copy.to_batches(max_chunksize=rows_per_group) if outputs else []:
                rows = list(zip(batch["label"].to_pylist(), batch["text"].to_pylist()))
                for name, output in outputs:
                    start = time.process_time()
                    output.writelines(LINES[name](classes, label, text) for label, text in rows)
                    facts["writing_s"][name] += time.process_time() - start
    return facts


def read(path: Path, text: str, label: str) -> pa.Table:
    """Read a set's text and label, without rows that have no label."""
    files = sorted(path.parent.glob(path.name)) or [path]
    table = pq.read_table(files, columns=[text, label]).rename_columns(["text", "label"])
    table = table.set_column(0, "text", pc.fill_null(table["text"].cast(pa.large_string()), ""))
    return table.filter(table["label"].is_valid())


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("train", type=Path)
    parser.add_argument("test", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--text", default="text", help="name of the text column")
    parser.add_argument("--label", default="label", help="name of the label column")
    parser.add_argument("--train-mb", type=float, default=250, help="text to train on, at least")
    parser.add_argument("--predict-mb", type=float, default=250, help="text to predict, at least")
    parser.add_argument("--rows-per-group", type=int, default=20_000)
    parser.add_argument("--parquet-only", action="store_true")
    args = parser.parse_args()

    train, test = read(args.train, args.text, args.label), read(args.test, args.text, args.label)
    labels = pa.concat_arrays([*train["label"].chunks, *test["label"].chunks]).unique().to_pylist()
    classes = Classes(sorted(labels))
    args.folder.mkdir(parents=True, exist_ok=True)
    both = [] if args.parquet_only else ["tokens.txt", "vw"]
    raw = [] if args.parquet_only else ["raw.txt"]
    parts = {
        "train": (repeated(train, args.train_mb, seed=1), both + raw),
        "test": (iter([test]), both),
        "predict": (repeated(test, args.predict_mb, seed=2), both),
    }
    facts: dict[str, object] = {"n_classes": len(classes.labels)}
    for part, (copies, formats) in parts.items():
        facts[part] = write(copies, args.folder / part, formats, classes, args.rows_per_group)
        print(f"{part}: {facts[part]}")
    (args.folder / "facts.json").write_text(json.dumps(facts, indent=1) + "\n")


if __name__ == "__main__":
    main()
