"""The number of threads that ``n_jobs`` asks for."""

import os
from operator import index
from typing import SupportsIndex

from torrential.errors import ParameterError


def count_jobs(n_jobs: SupportsIndex | None) -> int:
    """Resolve ``n_jobs`` as joblib does: None is 1, -1 all cores, -2 all but one.

    Examples
    --------
    >>> count_jobs(None), count_jobs(3)
    (1, 3)
    """
    if n_jobs is None:
        return 1
    if n_jobs == 0 or not isinstance(n_jobs, SupportsIndex):
        raise ParameterError(
            f"n_jobs={n_jobs!r} is not a number of threads: give 1 or more, or -1 for all cores."
        )
    number = index(n_jobs)
    return number if number > 0 else max(1, _count_cores() + 1 + number)


def _count_cores() -> int:
    if hasattr(os, "sched_getaffinity"):  # what this process may use; not on macOS
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
