"""The library and its command line on a Dask cluster: the same bits as on threads."""

import numpy as np
import pytest
from sklearn import linear_model
from sklearn.datasets import make_classification
from sklearn.pipeline import make_pipeline

import torrential as tor
from cluster import keys_on
from cluster_rows import (
    COLUMNS,
    FIVE,
    MODEL,
    N_ROWS,
    RANDOM,
    TEXTS,
    TWO,
    assert_same,
    data_of,
    write_files,
)
from predicted_rows import predict_file
from torrential.engine.scoring.evaluate import evaluate

pytestmark = pytest.mark.jit


@pytest.fixture(scope="module")
def dask(address):
    with tor.Dask(address) as dask:
        yield dask


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return write_files(tmp_path_factory.mktemp("files"))


@pytest.fixture(scope="module")
def parquet(files):
    return tor.read(files / "rows.parquet", **COLUMNS)


# Parameter averaging


@pytest.mark.parametrize(
    ("kind", "parameters", "how"),
    [
        ("parquet", {}, {}),
        ("parquet", {"idf": "two-pass", "terms": True}, {"average_every": 60}),
        ("csv", {"idf": "running", "loss": "log_loss"}, {"n_partitions": 7}),
        ("csv", {"idf": "two-pass", "terms": 100, "class_weight": "balanced"}, {}),
        ("texts", {"idf": "running", "terms": True}, {"weighting": "rows", "n_partitions": 1}),
        ("two", {"learning_rate": "constant"}, {"validation_fraction": 0.1, "average_every": 40}),
    ],
    ids=str,
)
def test_a_text_classifier_is_learned_to_the_same_bits(address, dask, files, kind, parameters, how):
    data = data_of(kind, files)
    models = [
        tor.ParameterAveraging(
            tor.TextClassifier(preset="fast", **MODEL, **parameters),
            n_rounds=2,
            executor=executor,
            **how,
        ).fit(*data)
        for executor in (tor.Threads(3), dask, address)
    ]
    first, *others = models
    assert first.score(*data) > 0.6
    for other in others:
        assert_same(other.estimator_, first.estimator_)
        assert other.history_ == first.history_
        np.testing.assert_array_equal(other.predict_proba(data[0]), first.predict_proba(data[0]))
        assert other.score(*data) == first.score(*data)
    assert keys_on(address) == []


X, Y = make_classification(600, 20, n_informative=8, n_classes=3, class_sep=2, random_state=0)
THEIRS = make_pipeline(
    tor.HashingVectorizer(n_features=2**12), linear_model.SGDClassifier(average=True)
)


@pytest.mark.parametrize(
    ("estimator", "kind"),
    [
        (tor.Perceptron(), "matrix"),
        (linear_model.SGDClassifier(alpha=0.01), "matrix"),
        (THEIRS, "parquet"),
        (THEIRS, "texts"),
        (make_pipeline(tor.HashingVectorizer(n_features=2**12), tor.SGDClassifier()), "csv"),
    ],
    ids=["our Perceptron", "their SGD", "a pipeline", "a pipeline of texts", "our pipeline"],
)
def test_any_linear_estimator_is_learned_to_the_same_bits(dask, address, files, estimator, kind):
    data = (X, Y) if kind == "matrix" else data_of(kind, files)
    how = {"n_partitions": 5, "n_rounds": 2, "validation_fraction": 0.2}
    here, there = (
        tor.ParameterAveraging(estimator, executor=executor, **how).fit(*data)
        for executor in (tor.Threads(3), dask)
    )
    np.testing.assert_array_equal(there.coef_, here.coef_)
    np.testing.assert_array_equal(there.intercept_, here.intercept_)
    assert there.history_ == here.history_
    assert here.score(*data) > 0.6
    np.testing.assert_array_equal(there.predict(data[0]), here.predict(data[0]))
    assert keys_on(address) == []


# A model that was learned here


