"""The table of optimizers, and what the rest of the package asks of it."""

import numpy as np
import pytest

from torrential.errors import ParameterError
from torrential.kernels.linear.layout import RECEIVED, SQUARES, WEIGHT
from torrential.linear import LinearModel, LinearSettings
from torrential.linear.lanes import can_be_side_by_side
from torrential.linear.memory.rows import layout_from_state, layout_state, plan
from torrential.linear.optimizers import (
    LEARNING_RATES,
    OPTIMIZERS,
    Optimizer,
    Slot,
    optimizer_of_code,
    register,
)
from torrential.types import Csr


def test_each_learning_rate_means_one_optimizer():
    names = {rate: optimizer.name for rate, optimizer in LEARNING_RATES.items()}
    for own in ("adagrad", "ftrl", "normalized", "coin"):
        assert names.pop(own) == own
    assert set(names) == {"constant", "optimal", "invscaling", "pa1", "pa2"}
    assert set(names.values()) == {"sgd"}


@pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_rows_have_a_slot_for_each_number_of_an_optimizer(optimizer):
    assert optimizer_of_code(optimizer.code) is optimizer
    rate = next(iter(optimizer.schedules))
    settings = LinearSettings(learning_rate=rate, alpha=0.1)
    assert settings.optimizer is optimizer
    assert settings.rule().optimizer == optimizer.code
    for average in (False, True):
        model = LinearModel(LinearSettings(learning_rate=rate, alpha=0.1, average=average), 8)
        n_slots = optimizer.n_slots(averaged=average)
        assert model.state()[1]["layout"]["parts"] == n_slots == 1 + len(optimizer.state) + average
    assert can_be_side_by_side(settings) == optimizer.has_lanes
    assert optimizer.mass is None or optimizer.slot(optimizer.mass) is not None


def test_slots_are_where_kernels_have_them():
    adagrad, sgd = OPTIMIZERS["adagrad"], OPTIMIZERS["sgd"]
    assert (adagrad.slot("squares"), sgd.slot("received")) == (SQUARES, RECEIVED)
    assert adagrad.slot("received") is None
    assert (adagrad.signed, sgd.signed) == ([], [RECEIVED])
    assert WEIGHT == 0


def test_a_layout_in_a_file_is_that_of_before_slots_had_their_name():
    layout = plan(100, 5, 3)
    state = layout_state(layout)
    assert state["parts"] == layout.slots == 3
    assert "slots" not in state
    assert layout_from_state(state) == layout


@pytest.mark.parametrize("changed", [{"name": "sgd"}, {"schedules": {"constant": 1}}])
def test_names_that_are_taken_stay_as_they_are(changed):
    before = dict(LEARNING_RATES)
    new = {"name": "new", "code": 9, "schedules": {"new": 1}, "state": (Slot("n"),)} | changed
    with pytest.raises(ParameterError, match="already exists"):
        register(Optimizer(**new))
    assert before == LEARNING_RATES


def test_two_columns_for_one_mirror_what_is_signed():
    """The L1 penalty that a weight has received turns with it; a sum of squares does not."""
    rows = Csr(np.ones(4, np.float32), np.arange(4, dtype=np.int32), np.arange(5), 8)
    for rate in ("adagrad", "constant"):
        model = LinearModel(LinearSettings(learning_rate=rate, penalty="l1", alpha=0.01), 8)
        model.update(rows, np.array([0, 1, 0, 1], np.int32))
        slot = 1
        before = model._weights.blocks[0].rows.reshape(9, 2)[:4, slot].copy()
        model.add_classes(1)
        tile = model._weights.blocks[0].rows.reshape(-1, 2, 8)[2:6, slot]
        sign = -1 if rate == "constant" else 1
        np.testing.assert_array_equal(tile[:, 1], before)
        np.testing.assert_array_equal(tile[:, 0], sign * before)
        assert before.any()
