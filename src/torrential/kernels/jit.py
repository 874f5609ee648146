"""Compilation of kernels: those that Python calls, and those that only kernels call.

Numba makes three functions of each: itself, one for C, and one that turns Python's arguments into
its own. Nothing here needs the second, and most kernels are called by kernels alone. A quarter less
is to be compiled without them. But a call from Python of what has no function for it ends the
process by a signal; so tests and benchmarks wrap an inner kernel with `for_python`.
"""

from functools import partial
from typing import Any

from numba import njit

kernel = partial(njit, cache=True, nogil=True, no_cfunc_wrapper=True)
"""Decorates a kernel that Python calls, and maybe kernels too."""

inner_kernel = partial(kernel, no_cpython_wrapper=True)
"""Decorates a kernel that only kernels call."""


def for_python(function: Any) -> Any:
    """Return an inner kernel as one that Python can call; it is compiled again."""
    plain = getattr(function, "py_func", None)
    if plain is None:  # nothing is compiled: NUMBA_DISABLE_JIT=1
        return function
    return njit(plain, nogil=True, error_model=function.targetoptions.get("error_model", "python"))
