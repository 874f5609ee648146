"""Word n-grams as slices of one text: tokens side by side, with a space after each."""

import numpy as np

from torrential.kernels.jit import kernel

SPACE = 32


@kernel
def join_tokens(text, tokens, n_documents, joined, at):
    """Copy the tokens to ``joined[at:]``, a space after each; the tokens then refer to it."""
    starts, lengths = tokens.starts, tokens.lengths
    for i in range(tokens.indptr[n_documents]):
        begin = starts[i]
        starts[i] = at
        for j in range(lengths[i]):
            joined[at + j] = text[begin + j]
        at += lengths[i]
        joined[at] = SPACE
        at += 1


@kernel
def word_ngrams(tokens, n_documents, n_known, min_n, max_n, grams):
    """Write runs of ``min_n`` to ``max_n`` joined tokens of each document to ``grams``.

    Those within the first ``n_known`` tokens of a document are left out.
    """
    starts, lengths = tokens.starts, tokens.lengths
    n_grams = 0
    for document in range(n_documents):
        first, last = tokens.indptr[document], tokens.indptr[document + 1]
        for n in range(min_n, max_n + 1):
            for i in range(max(first, first + n_known - n + 1), last - n + 1):
                end = i + n - 1
                grams.starts[n_grams] = starts[i]
                grams.lengths[n_grams] = starts[end] + lengths[end] - starts[i]
                n_grams += 1
        grams.indptr[document + 1] = n_grams


@kernel
def append_tokens(tokens, line, n_kept):
    """Append the tokens of the one document of ``tokens`` to the first ``n_kept`` of ``line``."""
    n_tokens = tokens.indptr[1]
    for i in range(n_tokens):
        line.starts[n_kept + i] = tokens.starts[i]
        line.lengths[n_kept + i] = tokens.lengths[i]
    line.indptr[1] = n_kept + n_tokens


@kernel
def keep_tokens(line, joined, n_tokens):
    """Move the last joined tokens of ``line``, this many at most, to the front of both.

    Return their number and their bytes.
    """
    starts, lengths, n_before = line.starts, line.lengths, line.indptr[1]
    n_kept = min(n_tokens, n_before)
    if n_kept == 0:
        return np.int64(0), np.int64(0)
    first, last = n_before - n_kept, n_before - 1
    begin, end = np.int64(starts[first]), np.int64(starts[last]) + lengths[last] + 1
    for i in range(begin, end):
        joined[i - begin] = joined[i]
    for i in range(n_kept):
        starts[i] = starts[first + i] - begin
        lengths[i] = lengths[first + i]
    return n_kept, end - begin
