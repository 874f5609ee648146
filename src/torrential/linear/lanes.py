"""Linear models of two classes, or of regression, that learn the same rows: side by side."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np

from torrential.kernels.linear.lanes import (
    LaneRules,
    decide_by_lane,
    learn_by_lane,
    settle_by_lane,
)
from torrential.kernels.linear.layout import INTERCEPT, Clock
from torrential.kernels.linear.penalty import LEAST_DECAY
from torrential.linear.checks import check_rows
from torrential.linear.memory import blocks, places
from torrential.linear.memory.rows import copied, layout_state, plan, tile_marks, tile_rows
from torrential.linear.model import LinearModel
from torrential.linear.settings import LinearSettings
from torrential.types import Arrays, Csr, Float32, Int32, Int64

FEWEST = 2
"""Least number of models that learn faster at once than one after the other."""


def can_be_side_by_side(settings: LinearSettings) -> bool:
    """Return whether a model can share its rows with others while it has one column."""
    return settings.optimizer.has_lanes and not settings.average


class ModelsSideBySide:
    """Models whose weights are side by side in common rows, one row for each feature.

    Each has the bits of a `LinearModel` that learns the same rows alone; all features of a row are
    looked up once for all of them.

    Parameters
    ----------
    models : sequence of LinearModel
        Untrained models that can share rows. They do not change here; `give_back` gives them the
        learned weights.
    """

    def __init__(self, models: Sequence[LinearModel]) -> None:
        self._settings = [model.settings for model in models]
        self._n_features = models[0].n_features
        penalised = any(settings.penalised for settings in self._settings)
        self._layout = plan(self._n_features, max(FEWEST, len(models)), _n_slots(self._settings))
        self._blocks = blocks.new_blocks(self._layout, penalised=penalised)
        self._rules = _lane_rules(self._settings, self._layout.n_tiles * self._layout.width)
        self._clocks = np.zeros((2, len(models)))
        self._step = 0

    @property
    def t(self) -> int:
        """Number of rows learned."""
        return self._step

    def update(
        self, csr: Csr, targets: Int32 | Float32, weight: Float32 | None, order: Int64
    ) -> Float32:
        """Learn rows one by one with all models.

        Parameters
        ----------
        csr : Csr of shape (n_rows, n_features)
        targets : int32 array of codes 0 and 1, or float32 array, of shape (n_rows,)
        weight : float32 array of shape (n_rows,), or None
        order : int64 array
            Rows to learn, in this order.

        Returns
        -------
        scores : float32 array of shape (len(order), n_models)
            What each model predicted for each row of `order` just before it was learned.
        """
        check_rows(csr, self._n_features)
        values = np.ascontiguousarray(targets, np.float32)
        values = values if self._settings[0].is_regression else 2 * values - 1
        weights = np.ones(csr.n_rows, np.float32) if weight is None else weight
        scores = np.zeros((len(order), len(self._rules.losses)), np.float32)
        weights = np.ascontiguousarray(weights, np.float32)
        for tile in range(self._layout.n_tiles):
            memory, n_learned = self._blocks[tile], 0
            while n_learned < len(order):
                n_learned += learn_by_lane(
                    csr.data, csr.indices, csr.indptr, order[n_learned:], values, weights, memory,
                    self._layout, self._rules, self._step + n_learned, tile,
                    scores[n_learned:],
                )  # fmt: skip
                if n_learned < len(order):
                    memory = blocks.make_room(
                        self._blocks, self._layout, tile, csr.n_values(order[n_learned])
                    )
        self._step += len(order)
        self._tick(len(order))
        return scores[:, : len(self._settings)]

    def stop(self, number: int) -> None:
        """Stop training a model, such as one whose weights grew without limit."""
        self._rules.losses[number] = -1

    def only(self, numbers: Sequence[int]) -> Self:
        """Return some of the models, settled, in separate rows."""
        result = type(self).__new__(type(self))
        result._settings = [self._settings[number] for number in numbers]
        result._n_features, result._step = self._n_features, self._step
        result._clocks = self._clocks[:, list(numbers)].copy()
        layout = plan(self._n_features, max(FEWEST, len(numbers)), self._layout.slots)
        penalised = len(self._blocks[0].marks) > 0
        result._layout, result._blocks = layout, blocks.new_blocks(layout, penalised=penalised)
        result._rules = _lane_rules(result._settings, layout.n_tiles * layout.width)
        self.settle()
        for place, number in enumerate(numbers):
            result._rules.losses[place] = self._rules.losses[number]
            tile, lane = divmod(number, self._layout.width)
            new_tile, new_lane = divmod(place, layout.width)
            features, at = places.known_features(self._blocks[tile], self._layout, tile)
            memory = blocks.make_room(result._blocks, layout, new_tile, len(features))
            new_at = places.take(memory, layout, new_tile, features)
            old = tile_rows(self._blocks[tile], self._layout, tile)[:, :, lane]
            new = tile_rows(memory, layout, new_tile)[:, :, new_lane]
            new[new_at], new[INTERCEPT] = old[at], old[INTERCEPT]
        for tile in range(layout.n_tiles):
            tile_marks(result._blocks[tile], layout, tile)[:, 1:] = self._step
        return result

    def settle(self) -> None:
        """Apply all pending penalties, so that the models can be read."""
        for memory in self._blocks:
            if len(memory.marks) > 0:
                settle_by_lane(memory, self._layout, self._rules, self._step)

    def decision(self, csr: Csr) -> Float32:
        """Return the scores of rows by settled models, float32 of shape (n_rows, n_models)."""
        check_rows(csr, self._n_features)
        scores = np.zeros((csr.n_rows, len(self._rules.losses)), np.float32)
        for memory in self._blocks:
            decide_by_lane(csr.data, csr.indices, csr.indptr, memory, self._layout, scores)
        return scores[:, : len(self._settings)]

    def give_back(self, number: int, model: LinearModel) -> None:
        """Write the weights that a model has learned here to the model."""
        tile, lane = divmod(number, self._layout.width)
        features, at = places.known_features(self._blocks[tile], self._layout, tile)
        found = tile_rows(self._blocks[tile], self._layout, tile)[:, :, lane]
        weights = model._weights
        weights.own()
        dense = tile_rows(weights.block(0), weights.layout, 0)[:, :, 0]
        dense[features] = found[at]
        dense[-1] = found[INTERCEPT]
        if len(weights.block(0).marks) > 0:
            marks = tile_marks(self._blocks[tile], self._layout, tile)
            tile_marks(weights.block(0), weights.layout, 0)[features] = marks[at]
        log_decay, shrinkage = self._clocks[:, number]
        model._clock = Clock(self._step, float(log_decay), float(shrinkage))

    def state(self) -> tuple[Arrays, dict[str, Any]]:
        """Return the exact state for `take_state`: arrays and JSON."""
        arrays = blocks.arrays_of(self._blocks, self._layout)
        header = {
            "layout": layout_state(self._layout),
            "step": self._step,
            "losses": self._rules.losses.tolist(),
        }
        return arrays | {"clocks": self._clocks}, header

    def take_state(self, arrays: Arrays, header: dict[str, Any]) -> None:
        """Restore the state of as many models with the same settings.

        Raises
        ------
        ValueError
            They were others.
        """
        is_alike = header["layout"] == layout_state(self._layout)
        if not is_alike or arrays["clocks"].shape != self._clocks.shape:
            raise ValueError("models that learn side by side are not those of the candidates")
        borrowed = blocks.blocks_over(arrays, self._layout, together=False)
        self._blocks = [copied(memory, self._layout) for memory in borrowed]
        self._clocks, self._step = arrays["clocks"].copy(), int(header["step"])
        self._rules.losses[:] = header["losses"]

    def _tick(self, n_steps: int) -> None:
        """Move the models' clocks, one step after the other as `kernels.penalty.tick` does."""
        for number, settings in enumerate(self._settings):
            rule = settings.rule()
            decay = np.log(max(LEAST_DECAY, 1.0 - rule.eta0 * rule.l2))
            for clock, change in enumerate((decay, rule.eta0 * rule.l1)):
                steps = np.full(n_steps + 1, change)
                steps[0] = self._clocks[clock, number]
                self._clocks[clock, number] = np.add.accumulate(steps)[-1]


def _n_slots(settings: Sequence[LinearSettings]) -> int:
    return settings[0].optimizer.n_slots(averaged=False)


def _lane_rules(settings: Sequence[LinearSettings], n_lanes: int) -> LaneRules:
    rules = LaneRules(
        losses=np.full(n_lanes, -1),
        epsilons=np.zeros(n_lanes),
        rates=np.zeros(n_lanes, np.float32),
        l2=np.zeros(n_lanes),
        l1=np.zeros(n_lanes),
        intercepts=np.zeros(n_lanes, np.float32),
    )
    for lane, each in enumerate(settings):
        rule = each.rule()
        rules.losses[lane] = rule.loss
        rules.epsilons[lane] = rule.epsilon
        rules.rates[lane] = rule.eta0
        rules.l2[lane], rules.l1[lane] = rule.eta0 * rule.l2, rule.eta0 * rule.l1
        rules.intercepts[lane] = rule.fit_intercept
    return rules
