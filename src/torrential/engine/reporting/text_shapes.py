"""Length and script of texts, from their bytes."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from torrential.types import Int64, UInt8

N_LOOKED_AT = 256
"""Bytes at the beginning of a text that decide its script."""

LENGTHS = (0, 1, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 50_000, 1_000_000)
"""Least characters of each bucket of lengths."""

VERY_LONG = 1_000_000
"""Characters from which on a text is very long."""

SCRIPTS = (
    "no letters", "Latin", "Greek", "Cyrillic", "Armenian", "Hebrew", "Arabic", "Indic", "Thai",
    "Georgian", "Hangul", "Kana", "Han", "other",
)  # fmt: skip

WITHOUT_SPACES = ("Thai", "Kana", "Han")
"""Scripts whose words are not between spaces."""

_RANGES = {
    "Latin": [(0x00C0, 0x02FF), (0x1E00, 0x1EFF)],
    "Greek": [(0x0370, 0x03FF), (0x1F00, 0x1FFF)],
    "Cyrillic": [(0x0400, 0x052F)],
    "Armenian": [(0x0530, 0x058F)],
    "Hebrew": [(0x0590, 0x05FF)],
    "Arabic": [(0x0600, 0x07BF)],
    "Indic": [(0x0900, 0x0DFF)],
    "Thai": [(0x0E00, 0x0E7F)],
    "Georgian": [(0x10A0, 0x10FF)],
    "Hangul": [(0x1100, 0x11FF), (0xAC00, 0xD7FF)],
    "Kana": [(0x3040, 0x30FF)],
    "Han": [(0x3400, 0x9FFF)],
}
"""Code points of scripts; the first two bytes of a character decide."""


def _length_names() -> list[str]:
    def name(low: int, high: int) -> str:
        return f"{low:,}" if high == low + 1 else f"{low:,} to {high - 1:,}"

    named = [name(low, high) for low, high in pairwise(LENGTHS)]
    return ["empty", *named[1:], f"{LENGTHS[-1]:,} and more"]


LENGTH_NAMES = _length_names()


def _table() -> UInt8:
    """Return the script of a character by its first two bytes; 0 of what is not a letter."""
    table = np.zeros((256, 256), np.uint8)
    for byte in (*range(ord("A"), ord("Z") + 1), *range(ord("a"), ord("z") + 1)):
        table[byte] = SCRIPTS.index("Latin")
    other = SCRIPTS.index("other")
    table[0xD4:0xE0, 0x80:0xC0] = table[0xE0:0xE2, 0x80:0xC0] = other
    table[0xE2, 0xB0:0xB8] = table[0xEA, 0x80:0xB0] = table[0xF0, 0x90:0x97] = other
    for script, ranges in _RANGES.items():
        for first, last in ranges:
            # The second byte is that of one character of two bytes, or of 64 of three bytes.
            for code in range(first, last + 1, 1 if first < 0x800 else 64):
                character = chr(code).encode()
                table[character[0], character[1]] = SCRIPTS.index(script)
    table[0xF0, 0xA0:0xB2] = SCRIPTS.index("Han")
    return table


_SCRIPT_OF = _table()


class TextShapes(NamedTuple):
    """Lengths and scripts of the texts of a batch.

    Attributes
    ----------
    n_characters : int64 array of shape (n_rows,)
    buckets : int64 array of shape (n_rows,)
        Places in `LENGTH_NAMES`.
    scripts : int64 array of shape (n_rows,)
        Places in `SCRIPTS`: of the most letters at the beginning, and of equal ones the first.
    """

    n_characters: Int64
    buckets: Int64
    scripts: Int64


def text_shapes(text: pa.Array) -> TextShapes:
    """Return the shapes of texts; a null is an empty text.

    Parameters
    ----------
    text : pa.Array
        Of strings, or bytes that need not be valid UTF-8.

    Examples
    --------
    >>> shapes = text_shapes(pa.array(["good film", "хороший фильм", "", None, "电影很好看"]))
    >>> shapes.n_characters.tolist()
    [9, 13, 0, 0, 5]
    >>> [SCRIPTS[place] for place in shapes.scripts]
    ['Latin', 'Cyrillic', 'no letters', 'no letters', 'Han']
    """
    is_large = pa.types.is_large_string(text.type) or pa.types.is_large_binary(text.type)
    plain = pc.fill_null(text.view(pa.large_binary() if is_large else pa.binary()), b"")
    n_characters = _numbers(
        pc.utf8_length(plain.view(pa.large_string() if is_large else pa.string()))
    )
    buckets = np.searchsorted(LENGTHS, n_characters, side="right").astype(np.int64) - 1
    return TextShapes(n_characters, buckets, _scripts(plain))


def _numbers(array: pa.Array) -> Int64:
    numbers: Int64 = array.to_numpy(zero_copy_only=False).astype(np.int64)
    return numbers


def _scripts(plain: pa.Array) -> Int64:
    beginnings = pc.binary_slice(plain.cast(pa.large_binary()), 0, N_LOOKED_AT)
    sizes = _numbers(pc.binary_length(beginnings))
    data = np.frombuffer(b"".join(beginnings.to_pylist()), np.uint8)
    following = np.append(data[1:], np.uint8(0)) if len(data) else data
    scripts = _SCRIPT_OF[data, following]
    rows = np.repeat(np.arange(len(sizes)), sizes)
    n_scripts = len(SCRIPTS)
    counts = np.bincount(rows * n_scripts + scripts, minlength=len(sizes) * n_scripts)
    counts = counts.reshape(len(sizes), n_scripts)
    counts[:, 0] = 0  # continuation bytes and what is not a letter
    found: Int64 = counts.argmax(axis=1).astype(np.int64)
    return found
