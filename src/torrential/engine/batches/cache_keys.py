"""Names of what a cache keeps: hashes of all that decides the content."""

import hashlib
import json
import platform
from functools import lru_cache
from pathlib import Path
from typing import Any

from torrential.version import __version__

CODE = (
    "kernels/*.py",
    "kernels/emitters/**/*.py",
    "kernels/native/**/*.py",
    "kernels/parsing/**/*.py",
    "kernels/rows/**/*.py",
    "kernels/text/**/*.py",
    "features/**/*.py",
    "data/**/*.py",
    "engine/batches/cached.py",
    "engine/batches/entries.py",
    "engine/batches/encoding.py",
    "engine/batches/records.py",
    "engine/targets/labels.py",
)
"""Code that determines the content of batches: entries of other code are not used."""

LIBRARIES = ("numba", "numpy", "pyarrow")


def digest(content: Any) -> str:
    """Return the hash of a JSON value."""
    text = json.dumps(content, sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


@lru_cache
def code_version() -> str:
    """Return a hash of everything that determines a batch: this package's code and dependencies."""
    from importlib.metadata import version  # it takes long to import, and only a cache needs it

    state = hashlib.blake2b(digest_size=16)
    libraries = [f"{name} {version(name)}" for name in LIBRARIES]
    facts = [__version__, platform.machine(), platform.python_version(), *libraries]
    state.update(json.dumps(facts).encode())
    for file in code_files():
        state.update(file.read_bytes())
    return state.hexdigest()


def code_files() -> list[Path]:
    """Return the files of `CODE`, in order.

    Raises
    ------
    FileNotFoundError
        When one of its patterns matches no file: entries of other code would be used.
    """
    root, result = Path(__file__).parents[2], []
    for pattern in CODE:
        found = sorted(root.glob(pattern))
        if not found:
            raise FileNotFoundError(f"No file of the package matches {pattern}.")
        result += found
    return result
