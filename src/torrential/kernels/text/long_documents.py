"""Rows of long documents, a piece after the other.

The scratch is that of a piece. Rows of pieces are sums of whole numbers, so they add up to the row
of the document in any order. N-grams that go over a cut are found in the piece in which they end:
of each piece the last words or characters are kept before the next one.

These are separate kernels, so that they are compiled only for the first long text.
"""

import numpy as np

from torrential.kernels.jit import kernel
from torrential.kernels.text.char_ngrams import keep_characters, ngrams_of_piece, pad_piece
from torrential.kernels.text.hashed_rows import (
    CHAR_WB,
    count_hashed,
    make_checks,
    make_merging,
    max_terms,
    max_tokens,
    observe_hashed,
    write_merged,
)
from torrential.kernels.text.merge import make_entries, merge_duplicates, merge_sorted
from torrential.kernels.text.murmur import PADDING, hash_tokens
from torrential.kernels.text.pieces import end_of_piece, longest_piece, normalize_piece
from torrential.kernels.text.punctuation import find_with_punctuation
from torrential.kernels.text.sections import make_section
from torrential.kernels.text.stop_words import drop_stop_words
from torrential.kernels.text.terms import make_terms
from torrential.kernels.text.tokens import find_words
from torrential.kernels.text.word_ngrams import append_tokens, join_tokens, keep_tokens, word_ngrams


@kernel
def _gather(text, terms, recipe, merging, gathered, n_gathered):
    """Hash and merge the terms of a piece, and add its row to the rows of earlier pieces.

    Return the array of their entries, grown, and how many there are. What was gathered is merged
    when there is no more room: so it holds a few times as many entries as there are columns, for
    however many pieces.
    """
    n_terms, n_features = terms.indptr[1], recipe.n_features
    hash_tokens(text, terms.starts, terms.lengths, n_terms, recipe.seed, terms.hashes)
    make_entries(terms.hashes, n_terms, n_features, recipe.alternate_sign, merging.entries)
    n_unique = merge_duplicates(
        merging.entries, np.int64(0), n_terms, n_features, merging.slots, merging.row
    )
    if n_gathered + n_unique > len(gathered):
        row = np.empty(n_gathered, np.uint64)  # a table would take several times as much
        n_gathered = merge_sorted(gathered, np.int64(0), n_gathered, row)
        gathered = np.empty(2 * (n_gathered + n_unique) + len(merging.row), np.uint64)
        for i in range(n_gathered):
            gathered[i] = row[i]
    for i in range(n_unique):
        gathered[n_gathered + i] = merging.row[i]
    return gathered, n_gathered + n_unique


@kernel
def _append_row(gathered, n_gathered, recipe, number, indices, data, indptr):
    """Merge the rows of all pieces, and write them as row ``number``."""
    row = np.empty(n_gathered, np.uint64)
    n_unique = merge_sorted(gathered, np.int64(0), n_gathered, row)
    at = indptr[number]
    write_merged(row, n_unique, recipe, indices, data, at)
    indptr[number + 1] = at + n_unique


@kernel
def _with_room(joined, n_kept, n_bytes):
    """Return the text, or a larger copy, with room for this many bytes after ``n_kept`` bytes."""
    if n_kept + n_bytes <= len(joined):
        return joined
    larger = np.empty(2 * n_kept + n_bytes, np.uint8)
    for i in range(n_kept):
        larger[i] = joined[i]
    return larger


