"""Tables of Python's ``re`` and ``str.lower`` for each code point, as arrays for the kernels."""

import re
from functools import cache

import numpy as np
import numpy.typing as npt

from torrential.kernels.text.unicode import CASED, CHANGES, IGNORABLE, SPACE, WORD
from torrential.types import Int32, UInt8

N_CODE_POINTS = 0x110000
N_ASCII = 0x80
DOTTED_CAPITAL_I = 0x130
"""The one code point whose lower case is two: i and a combining dot above."""

FINAL_SIGMA = 0x3C2

WITH_LETTERS = (slice(0x20000), slice(0xE0000, 0xE1000))
"""Planes with cased and case-ignorable code points; the others hold ideographs, or nothing."""


@cache
def unicode_tables(n_code_points: int = N_CODE_POINTS) -> tuple[UInt8, Int32]:
    r"""Return class bits and lower case of every code point, from the running Python.

    So they follow its version of Unicode, whatever that is. The first call takes about 0.1 s.

    Parameters
    ----------
    n_code_points : int, default=0x110000
        How many; `N_ASCII` are at hand at once, and enough for texts that have no others.

    Returns
    -------
    classes : uint8 array of shape (n_code_points,)
        WORD (``\w`` of ``re``), SPACE (``\s``), CHANGES (lower case differs), CASED and IGNORABLE
        (what decides between σ and ς). A code point that is both cased and case-ignorable has
        IGNORABLE alone, since the rule looks past it.
    lower : int32 array of shape (n_code_points,)
        The code point's lower case; for U+0130 its first part, "i".
    """
    points = np.arange(n_code_points, dtype=np.int32)
    points[DOTTED_CAPITAL_I:][:1] = ord("I")
    text = _as_text(points)
    lower = _as_points(text.lower())
    lower[0x3A3:][:1] = 0x3C3  # a sigma on its own; the kernel decides which ones are final

    cased, cased_or_ignorable = np.zeros((2, n_code_points), np.bool_)
    for part in WITH_LETTERS:
        probed = points[part]
        cased[part] = _makes_sigma_final(probed[:, None])
        after_letter = np.stack([np.full_like(probed, ord("A")), probed], 1)
        cased_or_ignorable[part] = _makes_sigma_final(after_letter)
    classes = np.zeros(n_code_points, np.uint8)
    for bit, holds in (
        (WORD, _matches(r"\w", text)),
        (SPACE, _matches(r"\s", text)),
        (CHANGES, lower != np.arange(n_code_points)),
        (CASED, cased),
        (IGNORABLE, cased_or_ignorable & ~cased),
    ):
        classes[holds] |= bit
    classes.flags.writeable = False
    lower.flags.writeable = False
    return classes, lower


def _as_text(points: Int32) -> str:
    """Return an array of code points, lone surrogates included, as a string."""
    return points.astype("<i4").tobytes().decode("utf-32-le", "surrogatepass")


def _as_points(text: str) -> Int32:
    """Return a string as an array of its code points."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<i4").astype(np.int32)


def _matches(pattern: str, text: str) -> npt.NDArray[np.bool_]:
    r"""Return which characters of a text match the class of an escape, such as ``\w``."""
    runs = re.findall(f"{pattern}+|{pattern.upper()}+", text)  # it skips faster than it searches
    begins_with = re.match(pattern, text) is not None
    are_matches = np.arange(len(runs)) % 2 == (0 if begins_with else 1)
    return np.repeat(are_matches, list(map(len, runs)))


def _makes_sigma_final(prefixes: Int32) -> npt.NDArray[np.bool_]:
    """Return after which prefixes, each a row of code points, a capital sigma becomes final."""
    n = len(prefixes)
    before, sigma, after = np.full((3, n, 1), ord(" "), np.int32)
    sigma[:] = 0x3A3
    probes = np.concatenate([before, prefixes, sigma, after], axis=1)
    lowered = _as_points(_as_text(probes.ravel()).lower()).reshape(probes.shape)
    return np.asarray(lowered[:, -2] == FINAL_SIGMA)
