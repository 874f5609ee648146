"""From documents to hashed sparse rows, one section of documents after the other.

::

    text --normalize--> lower case, word bits --find--> terms --hash--> --merge--> rows

All intermediate data of a section is in scratch arrays that stay in the cache. Each step
is done for all documents of a section before the next one, so that short documents cost no more
than long ones.
"""

import numpy as np

from torrential.kernels.jit import kernel
from torrential.kernels.text.char_ngrams import char_ngrams
from torrential.kernels.text.hashed_rows import (
    CHAR_WB,
    Rows,
    count_hashed,
    make_checks,
    make_merging,
    max_terms,
    max_tokens,
    observe_hashed,
    write_merged,
)
from torrential.kernels.text.merge import make_entries, merge_duplicates
from torrential.kernels.text.murmur import hash_tokens
from torrential.kernels.text.punctuation import find_with_punctuation
from torrential.kernels.text.sections import (
    CHARACTER_SECTION_BYTES,
    SECTION_BYTES,
    SECTION_DOCUMENTS,
    longest_document,
    make_section,
    normalize_section,
)
from torrential.kernels.text.stop_words import drop_stop_words
from torrential.kernels.text.terms import make_terms
from torrential.kernels.text.tokens import find_words
from torrential.kernels.text.word_ngrams import join_tokens, word_ngrams


@kernel
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
        write_merged(row, n_unique, recipe, indices, data, at)
        at += n_unique
        ends[first + i + 1] = at


@kernel
def hash_words(
    documents, first, last, recipe, stop_words, punctuation, registers, table, indices, data, indptr
):
    """Write rows ``first`` to ``last`` by the documents' words, and count their terms in ``table``.

    The scratch grows with the longest of these documents:
    :mod:`torrential.kernels.text.long_documents` is for those that are longer than the caches.
    ``indices`` and ``data`` have room for :func:`max_terms` of all documents. Return how many
    documents are not valid UTF-8, and the parts of the table, grown as it was needed: as a named
    tuple Python would run code to make it, in which Ctrl-C can strike. Nothing is counted in a
    table without slots, and none observed for no registers. Where ``stop_words``,
    ``punctuation`` or ``table`` are None, a version without them is compiled, in much less time.
    """
    size = max(longest_document(documents.offsets, first, last), SECTION_BYTES)
    n_documents = min(last - first, SECTION_DOCUMENTS)
    n_terms = max_terms(size, n_documents, recipe.analyzer, recipe.min_n, recipe.max_n)
    section = make_section(size, n_documents, documents.classes)
    tokens = make_terms(max_tokens(size, n_documents, recipe.analyzer), n_documents)
    grams = make_terms(n_terms if recipe.max_n > 1 else 0, n_documents)
    checks = make_checks(0 if table is None else n_terms)
    counted = table
    merging = make_merging(n_terms, recipe.n_features)
    rows = Rows(indices, data, indptr)
    n_invalid = 0
    while first < last:
        n, n_odd = normalize_section(documents, first, recipe.lowercase, SECTION_BYTES, section)
        n_invalid += n_odd
        if punctuation is None:
            find_words(section, n, tokens)
        else:
            find_with_punctuation(section, n, documents.classes, tokens)
        if stop_words is not None:
            drop_stop_words(section.text, tokens, n, stop_words)
        if recipe.max_n == 1:
            _append_rows(section.text, tokens, n, recipe, merging, first, rows)
            observe_hashed(tokens, n, registers)
            if table is not None:
                counted = count_hashed(section.text, tokens, n, recipe, checks, counted)
        else:
            join_tokens(section.text, tokens, n, section.joined, np.int64(0))
            word_ngrams(tokens, n, np.int64(0), recipe.min_n, recipe.max_n, grams)
            _append_rows(section.joined, grams, n, recipe, merging, first, rows)
            observe_hashed(grams, n, registers)
            if table is not None:
                counted = count_hashed(section.joined, grams, n, recipe, checks, counted)
        first += n
    if table is None:
        return n_invalid, None, None, None
    return n_invalid, counted.cells, counted.names, counted.used


@kernel
def hash_characters(documents, first, last, recipe, registers, table, indices, data, indptr):
    """Write these rows by the documents' character n-grams; otherwise as :func:`hash_words`."""
    size = max(longest_document(documents.offsets, first, last), CHARACTER_SECTION_BYTES)
    n_documents = min(last - first, SECTION_DOCUMENTS)
    n_terms = max_terms(size, n_documents, recipe.analyzer, recipe.min_n, recipe.max_n)
    section = make_section(size, n_documents, documents.classes)
    grams = make_terms(n_terms, n_documents)
    checks = make_checks(0 if table is None else n_terms)
    counted = table
    merging = make_merging(n_terms, recipe.n_features)
    rows = Rows(indices, data, indptr)
    n_invalid = 0
    while first < last:
        n, n_odd = normalize_section(
            documents, first, recipe.lowercase, CHARACTER_SECTION_BYTES, section
        )
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
        observe_hashed(grams, n, registers)
        if table is not None:
            counted = count_hashed(section.joined, grams, n, recipe, checks, counted)
        first += n
    if table is None:
        return n_invalid, None, None, None
    return n_invalid, counted.cells, counted.names, counted.used


@kernel
def hash_terms(
    text, starts, lengths, document_indptr, recipe, registers, table, indices, data, indptr
):
    """Write the rows of documents with given terms, and return the table that counts them.

    Document i has terms ``document_indptr[i]`` to ``document_indptr[i + 1]``, term j is
    ``text[starts[j] : starts[j] + lengths[j]]``; ``text`` continues for PADDING bytes.
    """
    n_documents = len(document_indptr) - 1
    n_terms = document_indptr[n_documents]
    terms = make_terms(n_terms, n_documents)
    for j in range(n_terms):
        terms.starts[j] = starts[j]
        terms.lengths[j] = lengths[j]
    for i in range(n_documents + 1):
        terms.indptr[i] = document_indptr[i]
    merging = make_merging(n_terms, recipe.n_features)
    _append_rows(
        text, terms, n_documents, recipe, merging, np.int64(0), Rows(indices, data, indptr)
    )
    observe_hashed(terms, n_documents, registers)
    if table is None:
        return None, None, None
    counted = count_hashed(text, terms, n_documents, recipe, make_checks(n_terms), table)
    return counted.cells, counted.names, counted.used
