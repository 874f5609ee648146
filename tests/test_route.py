"""Routes: the share that is done is true, never falls, and never passes 1."""

import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

import torrential as tor
from torrential.data import from_arrays
from torrential.engine.evaluate import evaluate
from torrential.engine.predict_file import predict_file
from torrential.engine.progress import SilentProgress
from torrential.engine.route import MeasuredPartition, Route, measured
from torrential.engine.text_model import TextModel
from torrential.engine.train import Schedule, train
from torrential.features.settings import HashSettings
from torrential.linear import LinearSettings
from torrential.linear.class_weight import ClassWeight


class Rows:
    """A partition of so many rows, which are told before they are read or not."""

    def __init__(self, size, is_told):
        self.n_rows = size if is_told else None


@given(
    st.lists(st.tuples(st.integers(0, 50), st.booleans(), st.integers(0, 60)), min_size=1),
    st.integers(1, 40),
)
def test_the_share_never_falls_nor_passes_one(rows, step):
    """Partitions get to know their rows so far ahead of the one that is learnt, or behind it."""
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
    model = TextModel.new(HashSettings(n_features=2**10), LinearSettings())
    train(
        model,
        dataset,
        Schedule(epochs=2),
        class_weight=ClassWeight(None),
        n_jobs=n_jobs,
        progress=shares,
    )
    evaluate(model, dataset, n_jobs, shares)
    predict_file(model, dataset, tmp_path / "out.csv", n_jobs=n_jobs, progress=shares)
    assert [task for task, _ in shares.tasks] == ["epoch 1/2", "epoch 2/2", "evaluate", "predict"]
    for _, steps in shares.tasks:
        assert steps == sorted(steps)
        assert steps[-1] <= 1
    assert shares.tasks[1][1][-1] == 1
    assert len(set(shares.tasks[2][1])) >= 3
