"""What the next versions of SciPy and scikit-learn ask for."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
import sklearn
from sklearn.callback import CallbackSupportMixin
from sklearn.linear_model import SGDClassifier

import torrential as tor
from torrential.adapters.plain_state import restored, state_of
from torrential.errors import DataError

TEXTS = [f"{kind} film {i}" for i in range(20) for kind in ("good", "bad", "no")]
LABELS = ["yes", "no", "none"] * 20
X, Y = np.eye(6, dtype=np.float32).repeat(5, axis=0), np.arange(30) % 3


@pytest.fixture
def no_matrices(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Refuse every ``csr_matrix``, as SciPy warns of each, where sparse arrays were asked for."""

    def refuse(self: Any, *arguments: Any, **options: Any) -> None:
        raise AssertionError("a csr_matrix was made")

    monkeypatch.setattr(sp.csr_matrix, "__init__", refuse)
    with sklearn.config_context(sparse_interface="sparray"):
        yield


@pytest.mark.usefixtures("no_matrices")
@pytest.mark.parametrize("kind", [np.asarray, sp.csr_array, sp.coo_array, sp.csc_array])
@pytest.mark.parametrize(
    "estimator", [tor.SGDClassifier(), tor.Perceptron(), tor.SGDRegressor()], ids=repr
)
def test_estimators_compute_with_sparse_arrays_only(estimator: Any, kind: Any) -> None:
    estimator = sklearn.clone(estimator).fit(kind(X), Y)
    estimator.partial_fit(kind(X), Y)
    assert estimator.predict(kind(X)).shape == (30,)
    estimator.score(kind(X), Y)


@pytest.mark.usefixtures("no_matrices")
def test_transformers_hand_out_sparse_arrays() -> None:
    hashed = tor.HashingVectorizer(n_features=64).transform(TEXTS)
    weighed = tor.HashedTfidfTransformer().fit(hashed).transform(hashed)
    dense = tor.HashedTfidfTransformer().fit(hashed).transform(hashed.toarray())
    for rows in (hashed, weighed, dense):
        assert isinstance(rows, sp.csr_array)
    np.testing.assert_array_equal(weighed.toarray(), dense.toarray())


@pytest.mark.usefixtures("no_matrices")
def test_text_and_pipelines_make_no_matrices() -> None:
    text = tor.TextClassifier(preset="fast", n_features=1024).fit(TEXTS, LABELS)
    assert text.score(TEXTS, LABELS) > 0.9
    pipeline = sklearn.pipeline.make_pipeline(tor.HashingVectorizer(n_features=64), SGDClassifier())
    rows = tor.read({"text": TEXTS, "label": LABELS}, text="text", target="label")
    assert tor.OutOfCore(pipeline).fit(rows).score(rows) > 0.9
    averaged = tor.ParameterAveraging(tor.SGDClassifier(), n_partitions=2).fit(X, Y)
    assert averaged.predict(X).shape == (30,)


def test_matrices_are_handed_out_where_scikit_learn_is_configured_for_them() -> None:
    hashed = tor.HashingVectorizer(n_features=64).transform(TEXTS)
    dense = tor.HashedTfidfTransformer().fit(hashed).transform(hashed.toarray())
    assert isinstance(hashed, sp.csr_matrix)
    assert isinstance(dense, sp.csr_matrix)


@pytest.mark.parametrize("kind", [sp.csr_array, sp.csr_matrix])
def test_the_kind_of_a_sparse_attribute_is_kept_in_files(kind: Any) -> None:
    arrays: dict[str, np.ndarray] = {}
    again = restored(None, state_of(kind(X), "rows", arrays), arrays)
    assert type(again) is kind
    np.testing.assert_array_equal(again.toarray(), X)


class Recorder:
    """A callback that counts its calls."""

    n_calls = 0

    def setup(self, estimator: Any, context: Any) -> None: ...

    def teardown(self, estimator: Any, context: Any) -> None: ...

    def on_fit_task_begin(self, estimator: Any, context: Any) -> None:
        self.n_calls += 1

    def on_fit_task_end(self, estimator: Any, context: Any) -> None:
        self.n_calls += 1


def another_protocol(self: Any, task: str) -> None:
    raise AssertionError("it is not called with these arguments")


