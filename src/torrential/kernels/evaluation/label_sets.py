"""Compare predicted sets of labels, and the order of all labels, with the labels of rows."""

import numpy as np

from torrential.kernels.jit import kernel
from torrential.types import Bool, Float32, Float64, Int32, Int64

SUPPORT, PREDICTED, CORRECT = 0, 1, 2
"""Rows of the sums of each label."""

WEIGHT, EXACT, ERRORS, PRECISION, RECALL, F1, RANKING, LABELED = 0, 1, 2, 3, 4, 5, 6, 7
"""Places of the sums of rows."""

N_SUMS = 8

HITS, FOUND, ANY = 0, 1, 2
"""Rows of the sums at each k: shares of the first k, shares of a row's labels, and any at all."""


@kernel(error_model="numpy")
def count_sets(
    predicted: Bool,
    codes: Int32,
    starts: Int64,
    members: Int32,
    weight: Float64,
    of_labels: Float64,
    sums: Float64,
) -> None:
    """Add rows to the sums of labels, shape (3, n_labels), and to those of rows.

    Labels from the number of columns on were never seen in training.
    """
    n_rows, n_columns = predicted.shape
    for row in range(n_rows):
        w, at, end = weight[row], starts[codes[row]], starts[codes[row] + 1]
        n_true, n_predicted, n_hits = end - at, 0, 0
        for column in range(n_columns):
            is_true = at < end and members[at] == column
            if is_true:
                of_labels[SUPPORT, column] += w
                at += 1
            if predicted[row, column]:
                of_labels[PREDICTED, column] += w
                n_predicted += 1
                if is_true:
                    of_labels[CORRECT, column] += w
                    n_hits += 1
        while at < end:
            of_labels[SUPPORT, members[at]] += w
            at += 1
        sums[WEIGHT] += w
        sums[EXACT] += w if n_hits == n_true and n_hits == n_predicted else 0.0
        sums[ERRORS] += w * (n_true + n_predicted - 2 * n_hits)
        sums[PRECISION] += w * n_hits / n_predicted if n_predicted > 0 else 0.0
        sums[RECALL] += w * n_hits / n_true if n_true > 0 else 0.0
        sums[F1] += w * 2.0 * n_hits / (n_true + n_predicted) if n_true + n_predicted > 0 else 0.0
        sums[LABELED] += w if n_true > 0 else 0.0


@kernel(error_model="numpy")
def find_first(scores: Float32, first: Int64) -> int:
    """Write the columns with the highest scores of a row, and return how many there are.

    They are in order; of equal scores the first column comes first.
    """
    n_found = 0
    for column in range(len(scores)):
        place = n_found
        while place > 0 and scores[first[place - 1]] < scores[column]:
            place -= 1
        if place == len(first):
            continue
        n_found = min(n_found + 1, len(first))
        for k in range(n_found - 1, place, -1):
            first[k] = first[k - 1]
        first[place] = column
    return n_found


@kernel(error_model="numpy")
def ranking_precision(scores: Float32, members: Int32) -> float:
    """Return the mean share of a row's labels among all that score no less than one of them.

    It is 1 without labels. Those never seen in training score less than all others.
    """
    n_columns, n_true, n_unseen, total = len(scores), len(members), 0, 0.0
    for label in members:
        n_unseen += label >= n_columns
    for label in members:
        if label >= n_columns:
            total += n_true / (n_columns + n_unseen)
            continue
        rank, n_right = 0, 0
        for column in range(n_columns):
            rank += scores[column] >= scores[label]
        for other in members:
            n_right += other < n_columns and scores[other] >= scores[label]
        total += n_right / rank
    return total / n_true if n_true > 0 else 1.0


@kernel(error_model="numpy")
def rank_sets(
    scores: Float32,
    codes: Int32,
    starts: Int64,
    members: Int32,
    weight: Float64,
    ks: Int64,
    at_k: Float64,
    sums: Float64,
) -> None:
    """Add rows to the sums of the ranking, and to those at each k, ascending, shape (3, n_ks)."""
    first = np.zeros(ks[len(ks) - 1], np.int64)
    for row in range(len(codes)):
        w, begin, end = weight[row], starts[codes[row]], starts[codes[row] + 1]
        sums[RANKING] += w * ranking_precision(scores[row], members[begin:end])
        if begin == end:
            continue
        n_found, n_hits, k = find_first(scores[row], first), 0, 0
        for place in range(len(first)):
            if place < n_found:
                for at in range(begin, end):
                    n_hits += members[at] == first[place]
            while k < len(ks) and ks[k] == place + 1:
                at_k[HITS, k] += w * n_hits / ks[k]
                at_k[FOUND, k] += w * n_hits / (end - begin)
                at_k[ANY, k] += w if n_hits > 0 else 0.0
                k += 1
