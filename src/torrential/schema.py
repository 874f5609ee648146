"""Schemas: what JSON that was read from a file must look like before anything uses it.

A schema is a function of a value and of its place (``model.calibration.spacing``). It raises a
DataError that names the place, the value and what is allowed. They are built from one another::

    schema = record({"spacing": integer(1), "slope": number(0.0), "norm": one_of("l1", "l2", None)})
    schema({"spacing": 0, "slope": 1.0, "norm": "l2"}, "model")     # DataError
"""

import math
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from torrential.errors import DataError

Schema = Callable[[Any, str], None]

MAX_COUNT = 2**62
"""Largest count: sums of two fit into 64 bits."""


class _Integer:
    """The schema of a whole number; it checks the many items of a list at once."""

    def __init__(self, low: int, high: int) -> None:
        self._low, self._high = low, high

    def __call__(self, value: Any, place: str) -> None:
        if type(value) is not int or not self._low <= value <= self._high:
            _refuse(value, place, f"a whole number from {self._low} to {self._high}")

    def are_usual(self, values: list[Any]) -> bool:
        """Return whether all values fit."""
        if {*map(type, values)} != {int}:
            return False
        return bool(self._low <= min(values) and max(values) <= self._high)


def integer(low: int, high: int = MAX_COUNT) -> Schema:
    """Return the schema of a whole number; True and 1.0 are rejected."""
    return _Integer(low, high)


count = integer(0)
"""The schema of a number of things."""


class _Number:
    """The schema of a number; it checks the many items of a list at once."""

    def __init__(self, low: float, high: float, *, finite: bool, nan: bool) -> None:
        self._low, self._high, self._finite, self._nan = low, high, finite, nan

    def __call__(self, value: Any, place: str) -> None:
        low, high = self._low, self._high
        is_number = (type(value) in (int, float) and abs(value) <= 2**1023) or _is_special(value)
        if is_number and math.isnan(value):
            if self._nan:
                return
            is_number = False
        if not is_number or (self._finite and math.isinf(value)) or not low <= value <= high:
            _refuse(value, place, f"a number from {low:g} to {high:g}")

    def are_usual(self, values: list[Any]) -> bool:
        """Return whether values are finite floats that fit; others may fit, too."""
        if {*map(type, values)} != {float} or not all(map(math.isfinite, values)):
            return False
        low, high = max(self._low, -(2.0**1023)), min(self._high, 2.0**1023)
        return bool(low <= min(values) and max(values) <= high)


def number(
    low: float = -math.inf, high: float = math.inf, *, finite: bool = True, nan: bool = False
) -> Schema:
    """Return the schema of a number, finite unless specified otherwise."""
    return _Number(low, high, finite=finite, nan=nan)


def text(max_length: int = 10_000) -> Schema:
    """Return the schema of a string that can be written as UTF-8."""

    def check(value: Any, place: str) -> None:
        if not isinstance(value, str) or len(value) > max_length:
            _refuse(value, place, f"a text of at most {max_length} characters")
        if any("\ud800" <= character <= "\udfff" for character in value):
            _refuse(value, place, "a text without half characters")

    return check


def flag(value: Any, place: str) -> None:
    """Check that a value is true or false, or 1 or 0."""
    if type(value) not in (bool, int) or value not in (0, 1):
        _refuse(value, place, "true or false")


def one_of(*choices: Any) -> Schema:
    """Return the schema of a value from a list of values."""

    def check(value: Any, place: str) -> None:
        if not any(type(value) is type(choice) and value == choice for choice in choices):
            _refuse(value, place, "one of " + ", ".join(map(repr, choices)))

    return check


def name_in(table: Mapping[str, Any]) -> Schema:
    """Return the schema of a key of a table, as the table is when a value is checked."""

    def check(value: Any, place: str) -> None:
        if not isinstance(value, str) or value not in table:
            _refuse(value, place, "one of " + ", ".join(map(repr, table)))

    return check


def either(*schemas: Schema, what: str) -> Schema:
    """Return the schema of a value that fits one of several schemas."""

    def check(value: Any, place: str) -> None:
        for schema in schemas:
            try:
                schema(value, place)
            except DataError:
                continue
            return
        _refuse(value, place, what)

    return check


def by_field(schemas: Mapping[str, Schema], otherwise: Schema) -> Schema:
    """Return the schema of a record that is of the first kind whose field it has, or else of one.

    Parameters
    ----------
    schemas : mapping of str to Schema
        Kinds by a field that they alone have.
    otherwise : Schema
    """

    def check(value: Any, place: str) -> None:
        fields = value if isinstance(value, dict) else {}
        next((schemas[name] for name in schemas if name in fields), otherwise)(value, place)

    return check


def optional(schema: Schema) -> Schema:
    """Return the schema of a value that may be null."""

    def check(value: Any, place: str) -> None:
        if value is not None:
            schema(value, place)

    return check


def list_of(schema: Schema, *, max_length: int = 2**31) -> Schema:
    """Return the schema of a list whose items fit one schema."""

    def check(value: Any, place: str) -> None:
        if not isinstance(value, list) or len(value) > max_length:
            _refuse(value, place, "a list")
        if isinstance(schema, _Integer | _Number) and schema.are_usual(value):
            return
        for number, item in enumerate(value):
            schema(item, f"{place}[{number}]")

    return check


def row_of(*schemas: Schema) -> Schema:
    """Return the schema of a list with as many items as schemas, each for one item."""
    alike = schemas[0] if len({*schemas}) == 1 else None

    def check(value: Any, place: str) -> None:
        if not isinstance(value, list) or len(value) != len(schemas):
            _refuse(value, place, f"a list of {len(schemas)} items")
        if isinstance(alike, _Number) and alike.are_usual(value):
            return
        for number, (schema, item) in enumerate(zip(schemas, value, strict=True)):
            schema(item, f"{place}[{number}]")

    return check


def record(fields: Mapping[str, Schema], *, extra: Mapping[str, Schema] | None = None) -> Schema:
    """Return the schema of an object with all of some fields; those of `extra` may be absent.

    Fields that are not named are not looked at: the code that uses them refuses them.
    """
    extra = extra or {}

    def check(value: Any, place: str) -> None:
        if not isinstance(value, dict):
            _refuse(value, place, "an object")
        for name, schema in fields.items():
            if name not in value:
                raise DataError(f"its field {_joined(place, name)} is missing")
            schema(value[name], _joined(place, name))
        for name, schema in extra.items():
            if name in value:
                schema(value[name], _joined(place, name))

    return check


def values_of(schema: Schema) -> Schema:
    """Return the schema of an object whose values all fit one schema."""

    def check(value: Any, place: str) -> None:
        if not isinstance(value, dict):
            _refuse(value, place, "an object")
        for name, item in value.items():
            schema(item, _joined(place, name))

    return check


def label(value: Any, place: str) -> None:
    """Check that a value can be a label: a text, a number, a flag, or an object with its type."""
    if type(value) is not bool and not (isinstance(value, dict) and len(value) == 1):
        _LABEL(value, place)


def _is_special(value: Any) -> bool:
    return type(value) is float and not math.isfinite(value)


def _joined(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


def _refuse(value: Any, place: str, expected: str) -> NoReturn:
    shown = ascii(value) if not isinstance(value, list | dict) else type(value).__name__
    shown = shown if len(shown) <= 40 else shown[:37] + "..."
    raise DataError(f"its field {place} is {shown}, but has to be {expected}")


_LABEL = either(
    text(10_000_000),
    integer(-(2**63), 2**64 - 1),
    number(finite=False),
    what="a text, a number, true or false",
)
