"""scikit-learn: its documented out-of-core recipe, a loop of HashingVectorizer and ``partial_fit``.

with_sklearn.py train DATA.parquet --test TEST.parquet [--save MODEL]
with_sklearn.py predict MODEL DATA.parquet

Both have their default parameters, except for the logistic loss. The program uses one thread:
``n_jobs`` of SGDClassifier learns classes in parallel, and was slower with many classes.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import joblib
import numpy as np
import pyarrow.parquet as pq
from measure import Report, main, measured, scores
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.linear_model import SGDClassifier

ROWS_PER_BATCH = 2000


def batches(path: Path) -> Iterator[tuple[list[str], np.ndarray]]:
    """Read the texts and labels of a Parquet file in pieces."""
    for batch in pq.ParquetFile(path).iter_batches(ROWS_PER_BATCH, columns=["text", "label"]):
        yield batch["text"].to_pylist(), batch["label"].to_numpy(zero_copy_only=False)


def predicted(model: SGDClassifier, path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Predict a file; return the predictions and the labels."""
    hashing = HashingVectorizer()
    pairs = [(model.predict(hashing.transform(texts)), labels) for texts, labels in batches(path)]
    predictions, labels = zip(*pairs)
    return np.concatenate(predictions), np.concatenate(labels)


def train(args: argparse.Namespace) -> Report:
    report: Report = {}
    with measured(report):
        classes = np.unique(pq.read_table(args.data, columns=["label"])["label"].to_numpy())
        hashing = HashingVectorizer()
        model = SGDClassifier(loss="log_loss", random_state=0)
        for texts, labels in batches(args.data):
            model.partial_fit(hashing.transform(texts), labels, classes=classes)
    if args.test:
        predictions, labels = predicted(model, args.test)
        report |= scores(predictions.tolist(), labels.tolist())
    if args.save:
        joblib.dump(model, args.save)
    return report


def predict(args: argparse.Namespace) -> Report:
    report: Report = {}
    with measured(report):
        predictions, _ = predicted(joblib.load(args.model), args.data)
        report["n_rows"] = len(predictions)
    return report


if __name__ == "__main__":
    main(__doc__, train, predict)
