"""Packed batches that stay in memory from the first pass to later ones, up to a limit.

They are what the cache would keep on disk, of datasets without one. Partitions beyond the limit are
read and hashed again in each pass.
"""

from collections.abc import Iterable, Sequence

from torrential.data.dataset import Dataset
from torrential.data.source import is_read_once, origin
from torrential.data.sources.files import FileSource
from torrential.data.sources.memory import TableSource
from torrential.engine.progress.measured import MeasuredPartition
from torrential.features.spec import FeatureSpec

KEPT_BYTES = 2**28
"""Bytes of packed rows: about a hundred million values."""


class Room:
    """The bytes that are left for all partitions.

    Parameters
    ----------
    limit : int
    """

    def __init__(self, limit: int = KEPT_BYTES) -> None:
        self._n_left = limit
        self.is_open = True

    def take(self, n_bytes: int) -> bool:
        """Take bytes if there are as many; else nothing more is kept."""
        self.is_open = self.is_open and n_bytes <= self._n_left
        if self.is_open:
            self._n_left -= n_bytes
        return self.is_open


class KeptPartition:
    """The records of a partition's batches, once it was hashed to its end.

    Parameters
    ----------
    room : Room

    Attributes
    ----------
    records : list of bytes or None
    """

    def __init__(self, room: Room) -> None:
        self._room = room
        self._under_way: list[bytes] = []
        self.records: list[bytes] | None = None

    @property
    def is_open(self) -> bool:
        """Whether there may be room for another batch."""
        return self._room.is_open

    def begin(self) -> None:
        """Begin to keep the batches."""
        self._under_way = []

    def add(self, records: Sequence[bytes] | None, n_rows: int) -> None:
        """Keep the next batch if there is room; None for one that has no packed form."""
        if records is None or not self._room.take(sum(map(len, records))):
            self._room.is_open = False
        else:
            self._under_way += records

    def commit(self) -> None:
        """Have the batches be those of the partition, if all of them were kept."""
        if self.is_open:
            self.records = self._under_way

    def abort(self) -> None:
        """Forget the batches of a partition that was not hashed to its end."""
        self._under_way = []


def keep_for_later(
    partitions: Iterable[MeasuredPartition], dataset: Dataset, spec: FeatureSpec
) -> Room:
    """Let partitions keep what is hashed of them, where the next pass would give the same rows.

    Returns
    -------
    room : Room
        Nothing more is kept once it is closed.
    """
    room = Room()
    source = origin(dataset.source)
    is_same = isinstance(source, FileSource | TableSource) and not is_read_once(source)
    if is_same and spec.describe() is not None:
        for partition in partitions:
            if partition.cached is None:
                partition.kept = KeptPartition(room)
    return room
