"""Rows that are ready for a model, batch by batch."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from torrential.engine.targets.labels import Encoded
from torrential.features.terms.counted_terms import CountedTerms
from torrential.types import Csr, Float32, UInt8

Place = tuple[int, int]
"""Place of a batch in a pass: the number of its partition, and its number in the partition."""

BEGINNING: Place = (0, 0)


@dataclass(frozen=True, slots=True)
class HashedBatch:
    """Rows ready for a model.

    Attributes
    ----------
    rows : Csr
    target : Encoded or None
    weight : float32 array of shape (n_rows,), or None
    n_bytes : int
        Bytes of text.
    n_malformed, n_invalid, n_null, n_other_labels : int
        Rows left out while reading; texts with invalid UTF-8; texts that are null; labels left out.
    terms : CountedTerms or None
        The terms of all texts, if they were counted.
    n_like_it : int
        Batches that these terms represent.
    registers : uint8 array or None
        Registers for a Vocabulary, if requested.
    place : Place
        Where it is in its pass.
    """

    rows: Csr
    target: Encoded | None
    weight: Float32 | None
    n_bytes: int
    n_malformed: int
    n_invalid: int
    n_null: int
    n_other_labels: int = 0
    terms: CountedTerms | None = None
    n_like_it: int = 1
    registers: UInt8 | None = None
    place: Place = BEGINNING


def joined_weights(weights: Sequence[Float32 | None], sizes: Sequence[int]) -> Float32 | None:
    """Return the concatenated weights of several batches; None if all rows weigh 1.

    Parameters
    ----------
    weights : sequence of float32 arrays of shape (n_rows,), or None
        None is 1 for each row.
    sizes : sequence of int
        Rows of each batch.
    """
    if all(weight is None for weight in weights):
        return None
    return np.concatenate(
        [
            np.ones(size, np.float32) if weight is None else weight
            for weight, size in zip(weights, sizes, strict=True)
        ]
    )
