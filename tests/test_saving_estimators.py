"""Every fitted estimator has save, and tor.load opens it to the same bits, also to learn on."""

import json
from fractions import Fraction

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.base import clone
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.feature_extraction.text import HashingVectorizer as ScikitLearnHasher
from sklearn.linear_model import LogisticRegression
from sklearn.linear_model import SGDClassifier as ScikitLearnSGD
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler

import torrential as tor
from torrential.errors import ModelFileError, OutputError, ParameterError
from torrential.estimators.common.saving import Savable
from torrential.estimators.tools.load import KINDS
from torrential.persistence.model_file import read_model, write_model

TEXTS = ["good film", "bad film", "very good", "very bad", "dull", "a dull film"] * 20
LABELS = ["yes", "no", "yes", "no", "so", "so"] * 20
X = sp.csr_array(tor.HashingVectorizer(n_features=64).transform(TEXTS))


def hashed_model(**parameters):
    return tor.TextClassifier(preset="fast", n_features=2**8, **parameters)


def there_and_back(estimator, path):
    estimator.save(path)
    return tor.load(path)


def test_every_kind_is_an_estimator_that_can_be_saved():
    for kind in KINDS:
        cls = getattr(tor, kind)
        assert issubclass(cls, Savable)
        assert cls._kind == kind
    with_save = {name for name in tor.__all__ if hasattr(getattr(tor, name), "save")}
    assert with_save - set(KINDS) == {
        "GridSearchCV", "HalvingGridSearchCV", "ParameterAveraging", "RandomizedSearchCV",
    }  # fmt: skip


# Estimators over matrices


LABEL_SETS = {
    "texts": np.array(LABELS),
    "two texts": np.array([label == "yes" for label in LABELS]).astype("U5"),
    "integers": np.array([3 if label == "yes" else -7 for label in LABELS], np.int16),
    "booleans": np.array([label == "yes" for label in LABELS]),
    "objects": np.array(LABELS, object),
    "one": np.array(["yes"] * len(LABELS)),
}


@pytest.mark.parametrize("labels", LABEL_SETS.values(), ids=LABEL_SETS)
@pytest.mark.parametrize(
    "model",
    [
        tor.SGDClassifier(loss="log_loss", random_state=0, max_iter=3, tol=None),
        tor.SGDClassifier(
            penalty="l1", average=True, class_weight="balanced", max_iter=2, tol=None
        ),
        tor.Perceptron(max_iter=3, tol=None, shuffle=False),
    ],
    ids=["log_loss", "averaged", "perceptron"],
)
def test_classifiers_over_matrices(model, labels, tmp_path):
    model = clone(model).partial_fit(X, labels)
    found = there_and_back(model, tmp_path / "m.model")
    assert type(found) is type(model)
    assert found.get_params() == model.get_params()
    assert found.classes_.dtype.kind == model.classes_.dtype.kind
    for name in ("classes_", "coef_", "intercept_", "n_features_in_", "t_", "n_iter_"):
        np.testing.assert_array_equal(getattr(found, name), getattr(model, name))
    np.testing.assert_array_equal(found.predict(X), model.predict(X))
    model.partial_fit(X, labels), found.partial_fit(X, labels)
    np.testing.assert_array_equal(found.coef_, model.coef_)


def test_regressors_and_names_of_columns(tmp_path):
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(X.toarray(), columns=[f"c{i}" for i in range(64)])
    y = frame.sum(axis=1)
    model = tor.SGDRegressor(max_iter=3, tol=None, random_state=0).fit(frame, y)
    found = there_and_back(model, tmp_path / "m.model")
    np.testing.assert_array_equal(found.predict(frame), model.predict(frame))
    assert found.feature_names_in_.tolist() == list(frame.columns)
    assert found.n_iter_ == 3


def test_weights_of_classes_and_what_a_file_cannot_hold(tmp_path):
    weights = {"yes": 2.0, "no": 0.5}
    model = tor.SGDClassifier(class_weight=weights, max_iter=2, tol=None).fit(X, LABELS)
    assert there_and_back(model, tmp_path / "m.model").class_weight == weights
    model.random_state = np.random.RandomState(0)
    with pytest.raises(ParameterError, match=r"random_state=.* cannot hold"):
        model.save(tmp_path / "m.model")
    odd = tor.SGDClassifier(max_iter=2, tol=None)
    odd.fit(X, np.array(LABELS))._labels = np.array([Fraction(1, 3)], object)
    with pytest.raises(ParameterError, match="file cannot hold the labels"):
        odd.save(tmp_path / "odd.model")


