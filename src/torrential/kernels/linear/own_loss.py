"""Losses from outside the package: their compiled functions, called by address."""

from collections.abc import Callable
from typing import Any

import numpy as np

from torrential.kernels.jit import IS_COMPILED, emitted

Formula = Callable[[float, float, float], float]

LOSS, SLOPE = 0, 1

_KEPT: dict[int, Any] = {}
"""By code, what has to stay in memory: addresses and functions."""


def code_of(loss: Formula, slope: Formula) -> int:
    """Compile a loss and its derivative, and return the code that kernels know them by.

    Parameters
    ----------
    loss, slope : callable
        Functions of the prediction, the target and epsilon, in what numba compiles without Python.
    """
    plain = [getattr(function, "py_func", function) for function in (loss, slope)]
    compiled = _compiled(plain) if IS_COMPILED else []
    addresses = np.array([function.address for function in compiled] or [0, 0], np.int64)
    code = int(addresses.ctypes.data)
    _KEPT[code] = plain, compiled, addresses
    return code


def _compiled(formulas: list[Formula]) -> list[Any]:
    from torrential.kernels.emitters.own_loss import compiled

    return [compiled(formula) for formula in formulas]


def _plain_call(code: int, number: int, p: float, y: float, epsilon: float) -> float:
    return float(_KEPT[code][0][number](p, y, epsilon))


if IS_COMPILED:
    (call,) = emitted("torrential.kernels.emitters.own_loss", "", "call")
else:
    call = _plain_call

__all__ = ["LOSS", "SLOPE", "call", "code_of"]
