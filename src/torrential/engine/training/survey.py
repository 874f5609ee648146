"""Survey of a dataset before its parts are trained independently: its rows and labels."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np

from torrential.data.dataset import Dataset
from torrential.engine.targets.labels import Encoded, Labels, encode
from torrential.engine.targets.targets import Numbers, are_labeled, sets_of
from torrential.evaluation.moments import Moments
from torrential.execution import Executor, stop_requested
from torrential.logs import logger_of, speaking_of
from torrential.types import Partition

logger = logger_of("read")

LABELS, NUMBERS = "labels", "numbers"
"""Kinds of targets."""


@dataclass
class Survey:
    """Rows and labels of partitions: a summary.

    Attributes
    ----------
    sizes : list of int
        Rows of each partition.
    labels : Labels
        In the order of their first rows.
    n_rows_of : list of int
        Rows of each label, of which a row may have several.
    n_labeled : int
        Rows whose labels are known.
    n_malformed : int
        Rows that were left out.
    n_other_labels : int
        Labels that were left out.
    numbers : Moments or None
        Of the targets, if they are numbers; they are no labels then.
    """

    sizes: list[int] = field(default_factory=list)
    labels: Labels = field(default_factory=Labels)
    n_rows_of: list[int] = field(default_factory=list)
    n_malformed: int = 0
    n_other_labels: int = 0
    n_labeled: int = 0
    numbers: Moments | None = None

    def update(self, target: Encoded | None, n_rows: int, n_malformed: int) -> None:
        """Add a batch of the last partition."""
        self.sizes[-1] += n_rows
        self.n_malformed += n_malformed
        if target is not None:
            self.n_labeled += int(np.count_nonzero(target.codes >= 0))
        if self.numbers is not None:
            numbers = Numbers().exact(target, n_rows)
            self.numbers.update(numbers[are_labeled(numbers)])
        elif target is not None:
            self._count(target)

    def _count(self, target: Encoded) -> None:
        if target.values and isinstance(target.values[0], tuple):
            codes = sets_of(target, self.labels).rows_and_labels()[1]
        else:
            codes = self.labels.codes(target)
        self._add(np.bincount(codes[codes >= 0], minlength=len(self.labels)))

    def merge(self, other: Self) -> Self:
        """Add the partitions that follow."""
        self.sizes += other.sizes
        self.n_malformed += other.n_malformed
        self.n_other_labels += other.n_other_labels
        self.n_labeled += other.n_labeled
        if self.numbers is not None and other.numbers is not None:
            self.numbers.merge(other.numbers)
        codes = np.arange(len(other.labels), dtype=np.int32)
        known = self.labels.codes(Encoded(codes, other.labels.values))
        counts = np.zeros(len(self.labels), np.int64)
        counts[known] = other.n_rows_of
        self._add(counts)
        return self

    def _add(self, counts: Any) -> None:
        counts = np.asarray(counts, np.int64)
        counts[: len(self.n_rows_of)] += np.array(self.n_rows_of, np.int64)
        self.n_rows_of = counts.tolist()

    def balanced(self) -> dict[Any, float]:
        """Return weights of labels that balance the classes, like scikit-learn's 'balanced'."""
        total, n_classes = self.n_labeled, len(self.labels)
        return {
            label: total / (n_classes * n_rows)
            for label, n_rows in zip(self.labels.values, self.n_rows_of, strict=True)
        }


def survey(
    dataset: Dataset, executor: Executor, *, labels: bool = True, numbers: bool = False
) -> Survey:
    """Read the labels of a dataset, and count its rows; read texts only where necessary.

    Parameters
    ----------
    dataset : Dataset
    executor : Executor
        Reads the partitions.
    labels : bool, default=True
        Whether to note the labels: numbers in regression are too many.
    numbers : bool, default=False
        Whether targets are numbers, to note their mean and spread; there are no labels then.
    """
    kind = NUMBERS if numbers else LABELS if labels else None
    partitions: Sequence[Partition] = dataset.partitions("target")
    if not partitions:
        return Survey()
    result: Survey = executor.map_reduce(survey_partition, partitions, Survey.merge, kind)
    return result


def survey_partition(targets: str | None, partition: Partition) -> Survey:
    """Survey one partition, and the targets of this kind; end early when the run is interrupted."""
    result = Survey([0], numbers=Moments() if targets == NUMBERS else None)
    for batch in partition.batches():
        if stop_requested():
            break
        target = encode(batch.target) if targets and batch.target is not None else None
        result.update(target, batch.n_rows, batch.n_skipped)
        result.n_other_labels += batch.n_other_labels
    if result.n_malformed:
        with speaking_of(partition.name):
            logger.info("malformed rows left out: %d", result.n_malformed)
    return result
