"""Sections: some documents at a time, normalized, side by side.

Most text keeps its places when it is lower-cased, and then a section is normalized as one text,
64 bytes after 64 bytes, wherever its documents end. One that does not keep them, or has bytes that
are not valid UTF-8, is a separate section.
"""

from typing import NamedTuple

import numpy as np

from torrential.kernels.constants import BLOCK
from torrential.kernels.jit import kernel
from torrential.kernels.text.murmur import PADDING
from torrential.kernels.text.unicode import normalize

SECTION_BYTES = 1 << 15
"""Text of a section, where its first document is not longer: the scratch fits the L2 cache."""

CHARACTER_SECTION_BYTES = 1 << 13
"""The same for n-grams of characters, of which there are several for each byte."""

SECTION_DOCUMENTS = 1 << 10
"""Most documents of a section."""

BLOCK_BITS = 6
NONE, ONE = np.uint64(0), np.uint64(1)


class Documents(NamedTuple):
    """Texts side by side: document i is ``source[offsets[i] : offsets[i + 1]]``.

    Text is read in blocks, up to PADDING bytes past its end. So what ends nearer to the end of the
    source is read from ``tail``, a copy of the source from byte ``tail_begin`` on with as many
    bytes after it: documents from ``first_in_tail`` on, and the last piece of a long one before.
    ``classes`` and ``lower`` are the tables of Unicode; they are empty where all text is ASCII and
    only its words are requested.
    """

    source: np.ndarray
    offsets: np.ndarray
    tail: np.ndarray
    tail_begin: int
    first_in_tail: int
    classes: np.ndarray
    lower: np.ndarray


class Section(NamedTuple):
    """Some documents, normalized: document i is ``text[bounds[i] : bounds[i + 1]]``.

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


@kernel
def longest_document(offsets, first, last):
    """Return the bytes of the longest of some documents."""
    longest = 0
    for i in range(first, last):
        longest = max(longest, offsets[i + 1] - offsets[i])
    return longest


@kernel
def make_section(size, n_documents, classes):
    """Make room for this many documents of this many bytes in total."""
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


@kernel
def _count_documents(source, base, offsets, first, last, most_bytes):
    """Choose how many documents from ``first`` on, before ``last``, make up a section.

    Only the first may begin with a byte that would continue the last letter of another.
    """
    n = 1
    most = min(last - first, SECTION_DOCUMENTS)
    end = offsets[first] + most_bytes
    while n < most and offsets[first + n + 1] <= end:
        begin = offsets[first + n]
        if source[begin - base] & 0xC0 == 0x80:
            break
        n += 1
    return n


@kernel
def normalize_alone(source, begin, end, documents, lowercase, section):
    """Normalize one document into the section; return whether it is ill-formed."""
    _, n_bytes, n_invalid = normalize(
        source,
        begin,
        end,
        lowercase,
        np.bool_(len(documents.classes) == 0),  # ASCII keeps its place
        documents.classes,
        documents.lower,
        section.text,
        section.words,
        section.beyond,
    )
    section.bounds[0] = 0
    section.bounds[1] = n_bytes
    return np.int64(n_invalid > 0)


@kernel
def _cut(section, n_bytes):
    """Clear the bits after the first ``n_bytes``."""
    block = n_bytes >> BLOCK_BITS
    section.words[block] &= (ONE << np.uint64(n_bytes & (BLOCK - 1))) - ONE
    section.words[block + 1] = NONE


@kernel
def normalize_section(documents, first, lowercase, most_bytes, section):
    """Normalize the next documents, from number ``first`` on, into ``section``.

    Documents that keep their places are processed together, others separately. Return their
    number, and how many are not valid UTF-8.
    """
    source, base, last = documents.source, 0, documents.first_in_tail
    if first >= documents.first_in_tail:
        source, base = documents.tail, documents.tail_begin
        last = len(documents.offsets) - 1
    offsets = documents.offsets
    n = _count_documents(source, base, offsets, first, last, most_bytes)
    begin = offsets[first]
    n_read, _, _ = normalize(
        source,
        begin - base,
        offsets[first + n] - base,
        lowercase,
        np.bool_(True),  # not a literal, which would be compiled separately
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
            return 1, normalize_alone(
                source, begin - base, end - base, documents, lowercase, section
            )
        _cut(section, offsets[first + n] - begin)
    for i in range(n + 1):
        section.bounds[i] = offsets[first + i] - begin
    return n, 0
