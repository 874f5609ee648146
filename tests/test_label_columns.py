"""Columns of every type that Arrow has for text, numbers and booleans, in each of their uses."""

import datetime as dt
import json
import uuid
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import torrential as tor
from torrential.data.columns.used import used_array, used_type
from torrential.errors import DataError, ParameterError, TorrentialError

TEXTS = ["good film", "bad film"] * 20
WORDS = ["up", "down"] * 20
IDS = [str(uuid.UUID(int=number)) for number in (1, 2)] * 20


def extension(kind, storage):
    return pa.ExtensionArray.from_storage(kind, storage)


def runs(values, kind):
    """Runs of two rows each, of a slice: two rows before it are cut off."""
    ends = pa.array(np.arange(2, 2 * len(values) + 1, 2), pa.int32())
    array = pa.RunEndEncodedArray.from_arrays(ends, pa.array(values, kind))
    return array.slice(2)


def strings(words):
    """Words in each type that Arrow has for strings and bytes."""
    views = pa.array(words, pa.string_view())
    codes = pa.array(np.arange(len(words)), pa.uint8())
    width = max(map(len, words))
    padded = [word.ljust(width) for word in words]
    return {
        "string": pa.array(words, pa.string()),
        "large_string": pa.array(words, pa.large_string()),
        "string_view": views,
        "binary": pa.array([word.encode() for word in words], pa.binary()),
        "large_binary": pa.array([word.encode() for word in words], pa.large_binary()),
        "binary_view": pa.array([word.encode() for word in words], pa.binary_view()),
        "fixed size": pa.array([word.encode() for word in padded], pa.binary(width)),
        "dictionary": pa.array(words).dictionary_encode(),
        "dictionary of views": pa.DictionaryArray.from_arrays(codes, views),
        "ordered dictionary": pa.DictionaryArray.from_arrays(codes, views, ordered=True),
        "dictionary of json": pa.DictionaryArray.from_arrays(
            codes, extension(pa.json_(pa.string()), pa.array(words))
        ),
        "runs": runs([None, *words[::2]], pa.string()),
        "runs of views": runs([None, *words[::2]], pa.string_view()),
        "json": extension(pa.json_(pa.string()), pa.array(words)),
        "json of views": extension(pa.json_(pa.string_view()), views),
        "opaque": extension(pa.opaque(pa.string(), "name", "vendor"), pa.array(words)),
    }


def as_words(values):
    return [v.decode().strip() if isinstance(v, bytes) else v.strip() for v in values]


