"""What a prediction has read, kept and predicted."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, Self

import numpy as np

from torrential.engine.model.counts import Counts
from torrential.shown import Shown, counted
from torrential.types import Int64


@dataclass(repr=False)
class PredictionCounts(Counts):
    """Rows that were predicted and written; of which labels they are.

    Attributes
    ----------
    n_rows, n_bytes, unlabelled, malformed, null_text, invalid_utf8, other_labels, no_terms : int
        Rows predicted, and what :class:`Counts` has of them.
    n_kept : int
        Rows written: all of them, unless there is a filter.
    by_label : list of int64 array of shape (n_labels,)
        For each model, how many rows have each label, by its code; rows behind a gate that is
        closed have none.
    """

    n_kept: int = 0
    by_label: list[Int64] = field(default_factory=list, compare=False)

    def _shown(self) -> Shown:
        shown = super()._shown()
        first, *others = shown.facts
        return replace(shown, facts=[first, f"{self.n_kept:,} written", *others])

    def merge(self, other: Any) -> Self:
        """Add the figures of other rows."""
        for each in fields(PredictionCounts):
            if each.name != "by_label":
                setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))
        if self.by_label and other.by_label:  # a file without rows has none
            both = zip(self.by_label, other.by_label, strict=True)
            self.by_label = [mine + theirs for mine, theirs in both]
        elif other.by_label:
            self.by_label = list(other.by_label)
        return self

    def shares(self, labels: Sequence[Sequence[Any]]) -> list[dict[str, int]]:
        """Return the rows of each label, most frequent first, for each model.

        Parameters
        ----------
        labels : sequence of sequence
            Labels of each model, by code.
        """
        return [
            {
                str(values[code]): int(counts[code])
                for code in np.argsort(-counts, kind="stable")
                if counts[code]
            }
            for values, counts in zip(labels, self.by_label, strict=False)
        ]


@dataclass(repr=False)
class FolderCounts(PredictionCounts):
    """Rows of all files, and what became of each of them.

    Attributes
    ----------
    n_files : int
        Files written.
    n_done : int
        Files that an earlier run had written.
    failed : dict of str to str
        Files that could not be predicted, and why.
    """

    n_files: int = 0
    n_done: int = 0
    failed: dict[str, str] = field(default_factory=dict)

    def _shown(self) -> Shown:
        shown = super()._shown()
        files = [
            f"{counted(self.n_files, 'file')} written",
            *([f"{self.n_done:,} written before"] if self.n_done else []),
            *([f"{len(self.failed):,} failed"] if self.failed else []),
        ]
        header = ("file that failed", "why") if self.failed else ()
        return replace(
            shown, facts=[*files, *shown.facts], header=header, rows=list(self.failed.items())
        )
