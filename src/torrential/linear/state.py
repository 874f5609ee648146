"""What a linear model is: settings, a clock and weights, exactly as files hold them."""

from dataclasses import replace
from typing import Any, Self

import numpy as np

from torrential.linear.decay import START, clock_from, clock_state
from torrential.linear.lists import AnyWeights, ListWeights
from torrential.linear.memory.rows import layout_from_state
from torrential.linear.mixing import WeightSums
from torrential.linear.optimizers import RECEIVED
from torrential.linear.packing import Packed, pack, unpack
from torrential.linear.settings import LinearSettings, alpha_of
from torrential.linear.weights import Weights
from torrential.types import Arrays


class LinearState:
    """The state of a linear model, its averages, and what files and copies have of it.

    Parameters
    ----------
    settings : LinearSettings
    n_features : int
    """

    def __init__(self, settings: LinearSettings, n_features: int) -> None:
        self.settings = settings
        self.n_features = n_features
        self.n_classes = 1 if settings.is_regression else 0
        self._rule = settings.rule()
        self._clock = START
        self._weights: AnyWeights = Weights(
            n_features,
            n_slots=settings.optimizer.n_slots(averaged=settings.average_from > 0),
            has_marks=settings.has_marks,
        )

    @property
    def n_columns(self) -> int:
        """Number of scores per row: n_classes, but 1 for up to two classes."""
        return self._weights.n_columns

    @property
    def t(self) -> int:
        """Number of rows learned."""
        return int(self._clock.step)

    @property
    def n_bytes(self) -> int:
        """Bytes of memory of the weights that are in use."""
        return self._weights.n_bytes

    def set_alpha(self, alpha: float) -> None:
        """Set the strength of a penalty, above 0, from the next step on."""
        self.settings = replace(self.settings, alpha=alpha)
        self._rule = self.settings.rule()

    def set_strength(self, C: float, n_rows: int) -> None:
        """Set the penalty of all rows to 1 / C, from the next step on; each has its share of it."""
        self.set_alpha(alpha_of(C, 1 if self.settings.optimizer.is_summed else n_rows))

    def begin_average(self) -> None:
        """Average the weights over the steps from now on, instead of over earlier ones."""
        self._set_average(self.t + 1)
        self._weights.begin_sums(self.settings.optimizer.n_slots(averaged=False))

    def take_average(self) -> None:
        """Make the average the weights that further steps begin with, and average no more."""
        if self.settings.average_from == 0:
            return
        self._weights.become_readable(self._rule, self._clock)
        self._weights.end_sums(self.settings.optimizer.n_slots(averaged=False))
        self._set_average(False)
        self._forget_received()
        self._weights.match(self._rule)

    def _set_average(self, average: int) -> None:
        self.settings = replace(self.settings, average=average)
        self._rule = self.settings.rule()

    def _forget_received(self) -> None:
        """Let weights that are averages have no L1 penalty due."""
        received = self.settings.optimizer.slot(RECEIVED)
        if self.settings.penalised and received is not None:
            self._weights.set_received(received, np.float32(self._clock.shrinkage))

    def changes_since(self, start: Self, n_rows: int, weighting: str) -> WeightSums:
        """Return the changes since the model was a copy of `start`, for averaging with others.

        Parameters
        ----------
        start : LinearModel
            With as many classes, and settled.
        n_rows : int
            Rows learned since.
        weighting : {'rows', 'updates'}
        """
        self._weights.settle(self._rule, self._clock)
        clocks = start._clock, self._clock
        return WeightSums.of(start._weights, self._weights, clocks, n_rows, weighting)

    def take_in(self, sums: WeightSums) -> None:
        """Become the average of the models whose changes since this one were added up."""
        self._clock = self._weights.settled = sums.add_to(self._weights, self._clock)
        self._forget_received()
        self._weights.match(self._rule)

    def state(self) -> tuple[Arrays, dict[str, Any]]:
        """Return the exact state for `from_state`: arrays, not copied, and JSON."""
        header = {
            "settings": self.settings.plain(),
            "n_classes": self.n_classes,
            "clock": clock_state(self._clock),
            **self._weights.state(),
        }
        if self.settings.penalised and self.settings.optimizer.decays_at_once:
            header["settled"] = clock_state(self._weights.settled._replace(excess=0.0))
        return self._weights.arrays(), header

    def applied_arrays(self) -> Arrays:
        """Return arrays that `from_state` takes as well, so that processes share what they read.

        They are of pending penalties and averages, which each process would else apply to a copy.
        """
        return self._weights.applied_arrays(self._rule, self._clock)

    @classmethod
    def from_state(cls, arrays: Arrays, header: dict[str, Any]) -> Self:
        """Return the model of a `state`; the arrays are copied before the first update."""
        model = cls.__new__(cls)
        model.settings = LinearSettings(**header["settings"])
        model.n_classes = header["n_classes"]
        model._rule = model.settings.rule()
        model._clock = clock_from(header["clock"])
        settled = clock_from(header.get("settled", header["clock"]))
        if "lists" in header:
            model.n_features = header["lists"]["n_features"]
            lists = model._weights = ListWeights.of(arrays, header["lists"], settled)
            if "applied_values" in arrays:
                lists.take_readable(arrays)
            return model
        layout = layout_from_state(header["layout"])
        model.n_features = layout.n_features
        weights = model._weights = Weights.of(arrays, layout, model._rule, settled)
        if "marks" in arrays and model.settings.optimizer.decays_at_once:
            weights.settle_marked(model._rule, model._clock)
        elif "applied_rows" in arrays:
            weights.take_readable(arrays["applied_rows"])
        return model

    def copy(self) -> Self:
        """Return an independent copy."""
        arrays, header = self.state()
        return self.from_state({name: array.copy() for name, array in arrays.items()}, header)

    def branch(self) -> Self:
        """Return a model that starts as this one; weights are copied when it first learns."""
        return self.from_state(*self.state())

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the `state`: only the rows in use, without zeros if most are zero."""
        arrays, header = self.state()
        widths = self._weights.widths
        packed = {name: pack(array, widths.get(name, 1)) for name, array in arrays.items()}
        return _unpacked, (type(self), packed, header)


def _unpacked(
    kind: type[LinearState], packed: dict[str, Packed], header: dict[str, Any]
) -> LinearState:
    return kind.from_state({name: unpack(array) for name, array in packed.items()}, header)
