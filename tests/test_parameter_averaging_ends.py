"""Other ends of a fit of ParameterAveraging: invalid input, and Ctrl-C."""

import gzip
import os
import signal
import subprocess
import sys
import textwrap
import threading

import numpy as np
import pyarrow as pa
import pytest
from sklearn import linear_model
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

import forks
import torrential as tor
from torrential.errors import DataError, ParameterError

pytestmark = pytest.mark.jit

TEXTS = ["good film", "bad film", "very good", "very bad", "good", "bad"] * 20
TEXTS = [TEXTS[i] for i in np.random.default_rng(0).permutation(120)]
LABELS = ["yes" if "good" in text else "no" for text in TEXTS]
X = np.random.default_rng(0).normal(size=(120, 4))
Y = np.where(X[:, 0] > 0, "yes", "no")

TEXT_MODEL = tor.TextClassifier(preset="fast", n_features=256)
PIPELINE = make_pipeline(tor.HashingVectorizer(n_features=256), tor.SGDClassifier())
MODELS = {
    "text": TEXT_MODEL,
    "ours": PIPELINE,
    "theirs": make_pipeline(
        tor.HashingVectorizer(n_features=256), linear_model.SGDClassifier(average=True)
    ),
}


def averaging(estimator=TEXT_MODEL, **parameters):
    return tor.ParameterAveraging(estimator, **{"executor": tor.Threads(1), **parameters})


# Parameters


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n_partitions": 0}, "n_partitions=0 has to be a whole number of 1 or more"),
        ({"n_partitions": 2.5}, "n_partitions=2.5"),
        ({"n_rounds": 0}, "n_rounds=0"),
        ({"n_rounds": True}, "n_rounds=True"),
        ({"average_every": 0}, "average_every=0"),
        ({"weighting": "x"}, "weighting='x' is not known: give 'rows', 'updates' or None"),
        ({"validation_fraction": 0}, "validation_fraction=0 "),
        ({"validation_fraction": 1.5}, "validation_fraction=1.5"),
        ({"validation_fraction": "a lot"}, "validation_fraction='a lot'"),
        ({"random_state": -1}, "random_state=-1"),
        ({"random_state": "dice"}, "random_state='dice'"),
        ({"executor": "many"}, "executor='many'"),
    ],
)
def test_parameters_that_cannot_be(parameters, message):
    with pytest.raises(ParameterError, match=message):
        averaging(**parameters).fit(TEXTS, LABELS)


@pytest.mark.parametrize(
    ("estimator", "name"),
    [
        (tor.TextClassifier(preset="fast", learning_rate="constant"), "TextClassifier"),
        (tor.SGDRegressor(learning_rate="constant"), "SGDRegressor"),
        (linear_model.SGDClassifier(), "SGDClassifier"),
        (make_pipeline(StandardScaler(), linear_model.Perceptron()), "Perceptron"),
    ],
    ids=str,
)
def test_weighting_by_updates_needs_their_sums(estimator, name):
    message = f"weighting='updates' .* which {name} does not keep: give weighting='rows'"
    with pytest.raises(ParameterError, match=message):
        averaging(estimator, weighting="updates").fit(X, Y)


@pytest.mark.parametrize(
    ("estimator", "message"),
    [
        (linear_model.LogisticRegression(), "LogisticRegression has no partial_fit"),
        (
            make_pipeline(StandardScaler().fit(X), linear_model.RidgeClassifier()),
            "RidgeClassifier has no partial_fit",
        ),
        (MultinomialNB(), "MultinomialNB has no coef_ and intercept_ after partial_fit"),
        (
            make_pipeline(StandardScaler(), tor.SGDClassifier()),
            r"Step 'standardscaler' \(StandardScaler\) has to be fitted before the first part",
        ),
    ],
    ids=str,
)
def test_estimators_that_cannot_be_averaged(estimator, message):
    with pytest.raises(ParameterError, match=message):
        averaging(estimator).fit(np.abs(X), Y)


