"""Emitters of the vector functions of :mod:`torrential.kernels.linear.vectors`."""

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from torrential.kernels.constants import PADE

FLOAT, INT64, WORD = ir.FloatType(), ir.IntType(64), ir.IntType(32)


class _Emitter:
    """The LLVM code of a loop over the non-zeros of one row, a vector of columns at a time."""

    def __init__(self, context: Any, builder: Any, signature: Any, args: Any, lanes: int) -> None:
        self.context, self.builder, self.signature, self.args = context, builder, signature, args
        self.vector = ir.VectorType(FLOAT, lanes)

    def pointer(self, argument: int) -> Any:
        """Return the address of the first element of an array argument."""
        make = self.context.make_array(self.signature.args[argument])
        return make(self.context, self.builder, self.args[argument]).data

    def splat(self, value: Any) -> Any:
        """Repeat a float in all lanes."""
        builder, lanes = self.builder, self.vector.count
        one = builder.insert_element(ir.Constant(self.vector, ir.Undefined), value, WORD(0))
        every = ir.Constant(ir.VectorType(WORD, lanes), [0] * lanes)
        return builder.shuffle_vector(one, one, every)

    def at(self, pointer: Any, position: Any) -> Any:
        """Return the address of the vector that starts at a position."""
        place = self.builder.gep(pointer, [position])
        return self.builder.bitcast(place, self.vector.as_pointer())

    def load(self, place: Any) -> Any:
        """Load a vector; memory-mapped weights need not be aligned to it."""
        value = self.builder.load(place)
        value.align = 4
        return value

    def store(self, value: Any, place: Any) -> None:
        """Store a vector."""
        self.builder.store(value, place).align = 4

    def multiply_add(self, a: Any, b: Any, c: Any) -> Any:
        """Return a * b + c, fused if the machine supports it."""
        product = self.builder.fmul(a, b, flags=("contract",))
        return self.builder.fadd(product, c, flags=("contract",))

    def call(self, name: str, *values: Any) -> Any:
        """Return an LLVM function of each lane: sqrt, fabs, minnum, maxnum or copysign."""
        kind = ir.FunctionType(self.vector, [self.vector] * len(values))
        name = f"llvm.{name}.v{self.vector.count}f32"
        function = cgutils.get_or_insert_function(self.builder.module, kind, name)
        return self.builder.call(function, values)

    def constant(self, value: float) -> Any:
        """Repeat a constant in all lanes."""
        return ir.Constant(self.vector, [ir.Constant(FLOAT, value)] * self.vector.count)


@intrinsic(prefer_literal=True)
def add_products(typing_context, data, indices, begin, end, rows, offset, stride, out, at, lanes):
    """Add the products of a row's values and its features' weights to the columns of a tile."""

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        code = _Emitter(context, builder, signature, args, lanes.literal_value)
        values, features, weights = code.pointer(0), code.pointer(1), code.pointer(4)
        begin, end, offset, stride, at = args[2], args[3], args[5], args[6], args[8]
        target = code.at(code.pointer(7), at)
        total = cgutils.alloca_once_value(builder, code.load(target))
        with cgutils.for_range(builder, end, start=begin, intp=INT64) as loop:
            value = code.splat(builder.load(builder.gep(values, [loop.index])))
            feature = builder.sext(builder.load(builder.gep(features, [loop.index])), INT64)
            place = code.at(weights, builder.add(builder.mul(feature, stride), offset))
            weight = code.load(place)
            builder.store(code.multiply_add(value, weight, builder.load(total)), total)
        code.store(builder.load(total), target)
        return context.get_dummy_value()

    integer = types.int64
    return types.void(
        data, indices, integer, integer, rows, integer, integer, out, integer, lanes
    ), emit


@intrinsic(prefer_literal=True)
def add_adagrad_steps(
    typing_context,
    data,
    indices,
    begin,
    end,
    rows,
    offset,
    stride,
    gradients,
    at,
    rate,
    tiny,
    lanes,
):
    """Move a tile's weights by AdaGrad steps; the sums of squares follow the weights."""

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        code = _Emitter(context, builder, signature, args, lanes.literal_value)
        values, features, weights = code.pointer(0), code.pointer(1), code.pointer(4)
        begin, end, offset, stride = args[2], args[3], args[5], args[6]
        at, rate, tiny = args[8], args[9], args[10]
        slope = code.load(code.at(code.pointer(7), at))
        rate, tiny = code.splat(rate), code.splat(tiny)
        with cgutils.for_range(builder, end, start=begin, intp=INT64) as loop:
            value = code.splat(builder.load(builder.gep(values, [loop.index])))
            feature = builder.sext(builder.load(builder.gep(features, [loop.index])), INT64)
            first = builder.add(builder.mul(feature, stride), offset)
            weight_at = code.at(weights, first)
            sum_at = code.at(weights, builder.add(first, INT64(lanes.literal_value)))
            gradient = builder.fmul(slope, value)
            total = code.multiply_add(gradient, gradient, code.load(sum_at))
            root = code.call("sqrt", builder.fadd(total, tiny))
            step = builder.fdiv(builder.fmul(rate, gradient), root)
            code.store(total, sum_at)
            code.store(builder.fsub(code.load(weight_at), step), weight_at)
        return context.get_dummy_value()

    integer, real = types.int64, types.float32
    return types.void(
        data,
        indices,
        integer,
        integer,
        rows,
        integer,
        integer,
        gradients,
        integer,
        real,
        real,
        lanes,
    ), emit


