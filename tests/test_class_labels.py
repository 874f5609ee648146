"""Names of labels that the schema has for integers."""

import json

import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq
import pytest

import torrential as tor
from torrential.data import read
from torrential.data.fingerprint import fingerprint
from torrential.errors import DataError

datasets = pytest.importorskip("datasets")
datasets.disable_progress_bars()

TEXTS = ["fine", "poor", "none", "fine again"]
LABELS = [1, 0, -1, 1]
NAMED = ["pos", "neg", None, "pos"]


def hugging_face(labels=LABELS):
    features = datasets.Features(
        {"text": datasets.Value("string"), "label": datasets.ClassLabel(names=["neg", "pos"])}
    )
    return datasets.Dataset.from_dict({"text": TEXTS, "label": labels}, features=features)


def by_hand(labels=LABELS, names=("neg", "pos"), kind=None):
    feature = {"names": list(names), "_type": "ClassLabel"}
    metadata = {"huggingface": json.dumps({"info": {"features": {"label": feature}}})}
    label = pa.array(labels, kind or pa.int64())
    return pa.table({"text": TEXTS, "label": label}).replace_schema_metadata(metadata)


def parquet(tmp_path):
    hugging_face().to_parquet(str(tmp_path / "rows.parquet"))
    return tmp_path / "rows.parquet"


def parquet_by_hand(tmp_path):
    pq.write_table(by_hand(kind=pa.int8()), tmp_path / "rows.parquet")
    return tmp_path / "rows.parquet"


def arrow(tmp_path):
    pyarrow.feather.write_feather(by_hand(), tmp_path / "rows.arrow")
    return tmp_path / "rows.arrow"


def saved(tmp_path):
    hugging_face().save_to_disk(str(tmp_path / "saved"))
    return tmp_path / "saved"


KINDS = {
    "parquet": parquet,
    "parquet by hand": parquet_by_hand,
    "arrow": arrow,
    "saved": saved,
    "Dataset": lambda _: hugging_face(),
    "selected": lambda _: hugging_face().select(range(4)),
    "IterableDataset": lambda _: hugging_face().to_iterable_dataset(),
    "table": lambda _: by_hand(),
    "stream": lambda _: lambda: iter([by_hand().slice(0, 2), by_hand().slice(2)]),
}


def labels_of(dataset):
    return [label for batch in dataset.batches() for label in batch.target.to_pylist()]


@pytest.mark.parametrize("kind", KINDS)
def test_integers_with_names_are_the_names(kind, tmp_path):
    item = KINDS[kind](tmp_path)
    assert labels_of(read(item, text="text", target="label")) == NAMED
    numbers = read(item, text="text", target="label", target_type="int64")
    assert labels_of(numbers) == LABELS


def test_a_model_has_the_names_and_scores_the_numbers(tmp_path):
    dataset = read(parquet(tmp_path), text="text", target="label")
    model = tor.TextClassifier(preset="fast", max_iter=20).fit(dataset)
    assert list(model.classes_) == ["neg", "pos"]
    assert model.score(dataset) == 1.0


@pytest.mark.parametrize("wrong", [2, -2])
def test_a_number_without_a_name_is_an_error_that_names_the_row(wrong, tmp_path):
    pq.write_table(by_hand([0, 1, wrong, 1]), tmp_path / "rows.parquet")
    for item in (tmp_path / "rows.parquet", by_hand([0, 1, wrong, 1])):
        dataset = read(item, text="text", target="label")
        with pytest.raises(DataError, match=f"data row 3: column 'label' holds {wrong}, but"):
            labels_of(dataset)


@pytest.mark.parametrize("metadata", [b"no JSON", b"[]", b'{"info": {"features": {}}}'])
def test_other_metadata_names_nothing(metadata):
    table = by_hand().replace_schema_metadata({"huggingface": metadata})
    assert labels_of(read(table, text="text", target="label")) == LABELS


def test_other_names_are_other_data():
    first, second = (
        fingerprint(read(by_hand(names=names), text="text", target="label"))
        for names in (("neg", "pos"), ("no", "yes"))
    )
    assert first != second
