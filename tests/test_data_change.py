"""Rows of two versions of a file are never mixed."""

import json
import os
import time

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import torrential as tor
from torrential.data import read
from torrential.errors import DataError


def rows(label, n=12_000):
    return [{"t": f"text {label} {i:06}", "y": label} for i in range(n)]


def write(path, label):
    """Write files of the same size for labels of the same length."""
    suffix = path.suffix
    if suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(rows(label)), path, row_group_size=1000)
    elif suffix == ".arrow":
        table = pa.Table.from_pylist(rows(label))
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table, 1000)
    elif suffix == ".csv":
        path.write_text("t,y\n" + "".join(f"{row['t']},{row['y']}\n" for row in rows(label)))
    elif suffix == ".txt":
        path.write_text("".join(f"__label__{row['y']} {row['t']}\n" for row in rows(label)))
    else:
        path.write_text("".join(json.dumps(row) + "\n" for row in rows(label)))


def replaced(path):
    other = path.with_name("other" + path.suffix)
    write(other, "b")
    other.replace(path)


def replaced_with_its_time(path):
    facts = path.stat()
    replaced(path)
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))


def rewritten(path):
    before = path.stat().st_mtime_ns
    write(path, "b")
    while path.stat().st_mtime_ns == before:  # clocks of files have ticks
        time.sleep(0.001)
        path.touch()


def extended(path):
    with path.open("ab") as file:
        file.write(b"\n")


def cut_off(path):
    os.truncate(path, path.stat().st_size // 2)


CHANGES = [replaced, replaced_with_its_time, rewritten, extended, cut_off]


def dataset_of(path):
    columns = {"text": "t", "target": "y"} if path.suffix != ".txt" else {}
    return read(path, **columns)


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("suffix", [".parquet", ".arrow", ".csv", ".jsonl", ".txt"])
def test_a_change_within_a_part_or_between_two(tmp_path, suffix, change):
    path = tmp_path / f"rows{suffix}"
    write(path, "a")
    seen = []
    with pytest.raises(DataError, match=rf"rows{suffix} has changed since it was found \(.*read"):
        for number, batch in enumerate(dataset_of(path).batches()):
            seen += batch.target.to_pylist()
            if number == 1:
                change(path)
    assert seen and set(seen) <= {"a", b"a"}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_between_two_passes(tmp_path, change):
    path = tmp_path / "rows.jsonl"
    write(path, "a")
    dataset = dataset_of(path)
    assert sum(batch.n_rows for batch in dataset.batches()) == 12_000
    change(path)
    with pytest.raises(DataError, match=r"rows.jsonl has changed since it was found"):
        list(dataset.batches())
    assert read(path, text="t").columns.text == ("t",)


def test_a_file_elsewhere():
    filesystem = fsspec.filesystem("memory")
    with filesystem.open("/changing/rows.jsonl", "wb") as file:
        file.write(b"".join(json.dumps(row).encode() + b"\n" for row in rows("a")))
    batches = read("memory://changing/rows.jsonl", text="t").batches()
    next(batches)
    with filesystem.open("/changing/rows.jsonl", "wb") as file:
        file.write(b"".join(json.dumps(row).encode() + b"\n" for row in rows("b")))
    with pytest.raises(DataError, match=r"memory://changing/rows.jsonl has changed since"):
        list(batches)


def test_a_copy_on_another_machine_is_not_a_change(tmp_path, monkeypatch):
    write(tmp_path / "rows.jsonl", "a")
    dataset = dataset_of(tmp_path / "rows.jsonl")
    replaced_with_its_time(tmp_path / "rows.jsonl")
    monkeypatch.setattr("torrential.data.files.change.platform.node", lambda: "another")
    assert sum(batch.n_rows for batch in dataset.batches()) == 12_000


def test_training_ends_and_keeps_its_checkpoint(tmp_path):
    path, kept = tmp_path / "rows.jsonl", tmp_path / "kept"
    write(path, "a")
    with path.open("a") as file:
        file.write(json.dumps({"t": "one", "y": "c"}) + "\n")
    dataset = dataset_of(path)
    model = tor.TextClassifier(preset="fast", n_jobs=1)
    model.fit(dataset, checkpoint=kept, checkpoint_every=1000)
    before = kept.read_bytes()
    replaced(path)
    with pytest.raises(DataError, match=r"rows.jsonl has changed since"):
        tor.TextClassifier(preset="fast", n_jobs=1).fit(
            dataset, checkpoint=kept, checkpoint_every=1000
        )
    assert kept.read_bytes() == before
    with pytest.raises(DataError, match=r"rows.jsonl has changed since"):
        tor.OutOfCore(tor.TextClassifier(preset="fast")).fit(dataset)