@intrinsic(prefer_literal=True)
def decay_adagrad(typing_context, rows, at, l2, l1, tiny, lanes):
    """Decay a tile's weights by the penalty of each one's rate."""

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        code = _Emitter(context, builder, signature, args, lanes.literal_value)
        l2, l1, tiny = (code.splat(value) for value in args[2:5])
        _emit_decay(code, args[1], l2, l1, tiny)
        return context.get_dummy_value()

    integer, real = types.int64, types.float32
    return types.void(rows, integer, real, real, real, lanes), emit


@intrinsic(prefer_literal=True)
def dot_by_lane(typing_context, data, places, n, rows, offset, stride, out, at, lanes):
    """Write the scores of a row, one model in each lane."""

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        code = _Emitter(context, builder, signature, args, lanes.literal_value)
        values, features, weights = code.pointer(0), code.pointer(1), code.pointer(3)
        n, offset, stride, at = args[2], args[4], args[5], args[7]
        zero = ir.Constant(code.vector, [ir.Constant(FLOAT, 0.0)] * code.vector.count)
        sums = [cgutils.alloca_once_value(builder, zero) for _ in range(4)]

        def add(position: Any, total: Any) -> None:
            value = code.splat(builder.load(builder.gep(values, [position])))
            feature = builder.sext(builder.load(builder.gep(features, [position])), INT64)
            place = code.at(weights, builder.add(builder.mul(feature, stride), offset))
            product = builder.fmul(value, code.load(place))
            builder.store(builder.fadd(builder.load(total), product), total)

        whole = builder.and_(n, INT64(-4))
        with cgutils.for_range_slice(builder, INT64(0), whole, INT64(4), INT64) as (index, _):
            for step, total in enumerate(sums):
                add(builder.add(index, INT64(step)), total)
        with cgutils.for_range(builder, n, start=whole, intp=INT64) as loop:
            add(loop.index, sums[0])
        a, b, c, d = (builder.load(total) for total in sums)
        code.store(
            builder.fadd(builder.fadd(a, b), builder.fadd(c, d)), code.at(code.pointer(6), at)
        )
        return context.get_dummy_value()

    integer = types.int64
    return types.void(data, places, integer, rows, integer, integer, out, integer, lanes), emit


@intrinsic(prefer_literal=True)
def add_adagrad_steps_by_lane(
    typing_context, data, places, n, rows, offset, stride, slopes, rates, at, tiny, lanes
):
    """Move weights by AdaGrad steps, one model and rate in each lane."""

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        code = _Emitter(context, builder, signature, args, lanes.literal_value)
        values, features, weights = code.pointer(0), code.pointer(1), code.pointer(3)
        n, offset, stride, at = args[2], args[4], args[5], args[8]
        slope = code.load(code.at(code.pointer(6), at))
        rate, tiny = code.load(code.at(code.pointer(7), at)), code.splat(args[9])
        with cgutils.for_range(builder, n, intp=INT64) as loop:
            value = code.splat(builder.load(builder.gep(values, [loop.index])))
            feature = builder.sext(builder.load(builder.gep(features, [loop.index])), INT64)
            first = builder.add(builder.mul(feature, stride), offset)
            weight_at = code.at(weights, first)
            sum_at = code.at(weights, builder.add(first, INT64(lanes.literal_value)))
            gradient = builder.fmul(slope, value)
            total = builder.fadd(code.load(sum_at), builder.fmul(gradient, gradient))
            root = code.call("sqrt", builder.fadd(total, tiny))
            step = builder.fmul(rate, builder.fdiv(gradient, root))
            code.store(total, sum_at)
            code.store(builder.fsub(code.load(weight_at), step), weight_at)
        return context.get_dummy_value()

    integer, real = types.int64, types.float32
    return types.void(
        data, places, integer, rows, integer, integer, slopes, rates, integer, real, lanes
    ), emit


@intrinsic(prefer_literal=True)
def decay_adagrad_by_lane(typing_context, rows, at, l2, l1, first, tiny, lanes):
    """Decay weights by the penalty of each one's rate, one model in each lane."""

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        code = _Emitter(context, builder, signature, args, lanes.literal_value)
        l2, l1 = (code.load(code.at(code.pointer(number), args[4])) for number in (2, 3))
        _emit_decay(code, args[1], l2, l1, code.splat(args[5]))
        return context.get_dummy_value()

    integer = types.int64
    return types.void(rows, integer, l2, l1, integer, types.float32, lanes), emit


def _emit_decay(code: _Emitter, at: Any, l2: Any, l1: Any, tiny: Any) -> None:
    """Emit the decay of a row of weights; the sums of squared gradients follow the weights."""
    builder = code.builder
    place = code.at(code.pointer(0), at)
    after = code.at(code.pointer(0), builder.add(at, INT64(code.vector.count)))
    old, one, zero = code.load(place), code.constant(1.0), code.constant(0.0)
    inverse_root = builder.fdiv(one, code.call("sqrt", builder.fadd(code.load(after), tiny)))
    decay = code.call("minnum", builder.fmul(l2, inverse_root), code.constant(32.0))
    z = builder.fmul(decay, code.constant(1 / 16))
    even = code.multiply_add(builder.fmul(z, z), code.constant(PADE), one)
    odd = builder.fmul(z, code.constant(0.5))
    power = builder.fdiv(builder.fsub(even, odd), builder.fadd(even, odd))
    for _ in range(4):
        power = builder.fmul(power, power)
    kept = builder.fmul(code.call("fabs", old), power)
    kept = builder.fsub(kept, builder.fmul(l1, inverse_root))
    new = code.call("copysign", code.call("maxnum", kept, zero), old)
    code.store(new, place)
