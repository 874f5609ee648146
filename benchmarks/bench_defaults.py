"""Measure the held-out accuracy of the defaults of ``TextClassifier``.

    python benchmarks/bench_defaults.py SET...

Each SET is a folder with train*.parquet (text and label). A fifth of its training rows is held out
by hash; test files are not read, so that they stay independent of the defaults. Every setting
learns the other rows of every set in one pass (or ``--epochs`` passes), once from single words and
once from words and pairs of words: one case each. Regret is the number of points of accuracy by
which a setting is below the best setting of its case. The first table has a row for each setting,
with the mean and the worst regret over the cases; the second a row for each case. The accuracy
depends on the data and the seed alone, so there is nothing to repeat.
"""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from statistics import mean

import torrential as tor
from common import arguments_of_sets, print_table, training_files, write_json

Setting = Mapping[str, object]
Accuracies = dict[str, list[float]]
"""Of each case by name, for the settings in order, in points."""

DEFAULTS = tor.TextClassifier().get_params()
CHANGES: list[Setting] = [
    {"loss": "squared_hinge", "eta0": 0.1},
    {"loss": "squared_hinge", "eta0": 0.2},
    {"loss": "squared_hinge", "eta0": 0.5},
    {"loss": "modified_huber", "eta0": 0.2},
    {"loss": "modified_huber", "eta0": 0.5},
    {"loss": "hinge", "eta0": 0.5},
    {"loss": "hinge", "eta0": 1.0},
    {"loss": "log_loss", "eta0": 0.5},
    {"loss": "log_loss", "eta0": 1.0},
    {"loss": "squared_hinge", "eta0": 0.5, "average": True},
    {"loss": "modified_huber", "eta0": 0.5, "average": True},
    {"loss": "hinge", "eta0": 0.5, "average": True},
    {"loss": "log_loss", "eta0": 1.0, "average": True},
    {"loss": "squared_hinge", "eta0": 0.5, "learning_rate": "constant"},
    {"loss": "squared_hinge", "eta0": 1.0, "learning_rate": "invscaling", "power_t": 0.25},
    {"loss": "hinge", "eta0": 1.0, "learning_rate": "pa1"},
    {"loss": "hinge", "alpha": 1e-5, "learning_rate": "optimal"},
    {"alpha": 1e-6},
    {"alpha": 1e-5},
    {"alpha": 1e-4},
]
SHOWN = ["loss", "learning_rate", "eta0", "average", "alpha"]
NGRAMS = [(1, 1), (1, 2)]


def settings() -> list[Setting]:
    """Return the grid in full, and the defaults at its head if they are not in it."""
    names = {name for change in CHANGES for name in change}
    defaults = {name: DEFAULTS[name] for name in names}
    grid = [{**defaults, **change} for change in CHANGES]
    return grid if defaults in grid else [defaults, *grid]


def is_default(setting: Setting) -> bool:
    """Return whether a setting is the default."""
    return all(DEFAULTS[name] == value for name, value in setting.items())


def accuracies(folder: Path, grid: list[Setting], args: argparse.Namespace) -> Accuracies:
    """Return the held-out accuracy of all settings on one set, for each n-gram range."""
    files = training_files(folder)
    dataset = tor.read(files, text=args.text, target=args.label)
    train, held_out = dataset.split(test_size=0.2)
    result: Accuracies = {}
    for ngram_range in NGRAMS:
        case = f"{folder.name}, n-grams {ngram_range[0]} to {ngram_range[1]}"
        print(case, file=sys.stderr)
        model = tor.TextClassifier(
            ngram_range=ngram_range, max_iter=args.epochs, n_jobs=args.n_jobs
        )
        result[case] = [
            100 * model.set_params(**setting).fit(train).score(held_out) for setting in grid
        ]
    return result


def print_settings(grid: list[Setting], results: Accuracies, epochs: int) -> None:
    """Print the table of settings."""
    rows = []
    for number, setting in enumerate(grid):
        reached = [case[number] for case in results.values()]
        regrets = [max(case) - case[number] for case in results.values()]
        rows.append(
            [
                *(f"{setting[name]:g}" if name == "alpha" else setting[name] for name in SHOWN),
                f"{mean(reached):.2f}",
                f"{mean(regrets):.2f} / {max(regrets):.2f}",
                "default" if is_default(setting) else "",
            ]
        )
    passes = "one pass" if epochs == 1 else f"{epochs} passes"
    title = f"Held-out accuracy of settings, {passes}, {len(results)} cases"
    print_table(title, [*SHOWN, "mean accuracy", "regret, mean / worst", ""], rows)


def print_cases(grid: list[Setting], results: Accuracies) -> None:
    """Print the table of cases: the defaults and the best setting."""
    default = next(number for number, setting in enumerate(grid) if is_default(setting))
    rows = []
    for case, reached in results.items():
        best = grid[reached.index(max(reached))]
        changed = {name: value for name, value in best.items() if value != DEFAULTS[name]}
        cells = [f"{reached[default]:.2f}", f"{max(reached):.2f}"]
        rows.append([case, *cells, ", ".join(f"{k}={v}" for k, v in changed.items())])
    print_table("The defaults case by case", ["", "defaults", "best", "with"], rows)


def main() -> None:
    parser = arguments_of_sets(__doc__, what="accuracies")
    parser.add_argument("--epochs", type=int, default=1, help="passes over the training rows")
    args = parser.parse_args()
    grid = settings()
    results: Accuracies = {}
    for folder in args.folders:
        results |= accuracies(folder, grid, args)
    print_settings(grid, results, args.epochs)
    print_cases(grid, results)
    write_json(args.json, {"epochs": args.epochs, "settings": grid, "accuracies": results})


if __name__ == "__main__":
    main()
