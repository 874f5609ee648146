"""Values of used columns that come later, in another type: held exactly, or an error by row."""

import datetime as dt
import json
from decimal import Decimal

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import torrential as tor
from torrential.data.formats import lines
from torrential.errors import DataError

LARGE = 2**53 + 1


@pytest.fixture(autouse=True)
def _short_blocks(monkeypatch):
    monkeypatch.setattr(lines, "BLOCK_BYTES", 64)


def write_json(path, labels, **more):
    rows = [{"t": f"text {i}", "y": label, **more} for i, label in enumerate(labels)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def as_json(rows, path):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def labels_of(paths, **options):
    dataset = tor.read(paths, text="t", target="y", **options)
    return [label for batch in dataset.batches() for label in batch.target.to_pylist()]


def same(found, expected):
    return found == expected and list(map(type, found)) == list(map(type, expected))


@pytest.mark.parametrize(
    ("early", "late"),
    [
        ([4, 5], [4.5, 1.5]),
        ([4.5, 5], [4, 5]),
        ([4, None], [2**63, 2**64 - 1]),
        ([LARGE, 1], [2**63 + 1]),
        ([None, None], [1, 2]),
        ([None, None], ["a", "2024-01-01"]),
        ([None, None], ["2024-01-01", "2024-01-02"]),
        ([None, None], [True, False]),
        ([float("nan"), None], [LARGE, 5]),
        ([1, float("nan")], [2.5, 1]),
        (["a", float("nan")], ["NaN", "NA", "null", ""]),
        ([True, None], [False]),
        ([0.5, 2], [float("inf"), 3]),
    ],
)
@pytest.mark.parametrize("n_files", [1, 2])
def test_json_labels_that_come_later(tmp_path, early, late, n_files):
    early = early * 10
    if n_files == 1:
        paths = write_json(tmp_path / "a.jsonl", early + late)
    else:
        paths = [write_json(tmp_path / "a.jsonl", early), write_json(tmp_path / "b.jsonl", late)]
    expected = [None if label != label else label for label in early + late]
    found = [None if label != label else label for label in labels_of(paths)]
    assert found == expected
    kinds = {type(label) for label in expected if label is not None}
    assert {type(label) for label in found if label is not None} <= kinds | {float}


@pytest.mark.parametrize(
    ("early", "late", "shown"),
    [
        ([1, 2], "1", "'1'"),
        (["1", "2"], 1, "1"),
        ([True, False], 1, "1"),
        ([1, 2], True, "True"),
        ([1, 2], [3], r"\[3\]"),
        (["a", "b"], {"c": 1}, "{'c': 1}"),
        ([0.5, 1.5], LARGE, str(LARGE)),
        ([0.5, 1.5], 2**64, str(2**64)),
        (["1", "2"], 1.10, "1.1"),
    ],
)
def test_json_labels_of_another_kind(tmp_path, early, late, shown):
    path = write_json(tmp_path / "a.jsonl", early * 10 + [late, *early])
    message = f"a.jsonl, row 21: column 'y' holds {shown}, but .*target_type='string'"
    with pytest.raises(DataError, match=message):
        labels_of(path)
    expected = [label if isinstance(label, str) else json.dumps(label) for label in [*early, late]]
    assert set(labels_of(path, target_type="string")) == set(expected)


def test_json_numbers_as_strings_are_as_they_are_written(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"t": "a", "y": 1.10}\n{"t": 2.50, "y": 100000000000000000001}\n')
    assert labels_of(path, target_type="string") == ["1.10", "100000000000000000001"]
    (batch,) = tor.read(path, text="t").batches()
    assert batch.text.to_pylist() == ["a", "2.50"]


@pytest.mark.parametrize(
    ("asked", "values", "expected"),
    [
        ("int64", [1, 2.0], [1, 2]),
        ("float64", [1, 2.5], [1.0, 2.5]),
        ("bool", [1, 0, True], [True, False, True]),
        ("uint64", [2**63], [2**63]),
        ("float32", [0.5], [0.5]),
    ],
)
def test_an_asked_type_that_holds_the_labels(tmp_path, asked, values, expected):
    path = write_json(tmp_path / "a.jsonl", values)
    assert same(labels_of(path, target_type=asked), expected)


@pytest.mark.parametrize(
    ("asked", "value"),
    [("int64", 4.5), ("int8", 300), ("float32", 0.1), ("bool", 2), ("uint8", -1)],
)
def test_an_asked_type_that_does_not_hold_a_label(tmp_path, asked, value):
    path = write_json(tmp_path / "a.jsonl", [1, 1, value])
    table = pa.table({"t": ["x"] * 3, "y": [1, 1, value]})
    pq.write_table(table, tmp_path / "a.parquet")
    for source in (path, tmp_path / "a.parquet", table.to_pandas(), pl.from_arrow(table)):
        with pytest.raises(DataError, match=r"row .*'y'.*holds"):
            labels_of(source, target_type=asked)


FIRST = {
    "int64": pa.array([1, 2]),
    "int8": pa.array([1, 2], pa.int8()),
    "float": pa.array([0.5, 2.0]),
    "decimal": pa.array([Decimal("1.10"), Decimal("2.25")]),
    "null": pa.nulls(2),
    "no label": pa.array([None, None], pa.int8()),
}
THEN = {
    "int64": pa.array([3, 2**62]),
    "uint64": pa.array([2**64 - 1, 1], pa.uint64()),
    "float": pa.array([0.1, 2.0]),
    "float32": pa.array([0.1, 2.0], pa.float32()),
    "decimal": pa.array([Decimal("12345678901234567890.5"), Decimal("1")]),
    "dictionary": pa.array([1, 2]).dictionary_encode(),
}


@pytest.mark.parametrize("then", THEN.values(), ids=THEN)
@pytest.mark.parametrize("first", FIRST.values(), ids=FIRST)
@pytest.mark.parametrize("kind", ["parquet", "tables"])
def test_numbers_of_another_type_are_held(tmp_path, first, then, kind):
    tables = [pa.table({"t": ["a", "b"], "y": labels}) for labels in (first, then)]
    sources = tables
    if kind == "parquet":
        sources = [tmp_path / f"{number}.parquet" for number in range(2)]
        for path, table in zip(sources, tables):
            pq.write_table(table, path)
    expected = first.to_pylist() + then.to_pylist()
    if pa.types.is_decimal(first.type) and then.type == pa.float64():
        expected[2:] = [Decimal("0.1"), Decimal(2)]  # what is written like the float
    assert labels_of(sources) == expected


@pytest.mark.parametrize(
    ("first", "then"),
    [
        (pa.array(["a"]), pa.array([1])),
        (pa.array([1]), pa.array(["01"])),
        (pa.array([1]), pa.array([True])),
        (pa.array([True]), pa.array([1])),
        (pa.array([dt.date(2024, 1, 1)]), pa.array(["2024-01-01"])),
        (pa.array(["2024-01-01"]), pa.array([dt.date(2024, 1, 1)])),
        (pa.array([1]), pa.array([dt.date(2024, 1, 1)])),
    ],
)
def test_labels_of_another_kind_name_their_row(tmp_path, first, then):
    for name, labels in (("a", first), ("b", then)):
        pq.write_table(pa.table({"t": ["x"], "y": labels}), tmp_path / f"{name}.parquet")
    with pytest.raises(DataError, match=r"b.parquet, data row 1: column 'y' holds .*target_type"):
        labels_of(tmp_path)


@pytest.mark.parametrize("early", [1, None])
def test_weights_are_always_floats(tmp_path, early):
    rows = [{"t": "a", "w": early}] * 20 + [{"t": "b", "w": 0.5}]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    tables = [pa.table({"t": ["a"], "w": pa.array([w])}) for w in (early, 0.5, Decimal("0.25"))]
    weights = [
        [w for batch in dataset.batches() for w in batch.weight.to_pylist()]
        for dataset in (
            tor.read(tmp_path / "a.jsonl", text="t", weight="w"),
            tor.read(tables, text="t", weight="w"),
        )
    ]
    assert weights == [[early] * 20 + [0.5], [early, 0.5, 0.25]]


@pytest.mark.parametrize("weight", ["1", True, [1]])
def test_weights_that_are_not_numbers(tmp_path, weight):
    rows = [{"t": "a", "w": 1}] * 20 + [{"t": "b", "w": weight}]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    with pytest.raises(DataError, match="row 21: the weight column 'w' holds"):
        list(tor.read(tmp_path / "a.jsonl", text="t", weight="w").batches())


def test_groups_that_come_later_in_another_type(tmp_path):
    rows = [{"t": str(i), "g": i % 7 if i < 40 else i % 7 + 0.5 * (i % 2)} for i in range(80)]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    dataset = tor.read(tmp_path / "a.jsonl", text="t")
    sides = {}
    for number, (_, test) in enumerate(dataset.folds(3, groups="g")):
        for batch in test.batches():
            for text in batch.text.to_pylist():
                sides.setdefault(rows[int(text)]["g"], set()).add(number)
    assert len(sides) > 7 and all(len(numbers) == 1 for numbers in sides.values())


def test_shuffled_labels_of_two_types(tmp_path):
    path = write_json(tmp_path / "a.jsonl", [1, 2] * 10 + [0.5])
    dataset = tor.read(path, text="t", target="y").shuffle(1)
    labels = [label for batch in dataset.batches() for label in batch.target.to_pylist()]
    assert sorted(labels) == sorted([1, 2] * 10 + [0.5])


def test_a_split_does_not_depend_on_the_type_of_labels():
    texts = [f"text {i}" for i in range(200)]
    sides = []
    for kind in (pa.int8(), pa.int64(), pa.float64(), pa.string()):
        labels = pa.array([i % 3 for i in range(200)]).cast(kind)
        _, test = tor.read({"t": texts, "y": labels}, text="t", target="y").split(0.5)
        sides.append([text for batch in test.batches() for text in batch.text.to_pylist()])
    assert all(side == sides[0] for side in sides)


def test_training_on_labels_that_widen_is_as_in_memory(tmp_path):
    texts = ["good film"] * 30 + ["bad film"] * 30 + ["fair film"] * 30
    labels = [5] * 30 + [1] * 30 + [2.5] * 30
    rows = [{"t": text, "y": label} for text, label in zip(texts, labels)]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    dataset = tor.read(tmp_path / "a.jsonl", text="t", target="y")
    settings = {"n_features": 2**10, "shuffle": False}
    models = [
        tor.TextClassifier(preset="fast", **settings).fit(dataset),
        tor.TextClassifier(preset="fast", **settings).fit(texts, labels),
        tor.TextClassifier(preset="fast", **settings).fit(dataset.cache(tmp_path / "cache")),
    ]
    assert models[0].classes_.tolist() == [1.0, 2.5, 5.0]
    for model in models[1:]:
        np.testing.assert_array_equal(model.classes_, models[0].classes_)
        np.testing.assert_array_equal(model.coef_, models[0].coef_)
