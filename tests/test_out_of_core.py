"""Any pipeline with partial_fit over datasets: parity with a loop by hand, checkpoints, errors."""

import signal
import subprocess
import sys
import time

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet
from sklearn.cluster import Birch, MiniBatchKMeans
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import HashingVectorizer as SklearnHashing
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import SGDClassifier, SGDRegressor
from sklearn.naive_bayes import BernoulliNB, MultinomialNB
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline, make_union
from sklearn.preprocessing import MaxAbsScaler, StandardScaler
from sklearn.svm import LinearSVC

import forks
import torrential as tor
from torrential.persistence.model_file import read_model, write_model

WORDS = {0: ["poor", "dull", "broken", "slow"], 1: ["fine", "great", "superb", "quick"]}


def make_texts(n, seed=0, n_classes=2):
    random = np.random.default_rng(seed)
    labels = random.integers(0, n_classes, n)
    texts = [
        " ".join(random.choice(WORDS[label % 2], 3)) + f" film {random.integers(50)} c{label // 2}"
        for label in labels
    ]
    return texts, labels


@pytest.fixture
def files(tmp_path):
    texts, labels = make_texts(6000, n_classes=3)
    for number in range(3):
        rows = slice(number * 2000, (number + 1) * 2000)
        table = pa.table({"body": texts[rows], "stars": labels[rows]})
        parquet.write_table(table, tmp_path / f"{number}.parquet", row_group_size=500)
    return tor.read(str(tmp_path / "*.parquet"), text="body", target="stars")


def hashing(**parameters):
    return SklearnHashing(n_features=2**8, **parameters)


def test_it_is_the_loop_that_one_writes_by_hand(files):
    pipeline = make_pipeline(hashing(), SGDClassifier(random_state=0))
    model = tor.OutOfCore(pipeline, shuffle=False).fit(files)
    by_hand, vectorizer = SGDClassifier(random_state=0), hashing()
    for batch in files.batches():
        X = vectorizer.transform(batch.text.to_pylist())
        by_hand.partial_fit(X, batch.target.to_numpy(), classes=[0, 1, 2])
    np.testing.assert_array_equal(model.estimator_[-1].coef_, by_hand.coef_)
    np.testing.assert_array_equal(model.classes_, [0, 1, 2])
    assert not hasattr(pipeline[-1], "coef_")


def test_any_number_of_threads_gives_the_same_bits(files):
    pipeline = make_pipeline(hashing(), SGDClassifier(random_state=0))
    one, three = (
        tor.OutOfCore(pipeline, max_iter=2, n_jobs=n_jobs).fit(files) for n_jobs in (1, 3)
    )
    np.testing.assert_array_equal(one.estimator_[-1].coef_, three.estimator_[-1].coef_)
    np.testing.assert_array_equal(one.decision_function(files), three.decision_function(files))


def test_history_tells_how_well_batches_were_predicted(files):
    model = tor.OutOfCore(make_pipeline(hashing(), SGDClassifier()), max_iter=2).fit(files)
    first, second = model.history_
    assert model.n_iter_ == 2
    assert 0.5 < first.accuracy <= second.accuracy == 1 - second.average_loss
    assert second.n_rows == 6000
    assert model.score(files) > 0.95


def test_transformers_learn_in_the_first_pass(files):
    pipeline = make_pipeline(hashing(), MaxAbsScaler(), SGDClassifier(random_state=0))
    model = tor.OutOfCore(pipeline, max_iter=2).fit(files)
    X = hashing().transform([t for batch in files.batches() for t in batch.text.to_pylist()])
    np.testing.assert_array_equal(
        model.estimator_[1].scale_, MaxAbsScaler().fit(X.astype(float)).scale_
    )
    assert model.estimator_[1].n_samples_seen_ == 6000


def test_steps_that_were_fitted_are_kept(files):
    texts = [t for batch in files.batches() for t in batch.text.to_pylist()]
    vectorizer = TfidfVectorizer().fit(texts)
    model = tor.OutOfCore(make_pipeline(vectorizer, SGDClassifier())).fit(files)
    assert model.estimator_[0] is vectorizer
    assert model.score(files) > 0.95


def test_a_union_of_steps_that_need_no_fit(files):
    union = make_union(hashing(), SklearnHashing(analyzer="char", n_features=2**6))
    assert isinstance(union, FeatureUnion)
    model = tor.OutOfCore(make_pipeline(union, SGDClassifier())).fit(files)
    assert model.estimator_[-1].coef_.shape == (3, 2**8 + 2**6)


