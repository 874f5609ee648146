"""Prediction: partitions hashed and scored on threads, results in the order of the input."""

from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow as pa

from torrential.data.dataset import Dataset
from torrential.engine.hashing import HashedBatch, hash_batch
from torrential.engine.text_model import TextModel
from torrential.execution import stream
from torrential.features.weighting import Weighting
from torrential.types import Batch, Float32, Partition


@dataclass(frozen=True, slots=True)
class Scored:
    """A batch and its scores.

    Attributes
    ----------
    hashed : HashedBatch
    scores : float32 array of shape (n_rows, n_columns)
    rows : pa.RecordBatch or None
        The input's columns, where they were asked for.
    """

    hashed: HashedBatch
    scores: Float32
    rows: pa.RecordBatch | None


def scored_batches(
    model: TextModel, dataset: Dataset, n_jobs: int = 1, *, keep_rows: bool = False
) -> Generator[Scored, None, None]:
    """Score a dataset batch by batch, in bounded memory."""
    return score_partitions(model, dataset.partitions("all" if keep_rows else "used"), n_jobs)


def score_partitions(
    model: TextModel, partitions: Sequence[Partition], n_jobs: int
) -> Generator[Scored, None, None]:
    """Score partitions batch by batch, in their order and in bounded memory."""
    model.linear.prepare()
    sources = [partition.batches for partition in partitions]
    score = partial(_score, model=model, weighting=model.terms.weighting())
    return stream(sources, score, n_jobs)


def _score(batch: Batch, model: TextModel, weighting: Weighting | None) -> Scored:
    hashed = hash_batch(batch, model.hashing, weighting)
    return Scored(hashed, model.linear.decision(hashed.rows), batch.rows)


def decision(model: TextModel, dataset: Dataset, n_jobs: int = 1) -> Float32:
    """Scores of all rows, shape (n_rows, n_columns), columns by code."""
    with closing(scored_batches(model, dataset, n_jobs)) as batches:
        parts = [scored.scores for scored in batches]
    if not parts:
        return np.zeros((0, model.linear.n_columns), np.float32)
    return np.concatenate(parts)
