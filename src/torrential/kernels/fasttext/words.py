"""Words of a text: their hashes, their entries, and the rows of their n-grams of characters."""

import numpy as np

from torrential.kernels.fasttext.dictionary import (
    ask_for_entries,
    find_entry,
    first_slot,
    kept_row,
)
from torrential.kernels.fasttext.hashing import FIRST, hash_of, hash_on
from torrential.kernels.fasttext.keeping import is_kept, keep, place_of
from torrential.kernels.fasttext.model import KEPT_ROWS, MOST_ROWS, STARTS
from torrential.kernels.fasttext.rows import add_listed
from torrential.kernels.jit import lean_kernel
from torrential.kernels.prefetch import prefetch
from torrential.kernels.simd import load32

END = 0x3E732F3C
"""The four bytes of ``</s>``, little-endian."""

LABEL = tuple(b"__label__")
BEGIN_OF_WORD, END_OF_WORD = ord("<"), ord(">")

PRUNED, NO_NGRAMS = 1, 2


@lean_kernel
def is_end(text, begin, end):
    """Return whether a word is ``</s>``, which ends the line."""
    return end - begin == 4 and load32(text, begin) == END


@lean_kernel
def _is_unknown_label(text, begin, end):
    if end - begin < len(LABEL):
        return False
    n_alike = 0
    while n_alike < len(LABEL) and text[begin + n_alike] == LABEL[n_alike]:
        n_alike += 1
    return n_alike == len(LABEL)


@lean_kernel
def add_words(model, text, base, n, n_hashes, scratch):
    """Add the rows of words of a text to the hidden vector, and list their hashes.

    Parameters
    ----------
    model : Model
    text : uint8 array
    base : int
        First byte of the text.
    n : int
        Words that the scratch has the places of.
    n_hashes : int
        Hashes that are listed already.
    scratch : Scratch

    Returns
    -------
    n_hashes : int
    n_added : int
        Rows that were added.
    is_over : bool
        Whether the line has ended.
    """
    begins, ends, keys, hashes = scratch.begins, scratch.ends, scratch.keys, scratch.hashes
    rows, most, slots = scratch.rows, model.most, model.slots
    is_over = False
    for i in range(n):
        begin, end = base + np.int64(begins[i]), base + np.int64(ends[i])
        key = hash_of(text, begin, end)
        keys[i] = key
        if is_end(text, begin, end):
            n, is_over = i, True
            break
        if most > 0:
            place = place_of(key, scratch.tags)
            prefetch(scratch.tags, place)
            prefetch(scratch.spelled, place * scratch.spelled.shape[1])
            prefetch(scratch.counts, place * 2)
            prefetch(scratch.kept_rows, place * KEPT_ROWS)
        else:
            prefetch(slots, first_slot(key, slots))
    if most == 0:
        ask_for_entries(model.file, slots, model.starts, keys, n)
    step = STARTS // max(most, 1)
    n_rows = n_added = 0
    for i in range(n):
        begin, end, key = base + np.int64(begins[i]), base + np.int64(ends[i]), keys[i]
        if n_rows + STARTS >= MOST_ROWS:  # also for its own row
            add_listed(model.input, model.dim, rows, n_rows, scratch.hidden, scratch.factors)
            n_rows = 0
        place = place_of(key, scratch.tags)
        if most > 0 and is_kept(
            text, begin, end, key, place, scratch.tags, scratch.spelled, scratch.counts
        ):
            n_of_word = np.int64(scratch.counts[place, 0])
            for j in range(n_of_word):
                rows[n_rows + j] = scratch.kept_rows[place, j]
            n_rows += n_of_word
            n_added += n_of_word
            hashes[n_hashes] = key
            n_hashes += 1
            continue
        entry = find_entry(model.file, slots, model.starts, text, begin, end - begin, key)
        if entry >= model.n_words or (entry < 0 and _is_unknown_label(text, begin, end)):
            continue
        hashes[n_hashes] = key
        n_hashes += 1
        first = n_rows
        if entry >= 0:
            rows[n_rows] = entry
            n_rows += 1
        if most > 0 and model.pruning != NO_NGRAMS:
            size = end - begin + 2
            for start in range(0, size, step):
                if n_rows + STARTS > MOST_ROWS:
                    add_listed(
                        model.input, model.dim, rows, n_rows, scratch.hidden, scratch.factors
                    )
                    n_added += n_rows - first
                    n_rows = first = 0
                stop = min(start + step, size)
                n_rows = _list_ngrams(
                    text,
                    begin,
                    size,
                    start,
                    stop,
                    model.least,
                    most,
                    model.bucket,
                    model.n_words,
                    model.pruning,
                    model.kept,
                    rows,
                    n_rows,
                )
            if size <= step:
                keep(
                    text,
                    begin,
                    end,
                    key,
                    place,
                    rows,
                    first,
                    n_rows,
                    scratch.tags,
                    scratch.spelled,
                    scratch.counts,
                    scratch.kept_rows,
                )
        n_added += n_rows - first
    add_listed(model.input, model.dim, rows, n_rows, scratch.hidden, scratch.factors)
    return n_hashes, n_added, is_over


@lean_kernel
def ngram_row(bucket, n_words, pruning, kept):
    """Return the row of an n-gram by its bucket; -1 if it is left out."""
    if pruning == NO_NGRAMS:
        return -1
    if pruning == PRUNED:
        row = kept_row(kept, bucket)
        return -1 if row < 0 else n_words + row
    return n_words + bucket


@lean_kernel
def _list_ngrams(
    text, begin, size, start, stop, least, most, bucket, n_words, pruning, kept, rows, n_rows
):
    """List the rows of n-grams of the characters of a word, which is put between "<" and ">".

    Parameters
    ----------
    text : uint8 array
    begin, size : int
        First byte of the word, and how many it has with its marks.
    start, stop : int
        Where the n-grams begin.
    least, most, bucket, n_words, pruning, kept
        As in the model.
    rows : int32 array
    n_rows : int
        Rows that are listed already.

    Returns
    -------
    n_rows : int
    """
    n_before = n_rows
    for first in range(start, stop):
        byte = _byte_of(text, begin, size, first)
        if byte & 0xC0 == 0x80:
            continue
        state = FIRST
        at, n = first, 1
        while at < size and n <= most:
            state = hash_on(state, byte)
            at += 1
            while at < size:
                byte = _byte_of(text, begin, size, at)
                if byte & 0xC0 != 0x80:
                    break
                state = hash_on(state, byte)
                at += 1
            if n >= least and not (n == 1 and (first == 0 or at == size)):
                rows[n_rows] = state % bucket
                if pruning == PRUNED:
                    prefetch(kept, first_slot(state % bucket, kept))
                n_rows += 1
            n += 1
    n_buckets, n_rows = n_rows, n_before
    for i in range(n_before, n_buckets):
        row = ngram_row(np.int64(rows[i]), n_words, pruning, kept)
        if row >= 0:
            rows[n_rows] = row
            n_rows += 1
    return n_rows


@lean_kernel
def _byte_of(text, begin, size, at):
    """Return a byte of a word between its marks."""
    if at == 0:
        return np.int64(BEGIN_OF_WORD)
    if at == size - 1:
        return np.int64(END_OF_WORD)
    return np.int64(text[begin + at - 1])
