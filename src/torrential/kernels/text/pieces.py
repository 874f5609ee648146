"""Cut long documents into pieces that are normalized separately, with the result of the whole.

No word, character, run of white space or rule of case goes over a cut, if the text allows it. The
one rule of case that looks at other letters is that for sigma, which looks past the ignorable ones
to the nearest other letter on both sides.
"""

import numpy as np

from torrential.kernels.jit import kernel
from torrential.kernels.simd import load32
from torrential.kernels.text.hashed_rows import CHAR_WB, is_of_words
from torrential.kernels.text.murmur import PADDING
from torrential.kernels.text.sections import SECTION_BYTES, normalize_alone
from torrential.kernels.text.unicode import CAPITAL_SIGMA, CASED, IGNORABLE, SPACE, WORD
from torrential.kernels.text.utf8 import UNKNOWN, decode

ANY = 0
UNDERSCORE = 95
ASCII_CASE_BIT = 0x20


@kernel
def piece_bytes(recipe):
    """Return the bytes of a piece; half of them hold more characters than any n-gram."""
    return np.int64(
        SECTION_BYTES if is_of_words(recipe.analyzer) else max(SECTION_BYTES, 8 * recipe.max_n)
    )


@kernel
def _character_before(source, at):
    """Return the code point that ends before ``source[at]``; UNKNOWN for ill-formed bytes."""
    lead = at - 1
    while lead > at - 4 and source[lead] & 0xC0 == 0x80:
        lead -= 1
    code, size = decode(load32(source, lead), at - lead)
    return np.int64(code if size == at - lead else UNKNOWN)


@kernel
def _is_ascii_word(code):
    lower = code | ASCII_CASE_BIT
    return 97 <= lower <= 122 or 48 <= code <= 57 or code == UNDERSCORE


@kernel
def _is_cut(source, at, analyzer, needed, classes):
    """Return whether a piece can end before ``source[at]``, after a character of a needed class."""
    before = _character_before(source, at)
    if before == UNKNOWN:
        return False
    if len(classes) == 0:  # words of ASCII
        return not _is_ascii_word(before)
    left = classes[before]
    if left & IGNORABLE != 0 or left & needed != needed:
        return False
    if is_of_words(analyzer):
        return left & (WORD | CASED) == 0
    after, _ = decode(load32(source, at), 4)
    right = classes[after] if after != UNKNOWN else np.uint8(0)
    if right & SPACE != 0:
        return False
    is_sigma = before == CAPITAL_SIGMA or after == CAPITAL_SIGMA
    return left & CASED == 0 or (right & IGNORABLE == 0 and not is_sigma)


@kernel
def _last_cut(source, first, last, analyzer, needed, classes):
    """Return the last possible cut after ``first`` and up to ``last``, or 0."""
    for at in range(last, first, -1):
        if _is_cut(source, at, analyzer, needed, classes):
            return at
    return np.int64(0)


@kernel
def end_of_piece(documents, at, end, recipe):
    """Return the end of the piece that begins at byte ``at`` of a document that ends at ``end``.

    Pieces for 'char_wb' end after white space; only a word that is longer is cut, between two of
    its letters. A text without a place for a cut is one piece. A piece other than the last ends
    more than PADDING bytes before the document does.
    """
    source, classes = documents.source, documents.classes
    size = piece_bytes(recipe)
    if end - at <= size + size // 2:
        return end
    first, last = at + size // 2, at + size
    stop = np.int64(0)
    if recipe.analyzer == CHAR_WB:
        stop = _last_cut(source, first, last, recipe.analyzer, SPACE, classes)
    if stop == 0:
        stop = _last_cut(source, first, last, recipe.analyzer, ANY, classes)
    if stop > 0:
        return stop
    for stop in range(last + 1, end - PADDING):
        if _is_cut(source, stop, recipe.analyzer, ANY, classes):
            return stop
    return end


@kernel
def longest_piece(documents, number, recipe):
    """Return the bytes of a document's longest piece, and the beginning of its last piece."""
    at, end = documents.offsets[number], documents.offsets[number + 1]
    longest = np.int64(0)
    begin = at
    while at < end:
        begin = at
        at = end_of_piece(documents, at, end, recipe)
        longest = max(longest, at - begin)
    return longest, begin


@kernel
def normalize_piece(documents, at, stop, end, recipe, section):
    """Normalize a piece of a document into ``section``; return whether it is ill-formed.

    The last piece of a document is read from the tail if there is one.
    """
    source, base = documents.source, np.int64(0)
    if stop == end and at >= documents.tail_begin:
        source, base = documents.tail, documents.tail_begin
    return normalize_alone(source, at - base, stop - base, documents, recipe.lowercase, section)