@kernel
def hash_long_words(
    documents, number, recipe, stop_words, punctuation, registers, table, indices, data, indptr
):
    """Write the row of one document by its words, as :func:`hash_words` does.

    Return whether it is not valid UTF-8, and the parts of the table.
    """
    at, end = documents.offsets[number], documents.offsets[number + 1]
    size, _ = longest_piece(documents, number, recipe)
    n_terms = max_terms(size, np.int64(1), recipe.analyzer, recipe.min_n, recipe.max_n)
    section = make_section(size, np.int64(1), documents.classes)
    tokens = make_terms(max_tokens(size, np.int64(1), recipe.analyzer), np.int64(1))
    merging, checks = (
        make_merging(n_terms, recipe.n_features),
        make_checks(0 if table is None else n_terms),
    )
    is_joined = recipe.max_n > 1
    n_tokens = max_tokens(size, recipe.max_n, recipe.analyzer) if is_joined else 0
    line = make_terms(n_tokens, np.int64(1))
    grams = make_terms(n_terms if is_joined else 0, np.int64(1))
    joined = section.joined
    n_kept = n_bytes_kept = np.int64(0)
    gathered, n_gathered = np.empty(0, np.uint64), np.int64(0)
    counted = table
    is_invalid = np.int64(0)
    while at < end:
        stop = end_of_piece(documents, at, end, recipe)
        is_invalid |= normalize_piece(documents, at, stop, end, recipe, section)
        at = stop
        if punctuation is None:
            find_words(section, np.int64(1), tokens)
        else:
            find_with_punctuation(section, np.int64(1), documents.classes, tokens)
        if stop_words is not None:
            drop_stop_words(section.text, tokens, np.int64(1), stop_words)
        text, terms = section.text, tokens
        if is_joined:
            joined = _with_room(joined, n_bytes_kept, 2 * section.bounds[1] + PADDING)
            join_tokens(section.text, tokens, np.int64(1), joined, n_bytes_kept)
            append_tokens(tokens, line, n_kept)
            word_ngrams(line, np.int64(1), n_kept, recipe.min_n, recipe.max_n, grams)
            text, terms = joined, grams
        gathered, n_gathered = _gather(text, terms, recipe, merging, gathered, n_gathered)
        observe_hashed(terms, np.int64(1), registers)
        if table is not None:
            counted = count_hashed(text, terms, np.int64(1), recipe, checks, counted)
        if is_joined:
            n_kept, n_bytes_kept = keep_tokens(line, joined, recipe.max_n - 1)
    _append_row(gathered, n_gathered, recipe, number, indices, data, indptr)
    if table is None:
        return is_invalid, None, None, None
    return is_invalid, counted.cells, counted.names, counted.used


@kernel
def hash_long_characters(documents, number, recipe, registers, table, indices, data, indptr):
    """Write the row of one document by its character n-grams, as :func:`hash_characters` does."""
    at, end = documents.offsets[number], documents.offsets[number + 1]
    size, _ = longest_piece(documents, number, recipe)
    n_terms = max_terms(size, np.int64(1), recipe.analyzer, recipe.min_n, recipe.max_n)
    section = make_section(size, np.int64(1), documents.classes)
    merging, checks = (
        make_merging(n_terms, recipe.n_features),
        make_checks(0 if table is None else n_terms),
    )
    grams = make_terms(n_terms, np.int64(1))
    padded, word_bound = section.joined, recipe.analyzer == CHAR_WB
    goes_on = np.bool_(False)  # a literal would be compiled separately
    n_kept = np.int64(0)
    gathered, n_gathered = np.empty(0, np.uint64), np.int64(0)
    counted = table
    is_invalid = np.int64(0)
    while at < end:
        stop = end_of_piece(documents, at, end, recipe)
        is_invalid |= normalize_piece(documents, at, stop, end, recipe, section)
        at = stop
        n_padded, goes_on = pad_piece(
            section.text, section.bounds[1], documents.classes, word_bound, goes_on, padded, n_kept
        )
        goes_on = goes_on and at < end
        n_padded -= goes_on  # the space after the word
        grams.indptr[1] = ngrams_of_piece(
            padded, n_kept, n_padded, recipe.min_n, recipe.max_n, word_bound, goes_on, grams
        )
        gathered, n_gathered = _gather(padded, grams, recipe, merging, gathered, n_gathered)
        observe_hashed(grams, np.int64(1), registers)
        if table is not None:
            counted = count_hashed(padded, grams, np.int64(1), recipe, checks, counted)
        n_characters = recipe.max_n - 1 if goes_on or not word_bound else 0
        n_kept = keep_characters(padded, n_padded, n_characters)
    _append_row(gathered, n_gathered, recipe, number, indices, data, indptr)
    if table is None:
        return is_invalid, None, None, None
    return is_invalid, counted.cells, counted.names, counted.used
