"""Pipelines that each learn a sample of the rows of one stream."""

from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone

from torrential.adapters.configuration import Configured
from torrential.adapters.learner import PipelineLearner
from torrential.adapters.new_learner import NewLearners
from torrential.adapters.steps import final_step
from torrential.adapters.stream import StreamedExamples, streamed_examples
from torrential.adapters.training import find_classes
from torrential.data import Dataset
from torrential.data.views.row_keys import RowKeys
from torrential.engine.checkpoints.cursor import Cursor
from torrential.engine.progress.display import make_progress
from torrential.engine.progress.measured import measured
from torrential.engine.training.schedule import Schedule, epochs
from torrential.estimators.common.seeds import seed_of
from torrential.estimators.pipelines.out_of_core import OutOfCore
from torrential.estimators.pipelines.wrap import as_out_of_core
from torrential.execution import TaskRunner, count_jobs
from torrential.types import Float32, Int64

Sample = Callable[[Int64], Float32]
"""Returns the weight of each row, shape (n_rows,), by its key."""


def bagged_pipelines(
    estimator: Any,
    dataset: Dataset,
    row_keys: RowKeys,
    samples: Sequence[Sample],
    n_jobs: int | None,
    verbose: int,
) -> list[Any]:
    """Return one fitted estimator for each sample, of the same class as the given one."""
    model = as_out_of_core(clone(estimator), of_table=not dataset.text)
    classes = find_classes(final_step(model.estimator), dataset, model.n_jobs)
    new = NewLearners(dataset)
    learners = [new(model.estimator, classes) for _ in samples]
    schedule = Schedule(model.max_iter, model.shuffle, seed_of(model.random_state))
    jobs = count_jobs(model.n_jobs if n_jobs is None else n_jobs)
    partitions, cursor = measured(dataset.keyed_partitions(row_keys)), Cursor()
    with make_progress(verbose) as progress, TaskRunner(jobs) as run:
        for epoch, ordered in epochs(schedule, cursor, partitions, progress):
            order = (schedule.seed, epoch) if schedule.shuffle else None
            stream = streamed_examples(
                ordered, [learners[0].lead], jobs, row_keys=row_keys, order=order
            )
            with closing(stream) as batches:
                for examples in batches:
                    pairs = zip(learners, samples, strict=True)
                    run([Configured(partial(_learn, *pair, examples, epoch)) for pair in pairs])
                    progress.advance(examples.n_rows, examples.n_bytes)
            cursor.end_epoch()
    if not isinstance(estimator, OutOfCore):
        return [learner.pipeline for learner in learners]
    return [_kept(estimator, learner) for learner in learners]


def _learn(
    learner: PipelineLearner, sample: Sample, examples: StreamedExamples, epoch: int
) -> None:
    assert examples.keys is not None  # there are row keys
    times = sample(examples.keys)
    rows = np.flatnonzero(times)
    if len(rows) == 0:
        return
    weight: NDArray[Any] | None = times[rows].astype(np.float64)
    if not learner.takes_weight:
        rows, weight = np.repeat(rows, times[rows].astype(np.int64)), None
    chosen = examples.rows(rows)
    if weight is not None and chosen.weight is not None:
        weight = weight * chosen.weight
    learner.learn(chosen.views[0], chosen.y, weight, fits_transformers=epoch == 0)


def _kept(estimator: OutOfCore, learner: PipelineLearner) -> OutOfCore:
    fitted: OutOfCore = clone(estimator)
    fitted._keep_learner(learner, n_iter=estimator.max_iter)
    return fitted
