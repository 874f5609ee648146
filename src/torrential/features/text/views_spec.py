"""ViewsSpec: texts to the terms of several views, next to each other in one row."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from torrential.features.settings import HashSettings
from torrential.features.spec import NOTHING, EncodedRows, Observe
from torrential.features.terms.counted_terms import joined_terms
from torrential.features.text.spec import TextSpec
from torrential.features.views import View, column_edges
from torrential.kernels.rows.side_by_side import place_rows
from torrential.types import Csr


@dataclass(frozen=True, slots=True)
class ViewsSpec(TextSpec):
    """Hashes the terms of each view to a part of the columns; the views in their order.

    Each view is encoded by the `TextSpec` of its settings.

    Examples
    --------
    >>> from torrential.features.views import parse_views
    >>> settings = HashSettings(n_features=64, views=parse_views("word:1-2+char_wb:3", None))
    >>> spec = ViewsSpec(settings)
    >>> spec.shown()
    'word:1-2 + char_wb:3-3, 64 features'
    >>> len(spec.encode(pa.record_batch({"text": ["good film"]})).rows.data)
    11
    """

    @property
    def parts(self) -> list[TextSpec]:
        """Spec of each view."""
        return [TextSpec(part) for part in self.settings.parts]

    @property
    def views(self) -> tuple[View, ...]:
        """Views, in the order of their columns."""
        return self.settings.views or ()

    @property
    def n_sizes(self) -> int:
        """Number of sizes of n-grams of all views."""
        return sum(part.n_sizes for part in self.parts)

    def encode(self, columns: pa.RecordBatch, observe: Observe = NOTHING) -> EncodedRows:
        """Hash each text of the one column, once for each view."""
        encoded = [part.encode(columns, observe) for part in self.parts]
        terms = [each.terms for each in encoded if each.terms is not None]
        registers = [each.registers for each in encoded if each.registers is not None]
        return EncodedRows(
            side_by_side([each.rows for each in encoded], [view.weight for view in self.views]),
            max(each.n_invalid for each in encoded),
            encoded[0].n_null,
            joined_terms(terms) if terms else None,
            np.maximum.reduce(registers) if registers else None,
        )

    def load(self, observe: Observe = NOTHING) -> None:
        """Load the kernels that hash the views and may count their terms."""
        self.encode(
            pa.record_batch({"text": ["two words"]}), Observe(terms=observe.terms, vocabulary=True)
        )

    @property
    def kernels(self) -> Hashable:
        """Keys of the kernels that the views need."""
        return tuple(part.kernels for part in self.parts)


def side_by_side(parts: Sequence[Csr], weights: Sequence[float]) -> Csr:
    """Return rows of several views as one row each, with the columns of each view in its part.

    Examples
    --------
    >>> first = Csr(np.ones(1, np.float32), np.array([3], np.int32), np.array([0, 1, 1]), 8)
    >>> second = Csr(np.ones(2, np.float32), np.array([0, 7], np.int32), np.array([0, 1, 2]), 8)
    >>> rows = side_by_side([first, second], [1.0, 0.5])
    >>> rows.indices, rows.data, rows.indptr
    (array([ 3,  8, 15], dtype=int32), array([1. , 0.5, 0.5], dtype=float32), array([0, 2, 3]))
    """
    n_features = sum(part.n_features for part in parts)
    indptr = np.sum([part.indptr for part in parts], axis=0)
    data, indices = np.empty(indptr[-1], np.float32), np.empty(indptr[-1], np.int32)
    places = indptr[:-1].copy()
    edges = column_edges(n_features, len(parts)).tolist()
    for part, weight, first in zip(parts, weights, edges, strict=False):
        arrays = part.data, part.indices, part.indptr
        place_rows(arrays, first, float(weight), places, data, indices)
    return Csr(data, indices, indptr, n_features)


def text_spec(settings: HashSettings) -> TextSpec:
    """Return the spec of settings, with or without views."""
    return TextSpec(settings) if settings.views is None else ViewsSpec(settings)
