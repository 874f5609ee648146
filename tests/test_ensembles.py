"""Bagging, voting and averages of fitted models."""

import numpy as np
import pytest
from scipy.stats import poisson
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer
from sklearn.linear_model import LogisticRegression, Ridge, SGDClassifier
from sklearn.naive_bayes import MultinomialNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.tree import DecisionTreeClassifier

import torrential as tor
from torrential.data import from_arrays
from torrential.data.views.row_keys import HashKeys
from torrential.engine.batches import keyed
from torrential.engine.batches.resampling import Resample

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


def make_rows(n=600, seed=0, labels="abc"):
    random = np.random.default_rng(seed)
    chosen = random.choice(list(labels), n)
    texts = [
        " ".join([*random.choice(WORDS, 6), f"c{label if random.random() < 0.8 else 'x'}", str(i)])
        for i, label in enumerate(chosen)
    ]
    return texts, chosen


def small(**parameters):
    return tor.TextClassifier(preset="fast", n_features=2**12, **parameters)


# Bagging


def test_weights_are_those_of_a_poisson_distribution():
    hashes = np.random.default_rng(0).integers(-(2**63), 2**63, 200_000)
    weights = np.array([Resample(number).weights(hashes) for number in range(3)])
    for one in weights:
        shares = np.bincount(one.astype(int), minlength=6)[:6] / len(one)
        np.testing.assert_allclose(shares, poisson.pmf(range(6), 1), atol=0.004)
    assert abs(np.corrcoef(weights)[np.triu_indices(3, 1)]).max() < 0.01


def test_models_are_those_of_weighted_rows():
    texts, y = make_rows()
    dataset = from_arrays(texts, y)
    bag = tor.BaggingClassifier(small(shuffle=False), n_estimators=3).fit(dataset)
    keys = np.concatenate([HashKeys(0).numbers(b, 0) for b in dataset.batches()])
    for number, member in enumerate(bag.estimators_):
        weight = Resample(number).weights(keys)
        kept = np.flatnonzero(weight)
        alone = small(shuffle=False).fit(np.array(texts)[kept], y[kept], weight[kept])
        np.testing.assert_array_equal(member.coef_, alone.coef_)


@pytest.mark.parametrize("idf", [None, "two-pass", "running"])
def test_any_number_of_threads_and_any_batches_give_the_same_bag(idf, monkeypatch):
    texts, y = make_rows()
    dataset = from_arrays(texts, y)
    one = tor.BaggingClassifier(small(idf=idf, max_iter=2), 4, n_jobs=1).fit(dataset)
    monkeypatch.setattr(keyed, "VALUES_AT_ONCE", 500)
    three = tor.BaggingClassifier(small(idf=idf, max_iter=2), 4, n_jobs=3).fit(dataset)
    np.testing.assert_array_equal(one.predict_proba(dataset), three.predict_proba(dataset))


def test_mean_and_spread_of_probabilities():
    texts, y = make_rows()
    bag = tor.BaggingClassifier(small(), n_estimators=7, random_state=3).fit(texts, y)
    mean, std = bag.predict_proba(texts, return_std=True)
    parts = np.array([member.predict_proba(texts) for member in bag.estimators_])
    np.testing.assert_allclose(mean, parts.mean(axis=0), atol=1e-6)
    np.testing.assert_allclose(std, parts.std(axis=0), atol=1e-6)
    assert std.max() > 0.01
    np.testing.assert_array_equal(bag.predict(texts), bag.classes_[mean.argmax(axis=1)])
    assert bag.score(texts, y) == pytest.approx(np.mean(bag.predict(texts) == y))
    assert bag.score(from_arrays(texts, y)) == bag.score(texts, y)
    assert bag.predict([]).shape == (0,)


