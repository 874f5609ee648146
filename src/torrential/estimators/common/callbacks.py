"""scikit-learn's callback protocol, around a fit and around each of its passes.

The protocol is new in scikit-learn 1.9 and still changes. Where a release has another one than
this, a fit runs without callbacks, and says so if any were set: it never fails for their sake.
"""

import inspect
import warnings
from collections.abc import Callable
from typing import Any


class FitCallbacks:
    """Notifies the callbacks of an estimator when its fit and each pass begin and end.

    Parameters
    ----------
    estimator : estimator
        Without scikit-learn's CallbackSupportMixin it has none.
    max_passes : int
    X, y : array-like or Dataset, array-like or None
        As they were given to ``fit``.
    sample_weight : array-like or None

    Warns
    -----
    RuntimeWarning
        If callbacks are set, and scikit-learn's protocol is not the one that is known here.
    """

    def __init__(self, estimator: Any, max_passes: int, X: Any, y: Any, sample_weight: Any) -> None:
        metadata = {} if sample_weight is None else {"sample_weight": sample_weight}
        self._estimator = estimator
        self._data = {"estimator": estimator, "X": X, "y": y, "metadata": metadata}
        self._is_known = True
        self._n_passes = 0
        self._fit = self._called(estimator, "_init_callback_context", max_subtasks=max_passes)
        self._called(self._fit, "call_on_fit_task_begin", **self._data)

    def begin_pass(self) -> None:
        """Notify callbacks that the next pass begins."""
        self._n_passes += 1
        self._pass = self._called(self._fit, "subcontext", task_name=f"pass {self._n_passes}")
        self._called(self._pass, "call_on_fit_task_begin", **self._data)

    def end_pass(self, attributes: Callable[[], dict[str, Any]]) -> bool:
        """Notify callbacks that the pass has ended, and return whether one of them stops the fit.

        Parameters
        ----------
        attributes : callable
            Gives what makes a copy of the estimator one that has learned so far; called only if a
            callback needs it.
        """
        stops = self._called(
            self._pass, "call_on_fit_task_end", **self._data, reconstruction_attributes=attributes
        )
        return bool(stops)

    def end(self) -> None:
        """Notify callbacks that the fit has ended."""
        self._called(self._fit, "call_on_fit_task_end", **self._data, reconstruction_attributes={})

    def _called(self, context: Any, name: str, **arguments: Any) -> Any:
        """Call a method of the protocol; after one of another protocol, call no more.

        What a callback itself raises is not caught.
        """
        if not self._is_known:
            return None
        method = getattr(context, name, None)
        if method is not None and _takes(method, arguments):
            return method(**arguments)
        self._is_known = False
        if getattr(self._estimator, "_skl_callbacks", None):
            warnings.warn(
                "The callbacks of this fit are not called: this version of scikit-learn has a "
                "callback protocol that is not known here; use scikit-learn 1.9.",
                RuntimeWarning,
                stacklevel=2,
            )
        return None


def _takes(method: Callable[..., Any], arguments: dict[str, Any]) -> bool:
    try:
        inspect.signature(method).bind(**arguments)
    except (TypeError, ValueError):
        return False
    return True
