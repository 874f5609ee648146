"""Shared emitters of vector code: constants, addresses, loads and stores."""

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba.core.cgutils import get_or_insert_function

I1, I8, I32, I64 = ir.IntType(1), ir.IntType(8), ir.IntType(32), ir.IntType(64)


def splat(vector: ir.VectorType, value: int) -> ir.Constant:
    """Repeat a number in all lanes."""
    return ir.Constant(vector, [value] * vector.count)


def pointer(
    context: Any, builder: Any, signature: Any, args: Any, array: int, at: Any, as_type: Any
) -> Any:
    """Return the address of element ``at`` of the array that is argument number ``array``."""
    data = context.make_array(signature.args[array])(context, builder, args[array]).data
    return builder.bitcast(builder.gep(data, [at]), as_type.as_pointer())


def load(builder: Any, place: Any) -> Any:
    """Load a vector from any address."""
    value = builder.load(place)
    value.align = 1
    return value


def store(builder: Any, value: Any, place: Any) -> None:
    """Store a vector to any address."""
    builder.store(value, place).align = 1


def broadcast(builder: Any, value: Any, vector: ir.VectorType) -> Any:
    """Repeat a value in all lanes."""
    first = builder.insert_element(ir.Constant(vector, ir.Undefined), value, I32(0))
    return shuffle(builder, first, first, [0] * vector.count)


def shuffle(builder: Any, a: Any, b: Any, lanes: list[int]) -> Any:
    """Pick lanes of two vectors; the lanes of ``b`` are numbered after those of ``a``."""
    return builder.shuffle_vector(a, b, ir.Constant(ir.VectorType(I32, len(lanes)), lanes))


def rotate_left(builder: Any, value: Any, bits: int) -> Any:
    """Rotate each lane of 32 bits."""
    high = builder.shl(value, splat(value.type, bits))
    return builder.or_(high, builder.lshr(value, splat(value.type, 32 - bits)))


def compress(builder: Any, value: Any, mask: Any) -> Any:
    """Move the lanes in the mask to the front, in order; the remaining lanes are undefined."""
    vector = value.type
    name = f"llvm.experimental.vector.compress.v{vector.count}i{vector.element.width}"
    kind = ir.FunctionType(vector, [vector, mask.type, vector])
    function = get_or_insert_function(builder.module, kind, name)
    return builder.call(function, [value, mask, ir.Constant(vector, ir.Undefined)])


def call_outlined(
    builder: Any, name: str, args: list[Any], emit: Callable[..., list[Any]]
) -> list[Any]:
    """Call the code that ``emit`` emits as a function that is never inlined, on 64-bit numbers.

    It keeps its constants in place. In a loop that calls other functions they would be
    brought to the stack before it, and be loaded from there at addresses that are not aligned:
    several times as slow.
    """
    module = builder.module
    function = module.globals.get(name)
    if function is None:
        result = ir.LiteralStructType([I64, I64])
        function = ir.Function(module, ir.FunctionType(result, [arg.type for arg in args]), name)
        function.linkage = "internal"
        function.attributes.add("noinline")
        body = ir.IRBuilder(function.append_basic_block())
        value = ir.Constant(result, ir.Undefined)
        for i, number in enumerate(emit(body, *function.args)):
            value = body.insert_value(value, number, i)
        body.ret(value)
    pair = builder.call(function, args)
    return [builder.extract_value(pair, i) for i in range(2)]
