"""Word n-grams against slices of a list of tokens."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from torrential.kernels.text import terms
from torrential.kernels.text import word_ngrams as kernels

make_terms, join_tokens = terms.make_terms, kernels.join_tokens
word_ngrams = kernels.word_ngrams

TOKENS = st.lists(st.text("abé中", min_size=1, max_size=4), max_size=12)
RANGES = st.tuples(st.integers(1, 5), st.integers(0, 4)).map(lambda pair: (pair[0], sum(pair)))


@given(st.lists(TOKENS, min_size=1, max_size=4), RANGES)
def test_all_runs_of_tokens_of_each_document(documents, ngram_range):
    encoded = [token.encode() for tokens in documents for token in tokens]
    text = np.frombuffer(b"--".join(encoded), np.uint8)
    n = len(encoded)
    tokens = make_terms(n, len(documents))
    tokens.lengths[:n] = [len(token) for token in encoded]
    tokens.starts[:n] = np.cumsum([0, *(tokens.lengths[:n] + 2)])[:-1]
    tokens.indptr[1:] = np.cumsum([len(tokens) for tokens in documents])
    joined = np.zeros(len(text) + 1, np.uint8)
    join_tokens(text, tokens, len(documents), joined, 0)
    grams = make_terms(n * (ngram_range[1] - ngram_range[0] + 1), len(documents))
    word_ngrams(tokens, len(documents), 0, *ngram_range, grams)
    for i, document in enumerate(documents):
        of_document = slice(grams.indptr[i], grams.indptr[i + 1])
        places = zip(grams.starts[of_document], grams.lengths[of_document])
        assert [bytes(joined[start : start + size]).decode() for start, size in places] == [
            " ".join(document[k : k + size])
            for size in range(ngram_range[0], ngram_range[1] + 1)
            for k in range(len(document) - size + 1)
        ]
