"""Choices of a halving search: when they are made, which candidates continue, and all scores."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from torrential.engine.checkpoints.namespaces import part, under
from torrential.estimators.selection.results import (
    Columns,
    as_arrays,
    as_columns,
    means_where_defined,
)
from torrential.estimators.selection.run import FoldRun
from torrential.evaluation.scoring import Scoring
from torrential.execution import Whole
from torrential.logs import logger_of
from torrential.types import Arrays

logger = logger_of("search")


@dataclass(slots=True)
class Row:
    """One candidate in one iteration."""

    iteration: int
    n_rows: int
    place: int
    scores: Columns


class Rungs:
    """After how many rows a choice is made, and how many candidates continue.

    Parameters
    ----------
    n_candidates : int
    total : int
        Rows that the last ones learn.
    factor : float
    least : int
        Rows before the first choice.

    Attributes
    ----------
    number : int
        Choices that were made.
    n : int
        Candidates that continue.
    stops : list of int
        Rows after which one is made, at most as many as leave ``factor`` candidates in the end.
    """

    def __init__(self, n_candidates: int, total: int, factor: float, least: int) -> None:
        self.number = 0
        self.n, self._factor = n_candidates, factor
        n_choices = math.floor(round(math.log(n_candidates, factor), 9))
        dues = [least * factor**number for number in range(n_choices)]
        self.stops = [math.ceil(due) for due in dues if due < total]

    def is_due(self, n_rows: int) -> bool:
        """Return whether a choice is due after this many rows."""
        return self.number < len(self.stops) and n_rows >= self.stops[self.number]

    def was_made(self, n_rows: int) -> bool:
        """Return whether a choice was made after this many rows."""
        return n_rows in self.stops[: self.number]

    def next(self) -> int:
        """Make a choice: return how many candidates continue."""
        self.number += 1
        self.n = max(1, math.ceil(round(self.n / self._factor, 9)))
        return self.n


class Choices:
    """Lets go of the worse candidates while the rows stream by.

    Parameters
    ----------
    rungs : Rungs
        That has made no choice.
    scoring : Scoring
    key : str
        Key of the score that decides.

    Attributes
    ----------
    rungs : Rungs
    alive : list of int
        Places of the candidates that continue.
    rows : list of Row
        Rows of the table of all choices.
    """

    def __init__(self, rungs: Rungs, scoring: Scoring, key: str) -> None:
        self.rungs, self._scoring, self._key = rungs, scoring, key
        self.alive = list(range(rungs.n))
        self.rows: list[Row] = []

    def after_rows(self, fits: FoldRun, n_rows: int) -> None:
        """Make a choice if it is due; an interrupt waits until it is made."""
        if self.rungs.is_due(n_rows):
            with Whole() as whole:
                whole(partial(self._choose, fits, n_rows))
        elif self.rungs.was_made(n_rows):  # before a resume
            fits.pass_stop()

    def _choose(self, fits: FoldRun, n_rows: int) -> None:
        alive, name = self.alive, f"test_{self._key}"
        scores = fits.scores_so_far(self._scoring)
        n_folds = max(len(scores[place].get(name, ())) for place in alive)
        none = np.full(n_folds, np.nan)
        means, _ = means_where_defined(np.array([scores[place].get(name, none) for place in alive]))
        best = np.argsort(-np.nan_to_num(means, nan=-np.inf), kind="stable")
        self.rows += [Row(self.rungs.number, n_rows, place, scores[place]) for place in alive]
        self.alive = sorted(alive[number] for number in best[: self.rungs.next()])
        logger.info(
            "after %d rows %d of %d candidates continue", n_rows, len(self.alive), len(alive)
        )
        fits.drop(set(alive).difference(self.alive))

    def state(self) -> tuple[Arrays, dict[str, Any]]:
        """Return the choices that were made, as arrays and JSON."""
        arrays: Arrays = {}
        for number, row in enumerate(self.rows):
            arrays |= under(str(number), as_arrays(row.scores))
        rows = [[row.iteration, row.n_rows, row.place] for row in self.rows]
        return arrays, {"n_choices": self.rungs.number, "alive": self.alive, "rows": rows}

    def restore(self, arrays: Arrays, header: Mapping[str, Any]) -> None:
        """Restore `state`, taken from the same candidates."""
        while self.rungs.number < int(header["n_choices"]):
            self.rungs.next()
        self.alive = [int(place) for place in header["alive"]]
        self.rows = [
            Row(int(iteration), int(n_rows), int(place), as_columns(part(str(number), arrays)))
            for number, (iteration, n_rows, place) in enumerate(header["rows"])
        ]
