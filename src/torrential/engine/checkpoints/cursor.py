"""Checkpoints: where a training stands, as JSON, and when it is time to write that down."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np

from torrential.engine.batches.hashed_batch import BEGINNING, Place
from torrential.engine.model.schema import COURSE
from torrential.errors import ParameterError
from torrential.evaluation.progressive import ProgressiveValidation

SECONDS = {"s": 1, "m": 60, "h": 3600}


@dataclass(slots=True)
class Course:
    """How far a training has come: always between two windows.

    Attributes
    ----------
    epoch : int
        The one under way.
    place : Place
        The batch after the last one that was learnt in it.
    n_windows : int
        Windows that were learnt in it.
    n_noted : int
        Batches after these whose terms were noted: the next window will be of them.
    n_rows : int
        Rows that were learnt or left out, in all epochs.
    history : list of ProgressiveValidation
        Of the epochs that were completed.
    validation : ProgressiveValidation
        Of the one under way.
    is_complete : bool
        Whether no epoch is to come.
    reached : Place
        The last batch that was read in the epoch: that of a window which is to be learnt next.
    """

    epoch: int = 0
    place: Place = BEGINNING
    n_windows: int = 0
    n_noted: int = 0
    n_rows: int = 0
    history: list[ProgressiveValidation] = field(default_factory=list)
    validation: ProgressiveValidation = field(default_factory=ProgressiveValidation)
    is_complete: bool = False
    reached: Place = BEGINNING

    @property
    def has_begun(self) -> bool:
        """Whether a window was learnt."""
        return self.epoch > 0 or self.n_windows > 0

    @property
    def passes(self) -> list[ProgressiveValidation]:
        """Those of all epochs that were begun."""
        return [*self.history, *([self.validation] if self.n_windows > 0 else [])]

    def end_window(self, n_rows: int) -> None:
        """Note that a window was learnt, up to the last batch that was read."""
        partition, batch = self.reached
        self.place = (partition, batch + 1)
        self.n_windows += 1
        self.n_noted = 0
        self.n_rows += n_rows

    def end_epoch(self, *, is_last: bool) -> None:
        """Note that all windows of an epoch were learnt."""
        self.history.append(self.validation)
        self.validation = ProgressiveValidation(learnt_before=True)
        self.epoch += 1
        self.place, self.n_windows, self.n_noted = BEGINNING, 0, 0
        self.is_complete = is_last

    def state(self) -> dict[str, Any]:
        """All of it as JSON."""
        return {
            "epoch": self.epoch,
            "place": list(self.place),
            "n_windows": self.n_windows,
            "n_noted": self.n_noted,
            "n_rows": self.n_rows,
            "history": [validation.state() for validation in self.history],
            "validation": self.validation.state(),
            "is_complete": self.is_complete,
        }

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        """Return what `state` described.

        Raises
        ------
        DataError
            If a field is missing or has a value that it cannot have.
        """
        COURSE(state, "course")
        partition, batch = state["place"]
        return cls(
            epoch=int(state["epoch"]),
            place=(int(partition), int(batch)),
            n_windows=int(state["n_windows"]),
            n_noted=int(state["n_noted"]),
            n_rows=int(state["n_rows"]),
            history=[ProgressiveValidation.from_state(each) for each in state["history"]],
            validation=ProgressiveValidation.from_state(state["validation"]),
            is_complete=bool(state["is_complete"]),
        )


class Every:
    """When a checkpoint is due: after some time, or some rows.

    Parameters
    ----------
    seconds : float, default=None
    n_rows : int, default=None
        One of the two; where both are None, none is ever due.
    clock : callable, default=time.monotonic
        Gives the time in seconds.

    Examples
    --------
    >>> every = Every.parse(1000)
    >>> [every.is_due(n_rows) for n_rows in (999, 1500, 2000, 2500)]
    [False, True, False, True]
    """

    def __init__(
        self,
        seconds: float | None = None,
        n_rows: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.seconds = seconds
        self.n_rows = n_rows
        self._clock = clock
        self.begin(0)

    @classmethod
    def parse(cls, value: Any) -> Self:
        """Read a time such as "60s", "5m" or "1h", or a number of rows; None is never.

        Raises
        ------
        ParameterError
            If the value is neither a time nor a number of rows.
        """
        if value is None:
            return cls()
        value = value.item() if isinstance(value, np.integer) else value
        seconds = parse_seconds(value)
        if seconds is not None:
            return cls(seconds=seconds)
        if type(value) is int and value >= 1:
            return cls(n_rows=int(value))
        raise ParameterError(
            f"checkpoint_every={value!r} is neither a time nor a number of rows: give one such as "
            "'60s', '5m', '1h' or 100000."
        )

    @property
    def is_never(self) -> bool:
        """Whether none is ever due."""
        return self.seconds is None and self.n_rows is None

    def begin(self, n_rows: int) -> None:
        """Count from now, and from so many rows."""
        self._row, self._time = n_rows, self._clock()

    def is_due(self, n_rows: int) -> bool:
        """Tell whether it is time at so many rows; if it is, count from now on."""
        if self.n_rows is not None:
            due = n_rows - self._row >= self.n_rows
        elif self.seconds is not None:
            due = self._clock() - self._time >= self.seconds
        else:
            due = False
        if due:
            self.begin(n_rows)
        return due


def parse_seconds(value: Any) -> float | None:
    """Read a time such as "60s", "5m" or "1h" as seconds; None if it is not one."""
    if not isinstance(value, str):
        return None
    given = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([smh])\s*", value)
    return None if given is None else float(given[1]) * SECONDS[given[2]]
