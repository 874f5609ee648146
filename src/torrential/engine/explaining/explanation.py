"""Explanation of a model by its terms: the heaviest of each class, and those of one text."""

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from torrential.data.dataset import Dataset
from torrential.engine.batches.cached import Done, recorded
from torrential.engine.batches.encoding import Encoder, NumberedItem, encode_numbered
from torrential.engine.batches.hashed_batch import HashedBatch
from torrential.engine.batches.numbered import NumberedPartition, numbered
from torrential.engine.explaining.term_values import TERMS, term_values
from torrential.engine.model.hashed_model import HashedModel
from torrential.engine.progress.advance import Advance, results_of
from torrential.engine.progress.measured import measured
from torrential.engine.progress.progress import Progress, SilentProgress
from torrential.errors import ParameterError
from torrential.evaluation.explanation import Contribution, Explanation, TopTerm, TopTerms
from torrential.execution import Executor, Recipe, Threads, stop_requested
from torrential.features.names import ColumnNames
from torrential.features.terms.collisions import CollisionReport, report_collisions
from torrential.features.terms.term_index import TermIndex
from torrential.features.views import labels_of
from torrential.types import Float32

LOWER, HIGHER = "lower", "higher"
"""What terms speak for where numbers are predicted."""


def collect_terms(
    model: HashedModel,
    dataset: Dataset,
    budget: int,
    *,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> TermIndex:
    """Make an index of the terms of a dataset for a model, in one pass.

    Each partition has a separate index; the indexes are merged in order. The same to the bit for
    any executor.
    """
    progress, executor = progress or SilentProgress(), executor or Threads()
    weigh = model.linear.largest_weights
    index = TermIndex(model.hashing, budget)
    partitions = measured(dataset.partitions())
    recipe = Recipe(_read, _encode, _indexed)
    with progress:
        progress.begin("collect terms", partitions)
        shared = _Collecting(model, budget)
        with closing(executor.stream(recipe, numbered(partitions), shared)) as outputs:
            for part in results_of(outputs, progress):
                index.merge(part, weigh)
    return index


@dataclass(frozen=True)
class _Collecting:
    """The model whose terms are collected, and the budget of each index."""

    model: HashedModel
    budget: int

    @cached_property
    def encoder(self) -> Encoder:
        return Encoder(self.model.spec, observe=TERMS)


def _read(shared: _Collecting, source: NumberedPartition) -> Iterable[NumberedItem]:
    return source.items(shared.encoder)


def _encode(shared: _Collecting, item: NumberedItem) -> Done[HashedBatch]:
    return encode_numbered(item, shared.encoder)


def _indexed(
    shared: _Collecting, results: Iterator[Done[HashedBatch]]
) -> Iterator[Advance | TermIndex]:
    """Yield the progress of the work, and finally the index of the partition."""
    index = TermIndex(shared.model.hashing, shared.budget)
    weigh = shared.model.linear.largest_weights
    with closing(recorded(results, is_cut=stop_requested)) as batches:
        for batch in batches:
            if batch.terms is not None:
                index.update(batch.terms, batch.n_like_it, weigh)
            yield Advance(batch.rows.n_rows, batch.n_bytes)
    yield index


def column_names(model: HashedModel) -> ColumnNames:
    """Return what the columns of a model mean.

    Raises
    ------
    ParameterError
        If it is not known.
    """
    names = model.spec.names(model.terms)
    if names is None:
        raise ParameterError(
            "This model kept no terms: train it with terms=True, or name them afterwards with "
            "collect_terms(texts)."
        )
    return names


def top_terms(names: ColumnNames, coef: Float32, classes: list[Any], n: int) -> TopTerms:
    """Return the ``n`` heaviest names of each class.

    Parameters
    ----------
    names : ColumnNames
    coef : float32 array of shape (1, n_features) or (n_classes, n_features)
    classes : list
        In the order of the rows; two share one.
    n : int
    """
    weights = coef[:, names.columns] * names.signs[names.begins[:-1]]
    total = np.abs(coef).sum(dtype=np.float64)
    named = np.abs(weights).sum(dtype=np.float64) / total if total else 0.0
    is_shared = len(classes) == 2 and len(weights) == 1
    rows = [-weights[0], weights[0]] if is_shared else list(weights)
    by_class = {
        label: [_top_term(names, int(place), float(row[place])) for place in _heaviest(row, n)]
        for label, row in zip(classes, rows, strict=True)
    }
    return TopTerms(by_class, float(named))


def _heaviest(weights: Float32, n: int) -> Any:
    order = np.argsort(-weights, kind="stable")[:n]
    return order[weights[order] > 0]


def _top_term(names: ColumnNames, place: int, weight: float) -> TopTerm:
    begin, end = int(names.begins[place]), int(names.begins[place + 1])
    name, *others = names.names[begin:end].tolist()
    return TopTerm(name, weight, int(names.counts[begin]), tuple(others))


def explain(
    model: HashedModel,
    columns: pa.RecordBatch,
    coef: Float32,
    intercept: Float32,
    classes: list[Any],
    n: int | None = None,
) -> Explanation:
    """Return the ``n`` largest contributions of terms of a row to each score.

    Terms of the row that share a column share its value by their signed counts, as the hashing
    trick adds them up.

    Parameters
    ----------
    model : HashedModel
    columns : pyarrow.RecordBatch
        One row.
    coef : float32 array of shape (n_scores, n_features)
    intercept : float32 array of shape (n_scores,)
    classes : list
    n : int, optional
    """
    terms, at, values = term_values(model, columns)
    scores = coef[:, at].astype(np.float64) * values
    sizes = np.abs(scores).sum(axis=0)
    order = np.argsort(-sizes, kind="stable")[:n]
    names, known = terms.decoded(labels_of(model.hashing.views or ())), _known(model, terms.keys)
    total = sizes.sum()
    start = intercept.astype(np.float64)
    return Explanation(
        [
            Contribution(names[i], int(terms.counts[i]), scores[:, i], known[i])
            for i in order.tolist()
        ],
        start,
        start + scores.sum(axis=1),
        classes,
        float(sizes[order].sum() / total) if total else 1.0,
        model.is_multilabel,
    )


def _known(model: HashedModel, keys: Any) -> list[bool | None]:
    if model.terms is None:
        return [None] * len(keys)
    known: list[bool | None] = np.isin(keys, model.terms.by_column.terms.keys).tolist()
    return known


def collisions(model: HashedModel) -> CollisionReport:
    """Report the collisions of the terms that a model has seen."""
    arrays, _ = model.linear.state()
    memory = sum(array.nbytes for array in arrays.values())
    if model.terms is not None:
        memory += model.terms.n_bytes
    n_terms = model.vocabulary.n_terms()
    return report_collisions(model.hashing.n_features, n_terms, model.terms, memory)
