"""Numba's own cache of compiled kernels, keyed by all the code that a kernel depends on.

Numba compares the time and size of the file that defines a function, and so takes a function for
unchanged when one that it calls, in another file, is another. Here a hash of the files that the
kernel's module names, directly or indirectly, takes the place of the time.
"""

import hashlib
import re
from contextlib import suppress
from functools import cache
from typing import Any

from numba.core.caching import IndexDataCacheFile

from torrential.kernels.native.object_files import KERNELS

NAMES = re.compile(r"torrential\.kernels((?:\.\w+)+)")


def enable_caching(dispatcher: Any) -> None:
    """Let Numba keep what it compiles of a function, where there is a folder for it."""
    with suppress(RuntimeError):  # no such folder
        dispatcher.enable_caching()
        numba_cache = dispatcher._cache
        numba_cache._cache_file = IndexDataCacheFile(
            cache_path=numba_cache.cache_path,
            filename_base=numba_cache._impl.filename_base,
            source_stamp=source_stamp(dispatcher.py_func.__module__),
        )


@cache
def source_stamp(module: str) -> str:
    """Return a hash of the source of a module of kernels and of all modules that it names."""
    ahead, found = [module], {}
    while ahead:
        name = ahead.pop()
        path = KERNELS.joinpath(*name.split(".")[2:]).with_suffix(".py")
        if name not in found and path.is_file():
            found[name] = source = path.read_text(encoding="utf-8")
            ahead += [f"torrential.kernels{match}" for match in NAMES.findall(source)]
    digest = hashlib.blake2b(digest_size=16)
    for name in sorted(found):
        digest.update(found[name].encode())
    return digest.hexdigest()
