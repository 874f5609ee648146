"""Damaged Arrow arrays are one sentence, before anything follows what they point to.

Every input here fails pyarrow's own validation; nothing in it is read beyond its buffers.
"""

import numpy as np
import pyarrow as pa
import pyarrow.dataset
import pytest

from torrential.data import from_arrays, read
from torrential.data.columns.intact import require_intact
from torrential.errors import DataError

GOOD = pa.array(["one", "two", "three"])


def text_with(offsets, data=b"onetwothree", data_type=None):
    data_type = data_type or pa.string()
    width = np.int64 if data_type in (pa.large_string(), pa.large_binary()) else np.int32
    buffers = [None, pa.py_buffer(np.array(offsets, width)), pa.py_buffer(data)]
    return pa.Array.from_buffers(data_type, len(offsets) - 1, buffers)


def coded(indices, words=GOOD):
    return pa.DictionaryArray.from_arrays(pa.array(indices, pa.int32()), words, safe=False)


def views_with(length, data=b"a text that is longer than twelve"):
    # Bytes of the text, its first four, the number of its buffer, and where it begins there.
    view = np.array([length, 0, 0, 0], np.int32)
    view.view("S1")[4:8] = [bytes([byte]) for byte in data[:4]]
    views = pa.py_buffer(np.tile(view, 3))
    return pa.Array.from_buffers(pa.string_view(), 3, [None, views, pa.py_buffer(data)])


def nested(array):
    return pa.StructArray.from_arrays([array], names=["inner"])


def list_of(array, offsets=(0, 1, 2, 3)):
    buffers = [None, pa.py_buffer(np.array(offsets, np.int32))]
    return pa.Array.from_buffers(pa.list_(array.type), 3, buffers, children=[array])


FALLING = text_with([0, 6, 3, 11])
DAMAGED = {
    "offsets that fall": FALLING,
    "large offsets that fall": text_with([0, 6, 3, 11], data_type=pa.large_string()),
    "binary": text_with([0, 6, 3, 11], data_type=pa.binary()),
    "a middle offset behind the text": text_with([0, 3, 99, 11]),
    "a negative offset": text_with([0, -3, 6, 11]),
    "an index behind the words": coded([0, 1, 3]),
    "a negative index": coded([0, -1, 2]),
    "words with offsets that fall": coded([0, 1, 2], FALLING),
    "views behind their buffer": views_with(99),
    "a struct": nested(FALLING),
    "a struct of a list of words": nested(list_of(coded([0, 1, 3]))),
    "a list of text": list_of(FALLING),
    "a list behind its values": list_of(GOOD, (0, 1, 9, 3)),
    "a list that falls": list_of(GOOD, (0, 2, 1, 3)),
    "nulls that are not there": pa.Array.from_buffers(
        pa.int8(), 3, [pa.py_buffer(b"\xff"), pa.py_buffer(b"\0\0\0")], null_count=2
    ),
    "runs that fall": pa.Array.from_buffers(
        pa.run_end_encoded(pa.int32(), pa.string()),
        3,
        [None],
        children=[pa.array([2, 1, 3], pa.int32()), GOOD],
    ),
}
BY_NAME = pytest.mark.parametrize("damaged", DAMAGED.values(), ids=DAMAGED.keys())
USED = pytest.mark.parametrize(
    "damaged",
    [DAMAGED["offsets that fall"], DAMAGED["an index behind the words"]],
    ids=["offsets", "index"],
)


def rows_of(array, name="odd"):
    columns = {"text": GOOD, "y": pa.array(["a", "b", "a"]), name: array}
    return pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns))


def written(path, batches, new):
    with new(str(path), batches[0].schema) as writer:
        for rows in batches:
            writer.write_batch(rows)
    return path


def consume(source, columns="used", **names):
    names = {"text": "text", "target": "y", **names}
    return sum(batch.n_rows for batch in read(source, **names).batches(columns=columns))


@BY_NAME
def test_damage_of_any_kind_is_found(damaged):
    with pytest.raises(DataError, match=r"^Rows is damaged \(.*\): write it again"):
        require_intact(rows_of(damaged), "Rows")


