"""joblib's memory of calls, in a folder that others look after."""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import joblib
from joblib import register_store_backend
from joblib._store_backends import FileSystemStoreBackend  # it has no public name

NAME = "torrential"


class _WatchedStore(FileSystemStoreBackend):
    """joblib's files, with a callback for each new file."""

    _after: Callable[[], object] = staticmethod(lambda: None)

    def configure(
        self, location: str, verbose: int = 1, backend_options: dict[str, Any] | None = None
    ) -> None:
        options = dict(backend_options or {})
        self._after = options.pop("after", self._after)
        super().configure(location, verbose=verbose, backend_options=options)

    def dump_item(self, call_id: Any, *arguments: Any, **options: Any) -> None:
        super().dump_item(call_id, *arguments, **options)
        self._after()

    def load_item(self, call_id: Any, *arguments: Any, **options: Any) -> Any:
        with suppress(OSError):
            os.utime(Path(self.location, *call_id, "output.pkl"))
        return super().load_item(call_id, *arguments, **options)


def memory_in(location: str, after: Callable[[], object]) -> joblib.Memory:
    """Return a memory of calls.

    Parameters
    ----------
    location : str
        The folder.
    after : callable
        Called when the result of a call was written.
    """
    register_store_backend(NAME, _WatchedStore)
    return joblib.Memory(location, backend=NAME, verbose=0, backend_options={"after": after})
