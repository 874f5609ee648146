"""Dask: functions on the workers of a cluster, and only the last result comes back.

The driver keeps the items and what they share. So when the cluster has lost something that it
cannot compute again, such as shared data whose only worker died, the call is repeated.
"""

from collections import deque
from collections.abc import Callable, Generator, Iterable
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Any, Self, TypeVar

from torrential.errors import ClusterError, ParameterError
from torrential.execution.contract import Executor, Function, Merge
from torrential.execution.dask.connection import Connection, LostWorkError, check_distributed
from torrential.execution.dask.run import Node, Run
from torrential.execution.dask.tree import Tree
from torrential.execution.dask.worker import SKIPPED
from torrential.execution.uninterrupted import Whole

Item = TypeVar("Item")
Result = TypeVar("Result")

TRIES = 3
"""Number of attempts. Dask recovers from dead workers: other losses are rare, or permanent."""

AHEAD = 2
"""Items of ``map`` that may be ready or in work for each thread of the cluster."""

SALVAGE_SECONDS = 5.0
"""Seconds that an interrupt waits for partial results, if they are requested."""


class Dask(Executor):
    """Runs functions on the workers of a Dask cluster.

    Partial results are merged on the workers; the last one comes here. It connects when it is
    first used, and then looks whether all workers have this version of torrential and of Python.
    A worker that dies is recovered from. On Ctrl-C, ``stop_requested()`` becomes true for the
    functions that run, all work is taken off the cluster, and the exception leaves at once; only
    shared data that is on its way to the workers is sent to the end first. If something is to be
    salvaged, it leaves after 5 seconds at most.

    Parameters
    ----------
    client : str, path or distributed.Client
        Address of the scheduler, as ``"tcp://host:8786"``; path of a scheduler file; or a client
        that is connected, which stays open.
    timeout : float, default=10
        Seconds to wait for the scheduler to answer, and for workers if there are none.

    Raises
    ------
    ParameterError
        If the package distributed is not installed.
    ClusterError
        When used: if the cluster does not answer, has no workers or wrong ones, or loses work
        again and again.

    Examples
    --------
    >>> Dask("tcp://10.0.0.5:8786")
    Dask('tcp://10.0.0.5:8786')
    """

    def __init__(self, client: Any, *, timeout: float = 10.0) -> None:
        if isinstance(client, str) and "://" not in client:
            client = Path(client)
        if not isinstance(client, (str, Path)) and not hasattr(client, "scatter"):
            raise ParameterError(
                f"client={client!r} is not a cluster: give an address as tcp://host:8786, the path "
                "of a scheduler file, or a distributed.Client."
            )
        if isinstance(client, (str, Path)):
            check_distributed()
        self.client = client
        self.timeout = timeout
        self._connection = Connection(client, timeout)

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
        """Apply ``function`` to all items; merge the results in one fixed tree (see Executor)."""
        items = list(items)
        if not items:
            raise ParameterError("There is nothing to run: items is empty; give one at least.")
        once = None if done is None else _Once(done)
        for _ in range(TRIES):
            try:
                result: Result = self._try(function, items, merge, shared, once, salvage)
            except LostWorkError as error:
                lost = error
            else:
                return result
        raise self._gave_up(lost)

    def map(
        self, function: Function[Item, Result], items: Iterable[Item], shared: Any = None
    ) -> Generator[Result, None, None]:
        """Return results in the order of the items (see Executor); callers close the generator."""
        unbegun = iter(enumerate(items))
        begun: deque[tuple[int, Item]] = deque()
        n_left = TRIES
        while True:
            try:
                for result in self._map_on(function, begun, unbegun, shared):
                    n_left = TRIES
                    yield result
            except LostWorkError as error:
                n_left -= 1
                if not n_left:
                    raise self._gave_up(error) from error
            else:
                return

    def close(self) -> None:
        """Close the connection if it was opened here; the next call opens it again."""
        self._connection.close()

    def _try(
        self,
        function: Function[Any, Any],
        items: list[Any],
        merge: Merge[Any],
        shared: Any,
        done: Callable[[int], object] | None,
        salvage: Callable[[Any], object] | None,
    ) -> Any:
        self._connection.wait_for_workers()
        run = Run(self._connection, function, shared)
        tree = Tree(run, merge)
        fetched: list[Any] = []
        try:
            with Whole() as whole:
                tree.submit(items, whole)
                fetched.append(tree.result(whole, done))
            run.close()
            return fetched[0]
        except Exception:
            raise
        except BaseException:
            if salvage is not None:
                _salvage(run, tree, fetched, salvage)
            raise
        finally:
            run.close()

    def _map_on(
        self,
        function: Function[Item, Result],
        begun: deque[tuple[int, Item]],
        unbegun: Iterable[tuple[int, Item]],
        shared: Any,
    ) -> Generator[Result, None, None]:
        """Continue with the items of an attempt that lost work, and then the other items."""
        n_ahead = AHEAD * self._connection.wait_for_workers()
        run = Run(self._connection, function, shared)
        ended: set[Node] = set()
        try:
            for place, item in begun:
                run.begin(place, item)
            while True:
                while len(begun) < n_ahead and (item_ := next(iter(unbegun), None)) is not None:
                    begun.append(item_)
                    run.begin(*item_)
                if not begun:
                    return
                node = (0, begun[0][0])
                while node not in ended:
                    ended.add(run.wait())
                if run.has_failed(node):
                    raise run.error(node)
                result = run.fetch(node)
                begun.popleft()
                ended.discard(node)
                run.release([node])
                yield result
                del result
        finally:
            run.close()

    def _gave_up(self, error: LostWorkError) -> ClusterError:
        return ClusterError(
            f"The cluster at {self._connection.address} lost its work {TRIES} times ({error}): "
            "look into the logs of its scheduler and workers."
        )

    def __repr__(self) -> str:
        client = self.client
        return f"Dask({str(client) if isinstance(client, Path) else client!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the address: a connection belongs to one process."""
        client = self.client if self._connection.is_own else self._connection.address
        return _unpickle, (client, self.timeout)

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Return the same object: copies of estimators share the connection."""
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def _unpickle(client: Any, timeout: float) -> Dask:
    return Dask(client, timeout=timeout)


def _salvage(run: Run, tree: Tree, fetched: list[Any], salvage: Callable[[Any], object]) -> None:
    """Fetch the existing results, in the tree; a cluster that fails now has nothing to save."""
    try:
        if not fetched:
            run.request_stop()
            with Whole() as whole:
                fetched.append(tree.result(whole, deadline=monotonic() + SALVAGE_SECONDS))
    except Exception:
        return
    if fetched[0] is not SKIPPED:
        salvage(fetched[0])


class _Once:
    """Says that an item is done when it is for the first time."""

    def __init__(self, done: Callable[[int], object]) -> None:
        self._done = done
        self._reported: set[int] = set()

    def __call__(self, place: int) -> None:
        if place not in self._reported:
            self._reported.add(place)
            self._done(place)
