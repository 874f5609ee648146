"""MurmurHash3 of groups of tokens against scikit-learn's."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.utils import murmurhash3_32

from torrential.kernels.constants import LANES
from torrential.kernels.text import murmur
from torrential.kernels.text.murmur import LONG, PADDING

hash_tokens, murmur3 = murmur.hash_tokens, murmur.murmur3

SEEDS = st.integers(0, 2**32 - 1) | st.sampled_from([0, 1, 2**31 - 1, 2**31, 2**32 - 1])


def hashes_of(tokens, seed, filler=b"\xff"):
    """Hash adjacent tokens, and return the murmur3 of each alone, too."""
    text = np.frombuffer(b"".join(tokens) + filler * PADDING, np.uint8)
    sizes = [len(token) for token in tokens]
    room = len(tokens) + LANES
    starts, lengths = np.empty((2, room), np.int32)
    lengths[: len(tokens)] = sizes
    starts[: len(tokens)] = np.cumsum([0, *sizes])[:-1]
    each = [murmur3(text, int(s), int(n), seed) for s, n in zip(starts, lengths[: len(tokens)])]
    hashes = np.empty(room, np.int32)
    hash_tokens(text, starts, lengths, len(tokens), seed, hashes)
    return hashes[: len(tokens)].tolist(), each


@pytest.mark.parametrize("seed", [0, 1, 42, 2**31 - 1, 2**31, 2**32 - 1])
def test_all_sizes(seed):
    random = np.random.default_rng(0)
    tokens = [random.bytes(size) for size in range(201)]
    found, each = hashes_of(tokens, seed)
    assert found == each == [murmurhash3_32(token, seed=seed) for token in tokens]


@given(st.lists(st.binary(max_size=LONG + 20), max_size=40), SEEDS)
def test_groups(tokens, seed):
    found, each = hashes_of(tokens, seed)
    assert found == each == [murmurhash3_32(token, seed=seed) for token in tokens]


@given(st.lists(st.binary(max_size=200), max_size=20))
def test_bytes_past_a_token_do_not_count(tokens):
    assert hashes_of(tokens, 0, b"\0") == hashes_of(tokens, 0, b"\xff")
