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

from torrential.kernels.cardinality import observe_hashes
from torrential.kernels.char_ngrams import (
    char_ngrams,
    max_char_ngrams,
    ngrams_of_piece,
    pad_document,
)
from torrential.kernels.constants import LANES, SLOTS
from torrential.kernels.merge import (
    make_entries,
    make_slots,
    merge_duplicates,
    write_row,
    write_sublinear_row,
)
from torrential.kernels.murmur import hash_tokens
from torrential.kernels.sections import (
    SECTION_BYTES,
    SECTION_DOCUMENTS,
    longest_document,
    make_section,
    normalise_section,
)
from torrential.kernels.stop_words import drop_stop_words
from torrential.kernels.term_table import CHECK_SEED, MAX_NAME, count_terms, with_room
from torrential.kernels.terms import make_terms
from torrential.kernels.tokens import drop_single_characters, find_tokens, mark_documents
from torrential.kernels.word_ngrams import join_tokens, word_ngrams

LONG_DOCUMENT = 1 << 17
"""Bytes of a text from which on its character n-grams are found in pieces."""

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
    sublinear_tf: bool
    norm: int
    seed: int


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
def _make_merging(n_terms, n_features):
    """Room for so many terms: only the slots are filled, the rest is touched as it is needed."""
    return Merging(
        np.empty(n_terms, np.uint64),
        make_slots(n_terms, n_features),
        np.empty(n_terms + SLOTS, np.uint64),
    )


@njit(cache=True, nogil=True)
def max_tokens(n_bytes, n_documents):
    """Most words of two characters that so many documents of so many bytes together can have."""
    return n_bytes // 2 + n_documents


@njit(cache=True, nogil=True)
def max_terms(n_bytes, n_documents, analyzer, min_n, max_n):
    """Most terms that so many documents of so many bytes together can have."""
    if analyzer == WORD:
        return max_tokens(n_bytes, n_documents) * (max_n - min_n + 1)
    return max_char_ngrams(n_bytes, n_documents, min_n, max_n)


@njit(cache=True, nogil=True)
def _write(row, n_unique, recipe, indices, data, at):
    """Write a merged row from the place ``at`` on."""
    if recipe.sublinear_tf and not recipe.binary:
        write_sublinear_row(row, n_unique, recipe.norm, indices, data, at)
    else:
        write_row(row, n_unique, recipe.binary, recipe.norm, indices, data, at)


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
        _write(row, n_unique, recipe, indices, data, at)
        at += n_unique
        ends[first + i + 1] = at


@njit(cache=True, nogil=True)
def _count(text, terms, n_documents, recipe, checks, table):
    """Count the terms of some documents, which have their hashes; return the table, grown."""
    if len(table.cells) == 0:
        return table
    n_terms = terms.indptr[n_documents]
    n_bytes = np.int64(0)  # a literal would make a further version of what it is passed to
    for i in range(n_terms):
        n_bytes += min(terms.lengths[i], MAX_NAME)
    table = with_room(table, n_terms, n_bytes)
    hash_tokens(text, terms.starts, terms.lengths, n_terms, recipe.seed + CHECK_SEED, checks)
    count_terms(text, terms, checks, n_terms, table)
    return table


@njit(cache=True, nogil=True)
def _observe(terms, n_documents, registers):
    """Have the registers meet the terms of some documents, which have their hashes."""
    if len(registers) > 0:
        observe_hashes(terms.hashes, terms.indptr[n_documents], registers)


@njit(cache=True, nogil=True)
def _make_checks(n_terms):
    return np.empty(n_terms + LANES, np.int32)


@njit(cache=True, nogil=True)
def _find_tokens(section, n_documents, tokens):
    """Find the words of two or more characters of each document."""
    words, firsts, begun, bounds = section.words, section.firsts, section.begun, section.bounds
    mark_documents(bounds, n_documents, firsts)
    find_tokens(words, firsts, begun, bounds, n_documents, tokens)
    drop_single_characters(section.text, section.beyond, words, begun, bounds, n_documents, tokens)


@njit(cache=True, nogil=True)
def hash_words(documents, recipe, stop_words, registers, table, indices, data, indptr):
    """Write the rows of all documents by their words, and count their terms in ``table``.

    ``indices`` and ``data`` have room for :func:`max_terms` of all documents. Return how many
    documents are not valid UTF-8, and the parts of the table, grown as it was needed: as a named
    tuple Python would run code to make it, in which Ctrl-C can strike. Nothing is counted in a
    table without slots, and none observed for no registers. Where ``stop_words`` or ``table`` are
    None, a version without them is compiled, in much less time.
    """
    size = max(longest_document(documents.offsets), SECTION_BYTES)
    n_documents = min(len(indptr) - 1, SECTION_DOCUMENTS)
    n_terms = max_terms(size, n_documents, recipe.analyzer, recipe.min_n, recipe.max_n)
    section = make_section(size, n_documents, documents.classes)
    tokens = make_terms(max_tokens(size, n_documents), n_documents)
    grams = make_terms(n_terms if recipe.max_n > 1 else 0, n_documents)
    checks = _make_checks(0 if table is None else n_terms)
    counted = table
    merging = _make_merging(n_terms, recipe.n_features)
    rows = Rows(indices, data, indptr)
    n_invalid = 0
    first = np.int64(0)
    while first < len(indptr) - 1:
        n, n_odd = normalise_section(documents, first, recipe.lowercase, section)
        n_invalid += n_odd
        _find_tokens(section, n, tokens)
        if stop_words is not None:
            drop_stop_words(section.text, tokens, n, stop_words)
        if recipe.max_n == 1:
            _append_rows(section.text, tokens, n, recipe, merging, first, rows)
            _observe(tokens, n, registers)
            if table is not None:
                counted = _count(section.text, tokens, n, recipe, checks, counted)
        else:
            join_tokens(section.text, tokens, n, section.joined)
            word_ngrams(tokens, n, recipe.min_n, recipe.max_n, grams)
            _append_rows(section.joined, grams, n, recipe, merging, first, rows)
            _observe(grams, n, registers)
            if table is not None:
                counted = _count(section.joined, grams, n, recipe, checks, counted)
        first += n
    if table is None:
        return n_invalid, None, None, None
    return n_invalid, counted.cells, counted.names, counted.used


