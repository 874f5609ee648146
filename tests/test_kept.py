"""Hashed rows that stay in memory from the first pass to the others."""

import datetime

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import torrential as tor
from torrential.engine.batches import encoding, kept

WORDS = np.array([f"word{i}" for i in range(200)])


@pytest.fixture
def dataset(tmp_path):
    random = np.random.default_rng(0)
    for number in range(3):
        labels = random.integers(0, 3, 400)
        texts = [" ".join(WORDS[random.integers(0, 200, 15) // (1 + label)]) for label in labels]
        path = tmp_path / f"{number}.parquet"
        pq.write_table(pa.table({"text": texts, "label": labels}), path, row_group_size=100)
    return tor.read(tmp_path, text="text", target="label")


@pytest.fixture
def n_hashed(monkeypatch):
    """The numbers of rows of all batches that are hashed."""
    found = []
    encode = encoding.encode_batch

    def counted(batch, *args):
        found.append(batch.n_rows)
        return encode(batch, *args)

    monkeypatch.setattr(encoding, "encode_batch", counted)
    return found


def fitted(dataset, **parameters):
    return tor.TextClassifier(
        n_features=2**12, n_jobs=2, **{"ngram_range": (1, 2)} | parameters
    ).fit(dataset)


def limited(monkeypatch, n_bytes):
    monkeypatch.setattr(kept.Room.__init__, "__defaults__", (n_bytes,))


def test_rows_are_hashed_once(dataset, n_hashed):
    fitted(dataset, max_iter=4)
    assert sum(n_hashed) == 1200


@pytest.mark.parametrize("idf", [None, "running", "two-pass"])
@pytest.mark.parametrize("terms", [False, True])
def test_the_model_is_the_same_without_room(dataset, monkeypatch, n_hashed, idf, terms):
    models, hashed = [], []
    for n_bytes in (2**28, 30_000, 0):
        limited(monkeypatch, n_bytes)
        n_hashed.clear()
        models.append(fitted(dataset, max_iter=3, idf=idf, terms=terms))
        hashed.append(sum(n_hashed))
    n_passes = 4 if idf == "two-pass" else 3
    assert hashed[0] <= 2400
    assert hashed[0] < hashed[1] < hashed[2] == n_passes * 1200
    for other in models[1:]:
        assert other.coef_.tobytes() == models[0].coef_.tobytes()
        assert other.intercept_.tobytes() == models[0].intercept_.tobytes()
        assert other.counts_ == models[0].counts_


def test_one_pass_keeps_nothing(dataset, monkeypatch):
    monkeypatch.setattr(kept.KeptPartition, "add", None)
    fitted(dataset, max_iter=1)


def test_a_stream_may_give_other_rows(n_hashed):
    def batches():
        for _ in range(3):
            yield {"text": ["good film", "bad film"] * 10, "label": ["yes", "no"] * 10}

    fitted(tor.read(batches, text="text", target="label"), max_iter=3)
    assert sum(n_hashed) == 180


def test_a_function_may_give_other_terms(dataset, n_hashed):
    fitted(dataset, max_iter=3, analyzer=str.split)
    assert sum(n_hashed) == 3600


def test_a_cache_keeps_rows_by_itself(dataset, tmp_path, monkeypatch):
    monkeypatch.setattr(kept.KeptPartition, "add", None)
    fitted(dataset.cache(tmp_path / "cache"), max_iter=3)


def test_labels_that_cannot_be_packed(monkeypatch, n_hashed):
    labels = [datetime.date(2020, 1, 1), datetime.date(2021, 1, 1)] * 50
    texts = ["good film", "bad film"] * 50
    table = pa.table({"text": texts, "label": pa.array(labels, pa.date32())})
    model = fitted(tor.read(table, text="text", target="label"), max_iter=3)
    assert sum(n_hashed) == 300
    limited(monkeypatch, 0)
    other = fitted(tor.read(table, text="text", target="label"), max_iter=3)
    assert other.coef_.tobytes() == model.coef_.tobytes()
