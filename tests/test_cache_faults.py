"""The cache when files change, entries are damaged, disks are full and processes are killed."""

import math
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

import forks
import torrential as tor
from cached_rows import SPECS, assert_same_batches, batches_of, dataset_of, rows_of, write_files
from torrential.engine.batches import entries
from torrential.engine.batches.encoding import Encoder, hashed_batches
from torrential.persistence.records import RecordWriter, open_records


@pytest.fixture
def files(tmp_path):
    return write_files(tmp_path)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "cache"


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
    monkeypatch.setattr(entries, "code_version", lambda: "of another day")
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
import functools, resource, signal, sys, logging
import torrential as tor
from torrential.persistence import cache_folder
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
dataset = tor.read(sys.argv[1], text="text", target="label")
make = functools.partial(tor.TextClassifier, preset="fast", n_features=2**12, max_iter=2)
fresh = make().fit(dataset).decision_function(["good"])
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
model = make().fit(dataset.cache(sys.argv[2]))
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
    model = tor.TextClassifier(preset="fast", n_features=2**12, n_jobs=2, max_iter=2)
    model.set_params(random_state=seed).fit(dataset)
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
    spec = tor.TextClassifier(preset="fast", n_features=2**12).fit(dataset).model_.spec
    assert_same_batches(
        batches_of(dataset, spec), batches_of(dataset.cache(folder, "300 KB"), spec)
    )
