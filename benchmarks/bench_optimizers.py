"""Compare the optimizers of linear models, at their default rates and over grids of rates.

    python benchmarks/bench_optimizers.py --adult FILE --flights FILE --text FOLDER...

Each optimizer learns the rows once, in their order, with ``SGDClassifier("log_loss",
learning_rate=...)`` and without a penalty, and is scored by log loss and ROC AUC on the last tenth,
which it has not learned. The sets are those of `table_sets`: *adult* (the training file; 14
columns, numbers in bins or raw), *flights* (vega-datasets, flights-3m.parquet; the earlier four
fifths, by time) and *clicks*, which are generated; and texts (a folder with train*.parquet, text
and label of two classes) as words of unit norm.

Regret is the excess of the log loss at the default rate over the optimizer's least of the grid.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import scipy.sparse as sp
from sklearn.metrics import log_loss, roc_auc_score

import torrential as tor
from common import print_table, training_files, write_json
from table_sets import Rows, adult, clicks, flights, split

GRIDS: dict[str, list[float]] = {
    "adagrad": [0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0],
    "ftrl": [0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 5.0],
    "normalized": [0.2, 0.35, 0.5, 0.7, 1.0, 1.4, 2.0, 3.0],
    "coin": [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0],
}
"""Rates of each optimizer; its default is one of them."""

LEAST = 1e-15
"""Least probability of either class in a log loss."""


def texts(folder: Path) -> dict[str, Rows]:
    """Return the rows of a set of texts of two classes."""
    tables = [pq.read_table(file, columns=["text", "label"]) for file in training_files(folder)]
    labels = np.concatenate([table["label"].to_numpy() for table in tables])
    words = tor.HashingVectorizer(n_features=2**20)
    X = words.transform([text for table in tables for text in table["text"].to_pylist()])
    y = (labels == labels.max()).astype(np.int32)
    return {folder.name: split(sp.csr_array(X), y, shuffle=True)}


def measured(rows: Rows, name: str, eta0: float) -> dict[str, float]:
    """Return the measures of an optimizer at a rate."""
    model = tor.SGDClassifier("log_loss", alpha=0.0, learning_rate=name, eta0=eta0)
    start = time.process_time()
    try:
        model.partial_fit(rows.X, rows.y, classes=[0, 1])
    except tor.ParameterError:  # the weights grew without limit
        return {"log_loss": float("inf"), "auc": 0.5, "cpu_seconds": float("nan")}
    seconds = time.process_time() - start
    p = np.clip(model.predict_proba(rows.X_held_out)[:, 1], LEAST, 1 - LEAST)
    return {
        "log_loss": float(log_loss(rows.y_held_out, p)),
        "auc": float(roc_auc_score(rows.y_held_out, p)),
        "cpu_seconds": seconds,
    }


def results_of(sets: dict[str, Rows], optimizers: list[str]) -> Iterator[dict[str, Any]]:
    """Yield the measures of all optimizers and rates on all sets."""
    for name in optimizers:  # so that no kernel is loaded in what is timed
        some = next(iter(sets.values()))
        measured(Rows(some.X[:100], some.y[:100], some.X[:100], some.y[:100]), name, 1.0)
    for set_name, rows in sets.items():
        for name in optimizers:
            print(f"{set_name}, {name}", file=sys.stderr)
            for eta0 in GRIDS[name]:
                facts = {"set": set_name, "n_rows": len(rows.y), "optimizer": name, "eta0": eta0}
                yield facts | measured(rows, name, eta0)


def default_rate(name: str) -> float:
    """Return the rate of an optimizer when none is given."""
    return float(tor.SGDClassifier(learning_rate=name)._settings().eta0)


def print_results(results: list[dict[str, Any]], optimizers: list[str]) -> None:
    """Print log loss, regret and AUC at the defaults, and the speed."""
    by_set: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for each in results:
        by_set.setdefault(each["set"], {}).setdefault(each["optimizer"], []).append(each)
    losses, aucs, speeds = [], [], []
    worst = dict.fromkeys(optimizers, 0.0)
    for set_name, found in by_set.items():
        cells, rows = [], [set_name]
        for name, runs in found.items():
            usual = next(run for run in runs if run["eta0"] == default_rate(name))
            best = min(runs, key=lambda run: run["log_loss"])
            regret = 100 * (usual["log_loss"] / best["log_loss"] - 1)
            worst[name] = max(worst[name], regret)
            cells.append(f"{usual['log_loss']:.4f}, {regret:.1f} % ({best['eta0']:g})")
            rows.append(f"{usual['auc']:.4f} ({max(run['auc'] for run in runs):.4f})")
        losses.append([set_name, *cells])
        aucs.append(rows)
        times = {
            name: np.median([run["cpu_seconds"] for run in runs]) for name, runs in found.items()
        }
        n_rows = next(iter(found.values()))[0]["n_rows"]
        speeds.append([set_name, *(f"{n_rows / 1e6 / each:.2f}" for each in times.values())])
    header = ["", *(f"{name} ({default_rate(name):g})" for name in optimizers)]
    losses.append(["worst regret", *(f"{worst[name]:.1f} %" for name in optimizers)])
    print_table("Log loss at the default rate, regret to the best rate (and which)", header, losses)
    print_table("ROC AUC at the default rate (and the best of the grid)", header, aucs)
    print_table("Million rows for each cpu second, median over the rates", header, speeds)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--adult", type=Path, help="training file of adult")
    parser.add_argument("--flights", type=Path, help="flights-3m.parquet of vega-datasets")
    parser.add_argument("--text", type=Path, nargs="*", default=[], help="folders of texts")
    parser.add_argument("--clicks", type=int, default=1_600_000, help="rows to generate")
    parser.add_argument("--optimizers", nargs="+", choices=list(GRIDS), default=list(GRIDS))
    parser.add_argument("--json", type=Path, help="file for all measures")
    args = parser.parse_args()
    sets = adult(args.adult) if args.adult else {}
    sets |= flights(args.flights) if args.flights else {}
    sets |= clicks(args.clicks) if args.clicks else {}
    for folder in args.text:
        sets |= texts(folder)
    results = list(results_of(sets, args.optimizers))
    print_results(results, args.optimizers)
    write_json(args.json, {"results": results})


if __name__ == "__main__":
    main()
