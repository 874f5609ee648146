"""Counts of the rows of a training."""

from dataclasses import dataclass, fields
from typing import Self

from torrential.shown import ForPeople, Shown, counted
from torrential.units import human_size

_NAMES = {
    "unlabelled": "without a label",
    "malformed": "malformed",
    "null_text": "without a text",
    "invalid_utf8": "not in UTF-8",
    "other_labels": "further labels",
    "no_terms": "without a term",
}


@dataclass(repr=False)
class Counts(ForPeople):
    """Rows that were read, and those of them that were left out or are odd.

    Further passes over the same rows do not count.

    Attributes
    ----------
    n_rows : int
        Rows read.
    n_bytes : int
        Bytes of their texts, or of the inputs of a table.
    unlabelled : int
        Rows without a label, which are not learned.
    malformed : int
        Rows that their format does not allow, which ``on_bad_rows="skip"`` leaves out.
    null_text : int
        Rows whose text is null, which counts as empty.
    invalid_utf8 : int
        Rows whose text is not valid UTF-8; the bytes at fault are replaced.
    other_labels : int
        Labels that were left out since each row can have only one.
    no_terms : int
        Labeled rows, or predicted ones, without a single feature.
    """

    n_rows: int = 0
    n_bytes: int = 0
    unlabelled: int = 0
    malformed: int = 0
    null_text: int = 0
    invalid_utf8: int = 0
    other_labels: int = 0
    no_terms: int = 0

    def _shown(self) -> Shown:
        facts = [counted(self.n_rows, "row")]
        facts += [human_size(self.n_bytes)] if self.n_bytes else []
        named = ((getattr(self, name), text) for name, text in _NAMES.items())
        return Shown(type(self).__name__, [*facts, *(f"{n:,} {text}" for n, text in named if n)])

    @property
    def left_out(self) -> int:
        """Rows that were not learned."""
        return self.unlabelled + self.malformed

    def merge(self, other: Self) -> Self:
        """Add the figures of other rows."""
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))
        return self