@pytest.fixture(scope="module", params=[FIVE, TWO], ids=["five", "two"])
def model(request):
    """Learned by one learner, from half of the rows."""
    classifier = tor.TextClassifier(preset="fast", **MODEL, idf="running", n_jobs=2)
    return classifier.fit(TEXTS[::2], request.param[::2])


@pytest.mark.parametrize("kind", ["parquet", "csv", "texts"])
@pytest.mark.parametrize("method", ["predict", "predict_proba", "decision_function"])
def test_predictions_are_the_same(address, dask, files, model, kind, method):
    rows, ask = data_of(kind, files)[0], getattr(model, method)
    found, expected = ask(rows, executor=dask), ask(rows)
    assert len(expected) == N_ROWS
    assert found.dtype == expected.dtype
    np.testing.assert_array_equal(found, expected)
    assert len(ask([], executor=dask)) == 0


def test_scores_and_reports_are_the_same(address, dask, files, model):
    weight = RANDOM.uniform(0, 2, N_ROWS)
    y, kind = (FIVE, "parquet") if len(model.classes_) == 5 else (TWO, "csv")
    assert model.score(TEXTS, y, executor=dask) == model.score(TEXTS, y)
    found = model.score(TEXTS, y, weight, executor=address)
    assert found == model.score(TEXTS, y, weight)
    (dataset,) = data_of(kind, files)
    expected = evaluate(model.model_, dataset).to_dict()
    assert expected["n_rows"] == N_ROWS
    assert model.score(dataset, executor=dask) == model.score(dataset)
    for executor in (dask, tor.Threads(3)):
        assert evaluate(model.model_, dataset, executor).to_dict() == expected
    assert keys_on(address) == []


@pytest.mark.parametrize("all_probabilities", [False, True])
def test_files_of_predictions_are_the_same(dask, files, tmp_path, model, all_probabilities):
    dataset = tor.read(files / "rows.parquet", text="text")
    counts = {}
    for name, executor in (("here.csv", tor.Threads(2)), ("there.csv", dask)):
        counts[name] = predict_file(
            model.model_,
            dataset,
            tmp_path / name,
            executor=executor,
            all_probabilities=all_probabilities,
        )
    assert (tmp_path / "here.csv").read_bytes() == (tmp_path / "there.csv").read_bytes()
    assert counts["here.csv"] == counts["there.csv"]
    assert counts["there.csv"].n_rows == N_ROWS


@pytest.mark.parametrize("terms", [True, 100], ids=["all terms", "some terms"])
@pytest.mark.parametrize("kind", ["parquet", "csv", "texts"])
def test_terms_are_the_same(dask, address, files, model, kind, terms):
    rows = data_of(kind, files)[0]
    indexes = []
    for executor in (dask, None):
        model.collect_terms(rows, terms, executor=executor)
        indexes.append((model.model_.terms, model.top_terms(5).to_dict()))
    (there, top_there), (here, top_here) = indexes
    assert here.is_complete == (terms is True)
    for name, array in here.state()[0].items():
        np.testing.assert_array_equal(there.state()[0][name], array, err_msg=name)
    assert there.state()[1] == here.state()[1]
    assert top_there == top_here
    assert keys_on(address) == []


def test_progress_comes_to_the_end(dask, parquet, caplog, capsys):
    classifier = tor.TextClassifier(preset="fast", **MODEL)
    averaged = tor.ParameterAveraging(classifier, n_rounds=2, executor=dask, verbose=1)
    averaged.fit(parquet)
    shown = capsys.readouterr().err
    assert "round 1: 1,200 rows" in shown
    assert "round 2: 1,200 rows" in shown
    with caplog.at_level("INFO", "torrential"):
        evaluate(averaged.estimator_.model_, parquet, dask)
        averaged.estimator_.collect_terms(parquet, executor=dask)
    for task in ("evaluate", "collect terms"):
        assert [m for m in caplog.messages if m.startswith(task)][-1] == f"{task}: 1200 rows"