@pytest.mark.parametrize("vectorizer", [TfidfVectorizer(), CountVectorizer()], ids=str)
def test_vectorizers_that_need_a_vocabulary(vectorizer):
    name = type(vectorizer).__name__
    estimator = make_pipeline(vectorizer, tor.SGDClassifier())
    with pytest.raises(ParameterError, match=rf"Step '{name.lower()}' \({name}\) has to be fitted"):
        averaging(estimator).fit(TEXTS, LABELS)
    vectorizer.fit(TEXTS)
    assert averaging(estimator, n_partitions=2).fit(TEXTS, LABELS).score(TEXTS, LABELS) == 1.0


# Data


def rows(texts=TEXTS, labels=LABELS):
    return tor.read(pa.table({"text": texts, "label": labels}), text="text", target="label")


@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize(
    ("data", "message"),
    [
        ((rows().take(0),), "has no rows"),
        ((rows(labels=pa.nulls(120, pa.string())),), "All 120 rows .* null label .* 'label'"),
        ((rows(labels=["yes"] * 120),), "one label 'yes' .* 'label', but .* two classes"),
        ((TEXTS, ["yes"] * 120), "one label 'yes'"),
        ((TEXTS, None), "Labels are missing: pass y"),
        ((TEXTS, LABELS[:-1]), "X has 120 rows but y has 119"),
        ((rows(), LABELS), "A Dataset brings its own labels"),
        ((tor.read(pa.table({"text": TEXTS}), text="text"),), "has no labels"),
        ((TEXTS[0], "y"), "X is one string"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_data_that_cannot_be(kind, data, message):
    with pytest.raises(DataError, match=message):
        averaging(MODELS[kind]).fit(*data)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ((X, ["yes"] * 120), "one class 'yes', but a classifier needs two classes"),
        ((X, Y[:-1]), "inconsistent numbers of samples"),
        ((X[:0], Y[:0]), "0 sample"),
        ((np.full_like(X, np.nan), Y), "NaN"),
        ((X, np.linspace(0, 1, 120)), "continuous"),
        ((X, None), "requires y"),
        (([], []), "Expected 2D array"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_matrices_that_cannot_be(data, message):
    with pytest.raises(DataError, match=message):
        averaging(tor.SGDClassifier()).fit(*data)


def test_nothing_can_be_held_out_of_one_row():
    model = averaging(tor.SGDRegressor(), validation_fraction=0.5)
    with pytest.raises(DataError, match=r"validation_fraction=0\.5 does not fit 1 row"):
        model.fit(X[:1], [1.0])
    assert len(model.fit(X[:2], [1.0, 2.0]).history_[0].parts) == 1


@pytest.mark.parametrize("kind", MODELS)
def test_a_generator_can_be_read_once_only(kind):
    tables = (pa.table({"text": TEXTS[i::2], "label": LABELS[i::2]}) for i in range(2))
    dataset = tor.read(tables, text="text", target="label")
    with pytest.raises(DataError, match="once"):
        averaging(MODELS[kind]).fit(dataset)


def test_a_generator_of_texts_is_kept():
    model = averaging(PIPELINE).fit((text for text in TEXTS), LABELS)
    assert model.score(TEXTS, LABELS) == 1.0
    assert averaging().fit(iter(TEXTS), LABELS).score(TEXTS, LABELS) == 1.0


@pytest.mark.parametrize("kind", MODELS)
def test_an_error_leaves_the_model_that_was_there(kind, tmp_path):
    random = np.random.default_rng(0)  # hard to compress, so that the file is read in part
    lines = [f"{text} {random.bytes(300).hex()},{label}" for text, label in zip(TEXTS, LABELS)]
    content = gzip.compress("\n".join(["text,label", *lines]).encode())
    path = tmp_path / "rows.csv.gz"
    path.write_bytes(content[: len(content) // 2])
    model = averaging(MODELS[kind]).fit(TEXTS, LABELS)
    before, history = model.predict(TEXTS), model.history_
    with pytest.raises(DataError, match=r"rows\.csv\.gz"):
        model.fit(tor.read(path, text="text", target="label"))
    np.testing.assert_array_equal(model.predict(TEXTS), before)
    assert model.history_ is history


def test_not_fitted_yet():
    model = averaging()
    for ask in (model.predict, model.score, model.decision_function):
        with pytest.raises(NotFittedError):
            ask(TEXTS)
    assert not hasattr(model, "coef_")
    assert not hasattr(model, "classes_")


# Ctrl-C


class Stream:
    """Tables that come again for each reading, of which one interrupts the process."""

    def __init__(self, at):
        self.n_readings = 0
        self.at = at
        self.lock = threading.Lock()

    def __call__(self):
        with self.lock:
            self.n_readings += 1
            interrupts = self.n_readings == self.at
        for begin in range(0, 120, 30):
            if interrupts and begin == 30:
                os.kill(os.getpid(), signal.SIGINT)
            cut = slice(begin, begin + 30)
            yield pa.table({"text": TEXTS[cut], "label": LABELS[cut]})


needs_signals = pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")


@needs_signals
@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize(
    ("executor", "n_readings"),
    [(tor.Threads(2), 5), (tor.Threads(2), 30), (tor.Joblib(2, "threading"), 30)],
    ids=str,
)
def test_ctrl_c_keeps_the_average_of_what_was_learned(kind, executor, n_readings):
    dataset = tor.read(Stream(0), text="text", target="label")
    model = averaging(MODELS[kind], n_partitions=4, n_rounds=100_000, executor=executor)
    stream = dataset.source.start
    stream.at = stream.n_readings + n_readings
    n_threads = threading.active_count()  # also those that other tests have left
    with pytest.raises(KeyboardInterrupt):
        model.fit(dataset)
    assert model.interrupted_
    assert model.n_iter_ == len(model.history_) < 100_000
    assert model.classes_.tolist() == ["no", "yes"]
    assert model.score(TEXTS, LABELS) > 0.9
    assert threading.active_count() <= n_threads + 2  # of joblib's pool


@needs_signals
@pytest.mark.parametrize("estimator", [tor.SGDClassifier(), linear_model.SGDClassifier()], ids=str)
def test_ctrl_c_while_a_matrix_is_learned(estimator):
    n_calls = 0

    def interrupt(X):
        nonlocal n_calls
        n_calls += 1
        if n_calls == 40:
            os.kill(os.getpid(), signal.SIGINT)
        return X

    pipeline = make_pipeline(FunctionTransformer(interrupt), estimator)
    model = averaging(pipeline, n_partitions=4, n_rounds=100_000, executor=tor.Threads(2))
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, Y)
    assert model.interrupted_
    assert 5 < model.n_iter_ < 100_000
    assert model.score(X, Y) > 0.9


@needs_signals
@pytest.mark.parametrize("kind", MODELS)
def test_ctrl_c_before_anything_was_learned_leaves_the_model_that_was_there(kind):
    stream = Stream(0)
    dataset = tor.read(stream, text="text", target="label")
    model = averaging(MODELS[kind], n_partitions=4, n_rounds=100_000)
    stream.at = stream.n_readings + 1  # the survey
    with pytest.raises(KeyboardInterrupt):
        model.fit(dataset)
    assert not hasattr(model, "estimator_")
    model.set_params(n_rounds=1).fit(dataset)
    assert not model.interrupted_
    stream.at = stream.n_readings + 1
    before = model.estimator_
    with pytest.raises(KeyboardInterrupt):
        model.fit(dataset)
    assert model.estimator_ is before
    assert not model.interrupted_


PROGRAM = """
    import signal, sys
    import numpy as np
    import torrential as tor

    signal.signal(signal.SIGINT, signal.default_int_handler)
    random = np.random.default_rng(0)
    texts = [" ".join(random.choice(["good", "bad", "fine", "dull"], 200)) for _ in range(400)]
    labels = np.arange(400) % 2
    model = tor.ParameterAveraging(
        tor.TextClassifier(preset="fast", n_features=1024),
        n_partitions=4,
        n_rounds=1_000_000,
        verbose=1,
    )
    try:
        model.fit(texts, labels)
    except KeyboardInterrupt:
        print(model.interrupted_, model.n_iter_ > 0, model.predict(texts).shape)
"""


@needs_signals
@pytest.mark.timeout(180)
def test_ctrl_c_in_a_process():
    command = [sys.executable, "-c", textwrap.dedent(PROGRAM)]
    with forks.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            for line in process.stderr:
                if line.startswith("round 2:"):
                    break
            process.send_signal(signal.SIGINT)
            out, error = process.communicate(timeout=30)
        finally:
            process.kill()
    assert out == "True True (400,)\n"
    assert "Traceback" not in error
