"""TextClassifier: the same bits however it is run, and what must hold of any text classifier."""

import copy
import re
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.validation import NotFittedError

import torrential as tor
from torrential.engine.batches import windows
from torrential.errors import DataError, ParameterError

LOSSES = ["hinge", "squared_hinge", "log_loss", "modified_huber", "perceptron"]
WORDS = [f"word{i}" for i in range(60)]


def texts_and_labels(n_rows=300, n_classes=3, seed=0):
    """Texts whose words tell most of their labels."""
    random = np.random.default_rng(seed)
    codes = random.integers(0, n_classes, n_rows)
    texts = []
    for code in codes:
        own = random.integers(0, 60 // n_classes, 3) * n_classes + code
        texts.append(" ".join(WORDS[i] for i in [*own, *random.integers(0, 60, 5)]))
    return texts, np.array(["no", "yes", "maybe", "so", "never"])[codes]


def classifier(**parameters):
    return tor.TextClassifier(preset="fast", **{"n_features": 2**10, **parameters})


def bits(model, texts):
    return model.coef_, model.intercept_, model.decision_function(texts), model.predict_proba(texts)


def assert_same_bits(a, b, texts):
    np.testing.assert_array_equal(a.classes_, b.classes_)
    for found, expected in zip(bits(a, texts), bits(b, texts), strict=True):
        np.testing.assert_array_equal(found, expected)


def table(texts, labels, weight=None):
    columns = {"text": texts, "label": labels}
    return pa.table(columns if weight is None else {**columns, "weight": weight})


# The same bits


@pytest.mark.parametrize("loss", ["squared_hinge", "log_loss"])
@pytest.mark.parametrize("n_classes", [2, 5])
def test_same_bits_for_any_number_of_jobs(loss, n_classes, monkeypatch):
    monkeypatch.setattr(windows, "MAX_NONZEROS", 500)
    texts, labels = texts_and_labels(n_classes=n_classes)
    pieces = [table(texts[a:b], labels[a:b]) for a, b in pairwise(range(0, 301, 20))]
    data = tor.read(pieces, text="text", target="label")
    models = [classifier(loss=loss, max_iter=2, n_jobs=n_jobs).fit(data) for n_jobs in (1, 2, 3, 5)]
    for model in models[1:]:
        assert_same_bits(model, models[0], texts)


@settings(max_examples=15)
@given(
    st.lists(st.integers(0, 200), max_size=4),
    st.sampled_from(LOSSES),
    st.sampled_from([None, "balanced"]),
)
def test_same_bits_for_any_batches(cuts, loss, class_weight):
    texts, labels = texts_and_labels(200)
    edges = sorted({0, *cuts, 200})
    parts = [table(texts[a:b], labels[a:b]) for a, b in pairwise(edges)]
    model = classifier(loss=loss, class_weight=class_weight, shuffle=False)
    whole = clone(model).fit(texts, labels)
    stream = tor.read(iter(parts), text="text", target="label")
    assert_same_bits(clone(model).fit(stream), whole, texts)
    for a, b in pairwise(edges):
        model.partial_fit(texts[a:b], labels[a:b])
    assert_same_bits(model, whole, texts)


def test_a_seed_decides_the_order():
    texts, labels = texts_and_labels()
    first, again, other = (
        classifier(random_state=seed).fit(texts, labels).coef_ for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


# Equal to its halves


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("n_classes", [2, 4])
@pytest.mark.parametrize("sublinear_tf", [True, False])
def test_equal_to_hashing_vectorizer_and_sgd_classifier(loss, n_classes, sublinear_tf):
    texts, labels = texts_and_labels(n_classes=n_classes)
    classes = np.unique(labels)
    model = classifier(loss=loss, ngram_range=(1, 2), learning_rate="adagrad", eta0=0.3)
    model.set_params(sublinear_tf=sublinear_tf)
    model.partial_fit(texts, labels, classes=classes)
    rows = tor.HashingVectorizer(n_features=2**10, ngram_range=(1, 2), norm=None).transform(texts)
    weigh = tor.HashedTfidfTransformer(use_idf=False, sublinear_tf=sublinear_tf)
    rows = weigh.fit_transform(rows)
    linear = tor.SGDClassifier(loss=loss, penalty=None, learning_rate="adagrad", eta0=0.3)
    linear.partial_fit(rows, labels, classes=classes)
    np.testing.assert_array_equal(model.classes_, linear.classes_)
    # The vectorizer's columns ascend and the stream's do not, so that sums differ in the last bit,
    # and the first steps of AdaGrad, which divide by small roots, magnify that.
    np.testing.assert_allclose(model.coef_, linear.coef_, atol=1e-4)
    np.testing.assert_allclose(model.intercept_, linear.intercept_, atol=1e-4)
    np.testing.assert_allclose(
        model.decision_function(texts), linear.decision_function(rows), atol=1e-4
    )


# Metamorphic


def test_names_of_labels_do_not_matter():
    texts, labels = texts_and_labels(n_classes=2)
    renamed = np.where(labels == "no", 7, 3)
    a, b = classifier().fit(texts, labels), classifier().fit(texts, renamed)
    np.testing.assert_array_equal(a.classes_, ["no", "yes"])
    np.testing.assert_array_equal(b.classes_, [3, 7])
    np.testing.assert_array_equal(np.where(a.predict(texts) == "no", 7, 3), b.predict(texts))
    np.testing.assert_array_equal(a.predict_proba(texts), b.predict_proba(texts)[:, ::-1])
    np.testing.assert_array_equal(a.coef_, -b.coef_)


def test_weight_two_is_a_row_twice_for_losses_that_are_linear():
    """The perceptron's step at a constant rate is linear in the weight while a row is wrong."""
    texts, labels = ["aa bb", "cc dd", "ee ff", "gg hh"], ["x", "y", "x", "y"]
    parameters = {"loss": "hinge", "learning_rate": "constant", "eta0": 1e-3, "shuffle": False}
    weighted = classifier(**parameters).fit(texts, labels, sample_weight=[2.0] * 4)
    repeated = classifier(**parameters).fit(np.repeat(texts, 2), np.repeat(labels, 2))
    np.testing.assert_allclose(weighted.coef_, repeated.coef_, atol=1e-9)
    np.testing.assert_allclose(weighted.intercept_, repeated.intercept_, atol=1e-9)


def test_class_weight_is_a_sample_weight():
    texts, labels = texts_and_labels()
    by_class = {"no": 0.5, "yes": 3.0}
    weight = [by_class.get(label, 1.0) for label in labels]
    a = classifier(class_weight=by_class).fit(texts, labels)
    b = classifier().fit(texts, labels, sample_weight=weight)
    np.testing.assert_array_equal(a.coef_, b.coef_)


def test_rows_without_a_label_change_nothing_and_are_counted():
    texts, labels = texts_and_labels(60)
    with_more = [text for pair in zip(texts, ["noise"] * 60, strict=True) for text in pair]
    with_none = [label for pair in zip(labels, [None] * 60, strict=True) for label in pair]
    a = classifier(shuffle=False).fit(texts, labels)
    b = classifier(shuffle=False).fit(with_more, with_none)
    assert_same_bits(a, b, texts)
    assert (b.counts_.n_rows, b.counts_.unlabelled, b.counts_.left_out) == (120, 60, 60)
    assert b.score(with_more, with_none) == a.score(texts, labels)


def test_odd_texts_are_counted():
    texts = pa.array([b"good", None, b"\xff bad", b"", b"good one"], pa.binary())
    model = classifier().fit(texts, ["a", "b", "a", "b", "a"])
    assert (model.counts_.null_text, model.counts_.invalid_utf8) == (1, 1)
    assert model.predict(texts).shape == (5,)


def test_rows_without_a_term_are_counted_and_predicted_by_the_intercept(tmp_path):
    texts = ["good film", "好", "", "a b", "bad film", "好 one"] * 10
    labels = ["x", "y", "x", "x", "y", None] * 10
    model = classifier(max_iter=2).fit(texts, labels)
    assert model.counts_.no_terms == 30
    assert model.decision_function(["好", "", "x y z"]) == pytest.approx([model.intercept_[0]] * 3)
    dataset = tor.read(pa.table({"text": texts}), text="text")
    assert model.predict_to(dataset, tmp_path / "found.csv").no_terms == 30
    characters = classifier(views=["word", "char:1"]).fit(texts, labels)
    assert characters.counts_.no_terms == 10
    model.save(tmp_path / "a.model")
    assert tor.load(tmp_path / "a.model").counts_ == model.counts_


# Labels


@pytest.mark.parametrize(
    ("labels", "kind"),
    [(["b", "a"], "U"), ([7, -3], "i"), ([True, False], "b"), ([2.5, -1.0], "f")],
)
def test_labels_of_any_type(labels, kind):
    texts = ["good film", "bad book"] * 30
    model = classifier().fit(texts, labels * 30)
    assert model.classes_.dtype.kind == kind
    assert model.classes_.tolist() == sorted(labels)
    predicted = model.predict(texts)
    assert predicted.dtype.kind == kind
    assert predicted.tolist() == labels * 30


def test_a_class_that_is_first_seen_late_gets_its_column():
    texts, labels = texts_and_labels(400, n_classes=3)
    late = np.argsort(labels == "maybe", kind="stable")
    texts, labels = [texts[i] for i in late], labels[late]
    n_early = int((labels != "maybe").sum())
    model = classifier().partial_fit(texts[:n_early], labels[:n_early])
    assert model.coef_.shape == (1, 2**10)
    assert model.predict_proba(texts).shape == (400, 2)
    mixed = np.random.default_rng(0).permutation(400)
    model.partial_fit([texts[i] for i in mixed], labels[mixed])
    assert model.classes_.tolist() == ["maybe", "no", "yes"]
    assert model.coef_.shape == (3, 2**10)
    assert model.intercept_.shape == (3,)
    assert model.predict_proba(texts).shape == (400, 3)
    assert model.score(texts, labels) > 0.8


def test_expected_classes_have_columns_from_the_beginning():
    model = classifier().partial_fit(["good"], ["yes"], classes=["no", "yes", "maybe"])
    assert model.classes_.tolist() == ["maybe", "no", "yes"]
    assert model.decision_function(["good"]).shape == (1, 3)


# Input


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("n_classes", [2, 5])
def test_probabilities_of_every_loss(loss, n_classes):
    texts, labels = texts_and_labels(500, n_classes)
    model = classifier(loss=loss).fit(texts, labels)
    probabilities = model.predict_proba(texts)
    assert probabilities.shape == (500, n_classes)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0)
    assert model.score(texts, labels) > 0.8
    if n_classes > 2:
        best = model.classes_[probabilities.argmax(axis=1)]
        np.testing.assert_array_equal(best, model.predict(texts))


def test_input_is_not_changed():
    texts, labels = texts_and_labels(50)
    weight = np.full(50, 2.0)
    before = copy.deepcopy((texts, labels, weight))
    model = classifier(class_weight="balanced").fit(texts, labels, sample_weight=weight)
    model.predict_proba(texts)
    assert texts == before[0]
    np.testing.assert_array_equal(labels, before[1])
    np.testing.assert_array_equal(weight, before[2])


def test_datasets_and_lists_are_the_same():
    texts, labels = texts_and_labels(100)
    weight = np.linspace(0.5, 2.0, 100)
    data = tor.read(table(texts, labels, weight), text="text", target="label", weight="weight")
    a = classifier().fit(data)
    b = classifier().fit(texts, labels, sample_weight=weight)
    assert_same_bits(a, b, texts)
    np.testing.assert_array_equal(a.predict(data), b.predict(texts))
    assert a.score(data) == b.score(texts, labels, sample_weight=weight)
    assert a.columns_ == {"text": ["text"], "target": "label", "weight": "weight"}


@pytest.mark.parametrize(
    ("texts", "labels", "message"),
    [
        (["a b", "c d"], ["x", "x"], "one label 'x'"),
        (["a b", "c d"], [None, None], "label"),
        ([], [], "row"),
        (["a b"], None, "[Ll]abels are missing"),
        (["a b", "c d"], ["x"], "2"),
        (["a b", "c d"], ["x", 1], "^y has values"),
    ],
)
def test_what_cannot_be_learned(texts, labels, message):
    with pytest.raises(DataError, match=message):
        classifier().fit(texts, labels)


def test_datasets_that_cannot_be_learned():
    data = tor.read(table(["a"], ["b"]), text="text")
    with pytest.raises(DataError, match="no labels"):
        classifier().fit(data)
    with pytest.raises(DataError, match="brings its own"):
        classifier().fit(data, ["b"])


@pytest.mark.parametrize(
    "parameters",
    [
        {"loss": "squared_error"},
        {"loss": "nonsense"},
        {"n_features": 0},
        {"ngram_range": (2, 1)},
        {"ngram_range": 2},
        {"max_iter": 0},
        {"max_iter": 1.5},
        {"class_weight": "balance"},
        {"n_jobs": 0},
        {"eta0": 0.0},
        {"alpha": -1.0},
        {"norm": "max"},
        {"tol": "small"},
        {"random_state": -1},
    ],
    ids=str,
)
def test_a_parameter_that_cannot_be(parameters):
    with pytest.raises(ParameterError, match=next(iter(parameters))):
        classifier(**parameters).fit(["a b", "c d"], ["x", "y"])


@pytest.mark.parametrize("loss", ["nope", "huber"])
def test_only_losses_of_classes_are_offered(loss):
    message = (
        f"loss='{loss}' is not known here: choose one of 'log_loss', 'hinge', 'squared_hinge', "
        "'modified_huber', 'perceptron'."
    )
    with pytest.raises(ParameterError, match=f"^{re.escape(message)}$"):
        classifier(loss=loss).fit(["a b", "c d"], ["x", "y"])


def test_a_fit_that_fails_leaves_the_model_as_it_was():
    texts, labels = texts_and_labels(50)
    model = classifier().fit(texts, labels)
    before = model.coef_
    with pytest.raises(DataError):
        model.fit(["a"], ["b"])
    np.testing.assert_array_equal(model.coef_, before)


@pytest.mark.parametrize("method", ["predict", "predict_proba", "decision_function"])
def test_not_fitted(method):
    with pytest.raises(NotFittedError):
        getattr(classifier(), method)(["a"])


# In scikit-learn


def test_clone_and_parameters():
    model = classifier(loss="log_loss", ngram_range=(1, 2))
    model.fit(*texts_and_labels(50))
    copied = clone(model)
    assert copied.get_params() == model.get_params()
    with pytest.raises(NotFittedError):
        copied.predict(["a"])


def test_cross_validation_pipelines_and_search():
    texts, labels = texts_and_labels(300)
    assert cross_val_score(classifier(), texts, labels, cv=3).min() > 0.7
    shorten = FunctionTransformer(lambda texts: [text.lower() for text in texts])
    pipeline = make_pipeline(shorten, classifier()).fit(texts, labels)
    assert pipeline.score(texts, labels) > 0.8
    search = GridSearchCV(classifier(), {"loss": ["hinge", "log_loss"], "n_jobs": [2]}, cv=2)
    assert search.fit(texts, labels).best_score_ > 0.7
