"""A row of weight k is learned as k equal rows: every loss, every form of classes."""

import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from torrential.execution import TaskRunner
from torrential.kernels.linear import importance
from torrential.kernels.linear.learn import MANY
from torrential.kernels.linear.losses import LOSSES
from torrential.linear import LinearModel, LinearSettings
from torrential.types import Csr
from weighted_rows import N_FEATURES, make_rows, make_targets

FORMS = [(loss, "auto") for loss in sorted(LOSSES)] + [("log_loss", "ovr")]
pieces_of, mass_of, factors_of_piece = (
    importance.pieces_of,
    importance.mass_of,
    importance.factors_of_piece,
)


def new_model(n_classes: int, **parameters: Any) -> LinearModel:
    model = LinearModel(LinearSettings(eta0=0.2, **parameters), N_FEATURES)
    if not model.settings.is_regression:
        model.add_classes(n_classes)
    return model


def same(a: LinearModel, b: LinearModel) -> bool:
    return np.array_equal(a.coef(), b.coef()) and np.array_equal(a.intercept(), b.intercept())


def distance(model: LinearModel, other: LinearModel, rows: Csr) -> float:
    """Return how far scores are from those of another model, by the size of these."""
    found, expected = model.decision(rows), other.decision(rows)
    return float(np.sqrt(((found - expected) ** 2).mean() / (expected**2).mean()))


@pytest.mark.jit
@pytest.mark.parametrize("n_classes", [2, 3, 20, MANY + 44])
@pytest.mark.parametrize(("loss", "multi_class"), FORMS)
@pytest.mark.parametrize("fit_intercept", [True, False])
def test_a_weight_of_k_is_k_equal_rows_to_the_bit(
    loss: str, multi_class: str, n_classes: int, fit_intercept: bool
) -> None:
    parameters = {"loss": loss, "multi_class": multi_class, "fit_intercept": fit_intercept}
    rng = np.random.default_rng(n_classes)
    rows, codes = make_rows(0, 80, n_classes)
    targets = make_targets(loss, codes, 0)
    weight = rng.choice([0, 1, 2, 7, 49, 64], 80, p=[0.1, 0.5, 0.1, 0.1, 0.1, 0.1])
    once, turns, shared = (new_model(n_classes, **parameters) for _ in range(3))
    scores = once.update(rows, targets, weight.astype(np.float32))
    in_turn = turns.update(rows, targets, None, np.repeat(np.arange(80), weight))
    assert same(once, turns)
    assert (once.t, turns.t) == (80, weight.sum())
    firsts = (np.cumsum(weight) - weight)[weight > 0]
    np.testing.assert_array_equal(scores[weight > 0], in_turn[firsts])
    with TaskRunner(2) as run:
        shared.update(rows, targets, weight.astype(np.float32), run=run, n_tasks=2)
    assert same(once, shared)


@settings(deadline=None, max_examples=30)
@given(
    st.sampled_from(FORMS),
    st.sampled_from([2, 3, 8, 9, 40]),
    st.lists(st.integers(0, 64), min_size=30, max_size=30),
    st.integers(0, 999),
)
def test_any_weights_to_the_bit(
    form: tuple[str, str], n_classes: int, weights: list[int], seed: int
) -> None:
    loss, multi_class = form
    rows, codes = make_rows(seed, 30, n_classes)
    targets = make_targets(loss, codes, seed)
    once, turns = (new_model(n_classes, loss=loss, multi_class=multi_class) for _ in range(2))
    once.update(rows, targets, np.array(weights, np.float32))
    turns.update(rows, targets, None, np.repeat(np.arange(30), weights))
    assert same(once, turns)


@pytest.mark.jit
@pytest.mark.parametrize("n_classes", [2, 5, MANY + 44])
@pytest.mark.parametrize("weight", [100, 3000])
@pytest.mark.parametrize(("loss", "multi_class"), FORMS)
def test_a_weight_above_64_is_nearly_as_many_equal_rows(
    loss: str, multi_class: str, weight: int, n_classes: int
) -> None:
    rows, codes = make_rows(1, 200, n_classes)
    targets = make_targets(loss, codes, 1)
    weights = np.where(np.random.default_rng(1).random(200) < 0.1, weight, 1)
    once, turns = (new_model(n_classes, loss=loss, multi_class=multi_class) for _ in range(2))
    once.update(rows, targets, weights.astype(np.float32))
    turns.update(rows, targets, None, np.repeat(np.arange(200), weights))
    # Rows of "quantile" step back and forth until a score is the target itself, in float32.
    assert distance(once, turns, rows) < (0.3 if loss == "quantile" else 0.05)


