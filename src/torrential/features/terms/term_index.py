"""Back from columns to terms: a bounded index of the terms that occurred, with counts."""

from collections.abc import Callable
from dataclasses import fields, replace
from functools import cached_property
from typing import Any, Self, cast

import numpy as np
from numpy.typing import NDArray

from torrential.errors import ParameterError
from torrential.features.settings import Hashing
from torrential.features.terms.counted_terms import CountedTerms
from torrential.features.terms.counting import make_table, terms_of
from torrential.features.terms.term_budget import DEFAULT_BUDGET
from torrential.features.terms.terms_by_column import TermsByColumn
from torrential.features.views import View
from torrential.kernels.text.term_table import (
    MAX_NAME,
    N_BYTES,
    N_TERMS,
    TermTable,
    add_terms,
    clear,
    find_known,
    move_cells,
    slots_for,
)
from torrential.types import Float32, Float64, Int32

NAME_BYTES = 32
"""Bytes of room for names, per term."""

IRRELEVANT = ("norm", "binary")
"""Settings of the hashing that change neither terms nor columns."""

LEAST = 0.01
"""Weight of a term unknown to the model, as a share of the heaviest weight."""

Wanted = NDArray[np.bool_]
WeighColumns = Callable[[Int32], Float32]

ALL: Wanted = np.zeros(0, np.bool_)
"""Wants all terms."""


