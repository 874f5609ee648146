"""dask-ml: its HashingVectorizer over a bag of texts, and SGDClassifier in its Incremental.

with_dask.py train DATA.parquet --test TEST.parquet [--threads 2]

The bag has a partition for each row group, and SGDClassifier learns them in order. All parameters
are defaults, except for the logistic loss and the rows, which are not shuffled. Dask's threads hash
one partition while another one is learned. Rows are in the memory of this process.
"""

import argparse
from pathlib import Path
from typing import Any

import dask
import dask.array as da
import dask.bag as db
import numpy as np
import pyarrow.parquet as pq
from dask_ml.feature_extraction.text import HashingVectorizer
from dask_ml.wrappers import Incremental
from measure import Report, main, measured, scores
from sklearn.linear_model import SGDClassifier


def hashed(path: Path) -> Any:
    """Return the hashed texts of a Parquet file, a block for each row group, not computed yet."""

    @dask.delayed
    def texts(group: int) -> list[str]:
        return pq.ParquetFile(path).read_row_group(group, columns=["text"])["text"].to_pylist()

    groups = range(pq.ParquetFile(path).num_row_groups)
    return HashingVectorizer().transform(db.from_delayed([texts(group) for group in groups]))


def labels_of(path: Path) -> np.ndarray:
    """Read the labels of a Parquet file."""
    return pq.read_table(path, columns=["label"])["label"].to_numpy()


def sizes(path: Path) -> tuple[int, ...]:
    """Return the number of rows of each row group."""
    metadata = pq.ParquetFile(path).metadata
    return tuple(metadata.row_group(group).num_rows for group in range(metadata.num_row_groups))


def train(args: argparse.Namespace) -> Report:
    report: Report = {}
    dask.config.set(scheduler="threads", num_workers=args.threads)
    with measured(report):
        labels = labels_of(args.data)
        y = da.from_array(labels, chunks=(sizes(args.data),))
        learner = SGDClassifier(loss="log_loss", random_state=0)
        model = Incremental(learner, shuffle_blocks=False)
        model.fit(hashed(args.data), y, classes=np.unique(labels))
    if args.test:
        blocks = hashed(args.test).to_delayed().ravel()
        predicted = [model.estimator_.predict(block.compute()) for block in blocks]
        report |= scores(np.concatenate(predicted).tolist(), labels_of(args.test).tolist())
    return report


if __name__ == "__main__":
    main(__doc__, train, threads=2)
