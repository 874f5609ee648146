"""One stream of hashed rows for many models, each of which learns rows of its own.

::

    partitions --read, hash--> batches --+--> some of the rows --> windows --> models
                                         +--> others           --> windows --> models
                                         ...
"""

from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import partial
from itertools import count

from torrential.data.dataset import Dataset
from torrential.data.row_keys import RowKeys
from torrential.engine.arena import Arena
from torrential.engine.kept import Kept
from torrential.engine.keyed import KeyedBatch, in_groups, keyed_batches
from torrential.engine.progress import Progress, SilentProgress
from torrential.engine.route import MeasuredPartition, measured
from torrential.engine.side_by_side import SideBySide
from torrential.engine.train import in_order, title
from torrential.execution import TaskRunner


class SharedPass:
    """Models that learn from one stream, epoch by epoch.

    Parameters
    ----------
    groups : sequence of SideBySide
        All have the same features, and the same order of partitions.
    dataset : Dataset
    row_keys : RowKeys
        What tells the groups which rows are theirs.
    n_jobs : int, default=1
    progress : Progress, default=None
    limit : int
        Bytes of hashed rows to keep for later, at most.

    Attributes
    ----------
    progress : Progress
    """

    def __init__(
        self,
        groups: Sequence[SideBySide],
        dataset: Dataset,
        row_keys: RowKeys,
        *,
        n_jobs: int = 1,
        progress: Progress | None = None,
        limit: int | None = None,
    ) -> None:
        self._groups = groups
        self._partitions = measured(dataset.keyed_partitions(row_keys))
        self._row_keys = row_keys
        self._n_jobs = n_jobs
        self.progress = progress or SilentProgress()
        self._kept: Kept[KeyedBatch] = Kept() if limit is None else Kept(limit)
        self._first = groups[0].candidates[0]

    def train(self) -> None:
        """Learn; each model has the bits that it has when it learns its rows alone."""
        with self.progress, TaskRunner(self._n_jobs) as run:
            if self._first.model.terms.are_uncounted:
                self.progress.begin("count terms", self._partitions)
                for some in in_groups(self._batches(self._partitions)):
                    run([partial(each.count_documents, some) for each in self._groups])
                    self.advance(some)
            for epoch in count():
                active = [each for each in self._groups if each.learns]
                if not active:
                    break
                self._train_epoch(epoch, active, run)
            run([each.settle for each in self._groups])

    def _train_epoch(self, epoch: int, active: Sequence[SideBySide], run: TaskRunner) -> None:
        ordered = self.ordered(epoch)
        self.progress.begin(title(self._first.schedule, epoch), ordered)
        arena = None
        if self._first.model.terms.idf is None:  # else each group weighs copies of its own
            arena = Arena(self._first.model.features.n_features, active)
        for each in active:
            each.begin_epoch(arena)
        for some in in_groups(self._batches(ordered, is_new=epoch == 0)):
            placed = some if arena is None else [arena.take(batch) for batch in some]
            run([partial(each.learn, placed) for each in active])
            self.advance(some)
        run([each.end_epoch for each in active])

    def ordered(self, epoch: int) -> tuple[MeasuredPartition, ...]:
        """Return the partitions in the order of an epoch."""
        return in_order(self._partitions, self._first.schedule, epoch)

    def again(self) -> Iterator[KeyedBatch]:
        """Yield the batches of the first epoch again, and keep them for the next time."""
        kept, self._kept = self._kept, Kept(self._kept.limit)
        start = kept.start
        for batch in kept.taken():
            self._kept.add(batch)
            yield batch
        if start is None:
            return
        self._kept.start = start
        settings, ordered = self._first.model.hashing, self.ordered(0)
        rest = keyed_batches(ordered, settings, self._row_keys, self._n_jobs, start=start)
        with closing(rest) as batches:
            yield from batches

    def advance(self, batches: Sequence[KeyedBatch]) -> None:
        """Tell the progress that batches are done."""
        n_rows = sum(batch.hashed.rows.n_rows for batch in batches)
        self.progress.advance(n_rows, sum(batch.hashed.n_bytes for batch in batches))

    def _batches(
        self, partitions: Sequence[MeasuredPartition], *, is_new: bool = False
    ) -> Iterator[KeyedBatch]:
        """Hash all rows; those of the first epoch are kept as far as there is room."""
        settings = self._first.model.hashing
        with closing(
            keyed_batches(partitions, settings, self._row_keys, self._n_jobs, vocabulary=is_new)
        ) as batches:
            for batch in batches:
                if is_new:
                    self._kept.add(batch.without_terms())
                yield batch
