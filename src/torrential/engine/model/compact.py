"""Make models smaller: the weights that matter most for the scores, a byte each.

The importance of a weight is its size, times the typical value of its feature, times the root of
how often that occurs: the part it has in the variance of the scores. Where documents were not
counted, the last factor is the root of the largest sum of squared gradients.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from torrential.engine.model.hashed_model import HashedModel
from torrential.errors import ParameterError
from torrential.features.terms.kept_weights import KeptWeights, factors_of, octaves_of
from torrential.features.terms.term_index import TermIndex
from torrential.features.terms.term_weights import TermWeights
from torrential.features.terms.vocabulary import Vocabulary
from torrential.features.views import spans
from torrential.linear.compact.choice import NOTHING, Choice, Importance
from torrential.linear.compact.entries import Entries
from torrential.linear.compact.model import CompactModel
from torrential.types import Arrays, Float32, Int64

NAMES_SHARE = 10
"""A model that has names of terms gives one part of this many of its bytes to them, or what the
weights leave."""

NAME_BYTES = 20
"""Bytes of a name besides itself: key, count and length."""

SLACK = 512
"""Bytes by which a header may be longer than that of a model without weights."""

Contents = tuple[Arrays, dict[str, Any]]


def compact_contents(
    model: HashedModel,
    max_size: int,
    contents: Callable[[HashedModel], Contents],
    size: Callable[[Contents], int],
) -> Contents:
    """Return the contents of a file of limited size, with as many weights as it can hold.

    Parameters
    ----------
    model : HashedModel
    max_size : int
        Bytes of the file.
    contents : callable
        Returns arrays and header of the file of a model.
    size : callable
        Returns the bytes of a file with these contents.

    Raises
    ------
    ParameterError
        If so few weights fit that the model would be of no use, or it is compact already.
    """
    if not model.can_learn:
        found = contents(model)
        if size(found) > max_size:
            raise ParameterError(
                f"max_size={max_size} is less than the {size(found):,} bytes of this model, which "
                "was saved with max_size before: load the whole model to make it smaller."
            )
        return found
    choice = Choice.of(model.linear, _importance_for(model))
    names = 0 if model.terms is None else max_size // NAMES_SHARE
    empty = size(contents(_compact(model, choice, NOTHING, 0))) + SLACK
    sizes = empty + choice.n_bytes(of_column=int(model.weighting.idf is not None))
    least = int(sizes[choice.least])
    if least + names > max_size:
        needed = least if names == 0 else least + least // (NAMES_SHARE - 1) + 1
        raise ParameterError(
            f"max_size={max_size:,} bytes is too small for this model of "
            f"{model.linear.n_classes} classes: give at least {needed:,} bytes."
        )
    lowest = 1 + int(np.count_nonzero(sizes[1:] + names > max_size))
    return contents(_compact(model, choice, lowest, max_size - int(sizes[lowest])))


def _compact(model: HashedModel, choice: Choice, lowest: int, room: int) -> HashedModel:
    """Return a model with the weights of a bin and of all above it, and names in some bytes."""
    linear = model.linear
    kept = CompactModel(linear.settings, linear.n_classes, choice.entries(lowest))
    return HashedModel(
        model.hashing,
        _weighting(model, kept),
        kept,
        model.labels,
        model.calibration.without_sample(),
        model.counts,
        Vocabulary.of_size(model.vocabulary.n_terms()),
        _names(model, kept.entries, room),
        model.levels,
    )


def _weighting(model: HashedModel, linear: CompactModel) -> TermWeights:
    old = model.weighting
    new = TermWeights.new(old.idf, old.norm, 0, old.views)
    new.frequencies.n_documents = old.frequencies.n_documents
    columns = linear.entries.columns
    if old.idf is not None:
        octaves = octaves_of(old.frequencies.counts[columns])
        new.kept = KeptWeights(octaves, columns, linear.n_features)
    return new


def _names(model: HashedModel, kept: Entries, room: int) -> TermIndex | None:
    """Return the names of the heaviest columns, as many as fit into some bytes."""
    if model.terms is None:
        return None
    terms, hashing = model.terms.counted(), model.hashing
    columns = terms.columns(hashing.n_features, hashing.n_views)
    sizes = np.zeros(hashing.n_features, np.float32)
    np.maximum.at(sizes, np.repeat(kept.columns, kept.counts), np.abs(kept.weights()))
    order = np.argsort(-sizes[columns], kind="stable")
    order = order[sizes[columns[order]] > 0]
    n_bytes = np.cumsum(terms.lengths[order] + NAME_BYTES)
    chosen = np.sort(order[n_bytes <= room])
    index = TermIndex(hashing, model.terms.budget)
    index.update(terms.take(chosen))
    index.offset, index.is_sampled = model.terms.offset, True
    return index


def _importance_for(model: HashedModel) -> Importance:
    """Return what tells the importance of weights."""
    n, weighting, views = model.hashing.n_features, model.weighting, model.weighting.views
    scale: Float32 = np.ones(n, np.float32)
    for view, columns in spans(n, views):
        scale[columns] = view.weight
    is_counted = weighting.idf is not None
    if is_counted:
        counts, n_documents = weighting.frequencies.counts, weighting.frequencies.n_documents
        scale *= factors_of(octaves_of(counts), np.arange(n), n, n_documents, views)
        scale *= np.sqrt(counts).astype(np.float32)

    def importance(features: Int64, weights: Float32, squares: Float32 | None) -> Float32:
        rows = scale[features]
        if not is_counted and squares is not None:
            rows *= np.sqrt(squares.max(axis=1))
        found: Float32 = np.abs(weights) * rows[:, None]
        return found

    return importance
