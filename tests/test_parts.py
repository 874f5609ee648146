"""Parts: all their pieces together are the rows of the dataset, in stretches of any length."""

import gzip
import pickle

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from torrential.data import read
from torrential.data.formats import lines
from torrential.data.views.parts import parts_of
from torrential.data.views.shuffle import ShuffledPartition
from torrential.engine.training.survey import survey
from torrential.execution import Threads

N_ROWS = 83
TABLE = pa.table(
    {
        "text": [f"text {i} " + "x" * (i % 7) for i in range(N_ROWS)],
        "label": [None if i % 11 == 3 else "abc"[i % 3] for i in range(N_ROWS)],
        "weight": [i / 4 for i in range(N_ROWS)],
    }
)
COLUMNS = {"text": "text", "target": "label", "weight": "weight"}


def write_parquet(path):
    pq.write_table(TABLE, path, row_group_size=10)


def write_csv(path):
    pa.csv.write_csv(TABLE, path)


def write_gzip(path):
    write_csv(path.with_suffix(""))
    path.write_bytes(gzip.compress(path.with_suffix("").read_bytes()))
    path.with_suffix("").unlink()


def write_lines(path):
    rows = TABLE.to_pylist()
    path.write_text("".join(f"__label__{row['label']} {row['text']}\n" for row in rows))


FILES = {
    "rows.parquet": write_parquet,
    "rows.csv": write_csv,
    "rows.csv.gz": write_gzip,
    "rows.txt": write_lines,
}
VIEWS = {
    "all": lambda dataset: dataset,
    "train": lambda dataset: dataset.split(0.4, seed=1)[0],
    "test": lambda dataset: dataset.split(0.4, seed=1)[1],
    "head": lambda dataset: dataset.take(47),
    "shuffled": lambda dataset: dataset.shuffle(3),
    "shuffled head of a split": lambda dataset: dataset.split(0.3)[0].take(30).shuffle(1),
}


@pytest.fixture(params=[*FILES, "memory", "several"])
def dataset(request, tmp_path, monkeypatch):
    """A dataset of several partitions, but for the one that is compressed."""
    monkeypatch.setattr(lines, "RANGE_BYTES", 300)
    if request.param == "memory":
        return read(TABLE, **COLUMNS)
    if request.param == "several":
        return read([TABLE.slice(start, 9) for start in range(0, N_ROWS, 9)], **COLUMNS)
    path = tmp_path / request.param
    FILES[request.param](path)
    return read(path, **({} if path.suffix == ".txt" else COLUMNS))


def rows_of(partitions):
    rows = []
    for partition in partitions:
        for batch in partition.batches():
            texts = [t.decode() if isinstance(t, bytes) else t for t in batch.text.to_pylist()]
            weight = [None] * batch.n_rows if batch.weight is None else batch.weight.to_pylist()
            rows += zip(texts, batch.target.to_pylist(), weight, strict=True)
    return rows


def parts_of_dataset(dataset, n_parts, seed=0):
    sizes = survey(dataset, Threads(1)).sizes
    return parts_of(dataset.partitions(), sizes, n_parts, seed)


def key(row):
    return row[0]


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("n_parts", [1, 5, 40])
def test_parts_have_every_row_once(dataset, view, n_parts):
    dataset = VIEWS[view](dataset)
    parts = parts_of_dataset(dataset, n_parts)
    expected = rows_of(dataset.partitions())
    found = [row for part in parts for row in rows_of(part.pieces)]
    assert len(expected) > 10
    assert sorted(found, key=key) == sorted(expected, key=key)
    assert [part.number for part in parts] == list(range(len(parts)))
    assert len(parts) <= min(n_parts, len(expected))
    for part in parts:
        assert part.n_rows == len(rows_of(part.pieces)) > 0
        for piece in part.pieces:
            assert piece.n_rows == len(rows_of([piece]))


@pytest.mark.parametrize("view", ["all", "shuffled head of a split"])
def test_stretches_are_the_part_in_pieces(dataset, view):
    parts = parts_of_dataset(VIEWS[view](dataset), 3, seed=1)
    for part in parts:
        whole = rows_of(part.pieces)
        for stride in (5, 9, 1000):
            found = []
            for first in range(0, part.n_rows, stride):
                cut = part.stretch(range(len(part.pieces)), first, first + stride)
                assert cut.n_rows == min(stride, part.n_rows - first)
                assert cut.number == part.number
                found += rows_of(cut.pieces)
            assert found == whole


MANY = read([TABLE.slice(start, 9) for start in range(0, N_ROWS, 9)], **COLUMNS)


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 12), st.integers(1, 40), st.integers(0, 99), st.data())
def test_stretches_follow_the_order_of_the_pieces(n_parts, stride, seed, data):
    part = data.draw(st.sampled_from(parts_of_dataset(MANY, n_parts, seed)))
    order = data.draw(st.permutations(range(len(part.pieces))))
    expected = rows_of([part.pieces[place] for place in order])
    cuts = [part.stretch(order, a, a + stride) for a in range(0, part.n_rows + stride, stride)]
    assert cuts[-1].n_rows == 0
    assert [row for cut in cuts for row in rows_of(cut.pieces)] == expected
    assert all(cut.n_rows > 0 for cut in cuts[:-1])
    nested = cuts[0].stretch(range(len(cuts[0].pieces)), 1, 3)
    assert rows_of(nested.pieces) == expected[1:3][: max(0, stride - 1)]


def test_pieces_are_read_shuffled(dataset):
    (part,) = parts_of_dataset(dataset, 1)
    for number, piece in enumerate(part.pieces):
        shuffled = rows_of([ShuffledPartition(piece, (0, 1, 2), number)])
        assert sorted(shuffled, key=key) == sorted(rows_of([piece]), key=key)


def test_parts_travel(dataset):
    for part in parts_of_dataset(dataset, 4):
        there = pickle.loads(pickle.dumps(part))
        assert (there.number, there.name) == (part.number, part.name)
        assert rows_of(there.pieces) == rows_of(part.pieces)


def test_malformed_rows_are_no_rows_of_a_piece(tmp_path):
    path = tmp_path / "rows.csv"
    rows = [f"text {i},{'ab'[i % 2]}" for i in range(40)]
    rows[5:5] = ["too,many,columns"] * 3
    path.write_text("\n".join(["text,label", *rows]))
    dataset = read(path, text="text", target="label", on_bad_rows="skip")
    parts = parts_of_dataset(dataset, 3)
    assert sum(part.n_rows for part in parts) == 40
    batches = [b for part in parts for piece in part.pieces for b in piece.batches()]
    assert sum(batch.n_rows for batch in batches) == 40
    assert sum(batch.n_skipped for batch in batches) == 0


def test_names():
    parts = parts_of_dataset(MANY, 2)
    assert parts[0].name.startswith("part 0 (memory, rows ")
    assert "more)" in parts[0].name
    (one,) = parts_of_dataset(read(TABLE, **COLUMNS), 1)
    assert one.name == "part 0 (memory, rows 0-82)"
    assert one.pieces[0].name == "memory, rows 0-82"
