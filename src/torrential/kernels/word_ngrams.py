"""Word n-grams as slices of one text: tokens side by side, with a space after each."""

from numba import njit

SPACE = 32


@njit(cache=True, nogil=True)
def join_tokens(text, starts, lengths, n_tokens, joined):
    """Copy the tokens to ``joined``, a space after each; ``starts`` then are their places there."""
    at = 0
    for i in range(n_tokens):
        begin = starts[i]
        starts[i] = at
        for j in range(lengths[i]):
            joined[at + j] = text[begin + j]
        at += lengths[i]
        joined[at] = SPACE
        at += 1


@njit(cache=True, nogil=True)
def word_ngrams(starts, lengths, n_tokens, min_n, max_n, gram_starts, gram_lengths):
    """All runs of ``min_n`` to ``max_n`` joined tokens; returns their number."""
    n_grams = 0
    for n in range(min_n, max_n + 1):
        for i in range(n_tokens - n + 1):
            last = i + n - 1
            gram_starts[n_grams] = starts[i]
            gram_lengths[n_grams] = starts[last] + lengths[last] - starts[i]
            n_grams += 1
    return n_grams
