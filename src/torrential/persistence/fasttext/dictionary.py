"""The dictionary of a fastText model: where its words and labels are, and tables to find them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from torrential.errors import ModelFileError
from torrential.kernels.fasttext.dictionary import (
    CROWDED,
    CUT_OFF,
    FACTS,
    GOOD,
    ODD_COUNT,
    ODD_KEY,
    ODD_ROW,
    ODD_TYPE,
    find_word,
    read_entries,
    read_kept,
)
from torrential.persistence.fasttext.reader import Reader
from torrential.types import Int64, UInt8

PREFIX = b"__label__"
"""What fastText puts before labels, unless it is trained with another prefix."""

PROBLEMS = {
    ODD_TYPE: "entry {} of its dictionary is neither a word among words nor a label among labels",
    ODD_COUNT: "entry {} of its dictionary has a count below 0",
    CROWDED: "too many entries of its dictionary have the same hash",
    ODD_KEY: "one of its n-grams is not in a bucket",
    ODD_ROW: "one of its n-grams has no row in its input matrix",
}

COUNTS = 28
"""Bytes of the counts at the beginning of a dictionary."""

FLORET = 8
"""Bytes of the settings that floret has before that."""

UInt64 = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Dictionary:
    """Words and labels of a model.

    Attributes
    ----------
    file : uint8 array
    n_words, n_labels : int
    starts : int64 array of shape (n_words + n_labels,)
        First byte of each word, then of each label.
    end : int
        Byte after the last entry.
    counts : int64 array of shape (n_labels,)
        How often training had each label.
    slots : uint64 array
        Table that finds a word.
    prefix : bytes
        What all labels begin with, and users do not see; it may be empty.
    n_kept : int
        N-grams that a pruned model keeps; -1 if it has all of them.
    kept_at : int
        First byte of their pairs of bucket and row.
    """

    file: UInt8
    n_words: int
    n_labels: int
    starts: Int64
    end: int
    counts: Int64
    slots: UInt64
    prefix: bytes
    n_kept: int
    kept_at: int

    def labels(self) -> list[str]:
        """Return all labels without their prefix, in the order of their numbers."""
        starts = self.starts[self.n_words :].tolist()
        ends = [start - FACTS - 1 for start in [*starts[1:], self.end]]
        cut = len(self.prefix)
        return [
            self.file[start + cut : end].tobytes().decode("utf-8", "replace")
            for start, end in zip(starts, ends, strict=True)
        ]

    def number_of(self, word: bytes) -> int:
        """Return the number of a word; -1 if it is not in the dictionary or is a label."""
        text = np.frombuffer(word, np.uint8)
        number = int(find_word(self.file, self.slots, self.starts, text))
        return number if number < self.n_words else -1


def read_dictionary(reader: Reader) -> Dictionary:
    """Read the dictionary.

    Raises
    ------
    ModelFileError
        If its numbers contradict each other or the size of the file.
    """
    n_entries, n_words, n_labels, _, n_kept = reader.numbers("iiiqq")
    if not _are_counts(n_entries, n_words, n_labels) or n_kept < -1:
        _check_is_not_floret(reader)
        reader.fail(
            f"it has {n_entries} entries for {n_words} words and {n_labels} labels, and {n_kept}"
            " n-grams"
        )
    if n_labels < 1:
        reader.fail("it has no labels")
    begin = reader.skip(n_entries * (FACTS + 1))  # more follows, but this bounds what is allocated
    starts, counts = np.empty(n_entries, np.int64), np.empty(n_labels, np.int64)
    slots, found = _table(n_entries), np.empty(3, np.int64)
    prefix = np.frombuffer(PREFIX, np.uint8)
    outcome = read_entries(reader.file, begin, n_words, prefix, starts, counts, slots, found)
    end, number, has_prefix = found.tolist()
    _check(reader, outcome, number)
    reader.at = end
    kept_at = reader.skip(8 * max(n_kept, 0))
    return Dictionary(
        reader.file,
        n_words,
        n_labels,
        starts,
        end,
        counts,
        slots,
        PREFIX if has_prefix else b"",
        n_kept,
        kept_at,
    )


def _are_counts(n_entries: int, n_words: int, n_labels: int) -> bool:
    return min(n_words, n_labels) >= 0 and n_words + n_labels == n_entries


def _check_is_not_floret(reader: Reader) -> None:
    """Raise the error of a file of floret, which has two more settings under the same version."""
    reader.at -= COUNTS - FLORET
    if _are_counts(*reader.numbers("iii")):
        raise ModelFileError(
            f"{reader.path} is a model of floret, which only floret reads: train it with fastText."
        )


def kept_table(reader: Reader, dictionary: Dictionary, bucket: int, n_rows: int) -> UInt64:
    """Return the table of the rows of n-grams that a pruned model keeps.

    Parameters
    ----------
    reader : Reader
    dictionary : Dictionary
    bucket, n_rows : int
        Ends of the numbers of buckets and of rows.
    """
    n_kept = max(dictionary.n_kept, 0)
    slots = _table(n_kept)
    _check(reader, read_kept(reader.file, dictionary.kept_at, n_kept, bucket, n_rows, slots), 0)
    return slots


def _table(n: int) -> UInt64:
    """Return a free table for some entries, at most half full."""
    return np.zeros(1 << max(n, 1).bit_length() + 1, np.uint64)


def _check(reader: Reader, outcome: Any, number: int) -> None:
    if outcome == CUT_OFF:
        reader.fail_cut_off()
    if outcome != GOOD:
        reader.fail(PROBLEMS[outcome].format(number))
