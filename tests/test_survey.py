"""The survey before parts are learned: sizes, labels and rows of each label."""

import gzip
import json
from collections import Counter

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from torrential.data import from_arrays, read
from torrential.data.formats import lines
from torrential.engine.targets.labels import encode
from torrential.engine.training.survey import Survey, survey, survey_partition
from torrential.execution import Threads
from torrential.execution.joblib import Joblib

N_ROWS = 60
TEXTS = [f"text {i}" for i in range(N_ROWS)]
LABELS = [None if i % 7 == 2 else "cabd"[i * i % 4] for i in range(N_ROWS)]
TABLE = pa.table({"text": TEXTS, "label": LABELS, "weight": [1.0] * N_ROWS})
COLUMNS = {"text": "text", "target": "label", "weight": "weight"}

labels = st.lists(st.sampled_from([None, "x", "y", "z"]), max_size=8)


def surveyed(batches_of_partitions):
    """Surveys of partitions, each a list of batches of labels."""
    surveys = []
    for batches in batches_of_partitions:
        result = Survey([0])
        for number, batch in enumerate(batches):
            result.update(encode(pa.array(batch, pa.string())), len(batch), number)
        surveys.append(result)
    return surveys


@given(st.lists(st.lists(labels, max_size=4), min_size=1, max_size=6), st.data())
def test_merged_surveys_are_one_pass(partitions, data):
    rows = [label for batches in partitions for batch in batches for label in batch]
    known = [label for label in rows if label is not None]
    first, *others = surveyed(partitions)
    cut = data.draw(st.integers(0, len(others)))
    for other in others[:cut]:
        first.merge(other)
    if others[cut:]:
        rest = others[cut]
        for other in others[cut + 1 :]:
            rest.merge(other)
        first.merge(rest)
    assert first.sizes == [sum(map(len, batches)) for batches in partitions]
    assert first.labels.values == list(dict.fromkeys(known))
    assert dict(zip(first.labels.values, first.n_rows_of, strict=True)) == Counter(known)
    assert first.n_labeled == len(known)
    assert first.n_malformed == sum(sum(range(len(batches))) for batches in partitions)


def test_balanced_weights_are_those_of_scikit_learn():
    from sklearn.utils import compute_class_weight

    found = survey(read(TABLE, **COLUMNS), Threads(1))
    known = np.array([label for label in LABELS if label is not None])
    classes = np.unique(known)
    expected = compute_class_weight("balanced", classes=classes, y=known)
    assert found.balanced() == pytest.approx(dict(zip(classes.tolist(), expected, strict=True)))


# Of files and views

FORMATS = ["parquet", "csv", "jsonl", "txt", "arrow", "csv.gz", "memory", "stream"]


def as_csv():
    lines = [f"{text},{label or ''},1.0" for text, label in zip(TEXTS, LABELS, strict=True)]
    return "\n".join(["text,label,weight", *lines]).encode()


def write(path, kind):
    rows = TABLE.to_pylist()
    if kind == "parquet":
        pq.write_table(TABLE, path, row_group_size=9)
    elif kind == "csv":
        path.write_bytes(as_csv())
    elif kind == "csv.gz":
        path.write_bytes(gzip.compress(as_csv()))
    elif kind == "jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    elif kind == "txt":
        prefixes = ["" if row["label"] is None else f"__label__{row['label']} " for row in rows]
        path.write_text(
            "".join(f"{p}{row['text']}\n" for p, row in zip(prefixes, rows, strict=True))
        )
    else:
        with pa.ipc.new_file(path, TABLE.schema) as writer:
            writer.write_table(TABLE, max_chunksize=9)


def tables():
    yield from (TABLE.slice(start, 9) for start in range(0, N_ROWS, 9))


@pytest.fixture(params=FORMATS)
def dataset(request, tmp_path, monkeypatch):
    monkeypatch.setattr(lines, "RANGE_BYTES", 200)
    if request.param in ("memory", "stream"):
        return read(TABLE if request.param == "memory" else tables, **COLUMNS)
    path = tmp_path / f"rows.{request.param}"
    write(path, request.param)
    return read(path, **({} if request.param == "txt" else COLUMNS))


VIEWS = {
    "all": lambda dataset: dataset,
    "train": lambda dataset: dataset.split(0.4)[0],
    "test": lambda dataset: dataset.split(0.4)[1],
    "head": lambda dataset: dataset.take(25),
    "shuffled": lambda dataset: dataset.shuffle(3),
    "all of it": lambda dataset: dataset.shuffle(1).split(0.4)[0].take(20).shuffle(2),
}


def targets_of(partition):
    return [label for batch in partition.batches() for label in batch.target.to_pylist()]


@pytest.mark.parametrize("view", VIEWS)
def test_targets_alone_are_those_of_all_columns(dataset, view):
    dataset = VIEWS[view](dataset)
    alone, together = dataset.partitions("target"), dataset.partitions()
    assert [part.name for part in alone] == [part.name for part in together]
    for target, used in zip(alone, together, strict=True):
        assert targets_of(target) == targets_of(used)


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("executor", [Threads(2), Joblib(2, "threading")], ids=str)
def test_a_survey_of_files(dataset, view, executor):
    dataset = VIEWS[view](dataset)
    found = survey(dataset, executor)
    targets = [targets_of(partition) for partition in dataset.partitions()]
    known = [label for part in targets for label in part if label is not None]
    assert found.sizes == [len(part) for part in targets]
    assert found.labels.values == list(dict.fromkeys(known))
    assert dict(zip(found.labels.values, found.n_rows_of, strict=True)) == Counter(known)
    assert found.n_malformed == 0


def test_texts_that_need_not_be_read_are_not(tmp_path):
    write(tmp_path / "rows.parquet", "parquet")
    dataset = read(tmp_path / "rows.parquet", **COLUMNS)
    (first, *_) = dataset.partitions("target")
    (batch,) = first.batches()
    assert batch.text.null_count == batch.n_rows == 9
    assert batch.weight is None


def test_malformed_rows_are_counted(tmp_path):
    lines = [f"text {i},{'ab'[i % 2]}" for i in range(30)]
    lines[3:3] = ["one,two,three"] * 4
    path = tmp_path / "rows.csv"
    path.write_text("\n".join(["text,label", *lines]))
    dataset = read(path, text="text", target="label", on_bad_rows="skip")
    for view in (dataset, dataset.shuffle(0)):
        found = survey(view, Threads(1))
        assert (found.sizes, found.n_malformed, found.n_rows_of) == ([30], 4, [15, 15])


def test_numbers_of_regression_are_counted_only():
    dataset = from_arrays(TEXTS, np.linspace(0, 1, N_ROWS))
    found = survey(dataset, Threads(1), labels=False)
    assert (found.sizes, len(found.labels)) == ([N_ROWS], 0)


def test_nan_is_no_label():
    dataset = from_arrays(["a", "b", "c", "d"], [1.0, float("nan"), 2.0, 1.0])
    found = survey(dataset, Threads(1))
    assert (found.sizes, found.labels.values, found.n_rows_of) == ([4], [1.0, 2.0], [2, 1])


def test_nothing_to_survey():
    found = survey(from_arrays(["a"], ["b"]).take(0), Threads(1))
    assert (found.sizes, found.n_labeled) == ([], 0)
    (partition,) = from_arrays(["a"], [None]).partitions("target")
    assert survey_partition(True, partition).n_rows_of == []
