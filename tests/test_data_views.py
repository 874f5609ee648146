import itertools

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from torrential.data import from_arrays, read

texts = st.lists(st.one_of(st.none(), st.text("abü", max_size=4)), max_size=60)
labels = st.lists(st.one_of(st.none(), st.integers(-1, 2)), min_size=60, max_size=60)
seeds = st.integers(0, 2**70)
shares = st.floats(0.01, 0.99)


def rows_of(dataset):
    rows = []
    for batch in dataset.batches():
        target = [None] * batch.n_rows if batch.target is None else batch.target.to_pylist()
        rows += zip((t or "" for t in batch.text.to_pylist()), target)
    return rows


def key(row):
    return row[0], row[1] is None, row[1] or 0


def dataset_of(texts, labels):
    table = pa.table(
        {"t": pa.array(texts, pa.string()), "y": pa.array(labels[: len(texts)], pa.int64())}
    )
    return table, read(table, text="t", target="y") if len(texts) else None


@settings(deadline=None)
@given(texts.filter(len), labels, seeds, shares)
def test_split_is_disjoint_and_complete(texts, labels, seed, test_size):
    _, dataset = dataset_of(texts, labels)
    train, test = (rows_of(side) for side in dataset.split(test_size, seed))
    assert sorted(train + test, key=key) == sorted(rows_of(dataset), key=key)
    assert not set(train) & set(test), "equal rows are on the same side"


@settings(deadline=None)
@given(texts.filter(len), labels, seeds, st.integers(1, 7), st.data())
def test_split_does_not_depend_on_partitions(texts, labels, seed, chunk, data):
    table, dataset = dataset_of(texts, labels)
    pieces = [table.slice(start, chunk) for start in range(0, table.num_rows, chunk)]
    order = data.draw(st.permutations(range(len(pieces))))
    other = read([pieces[i] for i in order], text="t", target="y")
    for ours, theirs in zip(dataset.split(0.5, seed), other.split(0.5, seed)):
        assert sorted(rows_of(ours), key=key) == sorted(rows_of(theirs), key=key)


def test_split_is_the_same_for_any_format(tmp_path):
    table = pa.table({"t": [f"text {i}" for i in range(500)], "y": [i % 3 for i in range(500)]})
    pq.write_table(table, tmp_path / "rows.parquet", row_group_size=70)
    lines = [f'{{"t": "text {i}", "y": {i % 3}}}' for i in range(500)]
    (tmp_path / "rows.jsonl").write_text("\n".join(lines))
    expected = rows_of(read(table, text="t", target="y").split(0.3, seed=5)[1])
    for name in ("rows.parquet", "rows.jsonl"):
        test = read(tmp_path / name, text="t", target="y").split(0.3, seed=5)[1]
        assert rows_of(test) == expected


def test_split_sizes_and_seeds():
    dataset = from_arrays([f"text {i}" for i in range(20_000)])
    sides = set()
    for seed in range(3):
        train, test = dataset.split(0.2, seed)
        test_rows = rows_of(test)
        assert abs(len(test_rows) - 4000) < 300
        assert len(rows_of(train)) + len(test_rows) == 20_000
        sides.add(tuple(test_rows))
    assert len(sides) == 3
    assert dataset.split(0.2)[1].n_bytes == pytest.approx(dataset.n_bytes * 0.2, abs=1)


def test_a_split_can_be_split_again():
    dataset = from_arrays([f"text {i}" for i in range(5000)])
    train, _ = dataset.split(0.5, seed=1)
    inner, validation = train.split(0.5, seed=2)
    assert abs(len(rows_of(validation)) - 1250) < 150
    assert sorted(rows_of(inner) + rows_of(validation)) == sorted(rows_of(train))


@settings(deadline=None)
@given(st.integers(0, 130), st.integers(1, 40))
def test_take_is_the_first_rows(n, chunk):
    table = pa.table({"t": [str(i) for i in range(100)]})
    dataset = read([table.slice(i, chunk) for i in range(0, 100, chunk)], text="t")
    expected = rows_of(dataset)[:n]
    assert rows_of(dataset.take(n)) == expected
    train, _ = dataset.split(0.5)
    assert rows_of(train.take(n)) == rows_of(train)[:n]
    assert rows_of(dataset.take(n).take(7)) == expected[:7]


def test_take_of_partitions_of_unknown_size(tmp_path):
    for name in "ab":
        (tmp_path / f"{name}.csv").write_text(
            "t,id\n" + "".join(f"{name}{i},1\n" for i in range(9))
        )
    batches = list(read(tmp_path, text="t").take(12).batches("all"))
    found = [t for batch in batches for t in batch.rows.column("t").to_pylist()]
    assert found == [f"a{i}" for i in range(9)] + ["b0", "b1", "b2"]