def test_another_seed_gives_another_bag():
    texts, y = make_rows()
    first, other = (
        tor.BaggingClassifier(small(), 2, random_state=seed).fit(texts, y) for seed in (0, 1)
    )
    assert not np.array_equal(first.predict_proba(texts), other.predict_proba(texts))


def test_weights_of_rows_multiply_those_of_samples():
    texts, y = make_rows()
    bag = tor.BaggingClassifier(small(), 2).fit(texts, y, np.where(y == "c", 0.0, 2.0))
    assert set(bag.predict(texts)) == {"a", "b"}


PIPELINES = {
    "weights": MultinomialNB(),
    "repeats": MLPClassifier((4,), random_state=0),
}


@pytest.mark.parametrize("name", PIPELINES)
def test_a_bag_of_any_pipeline(name):
    texts, y = make_rows()
    pipeline = make_pipeline(
        HashingVectorizer(n_features=2**8, alternate_sign=False), PIPELINES[name]
    )
    bags = [
        tor.BaggingClassifier(given, 3, n_jobs=n_jobs).fit(texts, y)
        for given, n_jobs in ((pipeline, 1), (tor.OutOfCore(pipeline), 2))
    ]
    one, two = (bag.predict_proba(texts, return_std=True) for bag in bags)
    np.testing.assert_array_equal(one[0], two[0])
    assert one[1].max() > 0
    assert isinstance(bags[1].estimators_[0], tor.OutOfCore)
    if name == "weights":
        assert bags[0].score(texts, y) > 0.7


def test_wrong_bags():
    texts, y = make_rows(50)
    with pytest.raises(tor.ParameterError, match="n_estimators=0"):
        tor.BaggingClassifier(small(), 0).fit(texts, y)
    with pytest.raises(tor.ParameterError, match="Ridge is not a classifier"):
        tor.BaggingClassifier(Ridge()).fit(texts, y)
    with pytest.raises(tor.ParameterError, match="has no partial_fit"):
        tor.BaggingClassifier(LogisticRegression()).fit(texts, y)
    with pytest.raises(tor.DataError, match="one label"):
        tor.BaggingClassifier(small()).fit(["a", "b"], ["x", "x"])
    with pytest.raises(NotFittedError):
        tor.BaggingClassifier(small()).predict(["a"])


# Voting


def test_votes_and_mean_probabilities():
    texts, y = make_rows()
    models = [small(eta0=eta0).fit(texts, y) for eta0 in (0.01, 0.2, 1.0)]
    models.append(make_pipeline(HashingVectorizer(), SGDClassifier(random_state=0)).fit(texts, y))
    hard = tor.VotingClassifier(models)
    predicted = np.array([model.predict(texts) for model in models])
    counts = np.array([(predicted == label).sum(axis=0) for label in "abc"]).T
    np.testing.assert_array_equal(hard.predict(texts), np.array(list("abc"))[counts.argmax(1)])
    np.testing.assert_allclose(hard.predict_proba(texts), counts / 4)
    soft = tor.VotingClassifier(models[:3], voting="soft", weights=[1, 2, 1])
    mean = np.average([m.predict_proba(texts) for m in models[:3]], axis=0, weights=[1, 2, 1])
    np.testing.assert_allclose(soft.predict_proba(texts), mean, atol=1e-6)
    dataset = from_arrays(texts, y)
    np.testing.assert_allclose(soft.predict_proba(dataset), mean, atol=1e-6)
    assert soft.score(dataset) == pytest.approx(np.mean(soft.predict(texts) == y))


def test_models_of_different_classes_vote():
    one = small().fit(*make_rows(labels="ab"))
    other = small().fit(*make_rows(labels="bc", seed=1))
    both = tor.VotingClassifier([one, other], voting="soft")
    assert both.classes_.tolist() == ["a", "b", "c"]
    p = both.predict_proba(["ca", "cc"])
    np.testing.assert_allclose(p.sum(axis=1), 1)
    assert both.predict(["ca ca", "cc cc"]).tolist() == ["a", "c"]