def test_texts_and_labels_in_memory_and_partial_fit():
    texts, labels = make_texts(500)
    model = tor.OutOfCore(make_pipeline(hashing(), SGDClassifier(random_state=0)))
    model.partial_fit(texts[:250], labels[:250]).partial_fit(texts[250:], labels[250:])
    assert model.n_iter_ == 2
    assert model.score(texts, labels) > 0.9
    assert model.predict([]).shape == (0,)
    assert model.decision_function([]).shape == (0,)


def test_regression():
    texts, labels = make_texts(2000)
    pipeline = make_pipeline(hashing(), SGDRegressor(random_state=0))
    model = tor.OutOfCore(pipeline, max_iter=5).fit(texts, labels * 2.5)
    assert model.score(texts, labels * 2.5) > 0.5
    assert model.history_[0].accuracy is None


def test_clusters_need_no_labels(files):
    texts, _ = make_texts(500)
    model = tor.OutOfCore(make_pipeline(hashing(), MiniBatchKMeans(2, random_state=0, n_init=1)))
    assert set(model.fit(texts).predict(texts)) <= {0, 1}


def test_weights_of_rows_count():
    texts, labels = make_texts(400)
    weight = (np.arange(400) % 2).astype(float)
    model = tor.OutOfCore(make_pipeline(hashing(), MultinomialNB(force_alpha=True)))
    model.estimator[0].alternate_sign = False
    weighed = model.fit(texts, labels, weight).estimator_[-1].feature_count_
    half = model.fit(texts[1::2], labels[1::2]).estimator_[-1].feature_count_
    np.testing.assert_allclose(weighed, half)


FINALS = {
    "sgd": SGDClassifier(random_state=0),
    "averaged": SGDClassifier(random_state=0, average=1000),
    "pa": SGDClassifier(random_state=0, penalty=None, learning_rate="pa1", eta0=1.0),
    "naive Bayes": BernoulliNB(),
    "network": MLPClassifier((8,), random_state=0),
    "ours": tor.SGDClassifier(),
    "ours, averaged": tor.SGDClassifier(average=True, penalty="l1"),
}


@pytest.mark.parametrize("name", FINALS)
def test_a_fit_goes_on_from_a_checkpoint_in_the_same_bits(files, tmp_path, name):
    """Stopped after some batches by an exception in its place, as an interrupt is."""
    scaler = tor.HashedTfidfTransformer() if name == "ours" else MaxAbsScaler()
    pipeline = make_pipeline(hashing(alternate_sign=False), scaler, FINALS[name])
    whole = tor.OutOfCore(pipeline, max_iter=3).fit(files)
    path = tmp_path / "kept"
    stopped = tor.OutOfCore(Pipeline([("stop", StopsAfter(9)), *pipeline.steps]), max_iter=3)
    with pytest.raises(KeyboardInterrupt):
        stopped.fit(files, checkpoint=path, checkpoint_every=2000)
    again = tor.OutOfCore(Pipeline([("stop", StopsAfter(10**9)), *pipeline.steps]), max_iter=3)
    again.fit(files, checkpoint=path, resume=True)
    assert again.n_iter_ == 3
    np.testing.assert_array_equal(again.predict(files), whole.predict(files))
    method = "predict_proba" if name in ("naive Bayes", "network") else "decision_function"
    np.testing.assert_array_equal(getattr(again, method)(files), getattr(whole, method)(files))


def test_a_checkpoint_that_calls_its_steps_batches_is_read(files, tmp_path):
    pipeline = make_pipeline(hashing(), SGDClassifier(random_state=0))
    whole = tor.OutOfCore(pipeline, max_iter=2).fit(files)
    path = tmp_path / "kept"
    stopped = tor.OutOfCore(Pipeline([("stop", StopsAfter(7)), *pipeline.steps]), max_iter=2)
    with pytest.raises(KeyboardInterrupt):
        stopped.fit(files, checkpoint=path, checkpoint_every=1000)
    arrays, header = read_model(path)
    standing = header["standing"]
    for name in ("n_noted", "is_complete"):
        del standing[name]
    standing["n_batches"] = standing.pop("n_windows")
    write_model(path, {name: array.copy() for name, array in arrays.items()}, header)
    again = tor.OutOfCore(Pipeline([("stop", StopsAfter(10**9)), *pipeline.steps]), max_iter=2)
    again.fit(files, checkpoint=path, resume=True)
    np.testing.assert_array_equal(again.decision_function(files), whole.decision_function(files))


