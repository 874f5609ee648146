"""Profile a training: where its time goes, and what to change."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import SupportsIndex

from torrential.data.dataset import Dataset
from torrential.data.sources.files import FileSource
from torrential.engine.progress.profile import Profile, ProfiledRun
from torrential.execution import count_jobs
from torrential.tracing import traced_to


@contextmanager
def profile(
    dataset: Dataset, n_jobs: SupportsIndex | None = None, *, is_elsewhere: bool = False
) -> Iterator[tuple[Profile, Callable[[], ProfiledRun]]]:
    """Profile the processing of a dataset in the block.

    Parameters
    ----------
    dataset : Dataset
    n_jobs : int, optional
        Number of threads that the block uses.
    is_elsewhere : bool, default=False
        Whether a cluster does the work.

    Yields
    ------
    profile : Profile
        Complete when the block has ended.
    run : callable
        Returns what is known of the run besides, once the block has ended.
    """
    found, start = Profile(), time.perf_counter()
    seconds: list[float] = []

    def run() -> ProfiledRun:
        return ProfiledRun(
            seconds=seconds[0],
            n_jobs=count_jobs(n_jobs),
            n_cores=os.cpu_count() or 1,
            format=_format(dataset),
            is_cached=dataset.cached is not None,
            is_elsewhere=is_elsewhere,
        )

    with traced_to(found):
        yield found, run
    seconds.append(time.perf_counter() - start)


def _format(dataset: Dataset) -> str:
    """Return the format of the first file; "?" if the rows are not from files."""
    source = dataset.source
    return source.files[0][1] if isinstance(source, FileSource) else "?"
