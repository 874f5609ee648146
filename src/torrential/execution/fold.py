"""The fixed tree in which results are merged."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from torrential.errors import ParameterError
from torrential.execution.contract import Merge
from torrential.tracing import span

Result = TypeVar("Result")

FAN_IN = 4
"""Results that are merged into one. On a cluster it is what one worker holds at a time; two would
double the number of tasks, and more would only make the merging less parallel."""


@dataclass(slots=True)
class _Group(Generic[Result]):
    """A group of one level that is being filled, merged so far."""

    value: Result
    size: int = 1


class TreeFold(Generic[Result]):
    """Merges results that come in order, as a tree of fan-in 4 would: a counter in base 4.

    Every digit of the counter is a level of the tree, and holds one result: so of n results,
    about log4(n) are held.

    Examples
    --------
    >>> fold = TreeFold(lambda first, second: f"({first}{second})")
    >>> for letter in "abcdef":
    ...     fold.add(letter)
    >>> fold.result()
    '((((ab)c)d)(ef))'
    """

    def __init__(self, merge: Merge[Result]) -> None:
        self._merge = merge
        self._levels: list[_Group[Result] | None] = []

    def __bool__(self) -> bool:
        """Return whether there is any result."""
        return any(group is not None for group in self._levels)

    def add(self, result: Result) -> None:
        """Add the next result."""
        level = 0
        while True:
            if level == len(self._levels):
                self._levels.append(None)
            group = self._put(level, result)
            if group.size < FAN_IN:
                return
            self._levels[level] = None
            result = group.value
            level += 1

    def result(self) -> Result:
        """Merge all results; afterwards nothing can be added."""
        last: _Group[Result] | None = None
        for level, group in enumerate(self._levels):
            last = self._put(level, last.value) if last is not None else group
            self._levels[level] = None
        if last is None:
            raise ParameterError("There is nothing to merge: items is empty; give one at least.")
        self._levels = [last]
        return last.value

    def _put(self, level: int, result: Result) -> _Group[Result]:
        group = self._levels[level]
        if group is None:
            group = self._levels[level] = _Group(result)
        else:
            with span("merge"):
                group.value = self._merge(group.value, result)
            group.size += 1
        return group
