"""Rows of Python for models of maps, lists, vectors and structs: dicts, lists of dicts, frames."""

import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import torrential as tor
from torrential.adapters.learned_columns import is_row
from torrential.data.fingerprint import fingerprint
from torrential.features.table.settings import LIST, MAP, VECTOR

pytestmark = pytest.mark.jit

ROWS = [
    {
        "words": {"good": 1.0, f"w{i}": 2.0} if i % 2 else {"bad": 1.5},
        "tags": ["a", "b"] if i % 2 else ["c"],
        "v": [1.0, 0.5] if i % 2 else [0.0, 1.0],
        "s": {"n": i % 2, "b": {"c": "x" if i % 2 else "y"}},
        "x": float(i),
    }
    for i in range(60)
]
Y = ["p" if i % 2 else "q" for i in range(60)]
TYPES = {
    "words": pa.map_(pa.string(), pa.float64()),
    "tags": pa.list_(pa.string()),
    "v": pa.list_(pa.float32()),
}
SMALL = {"n_features": 2**10}


def arrow(rows, names):
    columns = {}
    for name in names:
        values = [[*row[name].items()] if name == "words" else row[name] for row in rows]
        columns[name] = pa.array(values, TYPES.get(name))
    return pa.table(columns)


def fitted(*names):
    rows = arrow(ROWS, names).append_column("y", pa.array(Y))
    return tor.TableClassifier(**SMALL).fit(tor.read(rows, target="y"))


@pytest.fixture(scope="module")
def model():
    return fitted("words", "tags", "v", "s", "x")


def scores(model, rows):
    return model.decision_function(rows).tolist()


@pytest.mark.parametrize("name", ["words", "tags", "v", "s", "x"])
def test_a_dict_is_a_row_for_each_kind_of_column(name):
    model = fitted(name)
    assert model.columns_plan_[0]["kind"] == {
        "words": "map", "tags": "list", "v": "vector", "s": "log", "x": "log",
    }[name]  # fmt: skip
    for row in ROWS[:3]:
        given = {name: row[name]}
        expected = scores(model, arrow([row], [name]))
        assert scores(model, given) == scores(model, [given]) == expected
        explained = model.explain(given)
        assert explained.decision.tolist() == pytest.approx(expected)
        assert explained.terms


def test_rows_in_all_forms_have_the_same_scores(model):
    names = [*ROWS[0]]
    expected = scores(model, arrow(ROWS[:7], names))
    columns = {name: [row[name] for row in ROWS[:7]] for name in names}
    structs = pa.Table.from_pylist(ROWS[:7])  # where the map is a struct with nulls
    assert pa.types.is_struct(structs.schema.field("words").type)
    forms = [ROWS[:7], columns, pd.DataFrame(ROWS[:7]), structs, structs.to_batches()[0]]
    for rows in forms:
        assert scores(model, rows) == expected
    assert [scores(model, row)[0] for row in ROWS[:7]] == expected


def test_equal_maps_in_memory_are_equal_however_they_are_laid_out():
    def found(rows):
        return fingerprint(tor.read(pa.table({"m": rows, "y": ["p"] * len(rows)}), target="y"))

    rows = [[("a", 1.0)], None, [("b", 2.0), ("c", None)], []]
    whole = pa.array([[("z", 9.0)], *rows], TYPES["words"])
    assert found(whole.slice(1)) == found(pa.array(rows, TYPES["words"]))
    others = [[("a", 1.5)], *rows[1:]], [rows[0], [], *rows[2:]], [*rows[:3], None]
    for other in others:
        assert found(pa.array(other, TYPES["words"])) != found(whole.slice(1))


def test_a_frame_of_polars_has_them_too(model):
    polars = pytest.importorskip("polars")
    expected = scores(model, arrow(ROWS[:7], [*ROWS[0]]))
    assert scores(model, polars.DataFrame(ROWS[:7])) == expected


def test_labeled_rows_are_measured_and_learned():
    model = fitted("words", "tags", "v", "s", "x")
    assert model.score(ROWS, Y) == model.evaluate(ROWS, Y).accuracy == 1.0
    assert model.report(ROWS[:6], Y[:6]).figures.head.n_rows == 6
    before = scores(model, ROWS[:1])
    model.partial_fit(ROWS, Y)
    assert model.counts_.n_rows == 120 and scores(model, ROWS[:1]) != before