def test_fit_fits_clones():
    texts, y = make_rows()
    given = [("plain", small()), ("pairs", small(ngram_range=(1, 2)))]
    voting = tor.VotingClassifier(given, voting="soft").fit(texts, y)
    assert not hasattr(given[0][1], "model_")
    assert voting.score(texts, y) > 0.7


def test_wrong_votes():
    texts, y = make_rows(60)
    fitted = small().fit(texts, y)
    with pytest.raises(NotFittedError, match=r"Model 1 .* call fit"):
        tor.VotingClassifier([fitted, small()]).predict(texts)
    for wrong, message in [
        ({"voting": "loud"}, "voting='loud'"),
        ({"weights": [1, 2]}, "not weights of 1 models"),
        ({"estimators": []}, "estimators is empty"),
        ({"estimators": [Ridge()]}, "Ridge is not a classifier"),
        ({"estimators": "model"}, "estimators is not a list"),
    ]:
        voting = tor.VotingClassifier(**({"estimators": [fitted]} | wrong))
        with pytest.raises(tor.ParameterError, match=message):
            voting.predict(texts)


# Averages


@pytest.mark.parametrize("labels", ["ab", "abcd"])
@pytest.mark.parametrize("loss", ["hinge", "log_loss"])
def test_an_average_of_text_classifiers(labels, loss):
    models = [small(loss=loss).fit(*make_rows(labels=labels, seed=seed)) for seed in range(3)]
    mean = tor.average(models, weights=[1, 1, 2])
    weights = np.array([1, 1, 2]) / 4
    texts, y = make_rows(labels=labels, seed=9)
    expected = np.tensordot(weights, [m.decision_function(texts) for m in models], 1)
    np.testing.assert_allclose(mean.decision_function(texts), expected, rtol=1e-4, atol=1e-5)
    assert mean.counts_.n_rows == 1800
    assert mean.score(texts, y) > 0.7
    np.testing.assert_allclose(mean.predict_proba(texts).sum(axis=1), 1, rtol=1e-6)
    assert tor.average(models[:1]).predict_proba(texts) == pytest.approx(
        models[0].predict_proba(texts), abs=0.02
    )


def test_an_average_can_be_saved_and_goes_on_learning(tmp_path):
    texts, y = make_rows()
    mean = tor.average([small(idf="running").fit(texts, y), small(idf="running").fit(texts, y)])
    mean.save(tmp_path / "mean.model")
    again = tor.load(tmp_path / "mean.model")
    np.testing.assert_array_equal(again.predict_proba(texts), mean.predict_proba(texts))
    mean.partial_fit(texts, y)
    assert mean.score(texts, y) > 0.7


def test_classes_are_aligned():
    one = small().fit(*make_rows(labels="ab"))
    other = small().fit(*make_rows(labels="cb", seed=1))
    mean = tor.average([one, other])
    assert mean.classes_.tolist() == ["a", "b", "c"]
    texts = ["ca ca", "cc cc", "cb cb"]
    assert mean.predict(texts).tolist() == ["a", "c", "b"]
    ours, theirs = (m.decision_function(texts) for m in (one, other))
    expected = np.array([[-ours, ours, 0 * ours - 1], [0 * ours - 1, -theirs, theirs]]).mean(0).T
    np.testing.assert_allclose(mean.decision_function(texts), expected, atol=1e-5)
    assert mean.predict_proba(texts).shape == (3, 3)


