import pickle

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from torrential.data import from_arrays, read
from torrential.errors import DataError

TEXTS = ["first", "second, Ünï", None, ""]
LABELS = ["a", "b", "a", None]
COLUMNS = {"body": TEXTS, "y": LABELS, "id": [1, 2, 3, 4]}
TABLE = pa.table(COLUMNS)
ROWS = TABLE.to_pylist()


def collect(dataset):
    return [
        row
        for batch in dataset.batches()
        for row in zip(batch.text.to_pylist(), batch.target.to_pylist())
    ]


FRAMES = {
    "dict": COLUMNS,
    "list of dicts": ROWS,
    "pandas": pd.DataFrame(COLUMNS, index=[7, 7, 8, 9]),
    "pandas, pyarrow strings": pd.DataFrame(COLUMNS).astype({"body": "string[pyarrow]"}),
    "pandas, categories": pd.DataFrame(COLUMNS).astype({"y": "category"}),
    "polars": pl.DataFrame(COLUMNS),
    "polars, lazy": pl.DataFrame(COLUMNS).lazy(),
    "Arrow table": TABLE,
    "Arrow record batch": TABLE.to_batches()[0],
    "list of tables": [TABLE.slice(0, 2), pl.DataFrame(COLUMNS)[2:]],
}


@pytest.mark.parametrize("kind", FRAMES)
def test_tables_of_any_kind(kind):
    dataset = read(FRAMES[kind], text="body", target="y")
    assert collect(dataset) == list(zip(TEXTS, LABELS))
    assert collect(dataset) == list(zip(TEXTS, LABELS))
    kept = pa.Table.from_batches([batch.rows for batch in dataset.batches("all")])
    assert kept.schema == dataset.schema
    assert kept.to_pylist() == ROWS


def test_generators_serve_one_pass():
    dataset = read((frame for frame in [COLUMNS, pd.DataFrame(COLUMNS)]), text="body", target="y")
    assert collect(dataset) == 2 * list(zip(TEXTS, LABELS))
    with pytest.raises(DataError, match="generator, which can be read only once"):
        collect(dataset)


def test_record_batch_readers_serve_one_pass():
    dataset = read(TABLE.to_reader(max_chunksize=1), text="body", target="y")
    assert collect(dataset) == list(zip(TEXTS, LABELS))
    with pytest.raises(DataError, match="only once"):
        collect(dataset)


def test_functions_and_iterables_serve_any_number_of_passes():
    class Frames:
        def __iter__(self):
            yield TABLE
            yield ROWS

    for source in (lambda: iter([TABLE, ROWS]), Frames()):
        dataset = read(source, text="body", target="y")
        assert collect(dataset) == collect(dataset) == 2 * list(zip(TEXTS, LABELS))


def test_things_that_cannot_be_read():
    for source, message in [
        (5, "type int is not readable"),
        ([], "empty list"),
        (iter([]), "stream has no rows"),
        (iter(["text"]), "yields an item of type str"),
        ({"body": ["a"], "y": [1, 2]}, r"different numbers of rows \('body' 1, 'y' 2\)"),
        ({"body": [1]}, "Row 0 of the column 'body' is of type int"),
        ({"body": ["a", "b"], "y": [1, "x"]}, "'y' has values of several types"),
        ({"body": ["a", "b"], "y": ["x", b"x"]}, "'y' has values of several types"),
        ([{"body": "a", "y": b"x"}, {"body": "b", "y": "x"}], "'y' has values of several types"),
        ({"body": "a"}, "one string"),
    ]:
        with pytest.raises(DataError, match=message):
            read(source, text="body")


def test_partitions_are_bounded_slices():
    texts = ["x"] * 40_000
    assert [p.n_rows for p in from_arrays(texts).partitions()] == [16_384, 16_384, 7_232]
    texts = ["y" * 100_000] * 200
    assert {p.n_rows for p in from_arrays(texts).partitions()} <= {83, 34}
    assert all(b.text.nbytes < 4 << 20 for b in from_arrays(texts).batches())


def test_many_small_chunks_become_few_partitions():
    table = pa.concat_tables([TABLE] * 1000)
    assert len(read(table, text="body").partitions()) == 1


def test_partitions_are_pickled_without_the_rest_of_the_table():
    dataset = from_arrays(["text " * 20] * 40_000, np.arange(40_000))
    partition = dataset.partitions()[2]
    data = pickle.dumps(partition)
    assert len(data) < 2 << 20
    copy = pickle.loads(data)
    assert copy.name == partition.name == "memory, rows 32768-39999"
    for ours, theirs in zip(partition.batches(), copy.batches(), strict=True):
        assert ours.text == theirs.text and ours.target == theirs.target


@pytest.mark.parametrize(
    "texts",
    [
        ["a", None, "b"],
        ("a", None, "b"),
        np.array(["a", None, "b"], object),
        pd.Series(["a", None, "b"]),
        pd.Series(["a", np.nan, "b"], dtype=object),
        pd.array(["a", pd.NA, "b"], dtype="string"),
        pl.Series(["a", None, "b"]),
        pa.array(["a", None, "b"]),
        pa.chunked_array([["a"], [None, "b"]]),
        [b"a", None, b"b"],
        iter(["a", None, "b"]),
    ],
)
def test_texts_of_any_kind(texts):
    batches = list(from_arrays(texts).batches())
    values = [v for batch in batches for v in batch.text.cast(pa.string()).to_pylist()]
    assert values == ["a", None, "b"]


def test_numpy_strings():
    (batch,) = from_arrays(np.array(["a", "ü"]), np.array([1.5, np.nan])).batches()
    assert batch.text.to_pylist() == ["a", "ü"]
    assert batch.target.to_pylist() == [1.5, None]


def test_lone_surrogates_and_bytes_that_are_no_text():
    (batch,) = from_arrays(["lone \ud83d", None, "ok ü", float("nan"), b"\xff"]).batches()
    assert batch.text.to_pylist() == [b"lone ?", None, "ok ü".encode(), None, b"\xff"]


def test_weights():
    (batch,) = from_arrays(["a", "b"], weight=[1, 2]).batches()
    assert batch.weight == pa.array([1.0, 2.0])
    with pytest.raises(DataError, match="weights must be numbers"):
        from_arrays(["a", "b"], weight=["x", "y"])


def test_arrays_that_do_not_fit():
    with pytest.raises(DataError, match="different numbers of rows"):
        from_arrays(["a", "b"], [1])
    with pytest.raises(DataError, match="The texts is one string"):
        from_arrays("a b c")
    with pytest.raises(DataError, match="Row 1 of the texts is of type int"):
        from_arrays(["a", 1])
    with pytest.raises(DataError, match="a label must be one"):
        from_arrays(["a", "b"], [[[1]], [[2]]])
    with pytest.raises(DataError, match="2 dimensions"):
        from_arrays(np.array([["a"], ["b"]]))


def test_input_is_not_changed():
    frame = pd.DataFrame(COLUMNS)
    before = frame.copy(deep=True)
    list(read(frame, text="body", target="y").split()[0].shuffle(1).batches("all"))
    pd.testing.assert_frame_equal(frame, before)
