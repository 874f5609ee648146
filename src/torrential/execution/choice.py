"""The engine that a parameter ``executor`` names."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, SupportsIndex

from torrential.errors import ParameterError
from torrential.execution.contract import Executor
from torrential.execution.threads import Threads


def as_executor(value: Any, n_jobs: SupportsIndex | None = None) -> Executor:
    """Return the engine of ``value``, or threads.

    Parameters
    ----------
    value : None, str or Executor
        None is ``Threads(n_jobs)``; an address as "tcp://host:8786" is ``Dask(address)``; an
        engine is itself.
    n_jobs : int, optional
        Number of threads, if it is threads.

    Raises
    ------
    ParameterError
        If ``value`` is none of these.

    Examples
    --------
    >>> as_executor(None, 2)
    Threads(n_jobs=2)
    >>> as_executor("tcp://10.0.0.5:8786")
    Dask('tcp://10.0.0.5:8786')
    """
    if value is None:
        return Threads(n_jobs)
    if isinstance(value, str) and "://" in value:
        from torrential.execution.dask.executor import Dask

        return Dask(value)
    if isinstance(value, Executor) and not isinstance(value, type):
        return value
    raise ParameterError(
        f"executor={value!r} is not an engine: pass Threads(), Dask(...), Joblib(), or the "
        "address of a Dask cluster such as tcp://host:8786."
    )


@contextmanager
def opened(value: Any, n_jobs: SupportsIndex | None = None) -> Iterator[Executor]:
    """Yield the engine that ``as_executor`` returns; close it at the end, if it was made here.

    Examples
    --------
    >>> with opened(None, 2) as executor:
    ...     executor
    Threads(n_jobs=2)
    """
    executor = as_executor(value, n_jobs)
    try:
        yield executor
    finally:
        close = getattr(executor, "close", None)
        if close is not None and executor is not value:
            close()
