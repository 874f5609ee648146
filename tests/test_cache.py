"""Hashed rows from the cache: the same bits as fresh ones, whatever happens to the files."""

import datetime
import time

import numpy as np
import pyarrow.parquet as pq
import pytest

import torrential as tor
from cached_rows import SPECS, assert_same_batches, batches_of, dataset_of, rows_of, write_files
from torrential.data.views.row_keys import HashKeys
from torrential.engine.batches.keyed import keyed_batches
from torrential.engine.progress.measured import measured
from torrential.features.spec import NOTHING


@pytest.fixture
def files(tmp_path):
    return write_files(tmp_path)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "cache"


def never_read(monkeypatch):
    def fail(self):
        raise AssertionError("it was read")

    for kind in ("sources.files.FilePartition", "sources.memory.MemoryPartition"):
        monkeypatch.setattr(f"torrential.data.{kind}.batches", fail)


VIEWS = {
    "all": lambda dataset: dataset,
    "split": lambda dataset: dataset.split(0.3)[0],
    "fold": lambda dataset: dataset.folds(3)[1][0],
    "grouped fold": lambda dataset: dataset.folds(3, groups="group")[1][1],
    "stratified fold": lambda dataset: dataset.folds(3, stratify=True)[0][0],
    "ordered fold": lambda dataset: dataset.folds(2, order="group")[1][0],
    "head": lambda dataset: dataset.take(4600),
    "shuffled": lambda dataset: dataset.shuffle(3),
    "cached first": lambda dataset: dataset,
}


@pytest.mark.parametrize("view", VIEWS)
def test_batches_are_the_same_from_any_view(view, files, folder, monkeypatch):
    dataset = VIEWS[view](dataset_of(files))
    fresh = batches_of(dataset, SPECS[0])
    cached = dataset.cache(folder)
    assert_same_batches(fresh, batches_of(cached, SPECS[0]))
    assert list(folder.glob("*.records"))
    never_read(monkeypatch)
    for n_jobs in (1, 3):
        assert_same_batches(fresh, batches_of(cached, SPECS[0], n_jobs))
    with pytest.raises(AssertionError, match="it was read"):
        batches_of(cached, SPECS[1])


@pytest.mark.parametrize("spec", SPECS, ids=str)
def test_batches_are_the_same_with_any_features(spec, files, folder, monkeypatch):
    fresh = batches_of(dataset_of(files), spec)
    batches_of(dataset_of(files).cache(folder), spec)
    never_read(monkeypatch)
    again = dataset_of(files).cache(folder)  # as another process
    assert_same_batches(fresh, batches_of(again, spec))
    without = batches_of(again, spec, observe=NOTHING)
    assert all(batch.registers is None for batch in without)


def test_tables_in_memory(folder, monkeypatch):
    dataset = tor.read(rows_of(500), text="text", target="label")
    fresh = batches_of(dataset, SPECS[0])
    batches_of(dataset.cache(folder), SPECS[0])
    never_read(monkeypatch)
    same = tor.read(rows_of(500), text="text", target="label").cache(folder)
    assert_same_batches(fresh, batches_of(same, SPECS[0]))
    with pytest.raises(AssertionError, match="it was read"):
        batches_of(tor.read(rows_of(500, 1), text="text").cache(folder), SPECS[0])


@pytest.mark.parametrize("keys", ["hash", "folds", "groups", "stratify", "order"])
def test_keys_of_rows(keys, files, folder, monkeypatch):
    dataset = dataset_of(files)
    row_keys = {
        "hash": lambda: HashKeys(3),
        "folds": lambda: dataset.folding(3),
        "groups": lambda: dataset.folding(3, groups="group"),
        "stratify": lambda: dataset.folding(3, stratify=True),
        "order": lambda: dataset.folding(2, order="group"),
    }[keys]()

    def views(dataset):
        partitions = measured(dataset.keyed_partitions(row_keys))
        return list(keyed_batches(partitions, SPECS[:2], row_keys, 2, vocabulary=True))

    fresh = views(dataset)
    views(dataset.cache(folder))
    never_read(monkeypatch)
    kept = views(dataset.cache(folder))
    for number in range(2):
        assert_same_batches(*([v.batches[number].hashed for v in each] for each in (fresh, kept)))
    for one, other in zip(fresh, kept):
        np.testing.assert_array_equal(one.batches[0].keys, other.batches[0].keys)


def test_rows_that_a_training_has_hashed_serve_a_cross_validation(files, folder):
    dataset = dataset_of(files).cache(folder)
    model = tor.TextClassifier(preset="fast", n_features=2**12)
    model.fit(dataset)
    n_entries = len(list(folder.glob("*.records")))
    tor.cross_validate(model, dataset, cv=3)
    assert len(list(folder.glob("*.records"))) == 2 * n_entries  # the keys


MODELS = {
    "plain": {},
    "epochs": {"max_iter": 3},
    "two-pass": {"idf": "two-pass", "max_iter": 2},
    "running": {"idf": "running"},
    "names": {"terms": True, "max_iter": 2},
    "callable": {"tokenizer": str.split, "token_pattern": None},
}


