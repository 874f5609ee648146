"""The formulas of benchmarks/scaling_model.py, by properties that any correct ones have."""

import math
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))

from scaling_model import Constants, network_for, round_on, serial_seconds

CONSTANTS = Constants(
    hash=4e-8, learn=5e-9, learn_in_parts=7e-9, start=0.05, find=4e-8, merge=3e-8, apply=8e-8,
    tokens=3e6, changes=5e4, growth=0.4, change_bytes=16.0, n_weights=2**20, n_tiles=1,
    file_bytes=2.5, disk=1e9, network=1.25e9,
)  # fmt: skip
TOKENS = st.floats(1e6, 1e12)
WORKERS = st.integers(1, 64)


@given(TOKENS, WORKERS)
def test_work_is_divided_and_the_disk_is_shared(tokens, workers):
    one, several = (round_on(CONSTANTS, tokens, n) for n in (1, workers))
    start = CONSTANTS.start
    assert (several.work - start) * workers == pytest.approx(one.work - start)
    assert several.disk == one.disk == pytest.approx(tokens * 2.5e-9)
    assert several.seconds >= max(several.work, several.disk, several.network, several.merging)


@given(TOKENS, WORKERS)
def test_changed_weights_grow_up_to_all_of_them(tokens, workers):
    assert CONSTANTS.changed(CONSTANTS.tokens) == CONSTANTS.changes
    assert CONSTANTS.changed(tokens) <= CONSTANTS.changed(2 * tokens) <= CONSTANTS.n_weights
    most = round_on(CONSTANTS, 1e12, workers)
    assert round_on(CONSTANTS, tokens, workers).network <= most.network
    depth = math.ceil(round(math.log(workers, 4), 9)) if workers > 1 else 0
    steps = math.ceil(math.log2(workers))
    one = CONSTANTS.n_weights * 16 / CONSTANTS.network
    assert most.network <= (3 * depth + steps) * one * (1 + 1e-9)


def test_one_worker_sends_nothing_and_merges_what_it_has():
    alone = round_on(CONSTANTS, 1e8, 1, parts=8)
    assert alone.network == 0
    assert alone.work == pytest.approx(8 * 0.05 + 1e8 * 4.7e-8)
    assert alone.merging > round_on(CONSTANTS, 1e8, 1).merging


def test_levels_of_a_tree_of_four_results():
    few = replace(CONSTANTS, growth=0.0, find=0.0, apply=0.0)
    merges = [round(round_on(few, 1e8, n).merging / (5e4 * 3e-8)) for n in (1, 2, 4, 5, 16, 17)]
    assert merges == [0, 1, 3, 6, 6, 9]


def test_the_bound_is_what_takes_longest():
    assert round_on(CONSTANTS, 1e12, 4).bound == "cores"
    assert round_on(CONSTANTS, 1e12, 64).bound == "disk"
    assert round_on(replace(CONSTANTS, network=1.0), 1e9, 64).bound == "network"
    assert round_on(replace(CONSTANTS, merge=1.0), 1e9, 64).bound == "merging"


@given(TOKENS, st.integers(1, 16))
def test_a_serial_pass_is_bounded_by_its_learner(tokens, cores):
    seconds = serial_seconds(CONSTANTS, tokens, cores) - CONSTANTS.start
    assert seconds >= tokens * CONSTANTS.learn * (1 - 1e-6)
    assert seconds * cores >= tokens * 4.5e-8 * (1 - 1e-6)
    wide = replace(CONSTANTS, n_tiles=16)
    assert serial_seconds(wide, tokens, cores) - CONSTANTS.start == pytest.approx(
        tokens * 4.5e-8 / cores, rel=1e-6
    )


def test_the_network_that_a_share_of_the_work_needs():
    speed = network_for(CONSTANTS, 1e12, 64, 0.01)
    found = round_on(replace(CONSTANTS, network=speed), 1e12, 64)
    assert found.network == pytest.approx(0.01 * found.work)
    wide = CONSTANTS.with_features(2**22, 81)
    assert wide.n_weights == 2**22 * 81
    assert network_for(wide, 1e12, 64, 0.01) > speed
