"""Several labels a row: read from lists, delimited texts, lines and matrices, and numbered."""

import json
from collections import Counter
from functools import partial

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from torrential.data import from_arrays, read
from torrential.data.columns import label_lists
from torrential.data.fingerprint import difference, fingerprint
from torrential.engine.targets.labels import Labels, encode, n_repeated
from torrential.errors import DataError, ParameterError

TOPICS = [["oil", "gas"], [], None, ["gas"], ["gas", "oil", "gas"]]
TEXTS = [f"text {number}" for number in range(len(TOPICS))]
SETS = [("gas", "oil"), (), None, ("gas",), ("gas", "oil")]


def sets_of(dataset):
    """Return the set of each row, as the engine numbers it."""
    found = []
    for batch in dataset.batches():
        encoded = encode(batch.target)
        found += [None if code < 0 else encoded.values[code] for code in encoded.codes]
    return found


def as_parquet(path, kind):
    table = pa.table({"text": TEXTS, "topics": pa.array(TOPICS, kind)})
    pq.write_table(table, path / "rows.parquet")
    return path / "rows.parquet"


def as_arrow(path, kind):
    table = pa.table({"text": TEXTS, "topics": pa.array(TOPICS, kind)})
    with pa.ipc.new_file(path / "rows.arrow", table.schema) as writer:
        writer.write_table(table)
    return path / "rows.arrow"


def as_json(path, kind):
    rows = [json.dumps({"text": a, "topics": b}) for a, b in zip(TEXTS, TOPICS)]
    (path / "rows.jsonl").write_text("\n".join(rows))
    return path / "rows.jsonl"


@pytest.mark.parametrize("make", [as_parquet, as_arrow, as_json])
@pytest.mark.parametrize("kind", [pa.list_(pa.string()), pa.large_list(pa.large_string())])
def test_lists_in_files(make, kind, tmp_path):
    assert sets_of(read(make(tmp_path, kind), text="text", target="topics")) == SETS


@pytest.mark.parametrize(
    "kind",
    [
        pa.list_(pa.string_view()),
        pa.list_(pa.dictionary(pa.int32(), pa.string())),
        pa.list_view(pa.string()),
    ],
)
def test_lists_of_any_kind_in_memory(kind):
    plain = pa.array(TOPICS)
    offsets, values = label_lists.parts_of(plain)
    values = (
        values.dictionary_encode()
        if pa.types.is_dictionary(kind.value_type)
        else values.cast(kind.value_type)
    )
    lists = label_lists.from_parts(offsets, values, plain)
    if pa.types.is_list_view(kind):
        lists = pa.ListViewArray.from_arrays(
            offsets[:-1].astype(np.int32), np.diff(offsets).astype(np.int32), values,
            mask=plain.is_null(),
        )  # fmt: skip
    assert sets_of(read({"text": TEXTS, "y": lists}, text="text", target="y")) == SETS
    assert (
        sets_of(read(pa.table({"text": TEXTS, "y": lists})[2:], text="text", target="y"))
        == (SETS[2:])
    )


@pytest.mark.parametrize("make", [dict, pd.DataFrame, pl.DataFrame, pa.table])
def test_lists_in_frames(make):
    table = make({"text": TEXTS, "topics": TOPICS})
    assert sets_of(read(table, text="text", target="topics")) == SETS


@pytest.mark.parametrize("kind", [list, tuple, set, partial(np.array, dtype=object)])
def test_lists_of_python(kind):
    rows = [None if each is None else kind(each) for each in TOPICS]
    assert sets_of(from_arrays(TEXTS, rows)) == SETS


@pytest.mark.parametrize("make", [np.asarray, sp.csr_matrix, sp.coo_array])
@pytest.mark.parametrize("dtype", [int, bool, float])
def test_matrices_of_zero_and_one(make, dtype):
    matrix = np.array([[0, 1, 1], [0, 0, 0], [1, 0, 0]], dtype)
    assert sets_of(from_arrays(["a", "b", "c"], make(matrix))) == [(1, 2), (), (0,)]


def test_a_matrix_of_counts_is_an_error():
    with pytest.raises(DataError, match="other values than 0 and 1"):
        from_arrays(["a", "b"], np.array([[0, 2], [1, 0]]))
    with pytest.raises(DataError, match="2 dimensions"):
        from_arrays(["a", "b"], np.array([[0], [1]]))


