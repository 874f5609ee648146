"""Routes: the share that is done is true, never falls, and never passes 1."""

import gzip
import json
from itertools import islice

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pytest
from hypothesis import given
from hypothesis import strategies as st

import torrential as tor
from predicted_rows import predict_file
from torrential.data import from_arrays
from torrential.engine.model.hashed_model import HashedModel
from torrential.engine.progress.measured import MeasuredPartition, Route, measured
from torrential.engine.progress.progress import SilentProgress
from torrential.engine.scoring.evaluate import evaluate
from torrential.engine.training.candidate import Candidate
from torrential.engine.training.schedule import Schedule
from torrential.engine.training.serial import train
from torrential.execution import Threads
from torrential.features.settings import HashSettings
from torrential.linear import LinearSettings
from torrential.types import Batch, text_columns


class Told:
    """A partition that tells after each batch how much of it was read."""

    name = "told"

    def __init__(self, batches):
        self._batches = batches

    def batches(self):
        for size, share in self._batches:
            yield Batch(
                text_columns(pa.nulls(size, pa.string())), None, None, None, self.name, 0, 0, share
            )


class Rows:
    """A partition of this many rows, which are known before reading or not."""

    def __init__(self, size, is_told):
        self.n_rows = size if is_told else None


@given(
    st.lists(st.tuples(st.integers(0, 50), st.booleans(), st.integers(0, 60)), min_size=1),
    st.integers(1, 40),
)
def test_the_share_never_falls_nor_passes_one(rows, step):
    """Partitions get to know their rows so far ahead of the one that is learned, or behind it."""
    partitions = [MeasuredPartition(Rows(size, is_told)) for size, is_told, _ in rows]
    route, total = Route(partitions), sum(size for size, _, _ in rows)
    shares = []
    for done in [*range(0, total, step), total]:
        end = 0
        for partition, (size, _, ahead) in zip(partitions, rows):
            end += size
            if end <= done + ahead:
                partition.n_rows = size
        shares.append(route.fraction(done))
    known = [share for share in shares if share is not None]
    assert known == sorted(known)
    assert all(0 <= share <= 1 for share in known)
    if len(rows) > 1 and total:
        assert shares[-1] == pytest.approx(1)


def test_rows_are_the_measure_where_all_are_known():
    route = Route([MeasuredPartition(Rows(size, True)) for size in (10, 90)])
    assert [route.fraction(n_rows) for n_rows in (0, 10, 55, 100)] == [0, 0.1, 0.55, 1]


def test_partitions_are_the_measure_elsewhere():
    partitions = [MeasuredPartition(Rows(size, told)) for size, told in ((10, True), (90, False))]
    route = Route(partitions)
    assert [route.fraction(n_rows) for n_rows in (0, 5, 10, 55)] == [0, 0.25, 0.5, 0.5]
    partitions[1].n_rows = 90
    assert [route.fraction(n_rows) for n_rows in (55, 100)] == [0.75, 1]


@pytest.mark.parametrize("sizes", [[], [0], [None]])
def test_nothing_tells_the_share(sizes):
    assert Route([MeasuredPartition(Rows(size, True)) for size in sizes]).fraction(0) is None


def test_a_partition_knows_its_rows_when_it_was_read(tmp_path):
    path = tmp_path / "rows.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"body": "text"}\n' * 7))
    (partition,) = measured(tor.read(path, text="body").partitions())
    assert partition.n_rows is None
    assert sum(batch.n_rows for batch in partition.batches()) == 7
    assert partition.n_rows == 7
    assert "rows.jsonl.gz" in partition.name


class Shares(SilentProgress):
    """Keeps the share after each step of each task."""

    def __init__(self):
        super().__init__()
        self.tasks = []

    def _began(self, tally):
        self.tasks.append((tally.task, []))

    def _advanced(self, tally):
        self.tasks[-1][1].append(tally.fraction)


ROWS = [{"body": f"{word} row {i}", "label": word} for i in range(6000) for word in ("a1", "b2")]


