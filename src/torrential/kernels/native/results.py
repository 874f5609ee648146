"""Results of kernels: from the memory that a compiled kernel writes them to, to Python."""

import ctypes
import struct
from importlib import import_module
from typing import Any

from torrential.kernels.native.runtime import Memory, array_at

Layout = Any
"""Where a result is: JSON that :func:`read_result` understands.

[offset, code]
    A number by its code in :mod:`struct`, or ``"?"``.
["tuple", name or null, [layout, ...]]
    A tuple, or the named tuple ``module:name``.
["array", dtype, n_dimensions, offset]
    An array in seven pieces and more, as in :mod:`torrential.kernels.native.arguments`.
["optional", layout, offset of the flag]
null
    None.
"""


def read_result(layout: Layout, memory: Any, arguments: tuple[Any, ...]) -> Any:
    """Return the result of a call.

    Parameters
    ----------
    layout : Layout
    memory : ctypes buffer
        What the kernel has written.
    arguments : tuple
        What the kernel was called with: a result may be a part of it.
    """
    if layout is None:
        return None
    kind = layout[0]
    if kind == "tuple":
        items = [read_result(item, memory, arguments) for item in layout[2]]
        return tuple(items) if layout[1] is None else _named(layout[1])(*items)
    if kind == "array":
        return _array(layout, memory, arguments)
    if kind == "optional":
        is_there = memory[layout[2]] != b"\0"
        return read_result(layout[1], memory, arguments) if is_there else None
    offset, code = layout
    return struct.unpack_from(code, memory, offset)[0]


def _named(name: str) -> Any:
    module, _, name = name.partition(":")
    return getattr(import_module(module), name)


def _array(layout: Layout, memory: Any, arguments: tuple[Any, ...]) -> Any:
    _, dtype, n_dimensions, offset = layout
    pieces = struct.unpack_from(f"{5 + 2 * n_dimensions}q", memory, offset)
    owner, origin, _, _, address = pieces[:5]
    shape, strides = pieces[5 : 5 + n_dimensions], pieces[5 + n_dimensions :]
    if owner:
        return array_at(address, dtype, shape, strides, Memory(owner))
    given = _by_identity(arguments, origin)
    is_whole = address == given.__array_interface__["data"][0] and shape == given.shape
    return given if is_whole else array_at(address, dtype, shape, strides, given)


def _by_identity(arguments: tuple[Any, ...], identity: int) -> Any:
    ahead = list(arguments)
    while ahead:
        argument = ahead.pop()
        if id(argument) == identity:
            return argument
        if isinstance(argument, tuple):
            ahead += argument
    raise ValueError("A kernel returned an array that is neither new nor one of its arguments.")


def new_memory(n_bytes: int) -> Any:
    """Return zeroed memory for a result."""
    return ctypes.create_string_buffer(max(n_bytes, 8))