@USED
@pytest.mark.parametrize("new", [pa.ipc.new_file, pa.ipc.new_stream], ids=["file", "stream"])
def test_files_name_the_record_batch(tmp_path, damaged, new):
    good = GOOD if damaged.type == pa.string() else coded([0, 1, 2])
    path = written(tmp_path / "x.arrow", [rows_of(good), rows_of(damaged)], new)
    for columns, names in (("used", {"text": "odd"}), ("used", {"target": "odd"}), ("all", {})):
        with pytest.raises(DataError, match=r"^Record batch 1 of .*x\.arrow is damaged"):
            consume(str(path), columns, **names)


def test_a_file_with_an_offset_behind_the_text(tmp_path):
    path = written(tmp_path / "x.arrow", [rows_of(GOOD)], pa.ipc.new_file)
    offsets, behind = (np.array([0, 3, 6, end], np.int32).tobytes() for end in (11, 99))
    path.write_bytes(path.read_bytes().replace(offsets, behind))
    with pytest.raises(DataError, match=r"^Record batch 0 of .*x\.arrow is damaged"):
        consume(str(path))


def test_columns_that_are_not_read_may_be_damaged(tmp_path):
    path = written(tmp_path / "x.arrow", [rows_of(FALLING)], pa.ipc.new_file)
    assert consume(str(path)) == 3


@USED
@pytest.mark.parametrize(
    "hand_over",
    [
        lambda rows: rows,
        lambda rows: pa.Table.from_batches([rows]),
        lambda rows: [rows, rows],
        lambda rows: pa.RecordBatchReader.from_batches(rows.schema, [rows]),
        lambda rows: iter([rows]),
        lambda rows: lambda: [pa.Table.from_batches([rows])],
        lambda rows: {name: rows.column(name) for name in rows.schema.names},
        lambda rows: {"text": GOOD, "y": ["a"] * 3, "odd": pa.chunked_array([rows["odd"]])},
        lambda rows: pyarrow.dataset.dataset(pa.Table.from_batches([rows])),
    ],
    ids=["batch", "table", "list", "reader", "generator", "function", "dict", "chunks", "dataset"],
)
def test_tables_in_memory(damaged, hand_over):
    with pytest.raises(DataError, match="is damaged"):
        consume(hand_over(rows_of(damaged)), text="odd")


@USED
def test_arrays_in_memory(damaged):
    with pytest.raises(DataError, match=r"^An array of the texts is damaged"):
        from_arrays(damaged)
    with pytest.raises(DataError, match=r"^The target is damaged"):
        from_arrays(GOOD, damaged)


def test_text_that_is_not_utf8_is_no_damage(tmp_path):
    odd = text_with([0, 3, 6, 11], b"one\xff\xfe!three")
    path = written(tmp_path / "x.arrow", [rows_of(odd)], pa.ipc.new_file)
    assert consume(str(path), text="odd") == 3
    assert consume(rows_of(odd), text="odd") == 3


def test_whole_rows_of_every_type_are_intact():
    types = [
        pa.null(), pa.bool_(), pa.float16(), pa.date32(), pa.date64(), pa.time32("s"),
        pa.time64("ns"), pa.timestamp("us", "UTC"), pa.duration("s"), pa.decimal128(5, 2),
        pa.decimal256(50, 2), pa.month_day_nano_interval(), pa.binary(4), pa.string(),
        pa.large_binary(), pa.string_view(), pa.binary_view(), pa.json_(pa.string()), pa.uuid(),
        pa.list_(pa.string()), pa.large_list(pa.string()), pa.list_view(pa.string()),
        pa.list_(pa.string(), 2), pa.map_(pa.string(), pa.date64()),
        pa.struct([("a", pa.dictionary(pa.int8(), pa.large_string()))]),
        pa.run_end_encoded(pa.int16(), pa.string()), pa.dictionary(pa.uint16(), pa.string_view()),
    ]  # fmt: skip
    arrays = [pa.nulls(5, each) for each in types]
    kinds = pa.array([0, 1, 0], pa.int8())
    arrays.append(pa.UnionArray.from_sparse(kinds, [GOOD, pa.array([1, 2, 3])]))
    dense = pa.array([0, 0, 1], pa.int32())
    arrays.append(pa.UnionArray.from_dense(kinds, dense, [GOOD, pa.array([1])]))
    for array in arrays:
        for part in (array, array.slice(1, 2), array.slice(1, 0)):
            require_intact(pa.record_batch([part], names=["x"]), "Rows")
