"""The model whose predictions tests write to files, and how they write and read them."""

import csv
import functools
import gzip
import io
import json

from pyarrow import feather, parquet

import torrential as tor
from torrential.engine.scoring.application import Application
from torrential.engine.scoring.hashed import HashedPredictor
from torrential.engine.scoring.to_file import apply_to_file

GOOD, BAD = "arrived early and works well", "broken on arrival, no refund"
FORMATS = ["csv", "tsv", "jsonl", "parquet", "arrow"]


@functools.cache
def reviews_model():
    texts, labels = [GOOD, BAD] * 20, ["up", "down"] * 20
    return tor.TextClassifier(preset="fast", n_features=2**10).fit(texts, labels).model_


def predict_file(model, dataset, path, *, all_probabilities=False, **options):
    """Write a dataset's rows with the predictions of one model of hashed rows."""
    application = Application.of(
        [HashedPredictor(model)], [None], all_probabilities=all_probabilities
    )
    return apply_to_file(application, dataset, path, **options)


def rows_in(path):
    name = path.name.removesuffix(".gz")
    if name.endswith((".parquet", ".arrow")):
        read = parquet.read_table if name.endswith(".parquet") else feather.read_table
        return read(path).to_pylist()
    content = path.read_bytes()
    text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode()
    if name.endswith(".jsonl"):
        return [json.loads(line) for line in text.splitlines()]
    delimiter = "\t" if name.endswith(".tsv") else ","
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter))
