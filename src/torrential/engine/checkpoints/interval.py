"""Intervals of checkpoints."""

import time
from collections.abc import Callable
from typing import Any, Self

import numpy as np

from torrential.errors import ParameterError
from torrential.units import SECONDS, amount_of


class Every:
    """Interval of checkpoints: some time, or some rows.

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
    def parse(cls, value: Any, name: str = "checkpoint_every") -> Self:
        """Parse a time such as "60s", "5m" or "1h", or a number of rows; None means never.

        Raises
        ------
        ParameterError
            If the value is neither a time nor a number of rows.
        """
        if value is None:
            return cls()
        value = value.item() if isinstance(value, np.integer) else value
        seconds = amount_of(value, SECONDS)
        if seconds is not None:
            return cls(seconds=seconds)
        if type(value) is int and value >= 1:
            return cls(n_rows=int(value))
        raise ParameterError(
            f"{name}={value!r} is neither a time nor a number of rows: give one such as "
            "'60s', '5m', '1h' or 100000."
        )

    @property
    def is_never(self) -> bool:
        """Whether no checkpoint is ever due."""
        return self.seconds is None and self.n_rows is None

    def begin(self, n_rows: int) -> None:
        """Count from now, and from this many rows."""
        self._row, self._time = n_rows, self._clock()

    def is_due(self, n_rows: int) -> bool:
        """Return whether a checkpoint is due at this many rows; if so, count from now on."""
        if self.n_rows is not None:
            due = n_rows - self._row >= self.n_rows
        elif self.seconds is not None:
            due = self._clock() - self._time >= self.seconds
        else:
            due = False
        if due:
            self.begin(n_rows)
        return due
