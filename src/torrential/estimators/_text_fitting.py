"""Training of a TextClassifier: passes that callbacks watch, and a whole model however they end."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

import numpy as np

from torrential.data import Dataset
from torrential.engine.labels import Labels
from torrential.engine.progress import Progress
from torrential.engine.text_model import TextModel
from torrential.engine.train import Schedule, train
from torrential.estimators._callbacks import FitCallbacks
from torrential.evaluation.progressive import ProgressiveValidation
from torrential.linear.class_weight import ClassWeight


def fit_passes(
    model: TextModel,
    dataset: Dataset,
    schedule: Schedule,
    class_weight: ClassWeight,
    n_jobs: int,
    display: Progress,
    callbacks: FitCallbacks,
) -> list[ProgressiveValidation]:
    """Make all passes of a schedule, and return the progressive validation of each.

    A callback can end them after any pass. Also when an error goes through, the model is whole.
    """
    watched = _WatchedProgress(display, callbacks)

    def after_pass(_: int) -> None:
        if callbacks.end_pass(lambda: {"model_": _copied(model)}):
            display.end()
            raise _Stopped

    try:
        return train(
            model,
            dataset,
            schedule,
            class_weight=class_weight,
            n_jobs=n_jobs,
            progress=watched,
            after_epoch=after_pass,
        )
    except _Stopped:
        settle(model)
        return watched.history
    except BaseException:
        settle(model)
        raise


def settle(model: TextModel) -> None:
    """Make a model whole whose pass did not come to its end.

    Labels are numbered when rows are read, and get their columns when these rows are learnt: those
    in between get them now. Probabilities are fitted to what was learnt.
    """
    model.linear.add_classes(len(model.labels) - model.linear.n_classes)
    no_rows = np.zeros((0, model.linear.n_columns), np.float32), np.zeros(0, np.int32)
    model.calibration.update(*no_rows)  # tells it of the columns
    model.calibration.fit()


def _copied(model: TextModel) -> TextModel:
    """Return what a callback may score, and keep, while the model goes on learning."""
    return TextModel(
        model.features,
        model.linear.copy(),
        Labels(model.labels.values),
        deepcopy(model.calibration).fit(),
        replace(model.counts),
    )


class _Stopped(Exception):  # noqa: N818 - a signal, no error
    """A callback wants no more passes."""


class _WatchedProgress:
    """A display that also tells callbacks when a pass begins, and keeps the books of each."""

    def __init__(self, display: Progress, callbacks: FitCallbacks) -> None:
        self.history: list[ProgressiveValidation] = []
        self._display = display
        self._callbacks = callbacks

    def begin(self, task: str, partitions: Sequence[Any] = ()) -> None:
        self._callbacks.begin_pass()
        self._display.begin(task, partitions)

    def advance(
        self, n_rows: int, n_bytes: int, validation: ProgressiveValidation | None = None
    ) -> None:
        if validation is not None and validation not in self.history[-1:]:
            self.history.append(validation)
        self._display.advance(n_rows, n_bytes, validation)

    def end(self) -> None:
        self._display.end()

    def __enter__(self) -> Self:
        self._display.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._display.__exit__(kind, error, traceback)
