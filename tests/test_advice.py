"""Advice from a sample, against what the whole data has."""

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

import torrential as tor
from torrential.data import from_arrays
from torrential.engine.explaining import advice


def zipf_texts(n, seed=0):
    rng = np.random.default_rng(seed)
    return [" ".join(f"w{i}" for i in rng.zipf(1.4, 60) if i < 10**8) for _ in range(n)]


def test_whole_data_is_told_as_it_is():
    texts = zipf_texts(500)
    expected = len({word for text in texts for word in text.split()})
    found = tor.advise(from_arrays(texts), tor.TextClassifier(preset="fast", n_features=2**12))
    assert found.share == 1.0
    assert found.seconds is None
    assert found.vocabulary == pytest.approx(expected, rel=0.02)
    assert found.collisions.n_features == 2**12
    assert 8 * found.vocabulary <= found.n_features < 16 * found.vocabulary


def test_vocabulary_of_all_is_extrapolated_from_a_sample(monkeypatch, tmp_path):
    texts = zipf_texts(20_000)
    table = pa.table({"text": texts, "label": ["a", "b"] * 10_000})
    parquet.write_table(table, tmp_path / "texts.parquet", row_group_size=2_000)
    monkeypatch.setattr(advice, "SAMPLE_BYTES", 1_000_000)
    dataset = tor.read(tmp_path / "texts.parquet", text="text", target="label")
    found = tor.advise(dataset, tor.TextClassifier(preset="fast"))
    expected = len({word for text in texts for word in text.split()})
    assert 0.05 < found.share < 0.5
    assert found.vocabulary == pytest.approx(expected, rel=0.25)
    assert found.seconds > 0
    assert found.memory > 2 * 4 * found.collisions.n_features
    assert "Vocabulary" in str(found)
    assert found.to_dict()["collisions"]["vocabulary"] == found.vocabulary


def test_wrong_input():
    with pytest.raises(tor.ParameterError, match="advise takes a Dataset, not list"):
        tor.advise(["text"])
    with pytest.raises(tor.DataError, match="has no rows"):
        tor.advise(from_arrays(["text"]).take(0))
