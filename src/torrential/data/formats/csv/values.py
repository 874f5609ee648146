"""Types of columns of CSV that are used as labels, weights or in an order: found, and kept to."""

from contextlib import suppress
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

NULLS = ["", "NA", "N/A", "#N/A", "n/a", "NaN", "nan", "-nan", "-NaN", "NULL", "null", "None"]
"""Cells that mean a missing number or boolean, but are ordinary strings."""

TRUE, FALSE = ["true", "True", "TRUE"], ["false", "False", "FALSE"]

_EXACT = 2.0**53
"""Integers up to this are exact as floating-point numbers."""

_SIX_DIGITS = 100_000


def infer(cells: pa.Array, *, exactly: bool) -> pa.DataType:
    """Return the narrowest type that holds all cells; null without a value.

    Parameters
    ----------
    cells : pa.BinaryArray
    exactly : bool
        Whether ``007``, and numbers that would lose digits, are no numbers but text.
    """
    text = _text(cells)
    if text is None:
        return pa.string()
    values = text.filter(_has_value(text))
    if len(values) == 0:
        return pa.null()
    if _all(pc.is_in(values, pa.array(TRUE + FALSE))):
        return pa.bool_()
    values = _without_plus(values)
    for kind in (pa.int64(), pa.uint64(), pa.float64()):
        numbers = _numbers(values, kind)
        if numbers is None:
            continue
        if not exactly or _all(_is_exact(values, numbers)):
            return kind
    return pa.string()


def convert(cells: pa.Array, kind: pa.DataType, *, exactly: bool) -> pa.Array | int:
    """Return the values of cells; if a cell does not fit the type, its position.

    Parameters
    ----------
    cells : pa.BinaryArray
    kind : pa.DataType
    exactly : bool
        Whether ``007`` and numbers that would lose digits are text.
    """
    if not pa.types.is_boolean(kind):
        values = _plain_numbers(cells, kind, exactly=exactly)
        if values is not None:
            return values
    text = _text(cells)
    if text is None:
        return next(i for i, cell in enumerate(cells) if not _is_utf8(cell.as_py()))
    text = pc.if_else(_has_value(text), text, pa.scalar(None, pa.string()))
    if pa.types.is_boolean(kind):
        known = pc.is_in(text, pa.array([*TRUE, *FALSE, "0", "1", None]))
        if not _all(known):
            return _first_false(known)
        return pc.if_else(pc.is_null(text), None, pc.is_in(text, pa.array([*TRUE, "1"])))
    text = _without_plus(text)
    values = _numbers(text, kind)
    if values is None:
        return next(i for i in range(len(text)) if _numbers(text.slice(i, 1), kind) is None)
    if exactly:
        exact = _is_exact(text, values)
        if not _all(exact):
            return _first_false(exact)
    return values


def _plain_numbers(cells: pa.Array, kind: pa.DataType, *, exactly: bool) -> pa.Array | None:
    """Return the values of cells if all are plain numbers or empty."""
    text = cells.view(pa.string())  # invalid UTF-8 is not a number
    values = _numbers(text, kind)
    if values is None or (pa.types.is_floating(kind) and _any(pc.is_nan(values))):
        return None
    if not exactly or _are_short(text, values) or _all(_is_exact(text, values)):
        return values
    return None


def _text(cells: pa.Array) -> pa.Array | None:
    """Return cells as text without surrounding blanks; None if a cell is not valid text."""
    try:
        return pc.utf8_trim_whitespace(cells.cast(pa.string()))
    except pa.ArrowInvalid:
        return None


def _is_utf8(cell: bytes | None) -> bool:
    try:
        return cell is None or cell.decode() is not None
    except UnicodeDecodeError:
        return False


def _has_value(text: pa.Array) -> pa.Array:
    return pc.invert(pc.is_in(text, pa.array([*NULLS, None])))


def _without_plus(text: pa.Array) -> pa.Array:
    """Return numbers without a plus sign: Arrow does not parse ``+1`` as an integer."""
    if not _any(pc.starts_with(text, "+")):
        return text
    return pc.replace_substring_regex(text, r"^\+([0-9.])", r"\1")


def _numbers(text: pa.Array, kind: pa.DataType) -> pa.Array | None:
    try:
        return text.cast(kind)
    except pa.ArrowInvalid:
        return None


def _are_short(text: pa.Array, numbers: pa.Array) -> bool:
    """Return whether all cells are small integers without superfluous characters.

    What is written in another way has more of them, as long as the number has five digits at most:
    ``0xfffff`` has as many as its decimal digits are.
    """
    if not pa.types.is_integer(numbers.type):
        return False
    values = numbers.fill_null(0).to_numpy(zero_copy_only=False)
    low, high = values.min(initial=0), values.max(initial=0)
    if low <= -_SIX_DIGITS or high >= _SIX_DIGITS:
        return False
    n_bytes = len(numbers) - numbers.null_count + np.count_nonzero(values < 0)
    magnitudes, most = np.abs(values), max(high, -int(low))
    for power in (10, 100, 1000, 10_000):
        if most >= power:
            n_bytes += np.count_nonzero(magnitudes >= power)
    return bool(n_bytes == pc.sum(pc.binary_length(text), min_count=0).as_py())


def _is_exact(text: pa.Array, numbers: pa.Array) -> pa.Array:
    """Return whether each number equals its text; a null does."""
    if pa.types.is_integer(numbers.type):
        return pc.fill_null(pc.equal(numbers.cast(pa.string()), text), True)
    if not pa.types.is_floating(numbers.type):
        return pa.array(np.ones(len(text), bool))
    padded = pc.match_substring_regex(text, "^[+-]?0[0-9]")
    exact: Any = pc.invert(pc.fill_null(padded, False)).to_numpy(zero_copy_only=False)
    exact = np.array(exact)
    values = numbers.to_numpy(zero_copy_only=False)
    for place in np.flatnonzero(np.abs(values) >= _EXACT):
        with suppress(ValueError):  # it is not an integer: 1e300 is fine as it is
            exact[place] = abs(int(text[int(place)].as_py())) <= _EXACT
    return pa.array(exact)


def _all(mask: pa.Array) -> bool:
    return bool(mask.to_numpy(zero_copy_only=False).all())


def _any(mask: pa.Array) -> bool:
    return bool(pc.any(mask).as_py())


def _first_false(mask: pa.Array) -> int:
    return int(np.flatnonzero(~mask.to_numpy(zero_copy_only=False))[0])
