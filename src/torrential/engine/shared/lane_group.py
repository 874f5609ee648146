"""Candidates of two classes whose weights are side by side, so that all learn a row at once."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Self, cast

import numpy as np

from torrential.engine.batches.windows import Window
from torrential.engine.training.candidate import Candidate
from torrential.engine.training.learner import Learner, Step
from torrential.errors import ParameterError
from torrential.linear.checks import check_scores
from torrential.linear.class_weight import ClassWeight
from torrential.linear.lanes import FEWEST, ModelsSideBySide, can_be_side_by_side
from torrential.types import Arrays, Csr, Float32, Int32

MOST_CLASSES = 2


class Together:
    """Candidates that learn the same rows, in the same order, with the same weights of rows.

    The first of them weighs and orders the rows for all, also when it learns no more itself.

    Parameters
    ----------
    candidates : sequence of Candidate
        Untrained candidates.
    """

    def __init__(self, candidates: Sequence[Candidate]) -> None:
        self.candidates = list(candidates)
        self._models = ModelsSideBySide([each.model.linear for each in candidates])
        self._learners: list[Learner] = []
        self._n_classes = 0

    @classmethod
    def of(cls, candidates: Sequence[Candidate]) -> Self | None:
        """Return a group of the candidates that can learn together; None if there are too few."""
        alike = [each for each in candidates if _can_be(each)]
        alike = [each for each in alike if _conditions(each) == _conditions(alike[0])]
        return cls(alike) if len(alike) >= FEWEST else None

    @property
    def learns(self) -> bool:
        """Whether any candidate has an epoch left."""
        return any(candidate.learns for candidate in self.candidates)

    @property
    def is_to_part(self) -> bool:
        """Whether the candidates are averaged in the next epoch, which they learn alone."""
        return any(candidate.learns and candidate.is_to_average for candidate in self.candidates)

    def begin_epoch(self, epoch: int, n_windows: int = 0) -> None:
        """Prepare to learn all rows once; this many of their windows were learned before."""
        self._learners = [candidate.learner(epoch=epoch) for candidate in self.candidates]
        self._learners[0].n_windows = n_windows

    def state(self) -> tuple[Arrays, dict[str, Any]]:
        """Return the weights of all models as arrays and JSON."""
        arrays, header = self._models.state()
        return arrays, header | {"n_classes": self._n_classes}

    def take_state(self, arrays: Arrays, header: dict[str, Any]) -> None:
        """Restore the state of the same candidates, or raise a ValueError."""
        self._models.take_state(arrays, header)
        self._n_classes = int(header["n_classes"])

    def learn(self, window: Window) -> None:
        """Learn a window of rows of at most two classes."""
        lead, first = self._learners[0], self.candidates[0]
        if lead.weighs:  # it does so in place
            window = replace(window, rows=replace(window.rows, data=window.rows.data.copy()))
        step = lead.prepare(window)
        for number, each in enumerate(self.candidates):
            if not each.is_active:
                self._models.stop(number)
        targets = cast(Int32 | Float32, step.targets)  # rows of sets have no lanes
        scores = self._models.update(window.rows, targets, step.weight, step.order)
        for number, each in enumerate(self.candidates):
            if each.is_active:
                self._note(number, window, step, np.ascontiguousarray(scores[:, [number]]))
        self._n_classes = len(first.model.labels)

    def _note(self, number: int, window: Window, step: Step, scores: Float32) -> None:
        each, settings = self.candidates[number], self.candidates[number].model.linear.settings
        try:
            check_scores(scores, cast(Int32, step.targets), settings, self._models.t)
        except ParameterError as error:
            each.failure = error
        else:
            self._learners[number].note(window, step, scores)
            each.cursor.end_step(window.n_rows)

    def strengthen(self) -> None:
        """Take over the strengths of the candidates' penalties."""
        for number, each in enumerate(self.candidates):
            if each.C is not None:
                self._models.set_alpha(number, each.model.linear.settings.alpha)

    def settle(self) -> None:
        """Apply pending updates, so that the models can score."""
        self._models.settle()

    def leave_dropped(self) -> None:
        """Continue with the candidates that were not dropped."""
        numbers = [n for n, each in enumerate(self.candidates) if not each.is_dropped]
        if len(numbers) == len(self.candidates):
            return
        first, learners = self.candidates[0], self._learners
        self.candidates = [self.candidates[number] for number in numbers]
        self._learners = [learners[number] for number in numbers] if learners else []
        if not numbers:
            return
        self._models = self._models.only(numbers)
        self.candidates[0].model.weighting = first.model.weighting
        self.candidates[0].class_weight.counts = first.class_weight.counts
        if learners:  # in the middle of an epoch
            self._learners[0].n_windows = learners[0].n_windows

    def decision(self, rows: Csr) -> Float32:
        """Return the scores of rows, float32 of shape (n_rows, n_candidates)."""
        return self._models.decision(rows)

    def give_back(self, number: int) -> None:
        """Write the learned weights to a candidate's model."""
        first, each = self.candidates[0], self.candidates[number]
        linear = each.model.linear
        self._models.give_back(number, linear)
        linear.add_classes(self._n_classes - linear.n_classes)
        if each is not first:
            each.model.weighting = first.model.weighting.copy()
            each.class_weight.counts = first.class_weight.counts.copy()

    def part(self) -> list[tuple[Candidate, Learner]]:
        """Write all models back, and return the candidates that continue alone in an epoch."""
        for number in range(len(self.candidates)):
            self.give_back(number)
        for learner in self._learners[1:]:
            learner.n_windows = self._learners[0].n_windows
        pairs = zip(self.candidates, self._learners, strict=False)  # none before the first epoch
        return [(each, learner) for each, learner in pairs if each.learns]


def _can_be(candidate: Candidate) -> bool:
    is_free = candidate.schedule.tol is None  # all end with the same epoch
    of_classes = not candidate.model.is_regression
    return is_free and of_classes and can_be_side_by_side(candidate.model.linear.settings)


def _conditions(candidate: Candidate) -> tuple[int, bool, str]:
    spec: ClassWeight = candidate.class_weight
    return candidate.schedule.epochs, candidate.averages_last_pass, repr(spec.spec)
