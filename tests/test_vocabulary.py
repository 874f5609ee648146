"""The estimate of how many terms there are, against counting them."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from torrential.errors import ParameterError
from torrential.features.settings import HashSettings
from torrential.features.terms.vocabulary import Vocabulary
from torrential.features.text.hasher import hash_texts
from torrential.kernels.text import cardinality
from torrential.kernels.text.cardinality import N_REGISTERS

observe_hashes = cardinality.observe_hashes


def of_hashes(hashes):
    vocabulary = Vocabulary()
    registers = np.zeros(N_REGISTERS, np.uint8)
    observe_hashes(hashes, len(hashes), registers)
    vocabulary.update(registers)
    return vocabulary


@pytest.mark.parametrize("n_terms", [0, 1, 10, 1_000, 60_000, 150_000, 300_000, 1_000_000])
def test_estimate_is_within_two_percent(n_terms):
    rng = np.random.default_rng(n_terms)
    hashes = rng.choice(2**32, 2 * n_terms, replace=True).astype(np.uint32).view(np.int32)
    hashes = rng.permutation(np.unique(hashes))[:n_terms]
    # Of this many hashes; there are a few more terms, which share one.
    expected = -(2.0**32) * np.log1p(-len(hashes) / 2.0**32)
    assert of_hashes(hashes).n_terms() == pytest.approx(expected, rel=0.02)


def test_estimate_of_texts():
    words = [f"word{i}" for i in range(30_000)]
    text = pa.array([" ".join(words[i : i + 5]) for i in range(0, len(words), 3)])
    vocabulary = Vocabulary()
    for at in range(0, len(text), 1000):
        hashed = hash_texts(text.slice(at, 1000), HashSettings(), observe_terms=True)
        vocabulary.update(hashed.registers)
    assert vocabulary.n_terms() == pytest.approx(30_000, rel=0.02)


@given(st.lists(st.integers(-(2**31), 2**31 - 1)), st.lists(st.integers(-(2**31), 2**31 - 1)))
def test_merge_is_the_union(first, second):
    first, second = np.array(first, np.int32), np.array(second, np.int32)
    whole = of_hashes(np.concatenate([first, second, first])).registers
    assert (of_hashes(first).merge(of_hashes(second)).registers == whole).all()
    assert (of_hashes(second).merge(of_hashes(first)).registers == whole).all()


def test_merging_another_kind_is_refused():
    with pytest.raises(ParameterError, match="is not a Vocabulary"):
        Vocabulary().merge("words")
