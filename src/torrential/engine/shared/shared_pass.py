"""One stream of rows for many models, each of which learns its own rows.

::

    partitions --read--> batches --hash, in each way--> views
    views --+--> some of the rows --> windows --> models that learn side by side
            +--> others           --> windows --> models that learn side by side
            ...
"""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from functools import partial
from typing import Any

from torrential.data.dataset import Dataset
from torrential.data.views.row_keys import RowKeys
from torrential.engine.batches.hashed_batch import BEGINNING
from torrential.engine.batches.keyed import in_groups, keyed_batches
from torrential.engine.batches.lost_rows import warn_of_lost_rows
from torrential.engine.batches.replay import Kept
from torrential.engine.batches.ring import Arena
from torrential.engine.batches.selection import KeyedBatch, Views
from torrential.engine.checkpoints.cursor import Cursor
from torrential.engine.checkpoints.namespaces import part, under
from torrential.engine.progress.measured import MeasuredPartition, measured
from torrential.engine.progress.progress import Progress, SilentProgress
from torrential.engine.progress.warm_up import load_kernels
from torrential.engine.shared.model_group import SideBySide
from torrential.engine.training.schedule import Schedule, epochs, in_order
from torrential.errors import enough_memory_to
from torrential.execution import TaskRunner, Whole
from torrential.features.spec import FeatureSpec
from torrential.types import Arrays


