"""The sequential half of training: windows of hashed rows are predicted, then learned."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

import numpy as np

from torrential.data.views.order import row_order
from torrential.engine.batches.windows import Window
from torrential.engine.model.hashed_model import HashedModel
from torrential.engine.progress.progress import Progress, SilentProgress
from torrential.engine.targets.targets import Targets, taken
from torrential.engine.targets.task import Binary
from torrential.evaluation.probabilities import Outcomes
from torrential.evaluation.progressive import ProgressiveValidation
from torrential.features.terms.term_weights import RUNNING
from torrential.linear.class_weight import ClassWeight
from torrential.linear.pieces import in_pieces
from torrential.linear.window import Run
from torrential.types import Float32, Int32, Int64, LabelSets


@dataclass(frozen=True, slots=True)
class Step:
    """Learning step of a window.

    Attributes
    ----------
    order : int64 array of shape (n_learned,)
        Its learned rows, in this order.
    targets : Targets of shape (n_rows,)
        0 for unlabeled rows.
    weight : float32 array of shape (n_rows,), or None
    """

    order: Int64
    targets: Targets
    weight: Float32 | None


class Learner:
    """Learns the windows of one epoch, and updates the counts.

    Parameters
    ----------
    model : HashedModel
        It learns.
    class_weight : ClassWeight
    run : callable
        Runs a list of tasks, at once or one after the other.
    n_jobs : int, default=1
        Tasks that the work on a window is split into.
    seed : sequence of int, or None
        Seed of the order of rows within windows; None keeps their order.
    epoch : int, default=0
        Books of the rows are kept in the first one; the others see the same rows.
    progress : Progress, default=None
    validation : ProgressiveValidation, default=None
    n_windows : int, default=0
        Figures of the windows of the epoch that were learned before, when resuming.

    Attributes
    ----------
    validation : ProgressiveValidation
        Figures of all rows, each before it was learned.
    n_windows : int
        Learned windows of the epoch.
    """

    def __init__(
        self,
        model: HashedModel,
        class_weight: ClassWeight,
        run: Run,
        n_jobs: int = 1,
        *,
        seed: Sequence[int] | None,
        epoch: int = 0,
        progress: Progress | None = None,
        validation: ProgressiveValidation | None = None,
        n_windows: int = 0,
    ) -> None:
        self.validation = validation or ProgressiveValidation()
        self._model = model
        self._class_weight = class_weight
        self._run = run
        self._n_jobs = n_jobs
        self._seed = seed
        self._epoch = epoch
        self._progress = progress or SilentProgress()
        self.n_windows = n_windows

    @property
    def weighs(self) -> bool:
        """Whether the learner weighs the terms of windows, with the frequencies so far."""
        return self._epoch == 0 and self._model.weighting.idf == RUNNING

    def learn(self, window: Window) -> None:
        """Learn the labeled rows of a window."""
        step = self.prepare(window)
        for order in in_pieces(step.order, self._model.n_columns):
            piece = replace(step, order=order)
            scores = self._model.linear.update(
                window.rows, piece.targets, piece.weight, order, run=self._run, n_tasks=self._n_jobs
            )
            self._note_scores(window, piece, scores)
        self._note_window(window)

    def prepare(self, window: Window) -> "Step":
        """Weigh the terms of a window if needed, and return which rows are learned and how."""
        model = self._model
        if self.weighs:
            model.weighting.count_and_weigh(
                window.rows, window.are_labeled, self._run, self._n_jobs
            )
        order = self._order(window)
        targets, weight = window.targets, window.weight
        if isinstance(targets, LabelSets):
            return Step(order, targets, weight)
        if not model.is_regression:
            codes, labels = cast(Int32, targets), model.labels.values
            weight = self._class_weight.apply(codes, weight, order, labels)
        # Those without a target are not in the order.
        return Step(order, np.where(window.are_labeled, targets, targets.dtype.type(0)), weight)

    def note(self, window: Window, step: "Step", scores: Float32) -> None:
        """Update the counts after learning a window.

        Parameters
        ----------
        window : Window
        step : Step
        scores : float32 array of shape (n_learned, n_columns)
            The prediction for each row just before it was learned, in this order.
        """
        self._note_scores(window, step, scores)
        self._note_window(window)

    def _note_scores(self, window: Window, step: Step, scores: Float32) -> None:
        model, targets = self._model, taken(step.targets, step.order)
        task, outcomes = model.task(scores), None
        weight = None if window.weight is None else window.weight[step.order]
        if self._epoch == 0 and isinstance(task, Binary):
            log_odds = self._log_odds(scores, cast(Int32, targets), weight)
            outcomes = Outcomes(log_odds, cast(Int32, targets) == 1, weight)
        elif self._epoch == 0 and model.levels is not None:
            model.calibration.update(scores, model.levels.codes(cast(Float32, targets)), weight)
        elif self._epoch == 0 and not model.is_regression:
            model.calibration.update(scores, cast(Int32 | LabelSets, targets), weight)
        losses = task.losses(model.linear, scores, targets)
        self.validation.update(losses, task.correct(scores, targets), outcomes)

    def _log_odds(self, scores: Float32, codes: Int32, weight: Float32 | None) -> Float32:
        """Return the log odds of two classes, as the model knew them before each row."""
        model = self._model
        self.validation.has_margins = model.is_calibrated
        self.validation.is_mirrored = len(model.labels) == 2 and model.labels.order().is_mirrored
        if model.is_calibrated:
            return model.calibration.ahead(scores, codes, weight)
        model.calibration.update(scores, codes, weight)  # thresholds are chosen from it
        return scores[:, 0]

    def _note_window(self, window: Window) -> None:
        self._count(window)
        self._progress.advance(window.n_rows, window.n_bytes, self.validation)

    def _order(self, window: Window) -> Int64:
        labeled = np.flatnonzero(window.are_labeled)
        if self._seed is not None:
            n, seed = len(labeled), [*self._seed, self.n_windows]
            labeled = labeled[row_order(n, seed, self._epoch, max(n, 1))]
        self.n_windows += 1
        return labeled

    def _count(self, window: Window) -> None:
        if self._epoch > 0:
            return
        counts = self._model.counts
        counts.n_rows += window.n_rows + window.n_malformed
        counts.n_bytes += window.n_bytes
        counts.malformed += window.n_malformed
        counts.null_text += window.n_null
        counts.invalid_utf8 += window.n_invalid
        counts.other_labels += window.n_other_labels
        counts.unlabelled += window.n_unlabeled
        counts.no_terms += window.n_without_terms
