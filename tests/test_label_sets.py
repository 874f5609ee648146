"""Linear models of several labels a row, against a plain twin and against models of one label."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from torrential.errors import ParameterError
from torrential.kernels.linear.losses import CLASSIFICATION_LOSSES, loss, slope
from torrential.linear import LinearModel, LinearSettings
from torrential.linear.model import LATE_MARGIN
from torrential.types import Csr, Float64, LabelSets

N_FEATURES, TINY = 12, 1e-6
SEEDS = st.integers(0, 2**32 - 1)
SMOOTH = ["log_loss", "squared_hinge", "modified_huber"]
OPTIMIZERS: dict[str, dict[str, Any]] = {
    "adagrad": {"eta0": 0.3},
    "adagrad_l2": {"eta0": 0.3, "penalty": "l2", "alpha": 1e-3},
    "averaged": {"eta0": 0.3, "average": 3},
    "invscaling": {"learning_rate": "invscaling", "eta0": 0.1, "penalty": "l1", "alpha": 1e-3},
    "ftrl": {"learning_rate": "ftrl", "eta0": 0.3},
    "normalized": {"learning_rate": "normalized", "eta0": 0.3},
    "coin": {"learning_rate": "coin", "eta0": 1.0},
}


WITHOUT_SCALES = [name for name in OPTIMIZERS if name not in ("normalized", "coin")]
"""Optimizers that keep nothing of the rows before a label appears."""


def sets_of(rows: list[list[int]]) -> LabelSets:
    """Return the sets of rows, each numbered once."""
    different = sorted({tuple(sorted(set(row))) for row in rows})
    starts = np.append(0, np.cumsum([len(each) for each in different]))
    members = np.array([label for each in different for label in each], np.int32)
    codes = [different.index(tuple(sorted(set(row)))) for row in rows]
    return LabelSets(np.array(codes, np.int32), starts.astype(np.int64), members)


def make_rows(
    seed: int, n_rows: int, n_labels: int, share: float = 0.3
) -> tuple[Csr, list[list[int]]]:
    rng = np.random.default_rng(seed)
    X = sp.random(n_rows, N_FEATURES, 0.4, "csr", np.float32, rng)
    has_label = rng.random((n_rows, n_labels)) < share
    csr = Csr(X.data, X.indices.astype(np.int32), X.indptr.astype(np.int64), N_FEATURES)
    return csr, [np.flatnonzero(row).tolist() for row in has_label]


def numbered(rows: list[list[int]]) -> list[list[int]]:
    """Number labels as they first appear."""
    codes: dict[int, int] = {}
    for row in rows:
        for label in row:
            codes.setdefault(label, len(codes))
    return [[codes[label] for label in row] for row in rows]


def part(csr: Csr, sets: LabelSets, begin: int, end: int) -> tuple[Csr, LabelSets]:
    rows = replace(csr, indptr=csr.indptr[begin : end + 1])
    return rows, sets.take(np.arange(begin, end))


def same(a: LinearModel, b: LinearModel) -> bool:
    return a.coef().tobytes() == b.coef().tobytes() and (
        a.intercept().tobytes() == b.intercept().tobytes()
    )


def naive(
    csr: Csr, rows: list[list[int]], name: str, eta0: float, n_labels: int
) -> tuple[Float64, Float64, Float64]:
    """Learn each label with AdaGrad from its first row on; return scores, weights and losses."""
    X = np.hstack(
        [
            sp.csr_matrix((csr.data, csr.indices, csr.indptr), (csr.n_rows, N_FEATURES)).toarray(),
            np.ones((csr.n_rows, 1)),
        ]
    ).astype(np.float64)
    kind = CLASSIFICATION_LOSSES[name]
    scores = np.zeros((csr.n_rows, n_labels))
    weights, squares = np.zeros((2, N_FEATURES + 1, n_labels))
    known: set[int] = set()
    losses = np.zeros(csr.n_rows)
    for number, labels in enumerate(rows):
        new = set(range(max([*known, *labels], default=-1) + 1)) - known
        for label in new if number else ():
            weights[-1, label] = LATE_MARGIN
            scores[:number, label] = LATE_MARGIN
        known |= new
        scores[number] = X[number] @ weights
        for label in known:
            y = 1.0 if label in labels else -1.0
            gradient = slope(kind, scores[number, label], y, 0.0) * X[number]
            squares[:, label] += gradient**2
            weights[:, label] -= eta0 * gradient / np.sqrt(squares[:, label] + TINY)
    for label in set(range(n_labels)) - known:
        scores[:, label] = 0.0
    for number, labels in enumerate(rows):
        for label in range(n_labels):
            y = 1.0 if label in labels else -1.0
            losses[number] += loss(kind, scores[number, label], y, 0.0)
    return scores, weights, losses


@settings(deadline=None, max_examples=60)
@given(SEEDS, st.sampled_from([1, 2, 3, 8, 9, 20]), st.sampled_from(SMOOTH), st.integers(0, 3))
def test_labels_are_learned_as_written_down(
    seed: int, n_labels: int, name: str, n_empty: int
) -> None:
    csr, rows = make_rows(seed, 40, n_labels)
    rows = numbered([[] for _ in range(n_empty)] + rows[n_empty:])
    n_labels = max((label + 1 for row in rows for label in row), default=0)
    sets = sets_of(rows)
    model = LinearModel(LinearSettings(loss=name, eta0=0.3, multilabel=True), N_FEATURES)
    scores = model.update(csr, sets)
    expected, weights, losses = naive(csr, rows, name, 0.3, max(1, n_labels))
    assert model.n_classes == n_labels and model.n_columns == max(1, n_labels)
    np.testing.assert_allclose(scores, expected, rtol=2e-4, atol=2e-4)
    np.testing.assert_allclose(model.coef(), weights[:-1].T, rtol=2e-4, atol=2e-4)
    np.testing.assert_allclose(model.intercept(), weights[-1], rtol=2e-4, atol=2e-4)
    np.testing.assert_allclose(model.losses(scores, sets), losses, rtol=2e-3, atol=2e-3)


@settings(deadline=None, max_examples=40)
@given(SEEDS, st.sampled_from(list(OPTIMIZERS)), st.sampled_from([1, 2, 7, 20]))
def test_each_label_is_learned_as_by_a_model_of_its_own(
    seed: int, optimizer: str, n_labels: int
) -> None:
    csr, rows = make_rows(seed, 60, n_labels)
    s = LinearSettings(loss="log_loss", **OPTIMIZERS[optimizer])
    weight = np.random.default_rng(seed).choice([1.0, 0.5, 3.0], 60).astype(np.float32)
    model = LinearModel(replace(s, multilabel=True), N_FEATURES)
    model.add_classes(n_labels)
    scores = model.update(csr, sets_of(rows), weight)
    for label in range(n_labels):
        own = LinearModel(s, N_FEATURES)
        own.add_classes(2)
        codes = np.array([label in row for row in rows], np.int32)
        found = own.update(csr, codes, weight)
        pairs = [
            (scores[:, label], found[:, 0]),
            (model.coef()[label], own.coef()[0]),
            (model.decision(csr)[:, label], own.decision(csr)[:, 0]),
        ]
        for ours, expected in pairs:
            if n_labels == 1:
                assert ours.tobytes() == expected.tobytes()
            else:  # sums of products are in another order
                np.testing.assert_allclose(ours, expected, rtol=2e-3, atol=2e-3)


@pytest.mark.parametrize("n_classes", [3, 20, 300])
@pytest.mark.parametrize("optimizer", list(OPTIMIZERS))
def test_sets_of_one_label_have_the_bits_of_classes(optimizer: str, n_classes: int) -> None:
    csr, _ = make_rows(1, 80, 1)
    codes = np.random.default_rng(2).integers(0, n_classes, 80).astype(np.int32)
    s = LinearSettings(loss="log_loss", multi_class="ovr", **OPTIMIZERS[optimizer])
    one, several = LinearModel(s, N_FEATURES), LinearModel(replace(s, multilabel=True), N_FEATURES)
    for model in (one, several):
        model.add_classes(n_classes)
    sets = LabelSets(codes, np.arange(n_classes + 1), np.arange(n_classes, dtype=np.int32))
    scores = [one.update(csr, codes), several.update(csr, sets)]
    assert scores[0].tobytes() == scores[1].tobytes()
    assert same(one, several) and one.n_bytes == several.n_bytes
    losses = [one.losses(scores[0], codes), several.losses(scores[1], sets)]
    assert losses[0].tobytes() == losses[1].tobytes()


@settings(deadline=None, max_examples=30)
@given(SEEDS, st.sampled_from(WITHOUT_SCALES), st.lists(st.integers(0, 50), max_size=3))
def test_the_size_of_windows_changes_nothing(seed: int, optimizer: str, cuts: list[int]) -> None:
    csr, rows = make_rows(seed, 50, 20, share=0.05)
    sets = sets_of(numbered(rows))
    s = LinearSettings(loss="log_loss", multilabel=True, **OPTIMIZERS[optimizer])
    whole, in_parts = LinearModel(s, N_FEATURES), LinearModel(s, N_FEATURES)
    whole.update(csr, sets)
    for begin, end in pairwise([0, *sorted(cuts), 50]):
        in_parts.update(*part(csr, sets, begin, end))
    assert same(whole, in_parts)


def test_tasks_at_once_have_the_bits_of_tasks_in_turn() -> None:
    csr, rows = make_rows(3, 60, 40)
    models = [LinearModel(LinearSettings(multilabel=True), N_FEATURES) for _ in range(2)]
    for model, n_tasks in zip(models, (1, 3)):
        model.update(csr, sets_of(numbered(rows)), n_tasks=n_tasks)
    assert same(*models)


def test_rows_in_another_order_and_rows_left_out() -> None:
    csr, rows = make_rows(4, 30, 5)
    order = np.random.default_rng(4).permutation(30)[:20]
    models = [LinearModel(LinearSettings(multilabel=True), N_FEATURES) for _ in range(2)]
    for model in models:
        model.add_classes(5)
    sets = sets_of(rows)
    scores = models[0].update(csr, sets, order=order)
    for number, row in enumerate(order):
        found = models[1].update(*part(csr, sets, row, row + 1))
        assert found.tobytes() == scores[number : number + 1].tobytes()
    assert same(*models)


def test_rows_without_a_label_before_the_first_label() -> None:
    csr, _ = make_rows(5, 4, 1)
    model = LinearModel(LinearSettings(multilabel=True), N_FEATURES)
    nothing = model.update(csr, sets_of([[], [], [], []]))
    assert model.n_classes == 0 and model.t == 4 and not nothing.any() and not model.coef().any()
    scores = model.update(csr, sets_of([[], [0], [], [0]]))
    assert scores[:2, 0].tolist() == [LATE_MARGIN, LATE_MARGIN]
    assert model.n_classes == model.n_columns == 1


def test_a_second_label_does_not_change_what_was_said_of_the_first() -> None:
    csr, rows = make_rows(6, 40, 1, share=0.5)
    model = LinearModel(LinearSettings(multilabel=True, loss="log_loss"), N_FEATURES)
    model.update(csr, sets_of(rows))
    before = model.decision(csr)
    model.add_classes(1)
    after = model.decision(csr)
    np.testing.assert_allclose(after[:, 0], before[:, 0], rtol=1e-5, atol=1e-6)
    assert (after[:, 1] == LATE_MARGIN).all()


@pytest.mark.parametrize("n_labels", [0, 1, 2, 9])
@pytest.mark.parametrize("optimizer", list(OPTIMIZERS))
def test_a_state_goes_on_exactly(optimizer: str, n_labels: int) -> None:
    csr, rows = make_rows(7, 30, max(1, n_labels), share=0.5 if n_labels else 0.0)
    sets = sets_of(numbered(rows))
    model = LinearModel(LinearSettings(multilabel=True, **OPTIMIZERS[optimizer]), N_FEATURES)
    model.update(csr, sets)
    other = LinearModel.from_state(*model.copy().state())
    for each in (model, other):
        each.update(csr, sets)
    assert same(model, other) and other.settings.multilabel


def test_memory_is_that_of_the_labels_that_features_have() -> None:
    """Most of 2,000 labels do not concern most features."""
    rng = np.random.default_rng(8)
    n_rows, n_features, n_labels = 400, 4096, 2000
    indices = rng.integers(0, n_features, 8 * n_rows).astype(np.int32)
    csr = Csr(np.ones(len(indices), np.float32), indices, np.arange(n_rows + 1) * 8, n_features)
    model = LinearModel(LinearSettings(multilabel=True), n_features)
    model.add_classes(n_labels)
    model.update(csr, sets_of([rng.integers(0, n_labels, 2).tolist() for _ in range(n_rows)]))
    assert model.n_bytes < 0.1 * 4 * 2 * n_features * n_labels
    right = model.decision(csr)
    assert right.shape == (n_rows, n_labels) and np.isfinite(right).all()


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"multi_class": "softmax", "loss": "log_loss"}, "multi_class='softmax'"),
        ({"loss": "huber"}, "loss='huber'"),
    ],
)
def test_what_does_not_take_several_labels(parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=f"{message} does not work with several labels a row"):
        LinearSettings(multilabel=True, **parameters)


def test_sets_of_rows() -> None:
    sets = sets_of([[2, 0], [], [1], [0, 2]])
    assert sets.dense(2).tolist() == [[True, False], [False, False], [False, True], [True, False]]
    rows, labels = sets.rows_and_labels()
    assert rows.tolist() == [0, 0, 2, 3, 3] and labels.tolist() == [0, 2, 1, 0, 2]
    assert sets.sizes().tolist() == [2, 0, 1, 2]
    assert sorted(sets.needed().tolist()) == [0, 2, 3]
    nothing = LabelSets(np.full(2, -1, np.int32), np.zeros(1, np.int64), np.zeros(0, np.int32))
    assert nothing.dense(3).sum() == 0 and nothing.sizes().tolist() == [0, 0]
