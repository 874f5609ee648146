"""The estimators over matrices: scikit-learn's checks, its results, and streams of classes."""

from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn import linear_model
from sklearn.callback import ProgressBar, ScoringMonitor
from sklearn.datasets import load_diabetes, load_digits, make_classification
from sklearn.exceptions import ConvergenceWarning
from sklearn.preprocessing import scale

from torrential.errors import DataError, ParameterError
from torrential.estimators.linear import Perceptron, SGDClassifier, SGDRegressor

pytestmark = pytest.mark.jit  # the kernels have tests of their own without it


def problem(n_classes: int, n_samples: int = 200) -> tuple[Any, Any]:
    return make_classification(n_samples, 20, n_informative=10, n_classes=n_classes, random_state=0)


@pytest.mark.parametrize("loss", ["hinge", "squared_hinge", "modified_huber", "perceptron"])
@pytest.mark.parametrize("penalty", [None, "l2", "l1", "elasticnet"])
@pytest.mark.parametrize("n_classes", [2, 4])
def test_classifier_agrees_with_scikit_learn(loss: str, penalty: str, n_classes: int) -> None:
    """Same order, same rate: the same weights but for float32."""
    X, y = problem(n_classes)
    common = {"penalty": penalty, "alpha": 0.01, "eta0": 0.001, "learning_rate": "constant"}
    common |= {"shuffle": False, "max_iter": 2, "tol": None}
    ours = SGDClassifier(loss, **common).fit(X, y)
    theirs = linear_model.SGDClassifier(loss=loss, **common).fit(X, y)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=1e-3, atol=2e-5)
    np.testing.assert_allclose(ours.intercept_, theirs.intercept_, rtol=1e-3, atol=2e-5)
    np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))
    assert ours.t_ == theirs.t_


@pytest.mark.parametrize(
    ("learning_rate", "average"),
    [("optimal", False), ("invscaling", False), ("pa1", False), ("pa2", False), ("constant", True)],
)
def test_rates_and_averages_agree_with_scikit_learn(learning_rate: str, average: bool) -> None:
    X, y = problem(2)
    common = {"penalty": None, "alpha": 0.1, "eta0": 0.01, "learning_rate": learning_rate}
    common |= {"shuffle": False, "max_iter": 3, "tol": None, "average": average}
    ours = SGDClassifier("hinge", **common).fit(X, y)
    theirs = linear_model.SGDClassifier(loss="hinge", **common).fit(X, y)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=2e-3, atol=1e-4)


