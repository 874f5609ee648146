"""Work that an interrupt does not split: it runs as a whole, or does not begin."""

from collections.abc import Callable
from types import TracebackType
from typing import Self, TypeVar

from torrential.execution.crew import Crew

Result = TypeVar("Result")


class Whole:
    """Runs functions in another thread, and waits for them even if Ctrl-C comes.

    Signals are raised in the main thread, wherever it is: between two lines that belong together
    too. In another thread none is. So an interrupt that comes while a function runs is raised when
    it has come to its end; one that comes before leaves it undone.

    Examples
    --------
    >>> with Whole() as whole:
    ...     whole(lambda: 6 * 7)
    42
    """

    def __init__(self) -> None:
        self._crew = Crew(1, "torrential-whole")

    def __call__(self, function: Callable[[], Result]) -> Result:
        """Run a function, and return its result or raise its error."""
        try:
            return self._crew.submit(function).result()
        except BaseException:
            self._crew.wait()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._crew.end()
