"""The rows that a model has learned, so that a report can say which of its rows are among them."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from torrential.data.dataset import Dataset
from torrential.data.views.split import row_hashes
from torrential.engine.batches.batch_stream import read_batches
from torrential.engine.progress.advance import Advance, results_of
from torrential.engine.progress.measured import measured
from torrential.engine.progress.progress import Progress, SilentProgress
from torrential.evaluation.findings.seen_rows import SeenRows
from torrential.execution import Executor, Recipe
from torrential.types import Batch

Hashes = NDArray[np.uint64]


def hashes_of(batch: Batch) -> Hashes:
    """Return a hash of what the features of each row come from, shape (n_rows,)."""
    return row_hashes(replace(batch, target=None), 0)


def learned_rows(
    dataset: Dataset, executor: Executor, progress: Progress | None = None
) -> SeenRows:
    """Read the rows of a training, and remember them in fixed memory.

    Parameters
    ----------
    dataset : Dataset
        With the columns that the model takes.
    executor : Executor
    progress : Progress, default=None
    """
    progress = progress or SilentProgress()
    seen = SeenRows()
    partitions = measured(replace(dataset, cached=None).partitions())
    with progress:
        progress.begin("read the training", partitions)
        recipe = Recipe(read_batches, _hashed, _with_advance)
        with closing(executor.stream(recipe, partitions)) as outputs:
            for hashes in results_of(outputs, progress):
                seen.update(hashes)
    return seen


def _hashed(shared: object, batch: Batch) -> tuple[Hashes, Advance]:
    return hashes_of(batch), Advance(batch.n_rows, batch.n_bytes)


def _with_advance(
    shared: object, results: Iterator[tuple[Hashes, Advance]]
) -> Iterator[Hashes | Advance]:
    for hashes, advance in results:
        yield hashes
        yield advance
