"""Hashed rows from the cache: the same bits as fresh ones, whatever happens to the files."""

import datetime
import math
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

import forks
import torrential as tor
from torrential.data.views.row_keys import HashKeys
from torrential.engine.batches import cached as cached_batches
from torrential.engine.batches.encoding import Encoder, hashed_batches
from torrential.engine.batches.keyed import keyed_batches
from torrential.engine.progress.measured import measured
from torrential.features.settings import HashSettings
from torrential.features.spec import NOTHING, Observe
from torrential.features.text.spec import TextSpec
from torrential.persistence.records import RecordWriter, open_records

WORDS = ["good", "bad", "film", "plot", "very", "dull", "Straße", "naïve", "中文电影", "x1", "the"]
SPECS = [
    TextSpec(settings)
    for settings in (
        HashSettings(n_features=2**12),
        HashSettings(ngram_range=(1, 3), norm="l1", sublinear_tf=True, binary=False),
        HashSettings(analyzer="char_wb", ngram_range=(2, 4), alternate_sign=False),
        HashSettings(stop_words=["the", "and"], binary=True, norm=None, strip_accents="unicode"),
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


@pytest.fixture
def files(tmp_path):
    pq.write_table(rows_of(4000), tmp_path / "a.parquet", row_group_size=1500)
    pa.csv.write_csv(rows_of(1000, 1), tmp_path / "b.csv")
    return [str(tmp_path / "a.parquet"), str(tmp_path / "b.csv")]


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "cache"


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
    model = tor.TextClassifier(n_features=2**12)
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
    model = tor.TextClassifier(n_features=2**12, **MODELS[name])
    fresh = model.fit(dataset_of(files))
    scores = fresh.decision_function(files_texts(files))
    evaluated = fresh.score(dataset_of(files))
    for _ in range(2):
        cached = dataset_of(files).cache(folder)
        again = tor.TextClassifier(n_features=2**12, **MODELS[name]).fit(cached)
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
    model = tor.TextClassifier(n_features=2**12, max_iter=2)
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


def rewritten(path, change):
    """Change a file in its place, and give it the time that it had."""
    facts = Path(path).stat()
    content = bytearray(Path(path).read_bytes())
    change(content)
    Path(path).write_bytes(content)
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))


def test_a_changed_file_is_hashed_anew(files, folder):
    csv = files[1]
    dataset_of(csv).cache(folder)
    first = batches_of(dataset_of(csv).cache(folder), SPECS[0])

    def change(content):
        place = content.index(b"good")
        content[place : place + 4] = b"evil"

    rewritten(csv, change)
    fresh, kept = (
        batches_of(each, SPECS[0]) for each in (dataset_of(csv), dataset_of(csv).cache(folder))
    )
    assert_same_batches(fresh, kept)
    assert any(a.rows.indices.tobytes() != b.rows.indices.tobytes() for a, b in zip(first, fresh))
    pa.csv.write_csv(rows_of(900, 5), csv)
    fresh, kept = (
        batches_of(each, SPECS[0]) for each in (dataset_of(csv), dataset_of(csv).cache(folder))
    )
    assert_same_batches(fresh, kept)


def test_a_byte_between_the_blocks_that_are_looked_at(tmp_path, folder):
    path = tmp_path / "large.csv"
    lines = [f"word{i:07d},{i % 2}" for i in range(60_000)]
    path.write_text("\n".join(["text,label", *lines]) + "\n")
    batches_of(dataset_of_two(path).cache(folder), SPECS[0])

    def change(content):
        place = content.index(b"word0007500")  # between the second block and the third
        content[place : place + 4] = b"evil"

    rewritten(path, change)
    fresh, kept = (
        batches_of(each, SPECS[0])
        for each in (dataset_of_two(path), dataset_of_two(path).cache(folder))
    )
    assert_same_batches(fresh, kept)


def dataset_of_two(path):
    return tor.read(path, text="text", target="label")


def test_a_file_that_changes_while_it_is_read_is_not_kept(files, folder):
    dataset = dataset_of(files[1]).cache(folder)
    batches = hashed_batches(dataset.partitions(), Encoder(SPECS[0]), 1)
    next(batches)
    os.utime(files[1])
    list(batches)
    assert not list(folder.glob("*.records"))


def test_other_code_does_not_use_what_this_has_written(files, folder, monkeypatch):
    batches_of(dataset_of(files).cache(folder), SPECS[0])
    n_entries = len(list(folder.glob("*.records")))
    monkeypatch.setattr(cached_batches, "code_version", lambda: "of another day")
    batches_of(dataset_of(files).cache(folder), SPECS[0])
    assert len(list(folder.glob("*.records"))) == 2 * n_entries


