"""Labels of all types are the same values in files, arrays and predictions."""

import datetime as dt
import json
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import torrential as tor
from predicted_rows import predict_file
from torrential.engine.targets.label_values import as_arrow, as_numpy, from_json, to_json
from torrential.engine.targets.labels import MAX_FRACTIONS, Labels, encode
from torrential.errors import DataError

TEXTS = ["works well and arrived early", "broken and late"] * 20

PAIRS = {
    "strings": pa.array(["a", "b"]),
    "zeros at the end": pa.array(["a", "a\0"]),
    "bytes": pa.array([b"a\xff", b"a\xff\0"]),
    "booleans": pa.array([False, True]),
    "uint8": pa.array([1, 200], pa.uint8()),
    "int64": pa.array([-(2**63), 2**63 - 1]),
    "uint64": pa.array([1, 2**64 - 1], pa.uint64()),
    "float32": pa.array([0.1, 4.5], pa.float32()),
    "float64": pa.array([0.1, 1e300]),
    "decimal": pa.array([Decimal("1.10"), Decimal("12345678901234567890.25")]),
    "decimal32": pa.array([Decimal("1.10"), Decimal("2.25")], pa.decimal32(5, 2)),
    "dates": pa.array([dt.date(2024, 1, 31), dt.date(2024, 2, 1)]),
    "timestamps": pa.array([dt.datetime(2024, 1, 31, 12), dt.datetime(2024, 2, 1)]),
    "nanoseconds": pa.array([1, 2], pa.timestamp("s")).cast(pa.timestamp("ns", "UTC")),
    "times": pa.array([dt.time(1, 2, 3), dt.time(4)]),
    "durations": pa.array([dt.timedelta(1), dt.timedelta(2, 3)], pa.duration("us")),
}


@pytest.mark.parametrize("labels", PAIRS.values(), ids=PAIRS)
def test_the_same_label_comes_out_of_training_file_and_prediction(tmp_path, labels):
    given = encode(labels).values
    pq.write_table(pa.table({"text": TEXTS, "y": labels.take([0, 1] * 20)}), tmp_path / "a.parquet")
    dataset = tor.read(tmp_path / "a.parquet", text="text", target="y")
    checkpoint = tmp_path / "checkpoint"
    model = tor.TextClassifier(preset="fast", n_features=2**10).fit(dataset, checkpoint=checkpoint)
    assert sorted(model.classes_.tolist()) == sorted(given)
    model.save(tmp_path / "model")
    loaded = tor.load(tmp_path / "model")
    assert loaded.model_.labels.values == given
    assert [type(label) for label in loaded.model_.labels.values] == [type(x) for x in given]
    assert loaded.predict(TEXTS[:2]).tolist() == given
    assert loaded.score(dataset) == 1.0
    predict_file(loaded.model_, dataset, tmp_path / "out.parquet")
    predicted = pq.read_table(tmp_path / "out.parquet").column("label")
    assert encode(predicted.combine_chunks()).values == given
    resumed = tor.TextClassifier(preset="fast", n_features=2**10)
    resumed.fit(dataset, checkpoint=checkpoint, resume=True)
    assert resumed.classes_.tolist() == model.classes_.tolist()


@pytest.mark.parametrize("labels", PAIRS.values(), ids=PAIRS)
def test_labels_go_through_json(labels):
    values = encode(labels).values
    again = [from_json(to_json(value)) for value in values]
    assert again == values
    assert list(map(type, again)) == list(map(type, values))


@pytest.mark.parametrize(
    "value",
    [None, [1], {}, {"bytes": 1}, {"bytes": "?"}, {"decimal": "x"}, {"decimal": "NaN"},
     {"date": "2024"}, {"date": "2024-01-01", "time": "01:00"}, {"timedelta": "1"}, {"int": "1"}],
)  # fmt: skip
def test_values_that_are_not_labels(value):
    with pytest.raises((ValueError, TypeError)):
        from_json(value)


def test_labels_that_a_file_cannot_hold():
    with pytest.raises(DataError, match="cannot hold"):
        to_json((1, 2))


def test_integers_and_fractions_become_floats():
    labels = Labels()
    for batch in (pa.array([4, 5]), pa.array([4.5, 4.0]), pa.array([Decimal("5")])):
        labels.codes(encode(batch))
    classes = labels.order().classes
    assert classes.tolist() == [4.0, 4.5, 5.0] and classes.dtype == np.float64
    assert as_arrow(labels.values).type == pa.float64()


@pytest.mark.parametrize("values", [[2**53 + 1, 0.5], [-1, 2**63], [2**64]])
def test_numbers_that_no_type_holds(values):
    with pytest.raises(DataError, match="target_type='string'"):
        Labels(values).order()


def test_arrays_hold_each_label():
    assert as_numpy([1, 2**63]).tolist() == [1, 2**63]
    assert as_numpy(["a\0", "a"]).tolist() == ["a\0", "a"]
    assert as_arrow([1, 2**63]).to_pylist() == [1, 2**63]


def test_nanoseconds_are_no_labels():
    with pytest.raises(DataError, match="nanoseconds"):
        encode(pa.array([1], pa.timestamp("ns")))


