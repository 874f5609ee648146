"""Texts to hashed sparse rows: Arrow buffers in, Csr out."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from torrential.arrow_casts import text_buffers
from torrential.errors import DataError
from torrential.features.settings import PUNCTUATION_PATTERNS, HashSettings
from torrential.features.spec import EncodedRows
from torrential.features.terms.counting import borrow_table, give_back, no_table
from torrential.features.text.analyzers import analyzed, decoded, needs_python, preprocessed
from torrential.features.text.stop_words import stop_words_of
from torrential.features.text.unicode_tables import N_ASCII, unicode_tables
from torrential.kernels.text.cardinality import N_REGISTERS
from torrential.kernels.text.documents import hash_characters, hash_terms, hash_words
from torrential.kernels.text.hashed_rows import (
    ANALYZERS,
    PUNCTUATED,
    WORD,
    Recipe,
    is_of_words,
    max_terms,
)
from torrential.kernels.text.long_documents import hash_long_characters, hash_long_words
from torrential.kernels.text.merge import NORMS
from torrential.kernels.text.murmur import PADDING
from torrential.kernels.text.pieces import longest_piece
from torrential.kernels.text.sections import Documents
from torrential.kernels.text.term_table import TermTable
from torrential.kernels.text.tokens import is_ascii
from torrential.types import Bool, Csr, Float32, Int32, Int64, UInt8

MAX_TEXT_BYTES = (2**31 - 1) // 3
"""Largest text in bytes: places are numbers of 32 bits, and each invalid byte becomes three."""

LONG_IN_WORDS, LONG_IN_CHARACTERS = 1 << 18, 1 << 17
"""Bytes from which on a document is hashed in pieces: the scratch of a shorter one is small, and
character n-grams are numerous, so it leaves the caches sooner."""


def hash_texts(
    text: pa.Array,
    settings: HashSettings,
    *,
    count_terms: bool = False,
    observe_terms: bool = False,
) -> EncodedRows:
    """Hash each text to a row of counts of its terms, signed and scaled as ``settings`` say.

    Parameters
    ----------
    text : pa.Array of string, large_string, binary or large_binary, shape (n_rows,)
    settings : HashSettings
    count_terms : bool, default=False
        Whether to count how often each term occurs, and to keep its name.
    observe_terms : bool, default=False
        Whether to make the registers that estimate the number of terms.

    Returns
    -------
    EncodedRows
        With float32 values and ascending columns in each row. Duplicates are merged; columns whose
        signs cancel are kept as zeros, as in scikit-learn.
    """
    n_null = text.null_count
    if needs_python(settings):
        strings, n_invalid = decoded(text)
        hashed = hash_analyzed(
            strings, settings, count_terms=count_terms, observe_terms=observe_terms
        )
        return replace(hashed, n_invalid=n_invalid, n_null=n_null)
    n_replaced = 0
    if settings.strip_accents is not None:
        strings, n_replaced = decoded(text)
        text = preprocessed(strings, settings)
    recipe = make_recipe(settings)
    documents = _documents(text, recipe)
    out = _room_for(documents.offsets, recipe)
    registers = np.zeros(N_REGISTERS if observe_terms else 0, np.uint8)
    table = borrow_table() if count_terms else no_table()
    n_invalid = 0
    for run in _runs(documents.offsets, recipe):
        n_odd, *grown = _hash(documents, run, recipe, settings, registers, table, out)
        n_invalid += int(n_odd)
        table = None if table is None else TermTable(*grown)
    rows = _as_rows(*out, settings.n_features)
    terms = give_back(table) if table is not None and count_terms else None
    return EncodedRows(
        rows, n_invalid + n_replaced, n_null, terms, registers if observe_terms else None
    )


def _is_long(n_bytes: Int64, recipe: Recipe) -> Bool:
    """Return which documents are hashed in pieces."""
    result: Bool = n_bytes > (LONG_IN_WORDS if is_of_words(recipe.analyzer) else LONG_IN_CHARACTERS)
    return result


def _runs(offsets: Int64, recipe: Recipe) -> Iterator[tuple[int, int | None]]:
    """Yield the first of some short documents and the one after them; a long one, and None."""
    first, last = 0, len(offsets) - 1
    for number in np.flatnonzero(_is_long(np.diff(offsets), recipe)).tolist():
        if first < number:
            yield first, number
        yield number, None
        first = number + 1
    if first < last:
        yield first, last


def _hash(
    documents: Documents,
    run: tuple[int, int | None],
    recipe: Recipe,
    settings: HashSettings,
    registers: UInt8,
    table: TermTable | None,
    out: tuple[Int32, Float32, Int64],
) -> tuple[Any, ...]:
    """Hash the documents of a run; return the results of the kernels."""
    first, last = run
    hashed: tuple[Any, ...]
    if is_of_words(recipe.analyzer):
        has_any = settings.stop_words is not None
        stop_words = stop_words_of(settings.stop_words) if has_any else None
        punctuation = True if recipe.analyzer == PUNCTUATED else None
        more = recipe, stop_words, punctuation, registers, table, *out
        if last is None:
            hashed = hash_long_words(documents, first, *more)
        else:
            hashed = hash_words(documents, first, last, *more)
    elif last is None:
        hashed = hash_long_characters(documents, first, recipe, registers, table, *out)
    else:
        hashed = hash_characters(documents, first, last, recipe, registers, table, *out)
    return hashed


def _documents(text: pa.Array, recipe: Recipe) -> Documents:
    source, offsets = text_buffers(text)
    if len(text) > 0 and np.max(np.diff(offsets)) > MAX_TEXT_BYTES:
        number = int(np.argmax(np.diff(offsets)))
        raise DataError(
            f"Text {number} of a batch has {np.diff(offsets)[number]:,} bytes: cut it into pieces"
            f" of at most {MAX_TEXT_BYTES:,}."
        )
    if not is_ascii(source, offsets[0], offsets[-1]):
        classes, lower = unicode_tables()
    else:
        classes, lower = NO_TABLES if is_of_words(recipe.analyzer) else unicode_tables(N_ASCII)
    first_in_tail = int(np.searchsorted(offsets[1:], len(source) - PADDING, side="right"))
    documents = Documents(source, offsets, NO_TEXT, 0, first_in_tail, classes, lower)
    tail_begin = int(offsets[first_in_tail])
    if np.any(_is_long(np.diff(offsets[first_in_tail:][:2]), recipe)):
        tail_begin = int(longest_piece(documents, first_in_tail, recipe)[1])
        first_in_tail += 1
    tail = _followed_by_zeros(source[tail_begin : offsets[-1]])
    return documents._replace(tail=tail, tail_begin=tail_begin, first_in_tail=first_in_tail)


def make_recipe(settings: HashSettings) -> Recipe:
    """Convert the settings to the form that kernels take.

    A flag may be given as another number: kernels would be compiled once more for its type.
    """
    min_n, max_n = settings.ngram_range
    return Recipe(
        _analyzer(settings),
        min_n,
        max_n,
        bool(settings.lowercase) and settings.strip_accents is None,
        settings.n_features,
        bool(settings.alternate_sign),
        bool(settings.binary),
        bool(settings.sublinear_tf),
        NORMS[settings.norm],
        settings.seed,
    )


def _analyzer(settings: HashSettings) -> int:
    """Return the code of the analyzer; a Python one has none, and passes as words."""
    if settings.analyzer == "word" and settings.token_pattern in PUNCTUATION_PATTERNS:
        return PUNCTUATED
    return ANALYZERS.get(settings.analyzer, WORD) if isinstance(settings.analyzer, str) else WORD


def hash_analyzed(
    documents: Iterable[Any],
    settings: HashSettings,
    *,
    count_terms: bool = False,
    observe_terms: bool = False,
) -> EncodedRows:
    """Hash the terms that a Python analyzer gives; see :func:`hash_texts`."""
    terms, starts, lengths, indptr = analyzed(documents, settings)
    out = (
        np.empty(len(starts), np.int32),
        np.empty(len(starts), np.float32),
        np.zeros(len(indptr), np.int64),
    )
    text = _followed_by_zeros(terms)
    table = borrow_table() if count_terms else no_table()
    registers = np.zeros(N_REGISTERS if observe_terms else 0, np.uint8)
    recipe = make_recipe(settings)
    grown = hash_terms(text, starts, lengths, indptr, recipe, registers, table, *out)
    counted = give_back(TermTable(*grown)) if count_terms else None
    rows = _as_rows(*out, settings.n_features)
    return EncodedRows(rows, 0, 0, counted, registers if observe_terms else None)


def _room_for(offsets: Int64, recipe: Recipe) -> tuple[Int32, Float32, Int64]:
    """Return arrays for the rows; memory that is not written to costs nothing."""
    n_terms = max_terms(
        offsets[-1] - offsets[0], len(offsets) - 1, recipe.analyzer, recipe.min_n, recipe.max_n
    )
    return np.empty(n_terms, np.int32), np.empty(n_terms, np.float32), np.zeros_like(offsets)


def _as_rows(indices: Int32, data: Float32, indptr: Int64, n_features: int) -> Csr:
    """Release unused room, in place."""
    n = int(indptr[-1])
    indices.resize(n, refcheck=False)
    data.resize(n, refcheck=False)
    return Csr(data, indices, indptr, n_features)


def _followed_by_zeros(text: UInt8) -> UInt8:
    return _read_only(np.concatenate([text, np.zeros(2 * PADDING, np.uint8)]))


def _read_only(array: UInt8) -> UInt8:
    """Make all sources read-only, so that the kernels are compiled once."""
    array.flags.writeable = False
    return array


NO_TEXT = _read_only(np.empty(0, np.uint8))
NO_TABLES = (NO_TEXT, np.empty(0, np.int32))
NO_TABLES[1].flags.writeable = False
