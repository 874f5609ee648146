"""Time words and characters in one row against scikit-learn's FeatureUnion of two vectorizers.

    python benchmarks/bench_views.py imdb/train.parquet --max-mb 8

``HashingVectorizer(views=["word:1-2", "char_wb:2-5"])`` on one thread, next to each view alone, and
to two of scikit-learn's vectorizers in a FeatureUnion. The texts are a list of ``str`` in memory.
All run in this process, in turn; the time is that of the processor. The products of some rows are
compared: other ones than scikit-learn's are an error.
"""

import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import HashingVectorizer as Reference
from sklearn.pipeline import FeatureUnion

from bench_hashing import WARM_UP_TEXTS, read_texts
from common import arguments, print_table, write_json
from torrential import HashingVectorizer

N_FEATURES = 2**22
VIEWS = ["word:1-2", "char_wb:2-5"]
COMPARED, TOLERANCE = 200, 1e-3
FEW_COLLISIONS = 2**30
UNION = "scikit-learn's union"


def union(n_features: int = N_FEATURES) -> FeatureUnion:
    """Return scikit-learn's two vectorizers in one."""
    words = Reference(ngram_range=(1, 2), n_features=n_features)
    characters = Reference(analyzer="char_wb", ngram_range=(2, 5), n_features=n_features)
    return FeatureUnion([("words", words), ("characters", characters)])


def ours(views: list[str]) -> Callable[[list[str]], object]:
    """Return the transform of our vectorizer."""
    return HashingVectorizer(views=views, n_features=N_FEATURES, n_jobs=1).transform


def check_same(texts: list[str]) -> None:
    """Stop if products of rows differ by more than a few collisions explain."""
    hasher = HashingVectorizer(views=VIEWS, n_features=FEW_COLLISIONS)
    products = []
    for each in (hasher, union(FEW_COLLISIONS)):
        rows = each.fit_transform(texts[:COMPARED])
        columns, places = np.unique(rows.indices, return_inverse=True)
        shape = rows.shape[0], len(columns)
        used = csr_matrix((rows.data, places, rows.indptr), shape=shape)
        products.append((used @ used.T).toarray())
    difference = np.abs(products[0] - products[1]).max()
    if difference > TOLERANCE:
        raise SystemExit(f"the products of rows differ by up to {difference:.2g}")


def measure(texts: list[str], repeats: int) -> dict[str, list[float]]:
    """Return the seconds of every run, by contender; of scikit-learn's one run."""
    check_same(texts)
    contenders = {
        "words": ours(["word:1"]),
        "words and pairs": ours(VIEWS[:1]),
        "characters": ours(VIEWS[1:]),
        "both": ours(VIEWS),
        UNION: union().fit_transform,
    }
    for transform in contenders.values():
        transform(texts[:WARM_UP_TEXTS])
    runs: dict[str, list[float]] = {name: [] for name in contenders}
    for number in range(repeats):
        for name, transform in contenders.items():
            if number == 0 or name != UNION:
                start = time.process_time()
                transform(texts)
                runs[name].append(time.process_time() - start)
    return runs


def main() -> None:
    parser = arguments(__doc__, peers=False, repeats=5)
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--text", default="text", help="name of the text column")
    parser.add_argument("--max-mb", type=float, default=16, help="text to read of each file, about")
    args = parser.parse_args()
    results = []
    for path in args.files:
        texts, size = read_texts(path, args.text, args.max_mb)
        runs = measure(texts, args.repeats)
        medians = {name: statistics.median(each) for name, each in runs.items()}
        least = {name: min(each) for name, each in runs.items()}
        name = f"{path.parent.name}/{path.name}"
        rows = [
            [each, size / seconds, size / least[each], f"{medians[UNION] / seconds:.1f}x"]
            for each, seconds in medians.items()
        ]
        header = ["", "MB/s", "at best", f"times {UNION}"]
        print_table(f"HashingVectorizer(views=...), {name}, {size:.0f} MB", header, rows)
        ratios = {each: medians[UNION] / seconds for each, seconds in medians.items()}
        results.append({"file": name, "text_mb": size, "ratios": ratios, "runs": runs})
    write_json(args.json, {"results": results})


if __name__ == "__main__":
    main()
