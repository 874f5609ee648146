"""Emitter of the call of :mod:`torrential.kernels.linear.own_loss`, and its compiler."""

from typing import Any

from llvmlite import ir
from numba import cfunc, types
from numba.extending import intrinsic

SIGNATURE = "float64(float64, float64, float64)"


def compiled(formula: Any) -> Any:
    """Return a formula as machine code, with its address."""
    return cfunc(SIGNATURE)(formula)


@intrinsic
def call(typing: Any, code: Any, number: Any, p: Any, y: Any, epsilon: Any) -> tuple[Any, Any]:
    """Call one of the two functions of a code."""

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        code, number, *values = args
        number_of = ir.DoubleType()
        kind = ir.FunctionType(number_of, [number_of] * 3).as_pointer()
        table = builder.inttoptr(code, kind.as_pointer())
        return builder.call(builder.load(builder.gep(table, [number])), values)

    real = types.float64
    return real(types.int64, types.int64, real, real, real), emit
