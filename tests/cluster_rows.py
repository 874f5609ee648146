"""Rows for the tests on a cluster, and how they compare models."""

import gzip

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

import torrential as tor

RANDOM = np.random.default_rng(0)
N_ROWS = 1_200
WORDS = np.array([f"word{i}" for i in range(400)])
CODES = RANDOM.integers(0, 5, N_ROWS)
FIVE = np.array(["ant", "bee", "cow", "dog", "eel"])[CODES]
TWO = np.where(CODES < 2, "few", "more")


def make_text(code):
    chances = 1 / (1 + (np.arange(400) + 80 * code) % 400)
    return " ".join(RANDOM.choice(WORDS, 12, p=chances / chances.sum()))


TEXTS = [make_text(code) for code in CODES]
MODEL = {"n_features": 2**12, "random_state": 0}
COLUMNS = {"text": "text", "target": "label"}


def write_files(folder):
    """A Parquet file of several row groups, and CSV files that are one part each."""
    table = pa.table({"text": TEXTS, "label": FIVE, "number": np.arange(N_ROWS)})
    pq.write_table(table, folder / "rows.parquet", row_group_size=170)
    for place, begin in enumerate(range(0, N_ROWS, 500)):
        cut = slice(begin, begin + 500)
        lines = [f"{text},{label}" for text, label in zip(TEXTS[cut], TWO[cut], strict=True)]
        content = "\n".join(["text,label", *lines]).encode()
        (folder / f"rows{place}.csv.gz").write_bytes(gzip.compress(content))
    return folder


def data_of(kind, files):
    """What ``fit`` takes."""
    return {
        "parquet": lambda: (tor.read(files / "rows.parquet", **COLUMNS),),
        "csv": lambda: (tor.read(files / "*.csv.gz", **COLUMNS),),
        "texts": lambda: (TEXTS, FIVE),
        "two": lambda: (np.array(TEXTS, object), TWO),
    }[kind]()


def assert_same(model, other):
    """Equal to the bit."""
    arrays, header = model.model_.state()
    others, other_header = other.model_.state()
    assert header == other_header
    assert arrays.keys() == others.keys()
    for name, array in arrays.items():
        np.testing.assert_array_equal(array, others[name], err_msg=name)
