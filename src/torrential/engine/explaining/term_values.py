"""Terms of a row: the value that each brings to its column, and what it adds to scores."""

from typing import NamedTuple

import numpy as np
import pyarrow as pa

from torrential.engine.model.hashed_model import HashedModel
from torrential.features.spec import Observe
from torrential.features.terms.counted_terms import CountedTerms
from torrential.types import Csr, Float32, Float64, Int32

TERMS = Observe(terms=True)


class TermValues(NamedTuple):
    """Terms of a row.

    Attributes
    ----------
    terms : CountedTerms
    columns : int32 array of shape (n_terms,)
    values : float64 array of shape (n_terms,)
        Share of each term in the value of its column.
    """

    terms: CountedTerms
    columns: Int32
    values: Float64


def term_values(model: HashedModel, columns: pa.RecordBatch) -> TermValues:
    """Return the terms of a row.

    Terms that share a column share its value by their signed counts, as the hashing trick adds them
    up.

    Parameters
    ----------
    model : HashedModel
    columns : pyarrow.RecordBatch
        One row.
    """
    hashed = model.spec.encode(columns, TERMS)
    rows, terms = _ascending(hashed.rows), hashed.terms
    assert terms is not None
    weighting = model.weighting.current()
    if weighting is not None:
        weighting.apply(rows.data, rows.indices, rows.indptr)
    at = terms.columns(rows.n_features, model.hashing.n_views)
    parts = np.ones(len(terms)) if model.hashing.binary else terms.counts.astype(np.float64)
    if not model.hashing.binary:
        parts *= terms.signs(model.hashing.alternate_sign)
    places = np.searchsorted(rows.indices, at)
    totals = np.bincount(places, parts, len(rows.indices))[places]
    shares = np.divide(parts, totals, out=np.zeros_like(parts), where=totals != 0)
    return TermValues(terms, at, shares * rows.data[places])


def column_scores(model: HashedModel, columns: Int32, values: Float64 | Float32) -> Float32:
    """Return what values of single columns add to each score, shape (n_values, n_scores).

    The model scores a row of each value, so its weights are not copied, however many they are.

    Parameters
    ----------
    model : HashedModel
    columns : int32 array of shape (n_values,)
    values : float array of shape (n_values,)
    """
    n_values = len(columns)
    indptr = np.append(np.arange(n_values + 1), n_values)  # and a row without a value
    rows = Csr(values.astype(np.float32), columns, indptr, model.hashing.n_features)
    scores = model.linear.decision(rows)
    added: Float32 = scores[:-1] - scores[-1]
    return added


def _ascending(rows: Csr) -> Csr:
    """Return one row with ascending columns, each once."""
    if np.all(np.diff(rows.indices) > 0):
        return rows
    indices, places = np.unique(rows.indices, return_inverse=True)
    data = np.bincount(places, rows.data, len(indices)).astype(np.float32)
    return Csr(data, indices, np.array([0, len(indices)]), rows.n_features)
