"""The tree of merges as tasks of a Dask cluster.

::

    item 0 --+
    item 1 --+--> merge --+
    item 2 --+            |
    item 3 --+            +--> merge --> to the driver
    item 4 --+            |
    item 5 --+--> merge --+

All of it is on the cluster but the last arrow. A task is submitted right after those it needs, and
so comes before later items there: results are merged as soon as they can be.
"""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from torrential.execution.contract import Merge
from torrential.execution.dask.run import Node, Run
from torrential.execution.dask.worker import SKIPPED
from torrential.execution.fold import FAN_IN
from torrential.execution.uninterrupted import Whole


class Tree:
    """The items of a ``map_reduce``, and the merges over them."""

    def __init__(self, run: Run, merge: Merge[Any]) -> None:
        self._run = run
        self._merge = merge
        self._groups: list[list[Node]] = []  # of each level, the one that is not full
        self._parts: dict[Node, list[Node]] = {}
        self._root: Node | None = None
        self._unfinished: set[int] = set()
        self._failed: set[int] = set()

    def submit(self, items: Iterable[Any], whole: Whole) -> None:
        """Submit all items, and each merge after the last one that it needs."""
        for place, item in enumerate(items):
            whole(partial(self._begin, place, item))

    def _begin(self, place: int, item: Any) -> None:
        self._unfinished.add(place)
        self._put(0, self._run.begin(place, item))

    def result(
        self,
        whole: Whole,
        done: Callable[[int], object] | None = None,
        deadline: float | None = None,
    ) -> Any:
        """Wait for the last merge and fetch it, or raise the error of the earliest item.

        It can be called again after an interrupt.
        """
        if not self._groups:
            return SKIPPED  # the interrupt came before the first item
        if self._root is None:
            whole(self._close)
        self._run.look_again()  # an interrupt may have come between two looks
        while True:
            node = self._run.wait(deadline)
            if self._run.has_failed(node):
                self._fail(node)
                continue
            self._run.release(self._parts.get(node, []))
            level, place = node
            if level == 0 and place in self._unfinished:
                self._unfinished.discard(place)
                if done is not None:
                    done(place)
            if node == self._root:
                return self._run.fetch(node)
            self._raise_first()

    def _fail(self, node: Node) -> None:
        """Cancel the items after a failed item; earlier items may fail, too."""
        level, place = node
        if level == 0:
            self._failed.add(place)
            later = {other for other in self._unfinished if other > place}
            self._unfinished -= later
            self._failed -= later
            # What has failed is kept: it may tell which of them it was that killed a worker.
            self._run.release([(0, x) for x in later if not self._run.has_failed((0, x))])
            self._raise_first()
        elif node == self._root and not self._has_failed_item():
            raise self._run.error(node)  # it is a merge's own

    def _raise_first(self) -> None:
        """Raise the error of the earliest failed item, if all items before it are finished."""
        if self._failed and min(self._unfinished) == min(self._failed):
            raise self._run.error((0, min(self._failed)))

    def _has_failed_item(self) -> bool:
        items = [node for node in self._run.futures if node[0] == 0]
        return any(self._run.has_failed(node) for node in items)

    def _put(self, level: int, node: Node) -> None:
        if level == len(self._groups):
            self._groups.append([])
        self._groups[level].append(node)
        if len(self._groups[level]) == FAN_IN:
            self._merge_group(level)

    def _merge_group(self, level: int) -> None:
        """Submit the merge of a level's group; a group of one is passed on unchanged."""
        parts, self._groups[level] = self._groups[level], []
        node = parts[0]
        if len(parts) > 1:
            node = (level + 1, parts[0][1])
            self._parts[node] = parts
            self._run.merge(node, self._merge, parts)
        self._put(level + 1, node)

    def _close(self) -> None:
        """Merge the incomplete groups, from the leaves on; the last merge is the root."""
        level = 0
        while any(self._groups[level + 1 :]) or len(self._groups[level]) != 1:
            if self._groups[level]:
                self._merge_group(level)
            level += 1
        self._root = self._groups[level][0]
