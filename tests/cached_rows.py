"""Rows for the tests of the cache, and how they compare what comes out of it."""

import random

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

import torrential as tor
from torrential.engine.batches.encoding import Encoder, hashed_batches
from torrential.engine.progress.measured import measured
from torrential.features.settings import HashSettings
from torrential.features.spec import Observe
from torrential.features.text.views_spec import text_spec
from torrential.features.views import parse_views

WORDS = ["good", "bad", "film", "plot", "very", "dull", "Straße", "naïve", "中文电影", "x1", "the"]
SPECS = [
    text_spec(settings)
    for settings in (
        HashSettings(n_features=2**12),
        HashSettings(ngram_range=(1, 3), norm="l1", sublinear_tf=True, binary=False),
        HashSettings(analyzer="char_wb", ngram_range=(2, 4), alternate_sign=False),
        HashSettings(stop_words=["the", "and"], binary=True, norm=None, strip_accents="unicode"),
        HashSettings(n_features=3000, views=parse_views("word:1-2+char_wb:2-4:weight=0.5+char:3")),
    )
]


def rows_of(n, seed=0):
    choose = random.Random(seed)
    texts = [" ".join(choose.choices(WORDS, k=choose.randrange(12))) for _ in range(n)]
    return pa.table(
        {
            "text": pa.array([None if i % 97 == 5 else text for i, text in enumerate(texts)]),
            "label": pa.array([None if i % 31 == 7 else f"c{i % 3}" for i in range(n)]),
            "weight": pa.array([1.0 + i % 4 for i in range(n)]),
            "group": pa.array([i // 10 for i in range(n)]),
        }
    )


def write_files(folder):
    pq.write_table(rows_of(4000), folder / "a.parquet", row_group_size=1500)
    pa.csv.write_csv(rows_of(1000, 1), folder / "b.csv")
    return [str(folder / "a.parquet"), str(folder / "b.csv")]


def dataset_of(files, **options):
    return tor.read(files, text="text", target="label", weight="weight", **options)


OBSERVED = Observe(vocabulary=True)


def batches_of(dataset, spec, n_jobs=2, observe=OBSERVED):
    return list(
        hashed_batches(measured(dataset.partitions()), Encoder(spec, observe=observe), n_jobs)
    )


def assert_same_batches(first, second):
    assert len(first) == len(second)
    for one, other in zip(first, second):
        for name in ("n_bytes", "n_malformed", "n_invalid", "n_null", "place", "n_like_it"):
            assert getattr(one, name) == getattr(other, name)
        for name in ("data", "indices", "indptr"):
            a, b = getattr(one.rows, name), getattr(other.rows, name)
            assert a.dtype == b.dtype
            assert a.tobytes() == b.tobytes()
        assert (one.target is None) == (other.target is None)
        if one.target is not None:
            np.testing.assert_array_equal(one.target.codes, other.target.codes)
            assert list(map(repr, one.target.values)) == list(map(repr, other.target.values))
        np.testing.assert_array_equal(one.weight, other.weight)
        np.testing.assert_array_equal(one.registers, other.registers)