def test_document_frequencies(tmp_path):
    counts = tor.HashingVectorizer(n_features=64, norm=None).transform(TEXTS)
    model = tor.HashedTfidfTransformer(sublinear_tf=True).fit(counts)
    found = there_and_back(model, tmp_path / "m.model")
    assert (found.transform(counts) != model.transform(counts)).nnz == 0
    model.partial_fit(counts), found.partial_fit(counts)
    np.testing.assert_array_equal(found.idf_, model.idf_)


# Ensembles


def test_bags(tmp_path):
    bag = tor.BaggingClassifier(hashed_model(), n_estimators=3, n_jobs=2).fit(TEXTS, LABELS)
    found = there_and_back(bag, tmp_path / "bag.model")
    assert found.n_estimators == 3
    for got, expected in zip(
        found.predict_proba(TEXTS, return_std=True),
        bag.predict_proba(TEXTS, return_std=True),
        strict=True,
    ):
        np.testing.assert_array_equal(got, expected)
    assert found.estimator.get_params() == bag.estimators_[0].get_params()


@pytest.mark.parametrize("voting", ["hard", "soft"])
def test_votes_of_models_of_all_kinds(voting, tmp_path):
    pipeline = make_pipeline(ScikitLearnHasher(n_features=2**8), ScikitLearnSGD(loss="log_loss"))
    members = [
        ("text", hashed_model().fit(TEXTS, LABELS)),
        ("any", tor.OutOfCore(pipeline).fit(TEXTS, LABELS)),
        tor.BaggingClassifier(hashed_model(), n_estimators=2).fit(TEXTS, LABELS),
    ]
    vote = tor.VotingClassifier(members, voting=voting, weights=[1, 2, 3])
    found = there_and_back(vote, tmp_path / "vote.model")
    np.testing.assert_array_equal(found.predict_proba(TEXTS), vote.predict_proba(TEXTS))
    assert [each[0] if isinstance(each, tuple) else None for each in found.estimators] == [
        "text", "any", None,
    ]  # fmt: skip


def test_ensembles_of_parts(tmp_path):
    parts = tor.PartitionEnsemble(hashed_model(), n_partitions=2, executor=tor.Threads(1))
    parts.fit(TEXTS, LABELS)
    found = there_and_back(parts, tmp_path / "parts.model")
    np.testing.assert_array_equal(found.predict_proba(TEXTS), parts.predict_proba(TEXTS))
    trees = make_pipeline(CountVectorizer(), LogisticRegression())
    parts = tor.PartitionEnsemble(trees, n_partitions=2, executor=tor.Threads(1))
    with pytest.raises(ParameterError, match="Model 0 is a Pipeline, which a model file cannot"):
        parts.fit(TEXTS, LABELS).save(tmp_path / "trees.model")


def test_searches_and_averages_save_what_they_fitted(tmp_path):
    search = tor.GridSearchCV(hashed_model(), {"eta0": [0.1, 0.4]}, cv=2).fit(TEXTS, LABELS)
    found = there_and_back(search, tmp_path / "best.model")
    assert type(found) is tor.TextClassifier
    assert found.eta0 == search.best_params_["eta0"]
    np.testing.assert_array_equal(found.coef_, search.best_estimator_.coef_)
    average = tor.ParameterAveraging(hashed_model(), n_partitions=2, n_rounds=1)
    found = there_and_back(average.fit(TEXTS, LABELS), tmp_path / "average.model")
    np.testing.assert_array_equal(found.coef_, average.estimator_.coef_)
    sgd = make_pipeline(ScikitLearnHasher(n_features=2**8), ScikitLearnSGD())
    average = tor.ParameterAveraging(sgd, n_partitions=2, n_rounds=1).fit(TEXTS, LABELS)
    with pytest.raises(ParameterError, match="estimator_ is a Pipeline"):
        average.save(tmp_path / "other.model")


# Pipelines


PIPELINES = {
    "sgd": lambda: make_pipeline(
        ScikitLearnHasher(n_features=2**8), ScikitLearnSGD(random_state=0)
    ),
    "bayes": lambda: make_pipeline(
        tor.HashingVectorizer(n_features=2**8, alternate_sign=False, ngram_range=(1, 2)),
        MaxAbsScaler(),
        MultinomialNB(),
    ),
    "own": lambda: make_pipeline(
        tor.HashingVectorizer(n_features=2**8, norm=None),
        tor.HashedTfidfTransformer(),
        tor.SGDClassifier(random_state=0),
    ),
}


