"""Windows of rows in an arena are those of copied rows, wherever the ring begins again."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from torrential.engine.batches import keyed, windows
from torrential.engine.batches.encoding import HashedBatch
from torrential.engine.batches.ring import Arena
from torrential.engine.batches.selection import Chosen, KeyedBatch, select
from torrential.engine.batches.shared_windows import SharedWindowBuilder
from torrential.engine.batches.windows import WindowBuilder
from torrential.engine.targets.labels import Encoded, Labels
from torrential.types import Csr

N_FEATURES = 100


def make_batch(random, n_rows, *, has_weight):
    lengths = random.integers(0, 9, n_rows)
    indptr = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    n = int(indptr[-1])
    indices = random.integers(0, N_FEATURES, n).astype(np.int32)
    rows = Csr(random.random(n, np.float32), indices, indptr, N_FEATURES)
    values = [str(i) for i in random.permutation(5)]
    target = Encoded(random.integers(-1, 5, n_rows).astype(np.int32), values)
    weight = random.random(n_rows, np.float32) if has_weight else None
    return KeyedBatch(HashedBatch(rows, target, weight, 10 * n_rows, 1, 2, 3), np.zeros(n_rows))


def contents(window, labels):
    """All that is learned of a window: rows with their labels and weights, in order."""
    chosen = np.flatnonzero(window.targets >= 0)
    rows = window.rows
    weight = np.ones(rows.n_rows, np.float32) if window.weight is None else window.weight
    return [
        (
            rows.data[rows.indptr[row] : rows.indptr[row + 1]].tolist(),
            rows.indices[rows.indptr[row] : rows.indptr[row + 1]].tolist(),
            labels.values[window.targets[row]],
            float(weight[row]),
        )
        for row in chosen
    ] + [(window.n_rows, window.n_unlabeled, window.n_bytes, window.n_malformed)]


@settings(deadline=None, max_examples=150)
@given(
    st.integers(0, 10**6),
    st.lists(st.integers(0, 40), min_size=1, max_size=30),
    st.lists(st.sampled_from([0.0, 0.05, 0.5, 0.8, 1.0]), min_size=1, max_size=4),
    st.booleans(),
    st.integers(1, 5),
    st.integers(10, 100),
)
def test_windows_are_those_of_copies(seed, sizes, shares, has_weight, at_once, most_rows):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(windows, "MAX_NONZEROS", 150)
        patch.setattr(windows, "MAX_ROWS", most_rows)
        patch.setattr(keyed, "VALUES_AT_ONCE", 100)
        random = np.random.default_rng(seed)
        batches = [make_batch(random, n, has_weight=has_weight) for n in sizes]
        choices = [
            [Chosen(np.flatnonzero(random.random(n) < share)) for n in sizes] for share in shares
        ]
        labels = [[Labels(), Labels()] for _ in shares]
        tenants = []
        arena = Arena(N_FEATURES, tenants)
        tenants += [SharedWindowBuilder(own[0], arena) for own in labels]
        copying = [WindowBuilder(own[1]) for own in labels]
        found = [[] for _ in shares]
        expected = [[] for _ in shares]

        def note(number, of_arena, of_copies):
            if of_arena is not None:
                found[number].append(contents(of_arena, labels[number][0]))
            if of_copies is not None:
                expected[number].append(contents(of_copies, labels[number][1]))

        for begin in range(0, len(batches), at_once):
            some = range(begin, min(begin + at_once, len(batches)))
            if sum(len(batches[i].hashed.rows.data) for i in some) > 100 + arena.size // 4:
                some_at_a_time = [[i] for i in some]  # as groups are: not much more than a limit
            else:
                some_at_a_time = [some]
            for part in some_at_a_time:
                placed = [arena.take(batches[i]) for i in part]
                for number, tenant in enumerate(tenants):
                    for i, batch in zip(part, placed, strict=True):
                        chosen = choices[number][i]
                        copied = None
                        if len(chosen.rows) > 0:
                            copied = copying[number].add(select(batches[i].hashed, chosen))
                        note(number, tenant.add(batch, chosen), copied)
        for number, tenant in enumerate(tenants):
            note(number, tenant.end(), copying[number].end())
            assert found[number] == expected[number]
            assert labels[number][0].values == labels[number][1].values
            assert tenant.oldest is None
