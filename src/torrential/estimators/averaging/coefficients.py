"""The weights of any linear estimator, taken out, added up and put back."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from typing import Any, Protocol, Self

import numpy as np

from torrential.engine.model.validation import check_linear_state
from torrential.errors import ParameterError
from torrential.estimators.fused.contract import trains_fused
from torrential.estimators.linear.base import MatrixSGD
from torrential.estimators.linear.classifier_base import LinearClassifier
from torrential.linear import LinearModel
from torrential.linear.class_weight import ClassWeight
from torrential.linear.mixing import UPDATES
from torrential.linear.optimizers import LEARNING_RATES
from torrential.types import Arrays

NAMES = ("coef_", "intercept_")

STANDARD = ("_standard_coef", "_standard_intercept")
"""Weights that continue to learn when scikit-learn averages over steps."""

AVERAGE = ("_average_coef", "_average_intercept")
"""The averages. ``coef_`` and ``intercept_`` are views of these, or of the others at first."""


class Changes(Protocol):
    """Changes of an estimator since the common start: a summary."""

    @property
    def n_bytes(self) -> int:
        """Bytes to send."""
        ...

    def merge(self, other: Self) -> Self:
        """Add another summary."""
        ...


@dataclass(slots=True)
class ArraySums:
    """Sums of the changes of scikit-learn's weights, times the rows that each was trained on.

    Attributes
    ----------
    total : float
        Sum of the rows.
    steps : float
        Sum of the changes of ``t_``, weighted in the same way.
    arrays : dict of str to float64 array
        By the attribute's name.
    """

    total: float
    steps: float
    arrays: Arrays

    def merge(self, other: Self) -> Self:
        """Add another summary."""
        self.total += other.total
        self.steps += other.steps
        for name, array in self.arrays.items():
            array += other.arrays[name]
        return self

    @property
    def n_bytes(self) -> int:
        """Bytes to send."""
        return sum(array.nbytes for array in self.arrays.values())


def check_linear(estimator: Any, weighting: str) -> None:
    """Raise a ParameterError unless an estimator's weights can be averaged."""
    name = type(estimator).__name__
    if not hasattr(estimator, "partial_fit"):
        raise ParameterError(
            f"{name} has no partial_fit, which learns a part from the common weights: take a "
            "linear estimator that has it, such as SGDClassifier."
        )
    if weighting == UPDATES and not _has_masses(estimator):
        raise ParameterError(
            f"weighting='updates' needs AdaGrad's sums of squared gradients, which {name} does not "
            "keep: give weighting='rows', or learning_rate='adagrad' where there is one."
        )


def _has_masses(estimator: Any) -> bool:
    if isinstance(estimator, MatrixSGD):
        return estimator._settings().optimizer.mass is not None
    if not trains_fused(estimator):
        return False
    optimizer = LEARNING_RATES.get(estimator._chosen["learning_rate"])
    return optimizer is not None and optimizer.mass is not None


def default_weighting(estimator: Any) -> str:
    """Return 'updates' where there are sums of squared gradients, else 'rows'."""
    return UPDATES if _has_masses(estimator) else "rows"


def begin_again(estimator: Any) -> None:
    """Reset the weights of a fitted estimator to their values before learning."""
    if isinstance(estimator, MatrixSGD):
        old: LinearModel = estimator._model
        estimator._model = LinearModel(old.settings, old.n_features)
        if not old.settings.is_regression:
            estimator._model.add_classes(old.n_classes)
        return
    if not all(isinstance(getattr(estimator, name, None), np.ndarray) for name in NAMES[:2]):
        raise ParameterError(
            f"{type(estimator).__name__} has no coef_ and intercept_ after partial_fit, so there "
            "is nothing to average: take a linear estimator."
        )
    for array in _arrays(estimator).values():
        array[...] = 0
    if hasattr(estimator, "t_"):
        estimator.t_ = 1.0
    _show(estimator)


def has_learned(estimator: Any) -> bool:
    """Return whether a fitted estimator has any weight other than its initial weights."""
    if isinstance(estimator, MatrixSGD):
        return estimator._model.t > 0
    return any(array.any() for array in _arrays(estimator).values())


