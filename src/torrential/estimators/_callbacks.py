"""scikit-learn's callback protocol, around a fit and around each of its passes."""

from collections.abc import Callable
from typing import Any


class FitCallbacks:
    """Tells the callbacks of an estimator when its fit and each pass begin and end.

    Parameters
    ----------
    estimator : estimator with scikit-learn's CallbackSupportMixin
    max_passes : int
    X, y : array-like or Dataset, array-like or None
        As they were given to ``fit``.
    sample_weight : array-like or None
    """

    def __init__(self, estimator: Any, max_passes: int, X: Any, y: Any, sample_weight: Any) -> None:
        metadata = {} if sample_weight is None else {"sample_weight": sample_weight}
        self._data = {"estimator": estimator, "X": X, "y": y, "metadata": metadata}
        self._fit = estimator._init_callback_context(max_subtasks=max_passes)
        self._fit.call_on_fit_task_begin(**self._data)
        self._n_passes = 0

    def begin_pass(self) -> None:
        """Tell that the next pass begins."""
        self._n_passes += 1
        self._pass = self._fit.subcontext(task_name=f"pass {self._n_passes}")
        self._pass.call_on_fit_task_begin(**self._data)

    def end_pass(self, attributes: Callable[[], dict[str, Any]]) -> bool:
        """Tell that the pass has ended, and return whether a callback wants the fit to stop.

        Parameters
        ----------
        attributes : callable
            Gives what makes a copy of the estimator one that has learnt so far; called only if a
            callback needs it.
        """
        stops = self._pass.call_on_fit_task_end(**self._data, reconstruction_attributes=attributes)
        return bool(stops)

    def end(self) -> None:
        """Tell that the fit has ended."""
        self._fit.call_on_fit_task_end(**self._data, reconstruction_attributes={})
