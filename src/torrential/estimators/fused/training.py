"""Training of a model of the engine: from the beginning, from a checkpoint, or on more rows."""

import os
from dataclasses import replace
from functools import partial
from typing import Any, Self

from numpy.typing import ArrayLike

from torrential.adapters.inputs import Texts
from torrential.data import Dataset
from torrential.engine.model.hashed_model import HashedModel
from torrential.engine.progress.display import make_progress
from torrential.engine.targets.labels import Encoded
from torrential.engine.training.candidate import Candidate
from torrential.engine.training.checks import check_learned
from torrential.engine.training.schedule import Schedule
from torrential.engine.training.serial import train
from torrential.errors import ParameterError
from torrential.estimators.common.callbacks import FitCallbacks
from torrential.estimators.common.interrupts import Interruptible
from torrential.estimators.common.telemetry import traced
from torrential.estimators.fused.checkpoint import FusedCheckpoint, columns_of
from torrential.estimators.fused.saving import FusedSaving
from torrential.evaluation.history import History
from torrential.evaluation.progressive import ProgressiveValidation
from torrential.execution import Whole, count_jobs
from torrential.features.terms.term_weights import TWO_PASS
from torrential.linear.class_weight import ClassWeight
from torrential.linear.compact.model import CANNOT_LEARN
from torrential.linear.settings import LAST_PASS, rows_of


