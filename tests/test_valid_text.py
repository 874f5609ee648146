"""Bytes that are no UTF-8 in what Arrow and Parquet files say of themselves, and in labels."""

import pickle
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq
import pytest

import torrential as tor
from torrential.arrow_casts import offsets_of
from torrential.errors import DataError

N = 10
TABLE = pa.table(
    {
        "text": [f"row {i}" for i in range(N)],
        "label": ["up" if i % 2 else "dzzn" for i in range(N)],
        "other": [f"other {i}" for i in range(N)],
    }
)


def _with(name, values, data_type=None):
    return TABLE.append_column(name, pa.array(values, data_type))


MAP = pa.map_(pa.string(), pa.struct([("zzzz", pa.int64())]))
INNER = [{"zzzz": [{"a": 1}]}] * N
TABLES = {
    "a column": _with("zzzz", list(range(N))),
    "a field": _with("more", INNER),
    "a field in a list": _with("more", [[{"zzzz": 1}]] * N),
    "a field in a map": _with("more", [[("a", {"zzzz": 1})]] * N, MAP),
    "a time zone": _with("when", [0] * N, pa.timestamp("us", "zzzz")),
}


def _write(path, table, kind):
    """Write a table, and put bytes that are no UTF-8 where it has a certain name."""
    if kind == "parquet":
        pq.write_table(table, path, store_schema=False, compression="none")
    elif kind == "arrow":
        pa.feather.write_feather(table, path, compression="uncompressed")
    else:
        with pa.ipc.new_stream(path, table.schema) as writer:
            writer.write_table(table)
    content = path.read_bytes()
    assert b"zz" in content
    path.write_bytes(content.replace(b"zzzz", b"z\xffzz").replace(b"dzzn", b"d\xffzn"))


@pytest.mark.parametrize("kind", ["arrow", "arrows", "parquet"])
@pytest.mark.parametrize("place", TABLES)
def test_names_in_the_first_file_or_a_later_one(place, kind, tmp_path):
    if kind == "parquet" and place == "a time zone":
        pytest.skip("Parquet has none without Arrow's own schema")
    whole = tmp_path / f"1.{kind}"
    _write(whole, TABLE.append_column("mark", pa.array(["dzzn"] * N)), kind)
    bad = tmp_path / f"2.{kind}"
    _write(bad, TABLES[place], kind)
    message = rf"2\.{kind} .*z\\xffzz.*not UTF-8|2\.{kind} .*not UTF-8.*z\\xffzz"
    for paths in (bad, [whole, bad]):
        with pytest.raises(DataError, match=message):
            for part in tor.read(paths, text="text").partitions("all"):
                list(part.batches())
    with pytest.raises(DataError, match="not UTF-8"):
        tor.read(pa.ipc.open_stream(bad).read_all(), text="text") if kind == "arrows" else (
            list(tor.read(bad, text="text").batches())
        )


@pytest.mark.parametrize("kind", ["arrow", "arrows", "parquet"])
def test_labels_name_file_and_row(kind, tmp_path):
    path = tmp_path / f"t.{kind}"
    _write(path, TABLE, kind)
    for make in (
        tor.TextClassifier,
        partial(tor.PartitionEnsemble, tor.TextClassifier(preset="fast")),
    ):
        with pytest.raises(DataError, match=rf"t\.{kind}.*, data row 1: the label b'd\\xffzn'"):
            make().fit(tor.read(path, text="text", target="label"))
    assert sum(batch.n_rows for batch in tor.read(path, text="label").batches()) == N


def test_offsets_of_a_buffer_with_a_rest():
    text = pa.array(["one", "two", "three"])
    _, offsets, values = text.buffers()
    longer = pa.py_buffer(offsets.to_pybytes()[:16] + b"rest..."[:3])
    longer = pa.StringArray.from_buffers(3, longer, values)
    for array in (longer, longer[1:]):
        assert np.diff(offsets_of(array)).tolist() == [len(each.as_py()) for each in array]
    rows = tor.read(pa.table({"text": longer}), text="text")
    vectors = tor.HashingVectorizer().transform(longer)
    assert (vectors != tor.HashingVectorizer().transform(["one", "two", "three"])).nnz == 0
    assert pickle.dumps(rows.partitions()[0].identity())
