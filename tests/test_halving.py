"""Searches by halving: who goes on, the table, and what is saved."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import ParameterGrid
from sklearn.pipeline import make_pipeline

import torrential as tor
from torrential.data import from_arrays
from torrential.engine.batches import keyed, windows
from torrential.engine.batches import replay as kept

WORDS = {"a": "great fine superb film", "b": "poor dull broken plot", "c": "plain green table leg"}

GRID = {
    "loss": ["hinge", "log_loss", "perceptron"],
    "eta0": [1e-5, 0.1, 0.5],
    "penalty": ["l2"],
    "alpha": [0.0, 1e-4, 1e-1],
}


def rows_of(n, labels="ab", seed=0):
    random = np.random.default_rng(seed)
    every = " ".join(WORDS.values()).split()
    y = [labels[i] for i in random.integers(0, len(labels), n)]
    texts = [
        " ".join([random.choice(WORDS[label].split()), *random.choice(every, 3), f"n{i % 97}"])
        for i, label in enumerate(y)
    ]
    return texts, y


def model_of(**parameters):
    return tor.TextClassifier(preset="fast", n_features=2**10, **parameters)


@pytest.mark.timeout(240)
@pytest.mark.parametrize("labels", ["ab", "abc"])
def test_iterations_and_what_was_saved(labels):
    texts, y = rows_of(2700, labels)
    search = tor.HalvingGridSearchCV(model_of(), GRID, cv=3, refit=False).fit(texts, y)
    assert search.n_candidates_ == [27, 9, 3, 1]
    assert search.n_resources_ == [100, 300, 900, 2700]
    assert search.n_iterations_ == 4
    learned = 27 * 100 + 9 * 200 + 3 * 600 + 1800
    assert search.saved_ == pytest.approx(1 - learned / (27 * 2700))
    table = search.cv_results_
    assert table["iter"].tolist() == [0] * 27 + [1] * 9 + [2] * 3 + [3]
    assert table["n_resources"].tolist() == [100] * 27 + [300] * 9 + [900] * 3 + [2700]
    assert table["rank_test_score"][-1] == 1
    assert search.best_index_ == 39
    for number in range(3):  # who goes on was among the best
        means = table["mean_test_score"][table["iter"] == number]
        params = [p for p, i in zip(table["params"], table["iter"]) if i == number]
        after = [p for p, i in zip(table["params"], table["iter"]) if i == number + 1]
        kept_means = [m for m, p in zip(means, params) if p in after]
        assert min(kept_means) >= np.sort(means)[-len(after)]


@pytest.mark.timeout(240)
@pytest.mark.parametrize("labels", ["ab", "abc"])
def test_who_goes_on_learns_as_if_alone(labels):
    """But for the order within windows, which end where a choice is made."""
    texts, y = rows_of(1800, labels)
    grid = {"loss": ["hinge", "log_loss", "perceptron"], "eta0": [1e-5, 0.1, 0.5]}
    model = model_of(shuffle=False)
    search = tor.HalvingGridSearchCV(model, grid, cv=3, refit=False).fit(texts, y)
    last = search.cv_results_["params"][-1]
    alone = tor.cross_validate(clone(model).set_params(**last), texts, y, cv=3)
    beside = [search.cv_results_[f"split{fold}_test_score"][-1] for fold in range(3)]
    np.testing.assert_array_equal(beside, alone["test_score"])


def test_any_number_of_threads_any_batches_and_any_memory_choose_the_same(monkeypatch):
    dataset = from_arrays(*rows_of(2000))
    grid = GRID | {"max_iter": [1, 2]}
    first = tor.HalvingGridSearchCV(model_of(), grid, cv=3, n_jobs=1, refit=False).fit(dataset)
    monkeypatch.setattr(keyed, "VALUES_AT_ONCE", 900)
    defaults = kept.Kept.__init__.__defaults__
    monkeypatch.setattr(kept.Kept.__init__, "__defaults__", (10**5, *defaults[1:]))
    again = tor.HalvingGridSearchCV(model_of(), grid, cv=3, n_jobs=3, refit=False).fit(dataset)
    assert first.n_candidates_ == again.n_candidates_
    assert first.best_params_ == again.best_params_
    np.testing.assert_array_equal(
        first.cv_results_["mean_test_score"][-1], again.cv_results_["mean_test_score"][-1]
    )


def test_candidates_of_different_features_share_the_reading(monkeypatch):
    texts, y = rows_of(900)
    grid = {"ngram_range": [(1, 1), (1, 2)], "idf": [None, "running", "two-pass"], "eta0": [0.1]}
    reads = []
    batches = tor.Dataset.keyed_partitions
    monkeypatch.setattr(tor.Dataset, "keyed_partitions", lambda *a: reads.append(1) or batches(*a))
    monkeypatch.setattr(windows, "MAX_NONZEROS", 2000)
    search = tor.GridSearchCV(model_of(), grid, cv=3, refit=False).fit(texts, y)
    assert len(reads) == 1
    for place, setting in enumerate(search.cv_results_["params"]):
        alone = tor.cross_validate(model_of(**setting), texts, y, cv=3)
        beside = [search.cv_results_[f"split{fold}_test_score"][place] for fold in range(3)]
        np.testing.assert_array_equal(beside, alone["test_score"])


def test_the_first_choice_can_be_set():
    texts, y = rows_of(1000)
    grid = {"eta0": [0.01, 0.02, 0.05, 0.1, 0.2]}
    search = tor.HalvingGridSearchCV(
        model_of(), grid, factor=2, min_resources=400, cv=2, scoring=["accuracy", "neg_log_loss"],
        refit="neg_log_loss", return_train_score=True,
    ).fit(texts, y)  # fmt: skip
    assert search.n_candidates_ == [5, 3, 2]
    assert search.n_resources_ == [400, 800, 1000]
    assert search.best_score_ == max(search.cv_results_["mean_test_neg_log_loss"][-2:])
    assert np.isnan(search.cv_results_["mean_train_accuracy"][0])
    assert search.cv_results_["mean_train_accuracy"][-1] > 0.5
    assert search.predict(texts).shape == (1000,)


@pytest.mark.jit  # NumPy warns of overflow, and is to
def test_a_candidate_that_diverges_is_the_first_to_go(caplog):
    texts, y = rows_of(900)
    grid = {"eta0": [0.1, 1e30, 0.2], "learning_rate": ["constant"], "loss": ["squared_hinge"]}
    search = tor.HalvingGridSearchCV(model_of(norm=None), grid, cv=3).fit(texts, y)
    assert search.best_params_["eta0"] != 1e30
    assert "is scored worst" in caplog.text


def test_pipelines():
    texts, y = rows_of(1800)
    pipeline = make_pipeline(HashingVectorizer(n_features=2**8), SGDClassifier(random_state=0))
    grid = {"sgdclassifier__alpha": [1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1, 10, 100, 1000]}
    search = tor.HalvingGridSearchCV(pipeline, grid, cv=3).fit(texts, y)
    assert search.n_candidates_ == [9, 3, 1]
    assert search.best_params_["sgdclassifier__alpha"] <= 1
    assert search.best_estimator_[-1].alpha == search.best_params_["sgdclassifier__alpha"]


SCORED = {"loss": ["hinge", "log_loss", "perceptron"], "eta0": [1e-5, 0.1, 0.5]}
FOLDED = {
    "two classes": ("ab", model_of(max_iter=2), SCORED),
    "running": ("abc", model_of(idf="running"), SCORED | {"penalty": [None, "l1"]}),
    "pipeline": (
        "ab",
        make_pipeline(HashingVectorizer(n_features=2**8), SGDClassifier(random_state=0)),
        {"sgdclassifier__alpha": [1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1, 10, 100, 1000]},
    ),
}


def assert_same_search(here, there):
    """All but the times has the same bits."""
    assert here.cv_results_.keys() == there.cv_results_.keys()
    for name, column in here.cv_results_.items():
        if "time" not in name:
            np.testing.assert_array_equal(column, there.cv_results_[name], err_msg=name)
    for name in ("n_candidates_", "n_resources_", "saved_", "best_params_", "best_score_"):
        assert getattr(here, name) == getattr(there, name)


@pytest.mark.timeout(240)
@pytest.mark.parametrize("kind", FOLDED)
def test_folds_on_an_executor_choose_the_same(kind, monkeypatch):
    monkeypatch.setattr(windows, "MAX_NONZEROS", 2000)
    labels, model, grid = FOLDED[kind]
    dataset = from_arrays(*rows_of(1200, labels))
    how = {"cv": 3, "refit": "accuracy", "scoring": ["accuracy", "f1_macro"]}
    here = tor.HalvingGridSearchCV(model, grid, **how).fit(dataset)
    there = tor.HalvingGridSearchCV(model, grid, executor=tor.Threads(2), **how).fit(dataset)
    assert len(here.n_candidates_) >= 3
    assert_same_search(here, there)
    texts = rows_of(50, labels, seed=1)[0]
    np.testing.assert_array_equal(here.predict(texts), there.predict(texts))


@pytest.mark.timeout(240)
def test_folds_in_other_processes_choose_the_same():
    dataset = from_arrays(*rows_of(900))
    here = tor.HalvingGridSearchCV(model_of(), SCORED, cv=2, refit=False).fit(dataset)
    there = tor.HalvingGridSearchCV(
        model_of(), SCORED, cv=2, refit=False, executor=tor.Joblib(n_jobs=2)
    ).fit(dataset)
    assert_same_search(here, there)


def test_wrong_input():
    texts, y = rows_of(100)
    for wrong, message in [
        ({"factor": 1}, "factor=1"),
        ({"min_resources": 0}, "min_resources=0"),
        ({"param_grid": {}}, "param_grid is empty"),
        ({"param_grid": {"shuffle": [True, False]}}, "one pass"),
        ({"scoring": ["accuracy", "f1_macro"], "refit": False}, "does not say which"),
        (
            {"param_grid": {"rate": [1]}},
            "'rate' is not a parameter of TextClassifier: choose among",
        ),
    ]:
        search = tor.HalvingGridSearchCV(
            **({"estimator": model_of(), "param_grid": {"eta0": [0.1, 0.2]}} | wrong)
        )
        with pytest.raises(tor.ParameterError, match=message):
            search.fit(texts, y)
    assert len(list(ParameterGrid(GRID))) == 27
