"""From documents to hashed sparse rows, a section of some documents after the other.

::

    text --normalise--> lower case, word bits --find--> terms --hash--> --merge--> rows

Everything a section needs on its way stands in scratch arrays that stay in the cache. Each step
is done for all documents of a section before the next one, so that short documents cost no more
than long ones.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from torrential.kernels.char_ngrams import char_ngrams, max_char_ngrams
from torrential.kernels.constants import BLOCK, SLOTS
from torrential.kernels.merge import make_entries, make_slots, merge_duplicates, write_row
from torrential.kernels.murmur import PADDING, hash_tokens
from torrential.kernels.stop_words import drop_stop_words
from torrential.kernels.terms import make_terms
from torrential.kernels.tokens import drop_single_characters, find_tokens, mark_documents
from torrential.kernels.unicode import normalise
from torrential.kernels.word_ngrams import join_tokens, word_ngrams

WORD, CHAR, CHAR_WB = 0, 1, 2
ANALYZERS = {"word": WORD, "char": CHAR, "char_wb": CHAR_WB}

SECTION_BYTES = 1 << 15
"""Text of a section, where its first document is not longer: the scratch fits the L2 cache."""

SECTION_DOCUMENTS = 1 << 10
"""Most documents of a section."""

BLOCK_BITS = 6
NONE, ONE = np.uint64(0), np.uint64(1)


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


class Documents(NamedTuple):
    """Texts side by side: document i is ``source[offsets[i] : offsets[i + 1]]``.

    Those from ``first_in_tail`` on stand in ``tail``, which goes on for PADDING bytes after the
    last, since text is read in blocks; the others end as many bytes before the source does.
    ``classes`` and ``lower`` are the tables of Unicode; they are empty where all text is ASCII and
    only its words are asked for.
    """

    source: np.ndarray
    offsets: np.ndarray
    tail: np.ndarray
    first_in_tail: int
    classes: np.ndarray
    lower: np.ndarray


class Section(NamedTuple):
    """Some documents, normalised: document i is ``text[bounds[i] : bounds[i + 1]]``.

    ``words`` has a bit for each byte: whether it belongs to a word character, and ``beyond``:
    whether it is not ASCII. ``firsts`` and ``begun`` are scratch for finding tokens; n-grams are
    slices of ``joined``.
    """

    text: np.ndarray
    bounds: np.ndarray
    words: np.ndarray
    beyond: np.ndarray
    firsts: np.ndarray
    begun: np.ndarray
    joined: np.ndarray


class Merging(NamedTuple):
    """Scratch for merging: entries of all terms, and the table and the row of one document."""

    entries: np.ndarray
    slots: np.ndarray
    row: np.ndarray


class Rows(NamedTuple):
    """What is made: row i has ``indices[indptr[i] : indptr[i + 1]]``, and ``data`` likewise."""

    indices: np.ndarray
    data: np.ndarray
    indptr: np.ndarray


@njit(cache=True, nogil=True)
def _make_section(size, n_documents, classes):
    """Room for so many documents of so many bytes together."""
    n_bytes = size * (3 if len(classes) > 0 else 1)  # a byte that is not valid becomes three
    n_blocks = n_bytes // BLOCK + 4
    return Section(
        np.empty(n_bytes + 2 * BLOCK + PADDING, np.uint8),
        np.empty(n_documents + 1, np.int64),
        np.empty(n_blocks, np.uint64),
        np.empty(n_blocks, np.uint64),
        np.empty(n_blocks, np.uint64),
        np.empty(n_blocks, np.int64),
        np.empty(3 * n_bytes + 2 * n_documents + PADDING, np.uint8),
    )


@njit(cache=True, nogil=True)
def _make_merging(n_terms):
    return Merging(
        np.empty(n_terms, np.uint64), make_slots(n_terms), np.empty(n_terms + SLOTS, np.uint64)
    )


@njit(cache=True, nogil=True)
def max_terms(n_bytes, n_documents, analyzer, min_n, max_n):
    """Most terms that so many documents of so many bytes together can have."""
    if analyzer == WORD:
        return (n_bytes // 2 + n_documents) * (max_n - min_n + 1)
    return max_char_ngrams(n_bytes, n_documents, min_n, max_n)


@njit(cache=True, nogil=True)
def _append_rows(text, terms, n_documents, recipe, merging, first, rows):
    """Hash and merge the terms of some documents, the first of which is number ``first``."""
    # Taken out of their tuples before the loop: each time counts a reference, which is slow.
    entries, slots, row = merging.entries, merging.slots, merging.row
    indices, data = rows.indices, rows.data
    indptr, ends = terms.indptr, rows.indptr
    n_terms = indptr[n_documents]
    hash_tokens(text, terms.starts, terms.lengths, n_terms, recipe.seed, terms.hashes)
    make_entries(terms.hashes, n_terms, recipe.n_features, recipe.alternate_sign, entries)
    at = ends[first]
    for i in range(n_documents):
        n_unique = merge_duplicates(
            entries, indptr[i], indptr[i + 1], recipe.n_features, slots, row
        )
        write_row(row, n_unique, recipe.binary, recipe.norm, indices, data, at)
        at += n_unique
        ends[first + i + 1] = at


@njit(cache=True, nogil=True)
def _longest(offsets):
    longest = 0
    for i in range(len(offsets) - 1):
        longest = max(longest, offsets[i + 1] - offsets[i])
    return longest


@njit(cache=True, nogil=True)
def _choose(source, base, offsets, first, last):
    """Choose how many documents from ``first`` on, before ``last``, make up a section.

    None but the first begins with a byte that would go on with the last letter of another.
    """
    n = 1
    most = min(last - first, SECTION_DOCUMENTS)
    end = offsets[first] + SECTION_BYTES
    while n < most and offsets[first + n + 1] <= end:
        begin = offsets[first + n]
        if source[begin - base] & 0xC0 == 0x80:
            break
        n += 1
    return n


@njit(cache=True, nogil=True)
def _normalise_alone(source, begin, end, documents, lowercase, section):
    """Bring one document to the section; return whether it is ill-formed."""
    _, n_bytes, n_invalid = normalise(
        source,
        begin,
        end,
        lowercase,
        False,
        documents.classes,
        documents.lower,
        section.text,
        section.words,
        section.beyond,
    )
    section.bounds[0] = 0
    section.bounds[1] = n_bytes
    return np.int64(n_invalid > 0)


@njit(cache=True, nogil=True)
def _cut(section, n_bytes):
    """Clear the bits of what stands behind the first ``n_bytes``."""
    block = n_bytes >> BLOCK_BITS
    section.words[block] &= (ONE << np.uint64(n_bytes & (BLOCK - 1))) - ONE
    section.words[block + 1] = NONE


@njit(cache=True, nogil=True)
def _normalise(documents, first, lowercase, section):
    """Bring the next documents, from number ``first`` on, to ``section``.

    Those that keep their places are done all at once, one that does not by itself. Return their
    number, and how many are not valid UTF-8.
    """
    source, base, last = documents.source, 0, documents.first_in_tail
    if first >= documents.first_in_tail:
        source, base = documents.tail, documents.offsets[documents.first_in_tail]
        last = len(documents.offsets) - 1
    offsets = documents.offsets
    n = _choose(source, base, offsets, first, last)
    begin = offsets[first]
    n_read, _, _ = normalise(
        source,
        begin - base,
        offsets[first + n] - base,
        lowercase,
        True,
        documents.classes,
        documents.lower,
        section.text,
        section.words,
        section.beyond,
    )
    if n_read < offsets[first + n] - begin:
        n = 0
        while offsets[first + n + 1] - begin <= n_read:
            n += 1
        if n == 0:
            end = offsets[first + 1]
            return 1, _normalise_alone(
                source, begin - base, end - base, documents, lowercase, section
            )
        _cut(section, offsets[first + n] - begin)
    for i in range(n + 1):
        section.bounds[i] = offsets[first + i] - begin
    return n, 0


@njit(cache=True, nogil=True)
def _find_tokens(section, n_documents, tokens):
    """Find the words of two or more characters of each document."""
    words, firsts, begun, bounds = section.words, section.firsts, section.begun, section.bounds
    mark_documents(bounds, n_documents, firsts)
    find_tokens(words, firsts, begun, bounds, n_documents, tokens)
    drop_single_characters(section.text, section.beyond, words, begun, bounds, n_documents, tokens)


@njit(cache=True, nogil=True)
def hash_words(documents, recipe, stop_words, indices, data, indptr):
    """Write the rows of all documents by their words; returns how many are not valid UTF-8.

    ``indices`` and ``data`` have room for :func:`max_terms` of all documents.
    """
    size = max(_longest(documents.offsets), SECTION_BYTES)
    n_documents = min(len(indptr) - 1, SECTION_DOCUMENTS)
    n_terms = max_terms(size, n_documents, WORD, recipe.min_n, recipe.max_n)
    section = _make_section(size, n_documents, documents.classes)
    tokens = make_terms(max_terms(size, n_documents, WORD, 1, 1), n_documents)
    grams = make_terms(n_terms if recipe.max_n > 1 else 0, n_documents)
    merging = _make_merging(n_terms)
    rows = Rows(indices, data, indptr)
    n_invalid = 0
    first = 0
    while first < len(indptr) - 1:
        n, n_odd = _normalise(documents, first, recipe.lowercase, section)
        n_invalid += n_odd
        _find_tokens(section, n, tokens)
        if len(stop_words.slots) > 0:
            drop_stop_words(section.text, tokens, n, stop_words)
        if recipe.max_n == 1:
            _append_rows(section.text, tokens, n, recipe, merging, first, rows)
        else:
            join_tokens(section.text, tokens, n, section.joined)
            word_ngrams(tokens, n, recipe.min_n, recipe.max_n, grams)
            _append_rows(section.joined, grams, n, recipe, merging, first, rows)
        first += n
    return n_invalid


@njit(cache=True, nogil=True)
def hash_characters(documents, recipe, indices, data, indptr):
    """Write the rows of all documents by their character n-grams; else as :func:`hash_words`."""
    size = max(_longest(documents.offsets), SECTION_BYTES)
    n_documents = min(len(indptr) - 1, SECTION_DOCUMENTS)
    n_terms = max_terms(size, n_documents, recipe.analyzer, recipe.min_n, recipe.max_n)
    section = _make_section(size, n_documents, documents.classes)
    grams = make_terms(n_terms, n_documents)
    merging = _make_merging(n_terms)
    rows = Rows(indices, data, indptr)
    n_invalid = 0
    first = 0
    while first < len(indptr) - 1:
        n, n_odd = _normalise(documents, first, recipe.lowercase, section)
        n_invalid += n_odd
        char_ngrams(
            section.text,
            section.bounds,
            n,
            documents.classes,
            recipe.min_n,
            recipe.max_n,
            recipe.analyzer == CHAR_WB,
            section.joined,
            grams,
        )
        _append_rows(section.joined, grams, n, recipe, merging, first, rows)
        first += n
    return n_invalid


@njit(cache=True, nogil=True)
def hash_terms(text, starts, lengths, document_indptr, recipe, indices, data, indptr):
    """Write the rows of documents whose terms are given.

    Document i has terms ``document_indptr[i]`` to ``document_indptr[i + 1]``, term j is
    ``text[starts[j] : starts[j] + lengths[j]]``; ``text`` goes on for PADDING bytes.
    """
    n_documents = len(document_indptr) - 1
    n_terms = document_indptr[n_documents]
    terms = make_terms(n_terms, n_documents)
    for j in range(n_terms):
        terms.starts[j] = starts[j]
        terms.lengths[j] = lengths[j]
    for i in range(n_documents + 1):
        terms.indptr[i] = document_indptr[i]
    merging = _make_merging(n_terms)
    _append_rows(text, terms, n_documents, recipe, merging, 0, Rows(indices, data, indptr))
