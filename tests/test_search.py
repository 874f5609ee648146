"""Searches: each candidate's scores are those it has alone, in scikit-learn's columns."""

import logging

import numpy as np
import pytest
from scipy.stats import loguniform
from sklearn.base import clone
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import GridSearchCV as TheirGridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

import torrential as tor
from torrential.data import from_arrays
from torrential.engine.batches import replay as kept
from torrential.engine.batches import windows
from torrential.estimators.selection.memory_plan import bytes_of_each, model_bytes
from torrential.persistence.model_file import read_model

WORDS = {"a": "great fine superb film", "b": "poor dull broken plot", "c": "plain green table leg"}


def rows_of(n, labels="ab", seed=0):
    """Texts with a word of their class, and others."""
    random = np.random.default_rng(seed)
    every = " ".join(WORDS.values()).split()
    y = [labels[i] for i in random.integers(0, len(labels), n)]
    texts = [
        " ".join([random.choice(WORDS[label].split()), *random.choice(every, 3), f"n{i % 97}"])
        for i, label in enumerate(y)
    ]
    return texts, y


GRID = {
    "loss": ["hinge", "log_loss"],
    "eta0": [0.05, 0.5],
    "idf": [None, "running", "two-pass"],
    "max_iter": [1, 2],
}


@pytest.mark.timeout(240)
@pytest.mark.parametrize("labels", ["ab", "abc"])
def test_every_candidate_scores_as_it_does_alone(labels):
    texts, y = rows_of(900, labels)
    model = tor.TextClassifier(preset="fast", n_features=2**10)
    search = tor.GridSearchCV(model, GRID, cv=3, n_jobs=2, return_train_score=True).fit(texts, y)
    table = search.cv_results_
    assert len(table["params"]) == 24
    for place in range(0, 24, 3):
        alone = clone(model).set_params(**table["params"][place])
        scores = tor.cross_validate(alone, texts, y, cv=3, return_train_score=True)
        for side in ("test", "train"):
            beside = [table[f"split{fold}_{side}_score"][place] for fold in range(3)]
            np.testing.assert_array_equal(beside, scores[f"{side}_score"])
    means = table["mean_test_score"]
    assert search.best_score_ == means.max()
    assert search.best_params_ == table["params"][int(means.argmax())]
    best = clone(model).set_params(**search.best_params_).fit(texts, y)
    np.testing.assert_array_equal(best.coef_, search.best_estimator_.coef_)
    assert search.predict(texts).tolist() == best.predict(texts).tolist()
    assert search.predict_proba(texts).shape == (900, len(labels))
    assert search.score(texts, y) == best.score(texts, y)
    assert search.classes_.tolist() == list(labels)


def test_columns_are_those_of_scikit_learn():
    texts, y = rows_of(300)
    ours = tor.GridSearchCV(
        tor.TextClassifier(preset="fast", n_features=2**10),
        [{"eta0": [0.1, 0.2]}, {"alpha": [1e-4]}],
        cv=3,
    ).fit(texts, y)
    theirs = TheirGridSearchCV(
        make_pipeline(CountVectorizer(), SGDClassifier()),
        [{"sgdclassifier__eta0": [0.1, 0.2]}, {"sgdclassifier__alpha": [1e-4]}],
        cv=3,
    ).fit(texts, y)
    expected = {name.replace("sgdclassifier__", "") for name in theirs.cv_results_}
    assert set(ours.cv_results_) == expected
    for name, column in theirs.cv_results_.items():
        own = ours.cv_results_[name.replace("sgdclassifier__", "")]
        assert len(own) == len(column)
        if name.startswith("param_"):
            assert own.mask.tolist() == np.ma.getmaskarray(column).tolist()
    ranks, means = ours.cv_results_["rank_test_score"], ours.cv_results_["mean_test_score"]
    assert [int((means > mean).sum()) + 1 for mean in means] == ranks.tolist()


