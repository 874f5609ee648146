"""From the hidden vector of a text to its labels: losses, and the best of all labels."""

import numpy as np

from torrential.kernels.constants import LABEL_LANES
from torrential.kernels.fasttext.heap import push, sort
from torrential.kernels.fasttext.model import (
    HIERARCHICAL,
    SIGMOID_END,
    SIGMOID_STEPS,
    SOFTMAX,
)
from torrential.kernels.fasttext.tree import TINY, descend, log_of
from torrential.kernels.fasttext.vectors import dot_tiles
from torrential.kernels.jit import lean_kernel

END, STEPS, TWO = np.float32(SIGMOID_END), np.float32(SIGMOID_STEPS), np.float32(2.0)

CLOSE = 1.0 - 4e-6
"""Below this share of another probability, a logarithm is lower in single precision, too."""


@lean_kernel
def rank(model, k, wanted, named, scratch):
    """Rank the labels of the text of the hidden vector.

    Parameters
    ----------
    model : Model
    k : int
        How many to rank; the heap of the scratch receives their scores and codes.
    wanted : int32 array of shape (n_wanted,)
        Labels whose probabilities are wanted.
    named : float32 array of shape (n_wanted,)
        Receives them.
    scratch : Scratch
    """
    if model.loss == HIERARCHICAL:
        n_found = descend(model, k, len(wanted) > 0, scratch)
        for i in range(len(wanted)):
            named[i] = probability_of(scratch.outputs[wanted[i]])
    else:
        outputs = scratch.outputs
        _multiply(model, scratch)
        if model.loss == SOFTMAX:
            _to_softmax(model.n_labels, outputs)
        else:
            _to_sigmoid(model.n_labels, outputs, model.sigmoid)
        n_found = _find_best(model.n_labels, k, outputs, scratch)
        for i in range(len(wanted)):
            named[i] = probability_of(log_of(outputs[wanted[i]]))
    sort(scratch.heap_scores, scratch.heap_codes, n_found)


@lean_kernel
def probability_of(score):
    """Return the probability that fastText gives for a score, but not more than 1."""
    probability = np.exp(score)
    return np.float32(1.0) if probability > np.float32(1.0) else probability


@lean_kernel
def _multiply(model, scratch):
    output, outputs = model.output, scratch.outputs
    n_tiles = (model.n_labels + LABEL_LANES - 1) // LABEL_LANES
    dot_tiles(output.source, output.at, model.dim, n_tiles, scratch.hidden, outputs)
    for label in range(len(output.norms)):
        outputs[label] *= output.norms[label]


@lean_kernel
def _to_softmax(n, outputs):
    highest = outputs[0]
    for i in range(n):
        highest = max(highest, outputs[i])
    total = np.float32(0.0)
    for i in range(n):
        outputs[i] = np.exp(np.float64(outputs[i] - highest))
        total += outputs[i]
    for i in range(n):
        outputs[i] /= total


@lean_kernel
def _to_sigmoid(n, outputs, sigmoid):
    for i in range(n):
        x = outputs[i]
        if x > END:
            outputs[i] = 1.0
        elif x >= -END:
            step = (x + END) * STEPS / END / TWO  # in single precision, as in fastText
            outputs[i] = sigmoid[np.int64(step)]
        else:  # not a number, too
            outputs[i] = 0.0


@lean_kernel
def _find_best(n, k, outputs, scratch):
    """Collect the k highest outputs in the heap; return how many there are."""
    scores, codes = scratch.heap_scores, scratch.heap_codes
    n_found = 0
    lowest = -1.0
    for i in range(n):
        if n_found == k and outputs[i] + TINY < lowest:
            continue
        score = log_of(outputs[i])
        if n_found == k and score < scores[0]:
            continue
        n_found = push(scores, codes, n_found, k, score, i)
        if n_found == k:
            lowest = (np.float64(outputs[codes[0]]) + TINY) * CLOSE
    return n_found
