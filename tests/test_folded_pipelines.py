"""Cross-validation and searches of any pipeline: parity with fits of each fold, shared steps."""

import numpy as np
import pytest
from scipy.stats import loguniform
from sklearn.feature_extraction.text import HashingVectorizer, TfidfVectorizer
from sklearn.linear_model import SGDClassifier, SGDRegressor
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler
from sklearn.svm import LinearSVC

import torrential as tor
from torrential.data import from_arrays
from torrential.engine.batches import replay as kept

WORDS = [
    "poor",
    "dull",
    "broken",
    "slow",
    "fine",
    "great",
    "superb",
    "quick",
    "film",
    "the",
    "very",
]


def make_rows(n=900, seed=0):
    random = np.random.default_rng(seed)
    labels = random.integers(0, 3, n)
    texts = [
        " ".join([*random.choice(WORDS, 6), f"c{label if random.random() < 0.8 else 9}"])
        for label in labels
    ]
    return texts, labels


def hashing(**parameters):
    return HashingVectorizer(n_features=2**8, alternate_sign=False, **parameters)


PIPELINES = {
    "sgd": make_pipeline(hashing(), SGDClassifier(random_state=0)),
    "scaled": make_pipeline(hashing(), MaxAbsScaler(), SGDClassifier(random_state=0)),
    "bayes": make_pipeline(hashing(), MultinomialNB()),
    "ours": make_pipeline(hashing(), tor.SGDClassifier()),
}


@pytest.mark.parametrize("name", PIPELINES)
@pytest.mark.parametrize("max_iter", [1, 3])
def test_models_are_those_of_separate_fits(name, max_iter):
    dataset = from_arrays(*make_rows())
    model = tor.OutOfCore(PIPELINES[name], max_iter=max_iter, shuffle=False)
    result = tor.cross_validate(
        model, dataset, cv=3, return_estimator=True, return_train_score=True, n_jobs=2
    )
    for number, (train, test) in enumerate(dataset.folds(3)):
        alone = tor.OutOfCore(PIPELINES[name], max_iter=max_iter, shuffle=False).fit(train)
        beside = result["estimator"][number]
        method = "predict_proba" if name == "bayes" else "decision_function"
        np.testing.assert_array_equal(getattr(alone, method)(test), getattr(beside, method)(test))
        assert result["test_score"][number] == pytest.approx(alone.score(test))
        assert result["train_score"][number] == pytest.approx(alone.score(train))
        assert beside.n_iter_ == max_iter


def test_any_number_of_threads_and_any_memory_give_the_same(monkeypatch):
    dataset = from_arrays(*make_rows())
    first = tor.cross_validate(PIPELINES["scaled"], dataset, n_jobs=1)
    for limit in (2**29, 10_000, 0):
        defaults = kept.Kept.__init__.__defaults__
        monkeypatch.setattr(kept.Kept.__init__, "__defaults__", (limit, *defaults[1:]))
        again = tor.cross_validate(PIPELINES["scaled"], dataset, n_jobs=3)
        np.testing.assert_array_equal(first["test_score"], again["test_score"])


def test_scores_are_those_of_scikit_learn():
    texts, y = make_rows()
    two = y > 0
    dataset = from_arrays(texts, two)
    scoring = ["neg_log_loss", "roc_auc"]
    result = tor.cross_validate(
        PIPELINES["bayes"], dataset, cv=3, scoring=scoring, return_estimator=True
    )
    for number, (_, test) in enumerate(dataset.folds(3)):
        true = [label for batch in test.batches() for label in batch.target.to_pylist()]
        rows = [text for batch in test.batches() for text in batch.text.to_pylist()]
        p = result["estimator"][number].predict_proba(rows)
        assert result["test_neg_log_loss"][number] == pytest.approx(-log_loss(true, p))
        error = result["error_roc_auc"][number]
        assert abs(result["test_roc_auc"][number] - roc_auc_score(true, p[:, 1])) <= error