def test_several_scorers():
    texts, y = rows_of(300)
    model = tor.TextClassifier(preset="fast", n_features=2**10)
    grid = {"eta0": [0.01, 0.3]}
    search = tor.GridSearchCV(model, grid, scoring=["f1", "neg_log_loss"], refit="f1", cv=3)
    search.fit(texts, y)
    assert search.multimetric_
    assert search.best_score_ == search.cv_results_["mean_test_f1"].max()
    with pytest.raises(tor.ParameterError, match="does not say which of several scores"):
        search.set_params(refit=True).fit(texts, y)
    unfitted = search.set_params(refit=False).fit(texts, y)
    with pytest.raises(tor.ParameterError, match="refit=False"):
        unfitted.predict(texts)


def test_random_candidates_are_drawn_from_distributions():
    texts, y = rows_of(300)
    model = tor.TextClassifier(preset="fast", n_features=2**10)
    drawn = {"eta0": loguniform(0.01, 1), "loss": ["hinge", "log_loss"]}
    first, again, other = (
        tor.RandomizedSearchCV(model, drawn, n_iter=5, cv=2, random_state=seed).fit(texts, y)
        for seed in (0, 0, 1)
    )
    params = first.cv_results_["params"]
    assert len(params) == 5
    assert all(0.01 <= each["eta0"] <= 1 for each in params)
    assert params == again.cv_results_["params"] != other.cv_results_["params"]


@pytest.mark.jit  # NumPy warns of overflow, and is to
def test_a_diverging_candidate_is_scored_worst_and_named(caplog):
    texts, y = rows_of(300)
    grid = [
        {"eta0": [0.1]},
        {"learning_rate": ["constant"], "loss": ["squared_hinge"], "eta0": [1e30]},
    ]
    search = tor.GridSearchCV(tor.TextClassifier(preset="fast", n_features=2**10), grid, cv=3)
    with caplog.at_level(logging.WARNING, "torrential.search"):
        search.fit(texts, y)
    assert search.best_index_ == 0
    assert np.isnan(search.cv_results_["mean_test_score"][1])
    assert search.cv_results_["rank_test_score"].tolist() == [1, 2]
    assert "1e+30" in caplog.text
    assert "failed in 3 of 3 folds" in caplog.text
    with pytest.raises(tor.ParameterError, match="No candidate learned"):
        tor.GridSearchCV(tor.TextClassifier(preset="fast", n_features=2**10), grid[1:], cv=3).fit(
            texts, y
        )


@pytest.mark.parametrize(
    ("grid", "sentence"),
    [
        ({}, "param_grid is empty"),
        ([], "param_grid is empty"),
        ({"eta0": []}, "param_grid is invalid"),
        ({"eta0": 0.1}, "param_grid is invalid"),
        ("eta0", "is not a dict"),
        ({"eta": [1]}, "'eta' is not a parameter of TextClassifier: choose among C, alpha"),
        ({"loss": ["nonsense"]}, "loss='nonsense' is not known"),
    ],
)
def test_wrong_grids(grid, sentence):
    texts, y = rows_of(100)
    with pytest.raises(tor.ParameterError, match=sentence):
        tor.GridSearchCV(tor.TextClassifier(preset="fast"), grid).fit(texts, y)


def test_wrong_input():
    texts, y = rows_of(100)
    with pytest.raises(tor.ParameterError, match=r"'linearsvc' .* has no partial_fit"):
        tor.GridSearchCV(LinearSVC(), {"eta0": [1]}).fit(texts, y)
    for n_iter in (0, 2.5, True):
        search = tor.RandomizedSearchCV(
            tor.TextClassifier(preset="fast"), {"eta0": [1]}, n_iter=n_iter
        )
        with pytest.raises(tor.ParameterError, match="not a number of candidates"):
            search.fit(texts, y)


def test_a_search_is_a_scikit_learn_estimator():
    search = tor.GridSearchCV(tor.TextClassifier(preset="fast"), {"eta0": [0.1, 0.2]}, cv=2)
    copy = clone(search).set_params(estimator__n_features=2**8, cv=3)
    assert copy.estimator.n_features == 2**8
    assert search.cv == 2
    texts, y = rows_of(200)
    copy.fit(from_arrays(texts, y))
    assert copy.best_estimator_.n_features == 2**8
    assert copy.n_splits_ == 3


