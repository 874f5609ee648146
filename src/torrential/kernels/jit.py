"""The decorators of kernels, and the switch that turns the compiler off.

``NUMBA_DISABLE_JIT=1`` in the environment turns it off: kernels are plain Python then.
"""

import os
from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any

from torrential.kernels.native.kernel import Emitted, Kernel

IS_COMPILED = os.environ.get("NUMBA_DISABLE_JIT", "0") in ("", "0")
"""Whether kernels are compiled."""


def kernel(
    function: Callable[..., Any] | None = None, *, cache: bool = True, **options: Any
) -> Any:
    """Decorate a kernel.

    Parameters
    ----------
    function : callable, optional
    cache : bool, default=True
        Whether later processes find the compiled kernel on disk.
    **options
        Options of ``numba.njit``, such as ``error_model``.
    """
    if function is None:
        return partial(kernel, cache=cache, **options)
    return Kernel(function, {"cache": cache, **options}) if IS_COMPILED else function


def emitted(module: str, plain: str, *names: str) -> tuple[Any, ...]:
    """Return functions whose code is emitted for the processor, or their twins in Python.

    Parameters
    ----------
    module : str
        Module with the emitters; it is imported when Numba compiles a kernel that calls one.
    plain : str
        Module with the twins, which has the same names.
    *names : str
    """
    if IS_COMPILED:
        return tuple(Emitted(module, name) for name in names)
    twins = import_module(plain)
    return tuple(getattr(twins, name) for name in names)


lean_kernel = partial(kernel, _nrt=False, error_model="numpy")
"""Decorates a kernel that makes no array: Numba then counts no references to those it is given.

Counting costs much where small kernels call each other with many arrays.
"""
