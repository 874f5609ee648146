"""Weights of classes, also balanced ones while the classes are still being counted."""

from collections.abc import Mapping, Sequence
from numbers import Number
from typing import Any

import numpy as np

from torrential.errors import DataError, ParameterError
from torrential.logs import logger_of
from torrential.types import Float32, Int32, Int64

logger = logger_of("train")

Spec = Mapping[Any, float] | str | None


class ClassWeight:
    """Factor of each row's gradient by its class.

    Parameters
    ----------
    spec : dict of label to weight, 'balanced' or None, default=None
        Labels that a dict does not name weigh 1; if it names none of the type of the labels,
        that is an error. 'balanced' weighs a row
        n_rows / (n_classes * n_rows_of_its_class), all counted up to and with the row itself:
        scikit-learn's formula, in a stream, where scikit-learn refuses ``partial_fit``.
    counts : sequence of int
        Rows of each class that were counted before, by code.
    """

    def __init__(self, spec: Spec = None, counts: Sequence[int] = ()) -> None:
        if isinstance(spec, str) and spec != "balanced":
            raise ParameterError(
                f"class_weight={spec!r} is not known: pass 'balanced', a dict of label to weight, "
                "or None."
            )
        self.spec = spec
        self.counts = np.array(counts, np.int64)
        self._by_label: dict[Any, float] = {}
        self._resolved: tuple[int, Any] = (0, None)

    def apply(
        self, codes: Int32, sample_weight: Float32 | None, order: Int64, labels: Sequence[Any]
    ) -> Float32 | None:
        """Return the weight of each row, None if all weigh 1; count the rows in ``order``."""
        if self.spec is None:
            return sample_weight
        weights = np.ones(len(codes), np.float32) if sample_weight is None else sample_weight.copy()
        if isinstance(self.spec, str):
            weights[order] *= self._balance(codes[order], len(labels))
        else:
            weights[order] *= self.weights_of(labels)[codes[order]]
        return weights

    def weights_of(self, labels: Sequence[Any]) -> Float32:
        """Return the weight of each label that a dict has, shape (n_labels,); see `resolve`."""
        self.resolve(labels)
        return np.array([self._by_label.get(label, 1.0) for label in labels], np.float32)

    def resolve(self, labels: Sequence[Any]) -> None:
        """Find the labels that a dict names; "1" means 1 if it is not a label itself.

        Raises
        ------
        ParameterError
            If labels have a type that no name has or converts to.
        """
        state = (len(labels), labels[-1]) if labels else (0, None)
        if not isinstance(self.spec, Mapping) or state == self._resolved:
            return
        found = named(self.spec, labels)
        self._by_label = {label: self.spec[name] for name, label in found.items()}
        others = [
            label for label in labels if all(_kind(label) != _kind(name) for name in self.spec)
        ]
        if self.spec and others and not found:
            raise ParameterError(
                f"class_weight names {next(iter(self.spec))!r}, which is not of the type of the "
                f"labels, such as {others[0]!r}: name labels as they are in the data."
            )
        if self._resolved[0] == 0:
            _say_cast(found)
        self._resolved = state

    def _balance(self, codes: Int32, n_classes: int) -> Float32:
        before = np.zeros(n_classes, np.int64)
        before[: len(self.counts)] = self.counts
        by_class = np.argsort(codes, kind="stable")
        sizes = np.bincount(codes, minlength=n_classes)
        firsts = np.repeat(np.cumsum(sizes) - sizes, sizes)
        of_class = np.empty(len(codes), np.int64)
        of_class[by_class] = np.arange(len(codes)) - firsts + 1
        of_class += before[codes]
        n_rows = before.sum() + np.arange(1, len(codes) + 1)
        n_seen = np.count_nonzero(before) + np.cumsum(of_class == 1)
        self.counts = before + sizes
        weights: Float32 = (n_rows / (n_seen * of_class)).astype(np.float32)
        return weights


def check_counts(counts: Sequence[int], n_classes: int) -> None:
    """Raise a DataError if a file counts rows of more classes than its model has."""
    if len(counts) > n_classes:
        raise DataError(f"it counts rows of {len(counts)} classes, but its model has {n_classes}")


def check_names(spec: Any, labels: Sequence[Any]) -> None:
    """Raise a ParameterError if weights name a label that the data do not have.

    Parameters
    ----------
    spec : dict of label to weight, 'balanced' or None
    labels : sequence
        All labels of the data.
    """
    missing = missing_names(spec, labels)
    if missing:
        known = ", ".join(map(repr, labels[:5])) + (", ..." if len(labels) > 5 else "")
        raise ParameterError(
            f"class_weight names {' and '.join(map(repr, missing[:3]))}, but no row has such a "
            f"label: name labels as they are in the data ({known})."
        )


def by_labels(spec: Any, labels: Sequence[Any]) -> Any:
    """Return weights by the labels of the data, for models that learn parts of the data.

    A name that is taken for a label of another type is said once, and not by each of the models.

    Parameters
    ----------
    spec : dict of label to weight, 'balanced' or None
    labels : sequence
        All labels of the data.
    """
    if not isinstance(spec, Mapping):
        return spec
    found = named(spec, labels)
    _say_cast(found)
    return {found.get(name, name): weight for name, weight in spec.items()}


def missing_names(spec: Any, labels: Sequence[Any]) -> list[Any]:
    """Return the labels that weights name and the data do not have."""
    if not isinstance(spec, Mapping):
        return []
    found = named(spec, labels)
    return [name for name in spec if name not in found]


def named(spec: Mapping[Any, float], labels: Sequence[Any]) -> dict[Any, Any]:
    """Return the label of each name: itself, or the label with the same text."""
    known = set(labels)
    by_text = {text: label for label in labels for text in _texts(label)}
    found = {}
    for name in spec:
        if name in known:
            found[name] = name
            continue
        meant = {by_text[text] for text in _texts(name) if text in by_text} - set(spec)
        if len(meant) == 1:
            found[name] = meant.pop()
    return found


def _say_cast(found: Mapping[Any, Any]) -> None:
    """Warn about the first name that is cast to a label of another type."""
    cast = [name for name, label in found.items() if _kind(name) != _kind(label)]
    if cast:
        logger.warning(
            "class_weight names %r, which is taken for the label %r", cast[0], found[cast[0]]
        )


def _texts(label: Any) -> tuple[str, ...]:
    if isinstance(label, bool | np.bool_):
        return str(label), str(label).lower()
    return (str(label),)


def _kind(label: Any) -> str:
    if isinstance(label, Number | np.number | np.bool_):
        return "number"
    return "text" if isinstance(label, str) else type(label).__name__