class SharedPass:
    """Models that learn from one stream, epoch by epoch.

    Parameters
    ----------
    groups : sequence of SideBySide
        All have the same order of partitions. Rows are read once, and hashed once for all groups
        that hash alike.
    dataset : Dataset
    row_keys : RowKeys
        Keys that determine the rows of each group.
    n_jobs : int, default=1
    progress : Progress, default=None
    limit : int
        Bytes of hashed rows to keep for later, at most.
    first : callable, default=None
        Gives the batches of the first epoch; None reads and hashes the rows.

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
        first: Callable[[], Iterator[Views]] | None = None,
    ) -> None:
        self._groups, self._first = groups, first
        self._partitions = measured(dataset.keyed_partitions(row_keys))
        self._dataset, self._row_keys = dataset, row_keys
        self._n_jobs = n_jobs
        self.progress = progress or SilentProgress()
        self._kept: Kept[Views] = Kept() if limit is None else Kept(limit)
        self._specs: list[FeatureSpec] = []
        self._view_of: dict[SideBySide, int] = {}
        for group in groups:
            spec = group.candidates[0].model.spec
            if spec not in self._specs:
                self._specs.append(spec)
            self._view_of[group] = self._specs.index(spec)
        self._cursor = Cursor()  # its rows are those of the epochs before
        self._goes_on = False

    @property
    def _schedule(self) -> Schedule:
        """Schedule of the candidate with the most passes."""
        every = [candidate.schedule for group in self._groups for candidate in group.candidates]
        return max(every, key=lambda schedule: schedule.epochs)

    def state(self) -> tuple[Arrays, dict[str, Any]]:
        """Return the learned state, as arrays and JSON; in `after_rows`, or after an interrupt."""
        arrays: Arrays = {}
        groups = []
        for number, group in enumerate(self._groups):
            own, header = group.state()
            arrays |= under(str(number), own)
            groups.append(header)
        cursor = self._cursor
        return arrays, {"epoch": cursor.epoch, "n_rows_before": cursor.n_rows, "groups": groups}

    def restore(self, arrays: Arrays, header: dict[str, Any]) -> None:
        """Resume from `state`: rows of the epoch are read again, but not learned twice.

        Raises
        ------
        DataError, ParameterError, KeyError, TypeError, ValueError
            It was taken of others.
        """
        cursor = self._cursor = Cursor(int(header["epoch"]), n_rows=int(header["n_rows_before"]))
        for number, (group, of_group) in enumerate(
            zip(self._groups, header["groups"], strict=True)
        ):
            group.restore(part(str(number), arrays), of_group, cursor.epoch)
        if cursor.epoch > 0:
            self._kept.start = BEGINNING  # the first epoch's batches are gone
        self._goes_on = True

    @enough_memory_to("train these models at once")
    def train(
        self,
        after_rows: Callable[[int], object] = lambda n_rows: None,
        stops: Sequence[int] = (),
    ) -> None:
        """Learn; each model has the same bits as when it learns its rows alone.

        Parameters
        ----------
        after_rows : callable
            Called now and then with the number of rows that were read, in all epochs; at the stops
            always.
        stops : sequence of int, default=()
            Numbers of rows, ascending.
        """
        with Whole() as whole, self.progress, TaskRunner(self._n_jobs) as run:
            uncounted = [
                group for group in self._groups if group.candidates[0].model.weighting.are_uncounted
            ]
            if uncounted:
                self.progress.begin("count terms", self._partitions)
                for some in in_groups(self._batches(self._partitions, is_first=True)):
                    run(
                        [partial(each.count_documents, self.view(some, each)) for each in uncounted]
                    )
                    self.advance(some)
            self._cursor.is_complete = self._is_complete
            for epoch, ordered in epochs(
                self._schedule, self._cursor, self._partitions, self.progress
            ):
                self._train_epoch(epoch, ordered, run, whole, after_rows, stops)
            run([each.settle for each in self._groups])
        counts = self._groups[0].candidates[0].model.counts
        warn_of_lost_rows(counts.malformed, counts.n_rows, self._dataset.source)

    @property
    def _is_complete(self) -> bool:
        return not any(each.learns for each in self._groups)

    def _train_epoch(
        self,
        epoch: int,
        ordered: tuple[MeasuredPartition, ...],
        run: TaskRunner,
        whole: Whole,
        after_rows: Callable[[int], object],
        stops: Sequence[int],
    ) -> None:
        active = [each for each in self._groups if each.learns]
        n_rows = self._cursor.n_rows
        learners = [each.model.linear.settings for group in active for each in group.candidates]
        load_kernels(run, self._specs, learners)
        arenas = self._arenas(active)
        for each in active:
            begin = each.go_on if self._goes_on else each.begin_epoch
            begin(arenas.get(self._view_of[each]))
        self._goes_on = False
        own_stops = [stop - n_rows for stop in stops]
        for some in in_groups(
            self._batches(ordered, is_first=epoch == 0, is_new=epoch == 0), own_stops
        ):
            if epoch == 0:
                for views in some:
                    self._kept.add(views.without_terms())
            placed = [_placed(views, arenas) for views in some]
            whole(partial(run, [partial(each.learn, self.view(placed, each)) for each in active]))
            self.advance(some)
            n_rows += sum(views.n_rows for views in some)
            after_rows(n_rows)
        whole(partial(self._end_epoch, active, run, n_rows))

    def _end_epoch(self, active: Sequence[SideBySide], run: TaskRunner, n_rows: int) -> None:
        run([each.end_epoch for each in active])
        self._cursor.n_rows = n_rows
        self._cursor.end_epoch(is_last=self._is_complete)

    def _arenas(self, active: Sequence[SideBySide]) -> dict[int, Arena]:
        """Return the memory of the rows of each view, unless each group weighs copies."""
        arenas = {}
        for number, spec in enumerate(self._specs):
            tenants = [each for each in active if self._view_of[each] == number]
            if any(each.candidates[0].model.weighting.idf is None for each in tenants):
                arenas[number] = Arena(spec.n_features, tenants)
        return arenas

    def view(self, some: Sequence[Views], group: SideBySide) -> list[KeyedBatch]:
        """Return the batches of a group's view."""
        number = self._view_of[group]
        return [views.batches[number] for views in some]

    def ordered(self, epoch: int) -> tuple[MeasuredPartition, ...]:
        """Return the partitions in the order of an epoch."""
        return in_order(self._partitions, self._schedule, epoch)

    def so_far(self) -> Sequence[Views]:
        """Return the learned batches of the first epoch that are kept in memory."""
        if self._cursor.epoch > 0 and self._kept.start == BEGINNING:  # they were, before a resume
            self._kept = Kept(self._kept.limit)
            with closing(self._batches(self.ordered(0))) as batches:
                self._kept.fill(batches)
        return self._kept.batches

    def again(self) -> Iterator[Views]:
        """Yield the batches of the first epoch again, and keep them for the next epoch."""
        kept, self._kept = self._kept, Kept(self._kept.limit)
        start = kept.start
        for batch in kept.taken():
            self._kept.add(batch)
            yield batch
        if start is None:
            return
        self._kept.start = start
        ordered = self.ordered(0)
        rest = keyed_batches(ordered, self._specs, self._row_keys, self._n_jobs, start=start)
        with closing(rest) as batches:
            yield from batches

    def advance(self, some: Sequence[Views]) -> None:
        """Report batches that are done to the progress."""
        n_rows = sum(views.n_rows for views in some)
        self.progress.advance(n_rows, sum(views.n_bytes for views in some))

    def over_all_rows(self, group: SideBySide) -> "SharedPass | None":
        """Return a pass for a group that learns the kept batches of the first epoch.

        None if its features, or its order, are not those of this pass.
        """
        first = group.candidates[0]
        spec, own, shared = first.model.spec, first.schedule, self._schedule
        if spec not in self._specs or (own.shuffle, own.seed) != (
            shared.shuffle,
            shared.seed,
        ):
            return None
        number = self._specs.index(spec)
        like = next(each for each, view in self._view_of.items() if view == number)
        first.model.vocabulary = like.vocabulary()
        return SharedPass(
            [group],
            self._dataset,
            self._row_keys,
            n_jobs=self._n_jobs,
            progress=self.progress,
            limit=0,
            first=lambda: (Views([views.batches[number]]) for views in self.again()),
        )

    def _batches(
        self,
        partitions: Sequence[MeasuredPartition],
        *,
        is_first: bool = False,
        is_new: bool = False,
    ) -> Generator[Views, None, None]:
        """Hash all rows."""
        if is_first and self._first is not None:
            yield from self._first()
            return
        stream = keyed_batches(
            partitions, self._specs, self._row_keys, self._n_jobs, vocabulary=is_new
        )
        with closing(stream) as batches:
            yield from batches


def _placed(views: Views, arenas: dict[int, Arena]) -> Views:
    """Move a batch to its place during learning."""
    return Views(
        [
            arenas[number].take(batch) if number in arenas else batch
            for number, batch in enumerate(views.batches)
        ]
    )