@pytest.mark.parametrize(
    "kind", [tor.SGDClassifier, tor.Perceptron, SGDClassifier, LogisticRegression, tor.SGDRegressor]
)
def test_an_average_of_linear_models(kind):
    random = np.random.default_rng(0)
    X = random.normal(size=(200, 5))
    y = X[:, 0] * 3 if kind is tor.SGDRegressor else (X @ [1, 2, 0, 0, -1] > 0).astype(int)
    models = [kind().fit(X[half], y[half]) for half in (slice(0, 100), slice(100, None))]
    mean = tor.average(models)
    method = "predict" if kind is tor.SGDRegressor else "decision_function"
    expected = np.mean([getattr(model, method)(X) for model in models], axis=0)
    np.testing.assert_allclose(getattr(mean, method)(X), expected, rtol=1e-4, atol=1e-4)
    assert mean.score(X, y) > 0.8


def test_wrong_averages():
    texts, y = make_rows(60)
    fitted = small().fit(texts, y)
    for models, weights, message in [
        ([], None, "models is empty"),
        ([small()], None, "not linear, or not fitted"),
        ([KNeighborsClassifier().fit([[0], [1]] * 5, [0, 1] * 5)], None, "not linear"),
        (
            [fitted, tor.TextClassifier(preset="fast").fit(texts, y)],
            None,
            "n_features=1048576, but the first",
        ),
        ([fitted, small(loss="hinge").fit(texts, y)], None, "loss='hinge'"),
        ([fitted, LogisticRegression().fit([[0], [1]], [0, 1])], None, "one kind"),
        ([fitted], [-1], "not weights of 1 models"),
        ([fitted], [np.nan], "not weights of 1 models"),
    ]:
        with pytest.raises(tor.ParameterError, match=message):
            tor.average(models, weights)


# Ensembles of parts


TREES = make_pipeline(CountVectorizer(), DecisionTreeClassifier(random_state=0, max_depth=6))


@pytest.mark.timeout(180)
@pytest.mark.parametrize("executor", [tor.Threads(1), tor.Threads(3), tor.Joblib(2)], ids=str)
def test_any_executor_gives_the_same_models(executor):
    texts, y = make_rows()
    here = tor.PartitionEnsemble(TREES, n_partitions=5).fit(texts, y)
    there = tor.PartitionEnsemble(TREES, n_partitions=5, executor=executor).fit(texts, y)
    assert len(there.estimators_) == 5
    np.testing.assert_array_equal(here.predict_proba(texts), there.predict_proba(texts))
    assert there.score(texts, y) > 0.7
    assert there.classes_.tolist() == ["a", "b", "c"]


def test_each_model_has_the_rows_of_its_part():
    texts, y = make_rows(90)
    ensemble = tor.PartitionEnsemble(TREES, n_partitions=3).fit(texts, y)
    vocabularies = [set(each[0].vocabulary_) for each in ensemble.estimators_]
    numbers = [{word for word in words if word.isdigit()} for words in vocabularies]
    assert set.union(*numbers) == {str(i) for i in range(10, 90)}
    assert sum(map(len, numbers)) == 80


def test_values_are_averaged():
    texts, y = make_rows(labels="12")
    values = y.astype(float)
    ridge = tor.PartitionEnsemble(make_pipeline(CountVectorizer(), Ridge()), n_partitions=3)
    mean = np.mean([each.predict(texts) for each in ridge.fit(texts, values).estimators_], axis=0)
    np.testing.assert_allclose(ridge.predict(texts), mean)
    assert not hasattr(ridge, "predict_proba")
    assert ridge.score(texts, values) > 0.3


def test_wrong_ensembles_of_parts():
    texts, y = make_rows(60)
    with pytest.raises(tor.ParameterError, match="n_partitions=0"):
        tor.PartitionEnsemble(TREES, n_partitions=0).fit(texts, y)
    with pytest.raises(tor.ParameterError, match="voting='loud'"):
        tor.PartitionEnsemble(TREES, voting="loud").fit(texts, y)
    with pytest.raises(tor.ParameterError, match="has no fit"):
        tor.PartitionEnsemble("tree").fit(texts, y)
    with pytest.raises(tor.DataError, match="one label"):
        tor.PartitionEnsemble(TREES).fit(["a", "b"], ["x", "x"])
