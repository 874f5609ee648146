"""Cross-validation: the models of one pass are those of separate fits, and so are their scores."""

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet
from sklearn.base import clone
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import f1_score, log_loss
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

import torrential as tor
from torrential.data import from_arrays
from torrential.engine.batches import keyed, windows
from torrential.engine.batches import replay as kept

WORDS = {"a": "great fine superb film", "b": "poor dull broken plot", "c": "plain green table leg"}


def rows_of(n, labels="abc", seed=0):
    """Texts of words of their class, and of others."""
    random = np.random.default_rng(seed)
    every = " ".join(WORDS.values()).split()
    y = [labels[i] for i in random.integers(0, len(labels), n)]
    texts = [
        " ".join([*random.choice(WORDS[label].split(), 2), *random.choice(every, 4), f"n{i % 97}"])
        for i, label in enumerate(y)
    ]
    return texts, y


@pytest.fixture(params=["ab", "abc"])
def dataset(request, tmp_path):
    """Several partitions, some labels missing, and weights."""
    texts, y = rows_of(3000, request.param)
    labels = [None if i % 50 == 7 else label for i, label in enumerate(y)]
    weight = np.random.default_rng(1).uniform(0.5, 2, len(y))
    table = pa.table({"text": texts, "y": labels, "w": weight})
    parquet.write_table(table, tmp_path / "rows.parquet", row_group_size=400)
    return tor.read(str(tmp_path / "rows.parquet"), text="text", target="y", weight="w")


SETTINGS = [
    {},
    {"loss": "log_loss", "max_iter": 3, "alpha": 1e-4},
    {"idf": "two-pass", "class_weight": "balanced"},
    {"idf": "running", "shuffle": False, "average": True},
    {"max_iter": 5, "tol": 0.01, "penalty": "l1", "alpha": 1e-5, "ngram_range": (1, 2)},
]


@pytest.mark.timeout(240)
@pytest.mark.parametrize("settings", SETTINGS)
def test_models_and_scores_are_those_of_separate_fits(dataset, settings, monkeypatch):
    monkeypatch.setattr(windows, "MAX_NONZEROS", 3000)
    monkeypatch.setattr(keyed, "VALUES_AT_ONCE", 2500)
    model = tor.TextClassifier(preset="fast", n_features=2**12, **settings)
    result = tor.cross_validate(
        model,
        dataset,
        cv=3,
        random_state=5,
        n_jobs=2,
        return_estimator=True,
        return_train_score=True,
    )
    for number, (train, test) in enumerate(dataset.folds(3, 5)):
        alone = tor.TextClassifier(preset="fast", n_features=2**12, **settings).fit(train)
        beside = result["estimator"][number]
        assert alone.classes_.tolist() == beside.classes_.tolist()
        np.testing.assert_array_equal(alone.coef_, beside.coef_)
        np.testing.assert_array_equal(alone.intercept_, beside.intercept_)
        assert alone.n_iter_ == beside.n_iter_
        assert [each.average_loss for each in alone.history_] == [
            each.average_loss for each in beside.history_
        ]
        np.testing.assert_array_equal(alone.predict_proba(test), beside.predict_proba(test))
        assert result["test_score"][number] == pytest.approx(alone.score(test), abs=1e-6)
        assert result["train_score"][number] == pytest.approx(alone.score(train), abs=1e-6)


@pytest.mark.timeout(240)
def test_any_number_of_threads_and_any_memory_give_the_same(dataset, monkeypatch):
    model = tor.TextClassifier(preset="fast", n_features=2**12, idf="two-pass")
    scoring = ["accuracy", "neg_log_loss", "f1_macro"]
    arguments = {"cv": 4, "scoring": scoring}
    monkeypatch.setattr(windows, "MAX_NONZEROS", 3000)
    first = tor.cross_validate(model, dataset, n_jobs=1, **arguments)
    for limit in (2**29, 20_000, 0):
        monkeypatch.setattr(
            kept.Kept.__init__, "__defaults__", (limit, *kept.Kept.__init__.__defaults__[1:])
        )
        again = tor.cross_validate(model, dataset, n_jobs=3, **arguments)
        for name in scoring:
            np.testing.assert_array_equal(first[f"test_{name}"], again[f"test_{name}"])


def test_scores_are_those_of_scikit_learn():
    texts, y = rows_of(1500)
    model = tor.TextClassifier(preset="fast", n_features=2**12)
    result = tor.cross_validate(
        model, texts, y, cv=3, scoring={"loss": "neg_log_loss", "f": "f1_weighted"}
    )
    for number, (train, test) in enumerate(from_arrays(texts, y).folds(3)):
        alone = tor.TextClassifier(preset="fast", n_features=2**12).fit(train)
        true = [label for batch in test.batches() for label in batch.target.to_pylist()]
        p = alone.predict_proba(test)
        assert result["test_loss"][number] == pytest.approx(-log_loss(true, p), rel=1e-6)
        f1 = f1_score(true, alone.predict(test), average="weighted")
        assert result["test_f"][number] == pytest.approx(f1)


