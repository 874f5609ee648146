"""Emitters of :mod:`torrential.kernels.fasttext.vectors`: white space, and rows of floats."""

from functools import reduce
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from torrential.kernels.constants import BLOCK, LABEL_LANES
from torrential.kernels.emitters.code import I8, I32, I64, broadcast, load, pointer, splat, store

FLOAT = ir.FloatType()
WIDE = 4
"""Vectors of 16 floats that a sum of rows keeps in registers."""

NARROW = (8, 4, 2, 1)
"""Widths of what is left of a row after its vectors of 16."""


def _vector(lanes: int) -> ir.VectorType:
    return ir.VectorType(FLOAT, lanes)


def _floats_at(builder: Any, data: Any, at: Any, lanes: int) -> Any:
    """Load floats that begin at any byte."""
    return load(builder, builder.bitcast(builder.gep(data, [at]), _vector(lanes).as_pointer()))


def _bytes_of(n_floats: Any, builder: Any) -> Any:
    return builder.shl(n_floats, I64(2))


def _emit_find_spaces(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    block = ir.VectorType(I8, BLOCK)
    text = load(builder, pointer(context, builder, signature, args, 0, args[1], block))
    from_tab = builder.sub(text, splat(block, ord("\t")))
    found = [
        builder.icmp_unsigned("<", from_tab, splat(block, 5)),  # up to the carriage return
        builder.icmp_unsigned("==", text, splat(block, ord(" "))),
        builder.icmp_unsigned("==", text, splat(block, 0)),
    ]
    return builder.bitcast(reduce(builder.or_, found), I64)


def _emit_load64(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    return load(builder, pointer(context, builder, signature, args, 0, args[1], I64))


def _emit_add_rows(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    """Add the rows block of columns by block of columns, each of them in registers."""
    _, source_at, size, _, first, last, _ = args
    data = pointer(context, builder, signature, args, 0, source_at, I8)
    rows = pointer(context, builder, signature, args, 3, I64(0), I32)
    total = pointer(context, builder, signature, args, 6, I64(0), I8)
    stride = _bytes_of(size, builder)

    def add(column: Any, lanes: int, n_vectors: int) -> None:
        kind = _vector(lanes)
        offset = _bytes_of(column, builder)
        places = [builder.add(offset, I64(4 * lanes * i)) for i in range(n_vectors)]
        sums = [cgutils.alloca_once(builder, kind) for _ in places]
        for place, each in zip(places, sums, strict=True):
            builder.store(_floats_at(builder, total, place, lanes), each)
        with cgutils.for_range(builder, last, start=first, intp=I64) as loop:
            row = builder.sext(builder.load(builder.gep(rows, [loop.index])), I64)
            begin = builder.mul(row, stride)
            for place, each in zip(places, sums, strict=True):
                value = _floats_at(builder, data, builder.add(begin, place), lanes)
                builder.store(builder.fadd(builder.load(each), value), each)
        for place, each in zip(places, sums, strict=True):
            target = builder.bitcast(builder.gep(total, [place]), kind.as_pointer())
            store(builder, builder.load(each), target)

    _by_columns(builder, size, add)
    return context.get_dummy_value()


def _by_columns(builder: Any, size: Any, work: Any) -> None:
    """Emit work for all columns: in steps of 64 and 16, then for the 8, 4, 2 and 1 left."""
    step = LABEL_LANES * WIDE
    wide = builder.and_(size, I64(-step))
    with cgutils.for_range_slice(builder, I64(0), wide, I64(step), intp=I64) as (column, _):
        work(column, LABEL_LANES, WIDE)
    whole = builder.and_(size, I64(-LABEL_LANES))
    with cgutils.for_range_slice(builder, wide, whole, I64(LABEL_LANES), intp=I64) as (column, _):
        work(column, LABEL_LANES, 1)
    for width in NARROW:
        has_any = builder.icmp_unsigned("!=", builder.and_(size, I64(width)), I64(0))
        with builder.if_then(has_any):
            work(builder.and_(size, I64(-2 * width)), width, 1)


def _emit_dot_tiles(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    """Multiply 64 labels at a time while there are enough, then 16: each label in one lane."""
    _, source_at, size, n_tiles, _, _ = args
    data = pointer(context, builder, signature, args, 0, source_at, I8)
    vector = pointer(context, builder, signature, args, 4, I64(0), FLOAT)
    out = pointer(context, builder, signature, args, 5, I64(0), I8)
    kind = _vector(LABEL_LANES)
    line = I64(4 * LABEL_LANES)
    tile_bytes = builder.mul(size, line)

    def multiply(tile: Any, n_vectors: int) -> None:
        sums = [cgutils.alloca_once(builder, kind) for _ in range(n_vectors)]
        firsts = [builder.mul(builder.add(tile, I64(i)), tile_bytes) for i in range(n_vectors)]
        for each in sums:
            builder.store(ir.Constant(kind, None), each)
        with cgutils.for_range(builder, size, intp=I64) as loop:
            value = broadcast(builder, builder.load(builder.gep(vector, [loop.index])), kind)
            offset = builder.mul(loop.index, line)
            for first, each in zip(firsts, sums, strict=True):
                weights = _floats_at(builder, data, builder.add(first, offset), LABEL_LANES)
                product = builder.fmul(weights, value)
                builder.store(builder.fadd(builder.load(each), product), each)
        for i, each in enumerate(sums):
            place = builder.gep(out, [builder.mul(builder.add(tile, I64(i)), line)])
            store(builder, builder.load(each), builder.bitcast(place, kind.as_pointer()))

    _by_tiles(builder, n_tiles, multiply)
    return context.get_dummy_value()


def _by_tiles(builder: Any, n_tiles: Any, work: Any) -> None:
    """Emit work for all tiles, four at a time and then one by one."""
    whole = builder.and_(n_tiles, I64(-WIDE))
    with cgutils.for_range_slice(builder, I64(0), whole, I64(WIDE), intp=I64) as (tile, _):
        work(tile, WIDE)
    with cgutils.for_range_slice(builder, whole, n_tiles, I64(1), intp=I64) as (tile, _):
        work(tile, 1)


def _emit_load_float(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    return load(builder, pointer(context, builder, signature, args, 0, args[1], FLOAT))


@intrinsic
def find_spaces(typing: Any, text: Any, at: Any) -> Any:
    """Return a mask of the bytes, among the 64 at ``at``, that separate words."""
    return types.uint64(text, types.int64), _emit_find_spaces


@intrinsic
def load64(typing: Any, source: Any, at: Any) -> Any:
    """Load eight bytes as a little-endian number."""
    return types.uint64(source, types.int64), _emit_load64


@intrinsic
def add_rows(
    typing: Any, source: Any, at: Any, size: Any, rows: Any, first: Any, last: Any, total: Any
) -> Any:
    """Add ``rows[first:last]`` of ``size`` floats, one after the other, to ``total[:size]``.

    Row i is the floats at byte ``at + 4 * size * i`` of ``source``.
    """
    integer = types.int64
    return types.void(source, integer, integer, rows, integer, integer, total), _emit_add_rows


@intrinsic
def dot_tiles(
    typing: Any, source: Any, at: Any, size: Any, n_tiles: Any, vector: Any, out: Any
) -> Any:
    """Write the products of 16 labels for each tile, and a vector, to ``out``.

    A tile is ``size`` times 16 floats: a number of each of its labels, then the next number.
    The first one begins at byte ``at`` of ``source``. Products are added up in order.
    """
    integer = types.int64
    return types.void(source, integer, integer, integer, vector, out), _emit_dot_tiles


@intrinsic
def load_float(typing: Any, source: Any, at: Any) -> Any:
    """Load a float that begins at any byte."""
    return types.float32(source, types.int64), _emit_load_float