class StopsAfter(SklearnHashing.__base__):
    """A step that passes rows on, and raises as Ctrl-C would after this many batches."""

    def __init__(self, n):
        self.n = n
        self.seen = 0

    def __repr__(self):
        return "StopsAfter()"

    def __sklearn_clone__(self):
        return self

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        self.seen += 1
        if self.seen > self.n:
            raise KeyboardInterrupt
        return X

    def __sklearn_tags__(self):
        return hashing().__sklearn_tags__()


KILLED = """
import sys, time
import torrential as tor
from torrential.persistence.model_file import read_model, write_model
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.linear_model import SGDClassifier
from sklearn.pipeline import make_pipeline
data = tor.read(sys.argv[1], text="body", target="stars")
pipeline = make_pipeline(HashingVectorizer(n_features=2**8), SGDClassifier(random_state=0))
model = tor.OutOfCore(pipeline, max_iter=int(sys.argv[3]))
model.fit(data, checkpoint=sys.argv[2], checkpoint_every=1000, resume=True)
print(repr(model.estimator_[-1].coef_.tobytes()[:4000]))
"""


@pytest.mark.timeout(180)
def test_a_process_that_is_killed(files, tmp_path):
    command = [sys.executable, "-c", KILLED, str(tmp_path / "*.parquet"), str(tmp_path / "kept")]
    process = forks.Popen([*command, "20"], stdout=subprocess.PIPE)
    deadline = time.monotonic() + 60
    while not (tmp_path / "kept").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.1)
    process.send_signal(signal.SIGKILL)
    process.wait(30)
    process.stdout.close()
    options = {"capture_output": True, "check": True, "timeout": 120}
    resumed = forks.run([*command, "20"], **options).stdout
    (tmp_path / "kept").unlink()
    assert forks.run([*command, "20"], **options).stdout == resumed != b""


def test_a_checkpoint_of_another_fit_is_refused(files, tmp_path):
    path = tmp_path / "kept"
    tor.OutOfCore(make_pipeline(hashing(), SGDClassifier())).fit(files, checkpoint=path)
    other = tor.OutOfCore(make_pipeline(hashing(), SGDClassifier(alpha=0.5)))
    with pytest.raises(tor.ParameterError, match="estimator__sgdclassifier__alpha="):
        other.fit(files, checkpoint=path, resume=True)
    model = tor.OutOfCore(make_pipeline(hashing(), SGDClassifier()))
    with pytest.raises(tor.ParameterError, match="same data"):
        model.fit(files.take(100), checkpoint=path, resume=True)
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(tor.ModelFileError):
        model.fit(files, checkpoint=path, resume=True)


@pytest.mark.parametrize(
    ("pipeline", "message"),
    [
        (make_pipeline(hashing(), LinearSVC()), r"Step 'linearsvc' \(LinearSVC\) .* partial_fit"),
        (make_pipeline(TfidfVectorizer(), SGDClassifier()), r"Step 'tfidfvectorizer' "),
        (make_pipeline(hashing(), TruncatedSVD(), SGDClassifier()), r"Step 'truncatedsvd' "),
        (LinearSVC(), r"LinearSVC"),
    ],
)
def test_what_cannot_learn_batch_by_batch_is_named(pipeline, message):
    with pytest.raises(tor.ParameterError, match=message):
        tor.OutOfCore(pipeline).fit(["a", "b"], [0, 1])


def test_other_wrong_input(files, tmp_path):
    pipeline = make_pipeline(hashing(), SGDClassifier())
    with pytest.raises(tor.DataError, match="one label"):
        tor.OutOfCore(pipeline).fit(["a", "b"], [1, 1])
    with pytest.raises(tor.DataError, match="Labels are missing"):
        tor.OutOfCore(pipeline).fit(["a", "b"])
    with pytest.raises(tor.ParameterError, match="max_iter=0"):
        tor.OutOfCore(pipeline, max_iter=0).fit(files)
    with pytest.raises(tor.ParameterError, match="pass checkpoint="):
        tor.OutOfCore(pipeline).fit(files, resume=True)
    with pytest.raises(tor.DataError, match="sparse"):
        tor.OutOfCore(make_pipeline(hashing(), StandardScaler(), SGDClassifier())).fit(files)
    with pytest.raises(tor.ParameterError, match="takes no weights"):
        clusters = make_pipeline(hashing(), Birch())
        tor.OutOfCore(clusters).fit(["a", "b"], [0, 1], [1.0, 2.0])
