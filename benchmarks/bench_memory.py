"""Measure how peak memory grows when the training text grows tenfold.

    python benchmarks/bench_memory.py SMALL.parquet LARGE.parquet

Two Parquet files of the same set at different sizes, for example ``prepare.py --parquet-only`` with
``--train-mb 250`` and ``--train-mb 2500``. The script trains on each in a separate process with two
threads, and prints the peak resident memory of the processes, its growth, and the peak of a process
that only imports torrential.
"""

import sys
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq

from common import (
    MEGABYTE,
    alternate,
    arguments,
    median,
    print_table,
    program,
    run,
    write_json,
)

IMPORT_ONLY = "import torrential"


def text_bytes(path: Path) -> int:
    """Return the bytes of text in a Parquet file, read in pieces."""
    batches = pq.ParquetFile(path).iter_batches(columns=["text"])
    return sum(pc.sum(pc.binary_length(batch["text"])).as_py() or 0 for batch in batches)


def main() -> None:
    parser = arguments(__doc__, peers=False)
    parser.add_argument("files", type=Path, nargs=2, metavar="FILE")
    parser.add_argument("--n-jobs", type=int, default=2)
    args = parser.parse_args()

    commands = {"import only": [sys.executable, "-c", IMPORT_ONLY]}
    for path in args.files:
        commands[str(path)] = program("torrential", "train", path, "--n-jobs", args.n_jobs)
    runs = alternate(
        {name: lambda c=command: run(c) for name, command in commands.items()}, args.repeats
    )

    def peak(name: str) -> float:
        return median(runs[name], lambda one: one.peak_rss_mb)

    small, large = map(str, args.files)
    growth = peak(large) / peak(small)
    sizes = {str(path): text_bytes(path) / MEGABYTE for path in args.files}
    rows = [
        [name, sizes.get(name), median(each), peak(name), peak(name) / peak(small)]
        for name, each in runs.items()
    ]
    print_table(
        f"Peak memory of training: {growth:.3f} times as much for "
        f"{sizes[large] / sizes[small]:.1f} times the text",
        ["", "MB of text", "seconds", "peak MiB", "ratio to the small file"],
        rows,
    )
    write_json(args.json, {"growth": growth, "text_mb": sizes, "runs": runs})


if __name__ == "__main__":
    main()
