"""Shards: the files of a dataset, each as a dataset of its own, with a name below a folder."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import cast

from torrential.data.dataset import Dataset
from torrential.data.files.compression import COMPRESSIONS
from torrential.data.files.file import File
from torrential.data.formats.registry import known_format
from torrential.data.sources.files import FileSource
from torrential.errors import DataError, ParameterError


@dataclass(frozen=True, slots=True)
class Shard:
    """A file of a dataset.

    Attributes
    ----------
    name : str
        Path below the folder that was read, without extensions of formats and compressions.
    file : File
    dataset : Dataset
        Its rows.
    """

    name: str
    file: File
    dataset: Dataset


def shards_of(dataset: Dataset) -> Iterator[Shard]:
    """Yield the files of a dataset, in order.

    Raises
    ------
    ParameterError
        If it does not consist of files, or two of them would have the same name.
    """
    source = dataset.source
    if not isinstance(source, FileSource) or source.is_read_once:
        raise ParameterError(
            f"A folder of predictions has one file for each file that is read, and {source} is "
            "none: name the file to write."
        )
    names: dict[str, str] = {}
    for file, format_name in source.files:
        name = _bare(file.name)
        if name in names:
            raise ParameterError(
                f"{names[name]} and {file.url} would both be written as {name!r}: read one of "
                "them, or rename it."
            )
        names[name] = file.url
        yield Shard(
            name, file, replace(dataset, source=replace(source, files=((file, format_name),)))
        )


def joined(shards: Sequence[Shard]) -> Dataset:
    """Return shards of one dataset as a dataset."""
    sources = [cast(FileSource, shard.dataset.source) for shard in shards]
    files = tuple(file for source in sources for file in source.files)
    return replace(shards[0].dataset, source=replace(sources[0], files=files))


def unreadable(shards: Iterable[Shard]) -> dict[str, str]:
    """Return the files of shards that are not readable, and why."""
    found = {}
    for shard in shards:
        try:
            shard.dataset.known_columns()
        except DataError as error:
            found[shard.file.url] = str(error)
    return found


def _bare(name: str) -> str:
    """Return a name without extensions.

    >>> _bare("a/part-1.jsonl.gz"), _bare("b.c/part.v2")
    ('a/part-1', 'b.c/part.v2')
    """
    path = PurePosixPath(name)
    if path.suffix.lower() in COMPRESSIONS and path.stem:
        path = path.with_suffix("")
    return str(path.with_suffix("") if known_format(path.name) is not None else path)