@pytest.mark.parametrize("name", MODELS)
def test_models_are_the_same(name, files, folder, tmp_path):
    model = tor.TextClassifier(preset="fast", n_features=2**12, **MODELS[name])
    fresh = model.fit(dataset_of(files))
    scores = fresh.decision_function(files_texts(files))
    evaluated = fresh.score(dataset_of(files))
    for _ in range(2):
        cached = dataset_of(files).cache(folder)
        again = tor.TextClassifier(preset="fast", n_features=2**12, **MODELS[name]).fit(cached)
        np.testing.assert_array_equal(scores, again.decision_function(files_texts(files)))
        assert again.score(cached) == evaluated
        assert again.counts_ == fresh.counts_
        assert again.model_.vocabulary.registers.tobytes() == (
            fresh.model_.vocabulary.registers.tobytes()
        )
        if "terms" in MODELS[name]:
            assert again.top_terms() == fresh.top_terms()


def files_texts(files):
    return [text or "" for text in rows_of(200)["text"].to_pylist()]


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_searches_and_averages_are_the_same(n_jobs, files, folder):
    dataset, grid = dataset_of(files), {"ngram_range": [(1, 1), (1, 2)], "eta0": [0.1, 0.5]}
    model = tor.TextClassifier(preset="fast", n_features=2**12, max_iter=2)
    cached = dataset.cache(folder)
    results = [
        tor.GridSearchCV(model, grid, cv=3, n_jobs=n_jobs).fit(each).cv_results_
        for each in (dataset, cached, cached)
    ]
    for each in results[1:]:
        np.testing.assert_array_equal(results[0]["mean_test_score"], each["mean_test_score"])
    averaged = [
        tor.ParameterAveraging(model, n_partitions=3, random_state=1).fit(each)
        for each in (dataset, cached, cached)
    ]
    for each in averaged[1:]:
        np.testing.assert_array_equal(
            *(a.estimator_.decision_function(files_texts(files)) for a in (averaged[0], each))
        )


class TestLimit:
    @pytest.fixture
    def files(self, tmp_path):
        for number in range(8):
            pq.write_table(rows_of(2000, number), tmp_path / f"{number}.parquet")
        return [str(tmp_path / f"{number}.parquet") for number in range(8)]

    def sizes(self, folder):
        return {each.name: each.stat().st_size for each in folder.glob("*.records")}

    def test_what_was_not_used_for_the_longest_time_makes_room(self, files, folder):
        for file in files[:4]:
            batches_of(dataset_of(file).cache(folder), SPECS[0])
            time.sleep(0.02)
        one = max(self.sizes(folder).values())
        batches_of(dataset_of(files[0]).cache(folder), SPECS[0])  # used again
        first = set(self.sizes(folder))
        limit = int(4.5 * one)
        for file in files[4:6]:
            batches_of(dataset_of(file).cache(folder, limit=limit), SPECS[0])
            assert sum(self.sizes(folder).values()) <= limit
        assert len(first - set(self.sizes(folder))) == 2
        before = set(self.sizes(folder))
        batches_of(dataset_of(files[0]).cache(folder, limit=limit), SPECS[0])
        assert set(self.sizes(folder)) == before  # it is still there

    def test_of_larger_data_a_share_stays(self, files, folder, caplog):
        dataset = dataset_of(files)
        batches_of(dataset_of(files[0]).cache(folder), SPECS[0])
        limit = int(3.5 * max(self.sizes(folder).values()))
        cached = dataset.cache(folder, limit=limit)
        fresh = batches_of(dataset, SPECS[0])
        for _ in range(3):
            assert_same_batches(fresh, batches_of(cached, SPECS[0]))
            kept = self.sizes(folder)
            assert 2 <= len(kept) <= 3
        assert caplog.text.count("has reached its limit") == 1
        assert self.sizes(folder) == kept

    def test_what_is_wrong(self, files, folder, tmp_path):
        dataset = dataset_of(files)
        for limit in ("much", "0 GB", 0, -1, None):
            with pytest.raises(tor.ParameterError, match=r"limit=.* is not a size"):
                dataset.cache(folder, limit=limit)
        with pytest.raises(tor.ParameterError, match="is a file, not a folder"):
            dataset.cache(files[0])


def test_rows_without_a_name_are_not_kept(folder, caplog):
    stream = tor.read(lambda: [rows_of(100), rows_of(50, 1)], text="text", target="label")
    for _ in range(2):
        tor.TextClassifier(preset="fast", n_features=2**10).fit(stream.cache(folder))
    assert not folder.exists()
    assert "a stream, or a function" in caplog.text


@pytest.mark.parametrize("labels", [[True, False], [1, 2**60], [0.5, -1e300], ["", "ä\n"]])
def test_labels_of_any_type_that_is_kept(labels, folder):
    rows = {"text": ["a good", "one film"] * 50, "label": labels * 50}
    dataset = tor.read(rows, text="text", target="label")
    fresh = batches_of(dataset, SPECS[0])
    for _ in range(2):
        assert_same_batches(fresh, batches_of(dataset.cache(folder), SPECS[0]))
    assert len(list(folder.glob("*.records"))) == 1


def test_labels_of_other_types(folder, caplog):
    days = [datetime.date(2026, 1, 1), datetime.date(2026, 1, 2)]
    rows = {"text": ["a good", "one film"] * 50, "label": days * 50}
    dataset = tor.read(rows, text="text", target="label")
    fresh = batches_of(dataset, SPECS[0])
    cached = dataset.cache(folder)
    for _ in range(2):
        assert_same_batches(fresh, batches_of(cached, SPECS[0]))
    assert not list(folder.glob("*.records"))
    assert caplog.text.count("labels are of a type that the cache does not hold") == 1
