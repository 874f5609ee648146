"""torrential: train on a dataset and score another, or predict a dataset with a saved model.

with_torrential.py train DATA --test TEST [--save MODEL] [--n-jobs 2] [--params JSON]
with_torrential.py predict MODEL DATA [--n-jobs 2]

--params has parameters of TextClassifier as an object in JSON, by default those of one fast pass.
"""

import argparse
import json
from pathlib import Path
from typing import Any

from measure import Report, main, measured, scores

import torrential as tor


def read(path: Path) -> tor.Dataset:
    """Open a prepared file; a text file has fastText's ``__label__`` lines."""
    if path.suffix == ".txt":
        return tor.read(path)
    return tor.read(path, text="text", target="label")


def load_kernels(**params: Any) -> None:
    """Load the compiled kernels, as an import would; bench_startup.py measures the time."""
    tor.TextClassifier(**params).fit(["un café", "a good film"], [0, 1])


def scored(model: tor.TextClassifier, test: tor.Dataset) -> Report:
    """Compare the predictions of a dataset with its labels."""
    labels = [label for batch in test.batches() for label in batch.target.to_pylist()]
    return scores(model.predict(test).tolist(), labels)


def train(args: argparse.Namespace) -> Report:
    report: Report = {}
    params = json.loads(args.params)
    load_kernels(**params)
    model = tor.TextClassifier(n_jobs=args.n_jobs, **params)
    with measured(report):
        model.fit(read(args.data))
    if args.test:
        report |= scored(model, read(args.test))
    if args.save:
        model.save(args.save)
    return report


def predict(args: argparse.Namespace) -> Report:
    report: Report = {}
    load_kernels()
    with measured(report):
        model = tor.load(args.model).set_params(n_jobs=args.n_jobs)
        report["n_rows"] = len(model.predict(read(args.data)))
    return report


if __name__ == "__main__":
    main(__doc__, train, predict, n_jobs=2, params='{"preset": "fast"}')