@pytest.mark.parametrize("name", ["words", "tags", "v"])
@pytest.mark.parametrize("given", [None, "empty"])
def test_what_is_missing_or_empty_adds_nothing(name, given):
    model = fitted(name)
    value = ({} if name == "words" else []) if given else None
    found = scores(model, [{name: value}])
    assert found == pytest.approx(model.intercept_.tolist())
    if name == "words" or given is None:
        assert scores(model, {name: value}) == found
    nulls = pa.table({name: pa.nulls(1)})
    assert scores(model, tor.read(nulls)) == found


def test_pairs_arrays_and_whole_numbers(model):
    words, vector = fitted("words"), fitted("v")
    assert scores(words, {"words": [("good", 1)]}) == scores(words, {"words": {"good": True}})
    for value in (np.array([1.0, 0.0]), (1, 0), [True, False][:0] or [1, 0]):
        assert scores(vector, {"v": value}) == scores(vector, [{"v": [1.0, 0.0]}])


def test_whole_numbers_are_keys_as_their_texts_are():
    rows = [[(1 + i % 2, 1.5), (7, 2.0)] for i in range(60)]
    table = pa.table({"m": pa.array(rows, pa.map_(pa.int32(), pa.float32())), "y": Y})
    model = tor.TableClassifier(**SMALL).fit(tor.read(table, target="y"))
    expected = model.decision_function(tor.read(table.slice(0, 1), target="y")).tolist()
    assert scores(model, {"m": {1: 1.5, 7: 2.0}}) == expected
    assert scores(model, {"m": {"1": 1.5, "7": 2.0}}) == expected


def test_a_hasher_of_columns_takes_them_too():
    names = ["words", "tags", "v", "x"]
    hasher = tor.ColumnHasher(**SMALL).fit(arrow(ROWS, names))
    expected = hasher.transform(arrow(ROWS[:3], names))
    rows = [{name: row[name] for name in names} for row in ROWS[:3]]
    for found in (hasher.transform(rows), hasher.transform(pd.DataFrame(rows))):
        assert (found != expected).nnz == 0
    assert (hasher.transform(rows[1]) != expected[1:2]).nnz == 0


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ({"words": {"good": "much"}}, r"Column 'words' has 'much' for 'good'.*give a number"),
        ({"words": {"good": [1, 2]}}, "has no input 'words'|one value"),
        ([{"words": {"good": 1, 2: 3}}], "keys of several types"),
        ({"wordz": {"good": 1.0}}, "has no input 'words'"),
    ],
)
def test_what_is_wrong_is_named(row, sentence):
    with pytest.raises(tor.DataError, match=sentence):
        fitted("words").predict(row)


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ({"m": {}}, True),
        ({"m": {"a": 1}}, True),
        ({"m": [{"a": 1}]}, False),
        ({"m": [("a", 1)]}, True),
        ({"m": [[("a", 1)]]}, False),
        ({"l": ["a"]}, True),
        ({"l": [["a"], None]}, False),
        ({"l": []}, False),
        ({"v": [None, 1.0]}, True),
        ({"v": np.zeros((2, 3))}, False),
        ({"v": pd.Series([1.0])}, False),
        ({"s": {"a": 1}}, True),
        ({"s": {"a": [1, 2]}}, False),
        ({"s": {"l": ["a"]}}, True),
        ({"x": [1, 2]}, False),
        ({"x": None}, True),
        ({"x": b"a"}, True),
        ({}, False),
    ],
)
def test_rows_are_told_from_columns(item, expected):
    assert is_row(item, {"m": MAP, "l": LIST, "v": VECTOR, "s.l": LIST}) is expected


def test_a_row_of_a_model_of_vw_lines(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lines = [f"{i % 2 or -1} |text {'great' if i % 2 else 'awful'} movie:2 |meta len:{i % 9}"
             for i in range(80)]  # fmt: skip
    (tmp_path / "train.vw").write_text("\n".join(lines) + "\n")
    assert run("train", "train.vw", "-o", "vw.model", "-q")[0] == 0
    row = {"text": {"great": 1, "movie": 2}, "meta": {"len": 3}}
    code, out, err = run("explain", "vw.model", json.dumps(row))
    assert (code, err) == (0, "") and "text=great" in out and "Decided for 1.0" in out
    model = tor.load("vw.model")
    (tmp_path / "row.vw").write_text("|text great movie:2 |meta len:3\n")
    assert scores(model, row) == scores(model, tor.read(tmp_path / "row.vw"))
    assert model.predict(row).tolist() == model.predict([row]).tolist() == [1.0]
