"""Emitter of the hint of :mod:`torrential.kernels.prefetch`."""

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

BYTE, WORD = ir.IntType(8), ir.IntType(32)


@intrinsic
def prefetch(typing: Any, array: Any, at: Any) -> tuple[Any, Any]:
    """Ask for the cache line of an element."""

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, args[0]).data
        kind = ir.FunctionType(ir.VoidType(), [BYTE.as_pointer(), WORD, WORD, WORD])
        function = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0i8")
        place = builder.bitcast(builder.gep(data, [args[1]]), BYTE.as_pointer())
        builder.call(function, [place, WORD(0), WORD(3), WORD(1)])
        return context.get_dummy_value()

    return types.void(array, types.int64), emit
