"""The cache of hashed rows, to look into and to clear."""

import os

from torrential.data.views.cached import CacheSettings
from torrential.persistence.cache_folder import CacheFolder


def cache_folder(path: str | os.PathLike[str] | None = None) -> CacheFolder:
    """Return the folder that :meth:`Dataset.cache` and `memory` keep their entries in.

    Parameters
    ----------
    path : str or path-like, default=None
        Folder; None is that of the variable ``TORRENTIAL_CACHE``, or ``torrential`` in the user's
        folder of caches.

    Raises
    ------
    ParameterError
        If ``path`` is a file.
    """
    return CacheFolder.of(CacheSettings.of(path))