@pytest.mark.parametrize("loss", ["squared_error", "huber", "epsilon_insensitive"])
def test_regressor_agrees_with_scikit_learn(loss: str) -> None:
    X, y = load_diabetes(return_X_y=True)
    X, y = scale(X), scale(y)
    common = {"alpha": 0.01, "eta0": 0.001, "learning_rate": "constant", "shuffle": False}
    common |= {"max_iter": 2, "tol": None}
    ours = SGDRegressor(loss, **common).fit(X, y)
    theirs = linear_model.SGDRegressor(loss, **common).fit(X, y)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(ours.predict(X), theirs.predict(X), rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("loss", ["hinge", "log_loss"])
@pytest.mark.parametrize("multi_class", ["auto", "ovr"])
def test_defaults_are_good(loss: str, multi_class: str) -> None:
    X, y = load_digits(return_X_y=True)
    model = SGDClassifier(loss, multi_class=multi_class, random_state=0)
    assert model.fit(scale(X[:1200]), y[:1200]).score(scale(X[1200:]), y[1200:]) > 0.87


def test_sparse_and_dense_input_give_the_same_bits() -> None:
    X, y = problem(3)
    X[np.abs(X) < 0.5] = 0
    dense = SGDClassifier(random_state=0, max_iter=5, tol=None).fit(X, y)
    for kind in (sp.csr_matrix, sp.coo_array, sp.csc_array):
        sparse = SGDClassifier(random_state=0, max_iter=5, tol=None).fit(kind(X), y)
        np.testing.assert_array_equal(sparse.coef_, dense.coef_)


def test_duplicate_entries_are_summed_and_input_is_not_changed() -> None:
    X = sp.csr_matrix((np.ones(3, np.float32), np.array([0, 0, 1]), np.array([0, 2, 3])), (2, 2))
    model = SGDClassifier(max_iter=1, tol=None, shuffle=False).fit(X, ["a", "b"])
    expected = SGDClassifier(max_iter=1, tol=None, shuffle=False).fit([[2, 0], [0, 1]], ["a", "b"])
    np.testing.assert_array_equal(model.coef_, expected.coef_)
    assert X.nnz == 3


def test_partial_fit_takes_classes_as_they_come() -> None:
    X, y = problem(4, 400)
    order = np.argsort(y[:200], kind="stable")[::-1]  # classes come in the order 3, 2, 1, 0
    X, y = np.vstack([X[:200][order], X[200:]]), np.concatenate([y[:200][order], y[200:]])
    labels = np.array(["ant", "bee", "cow", "dog"])[y]
    model = SGDClassifier()
    seen = []
    for begin in range(0, 400, 20):
        model.partial_fit(X[begin : begin + 20], labels[begin : begin + 20])
        seen.append(len(model.classes_))
    assert seen[0] == 1
    assert seen[-1] == 4
    assert list(model.classes_) == ["ant", "bee", "cow", "dog"]
    assert model.coef_.shape == (4, 20)
    np.testing.assert_allclose(
        model.decision_function(X), X @ model.coef_.T + model.intercept_, rtol=1e-3, atol=1e-4
    )
    whole = SGDClassifier().partial_fit(X, labels)
    np.testing.assert_array_equal(model.coef_, whole.coef_)


def test_two_classes_seen_in_descending_order() -> None:
    model = SGDClassifier().partial_fit([[0.0, 1.0], [1.0, 0.0]], [7, 3])
    assert list(model.classes_) == [3, 7]
    np.testing.assert_array_equal(model.predict([[0.0, 1.0], [1.0, 0.0]]), [7, 3])
    assert model.decision_function([[0.0, 1.0]])[0] > 0


def test_partial_fit_checks_the_classes_it_was_given() -> None:
    with pytest.raises(DataError, match="'c', which is not in classes"):
        SGDClassifier().partial_fit([[0.0], [1.0]], ["a", "c"], classes=["a", "b"])


def test_class_weight_is_a_sample_weight() -> None:
    X, y = problem(3)
    how = {"random_state": 0, "max_iter": 3, "tol": None}
    by_class = SGDClassifier(class_weight={0: 3.0, 1: 1.0, 2: 0.5}, **how).fit(X, y)
    by_row = SGDClassifier(**how).fit(X, y, sample_weight=np.array([3.0, 1.0, 0.5])[y])
    np.testing.assert_array_equal(by_class.coef_, by_row.coef_)


def test_balanced_helps_the_rare_class_in_a_stream() -> None:
    X, y = make_classification(
        1000, 20, n_informative=5, weights=[0.95], class_sep=0.5, random_state=0
    )
    found = {}
    for class_weight in (None, "balanced"):
        model = SGDClassifier("log_loss", class_weight=class_weight)
        for begin in range(0, 1000, 50):
            model.partial_fit(X[begin : begin + 50], y[begin : begin + 50])
        found[class_weight] = model.predict(X)[y == 1].mean()
    assert found["balanced"] > found[None]


@pytest.mark.parametrize("n_classes", [2, 4])
@pytest.mark.parametrize(
    "parameters",
    [{"loss": "log_loss"}, {"loss": "log_loss", "multi_class": "ovr"}, {"loss": "modified_huber"}],
)
def test_probabilities(n_classes: int, parameters: dict[str, str]) -> None:
    X, y = problem(n_classes)
    model = SGDClassifier(**parameters, random_state=0).fit(X, y)
    probabilities = model.predict_proba(X)
    assert probabilities.shape == (200, n_classes)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    assert (model.classes_[probabilities.argmax(axis=1)] == model.predict(X)).mean() > 0.95
    assert np.exp(model.predict_log_proba(X)) == pytest.approx(probabilities)


def test_no_probabilities_from_a_hinge() -> None:
    assert not hasattr(SGDClassifier("hinge"), "predict_proba")
    assert hasattr(SGDClassifier("log_loss"), "predict_proba")


def test_warm_start_goes_on() -> None:
    X, y = problem(3)
    how = {"max_iter": 2, "tol": None, "shuffle": False}
    model = SGDClassifier(**how, warm_start=True).fit(X, y).fit(X, y)
    np.testing.assert_array_equal(
        model.coef_, SGDClassifier(**how | {"max_iter": 4}).fit(X, y).coef_
    )
    before = model.set_params(eta0=1e-9, max_iter=1).coef_
    np.testing.assert_allclose(model.fit(X, y).coef_, before, atol=1e-5)


def test_it_stops_when_the_loss_does_not_fall_and_warns_when_it_does() -> None:
    X, y = problem(2)
    model = SGDClassifier("log_loss", random_state=0).fit(X, y)
    assert 5 < model.n_iter_ < 1000
    with pytest.warns(ConvergenceWarning, match="max_iter=1"):
        SGDClassifier(max_iter=1).fit(X, y)


def test_threads_change_nothing() -> None:
    X, y = problem(4)
    X, y = np.vstack([X] * 2), np.concatenate([y, y + 4 * np.arange(200) % 24])
    how = {"max_iter": 3, "tol": None, "random_state": 0}
    alone = SGDClassifier(**how).fit(X, y)
    np.testing.assert_array_equal(alone.coef_, SGDClassifier(**how, n_jobs=2).fit(X, y).coef_)


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (SGDClassifier("squared_error"), "loss='squared_error' is not known here"),
        (SGDRegressor("hinge"), "loss='hinge' is not known here"),
        (SGDClassifier(max_iter=0), "max_iter=0"),
        (SGDClassifier(tol=-1), "tol=-1"),
        (SGDClassifier(n_iter_no_change=2.5), "n_iter_no_change=2.5"),
        (SGDClassifier(class_weight="heavy"), "heavy"),
        (Perceptron(eta0=0), "eta0=0"),
    ],
)
def test_parameters_that_cannot_be(model: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        model.fit([[0.0], [1.0]], [0, 1])
    assert issubclass(ParameterError, ValueError)


@pytest.mark.parametrize("estimator", [SGDClassifier("log_loss"), SGDRegressor(), Perceptron()])
def test_callbacks_see_every_pass(estimator: Any, capsys: pytest.CaptureFixture[str]) -> None:
    X, y = problem(2)
    scoring = "r2" if isinstance(estimator, SGDRegressor) else "accuracy"
    monitor = ScoringMonitor(scoring=scoring)
    estimator.set_params(max_iter=4, tol=None, random_state=0)
    estimator.set_callbacks(monitor, ProgressBar()).fit(X, y)
    passes = [row for row in monitor.get_logs().data if row["task_name"].startswith("pass")]
    assert [row["task_id"] for row in passes] == [0, 1, 2, 3]
    assert passes[-1][scoring] == pytest.approx(estimator.score(X, y))
    assert passes[0][scoring] != passes[-1][scoring]
    assert type(estimator).__name__ in capsys.readouterr().out


def test_a_callback_can_stop_the_fit() -> None:
    class StopAfterTwo:
        def setup(self, estimator: Any, context: Any) -> None: ...

        def teardown(self, estimator: Any, context: Any) -> None: ...

        def on_fit_task_begin(self, estimator: Any, context: Any) -> None: ...

        def on_fit_task_end(self, estimator: Any, context: Any) -> bool:
            return context.task_name == "pass 2"

    X, y = problem(2)
    assert SGDClassifier().set_callbacks(StopAfterTwo()).fit(X, y).n_iter_ == 2
