"""Memoized calls: joblib's memory, in the folder of the cache and under its limit."""

import os
from functools import partial
from pathlib import Path
from typing import Any

from torrential.data.views.cached import LIMIT, CacheSettings
from torrential.engine.batches.cache_keys import code_version
from torrential.errors import OutputError
from torrential.execution.joblib_memory import memory_in
from torrential.persistence.cache_entries import CALLS
from torrential.persistence.cache_folder import CacheFolder


def memory(path: str | os.PathLike[str] | None = None, limit: str | int = LIMIT) -> Any:
    """Return a memory of the results of expensive calls, in the folder of the cache.

    It is a ``joblib.Memory``: ``memory().cache(function)`` is the function that keeps what it
    returns for each of its arguments, and a scikit-learn pipeline takes it as ``memory=``. Results
    are in the folder of :meth:`Dataset.cache`, and under one limit with the hashed rows: whatever
    was not used for the longest time makes room. Calls made with another version of torrential, or
    of its dependencies, are made again; joblib itself sees changes of the function's own code
    only.

    Parameters
    ----------
    path : str or path-like, default=None
        Folder; None is that of the variable ``TORRENTIAL_CACHE``, or ``torrential`` in the user's
        folder of caches.
    limit : str or int, default='20 GB'
        How large the folder may get, in bytes or as ``'500 MB'``.

    Returns
    -------
    memory : joblib.Memory

    Raises
    ------
    ParameterError
        If ``limit`` is not a size, or ``path`` is a file.
    OutputError
        If the folder is not writable.

    Notes
    -----
    joblib keeps results as pickles: no other user should be able to write to the folder. Hashed
    rows and models have other formats, without pickle.

    Examples
    --------
    >>> import torrential as tor
    >>> memory = tor.memory(getfixture("tmp_path"), limit="1 GB")
    >>> advise = memory.cache(tor.advise)
    >>> dataset = tor.read({"body": ["good film", "bad film"] * 50}, text="body")
    >>> advise(dataset).n_features == advise(dataset).n_features
    True
    """
    folder = CacheFolder.of(CacheSettings.of(path, limit))
    location = Path(folder.path, CALLS, code_version())
    try:
        return memory_in(str(location), partial(_make_room, folder))
    except OSError as error:
        raise OutputError(
            f"Cannot keep calls in {folder.path}: {error.strerror}; name another folder."
        ) from error


def _make_room(folder: CacheFolder) -> None:
    with folder.locked():
        folder.make_room()
