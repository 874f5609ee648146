"""Compiled kernels on disk: one file for each kernel and types of arguments.

A file is a line of JSON, a checksum and the object code. Its folder is named by all that the code
depends on: the source of the kernels, the versions of Python, Numba, LLVM and NumPy, Numba's
settings and the processor. A file is written whole or not at all. Like Numba's own cache it is code
that is run: it is kept where Numba keeps that, next to the source or in the user's cache, or in the
folder ``NUMBA_CACHE_DIR``.
"""

import hashlib
import json
import os
import shutil
import sys
import time
import uuid
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any, Self

import llvmlite
import numpy as np
from llvmlite import binding

from torrential.kernels.native.runtime import numba_folder

KERNELS = Path(__file__).parents[1]

SUFFIX = ".object"

N_CHECK = 4
"""Bytes of the checksum between description and code."""

MOST_DAYS = 30
"""Days after which folders of other versions are removed, when one is made."""

FORMAT = 1
"""Changed with what a file holds, or how it is called."""


@dataclass(frozen=True, slots=True)
class CompiledKernel:
    """What a call of a kernel needs to know.

    Attributes
    ----------
    types : str
        Types of the arguments.
    symbol : str
        Name of the function in the object code.
    arguments : str
        Codes of the values that the function takes.
    result : Layout
    n_bytes : int
        Size of the result.
    outside : tuple of str
        Functions that the code calls, and that are defined elsewhere.
    """

    types: str
    symbol: str
    arguments: str
    result: Any
    n_bytes: int
    outside: tuple[str, ...]

    def line(self) -> bytes:
        """Return the description as a line of JSON."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def of_line(cls, line: bytes) -> Self:
        """Return the description of a line."""
        facts = json.loads(line)
        return cls(**facts | {"outside": tuple(facts["outside"])})


def read(name: str, types: str) -> tuple[CompiledKernel, bytes] | None:
    """Return the description and the object code of a kernel, or None if there is no whole file."""
    file_name = _file_name(name, types)
    for folder in _folders():
        with suppress(OSError, ValueError, TypeError, KeyError):
            line, _, rest = (folder / file_name).read_bytes().partition(b"\n")
            check, code = rest[:N_CHECK], rest[N_CHECK:]
            found = CompiledKernel.of_line(line)
            if found.types == types and check == _check(line, code):
                return found, code
    return None


def write(name: str, compiled: CompiledKernel, code: bytes) -> None:
    """Keep a kernel for later processes, where there is a folder for it."""
    line = compiled.line()
    content = line + b"\n" + _check(line, code) + code
    for folder in _folders():
        with suppress(OSError):
            if not folder.is_dir():
                folder.mkdir(parents=True, exist_ok=True)
                _remove_old(folder.parent)
            _write_whole(folder / _file_name(name, compiled.types), content)
            return


def _write_whole(path: Path, content: bytes) -> None:
    unfinished = path.with_name(f".{uuid.uuid4().hex}")
    try:
        unfinished.write_bytes(content)
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def _check(line: bytes, code: bytes) -> bytes:
    return zlib.crc32(code, zlib.crc32(line)).to_bytes(N_CHECK, "little")


def _remove_old(parent: Path) -> None:
    """Remove folders of earlier versions."""
    oldest = time.time() - MOST_DAYS * 86_400
    for folder in parent.glob("kernels-*"):
        with suppress(OSError):
            if folder.stat().st_mtime < oldest:
                shutil.rmtree(folder)


def _file_name(name: str, types: str) -> str:
    digest = hashlib.blake2b(types.encode(), digest_size=12).hexdigest()
    return f"{name.removeprefix('torrential.kernels.')}-{digest}{SUFFIX}"


@cache
def _folders() -> tuple[Path, ...]:
    """Return the folders that may hold the files, the first one first."""
    name = f"kernels-{_digest()}"
    return tuple(folder / name for folder in _parents())


def _parents() -> Iterator[Path]:
    chosen = os.environ.get("NUMBA_CACHE_DIR")
    if chosen:
        yield Path(chosen)
        return
    yield KERNELS / "__pycache__"
    home = os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()
    yield Path(home) / "torrential"


def _digest() -> str:
    settings = {
        name: value
        for name, value in os.environ.items()
        if name.startswith("NUMBA_") and name != "NUMBA_CACHE_DIR"
    }
    facts = [
        FORMAT,
        sys.version,
        sys.platform,
        llvmlite.__version__,
        np.__version__,
        (numba_folder() / "_version.py").read_text(),
        binding.get_host_cpu_name(),
        binding.get_host_cpu_features().flatten(),
        sorted(settings.items()),
    ]
    digest = hashlib.blake2b(repr(facts).encode(), digest_size=12)
    for path in sorted(KERNELS.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