def test_keys_are_those_of_scikit_learn():
    texts, y = rows_of(300, "ab")
    result = tor.cross_validate(
        tor.TextClassifier(preset="fast"), texts, y, cv=3, return_train_score=True
    )
    assert set(result) == {"fit_time", "score_time", "test_score", "train_score"}
    assert all(value.shape == (3,) for value in result.values())
    result = tor.cross_validate(
        tor.TextClassifier(preset="fast"), texts, y, cv=2, scoring=["f1", "roc_auc"]
    )
    assert set(result) == {"fit_time", "score_time", "test_f1", "test_roc_auc", "error_roc_auc"}
    assert (result["error_roc_auc"] < 0.01).all()


def test_the_estimator_and_the_input_stay_as_they_were():
    texts, y = rows_of(300, "ab")
    model = tor.TextClassifier(preset="fast", terms=True)
    before = model.get_params(), list(texts), list(y)
    result = tor.cross_validate(model, texts, y, cv=2, return_estimator=True)
    assert (model.get_params(), texts, y) == before
    assert not hasattr(model, "model_")
    assert result["estimator"][0].predict(["great"]).tolist() == ["a"]


def test_groups_stay_together(tmp_path):
    """If only the group determines the class, no fold can be predicted from the others."""
    table = pa.table(
        {
            "text": [f"word{i % 40}" for i in range(4000)],
            "user": [f"user {i % 40}" for i in range(4000)],
            "y": [(i % 40) * 7919 % 13 % 2 for i in range(4000)],
        }
    )
    parquet.write_table(table, tmp_path / "rows.parquet")
    dataset = tor.read(str(tmp_path / "rows.parquet"), text="text", target="y")
    together = tor.cross_validate(tor.TextClassifier(preset="fast"), dataset, cv=4, groups="user")
    assert together["test_score"].mean() < 0.9
    for number, (train, test) in enumerate(dataset.folds(4, groups="user")):
        alone = tor.TextClassifier(preset="fast").fit(train)
        assert together["test_score"][number] == pytest.approx(alone.score(test))


PIPELINE = make_pipeline(
    HashingVectorizer(n_features=2**10), SGDClassifier(random_state=0, shuffle=False)
)


@pytest.mark.parametrize(
    "way", [{"stratify": True}, {"order": "time"}, {"groups": "user"}], ids=str
)
@pytest.mark.parametrize("executor", [None, tor.Threads(2)], ids=["one pass", "a fold each"])
@pytest.mark.parametrize("kind", ["ours", "pipeline"])
def test_other_ways_to_make_folds(tmp_path, way, executor, kind):
    texts, y = rows_of(900, "abc")
    random = np.random.default_rng(0)
    columns = {"time": random.permutation(900), "user": random.integers(0, 90, 900)}
    table = pa.table({"text": texts, "y": y, **columns})
    parquet.write_table(table, tmp_path / "rows.parquet", row_group_size=250)
    dataset = tor.read(str(tmp_path / "rows.parquet"), text="text", target="y")
    model = tor.TextClassifier(preset="fast", n_features=2**10, max_iter=2)
    if kind == "pipeline":
        model = tor.OutOfCore(PIPELINE, max_iter=2)
    result = tor.cross_validate(
        model, dataset, cv=3, return_train_score=True, executor=executor, **way
    )
    for number, (train, test) in enumerate(dataset.folds(3, **way)):
        alone = clone(model).set_params(shuffle=True).fit(train)
        if kind == "ours":
            assert result["test_score"][number] == pytest.approx(alone.score(test), abs=1e-6)
            assert result["train_score"][number] == pytest.approx(alone.score(train), abs=1e-6)
        else:  # rows are shuffled within batches, which are others there
            assert result["test_score"][number] == pytest.approx(alone.score(test), abs=0.2)
    search = tor.GridSearchCV(
        tor.TextClassifier(preset="fast", n_features=2**10), {"eta0": [0.1, 0.2]}, cv=3
    )
    assert search.fit(dataset, **way).best_score_ > 0.5


def test_wrong_input():
    texts, y = rows_of(200, "ab")
    model = tor.TextClassifier(preset="fast")
    with pytest.raises(tor.ParameterError, match="number of folds"):
        tor.cross_validate(model, texts, y, cv=1)
    with pytest.raises(tor.ParameterError, match=r"'linearsvc' .* has no partial_fit"):
        tor.cross_validate(LinearSVC(), texts, y)
    with pytest.raises(tor.ParameterError, match=r"nonsense.*accuracy"):
        tor.cross_validate(model, texts, y, scoring="nonsense")
    with pytest.raises(tor.ParameterError, match="max_error"):
        tor.cross_validate(model, texts, y, scoring="max_error")
    with pytest.warns(tor.DataWarning, match="no row of class 'rare'"):
        tor.cross_validate(model, [*texts, "an odd one"], [*y, "rare"])
    with pytest.raises(tor.DataError, match="one label"):
        tor.cross_validate(model, texts, ["a"] * 200)
    with pytest.raises(tor.DataError):
        tor.cross_validate(model, texts[:4], ["a", "b", "a", "b"], cv=10)
    with pytest.raises(tor.ParameterError, match="without limit"):
        tor.cross_validate(
            tor.TextClassifier(
                preset="fast", learning_rate="constant", eta0=1e30, loss="squared_hinge"
            ),
            texts,
            y,
        )