def test_fractions_are_not_classes():
    values = [number + 0.5 for number in range(MAX_FRACTIONS + 1)]
    Labels().codes(encode(pa.array(values[:-1])))
    Labels().codes(encode(pa.array([float(number) for number in range(1000)])))
    with pytest.raises(DataError, match="Unknown label type: continuous"):
        Labels().codes(encode(pa.array(values)))


@pytest.mark.parametrize("n_rows", [20, 1000])
def test_a_model_of_a_continuous_target(n_rows):
    texts = (TEXTS * 25)[:n_rows]
    stars = np.random.default_rng(0).normal(size=n_rows)
    with pytest.raises(DataError, match="Unknown label type: continuous"):
        tor.TextClassifier(preset="fast", n_features=2**10).fit(texts, stars)
    halves = [4.5 if text == TEXTS[0] else 1.5 for text in texts]
    model = tor.TextClassifier(preset="fast", n_features=2**10).fit(texts, halves)
    assert model.classes_.tolist() == [1.5, 4.5]


def test_numpy_labels_are_expected_and_saved(tmp_path):
    model = tor.TextClassifier(preset="fast", n_features=2**10)
    model.partial_fit(TEXTS, [1, 0] * 20, classes=[np.int64(0), np.int64(1), np.int64(2)])
    model.save(tmp_path / "model")
    assert tor.load(tmp_path / "model").classes_.tolist() == [0, 1, 2]


def test_weights_of_classes_that_json_has_no_type_for(tmp_path):
    labels = pa.array([dt.date(2024, 1, 1), dt.date(2024, 1, 2)] * 20)
    weights = {dt.date(2024, 1, 1): 2.0, dt.date(2024, 1, 2): 1.0}
    model = tor.TextClassifier(preset="fast", n_features=2**10, class_weight=weights).fit(
        TEXTS, labels
    )
    model.save(tmp_path / "model")
    assert tor.load(tmp_path / "model").class_weight == weights


@pytest.mark.parametrize(
    ("cells", "labels"),
    [
        (["+1", "-1"], [1, -1]),
        (["1", "+1", "-1"], [1, 1, -1]),
        (["+1.5", "1", "+.5"], [1.5, 1.0, 0.5]),
        (["+01", "+1"], ["+01", "+1"]),
        (["++1", "1"], ["++1", "1"]),
        (["+18446744073709551615", "0"], [2**64 - 1, 0]),
    ],
)
def test_signs_of_numbers_in_csv(tmp_path, cells, labels):
    path = tmp_path / "t.csv"
    path.write_text("t,l\n" + "".join(f"w,{cell}\n" for cell in cells))
    read_ones = [
        label
        for batch in tor.read(path, text="t", target="l").batches()
        for label in batch.target.to_pylist()
    ]
    assert read_ones == labels
    assert list(map(type, read_ones)) == list(map(type, labels))
    dataset = tor.read(path, text="t", target="l", target_type="string")
    assert next(dataset.batches()).target.to_pylist() == cells


def test_a_sign_in_a_later_file_and_of_weights(tmp_path):
    (tmp_path / "1.csv").write_text("t,l,w\na,1,2\nb,-1,+0.5\n")
    (tmp_path / "2.csv").write_text("t,l,w\nc,+1,+3\n")
    dataset = tor.read(tmp_path, text="t", target="l", weight="w")
    assert [batch.target.to_pylist() for batch in dataset.batches()] == [[1, -1], [1]]
    assert [batch.weight.to_pylist() for batch in dataset.batches()] == [[2.0, 0.5], [3.0]]


def test_half_of_a_surrogate_pair_is_a_question_mark_everywhere(tmp_path):
    texts, labels = ["a\ud800b", "c"], ["x\ud800", "z"]
    rows = [{"t": t, "l": label} for t, label in zip(texts, labels, strict=True)]
    (tmp_path / "t.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "m.jsonl").write_text("".join(json.dumps({"m": row}) + "\n" for row in rows))
    frame = pd.DataFrame({"t": texts, "l": labels}, dtype=object)
    inputs = [
        ({"t": texts, "l": labels}, ""),
        ({"t": np.array(texts), "l": np.array(labels)}, ""),
        (rows, ""),
        (frame, ""),
        (tmp_path / "t.jsonl", ""),
        (tmp_path / "m.jsonl", "m."),
        ([{"m": row} for row in rows], "m."),
    ]
    for rows_given, start in inputs:
        batch = next(tor.read(rows_given, text=f"{start}t", target=f"{start}l").batches())
        assert batch.target.to_pylist() == ["x?", "z"]
        assert batch.text.cast("string").to_pylist() == ["a?b", "c"]
    assert tor.TextClassifier(preset="fast", n_features=64).fit(
        texts, labels
    ).classes_.tolist() == ["x?", "z"]


@pytest.mark.parametrize("name", ["t.csv", "t.jsonl", "unusual.jsonl"])
def test_bytes_of_labels_that_are_no_utf8(tmp_path, name):
    path = tmp_path / name
    if name == "t.csv":
        path.write_bytes(b"t,l\na,x\xe9y\nb,z\n")
    else:
        last = b', "n": NaN' if name == "unusual.jsonl" else b""
        path.write_bytes(b'{"t": "a", "l": "x\xe9y"}\n{"t": "b", "l": "z"' + last + b"}\n")
    batch = next(tor.read(path, text="t", target="l").batches())
    assert batch.target.to_pylist() == ["x\ufffdy", "z"]