def test_a_third_class_that_comes_late_parts_models_that_learned_together(monkeypatch):
    texts, y = rows_of(600, "ab")
    late, labels = rows_of(300, "abc", seed=1)
    monkeypatch.setattr(windows, "MAX_NONZEROS", 500)
    dataset = from_arrays([*texts, *late], [*y, *labels])
    model = tor.TextClassifier(
        preset="fast", n_features=2**10, shuffle=False, class_weight="balanced"
    )
    for idf in (None, "running"):
        model.set_params(idf=idf)
        grid = {"loss": ["hinge", "log_loss"], "alpha": [0, 1e-4], "max_iter": [2]}
        search = tor.GridSearchCV(model, grid, cv=3, refit=False).fit(dataset)
        for place, setting in enumerate(search.cv_results_["params"]):
            alone = tor.cross_validate(clone(model).set_params(**setting), dataset, cv=3)
            beside = [search.cv_results_[f"split{fold}_test_score"][place] for fold in range(3)]
            np.testing.assert_array_equal(beside, alone["test_score"])


def test_too_many_candidates_learn_in_several_passes(caplog):
    texts, y = rows_of(300)
    model = tor.TextClassifier(preset="fast", n_features=2**10)
    grid = {"eta0": [0.05, 0.1, 0.2, 0.4, 0.8]}
    whole = tor.GridSearchCV(model, grid, cv=3, refit=False).fit(texts, y)
    assert "passes" not in caplog.text
    # A model takes 8 KB and its sample of 300 rows 6 KB, three folds of two candidates 84 KB.
    parts = tor.GridSearchCV(model, grid, cv=3, refit=False, memory_limit="90 KB").fit(texts, y)
    assert "5 candidates in 3 folds would take" in caplog.text
    assert "learn in 3 passes" in caplog.text
    name = "mean_test_score"
    np.testing.assert_array_equal(whole.cv_results_[name], parts.cv_results_[name])
    with pytest.raises(tor.ParameterError, match="too much memory for one pass"):
        tor.HalvingGridSearchCV(model, grid, cv=3, memory_limit=50_000).fit(texts, y)
    for wrong in ("much", "0 GB", -1, True):
        with pytest.raises(tor.ParameterError, match="memory_limit="):
            tor.GridSearchCV(model, grid, memory_limit=wrong).fit(texts, y)


def test_the_estimate_of_memory_is_near_what_models_take():
    texts, y = rows_of(3000, "abc")
    texts = [f"{text} {i} {i * 7919} {i * 104729}" for i, text in enumerate(texts)]
    for labels, loss in (("ab", "hinge"), ("abc", "log_loss")):
        chosen = [i for i, label in enumerate(y) if label in labels]
        model = tor.TextClassifier(preset="fast", n_features=2**12, loss=loss)
        model.fit([texts[i] for i in chosen], [y[i] for i in chosen])
        taken = sum(array.nbytes for array in model.model_.linear.state()[0].values())
        estimated = model_bytes(model._chosen, len(labels))
        assert 0.9 * taken < estimated < 2 * taken


@pytest.mark.parametrize("kind", ["two", "three", "sets", "levels", "numbers"])
def test_the_estimate_has_the_sample_of_predictions(kind):
    texts, y = rows_of(2000, "abc" if kind in ("three", "sets") else "ab")
    numbers = ["abc".index(label) for label in y]
    targets = {"sets": [["a", label] for label in y], "levels": numbers, "numbers": numbers}
    dataset = tor.read({"t": texts, "y": targets.get(kind, y)}, text="t", target="y")
    how = {"preset": "fast", "n_features": 2**10}
    if kind in ("levels", "numbers"):
        model = tor.TextRegressor(**how, levels=[0, 1] if kind == "levels" else None)
    else:
        model = tor.TextClassifier(**how)
    state, _ = model.fit(dataset).model_.calibration.state()
    state.setdefault("calibration_weights", np.ones(len(state["calibration_codes"]), np.float32))
    [estimated] = bytes_of_each(model, [{}], dataset)
    n_classes = {"two": 2, "three": 3, "sets": 3}.get(kind, 1)
    sample = estimated - model_bytes(model._chosen_of(model.get_params()), n_classes)
    assert sample == sum(array.nbytes for array in state.values())
    assert (sample > 0) == (kind != "numbers")