@pytest.mark.parametrize("make", PIPELINES.values(), ids=PIPELINES)
def test_pipelines(make, tmp_path):
    model = tor.OutOfCore(make(), max_iter=2).fit(TEXTS, LABELS)
    found = there_and_back(model, tmp_path / "m.model")
    assert found.get_params(deep=False).keys() == model.get_params(deep=False).keys()
    np.testing.assert_array_equal(found.predict(TEXTS), model.predict(TEXTS))
    assert found.score(TEXTS, LABELS) == model.score(TEXTS, LABELS)
    assert found.n_iter_ == model.n_iter_ == 2
    assert [each.state() for each in found.history_] == [each.state() for each in model.history_]
    model.partial_fit(TEXTS, LABELS), found.partial_fit(TEXTS, LABELS)
    for name in ("coef_", "feature_log_prob_"):
        if hasattr(model.estimator_[-1], name):
            got, expected = (getattr(each.estimator_[-1], name) for each in (found, model))
            np.testing.assert_array_equal(got, expected)


class OwnHasher(ScikitLearnHasher):
    """A step that no file can name."""


def test_pipelines_that_a_file_cannot_hold(tmp_path):
    own = make_pipeline(OwnHasher(n_features=2**8), ScikitLearnSGD())
    model = tor.OutOfCore(own).fit(TEXTS, LABELS)
    with pytest.raises(ParameterError, match="OwnHasher, which a model file cannot name"):
        model.save(tmp_path / "m.model")
    split = make_pipeline(ScikitLearnHasher(n_features=2**8, tokenizer=str.split), ScikitLearnSGD())
    model = tor.OutOfCore(split).fit(TEXTS, LABELS)
    with pytest.raises(ParameterError, match="tokenizer"):
        model.save(tmp_path / "m.model")


def test_a_pattern_of_a_step_is_refused_where_patterns_are(tmp_path):
    hasher = tor.HashingVectorizer(n_features=2**8, token_pattern="(a+)+")
    model = tor.OutOfCore(make_pipeline(hasher, ScikitLearnSGD())).fit(TEXTS, LABELS)
    model.save(tmp_path / "m.model")
    tor.load(tmp_path / "m.model")
    with pytest.raises(ModelFileError, match="by its own pattern"):
        tor.load(tmp_path / "m.model", allow_pattern=False)


# Files


def test_a_file_that_is_not_a_model_is_not_replaced(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("mine")
    model = tor.SGDClassifier(max_iter=2, tol=None).fit(X, LABELS)
    with pytest.raises(OutputError, match="overwrite=True"):
        model.save(path)
    assert path.read_text() == "mine"
    model.save(path, overwrite=True)
    model.save(path)
    assert tor.load(path).classes_.tolist() == ["no", "so", "yes"]


def test_unknown_kinds_are_one_sentence(tmp_path):
    path = tmp_path / "m.model"
    tor.SGDClassifier(max_iter=2, tol=None).fit(X, LABELS).save(path)
    arrays, header = read_model(path)
    for kind in ("Spaceship", None, ["SGDClassifier"], "os"):
        write_model(tmp_path / "odd.model", arrays, header | {"kind": kind})
        with pytest.raises(ModelFileError, match="does not know: upgrade"):
            tor.load(tmp_path / "odd.model")


def damaged(node, path=()):
    """Yield headers with one value replaced by another of an odd type, or left out."""
    if isinstance(node, dict):
        for key in node:
            for odd in (None, -1, "odd", [1], {"a": 1}):
                yield (*path, key), odd
            yield from damaged(node[key], (*path, key))
    elif isinstance(node, list) and node:
        yield from damaged(node[0], (*path, 0))


SAVED = {
    "sgd": lambda: tor.SGDClassifier(max_iter=2, tol=None).fit(X, LABELS),
    "idf": lambda: tor.HashedTfidfTransformer().fit(X),
    "bag": lambda: tor.BaggingClassifier(hashed_model(), n_estimators=1).fit(TEXTS, LABELS),
    "vote": lambda: tor.VotingClassifier([("a", hashed_model().fit(TEXTS, LABELS))]),
    "pipeline": lambda: tor.OutOfCore(PIPELINES["sgd"]()).fit(TEXTS, LABELS),
}


@pytest.mark.parametrize("make", SAVED.values(), ids=SAVED)
def test_damaged_headers_are_refused_or_harmless(make, tmp_path):
    path = tmp_path / "m.model"
    make().save(path)
    arrays, header = read_model(path)
    n_refused = 0
    for place, odd in list(damaged(header))[::3]:
        changed = json.loads(json.dumps(header))
        node = changed
        for key in place[:-1]:
            node = node[key]
        node[place[-1]] = odd
        write_model(tmp_path / "odd.model", arrays, changed)
        try:
            tor.load(tmp_path / "odd.model")
        except ModelFileError:
            n_refused += 1
    assert n_refused > 10
