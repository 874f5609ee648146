"""A linear model that learns windows of sparse rows, and grows a column when a class appears."""

import math
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import pairwise

import numpy as np

from torrential.errors import enough_memory_to
from torrential.kernels.evaluation.row_losses import row_losses, set_losses
from torrential.kernels.linear.layout import Sets
from torrential.kernels.linear.learn import MANY
from torrential.linear.checks import check_rows, check_scores, check_targets
from torrential.linear.links import IDENTITY
from torrential.linear.lists import ListWeights, can_be_lists
from torrential.linear.memory.zeros import aligned_zeros
from torrential.linear.state import LinearState
from torrential.linear.weights import TileWeights, Weights
from torrential.linear.window import Run, Window, in_turn, learn_window
from torrential.types import Csr, Float32, Float64, Int32, Int64, LabelSets

Targets = Int32 | Float32 | LabelSets
"""Codes of classes, numbered as they were first seen; real numbers; sets of such codes."""

NO_SETS = Sets(np.zeros(0, np.int64), np.zeros(0, np.int32))

LATE_MARGIN = -1.0
"""Intercept of a class that is first seen after other rows were learned.

All of them were negative for it, and a margin loss holds negatives at -1.
"""


class LinearModel(LinearState):
    """A linear function for each class, or a single one for two classes and for regression.

    With several labels a row, there is one for each label, also for two.

    Parameters
    ----------
    settings : LinearSettings
    n_features : int

    Attributes
    ----------
    n_classes : int
        Classes seen so far; 1 in regression. Up to two share one column, positive for class 1, but
        not if rows have several labels.

    Notes
    -----
    Penalties: `torrential.linear.decay` with 'adagrad', else `torrential.kernels.linear.penalty`.
    """

    def add_classes(self, n: int) -> None:
        """Add columns for n more classes, as `update` does at the first row of each."""
        self._grow(self.n_classes + n, self.n_classes + n)

    def update(
        self,
        csr: Csr,
        targets: Targets,
        sample_weight: Float32 | None = None,
        order: Int64 | None = None,
        run: Run = in_turn,
        n_tasks: int = 1,
    ) -> Float32:
        """Learn rows one by one.

        Parameters
        ----------
        csr : Csr of shape (n_rows, n_features)
        targets : int32 or float32 array of shape (n_rows,), or LabelSets
            Codes of the classes, numbered as they were first seen; real numbers in regression.
        sample_weight : float32 array of shape (n_rows,), optional
            Factor of each row's gradient.
        order : int64 array, optional
            Rows to learn, in this order; by default all, from the first.
        run : callable
            Runs a list of callables without arguments and returns their results in order.
        n_tasks : int, default=1
            One-vs-rest columns are split into at most this many tasks; the result is the same.

        Returns
        -------
        scores : float32 array of shape (len(order), n_columns)
            What was predicted for each row of `order` just before it was learned; of a new class
            its intercept, for the rows before its first.

        Raises
        ------
        ParameterError
            When weights grow without limit.
        DataError
            When codes are negative, or the number of features is another.
        NotEnoughMemoryError
            When there is none for the weights.
        """
        check_rows(csr, self.n_features)
        order = np.arange(csr.n_rows) if order is None else np.asarray(order, np.int64)
        codes = targets.codes if isinstance(targets, LabelSets) else targets
        check_targets(codes[order], self.settings)
        self._weights.own()
        weight = np.ones(csr.n_rows, np.float32) if sample_weight is None else sample_weight
        weight = np.ascontiguousarray(weight, np.float32)
        if self.t == 0:
            self._begin(codes, weight, order)
        known = self._known_at(targets, order)
        final = int(known.max(initial=self.n_classes))
        n_lanes = self._weights.n_lanes(final if final > self._most_sharing else 1)
        scores = aligned_zeros(len(order) * n_lanes, np.float32, "the scores")
        scores = scores.reshape(len(order), n_lanes)
        edges = [0, *self._edges(known), len(order)]
        for begin, end in pairwise(edges):
            if begin < end:
                self._grow_before(scores[:begin], known[begin:end])
                part, set_clock = slice(begin, end), partial(setattr, self, "_clock")
                codes, sets = self._kernel_targets(targets)
                window = Window(csr, codes, weight, order[part], known[part], scores[part], sets)
                now = self._rule, self._clock, set_clock
                if isinstance(self._weights, ListWeights):
                    self._weights.learn(window, *now)
                else:
                    learn_window(window, self._weights, *now, run, n_tasks)
        check_scores(scores, codes, self.settings, self.t)
        return scores[:, : self.n_columns]

    def prepare(self) -> None:
        """Prepare to score, so that threads may call `decision` concurrently."""
        self._weights.readable(self._rule, self._clock)

    def decision(self, csr: Csr) -> Float32:
        """Return the scores of rows, float32 of shape (n_rows, n_columns)."""
        check_rows(csr, self.n_features)
        return self._weights.decide(csr, self._rule, self._clock)

    def losses(self, scores: Float32, targets: Targets) -> Float64:
        """Return each row's loss, shape (n_rows,), from the scores of `update` or `decision`."""
        rule, scores = self._rule, np.ascontiguousarray(scores, np.float32)
        if isinstance(targets, LabelSets):
            return set_losses(
                scores, targets.codes, *_kernel_sets(targets), rule.loss, rule.epsilon
            )
        kernel_targets, _ = self._kernel_targets(targets)
        return row_losses(scores, kernel_targets, rule.loss, rule.softmax, rule.epsilon)

    def coef(self) -> Float32:
        """Return a copy of the weights, float32 of shape (n_columns, n_features)."""
        return self._columns()[:, :-1].copy()

    def largest_weights(self, features: Int32) -> Float32:
        """Return the largest absolute weight over all columns, of each of some features.

        Without the penalties that are pending and without averaging: fast, to compare them by.
        """
        return self._weights.largest(features)

    def by_tile(self) -> Iterator[TileWeights]:
        """Yield the weights of some classes at a time, of the features that they know."""
        return self._weights.by_tile(self._rule, self._clock)

    def intercept(self) -> Float32:
        """Return a copy of the intercepts, float32 of shape (n_columns,)."""
        return self._columns()[:, -1].copy()

    def set_weights(self, coef: Float32, intercept: Float32) -> None:
        """Set initial weights, of the shapes of `coef` and `intercept`."""
        self._weights.set_to(np.column_stack([coef, intercept]).astype(np.float32))
        self._weights.match(self._rule)

    def begin(self, mean: float, spread: float) -> None:
        """Begin at targets of this mean and standard deviation, unless there are initial weights.

        The first steps would else be as long as the mean is large, for features as for the
        intercept. scikit-learn's generalized linear models begin at the same intercept.
        """
        settings = self.settings
        link = settings.link
        if settings.relative:
            rate = settings.eta0 * (spread or 1.0 if link is IDENTITY else 1.0)
            self.settings = replace(settings, relative=False, eta0=rate)
            self._rule = self.settings.rule()
        elif link is IDENTITY:
            return
        score = link.first_score(mean)
        if score and settings.fit_intercept and not self._columns().any():
            coef = np.zeros((1, self.n_features), np.float32)
            self.set_weights(coef, np.full(1, score, np.float32))

    def _begin(self, targets: Int32 | Float32, weight: Float32, order: Int64) -> None:
        """Begin at the first rows, in regression."""
        if not self.settings.is_regression:
            return
        numbers, weight = targets[order].astype(np.float64), weight[order].astype(np.float64)
        total = float(weight.sum())
        if total > 0.0:
            mean = float(numbers @ weight) / total
            self.begin(mean, math.sqrt(float(np.square(numbers - mean) @ weight) / total))

    @enough_memory_to("give all weights at once")
    def _columns(self) -> Float32:
        return self._weights.dense(self._rule, self._clock)

    @property
    def _most_sharing(self) -> int:
        """Most classes that have one column in all."""
        return 1 if self.settings.multilabel else 2

    def _known_at(self, targets: Targets, order: Int64) -> Int64:
        """Return how many classes are known at each row, including its own class."""
        if self.settings.is_regression:
            return np.ones(len(order), np.int64)
        if isinstance(targets, LabelSets):
            needed = targets.needed()[targets.codes[order]]
        elif int(targets.max(initial=0)) < self.n_classes:
            return np.full(len(order), self.n_classes)
        else:
            needed = targets[order].astype(np.int64) + 1
        return np.maximum(np.maximum.accumulate(needed), self.n_classes)

    def _edges(self, known: Int64) -> list[int]:
        """Return the rows before which weights change their shape.

        Columns are added to one, or to none if labels are sets; tiles become lists.
        """
        most = [] if self.n_columns > 1 else [0, 1] if self.settings.multilabel else [2]
        if self.n_classes <= MANY and can_be_lists(self._rule):
            most.append(MANY)
        return [int(np.searchsorted(known, n, "right")) for n in most]

    def _grow_before(self, scores: Float32, known: Int64) -> None:
        """Add the classes of new rows, and give earlier rows scores for these classes."""
        n_known, n_before, n_classes = self.n_classes, self.n_columns, int(known[-1])
        if self.t == 0:
            self._grow(int(known[0]), n_classes)
        self._grow(n_classes, n_classes, later=True)
        if self.settings.multilabel:
            scores[:, n_known : self.n_columns] = self._first_intercept(later=True)
            return
        if self.n_columns == n_before or len(scores) == 0:
            return
        if n_before == 1:
            scale = np.float32(0.5 if self._rule.softmax else 1.0)
            scores[:, 1] = scale * scores[:, 0]
            scores[:, 0] *= -scale
        scores[:, max(2, n_before) : self.n_columns] = self._first_intercept(later=True)

    def _grow(self, n_classes: int, reserve: int, *, later: bool = False) -> None:
        """Grow to n_classes, with tiles for `reserve` if rows have to move."""
        if n_classes > MANY and isinstance(self._weights, Weights) and can_be_lists(self._rule):
            self._grow(MANY, MANY, later=later)
            self._weights = ListWeights.of_tiles(self._weights)
        n_before = self.n_classes if self.settings.multilabel else max(2, self.n_classes)
        if n_classes > n_before:
            intercept = self._first_intercept(later=later)
            self._weights.grow(n_before, n_classes, reserve, intercept, self._rule)
            if self.settings.multilabel:
                self._weights.match_intercepts(self._rule, n_before, n_classes)
            else:
                self._weights.match(self._rule)
        self.n_classes = max(n_classes, self.n_classes)

    def _first_intercept(self, *, later: bool) -> np.float32:
        """Return the intercept of a class whose first row comes after rows of others."""
        is_late = (self.t > 0 or later) and self.settings.fit_intercept
        return np.float32(LATE_MARGIN if is_late else 0.0)

    def _kernel_targets(self, targets: Targets) -> tuple[Float32, Sets]:
        """Return float32: -1 or 1 for one column, else the column (exact up to 2**24 classes).

        Of sets, it is their number.
        """
        if isinstance(targets, LabelSets):
            if self.n_columns == 1:
                has_label = np.append(targets.needed(), 0)[targets.codes] == 1
                return np.where(has_label, np.float32(1.0), np.float32(-1.0)), NO_SETS
            return np.ascontiguousarray(targets.codes, np.float32), _kernel_sets(targets)
        values = np.ascontiguousarray(targets, np.float32)
        is_plain = self.settings.is_regression or self.n_columns > 1
        return values if is_plain else 2 * values - 1, NO_SETS


def _kernel_sets(targets: LabelSets) -> Sets:
    return Sets(
        np.ascontiguousarray(targets.starts, np.int64),
        np.ascontiguousarray(targets.members, np.int32),
    )
