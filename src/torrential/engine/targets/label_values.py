"""Labels as JSON, as NumPy arrays and as Arrow arrays: the same values in each."""

import base64
import datetime
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa

from torrential.errors import DataError

PLAIN = (str, int, float, bool)
"""Types of labels that JSON has."""


def to_json(label: Any) -> Any:
    """Return a label as JSON represents it: itself, or an object that names its type.

    Raises
    ------
    DataError
        If the label is of a type that a file cannot hold.

    Examples
    --------
    >>> to_json("spam"), to_json(Decimal("1.10"))
    ('spam', {'decimal': '1.10'})
    """
    if hasattr(label, "item"):  # a NumPy scalar
        label = label.item()
    if isinstance(label, PLAIN):
        return label
    if isinstance(label, bytes):
        return {"bytes": base64.b64encode(label).decode()}
    if isinstance(label, Decimal):
        return {"decimal": str(label)}
    if isinstance(label, datetime.timedelta):
        return {"timedelta": [label.days, label.seconds, label.microseconds]}
    for name, kind in _TIMES.items():
        if type(label) is kind:
            return {name: label.isoformat()}
    raise DataError(
        f"The label {label!r} is a {type(label).__name__}, which a file cannot hold: make the "
        "labels strings, numbers, booleans or dates."
    )


def from_json(value: Any) -> Any:
    r"""Return the label that `to_json` described.

    Raises
    ------
    ValueError, TypeError
        If the value is not one that `to_json` returns.

    Examples
    --------
    >>> from_json({"bytes": "AP8="})
    b'\x00\xff'
    """
    if isinstance(value, PLAIN):
        return value
    if not isinstance(value, dict) or len(value) != 1:
        raise ValueError("a label is not a value")
    ((name, content),) = value.items()
    if name == "timedelta":
        return datetime.timedelta(*content)
    if not isinstance(content, str):
        raise ValueError("a label is not a value")
    if name == "bytes":
        return base64.b64decode(content, validate=True)
    if name == "decimal":
        return _decimal(content)
    if name in _TIMES:
        return _TIMES[name].fromisoformat(content)
    raise ValueError(f"a label has the unknown type {name!r:.40}")


def as_numpy(labels: Sequence[Any]) -> np.ndarray[Any, Any]:
    """Return labels as an array of a type that holds each of them exactly, shape (n_labels,).

    Raises
    ------
    DataError
        If they are numbers that no type holds exactly.

    Examples
    --------
    >>> as_numpy([5, 4.5]), as_numpy([2**63, 1]).dtype
    (array([5. , 4.5]), dtype('uint64'))
    """
    kinds = {type(label) for label in labels}
    if kinds == {int}:
        return np.array(labels, _integer_type(labels))
    if kinds == {int, float}:
        return np.array([_exact_float(label) for label in labels])
    if len(kinds) < 2 and not any(map(_ends_in_zero, labels)):
        return np.array(labels)
    array = np.empty(len(labels), object)
    array[:] = labels
    return array


def as_arrow(labels: Sequence[Any]) -> pa.Array:
    """Return labels as an Arrow array of a type that holds each of them exactly.

    Raises
    ------
    DataError
        If there is no such type.
    """
    array = as_numpy(labels)
    try:
        return pa.array(array if array.dtype.kind in "iuf" else list(labels))
    except (pa.ArrowException, OverflowError) as error:
        raise _no_common_type(labels) from error


def _ends_in_zero(label: Any) -> bool:
    """Return whether NumPy would mistake the end of a text for padding."""
    if isinstance(label, str):
        return label.endswith("\0")
    return isinstance(label, bytes) and label.endswith(b"\0")


def _integer_type(labels: Sequence[int]) -> type[np.generic]:
    low, high = min(labels), max(labels)
    for kind in (np.int64, np.uint64):
        bounds = np.iinfo(kind)
        if bounds.min <= low and high <= bounds.max:
            return kind
    raise _no_common_type([low, high])


def _exact_float(label: float) -> float:
    try:
        value = float(label)
    except OverflowError:
        value = np.nan
    if value != label:
        raise DataError(
            f"The label {label!r} is too large to differ from its neighbors among fractions: read "
            "the labels with target_type='string'."
        )
    return value


def _no_common_type(labels: Sequence[Any]) -> DataError:
    shown = " and ".join(map(repr, labels[:2]))
    return DataError(
        f"No type of numbers holds all labels, such as {shown}, exactly: read the labels with "
        "target_type='string'."
    )


def _decimal(text: str) -> Decimal:
    try:
        value = Decimal(text)
    except ArithmeticError:
        raise ValueError("a label is not a decimal number") from None
    if not value.is_finite():
        raise ValueError("a label is not a decimal number")
    return value


_TIMES: dict[str, Any] = {
    "date": datetime.date,
    "datetime": datetime.datetime,
    "time": datetime.time,
}


def plain_label(label: Any) -> str | int | float | bool | None:
    """Return a label as JSON has it, if it is of such a type, else its text.

    Examples
    --------
    >>> plain_label(np.int64(3)), plain_label(Decimal("1.10"))
    (3, '1.10')
    """
    if hasattr(label, "item"):  # a NumPy scalar
        label = label.item()
    return label if isinstance(label, str | int | float | bool | None) else str(label)
