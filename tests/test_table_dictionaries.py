"""Dictionaries that batches share are hashed once, and never taken for others."""

import numpy as np
import pyarrow as pa
import pytest

from torrential.features.table import dictionaries
from torrential.features.table.dictionaries import hashes_of_dictionary
from torrential.features.table.settings import Column, TableSettings
from torrential.features.table.spec import TableSpec
from torrential.kernels.table.cells import missing_hash

START = np.uint64(1)


@pytest.fixture
def count(monkeypatch):
    """Return a function that hashes by length, and counts its calls."""
    monkeypatch.setattr(dictionaries, "_KNOWN", {})

    def hashes(array, start):
        hashes.n_calls += 1
        return np.array([len(text) for text in array.to_pylist()], np.uint64)

    hashes.n_calls = 0
    return hashes


def texts(n=100, last="z", kind=None):
    return pa.array(["a" * place for place in range(n - 1)] + [last], kind or pa.string())


def test_a_copy_is_not_hashed_again(count):
    first = hashes_of_dictionary(texts(), START, count)
    np.testing.assert_array_equal(hashes_of_dictionary(texts(), START, count), first)
    assert count.n_calls == 1
    hashes_of_dictionary(texts(), START + np.uint64(1), count)
    assert count.n_calls == 2


@pytest.mark.parametrize(
    "other",
    [texts(last="y"), texts(101), texts(kind=pa.large_string()), texts(101).slice(1), texts(99)],
    ids=["text", "longer", "type", "slice", "shorter"],
)
def test_another_is_hashed(other, count):
    hashes_of_dictionary(texts(), START, count)
    result = hashes_of_dictionary(other, START, count)
    assert count.n_calls == 2
    assert result[:-1].tolist() == [len(text) for text in other.to_pylist()]
    assert result[-1] == missing_hash(START)


def test_one_with_nulls_is_not_one_without(count):
    with_null = pa.array([*texts(99).to_pylist(), None])
    without = pa.array([*texts(99).to_pylist(), ""])
    hashes_of_dictionary(without, START, count)
    with pytest.raises(TypeError):  # the length of None
        hashes_of_dictionary(with_null, START, count)


def test_those_kept_are_few(count, monkeypatch):
    monkeypatch.setattr(dictionaries, "MOST_VALUES", 250)
    for start in (1, 2, 3):
        hashes_of_dictionary(texts(), np.uint64(start), count)
    assert sum(len(table) - 1 for _, table in dictionaries._KNOWN.values()) <= 250
    hashes_of_dictionary(texts(), np.uint64(3), count)
    assert count.n_calls == 3


def test_rows_are_those_of_plain_texts():
    spec = TableSpec(
        TableSettings((Column("a", "category"), Column("b", "category")), (("a", "b"),))
    )
    rng = np.random.default_rng(0)
    for values in (300, 300, 200, 5000, 5000, 10):  # more than the rows, too, and again
        words = pa.array([f"{values} {place % 150}" for place in range(values)])
        codes = [pa.array(rng.integers(0, values, 400), pa.int32()) for _ in "ab"]
        encoded = [pa.DictionaryArray.from_arrays(code, words) for code in codes]
        plain = [words.take(code) for code in codes]
        found, expected = (
            spec.encode(pa.record_batch(arrays, names=["a", "b"])).rows
            for arrays in (encoded, plain)
        )
        np.testing.assert_array_equal(found.indices, expected.indices)
