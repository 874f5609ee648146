"""Measure the accuracy of averaged models by rounds and parts, compared with the serial learner.

    python benchmarks/bench_averaging_accuracy.py SET [SET ...] [--figure FILE]

Each SET is a folder with ``train*.parquet`` and ``test*.parquet``, columns ``text`` and ``label``.
The models learn single words with the perceptron, the log loss and the squared hinge, the last two
with AdaGrad. A table for each set shows the accuracy on the test rows after one round (one-shot
averaging) and more rounds, weighted by rows and by updates, and that of the serial learner after as
many passes. ``--figure`` draws it.
"""

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torrential as tor
from common import print_table, write_json
from torrential.engine.checkpoints.cursor import Cursor
from torrential.engine.scoring.evaluate import accuracy
from torrential.engine.training.averaging_types import Averaging, Mix
from torrential.engine.training.in_parts import train_parts
from torrential.estimators.text.settings import new_model

LEARNERS: dict[str, dict[str, Any]] = {
    "perceptron": {"loss": "perceptron", "learning_rate": "constant", "eta0": 1.0},
    "log_loss": {"loss": "log_loss", "eta0": 1.0},
    "squared_hinge": {},
}
PARTS = (1, 2, 4, 8, 16, 64)
ROUNDS = 5
SERIAL = "serial"


def read(folder: Path, which: str) -> tor.Dataset:
    """Open a part of a set."""
    return tor.read(sorted(folder.glob(f"{which}*.parquet")), text="text", target="label")


def serial(train: tor.Dataset, test: tor.Dataset, parameters: dict[str, Any]) -> list[float]:
    """Return the accuracy of the serial learner after one pass and more."""
    scores = []
    for max_iter in range(1, ROUNDS + 1):
        model = tor.TextClassifier(preset="fast", n_jobs=-1, max_iter=max_iter, **parameters)
        scores.append(model.fit(train).score(test))
    return scores


def averaged(
    train: tor.Dataset,
    test: tor.Dataset,
    parameters: dict[str, Any],
    n_parts: int,
    weighting: str,
) -> list[float]:
    """Return the accuracy of the average after each round."""
    model = new_model(tor.TextClassifier(preset="fast", **parameters).get_params())
    scores: list[float] = []

    def after_mix(cursor: Cursor, mix: Mix) -> bool:
        scores.append(accuracy(model, test, tor.Threads(-1)))
        return False

    averaging = Averaging(n_parts, ROUNDS, weighting)
    train_parts(model, train, averaging, tor.Threads(-1), after_mix=after_mix)
    return scores


def measure(folder: Path) -> dict[str, list[float]]:
    """Return the accuracies of each learner, weighting and number of parts, by name."""
    train, test = read(folder, "train"), read(folder, "test")
    scores: dict[str, list[float]] = {}
    for learner, parameters in LEARNERS.items():
        scores[f"{learner}/{SERIAL}"] = serial(train, test, parameters)
        is_adagrad = "learning_rate" not in parameters
        for weighting in ("rows", "updates") if is_adagrad else ("rows",):
            for n_parts in PARTS:
                name = f"{learner}/{weighting}/{n_parts}"
                scores[name] = averaged(train, test, parameters, n_parts, weighting)
    return scores


def table(scores: dict[str, list[float]]) -> Iterable[list[object]]:
    """Return the rows of the table, in percent."""
    for name, values in scores.items():
        learner, weighting, *parts = name.split("/")
        shown = [f"{100 * value:.2f}" for value in values]
        yield [learner, weighting, *(parts or ["-"]), *shown]


def draw(results: dict[str, dict[str, list[float]]], path: Path) -> None:
    """Draw accuracy by rounds: a row of panels for each set, a panel for each learner."""
    import matplotlib.pyplot as plt

    kinds = ["perceptron/rows", "log_loss/rows", "log_loss/updates"]
    kinds += ["squared_hinge/rows", "squared_hinge/updates"]
    figure, axes = plt.subplots(
        len(results), len(kinds), figsize=(13, 2.6 * len(results)), squeeze=False
    )
    rounds = range(1, ROUNDS + 1)
    for row, (name, scores) in zip(axes, results.items()):
        for panel, kind in zip(row, kinds):
            for place, n_parts in enumerate(PARTS):
                color = plt.get_cmap("viridis")(place / len(PARTS))
                values = [100 * score for score in scores[f"{kind}/{n_parts}"]]
                panel.plot(rounds, values, color=color, marker="o", ms=3, label=f"{n_parts}")
            learner = kind.partition("/")[0]
            values = [100 * score for score in scores[f"{learner}/{SERIAL}"]]
            panel.plot(rounds, values, color="crimson", ls="--", label=SERIAL)
            panel.set_title(kind.replace("/", ", by "), fontsize=9)
            panel.set_xticks(rounds)
        row[0].set_ylabel(f"{name}\naccuracy, %")
        bottom = min(panel.get_ylim()[0] for panel in row[1:])  # the perceptron's goes deep
        top = max(panel.get_ylim()[1] for panel in row[1:])
        for panel in row[1:]:
            panel.set_ylim(bottom, top)
    axes[-1][0].set_xlabel("rounds, or passes")
    handles, labels = axes[0][0].get_legend_handles_labels()
    figure.legend(handles, labels, title="parts", loc="center right")
    figure.tight_layout(rect=(0, 0, 0.93, 1))
    figure.savefig(path)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sets", type=Path, nargs="+", metavar="SET")
    parser.add_argument("--figure", type=Path, help="draw it to this file")
    parser.add_argument("--json", type=Path, help="write all accuracies to this file as well")
    args = parser.parse_args()
    results = {}
    for folder in args.sets:
        results[folder.name] = measure(folder)
        rounds = [f"{number} round{'s'[: number > 1]}" for number in range(1, ROUNDS + 1)]
        title = f"{folder.name}: accuracy on the test rows, %"
        print_table(title, ["learner", "weights", "parts", *rounds], table(results[folder.name]))
    if args.figure:
        draw(results, args.figure)
    write_json(args.json, {"accuracy": results})


if __name__ == "__main__":
    main()
