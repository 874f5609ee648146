"""Word n-grams as slices of one text: tokens side by side, with a space after each."""

from numba import njit

SPACE = 32


@njit(cache=True, nogil=True)
def join_tokens(text, tokens, n_documents, joined):
    """Copy the tokens to ``joined``, a space after each, where they then are slices of it."""
    starts, lengths = tokens.starts, tokens.lengths
    at = 0
    for i in range(tokens.indptr[n_documents]):
        begin = starts[i]
        starts[i] = at
        for j in range(lengths[i]):
            joined[at + j] = text[begin + j]
        at += lengths[i]
        joined[at] = SPACE
        at += 1


@njit(cache=True, nogil=True)
def word_ngrams(tokens, n_documents, min_n, max_n, grams):
    """Write all runs of ``min_n`` to ``max_n`` joined tokens of each document to ``grams``."""
    starts, lengths = tokens.starts, tokens.lengths
    n_grams = 0
    for document in range(n_documents):
        first, last = tokens.indptr[document], tokens.indptr[document + 1]
        for n in range(min_n, max_n + 1):
            for i in range(first, last - n + 1):
                end = i + n - 1
                grams.starts[n_grams] = starts[i]
                grams.lengths[n_grams] = starts[end] + lengths[end] - starts[i]
                n_grams += 1
        grams.indptr[document + 1] = n_grams
