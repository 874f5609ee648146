"""``to_sklearn``: pipelines of scikit-learn that score, predict and weigh as the models do."""

import pickle
import random
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import torrential as tor

WORDS = [f"word{i}" for i in range(60)] + ["Äpfel", "naïve", "die", "the", "x1", "99", "日本語"]
SIZE = {"n_features": 2**12}


def texts_and_labels(n_classes=3, n_rows=300):
    random.seed(0)
    labels = [i % n_classes for i in range(n_rows)]
    return [
        " ".join(random.choices(WORDS[9 * label :], k=random.randrange(1, 30))) for label in labels
    ], labels


TEXTS, LABELS = texts_and_labels()
PARAMETERS = [
    {},
    {"alternate_sign": False},
    {"sublinear_tf": False},
    {"sublinear_tf": False, "norm": "l1", "binary": True},
    {"norm": None, "alternate_sign": False},
    {"idf": "running", "max_iter": 2},
    {"idf": "two-pass", "alternate_sign": False},
    {"idf": "running", "sublinear_tf": False, "binary": True},
    {"ngram_range": (1, 3), "stop_words": "english", "strip_accents": "unicode"},
    {"analyzer": "char_wb", "ngram_range": (2, 4), "lowercase": False},
    {"token_pattern": r"\w+|[^\w\s]", "loss": "log_loss"},
    {"tokenizer": str.split, "token_pattern": None, "preprocessor": str.upper},
    {"average": True, "C": 1.0, "loss": "hinge"},
]


def model_of(n_classes=3, **parameters):
    texts, labels = texts_and_labels(n_classes)
    return tor.TextClassifier(preset="fast", **SIZE, **parameters).fit(texts, labels)


@pytest.mark.parametrize("parameters", PARAMETERS, ids=str)
@pytest.mark.parametrize("n_classes", [2, 3])
def test_scores_and_labels_are_equal(parameters, n_classes):
    model = model_of(n_classes, **parameters)
    pipeline = model.to_sklearn()
    texts = [*TEXTS, "", "unknown words only", "Word1 WORD1 word1 word1!", "the the"]
    np.testing.assert_allclose(
        pipeline.decision_function(texts), model.decision_function(texts), rtol=2e-5, atol=2e-5
    )
    assert np.mean(pipeline.predict(texts) == model.predict(texts)) == 1
    np.testing.assert_array_equal(pipeline.classes_, model.classes_)


MODELS = [model_of(2, alternate_sign=False), model_of(3, idf="running")]
PIPELINES = [model.to_sklearn() for model in MODELS]


@given(st.lists(st.text(max_size=40) | st.sampled_from(TEXTS), min_size=1, max_size=4))
def test_any_text_has_equal_scores(texts):
    for model, pipeline in zip(MODELS, PIPELINES):
        scores = pipeline.decision_function(texts)
        np.testing.assert_allclose(scores, model.decision_function(texts), rtol=2e-5, atol=2e-5)


def test_probabilities_where_they_are_equal():
    model = model_of(2, loss="log_loss", calibration=None)
    found = model.to_sklearn().predict_proba(TEXTS)
    np.testing.assert_allclose(found, model.predict_proba(TEXTS), atol=1e-5)
    for other in (model_of(2), model_of(3, loss="log_loss", calibration=None)):
        assert not hasattr(other.to_sklearn(), "predict_proba")


@pytest.mark.parametrize("loss", ["squared_error", "huber", "epsilon_insensitive", "quantile"])
def test_numbers_are_equal(loss):
    model = tor.TextRegressor(preset="fast", loss=loss, **SIZE)
    model.fit(TEXTS, [float(label) for label in LABELS])
    np.testing.assert_allclose(model.to_sklearn().predict(TEXTS), model.predict(TEXTS), atol=1e-4)


def test_a_pipeline_without_torrential(tmp_path):
    model = model_of(alternate_sign=False, idf="running")
    pipeline = model.to_sklearn()
    program = (
        "import pickle, sys; pipeline = pickle.load(sys.stdin.buffer); "
        "print(*pipeline.predict(['word1 word2', 'word50'])); "
        "assert 'torrential' not in sys.modules"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        input=pickle.dumps(pipeline),
        capture_output=True,
        check=True,
    )
    expected = model.predict(["word1 word2", "word50"]).tolist()
    assert [int(label) for label in done.stdout.split()] == expected


def test_a_saved_model_and_sparse_weights(tmp_path):
    model = model_of()
    model.save(tmp_path / "a.model")
    pipeline = tor.load(tmp_path / "a.model").to_sklearn()
    pipeline[-1].sparsify()
    np.testing.assert_array_equal(pipeline.predict(TEXTS), model.predict(TEXTS))


def small(tmp_path):
    model = model_of(2)
    model.save(tmp_path / "small.model", max_size="8 kB")
    return tor.load(tmp_path / "small.model")


def number(**parameters):
    return tor.TextRegressor(preset="fast", **SIZE, **parameters).fit(TEXTS, LABELS)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda _: tor.TextClassifier(**SIZE).fit(TEXTS, LABELS), "preset='fast'"),
        (lambda _: model_of(hash_seed=7), "hash_seed=0, not 7"),
        (small, "made smaller"),
        (
            lambda _: tor.TextClassifier(preset="fast").fit(TEXTS, [["a"], ["a", "b"], []] * 100),
            "any number of labels",
        ),
        (lambda _: number(levels=[0, 1, 2]), "levels=None"),
        (lambda _: number(loss="poisson"), "loss='poisson' predicts by a link"),
        (lambda _: tor.TextClassifier(preset="fast").partial_fit(TEXTS, [1] * 300), "single"),
    ],
)
def test_where_none_is_equal_one_sentence_says_why(make, said, tmp_path):
    with pytest.raises(tor.ParameterError, match=said) as raised:
        make(tmp_path).to_sklearn()
    sentence = str(raised.value)
    assert sentence.startswith("No pipeline of scikit-learn equals this model: ")
    assert sentence.endswith(".") and "\n" not in sentence
