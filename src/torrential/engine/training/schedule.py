"""Number and order of the passes over the data."""

from collections.abc import Iterator
from dataclasses import dataclass

from torrential.data.views.order import partition_order
from torrential.engine.checkpoints.cursor import Cursor
from torrential.engine.progress.measured import MeasuredPartition
from torrential.engine.progress.progress import Progress


@dataclass(frozen=True, slots=True)
class Schedule:
    """Number and order of the passes over the data.

    Attributes
    ----------
    epochs : int
    shuffle : bool
        Whether partitions, and rows within windows, are permuted again in every epoch.
    seed : int
    tol : float or None
        Stop when the progressive loss of an epoch is not below the best one by this much ...
    patience : int
        ... for this many epochs in a row.
    """

    epochs: int = 1
    shuffle: bool = True
    seed: int = 0
    tol: float | None = None
    patience: int = 1


def title(schedule: Schedule, epoch: int) -> str:
    """Return the title of an epoch in the progress."""
    return "train" if schedule.epochs == 1 else f"epoch {epoch + 1}/{schedule.epochs}"


def epochs(
    schedule: Schedule,
    cursor: Cursor,
    partitions: tuple[MeasuredPartition, ...],
    progress: Progress,
) -> Iterator[tuple[int, tuple[MeasuredPartition, ...]]]:
    """Yield each remaining epoch, with the partitions in its order.

    The progress begins with the remaining partitions. The caller ends the epoch in
    `cursor`.
    """
    while cursor.epoch < schedule.epochs and not cursor.is_complete:
        ordered = in_order(partitions, schedule, cursor.epoch)
        progress.begin(title(schedule, cursor.epoch), ordered[cursor.place[0] :])
        yield cursor.epoch, ordered


def in_order(
    partitions: tuple[MeasuredPartition, ...], schedule: Schedule, epoch: int
) -> tuple[MeasuredPartition, ...]:
    """Return partitions in the order of an epoch."""
    if not schedule.shuffle:
        return partitions
    order = partition_order(len(partitions), schedule.seed, epoch)
    return tuple(partitions[place] for place in order)


def is_last(cursor: Cursor, schedule: Schedule) -> bool:
    """Return whether training is over: after all epochs, or ``patience`` without progress."""
    if cursor.epoch + 1 >= schedule.epochs:
        return True
    if schedule.tol is None or len(cursor.history) < schedule.patience:
        return False
    losses = [validation.average_loss for validation in [*cursor.history, cursor.validation]]
    best_before = min(losses[: -schedule.patience])
    return min(losses[-schedule.patience :]) > best_before - schedule.tol
