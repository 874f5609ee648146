"""The stop words that a parameter asks for, as a table for the kernels."""

from collections.abc import Collection
from functools import lru_cache

import numpy as np

from torrential.errors import ParameterError
from torrential.kernels.text.stop_words import FREE, StopWords, hash_bytes

SPARSITY = 4
"""Slots for each word, so that most searches end at the first."""


def stop_words_of(stop_words: str | Collection[str] | None) -> StopWords:
    """Return a table of scikit-learn's English list ('english'), given words, or none (None).

    Raises
    ------
    ParameterError
        If a name is not of a known list.
    """
    if stop_words is None:
        return _table(frozenset())
    if not isinstance(stop_words, str):
        return _table(frozenset(word for word in stop_words if isinstance(word, str)))
    if stop_words != "english":
        raise ParameterError(
            f"stop_words={stop_words!r} is not a known list: give 'english' or a list of words."
        )
    # Few texts are without them, and scikit-learn takes a second to import.
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    return _table(ENGLISH_STOP_WORDS)


@lru_cache(maxsize=8)
def _table(words: frozenset[str]) -> StopWords:
    encoded = sorted(word.encode("utf-8", "surrogatepass") for word in words)
    text = np.frombuffer(b"".join(encoded), np.uint8)
    sizes = np.array([len(word) for word in encoded], np.int64)
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])
    n_slots = 1 << (SPARSITY * len(encoded)).bit_length() if encoded else 0
    slots = np.full(n_slots, FREE, np.int32)
    for i, size in enumerate(sizes):
        slot = hash_bytes(text, int(offsets[i]), int(size)) & (n_slots - 1)
        while slots[slot] != FREE:
            slot = (slot + 1) & (n_slots - 1)
        slots[slot] = i
    for array in (slots, offsets, text):
        array.flags.writeable = False
    return StopWords(slots, offsets, text, int(sizes.max(initial=0)))
