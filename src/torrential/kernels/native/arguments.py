"""Arguments of kernels as the machine takes them: arrays and tuples in pieces, with their types.

A compiled kernel takes an array as seven numbers and more (Numba's developer manual, "Numba calling
convention"): the owner of its memory, the Python object, the number of items, their size, the
address, and for each dimension the length and the stride. A tuple is its items, one by one.
"""

import ctypes
from collections.abc import Callable
from typing import Any

import numpy as np

Values = list[Any]
"""Numbers and addresses; None is a null pointer."""

TYPES: dict[str, Any] = {
    "p": ctypes.c_void_p,
    "d": ctypes.c_double,
    "f": ctypes.c_float,
    "q": ctypes.c_int64,
    "i": ctypes.c_int32,
    "h": ctypes.c_int16,
    "b": ctypes.c_int8,
}
"""Types of values, by their code."""

LARGEST = 2**63 - 1


def flattened(arguments: tuple[Any, ...]) -> tuple[str, Values]:
    """Return the types of arguments as a text, and their values.

    Raises
    ------
    TypeError
        If an argument is something that no kernel takes.

    Examples
    --------
    >>> flattened((2, True, None))
    ('i8,bool,none', [2, True, None])
    >>> types, values = flattened((np.zeros((2, 3), np.float32),))
    >>> types, values[2:4], values[5:]
    ('<f4.2C', [6, 4], [2, 3, 12, 4])
    """
    types: list[str] = []
    values: Values = []
    for argument in arguments:
        _ADD.get(type(argument), _add_other)(argument, types, values)
    return ",".join(types), values


def _add_array(array: Any, types: list[str], values: Values) -> None:
    flags = array.flags
    layout = "C" if flags.c_contiguous else "F" if flags.f_contiguous else "A"
    marks = ("" if flags.writeable else "r") + ("" if flags.aligned else "u")
    types.append(f"{array.dtype.str}.{array.ndim}{layout}{marks}")
    address = array.__array_interface__["data"][0]
    values += (None, id(array), array.size, array.itemsize, address, *array.shape, *array.strides)


def _add_int(number: int, types: list[str], values: Values) -> None:
    types.append("i8" if number <= LARGEST else "u8")
    values.append(number)


def _add_bool(flag: bool, types: list[str], values: Values) -> None:
    types.append("bool")
    values.append(flag)


def _add_float(number: float, types: list[str], values: Values) -> None:
    types.append("f8")
    values.append(number)


def _add_none(none: None, types: list[str], values: Values) -> None:
    types.append("none")
    values.append(None)


def _add_other(value: Any, types: list[str], values: Values) -> None:
    if isinstance(value, tuple):
        name = "" if type(value) is tuple else type(value).__qualname__
        types.append(f"{name}(")
        for item in value:
            _ADD.get(type(item), _add_other)(item, types, values)
        types.append(")")
    elif isinstance(value, np.bool_):
        _add_bool(bool(value), types, values)
    elif isinstance(value, np.number):
        types.append(value.dtype.str[1:])
        values.append(value.item())
    elif isinstance(value, np.ndarray):
        _add_array(value, types, values)
    else:
        raise TypeError(f"A kernel takes numbers, arrays and tuples of them, not {value!r:.80}.")


_ADD: dict[type, Callable[[Any, list[str], Values], None]] = {
    np.ndarray: _add_array,
    int: _add_int,
    bool: _add_bool,
    float: _add_float,
    type(None): _add_none,
}