def test_an_estimator_alone_gets_a_vectorizer():
    texts, y = make_rows()
    result = tor.cross_validate(SGDClassifier(random_state=0), texts, y, cv=3)
    assert result["test_score"].mean() > 0.7


def test_regression():
    texts, y = make_rows()
    pipeline = tor.OutOfCore(make_pipeline(hashing(), SGDRegressor(random_state=0)), max_iter=9)
    result = tor.cross_validate(pipeline, texts, y * 1.5, cv=3)
    assert 0.1 < result["test_score"].mean() < 1
    search = tor.GridSearchCV(pipeline, {"max_iter": [1, 9]}, cv=3, scoring="r2")
    assert search.fit(texts, y * 1.5).best_params_ == {"max_iter": 9}


class Counting(HashingVectorizer):
    """Counts how often it is asked to transform rows."""

    calls = 0

    def transform(self, X):
        Counting.calls += 1
        return super().transform(X)


def test_candidates_share_steps_that_are_the_same():
    texts, y = make_rows()
    pipeline = make_pipeline(Counting(n_features=2**8), SGDClassifier(random_state=0))
    grid = {"sgdclassifier__alpha": [1e-5, 1e-4, 1e-3], "counting__n_features": [2**6, 2**8]}
    search = tor.GridSearchCV(pipeline, grid, cv=3, refit=False)
    Counting.calls = 0
    search.fit(texts, y)
    assert Counting.calls == 2  # for one batch, and two vectorizers
    assert len(search.cv_results_["params"]) == 6
    for place, setting in enumerate(search.cv_results_["params"]):
        alone = tor.cross_validate(pipeline.set_params(**setting), texts, y, cv=3)
        assert search.cv_results_["mean_test_score"][place] == alone["test_score"].mean()


def test_the_best_is_fitted_to_all_rows():
    texts, y = make_rows()
    search = tor.RandomizedSearchCV(
        PIPELINES["sgd"], {"sgdclassifier__alpha": loguniform(1e-6, 1)}, n_iter=5, cv=3
    )
    search.fit(texts, y)
    assert search.best_score_ == max(search.cv_results_["mean_test_score"])
    assert search.best_estimator_[-1].alpha == search.best_params_["sgdclassifier__alpha"]
    assert search.predict(texts).shape == (900,)


def test_a_candidate_that_diverges_is_scored_worst(caplog):
    texts, y = make_rows()
    pipeline = make_pipeline(
        hashing(norm=None), SGDRegressor(learning_rate="constant", random_state=0)
    )
    search = tor.GridSearchCV(pipeline, {"sgdregressor__eta0": [1e-3, 1e300]}, cv=3)
    search.fit(texts, y * 1.0)
    assert search.best_params_ == {"sgdregressor__eta0": 1e-3}
    assert np.isnan(search.cv_results_["mean_test_score"][1])
    assert search.cv_results_["rank_test_score"].tolist() == [1, 2]
    assert "failed in 3 of 3 folds" in caplog.text


def test_wrong_input():
    texts, y = make_rows(60)
    with pytest.raises(tor.ParameterError, match=r"Step 'linearsvc' \(LinearSVC\)"):
        tor.cross_validate(make_pipeline(hashing(), LinearSVC()), texts, y)
    with pytest.raises(tor.ParameterError, match="Step 'tfidfvectorizer'"):
        fitted_first = make_pipeline(TfidfVectorizer(), MultinomialNB())
        tor.GridSearchCV(fitted_first, {"multinomialnb__alpha": [1]}).fit(texts, y)
    with pytest.raises(tor.ParameterError, match="not a parameter of Pipeline"):
        tor.GridSearchCV(PIPELINES["sgd"], {"alpha": [1]}).fit(texts, y)
    with pytest.raises(tor.ParameterError, match="gives no probabilities"):
        tor.cross_validate(PIPELINES["sgd"], texts, y, scoring="neg_log_loss")
    with pytest.raises(tor.DataError, match="has no labeled row"):
        tor.cross_validate(PIPELINES["sgd"], texts, y, cv=60)
