"""Cross-validation and searches over data with a class that one fold has all rows of."""

import re
import warnings

import numpy as np
import pytest
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    PredefinedSplit,
    ShuffleSplit,
    StratifiedKFold,
    TimeSeriesSplit,
)
from sklearn.pipeline import make_pipeline

import torrential as tor

TEXTS = [f"{word} soup {i}" for i in range(40) for word in ("hot", "cold")] + ["a fork"]
LABELS = ["warm", "chilly"] * 40 + ["cutlery"]
TEXT = tor.TextClassifier(preset="fast", n_features=2**10)
PIPELINE = make_pipeline(tor.HashingVectorizer(n_features=2**10), SGDClassifier(random_state=0))
ESTIMATORS = {
    "text": TEXT,
    "pipeline": PIPELINE,
    "out of core": tor.OutOfCore(PIPELINE),
    "linear": make_pipeline(tor.HashingVectorizer(n_features=2**10), tor.SGDClassifier()),
}


def dataset(n=81):
    columns = {
        "text": TEXTS[:n], "label": LABELS[:n], "time": range(n), "batch": [i % 9 for i in range(n)]
    }  # fmt: skip
    columns = {name: list(values) for name, values in columns.items()}
    return tor.read(columns, text="text", target="label")


def scores_of(*args, **options):
    """Return the scores, and the one warning that there has to be."""
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        result = tor.cross_validate(*args, **options)
    (warning,) = found
    assert warning.category is tor.DataWarning
    return result, str(warning.message)


@pytest.mark.parametrize("name", ESTIMATORS)
@pytest.mark.parametrize("stratify", [False, True])
def test_a_class_of_one_row_is_wrong_in_its_fold_only(name, stratify):
    estimator, results = ESTIMATORS[name], []
    for executor in (None, tor.Threads(2)):
        result, message = scores_of(
            estimator, dataset(), cv=3, stratify=stratify, executor=executor, return_estimator=True
        )
        results.append(result["test_score"].tolist())
        assert "learned no row of class 'cutlery': rows of it count as wrong there" in message
    assert results[0] == results[1]
    fold = int(re.search(r"of fold (\d) of 3", message)[1])
    model = result["estimator"][fold]
    (prediction,) = model.predict(["a fork"])
    assert prediction in ("warm", "chilly")
    _, test = dataset().folds(3, stratify=stratify)[fold]
    batches = list(test.batches())
    texts = [text for batch in batches for text in batch.text.to_pylist()]
    labels = [label for batch in batches for label in batch.target.to_pylist()]
    assert "cutlery" in labels
    assert results[0][fold] == pytest.approx(np.mean(model.predict(texts) == np.array(labels)))
    if name == "text":
        assert [score for at, score in enumerate(results[0]) if at != fold] == [1, 1]


@pytest.mark.parametrize("name", ESTIMATORS)
def test_the_second_of_two_classes_has_one_row(name):
    texts, labels = ["tea", *TEXTS[:80:2]], ["leaf", *LABELS[:80:2]]
    for executor in (None, tor.Threads(2)):
        result, message = scores_of(ESTIMATORS[name], texts, labels, cv=3, executor=executor)
        assert "class 'leaf'" in message
        assert np.isfinite(result["test_score"]).all()
        assert min(result["test_score"]) < 1


def test_few_of_many_classes_are_named():
    labels = [*LABELS[:60], *(f"kind {i:02}" for i in range(21))]
    _, message = scores_of(TEXT, TEXTS, labels, cv=3)
    assert "some classes: 'kind 00', 'kind 01', 'kind 02' and 18 more: rows of them" in message
    assert "fold 0, 1, 2 of 3" in message


def test_scores_that_need_every_class_are_nan_where_one_is_missing():
    names = ["neg_log_loss", "roc_auc_ovr", "f1_macro", "accuracy"]
    result, message = scores_of(TEXT, dataset(), cv=3, scoring=names)
    assert "scores that need every class are nan" in message
    assert np.isnan(result["test_neg_log_loss"]).sum() == 1
    assert np.isnan(result["test_roc_auc_ovr"]).any()
    assert np.isfinite(result["test_f1_macro"]).all()
    assert np.isfinite(result["test_accuracy"]).all()
    pipeline = make_pipeline(tor.HashingVectorizer(n_features=2**10), SGDClassifier("log_loss"))
    same, _ = scores_of(pipeline, dataset(), cv=3, scoring=names)
    for name in names:
        is_nan = np.isnan(result[f"test_{name}"]).tolist()
        assert np.isnan(same[f"test_{name}"]).tolist() == is_nan, name
    texts, labels = ["tea", *TEXTS[:80:2]], ["leaf", *LABELS[:80:2]]
    result, _ = scores_of(TEXT, texts, labels, cv=3, scoring=["f1", "roc_auc", "accuracy"])
    assert np.isnan(result["test_f1"]).sum() == 1
    assert np.isnan(result["test_roc_auc"]).all()  # one fold lacks a model of it, two its rows


