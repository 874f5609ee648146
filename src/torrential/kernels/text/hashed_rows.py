"""Results of hashed terms: merged rows, counts by name, and registers."""

from typing import NamedTuple

import numpy as np

from torrential.kernels.constants import LANES, SLOTS
from torrential.kernels.jit import kernel
from torrential.kernels.text.cardinality import observe_hashes
from torrential.kernels.text.char_ngrams import max_char_ngrams
from torrential.kernels.text.merge import make_slots, write_row, write_sublinear_row
from torrential.kernels.text.murmur import hash_tokens
from torrential.kernels.text.term_table import CHECK_SEED, MAX_NAME, count_terms, with_room

WORD, CHAR, CHAR_WB, PUNCTUATED = 0, 1, 2, 3
ANALYZERS = {"word": WORD, "char": CHAR, "char_wb": CHAR_WB}


class Recipe(NamedTuple):
    """Settings for rows; ``analyzer`` and ``norm`` are codes, by ANALYZERS and NORMS."""

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
    """Row i has ``indices[indptr[i] : indptr[i + 1]]``, and the same slice of ``data``."""

    indices: np.ndarray
    data: np.ndarray
    indptr: np.ndarray


@kernel
def make_merging(n_terms, n_features):
    """Make room for this many terms: only the slots are filled, other memory is touched later."""
    return Merging(
        np.empty(n_terms, np.uint64),
        make_slots(n_terms, n_features),
        np.empty(n_terms + SLOTS, np.uint64),
    )


@kernel
def make_checks(n_terms):
    """Make room for the second hashes of this many terms."""
    return np.empty(n_terms + LANES, np.int32)


@kernel
def is_of_words(analyzer):
    """Return whether terms are of words, with punctuation or without."""
    return analyzer in (WORD, PUNCTUATED)


@kernel
def max_tokens(n_bytes, n_documents, analyzer):
    """Return the largest number of tokens in documents of this total size."""
    return (n_bytes if analyzer == PUNCTUATED else n_bytes // 2) + n_documents


@kernel
def max_terms(n_bytes, n_documents, analyzer, min_n, max_n):
    """Return the largest number of terms in documents of this total size."""
    if is_of_words(analyzer):
        return max_tokens(n_bytes, n_documents, analyzer) * (max_n - min_n + 1)
    return max_char_ngrams(n_bytes, n_documents, min_n, max_n)


@kernel
def write_merged(row, n_unique, recipe, indices, data, at):
    """Write a merged row from the place ``at`` on."""
    if recipe.sublinear_tf and not recipe.binary:
        write_sublinear_row(row, n_unique, recipe.norm, indices, data, at)
    else:
        write_row(row, n_unique, recipe.binary, recipe.norm, indices, data, at)


@kernel
def count_hashed(text, terms, n_documents, recipe, checks, table):
    """Count the hashed terms of some documents; return the table, possibly grown."""
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


@kernel
def observe_hashed(terms, n_documents, registers):
    """Update the registers with the hashed terms of some documents."""
    if len(registers) > 0:
        observe_hashes(terms.hashes, terms.indptr[n_documents], registers)
