"""Measure rates of ``TableClassifier`` on held-out rows of the training parts, in 1 and 3 passes.

    python benchmarks/bench_table_defaults.py FOLDER ... [--rates 0.05 0.2] [--optimizer adagrad]

Each FOLDER was written by prepare_tables.py; its test part is not read. The last tenth of the
training rows is held out if the folder is named in ``--later``, else a random fifth. Each table is
learned without and with its crosses; one without any gets all pairs of its columns.
"""

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from sklearn.metrics import log_loss, roc_auc_score

import torrential as tor
from common import facts, print_table, write_json

RATES = [0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5]
PASSES = [1, 3]


def parts(folder: Path, *, later: bool) -> tuple[tor.Dataset, tor.Dataset]:
    """Return the rows to learn and those that are held out."""
    path, target = folder / "train.parquet", facts(folder)["label"]
    if later:
        n = facts(folder)["n_train"] * 9 // 10
        later_rows = pq.read_table(path).slice(n)
        return tor.read(path, target=target).take(n), tor.read(later_rows, target=target)
    return tor.read(path, target=target).split(test_size=0.2)


def quality(model: tor.TableClassifier, held: tor.Dataset, positive: object) -> dict[str, float]:
    """Return log loss and area of held-out rows."""
    labels = [label for batch in held.batches() for label in batch.target.to_pylist()]
    is_positive = np.array([label == positive for label in labels])
    chances = model.predict_proba(held)[:, model.classes_.tolist().index(positive)]
    return {"log_loss": log_loss(is_positive, chances), "auc": roc_auc_score(is_positive, chances)}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--later", nargs="*", default=["flights"])
    parser.add_argument("--rates", type=float, nargs="+", default=RATES)
    parser.add_argument("--optimizer", default="adagrad")
    parser.add_argument("--n-jobs", type=int, default=2)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    results: list[dict[str, Any]] = []
    for folder in args.folders:
        known = facts(folder)
        learn, held = parts(folder, later=folder.name in args.later)
        for crosses in (None, [tuple(each) for each in known["crosses"]] or [("*", "*")]):
            title = f"{folder.name}, {'with' if crosses else 'without'} crosses"
            rows = []
            for rate in args.rates:
                found = []
                for n in PASSES:
                    model = tor.TableClassifier(
                        kinds=known["kinds"], crosses=crosses, optimizer=args.optimizer,
                        eta0=rate, max_iter=n, n_jobs=args.n_jobs,
                    ).fit(learn)  # fmt: skip
                    found.append(quality(model, held, known["positive"]))
                    results.append({"set": title, "eta0": rate, "passes": n, **found[-1]})
                losses = [f"{each['log_loss']:.4f}" for each in found]
                rows.append([rate, *losses, *(f"{each['auc']:.4f}" for each in found)])
            header = ["eta0", *(f"log loss, {n}" for n in PASSES), *(f"AUC, {n}" for n in PASSES)]
            print_table(f"{title}, {args.optimizer}, by passes", header, rows)
    write_json(args.json, {"results": results})


if __name__ == "__main__":
    main()
