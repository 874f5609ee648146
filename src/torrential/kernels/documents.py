"""From documents to hashed sparse rows, one after the other.

::

    text --normalise--> lower case, word bits --find--> terms --hash--> --merge--> row

Everything a document needs on its way stands in scratch arrays that stay in the cache.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from torrential.kernels.char_ngrams import char_ngrams, max_char_ngrams
from torrential.kernels.constants import BLOCK, LANES
from torrential.kernels.merge import (
    columns_and_signs,
    merge_duplicates,
    sort_merged,
    table_room,
    write_row,
)
from torrential.kernels.murmur import PADDING, hash_tokens
from torrential.kernels.stop_words import drop_stop_words
from torrential.kernels.tokens import drop_single_characters, find_tokens, normalise_ascii
from torrential.kernels.unicode import ASCII_CASE_BIT, normalise_utf8
from torrential.kernels.word_ngrams import join_tokens, word_ngrams

WORD, CHAR, CHAR_WB = 0, 1, 2
ANALYZERS = {"word": WORD, "char": CHAR, "char_wb": CHAR_WB}


class Recipe(NamedTuple):
    """How documents become rows; ``analyzer`` and ``norm`` are codes, by ANALYZERS and NORMS."""

    analyzer: int
    min_n: int
    max_n: int
    lowercase: bool
    n_features: int
    alternate_sign: bool
    binary: bool
    norm: int
    seed: int
    sort: bool


class Documents(NamedTuple):
    """Texts side by side: document i is ``source[offsets[i] : offsets[i + 1]]``.

    Those from ``first_in_tail`` on stand in ``tail``, which goes on for 64 bytes after the last,
    since text is read in blocks. ``classes`` and ``lower`` are the tables of Unicode; they are
    empty where all text is ASCII and only its words are asked for.
    """

    source: np.ndarray
    offsets: np.ndarray
    tail: np.ndarray
    first_in_tail: int
    classes: np.ndarray
    lower: np.ndarray


class Texts(NamedTuple):
    """Scratch for one document, normalised; ``slices`` is what its n-grams are slices of."""

    text: np.ndarray
    words: np.ndarray
    slices: np.ndarray


class Terms(NamedTuple):
    """Scratch for the terms of one document."""

    starts: np.ndarray
    ends: np.ndarray
    lengths: np.ndarray
    hashes: np.ndarray


class Merging(NamedTuple):
    """Scratch for merging the terms of one document."""

    columns: np.ndarray
    signs: np.ndarray
    slots: np.ndarray
    unique: np.ndarray
    sums: np.ndarray


@njit(cache=True, nogil=True)
def _make_terms(n_terms):
    room = n_terms + 2 * LANES
    return Terms(
        np.empty(room, np.int64),
        np.empty(room, np.int64),
        np.empty(room, np.int32),
        np.empty(room, np.int32),
    )


@njit(cache=True, nogil=True)
def _make_merging(n_terms):
    room = n_terms + 2
    return Merging(
        np.empty(room, np.int32),
        np.empty(room, np.int32),
        np.empty(table_room(n_terms), np.int32),
        np.empty(room, np.int32),
        np.empty(room, np.int32),
    )


@njit(cache=True, nogil=True)
def max_terms(n_bytes, analyzer, min_n, max_n):
    """Most terms that a document of so many bytes can have."""
    if analyzer == WORD:
        return (n_bytes // 2 + 1) * (max_n - min_n + 1)
    return max_char_ngrams(n_bytes, min_n, max_n)


@njit(cache=True, nogil=True)
def _append_row(text, terms, n_terms, recipe, merging, indices, data, at):
    """Hash and merge the terms of one document; returns where its row ends."""
    hash_tokens(text, terms.starts, terms.lengths, n_terms, recipe.seed, terms.hashes)
    columns_and_signs(
        terms.hashes,
        n_terms,
        recipe.n_features,
        recipe.alternate_sign,
        merging.columns,
        merging.signs,
    )
    n_unique = merge_duplicates(
        merging.columns,
        merging.signs,
        n_terms,
        recipe.n_features,
        merging.slots,
        merging.unique,
        merging.sums,
    )
    if recipe.sort:
        sort_merged(
            merging.slots,
            n_unique,
            merging.unique,
            merging.sums,
            merging.columns,
            merging.signs,
        )
    write_row(merging.unique, merging.sums, n_unique, recipe.binary, recipe.norm, indices, data, at)
    return at + n_unique


@njit(cache=True, nogil=True)
def _make_texts(longest, classes):
    """Scratch for the longest document, normalised: its bytes, its word bits, and its slices."""
    n_bytes = longest * (3 if len(classes) > 0 else 1)  # a byte that is not valid becomes three
    return Texts(
        np.empty(n_bytes + 2 * BLOCK + PADDING, np.uint8),
        np.empty(n_bytes // BLOCK + 4, np.uint64),
        np.empty(3 * n_bytes + PADDING, np.uint8),
    )


@njit(cache=True, nogil=True)
def _longest(offsets):
    longest = 0
    for i in range(len(offsets) - 1):
        longest = max(longest, offsets[i + 1] - offsets[i])
    return longest


@njit(cache=True, nogil=True)
def _normalise(documents, i, lowercase, texts):
    """Bring document i to ``texts.text``; return its size, whether it is ASCII, and is invalid."""
    here = documents.source
    begin = documents.offsets[i]
    end = documents.offsets[i + 1]
    if i >= documents.first_in_tail:
        here = documents.tail
        begin -= documents.offsets[documents.first_in_tail]
        end -= documents.offsets[documents.first_in_tail]
    case_bit = ASCII_CASE_BIT if lowercase else 0
    if normalise_ascii(here, begin, end, case_bit, texts.text, texts.words):
        return end - begin, True, False
    n_bytes, n_invalid = normalise_utf8(
        here, begin, end, lowercase, documents.classes, documents.lower, texts.text, texts.words
    )
    return n_bytes, False, n_invalid > 0


@njit(cache=True, nogil=True)
def hash_words(documents, recipe, stop_words, indices, data, indptr):
    """Write the rows of all documents by their words; returns how many are not valid UTF-8.

    ``indices`` and ``data`` have room for :func:`max_terms` of each document.
    """
    longest = _longest(documents.offsets)
    n_terms = max_terms(longest, WORD, recipe.min_n, recipe.max_n)
    texts = _make_texts(longest, documents.classes)
    tokens = _make_terms(max_terms(longest, WORD, 1, 1))
    grams = _make_terms(n_terms if recipe.max_n > 1 else 0)
    merging = _make_merging(n_terms)
    n_invalid = 0
    at = 0
    for i in range(len(indptr) - 1):
        n_bytes, is_ascii, is_invalid = _normalise(documents, i, recipe.lowercase, texts)
        n_invalid += is_invalid
        n = find_tokens(texts.words, n_bytes, tokens.starts, tokens.ends, tokens.lengths)
        if not is_ascii:
            n = drop_single_characters(texts.text, tokens.starts, tokens.lengths, n)
        if len(stop_words.slots) > 0:
            n = drop_stop_words(texts.text, tokens.starts, tokens.lengths, n, stop_words)
        if recipe.max_n == 1:
            at = _append_row(texts.text, tokens, n, recipe, merging, indices, data, at)
        else:
            join_tokens(texts.text, tokens.starts, tokens.lengths, n, texts.slices)
            n = word_ngrams(
                tokens.starts,
                tokens.lengths,
                n,
                recipe.min_n,
                recipe.max_n,
                grams.starts,
                grams.lengths,
            )
            at = _append_row(texts.slices, grams, n, recipe, merging, indices, data, at)
        indptr[i + 1] = at
    return n_invalid


@njit(cache=True, nogil=True)
def hash_characters(documents, recipe, indices, data, indptr):
    """Write the rows of all documents by their character n-grams; else as :func:`hash_words`."""
    longest = _longest(documents.offsets)
    n_terms = max_terms(longest, recipe.analyzer, recipe.min_n, recipe.max_n)
    texts = _make_texts(longest, documents.classes)
    grams = _make_terms(n_terms)
    merging = _make_merging(n_terms)
    n_invalid = 0
    at = 0
    for i in range(len(indptr) - 1):
        n_bytes, _, is_invalid = _normalise(documents, i, recipe.lowercase, texts)
        n_invalid += is_invalid
        n = char_ngrams(
            texts.text,
            n_bytes,
            documents.classes,
            recipe.min_n,
            recipe.max_n,
            recipe.analyzer == CHAR_WB,
            texts.slices,
            grams.starts,
            grams.lengths,
        )
        at = _append_row(texts.slices, grams, n, recipe, merging, indices, data, at)
        indptr[i + 1] = at
    return n_invalid


@njit(cache=True, nogil=True)
def hash_terms(text, starts, lengths, document_indptr, recipe, indices, data, indptr):
    """Write the rows of documents whose terms are given.

    Document i has terms ``document_indptr[i]`` to ``document_indptr[i + 1]``, term j is
    ``text[starts[j] : starts[j] + lengths[j]]``; ``text`` goes on for PADDING bytes.
    """
    most = _longest(document_indptr)
    terms = _make_terms(most)
    merging = _make_merging(most)
    end_of_row = 0
    for i in range(len(document_indptr) - 1):
        first = document_indptr[i]
        n = document_indptr[i + 1] - first
        for j in range(n):
            terms.starts[j] = starts[first + j]
            terms.lengths[j] = lengths[first + j]
        end_of_row = _append_row(text, terms, n, recipe, merging, indices, data, end_of_row)
        indptr[i + 1] = end_of_row
