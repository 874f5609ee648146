"""How many terms share a column: measured on an index that has all of them, else estimated."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from torrential.features.term_index import TermIndex
from torrential.types import Int32, Int64

MAX_SHARED_MASS = 0.01
"""Share of the occurrences in shared columns up to which a number of columns is enough."""

MAX_BITS = 31
"""The largest number of columns is 2**31 - 1."""

N_HEAVIEST = 10


@dataclass(frozen=True, slots=True)
class Collision:
    """Terms that share a column, the most frequent one first, and how often each occurs."""

    column: int
    terms: tuple[str, ...]
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CollisionReport:
    """What the hashing trick does to the terms of some texts.

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
        Smallest power of 2 columns that keeps ``shared_mass`` under 1 %; None if 2**30 do not.
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

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON has it."""
        return asdict(self)

    def __str__(self) -> str:
        enough = self.smallest_n_features
        lines = [
            f"{self.vocabulary:,} terms in {self.occupied:,} of {self.n_features:,} columns "
            f"({'measured' if self.is_measured else 'estimated'})",
            f"{self.shared_terms:.1%} of the terms share a column, and "
            f"{self.shared_mass:.1%} of the occurrences are theirs",
            f"n_features={_power(enough)} would keep these under {MAX_SHARED_MASS:.0%}"
            if enough
            else f"no n_features would keep these under {MAX_SHARED_MASS:.0%}",
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
        terms = index.terms()
        columns = terms.columns(n_features)
        alone = _alone(columns)
        return CollisionReport(
            n_features=n_features,
            vocabulary=len(terms),
            occupied=len(np.unique(columns)),
            shared_terms=1 - float(alone.mean()) if len(terms) else 0.0,
            shared_mass=_shared_mass(terms.counts, alone),
            is_measured=True,
            smallest_n_features=_smallest_measured(terms.hashes(), terms.counts),
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
        smallest_n_features=smallest_estimated(n_terms),
        heaviest=heaviest,
        memory=memory,
    )


def smallest_estimated(n_terms: float) -> int | None:
    """Smallest power of 2 columns for so many terms that keeps the shared mass under 1 %."""
    for bits in range(1, MAX_BITS):
        shared = -math.expm1((n_terms - 1) * math.log1p(-(2.0**-bits)))
        if shared < MAX_SHARED_MASS:
            return 1 << bits
    return None


def heaviest_collisions(index: TermIndex, n: int = N_HEAVIEST) -> tuple[Collision, ...]:
    """Collisions by name, those in which the lesser terms are the most frequent first."""
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
    """Whether each term is alone in its column."""
    _, inverse, n_terms = np.unique(columns, return_inverse=True, return_counts=True)
    alone: np.ndarray[Any, np.dtype[np.bool_]] = n_terms[inverse] == 1
    return alone


def _shared_mass(counts: Int64, alone: np.ndarray[Any, np.dtype[np.bool_]]) -> float:
    total = counts.sum()
    return float(counts[~alone].sum() / total) if total else 0.0


def _smallest_measured(hashes: Int32, counts: Int64) -> int | None:
    """As `smallest_estimated`, for these very terms: with more columns no two come together."""
    sizes = np.abs(hashes.astype(np.int64))
    low, high = 1, MAX_BITS
    while low < high:
        bits = (low + high) // 2
        if _shared_mass(counts, _alone(sizes & (2**bits - 1))) < MAX_SHARED_MASS:
            high = bits
        else:
            low = bits + 1
    return 2**low if low < MAX_BITS else None


def _power(number: int) -> str:
    return f"2**{number.bit_length() - 1}"
