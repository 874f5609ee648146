"""Searches and folds over several labels a row, and over numbers and levels."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy.stats import loguniform

import torrential as tor

RANDOM = np.random.default_rng(0)
LABELS = ["corn", "gas", "oil"]
HAS_LABEL = RANDOM.random((400, 3)) < [0.3, 0.4, 0.1]
NOISE = RANDOM.integers(0, 30, (400, 4))
TEXTS = [
    " ".join([f"{label}word" for label, has in zip(LABELS, row) if has] + [f"n{n}" for n in noise])
    for row, noise in zip(HAS_LABEL, NOISE)
]
SETS = [[label for label, has in zip(LABELS, row) if has] for row in HAS_LABEL]
GRADES = np.clip(HAS_LABEL @ [1, 2, 3] + RANDOM.integers(0, 2, 400), 0, 5)
FAST = {"preset": "fast", "n_features": 2**12}
SMALL = ["--preset", "fast", "--n-features", "2**12", "--cv", "2", "--json"]


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("rows") / "rows.parquet"
    pd.DataFrame({"text": TEXTS, "topics": SETS, "grade": GRADES}).to_parquet(path)
    return path


@pytest.mark.parametrize("target", ["lists", "matrix", "column"])
def test_random_searches_over_several_labels(target, path):
    search = tor.RandomizedSearchCV(
        tor.TextClassifier(**FAST), {"eta0": loguniform(1e-3, 1)}, n_iter=3, cv=2,
        scoring=["f1_micro", "precision_at_1"], refit="f1_micro", random_state=0,
    )  # fmt: skip
    if target == "column":
        search.fit(tor.read(path, text="text", target="topics"))
    else:
        search.fit(TEXTS, SETS if target == "lists" else HAS_LABEL.astype(int))
    table = search.cv_results_
    assert search.best_score_ == table["mean_test_f1_micro"].max() > 0.7
    assert (table["mean_test_precision_at_1"] > 0).all()
    found = search.best_estimator_.predict(TEXTS)
    if target == "matrix":
        assert (found == HAS_LABEL).mean() > 0.9
    else:
        assert np.mean([list(each) == labels for each, labels in zip(found, SETS)]) > 0.7
    assert search.score(TEXTS, SETS if target != "matrix" else HAS_LABEL.astype(int)) > 0.7
    assert len(search.best_estimator_.choose_thresholds().labels) == 3


def test_commands_over_several_labels(path, tmp_path, run):
    words = [path, "--text", "text", "--target", "topics", *SMALL]
    found = json.loads(run("cross-validate", *words, "--scoring", "f1_micro", "--stratify")[1])
    assert found["scores"]["f1_micro"]["mean"] > 0.8
    grid = ["--grid", "eta0=0.001,0.5", "--grid", "alpha=0,1e-6", "--scoring", "f1_micro"]
    for how in (["--n-iter", "3"], ["--halving"]):
        model = tmp_path / f"{how[0]}.model"
        code, out, err = run("search", *words, *grid, *how, "-o", model)
        assert code == 0, err
        assert json.loads(out)["best"]["eta0"] == 0.5
        assert tor.load(model).model_.is_multilabel
    kept = ["--checkpoint", tmp_path / "search", "-o", tmp_path / "a.model"]
    first = json.loads(run("search", *words, *grid, *kept)[1])
    again = json.loads(run("search", *words, *grid, *kept, "--resume", "--overwrite")[1])
    assert first["candidates"] == again["candidates"]
    code, _, err = run("cross-validate", *words, "--scoring", "roc_auc")
    assert code == 2 and "is for classifiers of one label a row" in err


def test_commands_over_delimited_labels(tmp_path, run):
    path = tmp_path / "rows.csv"
    joined = ["|".join(each) for each in SETS]
    pd.DataFrame({"text": TEXTS, "topics": joined}).to_csv(path, index=False)
    words = [path, "--text", "text", "--target", "topics", "--target-separator", "|", *SMALL]
    found = json.loads(run("cross-validate", *words)[1])
    assert found["scores"]["accuracy"]["mean"] > 0.8


def test_commands_over_numbers_and_levels(path, tmp_path, run):
    words = [path, "--text", "text", "--target", "grade", "--task", "regression", *SMALL]
    scoring = ["--scoring", "spearman", "--scoring", "f1_at_2", "--scoring", "roc_auc_at_2"]
    epochs = ["--epochs", "5", "--stratify"]
    found = json.loads(run("cross-validate", *words, *scoring, *epochs)[1])["scores"]
    assert set(found) == {"spearman", "f1_at_2", "roc_auc_at_2"}
    assert all(each["mean"] > 0.5 for each in found.values())
    grid = ["--grid", "eta0=0.001,0.2", "--scoring", "accuracy", "--levels", "0,1,2,3,4,5,6"]
    for how in (["--n-iter", "2"], ["--halving"]):
        model = tmp_path / f"{how[0]}.model"
        code, out, err = run("search", *words, *grid, *how, "-o", model)
        assert code == 0, err
        assert json.loads(out)["best"] == {"eta0": 0.2}
        assert len(tor.load(model).cut_points_) == 6
    code, _, err = run("cross-validate", *words, "--scoring", "accuracy")
    assert code == 2 and "of classes or levels" in err and err.count("\n") == 1


def test_levels_are_searched_beside_numbers():
    search = tor.GridSearchCV(
        tor.TextRegressor(**FAST, max_iter=3), {"levels": [None, [0, 1, 2, 3, 4, 5]]}, cv=2,
        scoring="neg_mean_absolute_error",
    )  # fmt: skip
    search.fit(TEXTS, np.minimum(GRADES, 5))
    assert search.best_params_["levels"] == [0, 1, 2, 3, 4, 5]
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
