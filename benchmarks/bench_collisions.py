"""Measure the cost of collisions: held-out accuracy by the number of terms per column.

    python benchmarks/bench_collisions.py SET...

Each SET is a folder with train*.parquet (text and label). A fifth of its training rows is held out
by hash, with ``--splits`` different seeds; test files are not read. ``TextClassifier`` learns the
other rows with 2**10 to 2**24 columns, from single words, from words and pairs, and from characters
(2 to 4): one case each. The cost is the number of points of accuracy that are lost relative to
2**24 columns, the mean over the splits. The first table has a row for each number of terms per
column (its power of 2), over the cases that reach it; the second a row for each case. The accuracy
depends on the data and the seed alone, so there is nothing to repeat.
"""

import argparse
import math
import sys
from pathlib import Path
from statistics import mean, median, stdev
from typing import Any

import torrential as tor
from common import arguments_of_sets, print_table, training_files, write_json

BITS = range(10, 25)
LIMIT = 10_000_000
"""Bytes of a set's files, beyond which it is learned from words and words and pairs only."""

FEATURES: dict[str, dict[str, Any]] = {
    "words": {},
    "words and pairs": {"ngram_range": (1, 2)},
    "characters 2 to 4": {"analyzer": "char_wb", "ngram_range": (2, 4)},
}


def cases(folder: Path, args: argparse.Namespace) -> dict[str, list[dict[str, float]]]:
    """Return terms per column, shared mass and cost at each number of columns."""
    files = training_files(folder)
    dataset = tor.read(files, text=args.text, target=args.label)
    is_large = sum(file.stat().st_size for file in files) > LIMIT
    splits = [dataset.split(0.2, seed) for seed in range(1 if is_large else args.splits)]
    found = {}
    for name, features in FEATURES.items():
        if is_large and "analyzer" in features:
            continue
        print(f"{folder.name}, {name}", file=sys.stderr)
        points = []
        for bits in BITS:
            model = tor.TextClassifier(
                preset="fast", n_features=2**bits, n_jobs=args.n_jobs, **features
            )
            scores = [100 * model.fit(train).score(test) for train, test in splits]
            report = model.collisions()
            load = report.vocabulary / report.n_features
            points.append({"bits": bits, "load": load, "shared": report.shared_mass,
                           "scores": scores})  # fmt: skip
        most = points[-1]["scores"]
        for point in points:
            lost = [best - score for best, score in zip(most, point["scores"], strict=True)]
            point["cost"] = mean(lost)
            point["spread"] = stdev(lost) if len(lost) > 1 else math.nan
        found[f"{folder.name}, {name}"] = points
    return found


def print_loads(results: dict[str, list[dict[str, float]]]) -> None:
    """Print a row for each number of terms per column."""
    by_load: dict[int, list[dict[str, float]]] = {}
    for points in results.values():
        for point in points:
            by_load.setdefault(round(math.log2(point["load"])), []).append(point)
    rows = []
    for power, points in sorted(by_load.items()):
        costs = [point["cost"] for point in points]
        shared = median(point["shared"] for point in points)
        most = sorted(costs)[math.ceil(0.75 * len(costs)) - 1]
        cells = [f"{each:.2f}" for each in (mean(costs), median(costs), most, max(costs))]
        rows.append([f"2**{power}", len(points), f"{shared:.1%}", *cells])
    title = "Points of accuracy that collisions cost"
    names = ["terms per column", "cases", "shared", "mean", "median", "three of four", "worst"]
    print_table(title, names, rows)


def print_cases(results: dict[str, list[dict[str, float]]]) -> None:
    """Print a row for each case."""
    rows = []
    for case, points in results.items():
        costs = {point["bits"]: point["cost"] for point in points}
        terms = points[-1]["load"] * 2 ** points[-1]["bits"]
        rows.append([case, f"{terms:,.0f}", *(f"{costs[bits]:.2f}" for bits in BITS[::2])])
    print_table("Case by case", ["", "terms", *(f"2**{bits}" for bits in BITS[::2])], rows)


def main() -> None:
    parser = arguments_of_sets(__doc__, what="points")
    parser.add_argument("--splits", type=int, default=4, help="how often rows are held out")
    args = parser.parse_args()
    results: dict[str, Any] = {}
    for folder in args.folders:
        results |= cases(folder, args)
    print_loads(results)
    print_cases(results)
    write_json(args.json, results)


if __name__ == "__main__":
    main()
