"""A view of a random share of the rows of some labels, which weigh accordingly more."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from torrential.data.columns.shape import Shape
from torrential.data.source import SizedPartition, Source, View, select_rows, view_of
from torrential.data.views.row_keys import mixed
from torrential.errors import ParameterError
from torrential.types import Batch, Float64

STREAM = 7
"""Stream of the hash, which is not that of the bags and shuffles of the same rows."""


@dataclass(frozen=True, slots=True)
class _DownsampledPartition:
    inner: SizedPartition
    view: "Downsampled"
    number: int

    @property
    def name(self) -> str:
        return self.inner.name

    @property
    def n_rows(self) -> None:
        return None

    def identity(self) -> dict[str, Any] | None:
        return view_of(self.inner, **self.view.describe(), partition=self.number)

    def batches(self) -> Iterator[Batch]:
        first = 0
        for batch in self.inner.batches():
            chosen = self._chosen(batch, first)
            first += batch.n_rows
            if chosen.n_rows or batch.n_skipped:
                yield chosen

    def _chosen(self, batch: Batch, first: int) -> Batch:
        rates = self.view.rates_of(batch)
        if rates is None:
            return batch
        kept = self._uniform(first, batch.n_rows) < rates
        weight = pa.array(1 / rates)
        if batch.weight is not None:
            weight = pc.multiply(weight, batch.weight.fill_null(1.0))
        return select_rows(replace(batch, weight=weight), pa.array(kept), pc.filter)

    def _uniform(self, first: int, n_rows: int) -> Float64:
        """Return a number from 0 to 1 for each row, by its place."""
        places = np.arange(first, first + n_rows, dtype=np.uint64)
        seeds = np.array([self.view.seed % 2**64, self.number], np.uint64)
        seed, number = mixed(seeds, STREAM)
        hashes = mixed(mixed(places ^ number, STREAM) ^ seed, STREAM)
        return (hashes >> np.uint64(11)).astype(np.float64) * 2.0**-53


@dataclass(frozen=True, slots=True)
class Downsampled(View):
    """The rows of a source without a random share of those of some labels.

    Attributes
    ----------
    inner : Source
    rates : tuple of pairs of pyarrow.Scalar and float
        Share of the rows to keep, by label.
    seed : int
    """

    inner: Source
    rates: tuple[tuple[pa.Scalar, float], ...]
    seed: int

    def describe(self) -> dict[str, Any]:
        """Describe the rates and the seed."""
        rates = [[str(label.as_py()), rate] for label, rate in self.rates]
        return {"kind": "a sample of labels", "rates": rates, "seed": self.seed}

    def rates_of(self, batch: Batch) -> Float64 | None:
        """Return the share to which each row belongs, shape (n_rows,); None without labels."""
        if batch.target is None:
            return None
        rates: Float64 = np.ones(batch.n_rows)
        for label, rate in self.rates:
            rates[_are(batch.target, label)] = rate
        return rates

    def partitions(self, shape: Shape) -> tuple[SizedPartition, ...]:
        """Return the partitions of the source, each with its share of rows."""
        partitions = self.inner.partitions(shape)
        return tuple(_DownsampledPartition(each, self, n) for n, each in enumerate(partitions))

    @property
    def hashes_rows(self) -> bool:
        """Whether the source chooses rows by their content; here they are chosen by place."""
        return self.inner.hashes_rows

    @property
    def n_bytes(self) -> None:
        """None: how many rows have the labels is unknown."""
        return None

    def __str__(self) -> str:
        rates = ", ".join(f"{rate:g} of {label.as_py()!r}" for label, rate in self.rates)
        return f"{self.inner}, {rates} by seed {self.seed}"


def checked_rates(
    rates: Mapping[Any, float], target: pa.Field | None
) -> tuple[tuple[pa.Scalar, float], ...]:
    """Return rates by labels in the type of the target.

    Raises
    ------
    ParameterError
        If there are no labels, a rate is not above 0 and up to 1, or a label is of another type.
    """
    if target is None:
        raise ParameterError("downsample needs labels: name their column in read(target=).")
    if not rates:
        raise ParameterError("rates is empty: pass a dict of labels and shares.")
    found = []
    for label, rate in rates.items():
        if isinstance(rate, bool) or not 0 < rate <= 1:
            raise ParameterError(
                f"rates has {rate!r} for {label!r}, which is not a share: pass a number above 0, "
                "up to 1."
            )
        found.append((_label(label, target), float(rate)))
    return tuple(found)


def _label(label: Any, target: pa.Field) -> pa.Scalar:
    value = label.item() if isinstance(label, np.generic) else label
    try:
        if isinstance(value, str):  # also 0 as "0"
            return pa.array([value], pa.string()).cast(target.type)[0]
        return pa.scalar(value).cast(target.type)
    except (pa.ArrowException, TypeError, ValueError):
        raise ParameterError(
            f"rates names {label!r}, but the labels in column {target.name!r} are of type "
            f"{target.type}: name a label as it is in the data."
        ) from None


def _are(target: pa.Array, label: pa.Scalar) -> NDArray[np.bool_]:
    equal = pc.equal(target, label).fill_null(False)
    return np.asarray(equal.to_numpy(zero_copy_only=False), np.bool_)
