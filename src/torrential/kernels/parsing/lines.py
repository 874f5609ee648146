r"""Cut a block of fastText lines into texts and labels.

Rows and tokens are those of fastText 0.9.3: a token ends at a space, ``\t``, ``\r``, ``\v``,
``\f`` or NUL, a row at ``\n`` or after the token ``</s>``.
"""

import numpy as np

from torrential.kernels.jit import kernel
from torrential.kernels.parsing.copying import copy_bytes
from torrential.kernels.simd import clear_lowest, count_ones, find_any, trailing_zeros
from torrential.types import Int64, UInt8

PREFIX = np.frombuffer(b"__label__", np.uint8)
END_OF_ROW = np.frombuffer(b"</s>", np.uint8)
NEWLINE, CARRIAGE_RETURN, SPACE = 10, 13, 32

BLANKS = sum(1 << byte for byte in (SPACE, 9, NEWLINE, 11, 12, CARRIAGE_RETURN, 0))
"""Bit i for byte i."""

PADDING = 65
"""Bytes after the end of the lines that may be read."""


@kernel
def _is_blank(byte):
    """Return whether a byte ends a token; a line feed does."""
    return byte <= SPACE and (BLANKS >> np.int64(byte)) & 1 == 1


@kernel
def _starts_with(block, at, end, word):
    if end - at < len(word):
        return False
    for k in range(len(word)):  # noqa: SIM110 (Numba has no generator expressions)
        if block[at + k] != word[k]:
            return False
    return True


@kernel
def _find_two(block, at, word):
    """Return a mask of the first two bytes of a word."""
    first = find_any(block, at, word[0], word[0], word[0], word[0])
    return first & find_any(block, at + 1, word[1], word[1], word[1], word[1])


@kernel
def _find_ends(block, at):
    """Return a mask of the line feeds and of the possible beginnings of ``</s>``."""
    ends = find_any(block, at, NEWLINE, NEWLINE, NEWLINE, NEWLINE)
    return ends | _find_two(block, at, END_OF_ROW)


@kernel
def _count_rows(block, end):
    """Count the places where a row may end: the largest number of rows."""
    n = 1
    for at in range(0, end, 64):
        n += count_ones(_find_ends(block, at))
    return n


@kernel
def _append(block, start, end, begins, texts, n_text):
    """Append a piece to a row's text, with a space between them."""
    if start < end and n_text > begins:
        texts[n_text] = SPACE
        n_text += 1
    copy_bytes(block, start, end, texts, n_text)
    return n_text + end - start


@kernel
def _before_blanks(block, start, end):
    while end > start and _is_blank(block[end - 1]):
        end -= 1
    return end


@kernel
def _after_blanks(block, at, end):
    """Return where the next token begins, or its line ends."""
    while at < end and block[at] != NEWLINE and _is_blank(block[at]):
        at += 1
    return at


@kernel
def _split_lines(block, end, texts, text_offsets, labels, label_offsets, label_ends, keep_all):
    """Fill the output arrays; return the numbers of rows, and of labels that are left out."""
    # A literal would make further versions of all that it is passed to.
    row = n_text = n_label = n_labels = n_others = at = base = np.int64(0)
    # Places where a row may end or a label begin, of 64 bytes, and not yet looked at.
    marks = _find_ends(block, base) | _find_two(block, base, PREFIX)
    text_offsets[0] = label_offsets[0] = label_ends[0] = 0
    while at < end:
        start = at  # of the piece of text that was not copied yet
        begin = at
        while True:
            while marks == 0 and base < end:
                base += 64
                if base < end:
                    marks = _find_ends(block, base) | _find_two(block, base, PREFIX)
            mark = min(base + trailing_zeros(marks), end)
            marks = clear_lowest(marks)
            if mark < at:  # within a label
                continue
            at = mark
            if mark == end or block[mark] == NEWLINE:
                stop = mark
                if stop > start and block[stop - 1] == CARRIAGE_RETURN:
                    stop -= 1
                n_text = _append(block, start, stop, text_offsets[row], texts, n_text)
                at = mark + 1
                break
            at += 1
            if mark > begin and not _is_blank(block[mark - 1]):
                continue
            if block[mark] != PREFIX[0]:
                if not _starts_with(block, mark, end, END_OF_ROW):
                    continue
                after = mark + len(END_OF_ROW)
                if after < end and not _is_blank(block[after]):
                    continue
                stop = _before_blanks(block, start, mark)
                n_text = _append(block, start, stop, text_offsets[row], texts, n_text)
                at = _after_blanks(block, after, end)
                break
            if not _starts_with(block, mark, end, PREFIX):
                continue
            name = at = mark + len(PREFIX)
            while at < end and not _is_blank(block[at]):
                at += 1
            if at == name or (n_labels > label_ends[row] and not keep_all):
                n_others += 1
            else:
                copy_bytes(block, name, at, labels, n_label)
                n_label += at - name
                n_labels += 1
                label_offsets[n_labels] = n_label
            stop = _before_blanks(block, start, mark)
            n_text = _append(block, start, stop, text_offsets[row], texts, n_text)
            start = at = _after_blanks(block, at, end)
        row += 1
        text_offsets[row] = n_text
        label_ends[row] = n_labels
    return row, n_others


def split_lines(
    block: UInt8, *, keep_all: bool = False
) -> tuple[UInt8, Int64, UInt8, Int64, Int64, int]:
    r"""Cut whole lines into texts and labels.

    A line is ``__label__sport __label__local the text``, ended by ``\n`` or ``\r\n``. Labels may
    be anywhere in it. Its text is the rest, with one space in place of labels that are
    within it; its label is the first of them that has a name, without the prefix.

    Parameters
    ----------
    block : uint8 array
        The bytes of the lines; the last may lack its line end.
    keep_all : bool, default=False
        Whether a line has all of its labels that have names, not only the first.

    Returns
    -------
    texts : uint8 array
    text_offsets : int64 array of shape (n_rows + 1,)
        Text i is ``texts[text_offsets[i]:text_offsets[i + 1]]``.
    labels : uint8 array
    label_offsets : int64 array of shape (n_labels + 1,)
    label_ends : int64 array of shape (n_rows + 1,)
        Line i has labels label_ends[i] to label_ends[i + 1], without the last.
    n_others : int
        Labels that were left out.
    """
    end = len(block)
    padded = np.zeros(end + PADDING, np.uint8)
    padded[:end] = block
    most = _count_rows(padded, end)
    texts = np.empty(end, np.uint8)
    labels = np.empty(end, np.uint8)
    text_offsets = np.empty(most + 1, np.int64)
    label_offsets = np.empty(end // len(PREFIX) + 1, np.int64)
    label_ends = np.empty(most + 1, np.int64)
    n_rows, n_others = _split_lines(
        padded, end, texts, text_offsets, labels, label_offsets, label_ends, keep_all
    )
    n_labels = label_ends[n_rows]
    return (
        texts[: text_offsets[n_rows]],
        text_offsets[: n_rows + 1],
        # Labels are few bytes: a copy lets the long buffer go.
        labels[: label_offsets[n_labels]].copy(),
        label_offsets[: n_labels + 1].copy(),
        label_ends[: n_rows + 1],
        n_others,
    )
