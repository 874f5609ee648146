"""Measure the held-out accuracy of ``TextClassifier`` by default, and with one thing changed.

    python benchmarks/bench_defaults.py SET...

Each SET is a folder with train*.parquet (text and label). A fifth of its training rows is held out
by hash; test files are not read, so that they stay independent of the defaults. Every setting
learns the other rows in each number of passes of ``--epochs``. The first table has a row for each
setting: for each number of passes the mean difference in points from the default over the sets, and
the worst, and the processor seconds of its fits by those of the default, the median over the sets.
The second table has the accuracy on each set of the default, of the presets, and of the best
setting. The accuracy depends on the data and the seed alone, so there is nothing to repeat.
"""

import sys
import time
from collections.abc import Mapping
from pathlib import Path
from statistics import mean, median

import torrential as tor
from common import arguments_of_sets, print_table, training_files, write_json

Setting = Mapping[str, object]
Figures = dict[str, list[tuple[float, float]]]
"""Accuracy in points and processor seconds of each setting, for each number of passes."""

BOTH = ["word:1-2", "char_wb:2-5"]
DEFAULT = "default"
PRESETS: dict[str, Setting] = {
    DEFAULT: {},
    "fast": {"preset": "fast"},
    "accurate": {"preset": "accurate"},
}
CHANGES: list[Setting] = [
    {"ngram_range": (1, 1)},
    {"ngram_range": (1, 2)},
    {"ngram_range": (1, 2), "eta0": 0.2},
    {"analyzer": "char_wb"},
    {"views": BOTH},
    {"views": [BOTH[0], "char_wb:2-5:weight=0.7"]},
    {"views": [BOTH[0], "char_wb:2-5:weight=0.35"]},
    {"idf": None},
    {"n_features": 2**20},
    {"n_features": 2**21},
    {"n_features": 2**23},
    {"alpha": 0.0},
    {"C": 0.3},
    {"C": 3.0},
    {"eta0": 0.05},
    {"eta0": 0.15},
    {"eta0": 0.2},
    {"loss": "modified_huber"},
    {"loss": "hinge", "eta0": 0.3},
    {"loss": "log_loss", "eta0": 0.3, "C": 10.0},
    {"average": False},
    {"average": True},
]


def settings() -> dict[str, Setting]:
    """Return all settings by name."""
    changes = {" ".join(f"{k}={_shown(v)}" for k, v in each.items()): each for each in CHANGES}
    return PRESETS | changes


def _shown(value: object) -> str:
    if isinstance(value, list):
        return "+".join(value)
    is_power = isinstance(value, int) and not isinstance(value, bool) and value >= 2**10
    return f"2**{value.bit_length() - 1}" if is_power else str(value)  # type: ignore[union-attr]


def figures(folder: Path, text: str, label: str, epochs: list[int], n_jobs: int) -> Figures:
    """Return what all settings reach on one set."""
    train, held_out = tor.read(training_files(folder), text=text, target=label).split(test_size=0.2)
    found: Figures = {}
    for name, setting in settings().items():
        print(f"{folder.name}: {name}", file=sys.stderr)
        found[name] = []
        for passes in epochs:
            model = tor.TextClassifier(**setting, max_iter=passes, n_jobs=n_jobs)
            begin = time.process_time()
            model.fit(train)
            seconds = time.process_time() - begin
            found[name].append((100 * model.score(held_out), seconds))
    return found


def print_settings(results: dict[str, Figures], epochs: list[int]) -> None:
    """Print the table of settings."""
    rows = []
    for name in settings():
        cells = []
        for place in range(len(epochs)):
            changes = [
                found[name][place][0] - found[DEFAULT][place][0] for found in results.values()
            ]
            cells.append(f"{mean(changes):+.2f} / {min(changes):+.2f}")
        times = [found[name][-1][1] / found[DEFAULT][-1][1] for found in results.values()]
        rows.append([name, *cells, f"{median(times):.2f}"])
    header = ["", *(f"{each} passes" for each in epochs), "time"]
    print_table(f"Points by which settings differ, {len(results)} sets", header, rows)


def print_sets(results: dict[str, Figures], epochs: list[int]) -> None:
    """Print the table of sets."""
    rows = []
    for name, found in results.items():
        for place, passes in enumerate(epochs):
            best = max(found, key=lambda each: found[each][place][0])
            shown = [f"{found[each][place][0]:.2f}" for each in (*PRESETS, best)]
            rows.append([name, passes, *shown, best])
    print_table("Held-out accuracy set by set", ["", "passes", *PRESETS, "best", "with"], rows)


def main() -> None:
    parser = arguments_of_sets(__doc__, what="accuracies")
    parser.add_argument("--epochs", type=int, nargs="+", default=[1, 3, 5], help="passes")
    args = parser.parse_args()
    results = {
        folder.name: figures(folder, args.text, args.label, args.epochs, args.n_jobs)
        for folder in args.folders
    }
    print_settings(results, args.epochs)
    print_sets(results, args.epochs)
    write_json(args.json, {"epochs": args.epochs, "sets": results})


if __name__ == "__main__":
    main()
