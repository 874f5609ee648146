"""A generated table, and the frames that its batches should become, by plain Python."""

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import parquet
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import torrential as tor

CITIES = ["JFK", "LAS", "PHL"]


def make_columns(n, seed=0):
    """Columns of trips, with nulls; being late depends on the hour and the city."""
    random = np.random.default_rng(seed)
    hour, city = random.integers(0, 24, n), random.integers(0, 4, n)
    late = hour / 12 + (city == 1) + random.normal(0, 0.3, n) > 1.5
    return {
        "city": pa.array([[*CITIES, None][code] for code in city]),
        "hour": pa.array(hour, mask=random.random(n) < 0.1),
        "miles": pa.array(random.gamma(2, 500, n)),
        "wet": pa.array(random.random(n) < 0.5),
        "late": pa.array(np.where(late, "yes", "no")),
    }


def write_files(folder, n=3000):
    """Three files of several batches each."""
    table = pa.table(make_columns(n))
    for number in range(3):
        rows = table.slice(number * n // 3, n // 3)
        parquet.write_table(rows, folder / f"{number}.parquet", row_group_size=500)
    return str(folder / "*.parquet")


def frame_of(batch):
    """The frame of a batch, by plain Python."""
    columns = {}
    for name, values in batch.columns.to_pydict().items():
        is_text = any(isinstance(value, str) for value in values)
        filled = [np.nan if value is None else value for value in values]
        columns[name] = pd.Series(filled, dtype=object if is_text else float)
    return pd.DataFrame(columns)


def by_column():
    """A transformer of every column, each by its name."""
    numbers = make_pipeline(SimpleImputer(strategy="constant", fill_value=0.0), StandardScaler())
    cities = OneHotEncoder(categories=[CITIES], handle_unknown="ignore")
    chosen = [("cities", cities, ["city"]), ("numbers", numbers, ["hour", "miles"])]
    return ColumnTransformer(chosen, remainder="passthrough")


def late(source, **options):
    return tor.read(source, target="late", **options)