@pytest.mark.parametrize("other", [another_protocol, None], ids=["other arguments", "gone"])
@pytest.mark.parametrize("callbacks", [0, 1])
def test_a_fit_without_the_protocol_of_callbacks(
    monkeypatch: pytest.MonkeyPatch, other: Any, callbacks: int
) -> None:
    recorders = [Recorder() for _ in range(callbacks)]
    expected = tor.SGDClassifier(random_state=0).fit(X, Y).coef_
    monkeypatch.setattr(CallbackSupportMixin, "_init_callback_context", other)
    model = tor.SGDClassifier(random_state=0).set_callbacks(*recorders)
    if callbacks:
        with pytest.warns(RuntimeWarning, match="callbacks of this fit are not called"):
            model.fit(X, Y)
    else:
        model.fit(X, Y)
    np.testing.assert_array_equal(model.coef_, expected)
    assert all(recorder.n_calls == 0 for recorder in recorders)


def test_what_a_callback_raises_is_not_hidden() -> None:
    class Failing(Recorder):
        def on_fit_task_begin(self, estimator: Any, context: Any) -> None:
            raise TypeError("of its own")

    with pytest.raises(TypeError, match="of its own"):
        tor.TextClassifier(preset="fast", n_features=64).set_callbacks(Failing()).fit(TEXTS, LABELS)


@pytest.mark.parametrize("estimator", [tor.SGDClassifier(), tor.SGDRegressor()], ids=repr)
@pytest.mark.parametrize(
    ("weight", "sentence"),
    [
        (np.zeros(30), "zero for every sample"),
        (np.ones((30, 2)), "2 dimensions"),
        (np.ones(29), "inconsistent numbers of samples"),
        (-np.ones(30), "Negative values"),
        (np.full(30, np.nan), "NaN"),
        (["heavy"] * 30, "heavy"),
    ],
)
def test_weights_that_are_invalid(estimator: Any, weight: Any, sentence: str) -> None:
    with pytest.raises(DataError, match=sentence):
        estimator.fit(X, Y, sample_weight=weight)


def test_vectorizers_refuse_two_dimensions() -> None:
    documents = np.array([["good film", "bad film"]])
    for values in (documents, documents.astype(object)):
        with pytest.raises(DataError, match="is of type ndarray"):
            tor.HashingVectorizer().transform(values)
        with pytest.raises(DataError, match="is a table"):
            tor.TextClassifier(preset="fast").fit(values, ["yes"])


class SparseOnly(SGDClassifier):
    """Refuses rows of a kind that scikit-learn was not configured for."""

    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> Any:
        assert sklearn.get_config()["sparse_interface"] == "sparray"
        assert isinstance(X, sp.csr_array)
        return super().partial_fit(X, y, classes, sample_weight)

    def fit(self, X: Any, y: Any, **fit_parameters: Any) -> Any:
        assert sklearn.get_config()["sparse_interface"] == "sparray"
        return super().fit(X, y, **fit_parameters)


@pytest.mark.parametrize("executor", [tor.Threads(2), tor.Joblib(2)], ids=["threads", "joblib"])
def test_the_configuration_holds_on_all_threads_and_processes(executor: Any) -> None:
    rows = tor.read({"text": TEXTS, "label": LABELS}, text="text", target="label")
    pipeline = sklearn.pipeline.make_pipeline(
        tor.HashingVectorizer(n_features=64), SparseOnly(random_state=0)
    )
    out_of_core = tor.OutOfCore(pipeline, n_jobs=2)
    with sklearn.config_context(sparse_interface="sparray"):
        out_of_core.fit(rows)
        tor.cross_validate(out_of_core, rows, cv=2)
        tor.cross_validate(out_of_core, rows, cv=2, executor=executor)
        tor.GridSearchCV(out_of_core, {"estimator__sparseonly__alpha": [1e-4]}, cv=2).fit(rows)
        tor.BaggingClassifier(out_of_core, n_estimators=2).fit(rows)
        tor.ParameterAveraging(pipeline, n_partitions=2, executor=executor).fit(rows)
        tor.PartitionEnsemble(pipeline, n_partitions=2, executor=executor).fit(rows)
