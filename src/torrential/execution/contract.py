r"""The contract of the engines: run a function over the parts of a dataset, and merge the results.

::

    items       0   1   2   3     4   5   6   7     8   9
                 \  |   |  /       \  |   |  /       \ |
    fan-in 4      0 ... 3           4 ... 7           8, 9
                        \             |              /
    fan-in 4                        0 ... 9

The tree depends on the number of items only, and every group is merged from the left. So an engine
may run the functions where and when it likes: the bits of the result are the same on all of them.
"""

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import takewhile
from typing import Any, Protocol, TypeVar, runtime_checkable

from torrential.execution.stopping import stop_requested

Item = TypeVar("Item")
Result = TypeVar("Result")

WORK = "do a part of the work"
"""Name of the work, for `enough_memory_to`."""

Function = Callable[[Any, Item], Result]
"""``function(shared, item)``; it does not change ``shared``, which all items have in common."""

Merge = Callable[[Result, Result], Result]
"""``merge(first, second)``; it may change and return ``first``, never ``second``."""


def _each(shared: Any, results: Iterator[Any]) -> Iterator[Any]:
    """Yield the results of a source as they are."""
    return results


@dataclass(frozen=True, slots=True)
class Recipe:
    """The work of ``Executor.stream`` on each source, which is sent to the workers.

    Attributes
    ----------
    read : callable
        ``read(shared, source)`` gives the items of a source. One thread at a time reads a source.
    apply : callable
        ``apply(shared, item)`` gives the result of an item: the work that runs in parallel.
    gather : callable
        ``gather(shared, results)`` takes an iterator over the results of one source, in order, and
        gives an iterator over its outputs. By default the results are the outputs.
    """

    read: Callable[[Any, Any], Iterable[Any]]
    apply: Callable[[Any, Any], Any]
    gather: Callable[[Any, Iterator[Any]], Iterator[Any]] = _each

    def outputs(self, shared: Any, source: Any) -> list[Any]:
        """Return all outputs of a source, computed in this thread until it is asked to stop."""
        items = takewhile(lambda _: not stop_requested(), self.read(shared, source))
        return list(self.gather(shared, (self.apply(shared, item) for item in items)))


@runtime_checkable
class Executor(Protocol):
    """An engine: ``map_reduce`` and ``map`` make one, and ``stream`` can be inherited.

    An exception of a function is raised unchanged in the caller, when all functions have stopped;
    of several, the one of the earliest item. Functions that take long look at
    ``stop_requested()`` between batches. An item may have a ``name``, which messages then give.
    """

    def map_reduce(
        self,
        function: Function[Item, Result],
        items: Iterable[Item],
        merge: Merge[Result],
        shared: Any = None,
        *,
        done: Callable[[int], object] | None = None,
        salvage: Callable[[Result], object] | None = None,
    ) -> Result:
        """Apply ``function`` to all items; merge the results in one fixed tree.

        Parameters
        ----------
        function, items, merge, shared
            The result is that of ``merge`` over ``function(shared, item)``. There is one item at
            least.
        done : callable, optional
            Called as ``done(place)`` in this thread whenever the function has finished an item,
            in any order; ``place`` is that of the item among ``items``. After a loss of work an
            engine may finish an item again.
        salvage : callable, optional
            When Ctrl-C or another exception that is not an ``Exception`` ends the call, functions
            are asked to stop, and return what they have. All results that can be had are merged
            in the order of the items and given to ``salvage``, if there are any. Then the
            exception propagates.
        """
        ...

    def map(
        self, function: Function[Item, Result], items: Iterable[Item], shared: Any = None
    ) -> Generator[Result, None, None]:
        """Return results in the order of the items; hold only a bounded number of them.

        When the generator is closed, the functions that run are asked to stop, and nothing is left
        behind.
        """
        ...

    def stream(
        self, recipe: Recipe, sources: Iterable[Any], shared: Any = None
    ) -> Generator[Any, None, None]:
        """Return outputs of a recipe over all sources, in the order of the sources and their items.

        Outputs are the same on all engines; a bounded number of them is held. Here each source is
        an item of ``map``: one worker reads it and works on all of it. An engine that shares memory
        lets all workers work on the items of one source. Callers close the generator, as that of
        ``map``.

        Parameters
        ----------
        recipe : Recipe
        sources : iterable
            A source may have a ``name``, which messages then give.
        shared : object
            What all sources have in common; no function changes it.
        """
        with closing(self.map(partial(_outputs, recipe), sources, shared)) as results:
            for outputs in results:
                yield from outputs


def _outputs(recipe: Recipe, shared: Any, source: Any) -> list[Any]:
    return recipe.outputs(shared, source)