@njit(cache=True, nogil=True)
def _gather(gathered, n_gathered, merging, n_unique, n_features):
    """Add the merged row of a piece to those before it; return the array, grown, and its length.

    What was gathered is merged when it has no more room: so it holds a few times as many entries
    as there are columns, for however many pieces.
    """
    if n_gathered + n_unique > len(gathered):
        row = np.empty(n_gathered + SLOTS, np.uint64)
        slots = make_slots(n_gathered, n_features)
        n_gathered = merge_duplicates(gathered, np.int64(0), n_gathered, n_features, slots, row)
        gathered = np.empty(2 * (n_gathered + n_unique) + len(merging.row), np.uint64)
        for i in range(n_gathered):
            gathered[i] = row[i]
    for i in range(n_unique):
        gathered[n_gathered + i] = merging.row[i]
    return gathered, n_gathered + n_unique


@njit(cache=True, nogil=True)
def _append_long_row(
    section, classes, recipe, grams, merging, first, rows, registers, checks, table
):
    """Do the same for the character n-grams of one long document, a piece after the other.

    Rows of pieces are sums of whole numbers, so they add up to the same row in any order.
    """
    word_bound = recipe.analyzer == CHAR_WB
    padded, bounds = section.joined, section.bounds
    last = pad_document(section.text, bounds[0], bounds[1], classes, word_bound, padded)
    gathered, n_gathered = np.empty(0, np.uint64), np.int64(0)
    counted = table
    at = np.int64(0)
    while at < last:
        at, n_found = ngrams_of_piece(
            padded, at, last, SECTION_BYTES, recipe.min_n, recipe.max_n, word_bound, grams
        )
        grams.indptr[1] = n_found
        hash_tokens(padded, grams.starts, grams.lengths, n_found, recipe.seed, grams.hashes)
        make_entries(
            grams.hashes, n_found, recipe.n_features, recipe.alternate_sign, merging.entries
        )
        n_unique = merge_duplicates(
            merging.entries, np.int64(0), n_found, recipe.n_features, merging.slots, merging.row
        )
        gathered, n_gathered = _gather(gathered, n_gathered, merging, n_unique, recipe.n_features)
        _observe(grams, np.int64(1), registers)
        if table is not None:
            counted = _count(padded, grams, np.int64(1), recipe, checks, counted)
    whole = _make_merging(n_gathered, recipe.n_features)
    n_unique = merge_duplicates(
        gathered, np.int64(0), n_gathered, recipe.n_features, whole.slots, whole.row
    )
    _write(whole.row, n_unique, recipe, rows.indices, rows.data, rows.indptr[first])
    rows.indptr[first + 1] = rows.indptr[first] + n_unique
    return counted


@njit(cache=True, nogil=True)
def hash_characters(documents, recipe, registers, table, indices, data, indptr):
    """Write the rows of all documents by their character n-grams; else as :func:`hash_words`."""
    size = max(longest_document(documents.offsets), SECTION_BYTES)
    n_documents = min(len(indptr) - 1, SECTION_DOCUMENTS)
    in_pieces = 8 * recipe.max_n < SECTION_BYTES
    n_bytes = min(size, LONG_DOCUMENT) if in_pieces else size
    n_terms = max_terms(n_bytes, n_documents, recipe.analyzer, recipe.min_n, recipe.max_n)
    section = make_section(size, n_documents, documents.classes)
    grams = make_terms(n_terms, n_documents)
    checks = _make_checks(0 if table is None else n_terms)
    counted = table
    merging = _make_merging(n_terms, recipe.n_features)
    rows = Rows(indices, data, indptr)
    n_invalid = 0
    first = np.int64(0)
    while first < len(indptr) - 1:
        n, n_odd = normalise_section(documents, first, recipe.lowercase, section)
        n_invalid += n_odd
        if in_pieces and section.bounds[n] > LONG_DOCUMENT:
            counted = _append_long_row(
                section,
                documents.classes,
                recipe,
                grams,
                merging,
                first,
                rows,
                registers,
                checks,
                counted,
            )
            first += n
            continue
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
        _observe(grams, n, registers)
        if table is not None:
            counted = _count(section.joined, grams, n, recipe, checks, counted)
        first += n
    if table is None:
        return n_invalid, None, None, None
    return n_invalid, counted.cells, counted.names, counted.used


@njit(cache=True, nogil=True)
def hash_terms(
    text, starts, lengths, document_indptr, recipe, registers, table, indices, data, indptr
):
    """Write the rows of documents whose terms are given, and return the table that counts them.

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
    merging = _make_merging(n_terms, recipe.n_features)
    _append_rows(
        text, terms, n_documents, recipe, merging, np.int64(0), Rows(indices, data, indptr)
    )
    _observe(terms, n_documents, registers)
    if table is None:
        return None, None, None
    counted = _count(text, terms, n_documents, recipe, _make_checks(n_terms), table)
    return counted.cells, counted.names, counted.used
