"""The passes of a pipeline that learns batch by batch."""

from collections.abc import Callable
from contextlib import closing
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import is_classifier, is_regressor

from torrential.adapters.configuration import Configured
from torrential.adapters.learner import PipelineLearner, needs_labels
from torrential.adapters.stream import StreamedExamples, streamed_examples
from torrential.data import Dataset
from torrential.engine.checkpoints.cursor import Cursor
from torrential.engine.progress.measured import measured
from torrential.engine.progress.progress import Progress
from torrential.engine.training.checks import check_survey
from torrential.engine.training.schedule import Schedule, epochs, is_last
from torrential.engine.training.survey import survey
from torrential.evaluation.progressive import ProgressiveValidation
from torrential.execution import Whole, opened


def find_classes(final: Any, dataset: Dataset, n_jobs: int | None) -> NDArray[Any] | None:
    """Return all labels in ascending order, from a pass over the rows; None for other estimators.

    Raises
    ------
    DataError
        There is nothing that a classifier could be made of.
    """
    if not is_classifier(final):
        return None
    with opened(None, n_jobs) as executor:
        found = survey(dataset, executor)
    check_survey(found, dataset)
    return found.labels.order().classes


def learn_epochs(
    learner: PipelineLearner,
    dataset: Dataset,
    schedule: Schedule,
    cursor: Cursor,
    *,
    n_jobs: int,
    progress: Progress,
    after_batch: Callable[[], object],
) -> None:
    """Learn all remaining epochs from the position of `cursor`, and move it.

    An interrupt waits for the current batch, and for `after_batch`: so learner and
    cursor are always at the same batch.
    """
    partitions = measured(dataset.partitions())
    with Whole() as whole, progress:
        for epoch, ordered in epochs(schedule, cursor, partitions, progress):
            stream = streamed_examples(
                ordered,
                [learner.lead],
                n_jobs,
                labels=needs_labels(learner.final),
                order=(schedule.seed, epoch) if schedule.shuffle else None,
                start=cursor.place,
            )
            with closing(stream) as batches:
                for examples in batches:
                    whole(Configured(partial(_learn_next, learner, examples, cursor)))
                    validation = _validation_of(learner, cursor.validation)
                    progress.advance(examples.n_rows, examples.n_bytes, validation)
                    whole(after_batch)
            whole(partial(cursor.end_epoch, is_last=is_last(cursor, schedule)))


def learn_in_order(
    learner: PipelineLearner,
    dataset: Dataset,
    validation: ProgressiveValidation,
    *,
    n_jobs: int,
    progress: Progress,
) -> None:
    """Learn rows in order, and let transformers learn them, too."""
    partitions = measured(dataset.partitions())
    stream = streamed_examples(
        partitions, [learner.lead], n_jobs, labels=needs_labels(learner.final)
    )
    with Whole() as whole, progress:
        progress.begin("train", partitions)
        with closing(stream) as batches:
            for examples in batches:
                learn = partial(_learn, learner, examples, validation, fits_transformers=True)
                whole(Configured(learn))
                progress.advance(
                    examples.n_rows, examples.n_bytes, _validation_of(learner, validation)
                )


def _learn_next(learner: PipelineLearner, examples: StreamedExamples, cursor: Cursor) -> None:
    """Learn a batch and record that, as one step that an interrupt does not split."""
    is_first = cursor.epoch == 0
    _learn(learner, examples, cursor.validation, fits_transformers=is_first)
    cursor.reached = examples.place
    cursor.end_step(examples.n_rows)


def _learn(
    learner: PipelineLearner,
    examples: StreamedExamples,
    validation: ProgressiveValidation,
    *,
    fits_transformers: bool,
) -> None:
    if examples.n_labeled == 0:
        return
    X, y = examples.views[0], examples.y
    is_prepared = learner.has_learned and not fits_transformers  # once for both uses
    X = learner.prepared(X) if is_prepared else X
    if learner.has_learned and y is not None and _is_validated(learner):
        predicted = learner.call("predict", X, is_prepared=is_prepared)
        _validate(predicted, y, validation, is_classification=is_classifier(learner.final))
    learner.learn(
        X, y, examples.weight, fits_transformers=fits_transformers, is_prepared=is_prepared
    )


def _validate(
    predicted: Any, y: NDArray[Any], validation: ProgressiveValidation, *, is_classification: bool
) -> None:
    """Compare rows that were predicted before they are learned."""
    if is_classification:
        correct = np.asarray(predicted == y)
        validation.update((~correct).astype(np.float64), correct)
    else:
        validation.update((np.asarray(predicted, np.float64) - y) ** 2)


def _is_validated(learner: PipelineLearner) -> bool:
    return is_classifier(learner.final) or is_regressor(learner.final)


def _validation_of(
    learner: PipelineLearner, validation: ProgressiveValidation
) -> ProgressiveValidation | None:
    return validation if _is_validated(learner) else None
