"""Advance: what workers report of their progress, between their results."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from torrential.engine.progress.progress import Progress

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Advance:
    """Rows and bytes that a worker has done since it said so last."""

    n_rows: int
    n_bytes: int


def results_of(outputs: Iterable[Advance | Result], progress: Progress) -> Iterator[Result]:
    """Yield the results among the outputs of workers, and report the advances.

    Parameters
    ----------
    outputs : iterable
    progress : Progress
    """
    for output in outputs:
        if isinstance(output, Advance):
            progress.advance(output.n_rows, output.n_bytes)
        else:
            yield output
