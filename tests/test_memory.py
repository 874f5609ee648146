"""Memoized calls share the folder and the limit of the cache of hashed rows."""

import time

import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import SGDClassifier
from sklearn.pipeline import make_pipeline

import torrential as tor
from torrential.persistence.cache_folder import CacheFolder

CALLS = []


def expensive(n):
    CALLS.append(n)
    return np.arange(n)


@pytest.fixture(autouse=True)
def no_calls():
    CALLS.clear()


def size_of(folder):
    return sum(each.stat().st_size for each in folder.rglob("*") if each.is_file())


def test_a_call_is_made_once(tmp_path):
    for _ in range(2):
        function = tor.memory(tmp_path).cache(expensive)
        np.testing.assert_array_equal(function(5), np.arange(5))
        function(6)
    assert CALLS == [5, 6]


def test_a_dataset_is_an_argument(tmp_path):
    (tmp_path / "a.csv").write_text("text,label\n" + "good,1\nbad,0\n" * 50)
    memory, counts = tor.memory(tmp_path / "cache"), []

    def count():
        dataset = tor.read(tmp_path / "a.csv", text="text").cache(tmp_path / "cache")
        counts.append(memory.cache(_count_rows)(dataset))
        return len(CALLS)

    assert [count(), count()] == [1, 1]
    with (tmp_path / "a.csv").open("a") as file:
        file.write("dull,0\n")
    assert count() == 2
    assert counts == [100, 100, 101]


def _count_rows(dataset):
    CALLS.append(dataset)
    return sum(batch.n_rows for batch in dataset.batches())


def test_the_limit_is_kept(tmp_path):
    function = tor.memory(tmp_path, limit="100 KB").cache(expensive)
    for n in range(2000, 2020):
        function(n)
        assert size_of(tmp_path / "calls") < 130_000  # the code of functions is not counted
        time.sleep(0.01)
    CALLS.clear()
    function(2019)
    assert CALLS == []
    function(2000)
    assert CALLS == [2000]


def test_what_was_read_again_stays(tmp_path):
    function = tor.memory(tmp_path, limit="60 KB").cache(expensive)
    function(2000)
    for n in range(2001, 2008):
        time.sleep(0.01)
        function(2000)
        time.sleep(0.01)
        function(n)
    assert list(range(2000, 2008)) == CALLS


def test_calls_and_rows_make_room_for_each_other(tmp_path):
    function = tor.memory(tmp_path, limit="80 KB").cache(expensive)
    function(8000)
    time.sleep(0.02)
    texts = [f"word{i} word{i % 77} and more words{i % 13}" for i in range(1500)]
    dataset = tor.read({"text": texts, "label": ["a", "b", "c"] * 500}, text="text", target="label")
    model = tor.TextClassifier(preset="fast").fit(dataset.cache(tmp_path, "80 KB"))
    entries = CacheFolder(str(tmp_path), 80_000).entries()
    assert [each.path.suffix for each in entries] == [".records"]
    assert sum(each.n_bytes for each in entries) <= 80_000
    function(8000)
    assert CALLS == [8000, 8000]
    assert model.score(dataset) > 0


def test_a_pipeline_takes_it(tmp_path):
    texts, y = ["good film", "bad plot"] * 20, [1, 0] * 20
    for _ in range(2):
        pipeline = make_pipeline(CountVectorizer(), SGDClassifier(), memory=tor.memory(tmp_path))
        assert pipeline.fit(texts, y).score(texts, y) == 1
    assert len(CacheFolder(str(tmp_path), 1).entries()) == 1


def test_other_code_makes_calls_anew(tmp_path, monkeypatch):
    tor.memory(tmp_path).cache(expensive)(3)
    monkeypatch.setattr("torrential.estimators.tools.memory.code_version", lambda: "another")
    tor.memory(tmp_path).cache(expensive)(3)
    assert CALLS == [3, 3]


def test_what_is_wrong(tmp_path):
    with pytest.raises(tor.ParameterError, match=r"limit='lots' is not a size"):
        tor.memory(tmp_path, limit="lots")
    (tmp_path / "file").touch()
    with pytest.raises(tor.ParameterError, match="is a file"):
        tor.memory(tmp_path / "file")


def test_the_default_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("TORRENTIAL_CACHE", str(tmp_path / "named"))
    tor.memory().cache(expensive)(2)
    assert (tmp_path / "named" / "calls").is_dir()
    monkeypatch.delenv("TORRENTIAL_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    tor.memory().cache(expensive)(2)
    assert [each.name for each in (tmp_path / "xdg").iterdir()] == ["torrential"]
