"""Cut a block of fastText lines into texts and labels."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from torrential.kernels.copying import copy_bytes
from torrential.types import Int64, UInt8

PREFIX = np.frombuffer(b"__label__", np.uint8)
NEWLINE, CARRIAGE_RETURN, SPACE, TAB = 10, 13, 32, 9


@njit(cache=True, nogil=True)
def _is_blank(byte):
    return byte in (SPACE, TAB)


@njit(cache=True, nogil=True)
def _starts_with_prefix(block, at, end):
    if end - at < len(PREFIX):
        return False
    for k in range(len(PREFIX)):  # noqa: SIM110 (Numba has no generator expressions)
        if block[at + k] != PREFIX[k]:
            return False
    return True


@njit(cache=True, nogil=True)
def _split_lines(block, ends, texts, text_offsets, labels, label_offsets, has_label):
    """Fill the output arrays; return the number of rows."""
    row = 0
    start = 0
    n_text = 0
    n_label = 0
    text_offsets[0] = 0
    label_offsets[0] = 0
    for line in range(len(ends)):
        end = ends[line]
        following = end + 1
        if end > start and block[end - 1] == CARRIAGE_RETURN:
            end -= 1
        if end == start:
            start = following
            continue
        has_label[row] = False
        text_start = start
        at = start
        while True:
            while at < end and _is_blank(block[at]):
                at += 1
            if not _starts_with_prefix(block, at, end):
                break
            label_start = at + len(PREFIX)
            at = label_start
            while at < end and not _is_blank(block[at]):
                at += 1
            if not has_label[row] and at > label_start:
                has_label[row] = True
                copy_bytes(block, label_start, at, labels, n_label)
                n_label += at - label_start
            text_start = at
            while text_start < end and _is_blank(block[text_start]):
                text_start += 1
        copy_bytes(block, text_start, end, texts, n_text)
        n_text += end - text_start
        row += 1
        text_offsets[row] = n_text
        label_offsets[row] = n_label
        start = following
    return row


def split_lines(
    block: UInt8,
) -> tuple[UInt8, Int64, UInt8, Int64, NDArray[np.bool_]]:
    r"""Cut whole lines into texts and labels.

    A line is ``__label__sport __label__local the text``, ended by ``\n`` or ``\r\n``. Its text is
    what follows the leading label tokens and the blanks after them; its label is the first of
    those tokens, without the prefix. An entirely empty line is no row.

    Parameters
    ----------
    block : uint8 array
        The bytes of the lines; the last may lack its line end.

    Returns
    -------
    texts : uint8 array
    text_offsets : int64 array of shape (n_rows + 1,)
        Text i is ``texts[text_offsets[i]:text_offsets[i + 1]]``.
    labels : uint8 array
    label_offsets : int64 array of shape (n_rows + 1,)
    has_label : bool array of shape (n_rows,)
        Whether the line has a label at all.
    """
    ends = np.flatnonzero(block == NEWLINE)
    if len(block) > 0 and block[-1] != NEWLINE:
        ends = np.append(ends, len(block))
    texts = np.empty(len(block), np.uint8)
    labels = np.empty(len(block), np.uint8)
    text_offsets = np.empty(len(ends) + 1, np.int64)
    label_offsets = np.empty(len(ends) + 1, np.int64)
    has_label = np.empty(len(ends), np.bool_)
    n_rows = _split_lines(block, ends, texts, text_offsets, labels, label_offsets, has_label)
    return (
        texts[: text_offsets[n_rows]],
        text_offsets[: n_rows + 1],
        # Labels are few bytes: a copy lets the long buffer go.
        labels[: label_offsets[n_rows]].copy(),
        label_offsets[: n_rows + 1],
        has_label[:n_rows],
    )
