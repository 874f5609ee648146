"""LightGBM: boosted trees on all rows in memory, the reference of quality.

with_lightgbm_table.py train FOLDER --save MODEL [--trees 100]
with_lightgbm_table.py predict MODEL FOLDER

Categories are numbered by how frequent they are; those after the first 1,000 are one. Trees find
combinations themselves, so there are no crosses. All other parameters are the defaults.
"""

import argparse
from pathlib import Path
from typing import Any

import joblib
import lightgbm
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from measure import Report, main, measured
from table_facts import facts_of
from table_quality import quality

MOST_VALUES = 1000


def frequent(column: pa.ChunkedArray) -> pa.Array:
    """Return the most frequent values."""
    counted = pc.value_counts(column)
    order = pc.array_sort_indices(counted.field("counts"), order="descending")
    return counted.field("values").take(order[:MOST_VALUES])


def matrix(table: pa.Table, values: dict[str, pa.Array]) -> np.ndarray:
    """Return a column for each of the table's: the place of a value, or the number."""
    columns = [
        pc.fill_null(pc.index_in(table[name], values[name]), MOST_VALUES)
        if name in values
        else table[name]
        for name in table.column_names
    ]
    return np.column_stack([column.to_numpy().astype(np.float32) for column in columns])


def train(args: argparse.Namespace) -> Report:
    report: Report = {}
    with measured(report):
        facts = facts_of(args.data)
        table = pq.read_table(args.data / "train.parquet")
        labels = pc.equal(table[facts["label"]], facts["positive"]).to_numpy()
        table = table.drop_columns([facts["label"]])
        categories = [name for name in table.column_names if name not in facts["numbers"]]
        values = {name: frequent(table[name]) for name in categories}
        places = [table.column_names.index(name) for name in categories]
        rows = lightgbm.Dataset(matrix(table, values), labels, categorical_feature=places)
        parameters = {"objective": "binary", "verbosity": -1, "num_threads": args.n_jobs}
        booster = lightgbm.train(parameters, rows, args.trees)
        joblib.dump((booster, values), args.save)
    return report


def predict(args: argparse.Namespace) -> Report:
    report: Report = {}
    with measured(report):
        booster, values = joblib.load(args.model)
        label = facts_of(args.data)["label"]
        table = pq.read_table(Path(args.data, "test.parquet")).drop_columns([label])
        probabilities: Any = booster.predict(matrix(table, values))
    return report | quality(probabilities, args.data)


if __name__ == "__main__":
    main(__doc__, train, predict, n_jobs=2, trees=100)