SINGLE = [
    "rows.csv",
    "rows.csv.gz",
    "rows.jsonl",
    "rows.jsonl.zst",
    "rows.jsonl.bz2",
    "rows.arrows",
]


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("name", SINGLE)
def test_the_first_pass_over_one_file_tells_how_far_it_is(name, n_jobs, tmp_path, monkeypatch):
    """By bytes on disk: rows at the beginning are ten times as long as those at the end."""
    monkeypatch.setattr("torrential.data.formats.csv.blocks.BLOCK_BYTES", 1 << 14)
    monkeypatch.setattr("torrential.data.columns.shape.BATCH_ROWS", 300)
    monkeypatch.setattr("torrential.data.formats.lines.BLOCK_BYTES", 1 << 16)
    random = np.random.default_rng(0)
    more = [random.bytes(500 if i < 3000 else 50).hex() for i in range(6000)]
    table = pa.table({"body": ["some text"] * 6000, "label": ["a1", "b2"] * 3000, "more": more})
    plain = tmp_path / name.removesuffix(".gz").removesuffix(".zst").removesuffix(".bz2")
    if ".csv" in name:
        pyarrow.csv.write_csv(table, plain)
    elif ".jsonl" in name:
        plain.write_text("".join(json.dumps(row) + "\n" for row in table.to_pylist()))
    else:
        with pa.ipc.new_stream(plain, table.schema) as writer:
            writer.write_table(table, max_chunksize=300)
    path = tmp_path / name
    if path != plain:
        with pa.output_stream(path, compression="detect") as stream:
            stream.write(plain.read_bytes())
        plain.unlink()
    dataset = tor.read(path, text="body", target="label")
    assert len(dataset.partitions()) == 1
    shares, model = Shares(), HashedModel.new(HashSettings(n_features=16), LinearSettings())
    known = from_arrays(["some", "text"], ["a1", "b2"])
    train(Candidate(model), known)
    evaluate(model, dataset, Threads(n_jobs), shares)
    ((_, steps),) = shares.tasks
    assert None not in steps
    assert steps == sorted(steps)
    assert len(set(steps)) >= 4
    assert steps[-1] == pytest.approx(1, abs=0.02)
    (partition,) = measured(dataset.partitions())
    assert sum(batch.n_rows for batch in partition.batches()) == 6000
    assert partition.share(3000) == pytest.approx(10 / 11, abs=0.1)


@given(
    st.lists(st.tuples(st.integers(1, 9), st.one_of(st.none(), st.floats(0, 1))), min_size=1),
    st.integers(1, 20),
)
def test_what_readers_tell_never_lets_the_share_fall(batches, ahead):
    """Readers are some batches ahead; what they tell may fall, as after a new start."""
    (partition,) = measured([Told(batches)])
    route, sizes = Route([partition]), [size for size, _ in batches]
    shares, done, n_read = [], 0, 0
    reader = partition.batches()
    for number, size in enumerate(sizes):
        n_read += sum(1 for _ in islice(reader, number + ahead - n_read))
        done += size
        shares.append(route.fraction(done))
    known = [share for share in shares if share is not None]
    assert known == sorted(known)
    assert all(0 <= share <= 1 for share in known)


@pytest.fixture
def dataset(tmp_path, request):
    if request.param == "memory":
        return from_arrays([row["body"] for row in ROWS], [row["label"] for row in ROWS])
    content = "".join(json.dumps(row | {"more": "x" * 99}) + "\n" for row in ROWS).encode()
    for i in range(3):
        (tmp_path / f"rows{i}.jsonl.gz").write_bytes(gzip.compress(content))
    return tor.read(tmp_path, text="body", target="label")


@pytest.mark.parametrize("dataset", ["memory", "gzip"], indirect=True)
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_passes_tell_how_far_they_are(dataset, n_jobs, tmp_path):
    shares = Shares()
    model = HashedModel.new(HashSettings(n_features=2**10), LinearSettings())
    candidate = Candidate(model, schedule=Schedule(epochs=2))
    train(candidate, dataset, n_jobs=n_jobs, progress=shares)
    evaluate(model, dataset, Threads(n_jobs), shares)
    predict_file(model, dataset, tmp_path / "out.csv", executor=Threads(n_jobs), progress=shares)
    assert [task for task, _ in shares.tasks] == ["epoch 1/2", "epoch 2/2", "evaluate", "predict"]
    for _, steps in shares.tasks:
        assert steps == sorted(steps)
        assert steps[-1] <= 1
    assert shares.tasks[1][1][-1] == 1
    assert len(set(shares.tasks[2][1])) >= 3
