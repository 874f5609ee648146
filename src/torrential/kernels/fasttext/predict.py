"""Prediction of the labels of texts: all of it in one kernel, so that threads run freely."""

import numpy as np

from torrential.kernels.constants import BLOCK
from torrential.kernels.fasttext.labels import probability_of, rank
from torrential.kernels.fasttext.model import MOST_HASHES, MOST_NGRAMS, MOST_ROWS, MOST_WORDS
from torrential.kernels.fasttext.rows import add_listed
from torrential.kernels.fasttext.vectors import find_spaces
from torrential.kernels.fasttext.words import add_words, ngram_row
from torrential.kernels.jit import lean_kernel
from torrential.kernels.simd import write_positions

ALL, ONE, TOP = np.uint64(2**64 - 1), np.uint64(1), np.uint64(63)

NGRAM_FACTOR = np.uint64(116049371)
HIGH = np.uint64(0xFFFFFFFF00000000)
SIGN = np.uint64(0x80000000)

END_HASH = 3617362777
"""Hash of ``</s>``."""


@lean_kernel
def predict_texts(
    model, text, offsets, first, last, k, codes, probabilities, wanted, named, scratch
):
    """Write the best labels of texts, and their probabilities.

    Parameters
    ----------
    model : Model
    text : uint8 array
        The bytes of all texts.
    offsets : int64 array
        Text i is ``text[offsets[i]:offsets[i + 1]]``; its end is the end of a line.
    first, last : int
        The first text, and the one after the last.
    k : int
        How many labels of each, at most their number.
    codes : int32 array of shape (n_texts, k)
        Receives numbers of labels, the best first.
    probabilities : float32 array of shape (n_texts, k)
        Receives their probabilities.
    wanted : int32 array of shape (n_wanted,)
        Labels whose probabilities are wanted whatever their place is.
    named : float32 array of shape (n_texts, n_wanted)
        Receives them.
    scratch : Scratch

    Returns
    -------
    n_texts : int
    """
    for i in range(first, last):
        _make_hidden(model, text, offsets[i], offsets[i + 1], scratch)
        rank(model, k, wanted, named[i], scratch)
        for j in range(k):
            codes[i, j] = scratch.heap_codes[j]
            probabilities[i, j] = probability_of(scratch.heap_scores[j])
    return last - first


@lean_kernel
def _make_hidden(model, text, begin, end, scratch):
    """Write the mean of the rows of a text to the hidden vector."""
    hidden = scratch.hidden
    for j in range(model.dim):
        hidden[j] = 0.0
    begins, ends = scratch.begins, scratch.ends
    n_begun = n_ended = n_hashes = n_added = 0
    is_over = False
    joined = np.uint64(0)
    for at in range(begin, end, BLOCK):
        spaces = _spaces_at(text, at, end, scratch.tail)
        words = ~spaces
        before = words << ONE | joined
        n_begun = write_positions(words & ~before, at - begin, begins, n_begun)
        n_ended = write_positions(spaces & before, at - begin, ends, n_ended)
        joined = words >> TOP
        if n_ended >= MOST_WORDS:
            n_hashes, n, is_over = add_words(model, text, begin, n_ended, n_hashes, scratch)
            n_added += n
            if is_over:
                break
            if n_hashes + MOST_WORDS + BLOCK >= MOST_HASHES:
                n_hashes, n = _add_ngrams(model, n_hashes, False, scratch)
                n_added += n
            begins[0] = begins[n_ended]  # of a word that goes on
            n_begun -= n_ended
            n_ended = 0
    if not is_over:
        ends[n_ended] = end - begin
        n_hashes, n, is_over = add_words(model, text, begin, n_begun, n_hashes, scratch)
        n_added += n
    if model.end >= 0:
        scratch.rows[0] = model.end
        add_listed(model.input, model.dim, scratch.rows, 1, hidden, scratch.factors)
        n_added += 1
    scratch.hashes[n_hashes] = END_HASH
    n_added += _add_ngrams(model, n_hashes + 1, True, scratch)[1]
    if n_added > 0:
        share = np.float32(1.0 / n_added)
        for j in range(model.dim):
            hidden[j] *= share


@lean_kernel
def _spaces_at(text, at, end, tail):
    """Return a mask of the bytes, among 64, that separate words or are after the end."""
    if at + BLOCK <= len(text):
        spaces = find_spaces(text, at)
    else:
        for i in range(end - at):
            tail[i] = text[at + i]
        spaces = find_spaces(tail, 0)
    if end - at < BLOCK:
        spaces |= ALL << np.uint64(end - at)
    return spaces


@lean_kernel
def _add_ngrams(model, n_hashes, is_end, scratch):
    """Add the n-grams of the kept words; keep those words that further ones may follow.

    Returns
    -------
    n_hashes : int
        Words that are kept still.
    n_added : int
    """
    if model.n_grams < 2 or model.pruning == 2:
        return 0, 0
    hashes, rows = scratch.hashes, scratch.rows
    n_words, pruning, kept = model.n_words, model.pruning, model.kept
    bucket = np.uint64(model.bucket)
    n_rows = n_added = 0
    n_first = n_hashes if is_end else n_hashes - model.n_grams + 1
    for i in range(n_first):
        state = _extended(hashes[i])
        for j in range(i + 1, min(n_hashes, i + model.n_grams)):
            state = state * NGRAM_FACTOR + _extended(hashes[j])
            row = ngram_row(np.int64(state % bucket), n_words, pruning, kept)
            if row >= 0:
                rows[n_rows] = row
                n_rows += 1
        if n_rows + MOST_NGRAMS > MOST_ROWS:
            add_listed(model.input, model.dim, rows, n_rows, scratch.hidden, scratch.factors)
            n_added += n_rows
            n_rows = 0
    add_listed(model.input, model.dim, rows, n_rows, scratch.hidden, scratch.factors)
    n_added += n_rows
    n_left = 0
    for i in range(max(n_first, 0), n_hashes):
        hashes[n_left] = hashes[i]
        n_left += 1
    return n_left, n_added


@lean_kernel
def _extended(key):
    """Return a hash of 32 bits as 64 bits, by its sign."""
    word = np.uint64(key)
    return word | HIGH if word & SIGN else word