class FusedTraining(Interruptible, FusedSaving):
    """Base of estimators: ``fit`` and checkpoints."""

    max_iter: int | None
    columns_: dict[str, Any]

    def fit(
        self,
        X: Texts,
        y: Any = None,
        sample_weight: ArrayLike | None = None,
        *,
        checkpoint: str | os.PathLike[str] | None = None,
        checkpoint_every: str | int | None = "60s",
        resume: bool = False,
        trace: str | os.PathLike[str] | None = None,
    ) -> Self:
        """Learn from the beginning, or from a checkpoint.

        Callbacks of scikit-learn (``set_callbacks``) see every pass, and may end it after any. An
        error leaves the previous model; Ctrl-C keeps what was learned so far, and so
        does what else stops the interpreter (SystemExit).

        Parameters
        ----------
        X : Dataset, or array-like of str of shape (n_rows,)
        y : array-like of shape (n_rows,)
            Labels of any type that sorts; None with a Dataset, which has its own.
        sample_weight : array-like of shape (n_rows,), optional
            How much each row counts; with AdaGrad a row of weight k is learned as k equal rows.
        checkpoint : str or path-like, default=None
            File to keep the training in: a model file that also says how far the training
            is. It is written between windows (65,536 rows or 32 MB), whole or not at all. When that
            fails, as on a full disk, a warning is logged and training continues.
        checkpoint_every : str, int or None, default="60s"
            Time between two checkpoints, such as "60s", "5m", "1h", or "0s" for one after each
            window; or a number of rows; or None to write one only when interrupted. Else there is
            one at the end too, which says that the training is complete.
        resume : bool, default=False
            Go on from the checkpoint, if the file is there. The model has the same bits as one that
            was trained without interruption, also with another ``n_jobs``.
        trace : str or path-like, default=None
            File to write down in what each thread does; see :func:`torrential.trace`.

        Returns
        -------
        self

        Raises
        ------
        DataError
            If there is no row or no label, only one class, or rows are malformed.
        ParameterError
            If a parameter is invalid, or the checkpoint was made with other parameters or data.
        ModelFileError
            A checkpoint that is damaged or cut off.
        """
        with traced(trace):
            self._fit(X, y, sample_weight, checkpoint, checkpoint_every, resume)
        return self

    def _fit(
        self,
        X: Texts,
        y: Any,
        sample_weight: ArrayLike | None,
        checkpoint: str | os.PathLike[str] | None,
        checkpoint_every: str | int | None,
        resume: bool,
    ) -> None:
        n_jobs = count_jobs(self.n_jobs)
        dataset = self._labeled(X, y, sample_weight)
        candidate = self._candidate(dataset)
        if self.max_iter is None and dataset.is_read_once:
            candidate.schedule = replace(candidate.schedule, epochs=1)
        self._check_before(dataset, is_in_memory=y is not None)
        if checkpoint is not None:
            keeper = FusedCheckpoint(checkpoint, checkpoint_every, self, dataset)
            candidate = keeper.resume(candidate) if resume else candidate
        elif resume:
            raise ParameterError("resume=True needs a file to resume from: pass checkpoint= too.")
        else:
            keeper = None
        self._kept_rows = None
        callbacks = FitCallbacks(self, candidate.schedule.epochs, X, y, sample_weight)
        model = candidate.model
        try:
            if not candidate.cursor.is_complete:
                train(
                    candidate,
                    dataset,
                    n_jobs=n_jobs,
                    progress=make_progress(self.verbose),
                    before_epoch=lambda _: callbacks.begin_pass(),
                    after_epoch=lambda _: callbacks.end_pass(lambda: {"model_": model.copy()}),
                    after_window=partial(_after_window, keeper, candidate),
                )
        except (KeyboardInterrupt, SystemExit):
            if self._is_of_use(model):
                self._keep(candidate, dataset, interrupted=not candidate.cursor.is_complete)
            self._write(keeper, candidate)
            raise
        self._check_learned(model, dataset, None if y is None else "y")
        self._keep(candidate, dataset)
        if keeper is not None and not keeper.is_for_interrupts:
            self._write(keeper, candidate)
        callbacks.end()

    def _check_before(self, dataset: Dataset, *, is_in_memory: bool) -> None:
        """Raise an error if the estimator does not fit to a dataset that it is to learn."""

    def _check_more(self, dataset: Dataset) -> None:
        """Raise an error if further rows do not fit to what was learned."""

    def _check_learned(self, model: HashedModel, dataset: Dataset, target: str | None) -> None:
        """Raise a DataError if a dataset did not have enough rows; users call targets that."""
        check_learned(model, dataset, target)

    @staticmethod
    def _is_of_use(model: HashedModel) -> bool:
        """Return whether a model that was interrupted can predict."""
        return model.has_learned

    def _write(self, keeper: FusedCheckpoint | None, candidate: Candidate) -> None:
        """Write the last checkpoint, which another Ctrl-C does not disturb."""
        if keeper is None:
            return

        def write() -> None:
            if keeper.write(candidate):
                self._kept_rows = candidate.cursor.n_rows

        with Whole() as whole:
            whole(write)

    def _learn_more(
        self, X: Texts, y: Any, sample_weight: ArrayLike | None, expected: Encoded | None = None
    ) -> Self:
        """Learn more rows, in their order; expect some classes, too."""
        if hasattr(self, "model_") and not self.model_.can_learn:
            raise ParameterError(CANNOT_LEARN)
        X = self._as_learned(X) if hasattr(self, "model_") else X
        dataset = self._labeled(X, y, sample_weight)
        n_jobs, display = count_jobs(self.n_jobs), make_progress(self.verbose)
        if not hasattr(self, "model_"):
            if self._chosen["idf"] == TWO_PASS:
                raise ParameterError(
                    "idf='two-pass' counts all rows before the first is learned, and partial_fit "
                    "sees them once: use idf='running', or call fit first."
                )
            self._keep(self._candidate(dataset), dataset)
        dataset = self._of_model(dataset)
        if expected is not None:
            self.model_.expect(expected)
        self._check_more(dataset)
        if self._chosen["average"] == LAST_PASS:  # that pass may have been interrupted
            self.model_.linear.take_average()
        C = self._chosen["C"]
        try:
            candidate = Candidate(
                self.model_,
                self._class_weight,
                Schedule(shuffle=False),
                C=C,
                n_before=self.model_.linear.t,
            )
            self._learned_C = C
            history = train(candidate, dataset, n_jobs=n_jobs, progress=display)
        except (KeyboardInterrupt, SystemExit):
            self.interrupted_ = True
            raise
        self.interrupted_ = False
        self.history_ += history
        self.n_iter_ += 1
        return self

    def _keep(self, candidate: Candidate, dataset: Dataset, *, interrupted: bool = False) -> None:
        """Take over the current state of a candidate."""
        history = candidate.cursor.passes
        columns = columns_of(dataset)
        self._become(
            candidate.model, candidate.class_weight, columns, history, interrupted=interrupted
        )

    def _become(
        self,
        model: HashedModel,
        class_weight: ClassWeight,
        columns: dict[str, Any],
        history: list[ProgressiveValidation],
        *,
        interrupted: bool = False,
    ) -> None:
        """Take over a model."""
        self.model_, self._class_weight = model, class_weight
        self._learned_C = self._chosen["C"]
        self.columns_, self.history_ = columns, History(history)
        self.n_iter_, self.interrupted_ = len(history), interrupted

    @property
    def n_rows_(self) -> int | None:
        """Rows that the penalty of the last pass was for, alpha = 1 / (C n); None without C."""
        if self._learned_C is None:
            return None
        return rows_of(self._learned_C, self.model_.linear.settings.alpha)


def _after_window(keeper: FusedCheckpoint | None, candidate: Candidate) -> None:
    if keeper is not None:
        keeper.after_window(candidate)
