"""A heap of the best labels, as the C++ library of GCC orders it: equal scores come as there.

The lowest score is at the front. A new score moves up past those that are higher; where one is
taken out, the lower of two children moves up, the second of equal ones.
"""

import numpy as np

from torrential.kernels.jit import lean_kernel


@lean_kernel
def _move_up(scores, codes, at, top, score, code):
    while at > top:
        parent = (at - 1) >> 1
        if not scores[parent] > score:
            break
        scores[at], codes[at] = scores[parent], codes[parent]
        at = parent
    scores[at], codes[at] = score, code


@lean_kernel
def _move_down(scores, codes, size, score, code):
    """Put an entry in place of the front: down to a leaf, and from there up again."""
    at, child = 0, 0
    while child < (size - 1) >> 1:
        child = 2 * child + 2
        if scores[child] > scores[child - 1]:
            child -= 1
        scores[at], codes[at] = scores[child], codes[child]
        at = child
    if size & 1 == 0 and child == (size - 2) >> 1:
        child = 2 * child + 1
        scores[at], codes[at] = scores[child], codes[child]
        at = child
    _move_up(scores, codes, at, 0, score, code)


@lean_kernel
def push(scores, codes, size, k, score, code):
    """Add an entry; of more than k, take the lowest one out. Return how many there are."""
    _move_up(scores, codes, size, 0, score, code)
    if size < k:
        return size + 1
    _move_down(scores, codes, size, scores[size], np.int64(codes[size]))
    return size


@lean_kernel
def sort(scores, codes, size):
    """Sort a heap, the highest score first."""
    while size > 1:
        size -= 1
        score, code = scores[size], np.int64(codes[size])
        scores[size], codes[size] = scores[0], codes[0]
        _move_down(scores, codes, size, score, code)
