"""LinearModel: what must not change the result, growth to more classes, and saved states."""

import json
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from torrential.errors import DataError, ParameterError
from torrential.execution import TaskRunner
from torrential.kernels.linear.decay import read_decayed
from torrential.kernels.linear.decision import decide
from torrential.kernels.linear.penalty import materialize
from torrential.linear import LinearModel, LinearSettings
from torrential.types import Csr, Float32, Int32

N_FEATURES = 50
VARIANTS = {
    "hinge": {"loss": "hinge"},
    "softmax": {"loss": "log_loss"},
    "l2": {"loss": "hinge", "penalty": "l2", "alpha": 1e-2},
    "l1": {"loss": "hinge", "penalty": "l1", "alpha": 1e-3, "learning_rate": "constant"},
    "average": {"loss": "log_loss", "multi_class": "ovr", "average": 20},
}
variants = st.sampled_from(sorted(VARIANTS))


def make_rows(seed: int, n_rows: int, n_classes: int) -> tuple[Csr, Int32]:
    """Return rows whose class decides some of their features, classes in the order first seen."""
    rng = np.random.default_rng(seed)
    y = np.minimum(rng.integers(0, n_classes, n_rows), np.arange(n_rows) // 3)
    _, first, inverse = np.unique(y, return_index=True, return_inverse=True)
    codes = np.argsort(np.argsort(first))[inverse].astype(np.int32)
    X = sp.random(n_rows, N_FEATURES, 0.2, "csr", np.float32, rng=rng).tolil()
    X[np.arange(n_rows), codes % N_FEATURES] = 2.0
    X = X.tocsr()
    return Csr(X.data, X.indices.astype(np.int32), X.indptr.astype(np.int64), N_FEATURES), codes


def part(rows: Csr, begin: int, end: int) -> Csr:
    cut = slice(rows.indptr[begin], rows.indptr[end])
    indptr = rows.indptr[begin : end + 1] - rows.indptr[begin]
    return Csr(rows.data[cut], rows.indices[cut], indptr, rows.n_features)


def train(
    parameters: dict[str, Any], rows: Csr, codes: Int32, cuts: list[int] | None = None, **how: Any
) -> LinearModel:
    model = LinearModel(LinearSettings(**parameters), N_FEATURES)
    for begin, end in pairwise([0, *(cuts or []), rows.n_rows]):
        model.update(part(rows, begin, end), codes[begin:end], **how)
    return model


def same(a: LinearModel, b: LinearModel) -> bool:
    return np.array_equal(a.coef(), b.coef()) and np.array_equal(a.intercept(), b.intercept())


@settings(deadline=None, max_examples=30)
@given(variants, st.integers(0, 999), st.sampled_from([1, 2, 3, 8, 20, 40]), st.data())
def test_batch_size_changes_nothing_even_when_classes_are_found_late(
    variant: str, seed: int, n_classes: int, data: st.DataObject
) -> None:
    rows, codes = make_rows(seed, 120, n_classes)
    cuts = sorted(data.draw(st.lists(st.integers(0, 120), max_size=5)))
    parameters = VARIANTS[variant]
    assert same(train(parameters, rows, codes), train(parameters, rows, codes, cuts))


@pytest.mark.parametrize("variant", sorted(VARIANTS))
def test_reading_changes_nothing(variant: str) -> None:
    rows, codes = make_rows(0, 120, 5)
    model = LinearModel(LinearSettings(**VARIANTS[variant]), N_FEATURES)
    for row in range(120):
        model.update(part(rows, row, row + 1), codes[row : row + 1])
        model.decision(part(rows, 0, 2))
    assert same(model, train(VARIANTS[variant], rows, codes))


@pytest.mark.parametrize("variant", sorted(VARIANTS))
@pytest.mark.parametrize("n_tasks", [2, 3, 7])
def test_tasks_on_threads_give_the_same_bits(variant: str, n_tasks: int) -> None:
    rows, codes = make_rows(1, 200, 70)
    alone = train(VARIANTS[variant], rows, codes)
    with ThreadPoolExecutor(n_tasks) as pool:

        def run(tasks: Any) -> list[Any]:
            return list(pool.map(lambda task: task(), tasks))

        shared = train(VARIANTS[variant], rows, codes, run=run, n_tasks=n_tasks)
    assert same(alone, shared)


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")
@pytest.mark.parametrize("n_classes", [2, 3, 40])
@pytest.mark.parametrize("variant", VARIANTS)
def test_ctrl_c_while_rows_are_learned_leaves_a_model_that_goes_on(
    variant: str, n_classes: int
) -> None:
    rows, codes = make_rows(4, 300, n_classes)
    model = LinearModel(LinearSettings(**VARIANTS[variant]), N_FEATURES)
    model.add_classes(n_classes)  # so that there is one stretch of rows, which is learned whole
    with TaskRunner(2) as runner:

        def interrupted(tasks: Any) -> list[Any]:
            return runner([*tasks, lambda: os.kill(os.getpid(), signal.SIGINT)])

        with pytest.raises(KeyboardInterrupt):
            model.update(part(rows, 0, 200), codes[:200], run=interrupted, n_tasks=2)
        assert model.t == 200
        model.update(part(rows, 200, 300), codes[200:], run=runner, n_tasks=2)
    expected = LinearModel(LinearSettings(**VARIANTS[variant]), N_FEATURES)
    expected.add_classes(n_classes)
    expected.update(rows, codes)
    assert same(model, expected)


def test_order_chooses_rows() -> None:
    rows, codes = make_rows(3, 60, 4)
    order = np.random.default_rng(0).permutation(60)[:40]
    model = LinearModel(LinearSettings(), N_FEATURES)
    scores = model.update(rows, codes, order=order)
    X = sp.csr_matrix((rows.data, rows.indices, rows.indptr), (60, N_FEATURES))[order]
    other = LinearModel(LinearSettings(), N_FEATURES)
    expected = other.update(Csr(X.data, X.indices, X.indptr.astype(np.int64), 50), codes[order])
    assert same(model, other)
    assert model.t == 40
    np.testing.assert_array_equal(scores, expected)


def test_input_is_not_changed() -> None:
    rows, codes = make_rows(4, 60, 4)
    arrays = rows.data, rows.indices, rows.indptr, codes, np.ones(60, np.float32)
    before = [array.tobytes() for array in arrays]
    model = train({}, rows, codes, sample_weight=arrays[-1])
    assert model.n_classes == 4
    assert [array.tobytes() for array in arrays] == before


@pytest.mark.parametrize("variant", sorted(VARIANTS))
def test_growing_from_one_to_forty_classes(variant: str) -> None:
    rows, codes = make_rows(5, 400, 40)
    model = LinearModel(LinearSettings(**VARIANTS[variant]), N_FEATURES)
    seen = []
    for begin in range(0, 400, 10):
        scores = model.update(part(rows, begin, begin + 10), codes[begin : begin + 10])
        seen.append(model.n_classes)
        assert scores.shape == (10, 1 if model.n_classes <= 2 else model.n_classes)
        assert np.isfinite(scores).all()
    assert seen == sorted(seen)
    assert seen[0] < 5
    assert seen[-1] == 40
    assert (model.decision(rows).argmax(axis=1) == codes).mean() > 0.5


@pytest.mark.parametrize("variant", sorted(VARIANTS))
def test_a_third_class_does_not_change_what_was_said_of_two(variant: str) -> None:
    rows, codes = make_rows(6, 60, 2)
    model = train(VARIANTS[variant], rows, codes)
    before = model.decision(rows)[:, 0]
    model.add_classes(1)
    after = model.decision(rows)
    scale = 0.5 if variant == "softmax" else 1.0
    np.testing.assert_allclose(after[:, 1], scale * before, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(after[:, 0], -scale * before, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(after[:, 2], -1.0)


@pytest.mark.parametrize("variant", sorted(VARIANTS))
@pytest.mark.parametrize("n_classes", [2, 5, 40])
def test_state_goes_on_exactly(variant: str, n_classes: int) -> None:
    rows, codes = make_rows(7, 120, n_classes)
    model = train(VARIANTS[variant], part(rows, 0, 60), codes[:60])
    arrays, header = model.state()
    arrays = {name: array.copy() for name, array in arrays.items()}
    for array in arrays.values():
        array.flags.writeable = False
    restored = LinearModel.from_state(arrays, json.loads(json.dumps(header)))
    assert same(model, restored)
    for each in (model, restored):
        each.update(part(rows, 60, 120), codes[60:])
    assert same(model, restored)
    assert restored.t == 120


@pytest.mark.jit
@pytest.mark.parametrize("variant", sorted(VARIANTS))
def test_weights_of_a_file_are_read_by_the_kernels_that_read_others(variant: str) -> None:
    rows, codes = make_rows(7, 60, 5)
    model = train(VARIANTS[variant], rows, codes)
    scores = model.decision(rows)
    kernels = (decide, read_decayed, materialize)
    before = [{*each._calls} for each in kernels]
    arrays, header = model.state()
    for array in arrays.values():
        array.flags.writeable = False
    restored = LinearModel.from_state(arrays, header)
    restored._weights._readable = None
    np.testing.assert_array_equal(restored.decision(rows), scores)
    assert [{*each._calls} for each in kernels] == before


def test_a_copy_learns_on_its_own() -> None:
    rows, codes = make_rows(8, 60, 3)
    model = train({}, rows, codes)
    before = model.coef()
    model.copy().update(rows, codes)
    np.testing.assert_array_equal(model.coef(), before)


def test_set_weights() -> None:
    rng = np.random.default_rng(0)
    model = LinearModel(LinearSettings(), N_FEATURES)
    model.add_classes(20)
    coef = rng.normal(size=(20, N_FEATURES)).astype(np.float32)
    intercept = rng.normal(size=20).astype(np.float32)
    model.set_weights(coef, intercept)
    np.testing.assert_array_equal(model.coef(), coef)
    np.testing.assert_array_equal(model.intercept(), intercept)
    rows, _ = make_rows(9, 10, 2)
    X = sp.csr_matrix((rows.data, rows.indices, rows.indptr), (10, N_FEATURES))
    np.testing.assert_allclose(model.decision(rows), X @ coef.T + intercept, rtol=1e-4, atol=1e-5)


def test_empty_windows_and_rows() -> None:
    model = LinearModel(LinearSettings(), N_FEATURES)
    nothing = Csr(np.zeros(0, np.float32), np.zeros(0, np.int32), np.zeros(1, np.int64), N_FEATURES)
    assert model.update(nothing, np.zeros(0, np.int32)).shape == (0, 1)
    assert model.decision(nothing).shape == (0, 1)
    empty = Csr(np.zeros(0, np.float32), np.zeros(0, np.int32), np.zeros(3, np.int64), N_FEATURES)
    model.update(empty, np.array([0, 1], np.int32))
    assert not model.coef().any()


def test_weights_that_grow_without_limit_are_an_error() -> None:
    rows, _ = make_rows(10, 60, 2)
    targets: Float32 = np.linspace(-1e3, 1e3, 60, dtype=np.float32)
    parameters = {"loss": "squared_error", "learning_rate": "constant", "eta0": 50.0}
    model = LinearModel(LinearSettings(**parameters), N_FEATURES)
    with pytest.raises(ParameterError, match="lower eta0"), np.errstate(all="ignore"):
        for _ in range(20):
            model.update(rows, targets)


def test_rows_that_do_not_fit_are_an_error() -> None:
    rows, codes = make_rows(11, 10, 2)
    model = LinearModel(LinearSettings(), N_FEATURES + 1)
    with pytest.raises(DataError, match="50 features, but the model has 51"):
        model.update(rows, codes)
    with pytest.raises(DataError, match="without a label"):
        LinearModel(LinearSettings(), N_FEATURES).update(rows, codes - 1)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"loss": "cubic"}, r"loss='cubic' is not known: choose one of 'log_loss', 'hinge'"),
        ({"penalty": "l3"}, "penalty='l3'"),
        ({"learning_rate": "adaptive"}, "learning_rate='adaptive'"),
        ({"multi_class": "crammer"}, "multi_class='crammer'"),
        ({"alpha": -1}, r"alpha=-1 .* >= 0"),
        ({"l1_ratio": 1.5}, r"l1_ratio=1.5 .* <= 1"),
        ({"eta0": 0.0}, r"eta0=0.0 .* > 0"),
        ({"eta0": "big"}, "eta0='big'"),
        ({"average": -3}, "average=-3"),
        ({"epsilon": float("nan")}, "epsilon=nan"),
        ({"learning_rate": "optimal"}, "alpha=0 does not work with learning_rate='optimal'"),
        ({"learning_rate": "pa1", "loss": "log_loss"}, "loss='log_loss': it takes 'hinge'"),
        ({"multi_class": "softmax"}, "multi_class='softmax' does not work with loss='hinge'"),
    ],
)
def test_settings_that_cannot_be(parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        LinearSettings(**parameters)