class TermIndex:
    """Terms by their counts, as many as a budget allows: a summary of counted terms.

    While no more terms came than the budget allows, all of them are there and counts are exact, in
    whichever order batches were taken in or merged. Then the less frequent half is dropped whenever
    it is full: the median count is taken off all counts, and those that have none left go. So a
    term that occurred more often than 2 / budget of all occurrences is always there, and
    ``offset`` is the most that its count can be short by.

    Parameters
    ----------
    settings : Hashing
        How the terms are hashed.
    budget : int
        Most terms.

    Attributes
    ----------
    offset : int
        What was taken off all counts so far.
    is_sampled : bool
        Whether terms were counted in a part of the batches only.

    Notes
    -----
    It is the summary of Misra and Gries (1982), merged as by Agarwal et al. ("Mergeable
    summaries", 2013), which drops the median as by Anderson et al. ("A high-performance algorithm
    for identifying frequent items in data streams", 2017): amortised, a term costs the same for any
    budget.
    """

    def __init__(self, settings: Hashing, budget: int = DEFAULT_BUDGET) -> None:
        self.settings = settings
        self.budget = budget
        self.offset = 0
        self.is_sampled = False
        self._table: TermTable = make_table(1)

    def __len__(self) -> int:
        return int(self._table.used[N_TERMS])

    @property
    def is_complete(self) -> bool:
        """Whether every term that occurred is present, with its exact count."""
        return self.offset == 0 and not self.is_sampled

    @property
    def n_bytes(self) -> int:
        """Bytes in memory."""
        return sum(array.nbytes for array in self._table)

    def update(
        self, terms: CountedTerms, factor: int = 1, weigh: WeighColumns | None = None
    ) -> None:
        """Add the terms of a batch that represents ``factor`` batches.

        If it represents several, and half of the budget is used up, 1 is taken off each of its
        counts first: terms that a sample has once are too many.

        Parameters
        ----------
        terms : CountedTerms
        factor : int, default=1
        weigh : callable, optional
            Returns the weights that a model has for columns; if there is not room for all terms,
            those of heavy columns are kept then, by weight times log(1 + count).
        """
        self.__dict__.pop("by_column", None)
        has_room = len(self) + len(terms) <= self.budget
        less = 0 if factor == 1 or len(self) + len(terms) <= self.budget // 2 else 1
        self.is_sampled |= factor > 1
        wanted = ALL
        if not has_room:
            if weigh is not None:
                wanted = self._make_way(terms, factor, weigh)
            elif len(terms) > self.budget:  # what a separate index would have kept is enough
                n_kept = self.budget // 2
                less = max(less, int(np.partition(terms.counts, -1 - n_kept)[-1 - n_kept]))
        self.offset += less * factor
        first = 0
        while first < len(terms):
            first = self._add(terms, wanted, less, factor, first)
            if first < len(terms):
                self._drop()

    def merge(self, other: Self, weigh: WeighColumns | None = None) -> Self:
        """Add the terms of another index.

        Parameters
        ----------
        other : TermIndex
        weigh : callable, optional
            As `update` takes it.

        Raises
        ------
        ParameterError
            If the other's terms are hashed in another way.
        """
        check_same_terms(self.settings, other.settings)
        self.update(other.counted(), weigh=weigh)
        self.offset += other.offset  # after its terms: they may have been dropped from
        self.is_sampled |= other.is_sampled
        return self

    def counted(self) -> CountedTerms:
        """Return all kept terms, in the order of their keys."""
        terms = terms_of(self._table)
        return terms.take(np.argsort(terms.keys))

    @cached_property
    def by_column(self) -> TermsByColumn:
        """Terms of each column."""
        return TermsByColumn(self.counted(), self.settings)

    def copy(self) -> Self:
        """Return an independent copy."""
        return self.hashed_to(self.settings.n_features)

    def hashed_to(self, n_features: int) -> Self:
        """Return an index of the same terms, hashed to another number of columns."""
        settings: Any = self.settings  # of a dataclass
        copy = type(self)(replace(settings, n_features=n_features), self.budget)
        copy.update(self.counted())
        copy.offset, copy.is_sampled = self.offset, self.is_sampled
        return copy

    def state(self) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        """Return arrays and JSON for a model file."""
        terms = self.counted()
        arrays: dict[str, NDArray[Any]] = {
            "term_keys": terms.keys,
            "term_counts": terms.counts,
            "term_lengths": terms.lengths,
            "term_names": terms.names,
        }
        header = {"budget": self.budget, "offset": self.offset, "is_sampled": self.is_sampled}
        return arrays, header

    @classmethod
    def from_state(
        cls,
        arrays: dict[str, NDArray[Any]],
        header: dict[str, Any],
        settings: Hashing,
    ) -> Self:
        """Return the index that `state` described."""
        index = cls(settings, header["budget"])
        lengths = arrays["term_lengths"]
        starts = np.cumsum(lengths, dtype=np.int64) - lengths
        keys, counts, names = (arrays[f"term_{name}"] for name in ("keys", "counts", "names"))
        index.update(CountedTerms(keys, counts, starts, lengths, names))
        index.offset, index.is_sampled = header["offset"], header["is_sampled"]
        return index

    def _make_way(self, terms: CountedTerms, factor: int, weigh: WeighColumns) -> Wanted:
        """Choose the terms of a batch that have priority, and drop others until there is room."""
        known = self._known(terms)
        if len(self) + np.count_nonzero(~known) <= self.budget:
            return ALL
        ours = terms_of(self._table)
        priority, new_priority = self._priorities(ours, terms, weigh)
        new_priority[known] = -1.0
        # Dropping takes a look at all terms, so there has to be room for a while after it.
        n_kept = self.budget if len(terms) > self.budget // 2 else self.budget // 2
        limit = np.partition(np.concatenate([priority, new_priority]), -1 - n_kept)[-1 - n_kept]
        kept, wanted = priority > limit, known | (new_priority > limit)
        if not kept.all():
            clear(self._table)
            everything = (self.budget, len(self._table.names))
            add_terms(_arrays(ours), kept, 0, 1, 0, everything, self._table)
            wanted &= ~known | self._known(terms)
        left_out = terms.counts[~wanted].max(initial=0)
        self.offset += int(ours.counts[~kept].max(initial=0) + factor * left_out)
        result: Wanted = wanted
        return result

    def _known(self, terms: CountedTerms) -> Wanted:
        """Return whether each term is in the index."""
        known = np.empty(len(terms), np.bool_)
        find_known(terms.keys, self._table, known)
        return known

    def _priorities(
        self, ours: CountedTerms, theirs: CountedTerms, weigh: WeighColumns
    ) -> tuple[Float64, Float64]:
        """Return the weight of each term's column times log(1 + count)."""
        where = self.settings.n_features, self.settings.n_views
        weights = [weigh(terms.columns(*where)) for terms in (ours, theirs)]
        # The model knows nothing of some terms yet.
        least = LEAST * max(float(part.max(initial=0)) for part in weights) or 1.0
        first, second = (
            np.log1p(terms.counts) * (part + least)
            for terms, part in zip((ours, theirs), weights, strict=True)
        )
        return first, second

    def _add(self, terms: CountedTerms, wanted: Wanted, less: int, factor: int, first: int) -> int:
        """Add terms up to the budget; return the number of the first that does not fit."""
        max_bytes = NAME_BYTES * self.budget + MAX_NAME
        n_terms = min(self.budget - len(self), len(terms) - first)
        n_bytes = min(max_bytes - int(self._table.used[N_BYTES]), len(terms.names))
        self._make_room(n_terms, n_bytes)
        budget = (self.budget, max_bytes)
        return int(add_terms(_arrays(terms), wanted, less, factor, first, budget, self._table))

    def _make_room(self, n_terms: int, n_bytes: int) -> None:
        """Grow the table, with NumPy's arrays, which use huge pages where possible."""
        cells, names, used = self._table
        n_cells, n_used = int(slots_for(len(self) + n_terms)), int(used[N_BYTES])
        if len(names) < n_used + n_bytes:
            longer = np.empty((n_used + n_bytes) * 3 // 2, np.uint8)
            longer[:n_used] = names[:n_used]
            names = longer
        if len(cells) < 4 * n_cells:
            more = np.zeros(4 * n_cells, np.uint64)
            move_cells(cells, more)
            cells = more
        self._table = TermTable(cells, names, used)

    def _drop(self) -> None:
        """Make room: subtract the median count from all counts."""
        terms = terms_of(self._table)
        median = int(np.partition(terms.counts, len(terms) // 2)[len(terms) // 2])
        clear(self._table)
        everything = (self.budget, len(self._table.names))
        add_terms(_arrays(terms), ALL, median, 1, 0, everything, self._table)
        self.offset += median


def _arrays(terms: CountedTerms) -> tuple[NDArray[Any], ...]:
    return terms.keys, terms.counts, terms.starts, terms.lengths, terms.names


def check_same_terms(settings: Hashing, others: Hashing) -> None:
    """Raise a ParameterError unless both hash the same terms to the same columns."""
    for field in fields(cast(Any, settings)):
        ours, theirs = (_relevant(getattr(each, field.name, None)) for each in (settings, others))
        if field.name not in IRRELEVANT and ours != theirs:
            raise ParameterError(
                f"{field.name}={theirs!r} of one summary is not {field.name}={ours!r} of the "
                "other: merge what was hashed with the same settings."
            )


def _relevant(value: Any) -> Any:
    """Return a setting; of views only what distinguishes them."""
    is_views = isinstance(value, tuple) and all(isinstance(each, View) for each in value)
    return tuple(view.name for view in value) if is_views else value
