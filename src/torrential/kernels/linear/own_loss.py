"""Losses from outside the package: their compiled functions, called by address."""

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba import cfunc, types
from numba.extending import intrinsic

Formula = Callable[[float, float, float], float]

SIGNATURE = "float64(float64, float64, float64)"

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
    compiled = [] if numba.config.DISABLE_JIT else [cfunc(SIGNATURE)(each) for each in plain]
    addresses = np.array([function.address for function in compiled] or [0, 0], np.int64)
    code = int(addresses.ctypes.data)
    _KEPT[code] = plain, compiled, addresses
    return code


def _plain_call(code: int, number: int, p: float, y: float, epsilon: float) -> float:
    return float(_KEPT[code][0][number](p, y, epsilon))


@intrinsic
def _compiled_call(
    typing: Any, code: Any, number: Any, p: Any, y: Any, epsilon: Any
) -> tuple[Any, Any]:
    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        code, number, *values = args
        number_of = ir.DoubleType()
        kind = ir.FunctionType(number_of, [number_of] * 3).as_pointer()
        table = builder.inttoptr(code, kind.as_pointer())
        return builder.call(builder.load(builder.gep(table, [number])), values)

    real = types.float64
    return real(types.int64, types.int64, real, real, real), emit


call = _plain_call if numba.config.DISABLE_JIT else _compiled_call

__all__ = ["LOSS", "SLOPE", "call", "code_of"]