def test_leaders_are_told(capsys):
    texts, y = rows_of(3000)
    model = tor.TextClassifier(preset="fast", n_features=2**10, max_iter=3)
    grid = {"eta0": [1e-6, 0.1, 0.2]}
    search = tor.GridSearchCV(model, grid, cv=3, verbose=1, refit=False).fit(texts, y)
    told = [line for line in capsys.readouterr().err.splitlines() if "leading after" in line]
    assert told
    assert all("eta0=1e-06" not in line.split(";")[0] for line in told)
    assert search.interrupted_ is False


@pytest.mark.jit  # NumPy warns of overflow, and is to
@pytest.mark.parametrize("rate", ["adagrad", "constant"])
@pytest.mark.parametrize("idf", [None, "running", "two-pass"])
def test_the_first_candidate_may_fail(rate, idf, monkeypatch, caplog):
    """It weighs and orders the rows for the others."""
    texts, y = rows_of(900)
    monkeypatch.setattr(windows, "MAX_NONZEROS", 1500)
    parameters = {"learning_rate": rate, "idf": idf, "class_weight": "balanced"}
    model = tor.TextClassifier(preset="fast", n_features=2**10, max_iter=3, **parameters)
    grid = {"eta0": [1e30, 0.01, 0.1]}
    search = tor.GridSearchCV(model, grid, cv=3, refit=False).fit(texts, y)
    assert "{'eta0': 1e+30} failed in 3 of 3 folds" in caplog.text
    for place in (1, 2):
        alone = clone(model).set_params(**search.cv_results_["params"][place])
        beside = [search.cv_results_[f"split{fold}_test_score"][place] for fold in range(3)]
        scores = tor.cross_validate(alone, texts, y, cv=3)["test_score"]
        np.testing.assert_array_equal(beside, scores)


REFITS = [
    {},
    {"max_iter": 3},
    {"shuffle": False, "max_iter": 2},
    {"idf": "two-pass"},
    {"idf": "running", "max_iter": 2},
    {"class_weight": "balanced"},
    {"tol": 1e-3, "max_iter": 5},
]


@pytest.mark.parametrize("limit", [2**29, 30_000])
@pytest.mark.parametrize("labels", ["ab", "abc"])
@pytest.mark.parametrize("parameters", REFITS, ids=str)
def test_the_refit_of_rows_in_memory_is_a_fit(parameters, labels, limit, tmp_path, monkeypatch):
    defaults = kept.Kept.__init__.__defaults__
    monkeypatch.setattr(kept.Kept.__init__, "__defaults__", (limit, *defaults[1:]))
    dataset = from_arrays(*rows_of(1500, labels))
    model = tor.TextClassifier(preset="fast", n_features=2**8, **parameters)
    grid = {"eta0": [0.05, 0.5], "ngram_range": [(1, 1), (1, 2)]}
    for search in (
        tor.GridSearchCV(model, grid, cv=3), tor.HalvingGridSearchCV(model, grid, cv=3)
    ):  # fmt: skip
        with monkeypatch.context() as patched:
            patched.setattr("torrential.estimators.selection.base.fitted_to", None)
            search.fit(dataset)
        alone = clone(model).set_params(**search.best_params_).fit(dataset)
        contents = []
        for number, each in enumerate((search.best_estimator_, alone)):
            each.save(tmp_path / f"{number}.model")
            arrays, header = read_model(tmp_path / f"{number}.model")
            contents.append(({k: v.tobytes() for k, v in arrays.items()}, header | {"saved": 0}))
        assert contents[0] == contents[1]


def test_a_refit_with_names_of_terms_reads_the_rows(monkeypatch):
    dataset = from_arrays(*rows_of(600))
    model = tor.TextClassifier(preset="fast", n_features=2**8, terms=True)
    search = tor.GridSearchCV(model, {"eta0": [0.05, 0.5]}, cv=3).fit(dataset)
    alone = clone(model).set_params(**search.best_params_).fit(dataset)
    assert search.best_estimator_.top_terms() == alone.top_terms()
