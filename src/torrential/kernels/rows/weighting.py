"""Weighting of counted terms: rows of counts become rows of weights, in place."""

import numpy as np

from torrential.kernels.jit import kernel
from torrential.kernels.kept.ranks import rank_of
from torrential.kernels.text.merge import L2, NO_NORM


@kernel
def count_columns(indices, counts):
    """Add 1 to ``counts[column]`` for each value: the documents of each column."""
    for column in indices:
        counts[np.uint64(column)] += 1


@kernel
def count_columns_of(indices, indptr, is_counted, counts):
    """Count the documents of each column, but only rows for which ``is_counted`` is true."""
    for row in range(len(is_counted)):
        if is_counted[row]:
            for i in range(np.uint64(indptr[row]), np.uint64(indptr[row + 1])):
                counts[np.uint64(indices[i])] += 1


@kernel
def multiply_kept(data, indices, ranks, factors):
    """Multiply the values of columns of a set with their factors; others become 0."""
    for i in range(len(data)):
        rank = rank_of(ranks, indices[i])
        data[i] = data[i] * factors[rank] if rank >= 0 else 0


@kernel(error_model="numpy")
def weigh_rows(data, indices, indptr, factors, sublinear_tf, ends, norms, weights):
    """Scale counts by the factors of their columns, then rows to unit norm, view by view.

    Counts are signed; with ``sublinear_tf`` a count n becomes 1 + log(n), of the same sign.
    ``factors`` is empty if all are 1. The columns of view i end at ``ends[i]``; its values get the
    norm ``norms[i]``, times ``weights[i]``. Rows without a value, or of zeros, do not change.
    """
    last = len(ends) - 1
    for row in range(len(indptr) - 1):
        stop, end = np.uint64(indptr[row]), np.uint64(indptr[row + 1])
        for view in range(len(ends)):
            begin = stop
            if view == last:
                stop = end
            else:
                while stop < end and indices[stop] < ends[view]:
                    stop += np.uint64(1)
            norm, scale, total = norms[view], weights[view], 0.0
            for i in range(begin, stop):
                value = data[i]
                size = abs(value)
                if sublinear_tf and size > 0 and size != 1:  # most counts are 1, and log(1) is 0
                    value = np.sign(value) * (1 + np.log(size))
                if len(factors) > 0:
                    value *= factors[np.uint64(indices[i])]
                data[i] = value
                total += value * value if norm == L2 else abs(value)
            if total > 0 and norm != NO_NORM:
                scale /= np.sqrt(total) if norm == L2 else total
            if scale != 1:
                for i in range(begin, stop):
                    data[i] *= scale
