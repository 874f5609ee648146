"""Windows: batches joined until they hold enough values."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from torrential.engine.batches import windows as module
from torrential.engine.batches.encoding import encode_batch
from torrential.engine.batches.windows import Room, windows
from torrential.engine.targets.labels import Labels
from torrential.features.settings import HashSettings
from torrential.features.text.spec import TextSpec
from torrential.types import Batch, text_columns

SPEC = TextSpec(HashSettings(n_features=50))
ROWS = st.tuples(
    st.text("ab c", max_size=12), st.none() | st.sampled_from("xyz"), st.integers(1, 9)
)
BATCHES = st.lists(st.tuples(st.lists(ROWS, max_size=6), st.booleans()), max_size=6)


def batch_of(rows, with_weight):
    texts, labels, weights = zip(*rows, strict=True) if rows else ((), (), ())
    return Batch(
        columns=text_columns(pa.array(texts, pa.string())),
        target=pa.array(labels, pa.string()),
        weight=pa.array(weights, pa.float64()) if with_weight else None,
        rows=None,
        origin="memory",
        first_row=0,
    )


def hashed(batches):
    return [encode_batch(batch_of(*batch), SPEC) for batch in batches]


def kept(window):
    """The window with rows of its own: the next one is stacked in the same memory."""
    rows = window.rows
    return replace(window, rows=replace(rows, data=rows.data.copy(), indices=rows.indices.copy()))


def stacked(parts):
    room = Room(SPEC.n_features)
    for rows in parts:
        room.append(rows)
    return room.take()


@given(BATCHES, st.integers(1, 12), st.integers(1, 9))
def test_windows_hold_all_rows_in_order(batches, limit, most_rows):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "MAX_NONZEROS", limit)
        patch.setattr(module, "MAX_ROWS", most_rows)
        found = [kept(window) for window in windows(iter(hashed(batches)), Labels())]
    assert sum(window.rows.n_rows for window in found) == sum(len(rows) for rows, _ in batches)
    assert all(
        len(window.rows.data) >= limit or window.n_rows >= most_rows for window in found[:-1]
    )
    largest = max((len(batch.rows.data) for batch in hashed(batches)), default=0)
    longest = max((len(rows) for rows, _ in batches), default=0)
    for window in found:
        assert len(window.rows.data) < limit + largest or largest == 0
        assert window.n_rows < most_rows + longest or longest == 0
        assert len(window.targets) == window.rows.n_rows
        if window.weight is not None:
            assert len(window.weight) == window.rows.n_rows
    if found:
        whole = stacked([batch.rows for batch in hashed(batches)])
        again = stacked([window.rows for window in found])
        for name in ("data", "indices", "indptr"):
            np.testing.assert_array_equal(getattr(whole, name), getattr(again, name))


@given(BATCHES)
def test_codes_and_weights_of_the_rows(batches):
    labels = Labels()
    for window in windows(iter(hashed(batches)), labels):
        rows = [(row, with_weight) for batch, with_weight in batches for row in batch]
        expected = [(label, weight if known else 1) for (_, label, weight), known in rows]
        found = [None if code < 0 else labels.values[code] for code in window.targets]
        assert found == [label for label, _ in expected]
        if any(known for _, known in batches):
            assert window.weight.tolist() == [weight for _, weight in expected]
        else:
            assert window.weight is None


def test_no_batch_makes_no_window():
    assert list(windows(iter([]), Labels())) == []


def test_a_batch_without_a_target_is_unlabeled():
    batch = Batch(text_columns(pa.array(["ab", "cd"])), None, None, None, "memory", 0)
    (window,) = windows(iter([encode_batch(batch, SPEC)]), Labels())
    assert window.targets.tolist() == [-1, -1]


def test_a_null_weight_is_one():
    weight = pa.array([2.0, None], pa.float64())
    batch = Batch(text_columns(pa.array(["ab", "cd"])), None, weight, None, "memory", 0)
    assert encode_batch(batch, SPEC).weight.tolist() == [2.0, 1.0]