def test_a_damaged_entry_is_made_anew(files, folder, caplog):
    fresh = batches_of(dataset_of(files), SPECS[0])
    batches_of(dataset_of(files).cache(folder), SPECS[0])
    entries = sorted(folder.glob("*.records"))
    whole = [entry.read_bytes() for entry in entries]
    damaged = bytearray(whole[0])
    damaged[len(damaged) // 2] ^= 1
    entries[0].write_bytes(damaged)
    entries[1].write_bytes(whole[1][:-100])
    entries[2].write_bytes(b"")
    assert_same_batches(fresh, batches_of(dataset_of(files).cache(folder), SPECS[0]))
    assert caplog.text.count("it is written again") == 3
    assert [entry.read_bytes() for entry in entries] == whole


def test_an_entry_that_says_something_else_is_made_anew(files, folder, caplog):
    fresh = batches_of(dataset_of(files), SPECS[0])
    batches_of(dataset_of(files).cache(folder), SPECS[0])
    for entry, about in zip(sorted(folder.glob("*.records")), ({}, {"n_rows": "x"}), strict=False):
        with entry.open("wb") as file:
            RecordWriter(file).end(about)
    assert_same_batches(fresh, batches_of(dataset_of(files).cache(folder), SPECS[0]))
    assert caplog.text.count("it is written again") == 2


def test_an_unfinished_pass_leaves_nothing(files, folder):
    dataset = dataset_of(files).cache(folder)
    for n_jobs in (1, 2):
        batches = hashed_batches(dataset.partitions(), Encoder(SPECS[0]), n_jobs)
        next(batches)
        batches.close()
        assert [each.name for each in folder.iterdir() if each.name != ".lock"] == []


def test_from_the_middle_of_a_partition_nothing_is_kept(files, folder):
    fresh = batches_of(dataset_of(files[1]), SPECS[0])
    for _ in range(2):
        batches = hashed_batches(
            dataset_of(files[1]).cache(folder).partitions(), Encoder(SPECS[0]), 2, start=(0, 1)
        )
        assert [batch.place for batch in batches] == [batch.place for batch in fresh[1:]]
        assert not list(folder.glob("*.records"))


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
        tor.TextClassifier(n_features=2**10).fit(stream.cache(folder))
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


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_leaves_no_temporary_file(number, files, folder):
    words = ["train", files[0], "--text", "text", "--target", "label", "--epochs", "100000", "-q"]
    words += ["-o", folder.parent / "m", "--cache-dir", folder]
    process = forks.Popen([sys.executable, "-m", "torrential", *map(str, words)])
    while not list(folder.glob("*.records")):
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(number)
    assert process.wait() == 128 + number
    assert not list(folder.glob(".*.tmp"))


def test_a_folder_that_cannot_be_written(files, tmp_path, caplog):
    (tmp_path / "file").touch()
    dataset = dataset_of(files).cache(tmp_path / "file" / "cache")
    fresh = batches_of(dataset_of(files), SPECS[0])
    assert_same_batches(fresh, batches_of(dataset, SPECS[0]))
    assert 1 <= caplog.text.count("The cache in") <= 2  # it is not read, nor written


FULL = """
import resource, signal, sys, logging
import torrential as tor
from torrential.persistence import cache_folder
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
dataset = tor.read(sys.argv[1], text="text", target="label")
fresh = tor.TextClassifier(n_features=2**12, max_iter=2).fit(dataset).decision_function(["good"])
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
model = tor.TextClassifier(n_features=2**12, max_iter=2).fit(dataset.cache(sys.argv[2]))
assert (model.decision_function(["good"]) == fresh).all()
"""


def test_a_full_disk(files, folder):
    done = forks.run(
        [sys.executable, "-c", FULL, files[0], str(folder)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("is not written") == 1
    assert "no space is left" in done.stderr or "too large" in done.stderr
    assert not list(folder.glob("*.records"))
    assert not list(folder.glob("*.tmp"))


SHARING = """
import sys
import torrential as tor
for seed in range(1000):
    dataset = tor.read(sys.argv[2:], text="text", target="label").cache(sys.argv[1], "300 KB")
    model = tor.TextClassifier(n_features=2**12, n_jobs=2, max_iter=2, random_state=seed)
    model.fit(dataset)
"""


@pytest.mark.timeout(120)
def test_processes_that_are_killed_leave_nothing_wrong(tmp_path, folder):
    files = []
    for number in range(6):
        pq.write_table(rows_of(3000, number), tmp_path / f"{number}.parquet", row_group_size=1000)
        files.append(str(tmp_path / f"{number}.parquet"))
    command = [sys.executable, "-c", SHARING, str(folder), *files]
    choose, running = random.Random(0), []
    latest, deadline = time.monotonic() + 60, math.inf
    largest = 0
    while time.monotonic() < min(latest, deadline):
        running = [each for each in running if each.poll() is None]
        while len(running) < 3:
            running.append(forks.Popen(command, stderr=subprocess.DEVNULL))
        time.sleep(choose.uniform(0.2, 1) if folder.exists() else 0.5)
        largest = max(largest, sum(e.stat().st_size for e in folder.glob("*.records")))
        if largest > 0:  # they have begun to write: kill them for a while
            deadline = min(deadline, time.monotonic() + 4)
            choose.choice(running).send_signal(signal.SIGKILL)
    for each in running:
        each.kill()
        each.wait()
    assert 0 < largest <= 300_000
    for entry in folder.glob("*.records"):
        open_records(entry)  # each is whole
    dataset = tor.read(files, text="text", target="label")
    spec = tor.TextClassifier(n_features=2**12).fit(dataset).model_.spec
    assert_same_batches(
        batches_of(dataset, spec), batches_of(dataset.cache(folder, "300 KB"), spec)
    )
