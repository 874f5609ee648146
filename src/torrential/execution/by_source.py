"""Streamed results, grouped by the source that their items are from."""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from functools import partial
from typing import TypeVar

from torrential.execution.stream import stream

Item = TypeVar("Item")
Result = TypeVar("Result")


def stream_by_source(
    sources: Sequence[Callable[[], Iterable[Item]]],
    function: Callable[[Item], Result],
    n_jobs: int = 1,
) -> Generator[Iterator[Result], None, None]:
    """Stream results as `stream` does, but yield an iterator for each source, in order.

    An iterator is to be used up before the next one is asked for.

    Examples
    --------
    >>> by_source = stream_by_source([lambda: [1, 2], lambda: [], lambda: [3]], lambda x: 10 * x)
    >>> [list(results) for results in by_source]
    [[10, 20], [], [30]]
    """
    reads = [partial(_numbered, number, make) for number, make in enumerate(sources)]
    with closing(stream(reads, partial(_apply, function), n_jobs)) as results:
        ahead = next(results, None)

        def of_source(number: int) -> Iterator[Result]:
            nonlocal ahead
            while ahead is not None and ahead[0] == number:
                yield ahead[1]
                ahead = next(results, None)

        for number in range(len(reads)):
            yield of_source(number)


def _numbered(number: int, make: Callable[[], Iterable[Item]]) -> Iterator[tuple[int, Item]]:
    for item in make():
        yield number, item


def _apply(function: Callable[[Item], Result], numbered: tuple[int, Item]) -> tuple[int, Result]:
    number, item = numbered
    return number, function(item)
