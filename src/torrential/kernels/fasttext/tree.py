"""The binary tree of the hierarchical softmax."""

import numpy as np

from torrential.kernels.fasttext.heap import push
from torrential.kernels.fasttext.vectors import load_float
from torrential.kernels.jit import lean_kernel

NEVER = 10**15
"""Count of a node that has no children yet."""

TINY = 1e-5
"""What fastText adds to a probability before its logarithm."""


@lean_kernel
def build_tree(counts, totals, children):
    """Make the tree of labels by their counts, which fall.

    Parameters
    ----------
    counts : int64 array of shape (n_labels,)
        From 0 to less than NEVER.
    totals : int64 array of shape (2 * n_labels,)
        Receives the count of each node.
    children : int32 array of shape (n_labels - 1, 2)
        Receives the children of each inner node; inner node i has number ``n_labels + i``.

    Returns
    -------
    done : int
        0.
    """
    n = len(counts)
    for i in range(len(totals)):
        totals[i] = counts[i] if i < n else NEVER
    leaf, node = n - 1, n
    for inner in range(n, 2 * n - 1):
        total = np.int64(0)
        for side in range(2):
            if leaf >= 0 and totals[leaf] < totals[node]:
                child = leaf
                leaf -= 1
            else:
                child = node
                node += 1
            children[inner - n, side] = child
            total += totals[child]
        totals[inner] = total
    return 0


@lean_kernel
def log_of(probability):
    """Return the logarithm that fastText takes, in its precision."""
    return np.float32(np.log(np.float64(probability) + TINY))


@lean_kernel
def descend(model, k, is_full, scratch):
    """Walk down the tree to the k best labels, or to all of them; return how many were found.

    Parameters
    ----------
    model : Model
    k : int
    is_full : bool
        Whether to visit all labels and to write their scores to the outputs.
    scratch : Scratch
        Has the hidden vector.
    """
    n_labels = model.n_labels
    nodes, node_scores = scratch.nodes, scratch.node_scores
    scores, codes = scratch.heap_scores, scratch.heap_codes
    nodes[0], node_scores[0] = 2 * n_labels - 2, 0.0
    n_ahead, n_found = 1, 0
    while n_ahead > 0:
        n_ahead -= 1
        node, score = np.int64(nodes[n_ahead]), node_scores[n_ahead]
        is_low = n_found == k and score < scores[0]
        if node < n_labels:
            if is_full:
                scratch.outputs[node] = score
            if not is_low:
                n_found = push(scores, codes, n_found, k, score, node)
            continue
        if is_low and not is_full:
            continue
        inner = node - n_labels
        right = _sigmoid(_product(model, inner, scratch))
        nodes[n_ahead] = model.children[inner, 1]
        node_scores[n_ahead] = score + log_of(right)
        nodes[n_ahead + 1] = model.children[inner, 0]
        node_scores[n_ahead + 1] = score + log_of(np.float32(1.0 - np.float64(right)))
        n_ahead += 2
    return n_found


@lean_kernel
def _product(model, row, scratch):
    """Return the product of a row of the output and the hidden vector, added up in order."""
    source, at = model.output.source, model.output.at + 4 * model.dim * row
    product = np.float32(0.0)
    for j in range(model.dim):
        product += load_float(source, at + 4 * j) * scratch.hidden[j]
    return product * model.output.norms[row] if len(model.output.norms) > 0 else product


@lean_kernel
def _sigmoid(x):
    return np.float32(1.0 / np.float64(np.float32(1.0) + np.exp(-x)))