def test_delimited_texts(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text('text,topics\na,oil| natural gas\nb,\nc,""\nd,7\ne,oil||oil\n')
    dataset = read(path, text="text", target="topics", target_separator="|")
    assert sets_of(dataset) == [("natural gas", "oil"), (), (), ("7",), ("oil",)]
    table = {"text": ["a", "b", "c"], "y": ["1;2", None, " ; "]}
    assert sets_of(read(table, text="text", target="y", target_separator=";")) == [
        ("1", "2"),
        None,
        (),
    ]


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"target_separator": ""}, "is not a text"),
        ({"target_separator": 1}, "is not a text"),
        ({"target_separator": "|", "target_type": "int64"}, "leave out target_type"),
    ],
)
def test_separators_that_are_wrong(parameters, message):
    with pytest.raises(ParameterError, match=message):
        read({"text": ["a"], "y": ["b"]}, text="text", target="y", **parameters)


def test_a_separator_is_for_texts():
    with pytest.raises(DataError, match="holds int64, not text"):
        read({"text": ["a"], "y": [1]}, text="text", target="y", target_separator="|")


def test_all_labels_of_lines(tmp_path):
    path = tmp_path / "rows.txt"
    path.write_text("__label__b __label__a first\nnone\nlast __label__a __label__ __label__a\n")
    dataset = read(path, multilabel=True)
    assert sets_of(dataset) == [("a", "b"), None, ("a",)]
    (batch,) = dataset.batches()
    assert batch.n_other_labels == 1 and n_repeated(batch.target, encode(batch.target)) == 1
    assert next(iter(read(path).batches())).target.to_pylist() == ["b", None, "a"]


def test_single_labels_as_sets():
    table = {"text": ["a", "b", "c"], "y": [1.5, None, float("nan")]}
    assert sets_of(read(table, text="text", target="y", multilabel=True)) == [(1.5,), None, None]


def test_types_of_labels(tmp_path):
    table = {"text": ["a", "b"], "y": [[2, 1], [3]]}
    assert sets_of(read(table, text="text", target="y")) == [(1, 2), (3,)]
    as_text = read(table, text="text", target="y", target_type="string")
    assert sets_of(as_text) == [("1", "2"), ("3",)]


def test_the_first_lists_may_be_empty(tmp_path):
    for number, topics in enumerate([[], [], ["2020-01-01"]]):
        line = json.dumps({"text": "a", "y": topics}) + "\n"
        (tmp_path / f"{number}.jsonl").write_text(line)
    assert sets_of(read(tmp_path, text="text", target="y")) == [(), (), ("2020-01-01",)]
    rows = [{"text": "a", "y": []}, {"text": "\ud800", "y": ["\ud800"]}]
    (tmp_path / "0.jsonl").write_text("\n".join(map(json.dumps, rows)))
    assert sets_of(read(tmp_path / "0.jsonl", text="text", target="y")) == [(), ("?",)]


