"""Read the text of a Parquet file and do nothing with it.

read_only.py {pyarrow,torrential} FILE.parquet
"""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from measure import Report, measured

import torrential as tor


def with_pyarrow(path: Path) -> Iterator[pa.Array]:
    for batch in pq.ParquetFile(path).iter_batches(columns=["text"], use_threads=False):
        yield batch["text"]


def with_torrential(path: Path) -> Iterator[pa.Array]:
    for batch in tor.read(path, text="text", target="label").batches():
        yield batch.text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("reader", choices=["pyarrow", "torrential"])
    parser.add_argument("path", type=Path)
    args = parser.parse_args()
    reader = with_pyarrow if args.reader == "pyarrow" else with_torrential
    report: Report = {}
    with measured(report):
        report["n_rows"] = sum(len(texts) for texts in reader(args.path))
    print(json.dumps(report))


if __name__ == "__main__":
    main()
