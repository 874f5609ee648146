"""Linear models of two classes, or of regression, that learn the same rows: side by side."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Self

import numpy as np

from torrential.kernels.linear.lanes import (
    LaneRules,
    decay_by_lane,
    decide_by_lane,
    learn_by_lane,
)
from torrential.kernels.linear.layout import INTERCEPT, Clock
from torrential.linear.checks import check_rows
from torrential.linear.decay import due, steps_between
from torrential.linear.links import LOG
from torrential.linear.memory import blocks, places
from torrential.linear.memory.rows import copied, layout_state, plan, tile_rows
from torrential.linear.model import LinearModel
from torrential.linear.settings import LinearSettings
from torrential.linear.weights import Weights
from torrential.types import Arrays, Csr, Float32, Float64, Int32, Int64

FEWEST = 2
"""Least number of models that learn faster at once than one after the other."""


def can_be_side_by_side(settings: LinearSettings) -> bool:
    """Return whether a model can share its rows with others while it has one column."""
    has_plain_steps = settings.link is not LOG and not settings.multilabel
    return settings.optimizer.has_lanes and settings.average_from == 0 and has_plain_steps


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
        self._layout = plan(self._n_features, max(FEWEST, len(models)), _n_slots(self._settings))
        self._blocks = blocks.new_blocks(self._layout, penalised=False)
        self._rules = _lane_rules(self._settings, self._layout.n_tiles * self._layout.width)
        self._clocks = np.zeros((2, len(models)))
        self._settled = np.zeros((3, len(models)))
        self._step, self._excess = 0, 0.0

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
        excess = self._excess_at(weights[order])
        window, begin = (csr, values, weights), 0
        while begin < len(order):
            end = min(len(order), begin + self._steps_to_decay())
            for tile in range(self._layout.n_tiles):
                part = order[begin:end], excess[begin:end], scores[begin:end]
                self._learn(*window, *part, tile)
            self._step += end - begin
            self._tick(end - begin)
            self._decay([each > 0 and self._step % each == 0 for each in self._every])
            begin = end
        return scores[:, : len(self._settings)]

    def _learn(
        self,
        csr: Csr,
        values: Float32,
        weights: Float32,
        order: Int64,
        excess: Float64,
        scores: Float32,
        tile: int,
    ) -> None:
        memory, n_learned = self._blocks[tile], 0
        while n_learned < len(order):
            n_learned += learn_by_lane(
                csr.data, csr.indices, csr.indptr, order[n_learned:], values, weights, memory,
                self._layout, excess[n_learned:], self._rules, tile, scores[n_learned:],
            )  # fmt: skip
            if n_learned < len(order):
                n_values = csr.n_values(order[n_learned])
                memory = blocks.make_room(self._blocks, self._layout, tile, n_values)

    @property
    def _every(self) -> list[int]:
        return [steps_between(settings.rule(), self._n_features) for settings in self._settings]

    def _steps_to_decay(self) -> int:
        """Return after how many steps the first of the models is due; many if none ever is."""
        return min((each - self._step % each for each in self._every if each > 0), default=2**62)

    def set_alpha(self, number: int, alpha: float) -> None:
        """Set the strength of a model's penalty from the next step on."""
        self._settings[number] = replace(self._settings[number], alpha=alpha)

    def stop(self, number: int) -> None:
        """Stop training a model, such as one whose weights grew without limit."""
        self._rules.losses[number] = -1

    def only(self, numbers: Sequence[int]) -> Self:
        """Return some of the models, settled, in separate rows."""
        result = type(self).__new__(type(self))
        result._settings = [self._settings[number] for number in numbers]
        result._n_features, result._step = self._n_features, self._step
        result._excess = self._excess
        layout = plan(self._n_features, max(FEWEST, len(numbers)), self._layout.slots)
        result._layout, result._blocks = layout, blocks.new_blocks(layout, penalised=False)
        result._rules = _lane_rules(result._settings, layout.n_tiles * layout.width)
        self.settle()
        result._clocks = self._clocks[:, list(numbers)].copy()
        result._settled = self._settled[:, list(numbers)].copy()
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
        return result

    def settle(self) -> None:
        """Apply all pending penalties, so that the models can be read."""
        self._decay([True] * len(self._settings))

    def _decay(self, chosen: Sequence[bool]) -> None:
        """Apply pending penalties to some of the models."""
        l2, l1 = np.zeros((2, len(self._rules.losses)), np.float32)
        for number in range(len(chosen)):
            if not chosen[number]:
                continue
            l2[number], l1[number] = due(self._settled_clock(number), self._clock(number))
            self._settled[:, number] = self._clock(number)[:3]
        if l2.any() or l1.any():
            for memory in self._blocks:
                decay_by_lane(memory, self._layout, l2, l1)

    def _clock(self, number: int) -> Clock:
        log_decay, shrinkage = self._clocks[:, number]
        return Clock(self._step, float(log_decay), float(shrinkage), self._excess)

    def _settled_clock(self, number: int) -> Clock:
        step, log_decay, shrinkage = self._settled[:, number]
        return Clock(int(step), float(log_decay), float(shrinkage), 0.0)

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
        assert isinstance(weights, Weights)  # of one column
        weights.own()
        dense = tile_rows(weights.block(0), weights.layout, 0)[:, :, 0]
        dense[features] = found[at]
        dense[-1] = found[INTERCEPT]
        model._clock, weights.settled = self._clock(number), self._settled_clock(number)

    def state(self) -> tuple[Arrays, dict[str, Any]]:
        """Return the exact state for `take_state`: arrays and JSON."""
        arrays = blocks.arrays_of(self._blocks, self._layout)
        header = {
            "layout": layout_state(self._layout),
            "step": self._step,
            "excess": self._excess,
            "losses": self._rules.losses.tolist(),
        }
        return arrays | {"clocks": self._clocks, "settled": self._settled}, header

    def take_state(self, arrays: Arrays, header: dict[str, Any]) -> None:
        """Restore the state of as many models with the same settings.

        Raises
        ------
        ValueError
            They were others, or are of a version that kept penalties in another way.
        """
        is_alike = header["layout"] == layout_state(self._layout)
        if not is_alike or any(
            name not in arrays or arrays[name].shape != array.shape
            for name, array in (("clocks", self._clocks), ("settled", self._settled))
        ):
            raise ValueError("models that learn side by side are not those of the candidates")
        borrowed = blocks.blocks_over(arrays, self._layout, together=False)
        self._blocks = [copied(memory, self._layout) for memory in borrowed]
        self._clocks, self._settled = arrays["clocks"].copy(), arrays["settled"].copy()
        self._step, self._excess = int(header["step"]), float(header.get("excess", 0.0))
        self._rules.losses[:] = header["losses"]

    def _excess_at(self, weights: Float32) -> Float64:
        """Return by how much the mean weight up to each row to learn is above 1; take note of all.

        One row after the other is added up, as `kernels.penalty.tick` does.
        """
        sums = np.add.accumulate(np.append(self._excess, weights.astype(np.float64) - 1.0))
        self._excess = float(sums[-1])
        excess: Float64 = sums[1:] / np.arange(self._step + 1, self._step + len(sums))
        return excess

    def _tick(self, n_steps: int) -> None:
        """Move the models' clocks, one step after the other as `kernels.penalty.tick` does."""
        for number, settings in enumerate(self._settings):
            rule = settings.rule()
            for clock, change in enumerate((-rule.eta0 * rule.l2, rule.eta0 * rule.l1)):
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
        intercepts=np.zeros(n_lanes, np.float32),
    )
    for lane, each in enumerate(settings):
        rule = each.rule()
        rules.losses[lane] = rule.loss
        rules.epsilons[lane] = rule.epsilon
        rules.rates[lane] = rule.eta0
        rules.intercepts[lane] = rule.fit_intercept
    return rules