def test_a_null_in_a_list_is_an_error_that_names_its_row(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text('{"t": "a", "y": ["b"]}\n{"t": "a", "y": ["b", null]}\n')
    with pytest.raises(DataError, match=r"rows\.jsonl, data row 2: column 'y' holds a list with"):
        list(read(path, text="t", target="y").batches())
    numbers = pa.array([[1.0], [float("nan")]])
    with pytest.raises(DataError, match="data row 2"):
        list(read({"t": ["a", "b"], "y": numbers}, text="t", target="y").batches())


@pytest.mark.parametrize("first", ['["b"]', '"b"'])
def test_mixed_lists_and_scalars_are_an_error_that_names_the_row(first, tmp_path):
    path, second = tmp_path / "rows.jsonl", '"c"' if first == '["b"]' else '["c"]'
    path.write_text("".join(f'{{"t": "a", "y": {each}}}\n' for each in (first, second)))
    with pytest.raises(DataError, match=r"rows\.jsonl, row 2: column 'y'"):
        list(read(path, text="t", target="y").batches())
    tables = [pa.table({"t": ["a"], "y": [json.loads(each)]}) for each in (first, second)]
    with pytest.raises(DataError, match="give all rows lists of labels of one type"):
        list(read(tables, text="t", target="y").batches())
    with pytest.raises(DataError, match="values of several types"):
        read({"t": ["a", "b"], "y": [["c"], "d"]}, text="t", target="y")


def test_labels_of_other_types_in_later_lists():
    tables = [pa.table({"t": t, "y": y}) for t, y in ((["a"], [["b"]]), (["a", "c"], [[], [1]]))]
    with pytest.raises(DataError, match=r"data row 2: column 'y' holds 1 of type int64, which"):
        list(read(tables, text="t", target="y").batches())


def test_lists_of_lists_are_an_error():
    with pytest.raises(DataError, match="one string, number or boolean, or several in a list"):
        read({"t": ["a"], "y": [[["b"]]]}, text="t", target="y")


def test_bytes_that_are_not_utf_8():
    wrong = pa.array([[b"\xff"]]).cast(pa.list_(pa.binary()))
    wrong = pa.ListArray.from_arrays(wrong.offsets, wrong.values.view(pa.string()))
    with pytest.raises(DataError, match=r"data row 1: the label b'\\xff' in column 'y'"):
        list(read(pa.table({"t": ["a"], "y": wrong}), text="t", target="y").batches())


labels = st.lists(st.one_of(st.none(), st.lists(st.sampled_from("abcdefgh"), max_size=5)))


@settings(deadline=None)
@given(labels)
def test_sets_are_numbered_as_in_plain_python(rows):
    encoded = encode(pa.array(rows, pa.list_(pa.string())))
    expected = [None if row is None else tuple(sorted(set(row))) for row in rows]
    assert [None if c < 0 else encoded.values[c] for c in encoded.codes] == expected
    assert encoded.values == list(dict.fromkeys(each for each in expected if each is not None))
    repeated = sum(len(row) - len(set(row)) for row in rows if row is not None)
    assert n_repeated(pa.array(rows, pa.list_(pa.string())), encoded) == repeated


@settings(deadline=None)
@given(labels)
def test_hashes_that_collide_change_nothing(rows):
    lists = pa.array(rows, pa.list_(pa.string()))
    expected = encode(lists)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(label_lists, "_mixed", lambda numbers: np.zeros(len(numbers), np.uint64))
        found = encode(lists)
    assert found.values == expected.values and found.codes.tolist() == expected.codes.tolist()


def test_sets_are_not_taken_for_labels():
    with pytest.raises(DataError, match="several labels each"):
        Labels().codes(encode(pa.array(TOPICS)))


def test_views_of_rows_with_sets():
    topics = [[f"t{n % 7}", f"t{n % 5}"] if n % 4 else [] for n in range(400)]
    dataset = from_arrays([f"text {n}" for n in range(400)], topics)
    rows = Counter(zip(range(400), map(str, sets_of(dataset))))
    assert sum(rows.values()) == 400
    for whole in (dataset.shuffle(1), *[dataset]):
        assert Counter(sets_of(whole)) == Counter(sets_of(dataset))
    for pairs in ([dataset.split(0.3)], dataset.folds(3), dataset.folds(3, stratify=True)):
        train, test = pairs[0]
        assert Counter(sets_of(train) + sets_of(test)) == Counter(sets_of(dataset))
    mirrored = from_arrays([f"text {n}" for n in range(400)], [each[::-1] for each in topics])
    assert sets_of(mirrored) == sets_of(dataset)
    for ours, theirs in zip(dataset.split(0.3), mirrored.split(0.3)):
        assert sets_of(ours) == sets_of(theirs)
    with pytest.raises(ParameterError, match="several labels"):
        dataset.downsample({"t1": 0.5})


def test_fingerprints_of_sets():
    table = {"text": ["a", "b"], "y": ["p|q", "r"]}
    plain = fingerprint(read(table, text="text", target="y"))
    split = fingerprint(read(table, text="text", target="y", target_separator="|"))
    assert difference(plain, split) == "was made with target_separator=None, not '|'"
    one = fingerprint(from_arrays(["a", "b"], [["p", "q"], []]))
    other = fingerprint(from_arrays(["a", "b"], [["p"], ["q"]]))
    assert difference(one, one) is None and "other rows" in difference(one, other)