@settings(deadline=None)
@given(texts.filter(len), labels, st.integers(0, 2**40), st.integers(1, 20))
def test_shuffle_keeps_the_rows_and_is_pure(texts, labels, seed, chunk):
    table, _ = dataset_of(texts, labels)
    pieces = [table.slice(start, chunk) for start in range(0, table.num_rows, chunk)]
    dataset = read(pieces, text="t", target="y")
    shuffled = dataset.shuffle(seed)
    assert rows_of(shuffled) == rows_of(shuffled) == rows_of(dataset.shuffle(seed))
    assert sorted(rows_of(shuffled), key=key) == sorted(rows_of(dataset), key=key)


def test_shuffle_moves_partitions_rows_and_whole_rows(monkeypatch):
    monkeypatch.setattr("torrential.data.views.shuffle.WINDOW_ROWS", 5000)
    n = 40_000
    table = pa.table({"t": [f"t{i}" for i in range(n)], "y": range(n), "w": range(n)})
    dataset = read(table, text="t", target="y", weight="w").shuffle(3)
    names = [partition.name for partition in dataset.partitions()]
    assert sorted(names) == sorted(p.name for p in read(table, text="t").partitions())
    seen = []
    for batch in dataset.batches("all"):
        assert batch.n_rows <= 8192
        assert [f"t{y}" for y in batch.target.to_pylist()] == batch.text.to_pylist()
        assert batch.target.to_pylist() == batch.weight.to_pylist()
        assert batch.rows.column("y") == batch.target
        seen += batch.target.to_pylist()
    assert sorted(seen) == list(range(n))
    moved = sum(abs(a - b) == 1 for a, b in itertools.pairwise(seen))
    assert moved < n / 100
    orders = {tuple(rows_of(read(table, text="t").shuffle(seed))[:50]) for seed in range(4)}
    assert len(orders) == 4


def test_views_count_skipped_rows_once(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text('{"t": "a"}\nbad\n{"t": "b"}\n')
    dataset = read(path, text="t", on_bad_rows="skip")
    for view in (dataset.shuffle(0), dataset.take(2), *dataset.split()):
        assert sum(batch.n_skipped for batch in view.batches()) == 1


def test_repr_tells_what_it_is(tmp_path):
    pq.write_table(pa.table({"t": ["x"], "y": [1], "w": [1.0]}), tmp_path / "a.parquet")
    pq.write_table(pa.table({"t": ["x"], "y": [1], "w": [1.0]}), tmp_path / "b.parquet")
    dataset = read(tmp_path, text="t", target="y", weight="w")
    assert repr(dataset) == (
        f"Dataset(2 parquet files from {tmp_path}/a.parquet, {dataset.n_bytes / 1000:.1f} kB; "
        "text=t, target=y, weight=w; of t, y, w)"
    )
    train, test = dataset.split(0.25, seed=7)
    assert "train 0.75 of seed 7" in repr(train) and "test 0.25 of seed 7" in repr(test)
    assert "first 5 rows of 2 parquet files" in repr(dataset.take(5))
    assert "shuffled by seed 1" in repr(dataset.shuffle(1))


ELEMENTS = st.lists(st.none() | st.sampled_from(["a", "b", "ab", ""]), max_size=3)
ENTRIES = st.lists(
    st.tuples(st.sampled_from(["a", "b"]), st.none() | st.integers(0, 2)), max_size=3
)
NESTED = [
    (ELEMENTS, [pa.list_(pa.string()), pa.large_list(pa.large_string())]),
    (ENTRIES, [pa.map_(pa.string(), pa.int64()), pa.map_(pa.large_string(), pa.int8())]),
]


@pytest.mark.parametrize(("values", "types"), NESTED)
@given(st.data())
def test_equal_lists_and_maps_are_on_the_same_side(values, types, data):
    rows = data.draw(st.lists(values, min_size=2, max_size=12))
    sides = []
    for kind in types:
        dataset = read(pa.table({"x": pa.array(rows, kind), "y": [0] * len(rows)}), target="y")
        train, test = dataset.split(0.5, seed=1)
        found = [
            {repr(row) for batch in side.batches() for row in batch.columns["x"].to_pylist()}
            for side in (train, test)
        ]
        assert not found[0] & found[1]
        assert found[0] | found[1] == {repr(row) for row in pa.array(rows, kind).to_pylist()}
        sides.append(found)
    assert all(side == sides[0] for side in sides)
