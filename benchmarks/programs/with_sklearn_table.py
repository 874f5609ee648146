"""scikit-learn: a loop of FeatureHasher and ``SGDClassifier.partial_fit``, from Parquet.

with_sklearn_table.py train FOLDER --save MODEL [--crosses no]
with_sklearn_table.py predict MODEL FOLDER

Values and crosses are texts such as ``origin=LAS``, which FeatureHasher takes; numbers are the bins
that torrential takes them to, as SGDClassifier does not learn from numbers of any size. Both have
their default parameters, except for the logistic loss and 2**22 columns.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from measure import Report, main, measured
from scipy.sparse import csr_matrix
from sklearn.feature_extraction import FeatureHasher
from sklearn.linear_model import SGDClassifier
from table_facts import facts_of
from table_quality import bins, quality

ROWS_PER_BATCH = 20_000


def features(rows: pa.RecordBatch, facts: dict[str, Any]) -> Iterator[list[str]]:
    """Yield the features of each row."""
    names = list(facts["namespaces"])
    places = {name: place for place, name in enumerate(names)}
    crosses = [[places[name] for name in cross] for cross in facts["crosses"]]
    columns = [bins(rows[name]) if name in facts["numbers"] else rows[name] for name in names]
    for values in zip(*(column.to_pylist() for column in columns)):
        row = [f"{name}={value}" for name, value in zip(names, values)]
        row += ["&".join([row[place] for place in cross]) for cross in crosses]
        yield row


def batches(path: Path, facts: dict[str, Any]) -> Iterator[tuple[csr_matrix, np.ndarray]]:
    """Read and hash the rows of a Parquet file in pieces."""
    hasher = FeatureHasher(n_features=2**22, input_type="string", dtype=np.float32)
    for rows in pq.ParquetFile(path).iter_batches(ROWS_PER_BATCH):
        labels = rows[facts["label"]].to_numpy(zero_copy_only=False) == facts["positive"]
        yield hasher.transform(features(rows, facts)), labels


def facts_with(args: argparse.Namespace) -> dict[str, Any]:
    """Return the facts, without crosses if there are to be none."""
    facts = facts_of(args.data)
    return facts if args.crosses == "yes" else {**facts, "crosses": []}


def train(args: argparse.Namespace) -> Report:
    report: Report = {}
    with measured(report):
        model = SGDClassifier(loss="log_loss", random_state=0)
        for X, y in batches(args.data / "train.parquet", facts_with(args)):
            model.partial_fit(X, y, classes=[False, True])
        joblib.dump(model, args.save)
    return report


def predict(args: argparse.Namespace) -> Report:
    report: Report = {}
    with measured(report):
        model = joblib.load(args.model)
        rows = batches(args.data / "test.parquet", facts_with(args))
        probabilities = np.concatenate([model.predict_proba(X)[:, 1] for X, _ in rows])
    return report | quality(probabilities, args.data)


if __name__ == "__main__":
    main(__doc__, train, predict, crosses="yes")
