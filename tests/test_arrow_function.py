"""``predict_function``: models as vectorized functions, in this process and in others."""

import os
import pickle
import subprocess
import sys

import datasets
import numpy as np
import pyarrow as pa
import pytest
from datasets.fingerprint import Hasher
from sklearn.linear_model import SGDClassifier

import torrential as tor
from fasttext_files import TinyModel
from torrential.arrow import predict_function

TEXTS = ["good film", "bad film", None, "so dull"]
SMALL = {"n_features": 2**10, "preset": "fast"}


@pytest.fixture(scope="module")
def model():
    texts = ["good film", "bad film", "dull film"] * 40
    return tor.TextClassifier(**SMALL).fit(texts, ["yes", "no", "dull"] * 40)


@pytest.fixture(scope="module")
def path(model, tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "a.model"
    model.save(path)
    return path


@pytest.fixture(scope="module")
def table():
    rows = {"a": [1.0, 2.0] * 60, "b": ["x", "y"] * 60, "label": ["yes", "no"] * 60}
    return tor.TableClassifier(n_features=2**10).fit(tor.read(rows, target="label"))


@pytest.mark.parametrize("options", [{}, {"top_k": 2}, {"all_probabilities": True}])
def test_the_result_is_that_of_predict_arrow(model, path, options):
    expected = model.predict_arrow(pa.array(TEXTS), **options)
    for given in (model, path, str(path)):
        function = predict_function(given, **options)
        found = function(pa.array(TEXTS))
        assert found.equals(expected) and found.type == function.type


@pytest.mark.parametrize("field", ["label", "probability"])
def test_one_field_has_its_type_and_nulls(path, field):
    function = predict_function(path, field)
    found = function(pa.chunked_array([TEXTS[:1], TEXTS[1:]]))
    assert found.type == function.type
    assert found.is_null().to_pylist() == [False, False, True, False]


def test_thresholds_and_threads(model, path):
    least = dict.fromkeys(["yes", "no", "dull"], 0.9)
    texts = pa.array(["good bad film", *TEXTS])
    expected = model.predict_arrow(texts, threshold=least)
    found = predict_function(path, threshold=least, n_jobs=2)(texts)
    assert found.equals(expected) and found.field("label").null_count == 2
    assert predict_function(model, n_jobs=7)._model.n_jobs == 7 and model.n_jobs is None


def test_tables_are_columns_batches_or_structs(table):
    function = predict_function(table, "label")
    columns = [pa.array([1.0, 2.0]), pa.array(["x", "y"])]
    batch = pa.record_batch(columns, names=["a", "b"])
    assert function.inputs == ("a", "b")
    for arrays in (columns, [batch], [pa.table(batch)], [batch.to_struct_array()]):
        assert function(*arrays).to_pylist() == ["yes", "no"]


def test_it_is_sent_as_its_path_and_loaded_once(path):
    function = predict_function(path, "label")
    sent = pickle.dumps(function)
    assert len(sent) < 1000
    one, other = pickle.loads(sent), pickle.loads(sent)
    assert one._model is other._model and one(pa.array(TEXTS)).equals(function(pa.array(TEXTS)))
    program = "import pickle, sys; print(pickle.loads(sys.stdin.buffer.read())(['good film'])[0])"
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, input=sent, capture_output=True, check=True)
    assert done.stdout.decode().strip() == "yes"


def test_a_model_in_memory_is_sent_whole(model):
    sent = pickle.loads(pickle.dumps(predict_function(model)))
    assert sent(pa.array(TEXTS)).equals(model.predict_arrow(pa.array(TEXTS)))


def test_another_file_at_the_path_is_another_function(tmp_path):
    path = tmp_path / "a.model"
    found, hashes = [], []
    for step, labels in enumerate((["yes", "no"], ["no", "yes"])):
        tor.TextClassifier(**SMALL).fit(["good film", "bad film"] * 40, labels * 40).save(path)
        os.utime(path, ns=(step, step))
        function = predict_function(path, "label")
        hashes.append(Hasher.hash(lambda rows, function=function: function(rows["text"])))
        found += function(pa.array(["good film"])).to_pylist()
    assert found == ["yes", "no"] and hashes[0] != hashes[1]


def test_datasets_map_tables(path):
    datasets.disable_progress_bars()
    rows = datasets.Dataset.from_dict({"text": ["good film", "bad film"] * 10})
    label = predict_function(path, "label", n_jobs=1)
    labeled = rows.with_format("arrow").map(
        lambda table: table.append_column("label", label(table["text"])), batched=True
    )
    assert labeled.with_format(None)["label"][:2] == ["yes", "no"]


def test_models_of_fasttext_are_functions(tmp_path):
    path = tmp_path / "tiny.bin"
    TinyModel().filled(np.random.default_rng(0)).write(path)
    function = predict_function(path, "label")
    assert function.type == pa.string() and len(function(pa.array(TEXTS))) == len(TEXTS)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda model, table: predict_function(model, "score"), "choose among 'label'"),
        (lambda model, table: predict_function(SGDClassifier()), "has no predict_arrow"),
        (
            lambda model, table: predict_function(model)(pa.array(["a"]), pa.array(["b"])),
            "one array",
        ),
        (lambda model, table: predict_function(table)(pa.array([1.0])), "pass a, b in this order"),
        (lambda model, table: predict_function(model)(pa.array([1])), "not of texts"),
        (lambda model, table: predict_function("no.model"), "no.model"),
    ],
)
def test_wrong_use_is_one_sentence(model, table, call, said):
    with pytest.raises(tor.TorrentialError, match=said):
        call(model, table)


def test_probabilities_are_those_of_predict_proba(model):
    found = predict_function(model, "probability")(pa.array(["good film", "bad film"]))
    np.testing.assert_allclose(found, model.predict_proba(["good film", "bad film"]).max(axis=1))
