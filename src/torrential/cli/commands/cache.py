"""``torrential cache``: what is in the cache of hashed rows, and its end."""

import os
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from torrential.cli import options
from torrential.cli.help import Command, Commands
from torrential.cli.output import check_open, say
from torrential.cli.show import print_json, size
from torrential.cli.tables import print_table
from torrential.errors import MissingDataError, OutputError

if TYPE_CHECKING:
    from torrential.persistence.cache_folder import CacheFolder

PART = re.compile(r", (row group|bytes|record batch|rows)[^,]*$")
"""End of the name of a partition that is a part of a file."""

UNITS = {"day": 86_400, "hour": 3_600, "minute": 60}

Folder = Annotated[
    str | None,
    typer.Option(
        "--cache-dir",
        metavar="FOLDER",
        help="Folder of the cache. Default: TORRENTIAL_CACHE, or ~/.cache/torrential.",
        show_default=False,
    ),
]

cache = typer.Typer(
    name="cache",
    cls=Commands,
    help="List or clear the cache of hashed rows.",
    rich_markup_mode=None,
)


@dataclass(slots=True)
class Group:
    """Entries of one file with the same features.

    Attributes
    ----------
    source, features : str
    n_rows, n_entries, n_bytes : int
    used : float
        When one was last used, in seconds since 1970.
    """

    source: str
    features: str
    n_rows: int = 0
    n_entries: int = 0
    n_bytes: int = 0
    used: float = 0.0


@cache.command("list", cls=Command)
def list_entries(folder: Folder = None, json: options.Json = False) -> None:
    """List the cached entries of each file, the most recently used first.

    For example:

    torrential cache list
    """
    check_open()
    found = _folder(folder)
    groups = sorted(_groups(found), key=lambda group: -group.used)
    total = sum(group.n_bytes for group in groups)
    if json:
        entries = [{name: getattr(group, name) for name in Group.__slots__} for group in groups]
        print_json({"folder": found.path, "bytes": total, "entries": entries})
        return
    if groups:
        header = ["rows", "size", "last used", "file", "features"]
        now = time.time()
        rows = [
            [f"{each.n_rows:,}", size(each.n_bytes), _ago(now - each.used), each.source,
             each.features]
            for each in groups
        ]  # fmt: skip
        print_table(header, rows)
        say("")
    say(f"{size(total)} in {found.path}.")


@cache.command(cls=Command)
def clear(folder: Folder = None, quiet: options.Quiet = False) -> None:
    """Remove all entries, also the results of memoized calls.

    For example:

    torrential cache clear
    """
    found = _folder(folder)
    n_entries, n_bytes = found.clear()
    n_left = len(found.entries())
    if n_left:
        raise OutputError(
            f"{n_left:,} of {n_entries + n_left:,} entries in {found.path} are not removable: "
            "check who may write there."
        )
    if not quiet:
        say(f"Removed {n_entries:,} entries, {size(n_bytes)}, from {found.path}.")


def _folder(path: str | None) -> "CacheFolder":
    from pathlib import Path

    from torrential.estimators.tools.cache import cache_folder

    found = cache_folder(path)
    if path is not None:
        try:
            is_folder = Path(path).is_dir()
        except OSError as error:
            raise OutputError(f"Cannot read {path}: {error.strerror}; check --cache-dir.") from None
        if not is_folder:
            raise MissingDataError(f"There is no folder {path}: check --cache-dir.")
    try:
        os.scandir(found.path).close()
    except FileNotFoundError:  # there is nothing yet
        pass
    except OSError as error:
        raise OutputError(
            f"Cannot read {found.path}: {error.strerror}; name another folder with --cache-dir."
        ) from None
    return found


def _groups(folder: "CacheFolder") -> list[Group]:
    groups: dict[tuple[str, str], Group] = {}
    for entry in folder.entries():
        about: dict[str, Any] = folder.about(entry)
        source = PART.sub("", about.get("source", "memoized calls" if not about else "?"))
        features = about.get("features", "")
        group = groups.setdefault((source, features), Group(source, features))
        group.n_rows += int(about.get("n_rows", 0))
        group.n_entries += 1
        group.n_bytes += entry.n_bytes
        group.used = max(group.used, entry.used)
    return list(groups.values())


def _ago(seconds: float) -> str:
    for unit, length in UNITS.items():
        n = int(seconds // length)
        if n:
            return f"{n} {unit}{'' if n == 1 else 's'} ago"
    return "just now"
