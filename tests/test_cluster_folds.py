"""Folds and searches, spans and the cache on a Dask cluster: the same as on threads."""

import json
import os

import numpy as np
import pytest
from sklearn import linear_model
from sklearn.pipeline import make_pipeline

import torrential as tor
from cluster_rows import FIVE, MODEL, TEXTS, assert_same, data_of, write_files

pytestmark = pytest.mark.jit


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return write_files(tmp_path_factory.mktemp("files"))


PIPELINE = make_pipeline(
    tor.HashingVectorizer(n_features=2**10), linear_model.SGDClassifier(random_state=0)
)

FOLDED = [tor.TextClassifier(preset="fast", **MODEL, idf="running"), PIPELINE]


@pytest.mark.timeout(240)
@pytest.mark.parametrize("kind", ["parquet", "csv", "texts"])
@pytest.mark.parametrize("estimator", FOLDED, ids=["ours", "pipeline"])
def test_folds_are_learned_and_scored_alike(address, files, kind, estimator):
    arguments = {"cv": 3, "scoring": ["accuracy", "f1_macro"], "return_train_score": True}
    data = data_of(kind, files)
    here = tor.cross_validate(estimator, *data, return_estimator=True, **arguments)
    there = tor.cross_validate(
        estimator, *data, return_estimator=True, executor=address, **arguments
    )
    assert here.keys() == there.keys()
    for side in ("test", "train"):
        for name in arguments["scoring"]:
            np.testing.assert_array_equal(here[f"{side}_{name}"], there[f"{side}_{name}"])
    for one, other in zip(here["estimator"], there["estimator"], strict=True):
        np.testing.assert_array_equal(one.predict(TEXTS[:50]), other.predict(TEXTS[:50]))


@pytest.mark.timeout(240)
def test_a_search_on_a_cluster(address, files, caplog):
    grid = {"loss": ["hinge", "log_loss"], "eta0": [0.1, 1e30], "learning_rate": ["constant"]}
    model = tor.TextClassifier(preset="fast", **MODEL, norm=None)
    data = data_of("csv", files)
    here = tor.GridSearchCV(model, grid, cv=3).fit(*data)
    there = tor.GridSearchCV(model, grid, cv=3, executor=address).fit(*data)
    name = "mean_test_score"
    np.testing.assert_array_equal(here.cv_results_[name], there.cv_results_[name])
    assert here.best_params_ == there.best_params_
    assert_same(here.best_estimator_, there.best_estimator_)
    assert "failed in 3 of 3 folds" in caplog.text


@pytest.mark.timeout(240)
@pytest.mark.parametrize("estimator", FOLDED, ids=["ours", "pipeline"])
def test_halving_on_a_cluster(address, files, estimator):
    name = "sgdclassifier__alpha" if estimator is PIPELINE else "alpha"
    grid = {name: [1e-6, 1e-5, 1e-4, 1e-2]}
    data = data_of("parquet", files)
    here, there = (
        tor.HalvingGridSearchCV(estimator, grid, factor=2, cv=3, executor=executor).fit(*data)
        for executor in (None, address)
    )
    assert here.n_candidates_ == there.n_candidates_ == [4, 2, 1]
    for column, values in here.cv_results_.items():
        if "time" not in column:
            np.testing.assert_array_equal(values, there.cv_results_[column], err_msg=column)
    assert here.best_params_ == there.best_params_


def test_a_class_that_only_one_fold_has(address):
    labels = ["rare", *FIVE[1:]]
    scores = []
    for executor in (None, address, tor.Threads(2)):
        with pytest.warns(tor.DataWarning, match=r"fold \d of 3 learned no row of class 'rare'"):
            found = tor.cross_validate(
                tor.TextClassifier(preset="fast"), TEXTS, labels, cv=3, executor=executor
            )
        scores.append(found["test_score"].tolist())
        with pytest.raises(tor.DataError, match=r"Fold \d+ of 40 has no labeled row"):
            few = TEXTS[:40], FIVE[:40]
            tor.cross_validate(tor.TextClassifier(preset="fast"), *few, cv=40, executor=executor)
    assert scores[0] == scores[1] == scores[2]


def test_spans_of_threads_that_work_for_a_task_arrive(address, files, tmp_path):
    with tor.trace(tmp_path / "t.json"):
        model = tor.TextClassifier(preset="fast", **MODEL)
        tor.cross_validate(model, *data_of("csv", files), cv=3, executor=address)
    events = [e for e in json.loads((tmp_path / "t.json").read_text())["traceEvents"] if e]
    spans = [e for e in events if e["ph"] == "X" and e["pid"] != os.getpid()]
    for name in ("hash", "learn"):  # in another thread than that of the task
        assert sum(e["name"] == name for e in spans) >= 3


def test_a_cluster_uses_the_cache(address, files, tmp_path):
    dataset = data_of("csv", files)[0].cache(tmp_path / "cache")
    model = tor.TextClassifier(preset="fast", **MODEL)
    averaged = [
        tor.ParameterAveraging(model, n_partitions=2, executor=executor).fit(each).estimator_
        for executor, each in (
            (None, data_of("csv", files)[0]),
            (address, dataset),
            (address, dataset),
        )
    ]
    assert list((tmp_path / "cache").glob("*.records"))
    assert_same(averaged[0], averaged[1])
    assert_same(averaged[0], averaged[2])
