"""Numbers of terms that share a column: exact from an index with all terms, else estimated."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from torrential.features.terms.term_index import TermIndex
from torrential.shown import ForPeople, Shown
from torrential.types import Int32, Int64

COLUMNS_PER_TERM = 8
"""Columns per term that are enough: more columns save the first of the costs below."""

COST = {-3: 0.2, -2: 0.2, -1: 0.4, 0: 0.8, 1: 0.9, 2: 1.3, 3: 2.1, 4: 4.3, 5: 5.7}
"""Points of held-out accuracy that were lost at most in three of four cases, for terms per column
as a power of 2; below the first none that can be measured. From ``benchmarks/bench_collisions.py``,
18 cases of 7 sets; the guide has the table."""

LITTLE = COST[-3]

MAX_BITS = 31
"""The largest number of columns is 2**31 - 1."""

N_HEAVIEST = 10


@dataclass(frozen=True, slots=True)
class Collision:
    """Terms that share a column, the most frequent one first.

    Attributes
    ----------
    column : int
        The column, from 0.
    terms : tuple of str
    counts : tuple of int
        How often each term occurs, approximately for a long stream.
    """

    column: int
    terms: tuple[str, ...]
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True, repr=False)
class CollisionReport(ForPeople):
    """Collisions of the terms of some texts under the hashing trick.

    Attributes
    ----------
    n_features : int
        Columns that there are.
    vocabulary : int
        Different terms, within 2 % if it is estimated.
    occupied : int
        Columns that have a term.
    shared_terms : float
        Share of the terms that are not alone in their column, from 0 to 1.
    shared_mass : float
        Share of all occurrences that are of such terms. Where it is estimated, it is that of the
        terms: the hash does not know how frequent a term is.
    is_measured : bool
        Whether the numbers were counted, not estimated.
    smallest_n_features : int or None
        Smallest power of 2 columns that is at least 8 times the vocabulary: more brought 0.2 points
        of accuracy or less in three of four measured cases. None if 2**30 are not as many.
    heaviest : sequence of Collision
        The collisions by name in which the lesser terms are the most frequent.
    memory : int
        Bytes that the weights and the index of terms take.
    """

    n_features: int
    vocabulary: int
    occupied: int
    shared_terms: float
    shared_mass: float
    is_measured: bool
    smallest_n_features: int | None
    heaviest: Sequence[Collision] = field(default=())
    memory: int = 0

    @property
    def terms_per_column(self) -> float:
        """Number of different terms per column."""
        return self.vocabulary / self.n_features

    @property
    def cost(self) -> float:
        """Points of accuracy lost at this number of terms per column, as measured on other data.

        In three of four cases it was at most this. Most collisions are of rare terms; where these
        distinguish the classes, as in text that is not split into words, it was more.
        ``collision_curve`` measures it on the data at hand.
        """
        power = math.log2(self.terms_per_column) if self.vocabulary else -math.inf
        within = [points for place, points in COST.items() if power > place - 0.5]
        return within[-1] if within else 0.0

    def cost_sentence(self) -> str:
        """Return the cost of collisions, as a clause for people."""
        if not self.cost:
            return "so few cost no measurable accuracy"
        is_more = self.terms_per_column > 2.0 ** (max(COST) + 0.5)
        bound = "more than" if is_more else "at most"
        return (
            f"this many cost {bound} {self.cost} points of accuracy in three of four measured cases"
        )

    def to_dict(self) -> dict[str, Any]:
        """Return all figures as JSON represents them."""
        return asdict(self) | {"cost": self.cost}

    def _shown(self) -> Shown:
        facts = [
            f"{self.vocabulary:,} terms in {self.n_features:,} columns",
            f"{self.shared_mass:.1%} of the occurrences share one",
            self.cost_sentence(),
        ]
        rows = [(" + ".join(each.terms),) for each in self.heaviest]
        return Shown("CollisionReport", facts, ("terms of one column",) if rows else (), rows)

    def __str__(self) -> str:
        enough = self.smallest_n_features
        lines = [
            f"{self.vocabulary:,} terms in {self.occupied:,} of {self.n_features:,} columns "
            f"({'measured' if self.is_measured else 'estimated'})",
            f"{self.shared_terms:.1%} of the terms share a column, and "
            f"{self.shared_mass:.1%} of the occurrences are theirs",
            f"{self.terms_per_column:.2g} terms per column: {self.cost_sentence()}",
            f"n_features={_power(enough)} is enough: more bring at most {LITTLE} points there"
            if enough
            else f"no n_features gives each term {COLUMNS_PER_TERM} columns",
        ]
        lines += [" + ".join(collision.terms) for collision in self.heaviest]
        return "\n".join(lines)


def report_collisions(
    n_features: int, n_terms: float, index: TermIndex | None = None, memory: int = 0
) -> CollisionReport:
    """Measure or estimate the collisions.

    Parameters
    ----------
    n_features : int
    n_terms : float
        Estimate of the number of different terms.
    index : TermIndex, optional
        It has the names; if it is complete, the numbers are measured.
    memory : int, default=0
        Bytes that the report tells.
    """
    heaviest = () if index is None else heaviest_collisions(index)
    if index is not None and index.is_complete:
        terms = index.counted()
        columns = terms.columns(n_features, index.settings.n_views)
        alone = _alone(columns)
        return CollisionReport(
            n_features=n_features,
            vocabulary=len(terms),
            occupied=len(np.unique(columns)),
            shared_terms=1 - float(alone.mean()) if len(terms) else 0.0,
            shared_mass=_shared_mass(terms.counts, alone),
            is_measured=True,
            smallest_n_features=smallest_enough(len(terms)),
            heaviest=heaviest,
            memory=memory,
        )
    # n_terms - 1 others, each of which is elsewhere with probability 1 - 1 / n_features
    elsewhere = np.log1p(-1 / n_features) if n_features > 1 else -np.inf
    shared = -np.expm1(max(n_terms - 1, 0) * elsewhere) if n_terms > 1 else 0.0
    occupied = -n_features * np.expm1(n_terms * elsewhere) if n_terms else 0.0
    return CollisionReport(
        n_features=n_features,
        vocabulary=round(n_terms),
        occupied=round(occupied),
        shared_terms=float(shared),
        shared_mass=float(shared),
        is_measured=False,
        smallest_n_features=smallest_enough(n_terms),
        heaviest=heaviest,
        memory=memory,
    )


def smallest_enough(n_terms: float) -> int | None:
    """Return the smallest sufficient power of 2 of columns for this many terms."""
    bits = max(1, math.ceil(math.log2(COLUMNS_PER_TERM * max(n_terms, 1))))
    return 1 << bits if bits < MAX_BITS else None


def heaviest_collisions(index: TermIndex, n: int = N_HEAVIEST) -> tuple[Collision, ...]:
    """Return collisions by name; those whose lesser terms are most frequent come first."""
    by_column = index.by_column
    counts, begins = by_column.terms.counts, by_column.begins
    if len(counts) == 0:
        return ()
    lesser = np.add.reduceat(counts, begins[:-1]) - counts[begins[:-1]]
    places = np.argsort(-lesser, kind="stable")[:n]
    return tuple(
        Collision(
            int(by_column.columns[place]),
            tuple(by_column.names[begins[place] : begins[place + 1]].tolist()),
            tuple(counts[begins[place] : begins[place + 1]].tolist()),
        )
        for place in places[lesser[places] > 0]
    )


def _alone(columns: Int32 | Int64) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Return whether each term is alone in its column."""
    _, inverse, n_terms = np.unique(columns, return_inverse=True, return_counts=True)
    alone: np.ndarray[Any, np.dtype[np.bool_]] = n_terms[inverse] == 1
    return alone


def _shared_mass(counts: Int64, alone: np.ndarray[Any, np.dtype[np.bool_]]) -> float:
    total = counts.sum()
    return float(counts[~alone].sum() / total) if total else 0.0


def _power(number: int) -> str:
    return f"2**{number.bit_length() - 1}"
