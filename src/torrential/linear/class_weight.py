"""Weights of classes, also balanced ones while the classes are still being counted."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from torrential.errors import ParameterError
from torrential.types import Float32, Int32, Int64

Spec = Mapping[Any, float] | str | None


class ClassWeight:
    """Factor of each row's gradient by its class.

    Parameters
    ----------
    spec : dict of label to weight, 'balanced' or None
        Labels that a dict does not name weigh 1. 'balanced' weighs a row
        n_rows / (n_classes * n_rows_of_its_class), all counted up to and with the row itself:
        scikit-learn's formula, where it refuses ``partial_fit``, in a stream.
    counts : sequence of int
        Rows of each class that were counted before, by code.
    """

    def __init__(self, spec: Spec, counts: Sequence[int] = ()) -> None:
        if isinstance(spec, str) and spec != "balanced":
            raise ParameterError(
                f"class_weight={spec!r} is not known: pass 'balanced', a dict of label to weight, "
                "or None."
            )
        self.spec = spec
        self.counts = np.array(counts, np.int64)

    def apply(
        self, codes: Int32, sample_weight: Float32 | None, order: Int64, labels: Sequence[Any]
    ) -> Float32 | None:
        """Return the weight of each row, None if all weigh 1; those in ``order`` are counted."""
        if self.spec is None:
            return sample_weight
        weights = np.ones(len(codes), np.float32) if sample_weight is None else sample_weight.copy()
        if isinstance(self.spec, str):
            weights[order] *= self._balance(codes[order], len(labels))
        else:
            by_code = np.array([self.spec.get(label, 1.0) for label in labels], np.float32)
            weights[order] *= by_code[codes[order]]
        return weights

    def _balance(self, codes: Int32, n_classes: int) -> Float32:
        before = np.zeros(n_classes, np.int64)
        before[: len(self.counts)] = self.counts
        by_class = np.argsort(codes, kind="stable")
        sizes = np.bincount(codes, minlength=n_classes)
        firsts = np.repeat(np.cumsum(sizes) - sizes, sizes)
        of_class = np.empty(len(codes), np.int64)
        of_class[by_class] = np.arange(len(codes)) - firsts + 1
        of_class += before[codes]
        n_rows = before.sum() + np.arange(1, len(codes) + 1)
        n_seen = np.count_nonzero(before) + np.cumsum(of_class == 1)
        self.counts = before + sizes
        weights: Float32 = (n_rows / (n_seen * of_class)).astype(np.float32)
        return weights
