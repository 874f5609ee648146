"""Parameter averaging: survey the data, assign its rows to parts, and learn them in rounds."""

from collections.abc import Callable
from typing import Any

import numpy as np

from torrential.data.dataset import Dataset
from torrential.data.views.parts import parts_of
from torrential.engine.batches.lost_rows import warn_of_lost_rows
from torrential.engine.checkpoints.cursor import Cursor
from torrential.engine.model.hashed_model import HashedModel
from torrential.engine.progress.progress import Progress
from torrential.engine.targets.labels import Encoded
from torrential.engine.training.averaging import average_rounds
from torrential.engine.training.averaging_types import Averaging, Mix
from torrential.engine.training.checks import check_survey
from torrential.engine.training.hashed_parts import HashedPartLearner, count_documents, hold_out
from torrential.engine.training.survey import survey
from torrential.errors import enough_memory_to
from torrential.execution import Executor
from torrential.linear.class_weight import by_labels, check_names


@enough_memory_to("train in parts")
def train_parts(
    model: HashedModel,
    dataset: Dataset,
    averaging: Averaging,
    executor: Executor,
    *,
    class_weight: Any = None,
    held_out: Dataset | None = None,
    C: float | None = None,
    begin: Cursor | None = None,
    progress: Progress | None = None,
    after_mix: Callable[[Cursor, Mix], bool] = lambda cursor, mix: False,
    before_salvage: Callable[[], object] = lambda: None,
) -> list[int]:
    """Learn a dataset in parts; the model becomes their average.

    It is the same to the bit for any executor: parts depend on the data, ``n_partitions`` and the
    seed. Also when an error or Ctrl-C goes through, the model is whole.

    Parameters
    ----------
    model : HashedModel
    dataset : Dataset
    averaging : Averaging
    executor : Executor
        Reads, hashes and learns; the driver reads nothing but `held_out`.
    class_weight : dict of label to weight, 'balanced' or None
    held_out : Dataset, default=None
        Rows to validate on.
    C : float, default=None
        Strength of the penalty for all rows.
    begin : Cursor, default=None
        Where to continue the training of a model.
    progress : Progress, default=None
    after_mix, before_salvage : callable
        As `average_rounds` takes them.

    Returns
    -------
    n_rows_of : list of int
        Rows of each class, by code.

    Raises
    ------
    DataError
        When no row has a label, or all have the same.
    """
    found = survey(dataset, executor, numbers=model.is_regression)
    check_survey(found, dataset)
    if C is not None:
        model.linear.set_strength(C, found.n_labeled)
    if found.numbers is not None and begin is None:
        model.linear.begin(found.numbers.mean, found.numbers.deviation)
    labels = found.labels.values
    check_names(class_weight, labels)
    class_weight = by_labels(class_weight, labels)
    model.expect(Encoded(np.arange(len(labels), dtype=np.int32), labels))
    partitions = dataset.partitions()
    if model.weighting.are_uncounted:
        model.weighting.frequencies.merge(count_documents(model, dataset, executor))
    if begin is None:
        model.counts.n_rows += found.n_malformed
        model.counts.malformed += found.n_malformed
        model.counts.other_labels += found.n_other_labels
    learner = HashedPartLearner(
        weighting=averaging.weighting,
        class_weight=found.balanced() if class_weight == "balanced" else class_weight,
        seed=averaging.seed if averaging.shuffle else None,
        held_out=None if held_out is None else hold_out(model, held_out),
    )
    parts = parts_of(partitions, found.sizes, averaging.n_partitions, averaging.seed)
    try:
        average_rounds(
            learner,
            model,
            parts,
            averaging,
            executor,
            begin=begin,
            progress=progress,
            after_mix=after_mix,
            before_salvage=before_salvage,
        )
    finally:
        model.settle()
    warn_of_lost_rows(model.counts.malformed, model.counts.n_rows, dataset.source)
    return found.n_rows_of