@contextmanager
def weighing(estimator: Any, class_weight: dict[Any, float] | None) -> Iterator[None]:
    """Replace 'balanced' by weights of classes while the block runs."""
    if class_weight is None:
        yield
        return
    before = estimator.class_weight
    estimator.class_weight = class_weight
    try:
        yield
    finally:
        estimator.class_weight = before


def count_classes(estimator: Any, n_rows_of: Sequence[int]) -> None:
    """Set the counts of rows by class of an estimator that balances classes in a stream."""
    if isinstance(estimator, LinearClassifier):
        counts = np.array(n_rows_of)[estimator._order.places]
        estimator._class_weight = ClassWeight(estimator.class_weight, counts.tolist())


def branch(estimator: Any, seed: int, class_weight: dict[Any, float] | None) -> Any:
    """Return an estimator that starts as a copy of a fitted one.

    Parameters
    ----------
    estimator : estimator
    seed : int
        Seed of its shuffling if it has no fixed seed, so that the result is reproducible.
    class_weight : dict of label to weight, or None
        In place of 'balanced'.
    """
    new = copy(estimator)
    if class_weight is not None:
        new.class_weight = class_weight
    if isinstance(estimator, MatrixSGD):
        new._model = estimator._model.branch()
        if isinstance(new, LinearClassifier):
            new._class_weight = ClassWeight(new.class_weight)
        return new
    if not isinstance(getattr(estimator, "random_state", 0), int | np.integer):
        new.random_state = seed
    for name, array in _arrays(estimator).items():
        setattr(new, name, array.copy())
    _show(new)
    return new


def changes(estimator: Any, start: Any, n_rows: int, weighting: str) -> Any:
    """Return the changes of an estimator, from this many rows, since it was a copy of another."""
    if isinstance(estimator, MatrixSGD):
        return estimator._model.changes_since(start._model, n_rows, weighting)
    before = _arrays(start)
    arrays = {
        name: n_rows * (array.astype(np.float64) - before[name])
        for name, array in _arrays(estimator).items()
    }
    steps = n_rows * (getattr(estimator, "t_", 0.0) - getattr(start, "t_", 0.0))
    return ArraySums(float(n_rows), float(steps), arrays)


def take_in(estimator: Any, sums: Any) -> None:
    """Make an estimator the average of the estimators whose summed changes are given."""
    if isinstance(estimator, MatrixSGD):
        estimator._model.take_in(sums)
        return
    if sums.total == 0:
        return
    for name, array in _arrays(estimator).items():
        array += (sums.arrays[name] / sums.total).astype(array.dtype)
    if hasattr(estimator, "t_"):
        estimator.t_ += sums.steps / sums.total
    _show(estimator)


def state(estimator: Any) -> tuple[Arrays, dict[str, Any]]:
    """Return the weights of a fitted estimator as arrays and JSON."""
    if isinstance(estimator, MatrixSGD):
        arrays, header = estimator._model.state()
        return arrays, {"linear": header}
    return _arrays(estimator), {"t": float(getattr(estimator, "t_", 0.0))}


def restore(estimator: Any, arrays: Arrays, header: dict[str, Any]) -> None:
    """Set the weights of a fitted estimator from `state`."""
    if isinstance(estimator, MatrixSGD):
        check_linear_state(arrays, header["linear"])
        estimator._model = LinearModel.from_state(arrays, header["linear"])
        return
    for name, array in _arrays(estimator).items():
        array[...] = arrays[name]
    if hasattr(estimator, "t_"):
        estimator.t_ = header["t"]
    _show(estimator)


def _arrays(estimator: Any) -> Arrays:
    """Return the arrays that an estimator learns with; none is a view of another."""
    names = (*STANDARD, *AVERAGE) if _averages(estimator) else NAMES
    return {name: getattr(estimator, name) for name in names}


def _averages(estimator: Any) -> bool:
    """Return whether an estimator of scikit-learn averages over steps."""
    return isinstance(getattr(estimator, AVERAGE[0], None), np.ndarray)


def _show(estimator: Any) -> None:
    """Set the public weights from the arrays, as scikit-learn does after a step."""
    if _averages(estimator):
        shown = AVERAGE if estimator.average <= estimator.t_ - 1 else STANDARD
        for name, source in zip(NAMES, shown, strict=True):
            shape = getattr(estimator, name).shape
            setattr(estimator, name, getattr(estimator, source).reshape(shape))
