"""Files that appear whole or not at all."""

import atexit
import errno
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from torrential.errors import OutputError, TorrentialError

# EFBIG: a quota on the size of a file (ulimit -f), which a user meets like a full disk.
_NO_SPACE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_NO_PERMISSION = {errno.EACCES, errno.EPERM, errno.EROFS}

TEMPORARY = re.compile(r"\..*\.(\d+)-[0-9a-f]+\.tmp")
"""Names of temporary files, with the number of the process that writes them."""

_unfinished: set[Path] = set()


@atexit.register
def _remove_unfinished() -> None:
    """Remove a file that remains if a second interrupt disturbs the removal on the first."""
    for temporary in _unfinished:
        if f".{os.getpid()}-" not in temporary.name:  # of the process that this one is a fork of
            continue
        with suppress(OSError):
            temporary.unlink()


@contextmanager
def whole_file(path: str | os.PathLike[str], *, sync: bool = True) -> Iterator[Path]:
    """Yield a temporary path next to `path`, and rename it to `path` on success.

    The temporary is flushed to the disk before it is renamed, so that not even a power cut leaves
    half a file. On any exception, an interrupt too, it is removed, and a file that was there before
    under `path` is as it was. A symbolic link is followed and stays. A device or a pipe, such as
    ``/dev/null``, is never replaced: it is written directly.

    Parameters
    ----------
    path : str or path-like
        Where the file shall appear. Its folder must be there.
    sync : bool, default=True
        Whether to wait for the disk. Without it a power cut may leave half a file, as where the
        content has checksums and can be made again.

    Yields
    ------
    Path
        An empty file in the same folder, to be written and closed by the caller.

    Raises
    ------
    OutputError
        The folder is missing or may not be written, or the disk is full.

    Examples
    --------
    >>> folder = getfixture("tmp_path")
    >>> with whole_file(folder / "answer.txt") as temporary:
    ...     _ = temporary.write_text("42")
    >>> (folder / "answer.txt").read_text()
    '42'
    """
    given = Path(path)
    if given.is_dir():
        raise OutputError(f"Cannot write {path}: it is a folder; give the name of a file in it.")
    if given.exists() and not given.is_file():  # the link of a pipe leads to no path
        with _output_errors(path, given):
            yield given
        return
    target = Path(os.path.realpath(path))
    temporary = _temporary_for(target)
    with _output_errors(path, temporary):
        _unfinished.add(temporary)
        try:
            temporary.open("xb").close()
            yield temporary
            _replace(temporary, target, sync=sync)
        except BaseException:
            temporary.unlink(missing_ok=True)
            _unfinished.discard(temporary)
            raise
        _unfinished.discard(temporary)


@contextmanager
def temporary_next_to(path: Path) -> Iterator[Path]:
    """Yield the path of a temporary file in the folder of another; remove it at the end."""
    temporary = _temporary_for(path)
    _unfinished.add(temporary)
    try:
        yield temporary
    finally:
        temporary.unlink(missing_ok=True)
        _unfinished.discard(temporary)


def _temporary_for(path: Path) -> Path:
    # 50 characters of the name at most: a name may have 255 bytes, and a character up to 4.
    # Random: process ids are used again, and a file of an earlier process may be left.
    return path.with_name(f".{path.name[:50]}.{os.getpid()}-{os.urandom(8).hex()}.tmp")


def check_writable(path: str | os.PathLike[str]) -> None:
    """Raise an OutputError now, not after an hour of training, if no file can be written.

    What else can go wrong, such as a full disk, is found when it is.
    """
    folder = Path(os.path.realpath(path)).parent
    # Not Path.is_dir, which raises for a name that is too long: that is found when it is written.
    if os.path.isdir(path):  # noqa: PTH112
        raise OutputError(f"Cannot write {path}: it is a folder; give the name of a file in it.")
    if not folder.is_dir():
        raise OutputError(
            f"Cannot write {path}: the folder {folder} does not exist; create it first."
        )
    if not os.access(folder, os.W_OK):
        raise OutputError(
            f"Cannot write {path}: no permission to write in {folder}; choose another folder."
        )


def _replace(temporary: Path, target: Path, *, sync: bool) -> None:
    if sync:
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
    if target.exists():
        shutil.copymode(target, temporary)
    temporary.replace(target)


@contextmanager
def _output_errors(path: str | os.PathLike[str], written: Path) -> Iterator[None]:
    """Turn the system's errors about the output file into an OutputError.

    Other errors in the block, such as those of reading the input, are passed on.
    """
    try:
        yield
    except TorrentialError:
        raise
    except OSError as error:
        if error.errno in _NO_SPACE or error.filename == str(written):
            raise OutputError(_sentence(path, error)) from error
        raise


def _sentence(path: str | os.PathLike[str], error: OSError) -> str:
    folder = Path(path).parent
    if error.errno in _NO_SPACE:
        return f"Cannot write {path}: no space is left; free some, or write to another disk."
    if error.errno in _NO_PERMISSION:
        return f"Cannot write {path}: no permission to write in {folder}; choose another folder."
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return f"Cannot write {path}: the folder {folder} does not exist; create it first."
    return f"Cannot write {path}: {error.strerror}; choose another name or folder."