@pytest.mark.parametrize("name", ["text", "pipeline"])
@pytest.mark.parametrize("scoring", ["accuracy", "f1_macro"])
def test_searches_go_on(name, scoring):
    parameter = {"text": "eta0", "pipeline": "sgdclassifier__alpha"}[name]
    estimator, grid = ESTIMATORS[name], {parameter: [0.001, 0.01, 0.1]}
    options = {"cv": 3, "scoring": scoring}
    for search in (
        tor.GridSearchCV(estimator, grid, **options),
        tor.GridSearchCV(estimator, grid, executor=tor.Threads(2), **options),
        tor.RandomizedSearchCV(estimator, grid, n_iter=2, **options),
        tor.HalvingGridSearchCV(estimator, grid, min_resources=30, **options),
    ):
        with pytest.warns(tor.DataWarning, match="no row of class 'cutlery'") as found:
            search.fit(dataset())
        assert len(found) == 1
        assert np.isfinite(search.best_score_)
        assert "cutlery" in search.classes_


def test_folds_without_a_score_do_not_choose(caplog):
    search = tor.GridSearchCV(TEXT, {"eta0": [0.01, 1e-9]}, cv=3, scoring="neg_log_loss")
    with pytest.warns(tor.DataWarning, match="no row of class 'cutlery'"):
        search.fit(dataset())
    assert search.best_params_ == {"eta0": 0.01}
    assert "1 of 3 folds have no score: the others choose" in caplog.text


def test_folds_without_a_score_let_nobody_go():
    grid = {"eta0": [1e-9, 0.01]}  # the first of equals would go on
    options = {"cv": 3, "scoring": "neg_log_loss", "min_resources": 30, "factor": 2}
    model = tor.TextClassifier(preset="fast", n_features=2**10, shuffle=False)
    search = tor.HalvingGridSearchCV(model, grid, **options)
    with pytest.warns(tor.DataWarning, match="no row of class 'cutlery'"):
        search.fit(TEXTS[::-1], LABELS[::-1])  # its row comes first
    assert search.best_params_ == {"eta0": 0.01}


def test_data_of_one_class_is_still_refused():
    for executor in (None, tor.Threads(2)):
        with pytest.raises(tor.DataError, match="have the one label 'warm'"):
            tor.cross_validate(TEXT, TEXTS[:80:2], ["warm"] * 40, cv=3, executor=executor)


SAME = [
    (KFold(4, shuffle=True, random_state=7), {}, {"cv": 4, "random_state": 7}),
    (KFold(4, shuffle=True), {}, {"cv": 4}),
    (StratifiedKFold(4), {}, {"cv": 4, "stratify": True}),
    (StratifiedKFold(4, shuffle=True, random_state=3), {},
     {"cv": 4, "stratify": True, "random_state": 3}),
    (GroupKFold(4), {"groups": "batch"}, {"cv": 4, "groups": "batch"}),
    (TimeSeriesSplit(4), {"order": "time"}, {"cv": 4, "order": "time"}),
    (None, {}, {"cv": 5}),
]  # fmt: skip


@pytest.mark.parametrize(("cv", "options", "same"), SAME)
def test_splitters_that_a_hash_can_follow(cv, options, same):
    data, quick = dataset(80), tor.TextClassifier(preset="fast", n_features=2**6, eta0=1e-4)
    found = tor.cross_validate(quick, data, cv=cv, scoring=["neg_log_loss"], **options)
    wanted = tor.cross_validate(quick, data, scoring=["neg_log_loss"], **same)
    np.testing.assert_array_equal(found["test_neg_log_loss"], wanted["test_neg_log_loss"])
    search = tor.GridSearchCV(quick, {"alpha": [1e-4]}, cv=cv).fit(data, **options)
    assert search.n_splits_ == same["cv"]


REFUSED = [
    (KFold(3), {}, r"pass cv=3 or KFold with shuffle=True"),
    (GroupKFold(3), {}, r"pass groups="),
    (TimeSeriesSplit(3), {}, r"pass order="),
    (TimeSeriesSplit(3, gap=2), {"order": "time"}, "with gap counts rows"),
    (ShuffleSplit(3), {}, r"cv=ShuffleSplit chooses rows by their positions.*Dataset\.split"),
    (PredefinedSplit([0, 1]), {}, r"cv=PredefinedSplit .*groups="),
    (iter([([1], [2])]), {}, r"cv with pairs of indices chooses rows by their positions"),
    ([([1], [2])], {}, r"groups=, stratify=True or order="),
    (StratifiedKFold(3), {"groups": "batch"}, "groups and stratify are different ways"),
    (1, {}, "is not a number of folds"),
    ("stratified", {}, "cv='stratified'"),
]


@pytest.mark.parametrize(("cv", "options", "message"), REFUSED)
def test_splitters_that_need_places_of_rows(cv, options, message):
    with pytest.raises(tor.ParameterError, match=message):
        tor.cross_validate(TEXT, dataset(), cv=cv, **options)
    if not hasattr(cv, "__next__"):
        with pytest.raises(tor.ParameterError, match=message):
            tor.GridSearchCV(TEXT, {"alpha": [1e-4]}, cv=cv).fit(dataset(), **options)
