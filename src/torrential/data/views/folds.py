"""Folds of a dataset: views of the rows that are learned, and of the rows that are scored."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from torrential.data.columns.shape import Shape
from torrential.data.source import SizedPartition, Source, View, select_rows, view_of
from torrential.data.views.foldings import HashFolding, StratifiedFolding
from torrential.data.views.ordered_folding import OrderedFolding
from torrential.data.views.row_keys import keyed
from torrential.types import Batch


@dataclass(frozen=True, slots=True)
class _FoldPartition:
    inner: SizedPartition
    view: "Fold"
    shape: Shape

    @property
    def name(self) -> str:
        return self.inner.name

    @property
    def n_rows(self) -> None:
        return None

    def identity(self) -> dict[str, Any] | None:
        of = self.view.folding.identity()
        return view_of(self.inner, **self.view.describe(), folding=of)

    def batches(self) -> Iterator[Batch]:
        view = self.view
        for _, batch, numbers_of in keyed(self.inner, view.folding):
            chosen = view.folding.mask(numbers_of(), view.number, is_test=view.is_test)
            if chosen.any() or batch.n_skipped:
                yield self._as_asked_for(select_rows(batch, pa.array(chosen), pc.filter))

    def _as_asked_for(self, batch: Batch) -> Batch:
        if batch.rows is None:
            return batch
        return replace(batch, rows=self.shape.chosen(batch.rows, batch.origin))


@dataclass(frozen=True, slots=True)
class Fold(View):
    """The scored rows of one fold, or its learned rows."""

    inner: Source
    folding: HashFolding | StratifiedFolding | OrderedFolding
    number: int
    is_test: bool

    def describe(self) -> dict[str, Any]:
        """Describe the folds, the number and the side."""
        edges = self.folding.edges if isinstance(self.folding, OrderedFolding) else []
        return {
            "kind": "a fold",
            "folds": str(self.folding),
            "edges": [str(edge) for edge in edges],
            "number": self.number,
            "side": "test" if self.is_test else "train",
        }

    def columns_for(self, names: Sequence[str]) -> list[str]:
        """Return the columns with the one that determines the folds."""
        column = None
        if isinstance(self.folding, OrderedFolding):
            column = self.folding.order
        elif isinstance(self.folding, HashFolding):
            column = self.folding.groups
        return list(dict.fromkeys([*names, *([] if column is None else [column.name])]))

    def partitions(self, shape: Shape) -> tuple[SizedPartition, ...]:
        """Return the partitions of the source, each with its rows of the fold."""
        inner = self.inner.partitions(self.folding.needed(shape))
        return tuple(_FoldPartition(partition, self, shape) for partition in inner)

    @property
    def hashes_rows(self) -> bool:
        """Whether rows are chosen by a hash of their content, not by a column."""
        return self.folding.hashes_rows or self.inner.hashes_rows

    @property
    def n_bytes(self) -> int | None:
        """Share of the source's bytes."""
        return None if self.inner.n_bytes is None else int(self.inner.n_bytes * self._share)

    def expected_rows(self, n_rows: int) -> int:
        """Return the share of the fold, or of the others, in the rows of `inner`."""
        return round(n_rows * self._share)

    @property
    def _share(self) -> float:
        share = 1 / self.folding.n_folds
        return share if self.is_test else 1 - share

    def __str__(self) -> str:
        part = "fold" if self.is_test else "rows to learn for fold"
        return f"{self.inner}, {part} {self.number} of {self.folding}"
