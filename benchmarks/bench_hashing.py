"""Time ``HashingVectorizer.transform`` against scikit-learn's, with the same output.

    python benchmarks/bench_hashing.py imdb/train.parquet debian_code/train.parquet zh/train.parquet

The arguments are Parquet files with a text column; ``--max-mb`` limits the text that is read from
each. Both vectorizers have their default settings, and run in turn in this process on a list of
``str`` in memory, as scikit-learn takes it. The matrices are compared: columns or values that
differ from scikit-learn's are an error.
"""

import statistics
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import HashingVectorizer as Reference

from common import MEGABYTE, arguments, print_table, write_json
from torrential import HashingVectorizer

WARM_UP_TEXTS = 100
TOLERANCE = 1e-6  # ours are float32, scikit-learn's float64


def read_texts(path: Path, column: str, max_mb: float) -> tuple[list[str], float]:
    """Read texts up to a size; return them and their size in MB."""
    texts: list[str] = []
    size = 0
    for batch in pq.ParquetFile(path).iter_batches(1000, columns=[column]):
        if size > max_mb * MEGABYTE:
            break
        texts += batch[column].fill_null("").to_pylist()
        size = sum(len(text.encode()) for text in texts)
    return texts, size / MEGABYTE


def check_same(ours: csr_matrix, theirs: csr_matrix) -> None:
    """Stop if the two matrices differ by more than float32 rounding."""
    difference = abs(ours - theirs)
    if difference.nnz and difference.max() > TOLERANCE:
        raise SystemExit(f"the outputs differ by up to {difference.max():.2g}")


def seconds(transform: Callable[[list[str]], csr_matrix], texts: list[str]) -> float:
    """Return the seconds of one transform."""
    start = time.perf_counter()
    transform(texts)
    return time.perf_counter() - start


def measure(texts: list[str], repeats: int, n_jobs: int) -> dict[str, list[float]]:
    """Return the seconds of every run, by contender."""
    one = HashingVectorizer(n_jobs=1).transform
    reference = Reference().transform
    check_same(one(texts), reference(texts))
    contenders = {
        "one": one,
        "many": HashingVectorizer(n_jobs=n_jobs).transform,
        "scikit-learn": reference,
    }
    for transform in contenders.values():
        transform(texts[:WARM_UP_TEXTS])
    runs: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(repeats):
        for name, transform in contenders.items():
            runs[name].append(seconds(transform, texts))
    return runs


def main() -> None:
    parser = arguments(__doc__, peers=False)
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--text", default="text", help="name of the text column")
    parser.add_argument("--max-mb", type=float, default=64, help="text to read of each file, about")
    parser.add_argument("--n-jobs", type=int, default=2, help="threads of the second measurement")
    args = parser.parse_args()
    rows, results = [], []
    for path in args.files:
        texts, size = read_texts(path, args.text, args.max_mb)
        runs = measure(texts, args.repeats, args.n_jobs)
        one, many, reference = (
            statistics.median(runs[name]) for name in ("one", "many", "scikit-learn")
        )
        name = f"{path.parent.name}/{path.name}"
        rows.append(
            [name, size, size / reference, size / one, size / many]
            + [f"{ratio:.2f}x" for ratio in (reference / one, reference / many, one / many)]
        )
        ratios = {"one": reference / one, "many": reference / many, "many_over_one": one / many}
        results.append({"file": name, "text_mb": size, "ratios": ratios, "runs": runs})
    threads = f"{args.n_jobs} threads"
    header = ["", "MB", "scikit-learn MB/s", "1 thread MB/s", f"{threads} MB/s"]
    header += ["1 thread is faster", f"{threads} is faster", f"{threads} over 1"]
    print_table("HashingVectorizer.transform, default settings", header, rows)
    write_json(args.json, {"n_jobs": args.n_jobs, "results": results})


if __name__ == "__main__":
    main()