def words_of(kind):
    """Words as they are in the column of that kind."""
    return [WORDS[i // 2 * 2] for i in range(40)] if kind.startswith("runs") else WORDS


def sources(array, path):
    """Tables in memory, and files that can hold the column."""
    table = pa.table({"x": array, "t": TEXTS})
    yield table
    yield table.to_batches()[0]
    if pa.types.is_dictionary(array.type) and isinstance(
        array.type.value_type, pa.BaseExtensionType
    ):
        return  # pyarrow does not read the files of it that it writes
    with pa.ipc.new_file(path / "a.arrow", table.schema) as writer:
        writer.write_table(table)
    yield path / "a.arrow"
    try:
        pq.write_table(table, path / "a.parquet")
    except (pa.ArrowException, NotImplementedError):
        return  # Parquet has no runs
    yield path / "a.parquet"


@pytest.mark.parametrize("kind", strings(WORDS))
def test_strings_as_text(tmp_path, kind):
    for source in sources(strings(WORDS)[kind], tmp_path):
        batches = tor.read(source, text="x").batches()
        found = [value for batch in batches for value in batch.text.to_pylist()]
        assert as_words(found) == words_of(kind)


@pytest.mark.parametrize("kind", strings(WORDS))
def test_strings_as_labels(tmp_path, kind):
    for source in sources(strings(WORDS)[kind], tmp_path):
        for options in ({}, {"target_type": "string"}):
            dataset = tor.read(source, text="t", target="x", **options)
            found = [value for batch in dataset.batches() for value in batch.target.to_pylist()]
            assert as_words(found) == words_of(kind)
            assert not options or all(isinstance(value, str) for value in found)


@pytest.mark.parametrize("kind", strings(WORDS))
@pytest.mark.parametrize("way", [{"groups": "x"}, {"order": "x"}], ids=["groups", "order"])
def test_strings_as_groups_and_order(tmp_path, kind, way):
    words = [f"{number // 2:02}" for number in range(40)]
    for source in sources(strings(words)[kind], tmp_path):
        (_, test), *_ = tor.read(source, text="t").folds(2, **way)
        groups = tor.read(pa.table({"x": words, "t": TEXTS}), text="t").folds(2, **way)[0][1]
        sizes = [sum(batch.n_rows for batch in side.batches()) for side in (test, groups)]
        assert sizes[0] == sizes[1] or kind.startswith("runs")
        assert 0 < sizes[0] < 40


NUMBERS = {
    **{str(kind): pa.array([1, 2] * 20, kind) for kind in (
        pa.int8(), pa.int16(), pa.int32(), pa.int64(),
        pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64(),
        pa.float32(), pa.float64(),
    )},
    "halffloat": pa.array(np.array([1, 2] * 20, np.float16)),
    **{str(kind): pa.array([Decimal(1), Decimal(2)] * 20, kind) for kind in (
        pa.decimal32(5, 2), pa.decimal64(10, 2), pa.decimal128(20, 2), pa.decimal256(50, 2),
    )},
    "dictionary": pa.array([1, 2] * 20).dictionary_encode(),
    "runs": runs([0, *([1] * 20)], pa.int16()),
    "opaque": extension(pa.opaque(pa.int32(), "name", "vendor"), pa.array([1, 2] * 20, pa.int32())),
}  # fmt: skip


@pytest.mark.parametrize("kind", NUMBERS)
def test_numbers_as_weights_labels_and_groups(tmp_path, kind):
    expected = [1] * 40 if kind == "runs" else [1, 2] * 20
    for source in sources(NUMBERS[kind], tmp_path):
        dataset = tor.read(source, text="t", target="x", weight="x")
        (batch,) = dataset.batches()
        assert batch.weight.type == pa.float64()
        assert batch.weight.to_pylist() == expected
        assert batch.target.to_pylist() == expected
        if kind != "runs":
            assert tor.TextClassifier(preset="fast", n_features=2**8).fit(
                dataset
            ).classes_.tolist() == [1, 2]
        numbers = dataset.folds(2, groups="x")
        assert sum(batch.n_rows for _, test in numbers for batch in test.batches()) == 40


def test_extension_types_that_stand_for_something_else(tmp_path):
    table = {
        "id": extension(
            pa.uuid(), pa.array([uuid.UUID(each).bytes for each in IDS], pa.binary(16))
        ),
        "flag": extension(pa.bool8(), pa.array([1, 0] * 20, pa.int8())),
    }
    for name, expected in (("id", IDS), ("flag", [True, False] * 20)):
        for source in sources(table[name], tmp_path):
            (batch,) = tor.read(source, text="t", target="x").batches()
            assert batch.target.to_pylist() == expected
            (_, test), *_ = tor.read(source, text="t").folds(2, groups="x")
            assert sum(batch.n_rows for batch in test.batches()) in (0, 20, 40)


def test_json_logical_type_of_parquet_is_text(tmp_path):
    column = extension(pa.json_(pa.string()), pa.array([json.dumps({"a": t}) for t in TEXTS]))
    pq.write_table(pa.table({"x": column}), tmp_path / "a.parquet")
    (batch,) = tor.read(tmp_path / "a.parquet", text="x").batches()
    assert batch.text.to_pylist()[0] == '{"a": "good film"}'


@pytest.mark.parametrize("kind", [pl.Categorical, pl.Enum(["down", "up"])], ids=str)
def test_categories_of_polars(tmp_path, kind):
    frame = pl.DataFrame({"t": TEXTS, "x": WORDS}).with_columns(
        pl.col("x").cast(kind), pl.col("t").cast(pl.Categorical)
    )
    frame.write_ipc(tmp_path / "a.arrow")
    frame.write_parquet(tmp_path / "a.parquet")
    for source in (frame, frame.lazy(), tmp_path / "a.arrow", tmp_path / "a.parquet"):
        for options in ({}, {"target_type": "string"}):
            dataset = tor.read(source, text="t", target="x", **options)
            model = tor.TextClassifier(preset="fast", n_features=2**8).fit(dataset)
            assert model.classes_.tolist() == ["down", "up"]
            assert model.counts_.null_text == 0
    model = tor.TextClassifier(preset="fast", n_features=2**8).fit(frame["t"], frame["x"])
    assert model.classes_.tolist() == ["down", "up"]


def test_categories_of_pandas():
    frame = pd.DataFrame({"t": TEXTS, "x": pd.Categorical(WORDS), "n": pd.Categorical([1, 2] * 20)})
    for target, classes in (("x", ["down", "up"]), ("n", [1, 2])):
        model = tor.TextClassifier(preset="fast", n_features=2**8).fit(
            tor.read(frame, text="t", target=target)
        )
        assert model.classes_.tolist() == classes
        model = tor.TextClassifier(preset="fast", n_features=2**8).fit(frame["t"], frame[target])
        assert model.classes_.tolist() == classes


def test_integers_that_only_unsigned_types_hold():
    labels = [2**63, 2**64 - 1] * 20
    model = tor.TextClassifier(preset="fast", n_features=2**8).fit(TEXTS, labels)
    assert model.predict(TEXTS[:2]).tolist() == labels[:2]
    with pytest.raises(DataError):
        tor.TextClassifier(preset="fast", n_features=2**8).fit(TEXTS, [2**64, 1] * 20)


LISTS = {
    "ragged": [["up", "fast"], ["down"]] * 20,
    "pairs": [["up", "fast"], ["down", "slow"]] * 20,
    "tuples": [("up",), ("down",)] * 20,
    "sets": [{"up"}, {"down"}] * 20,
    "dicts": [{"up": 1}, {"down": 2}] * 20,
    "arrays": [np.array([1, 2]), np.array([3])] * 20,
    "some": ["up", ["down"]] * 20,
}


@pytest.mark.parametrize("labels", [LISTS["dicts"], LISTS["some"]], ids=["dicts", "some"])
def test_what_is_not_labels(labels):
    model = tor.TextClassifier(preset="fast", n_features=2**8)
    fitted = tor.TextClassifier(preset="fast", n_features=2**8).fit(TEXTS, WORDS)
    ways = [
        lambda: model.fit(TEXTS, labels),
        lambda: model.fit(np.array(TEXTS), pd.Series(labels)),
        lambda: model.partial_fit(TEXTS, labels),
        lambda: fitted.score(TEXTS, labels),
        lambda: tor.ParameterAveraging(model).fit(TEXTS, labels),
        lambda: model.fit(tor.read({"t": TEXTS, "y": labels}, text="t", target="y")),
        lambda: tor.cross_validate(model, TEXTS, labels, cv=2),
    ]
    for way in ways:
        with pytest.raises(TorrentialError, match=r"label|several types|class|dimensions"):
            way()


def test_lists_in_other_columns():
    rows = {"t": TEXTS, "y": WORDS, "x": LISTS["ragged"]}
    dataset = tor.read(rows, text="t", target="y")
    (batch,) = dataset.batches("all")
    assert batch.rows.column("x").to_pylist() == LISTS["ragged"]
    with pytest.raises(DataError, match="weights must be numbers"):
        tor.read(rows, text="t", weight="x")
    with pytest.raises(DataError, match="not text"):
        tor.read(rows, text="x")
    for way in ({"groups": "x"}, {"order": "x"}):
        with pytest.raises(ParameterError, match="one value for each row"):
            dataset.folds(2, **way)


def test_types_of_runs_in_slices():
    array = runs([7, 1, 2, 3], pa.int16())
    assert used_array(array).to_pylist() == [1, 1, 2, 2, 3, 3]
    assert used_array(array.slice(1, 3)).to_pylist() == [1, 2, 2]
    assert used_type(array.type) == pa.int16()


def test_times_as_order():
    days = [dt.datetime(2024, 1, 1) + dt.timedelta(days=i) for i in range(40)]
    for kind in (pa.timestamp("ns"), pa.timestamp("s", "UTC"), pa.date32()):
        table = pa.table({"t": TEXTS, "x": pa.array(days, pa.timestamp("s")).cast(kind)})
        folds = tor.read(table, text="t").folds(3, order="x")
        sizes = [sum(batch.n_rows for batch in test.batches()) for _, test in folds]
        assert sizes == [10, 10, 10]
