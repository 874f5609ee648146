"""Word n-grams against slices of a list of tokens."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from torrential.kernels.word_ngrams import join_tokens, word_ngrams

TOKENS = st.lists(st.text("abé中", min_size=1, max_size=4), max_size=12)
RANGES = st.tuples(st.integers(1, 5), st.integers(0, 4)).map(lambda pair: (pair[0], sum(pair)))


@given(TOKENS, RANGES)
def test_all_runs_of_tokens(tokens, ngram_range):
    encoded = [token.encode() for token in tokens]
    text = np.frombuffer(b"--".join(encoded), np.uint8)
    lengths = np.array([len(token) for token in encoded], np.int32)
    starts = np.cumsum([0, *(lengths + 2)])[:-1].astype(np.int64)
    joined = np.zeros(len(text) + 1, np.uint8)
    join_tokens(text, starts, lengths, len(tokens), joined)
    room = len(tokens) * (ngram_range[1] - ngram_range[0] + 1)
    gram_starts, gram_lengths = np.zeros(room, np.int64), np.zeros(room, np.int32)
    n = word_ngrams(starts, lengths, len(tokens), *ngram_range, gram_starts, gram_lengths)
    found = [
        bytes(joined[s : s + size]).decode() for s, size in zip(gram_starts[:n], gram_lengths[:n])
    ]
    assert found == [
        " ".join(tokens[i : i + size])
        for size in range(ngram_range[0], ngram_range[1] + 1)
        for i in range(len(tokens) - size + 1)
    ]