@pytest.mark.jit
@pytest.mark.parametrize("weight", [65.0, 1e9, 3e38])
@pytest.mark.parametrize(("loss", "multi_class"), FORMS)
def test_the_heaviest_rows_leave_finite_weights(loss: str, multi_class: str, weight: float) -> None:
    rows, codes = make_rows(2, 50, 3)
    model = new_model(3, loss=loss, multi_class=multi_class)
    model.update(rows, make_targets(loss, codes, 2), np.full(50, weight, np.float32))
    assert np.isfinite(model.coef()).all()
    assert weight > 1e30 or np.abs(model.decision(rows)).max() < 100


@pytest.mark.parametrize(
    ("weight", "n_pieces"), [(0, 1), (0.4, 1), (1, 1), (1.4, 1), (1.6, 2), (64, 64), (68, 65)]
)
def test_pieces_of_a_weight(weight: float, n_pieces: int) -> None:
    assert pieces_of(np.float32(weight)) == n_pieces


@given(st.floats(0, 1e9, width=32), st.sampled_from([0.01, 1.0, 1.7]))
def test_pieces_add_up_to_the_weight(weight: float, mean: float) -> None:
    weight32 = np.float32(weight)
    n_pieces, mass = pieces_of(weight32), mass_of(weight32, mean - 1.0)
    factors = [factors_of_piece(weight32, mass, n_pieces, i) for i in range(n_pieces)]
    sizes = [float(slope) * float(rate) for slope, rate in factors]
    assert sum(sizes) == pytest.approx(weight, rel=1e-5)
    added = max(weight, min(1.0, mean)) if weight > 0 else 0.0
    assert sum(float(slope) ** 2 for slope, _ in factors) == pytest.approx(added, rel=1e-5)
    assert n_pieces < 64 + 280
    done = np.cumsum(sizes)[:-1]
    assert all(size <= max(1.5, 1.001 * before / 16) for size, before in zip(sizes[1:], done))


def test_pieces_of_a_row_are_about_that_part_of_it() -> None:
    rows, codes = make_rows(3, 40, 2)
    whole, halves, apart = (new_model(2) for _ in range(3))
    whole.update(rows, codes)
    halves.update(rows, codes, np.full(40, 0.5, np.float32), np.repeat(np.arange(40), 2))
    apart.update(rows, codes, np.full(40, 0.5, np.float32))
    assert distance(halves, whole, rows) < 0.2 < distance(apart, whole, rows)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_light_rows_are_learned_alike_in_all_cuts_and_copies(n_classes: int) -> None:
    """What a light row adds to the sums depends on all rows before it."""
    rows, codes = make_rows(4, 90, n_classes)
    weight = np.random.default_rng(4).choice([0.0, 0.2, 0.6, 1.0, 3.0], 90).astype(np.float32)
    whole, model = new_model(n_classes), new_model(n_classes)
    whole.update(rows, codes, weight)
    for part in np.split(np.arange(90), [20, 50, 51]):
        model.update(rows, codes, weight, part)
        model = [model, model.copy(), model.branch(), pickle.loads(pickle.dumps(model))][
            len(part) % 4
        ]
    assert same(whole, model)
    start, mean = new_model(n_classes), new_model(n_classes)
    part = start.branch()
    part.update(rows, codes, weight)
    mean.take_in(part.changes_since(start, 90, "rows"))
    for each in (whole, mean):
        each.update(rows, codes, weight)
    np.testing.assert_allclose(mean.coef(), whole.coef(), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("penalty", ["l2", "l1"])
def test_a_penalty_counts_once_for_a_row_of_any_weight(penalty: str) -> None:
    rows, codes = make_rows(5, 60, 2)
    weight, repeated = np.full(60, 2, np.float32), np.repeat(np.arange(60), 2)
    for alpha, is_same in ((0.0, True), (1e-2, False)):
        once, turns = (new_model(2, penalty=penalty, alpha=alpha) for _ in range(2))
        once.update(rows, codes, weight)
        turns.update(rows, codes, None, repeated)
        assert (once.t, turns.t) == (60, 120)
        assert same(once, turns) == is_same
        assert np.abs(once.coef()).sum() >= np.abs(turns.coef()).sum()


@pytest.mark.parametrize("average", [1, 21])
def test_an_average_counts_once_for_a_row_of_any_weight(average: int) -> None:
    rows, codes = make_rows(6, 60, 3)
    weight = np.random.default_rng(6).choice([0.0, 0.5, 1.0, 5.0, 100.0], 60).astype(np.float32)
    averaged, plain = new_model(3, average=average), new_model(3)
    averaged.update(rows, codes, weight)
    after = []
    for row in range(60):
        plain.update(rows, codes, weight, np.array([row]))
        after.append(plain.coef())
    expected = np.mean(after[average - 1 :], axis=0)
    np.testing.assert_allclose(averaged.coef(), expected, rtol=1e-4, atol=1e-6)
