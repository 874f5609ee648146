"""Emitters of the vector functions of :mod:`torrential.kernels.simd`.

Numba has no vector types, so each function here emits LLVM vector code, which LLVM lowers to
whatever the processor has (AVX-512, AVX2, SSE2, NEON).
"""

from functools import reduce
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from torrential.kernels.constants import BLOCK, MOST_RUNS
from torrential.kernels.emitters.code import (
    I1,
    I8,
    I32,
    I64,
    broadcast,
    call_outlined,
    compress,
    load,
    pointer,
    shuffle,
    splat,
    store,
)


def _emit_classify(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    block = ir.VectorType(I8, BLOCK)
    _, source_at, _, target_at, case_bit = args
    text = load(builder, pointer(context, builder, signature, args, 0, source_at, block))
    folded = builder.or_(text, splat(block, 0x20))
    from_a = builder.sub(folded, splat(block, ord("a")))
    # Only letters become letters by 0x20: the test of the folded byte is right for both cases.
    is_letter = builder.icmp_unsigned("<", from_a, splat(block, 26))
    case = broadcast(builder, builder.trunc(case_bit, I8), block)
    lowered = builder.or_(text, builder.select(is_letter, case, splat(block, 0)))
    store(builder, lowered, pointer(context, builder, signature, args, 2, target_at, block))
    from_zero = builder.sub(text, splat(block, ord("0")))
    is_digit = builder.icmp_unsigned("<", from_zero, splat(block, 10))
    is_underscore = builder.icmp_unsigned("==", text, splat(block, ord("_")))
    is_high = builder.icmp_signed("<", text, splat(block, 0))
    is_word = builder.or_(builder.or_(is_letter, is_digit), is_underscore)
    masks = [builder.bitcast(is_word, I64), builder.bitcast(is_high, I64)]
    return context.make_tuple(builder, signature.return_type, masks)


def _known_letters_and_marks(builder: Any, text: Any) -> list[Any]:
    """Return masks of the known letters and marks that begin in the 64 bytes at ``text``."""
    block = ir.VectorType(I8, BLOCK)

    def bytes_from(offset: int) -> Any:
        return load(builder, builder.bitcast(builder.gep(text, [I64(offset)]), block.as_pointer()))

    def between(text: Any, low: int, high: int) -> Any:
        from_low = builder.sub(text, splat(block, low))
        return builder.icmp_unsigned("<=", from_low, splat(block, high - low))

    def all_of(*masks: Any) -> Any:
        return reduce(builder.and_, masks)

    def any_of(*masks: Any) -> Any:
        return reduce(builder.or_, masks)

    first, second, third = bytes_from(0), bytes_from(1), bytes_from(2)
    second_goes_on, third_goes_on = (between(text, 0x80, 0xBF) for text in (second, third))
    letters = any_of(
        between(first, 0xE5, 0xE9),  # U+5000 to U+9FFF
        all_of(between(first, 0xE4, 0xE4), between(second, 0xB8, 0xBF)),  # U+4E00 to U+4FFF
        all_of(between(first, 0xEA, 0xEA), between(second, 0xB0, 0xBF)),  # U+AC00 to U+AFFF
        between(first, 0xEB, 0xEC),  # U+B000 to U+CFFF
    )
    marks = any_of(
        all_of(between(first, 0xE2, 0xE2), between(second, 0x80, 0x80)),  # U+2000 to U+203F
        all_of(
            between(first, 0xE3, 0xE3),
            between(second, 0x80, 0x80),
            any_of(between(third, 0x80, 0x84), between(third, 0x88, 0xA0)),
        ),
        all_of(
            between(first, 0xEF, 0xEF),
            between(second, 0xBC, 0xBC),
            any_of(between(third, 0x80, 0x8F), between(third, 0x9A, 0xA0)),
        ),
    )
    of_three = builder.and_(second_goes_on, third_goes_on)
    return [builder.bitcast(builder.and_(found, of_three), I64) for found in (letters, marks)]


def _emit_find_known(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    text = pointer(context, builder, signature, args, 0, args[1], I8)
    masks = call_outlined(builder, "find_known", [text], _known_letters_and_marks)
    return context.make_tuple(builder, signature.return_type, masks)


def _emit_copy_block(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    block = ir.VectorType(I8, BLOCK)
    text = load(builder, pointer(context, builder, signature, args, 0, args[1], block))
    store(builder, text, pointer(context, builder, signature, args, 2, args[3], block))
    return context.get_dummy_value()


def _emit_find_any(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    block = ir.VectorType(I8, BLOCK)
    text = load(builder, pointer(context, builder, signature, args, 0, args[1], block))
    wanted = [broadcast(builder, builder.trunc(byte, I8), block) for byte in args[2:]]
    found = [builder.icmp_unsigned("==", text, byte) for byte in wanted]
    return builder.bitcast(reduce(builder.or_, found), I64)


def _emit_write_positions(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    """Compress the numbers 0 to 63 by the mask, and add the base to the first 32 of them."""
    mask, base, _, at = args
    numbers = ir.Constant(ir.VectorType(I8, BLOCK), list(range(BLOCK)))
    has_bit = builder.bitcast(mask, ir.VectorType(I1, BLOCK))
    packed = compress(builder, numbers, has_bit)
    half = ir.VectorType(I32, MOST_RUNS // 2)
    bases = broadcast(builder, builder.trunc(base, I32), half)
    for first in (0, half.count):
        some = shuffle(builder, packed, packed, list(range(first, first + half.count)))
        positions = builder.add(builder.zext(some, half), bases)
        here = builder.add(at, I64(first))
        store(builder, positions, pointer(context, builder, signature, args, 2, here, half))
    return builder.add(at, builder.ctpop(mask))


def _emit_trailing_zeros(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    return builder.cttz(args[0], ir.Constant(ir.IntType(1), 0))


def _emit_count_ones(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    return builder.ctpop(args[0])


def _emit_clear_lowest(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    return builder.and_(args[0], builder.sub(args[0], I64(1)))


def _emit_load32(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    word = load(builder, pointer(context, builder, signature, args, 0, args[1], I32))
    return builder.zext(word, I64)


@intrinsic
def classify(
    typing: Any, source: Any, source_at: Any, target: Any, target_at: Any, case_bit: Any
) -> Any:
    """Copy 64 bytes, with letters or-ed with ``case_bit`` (0x20: lower case; 0: unchanged).

    Returns two masks, bit i for byte i: ASCII word bytes, and bytes beyond ASCII. Reads
    ``source[source_at : source_at + 64]`` and writes as much of ``target``.
    """
    result = types.UniTuple(types.uint64, 2)
    return result(source, types.int64, target, types.int64, types.int64), _emit_classify


@intrinsic
def copy_block(typing: Any, source: Any, source_at: Any, target: Any, target_at: Any) -> Any:
    """Copy 64 bytes, which is faster than copying only a few."""
    signature = types.void(source, types.int64, target, types.int64)
    return signature, _emit_copy_block


@intrinsic
def find_any(typing: Any, text: Any, at: Any, a: Any, b: Any, c: Any, d: Any) -> Any:
    """Return a mask of the bytes, among the 64 at ``at``, that are one of four."""
    numbers = (types.int64,) * 5
    return types.uint64(text, *numbers), _emit_find_any


@intrinsic
def find_known(typing: Any, text: Any, at: Any) -> Any:
    """Return masks of the bytes, among 64, that begin a common character of three bytes.

    The first mask is that of letters (most of U+4E00 to U+CFFF: Chinese and Korean), the second
    that of marks (the punctuation of U+2000 to U+203F, U+3000 to U+3020 and U+FF00 to U+FF20).
    Lower case does not change them. Reads two more bytes, into which the last one may extend.
    """
    return types.UniTuple(types.uint64, 2)(text, types.int64), _emit_find_known


@intrinsic
def write_positions(typing: Any, mask: Any, base: Any, positions: Any, n: Any) -> Any:
    """Write ``base`` + the position of each bit of ``mask`` to ``positions[n:]``, ascending.

    There are at most 32 bits, and 32 elements are overwritten. Return ``n`` and as many more
    as there are bits.
    """
    signature = types.int64(types.uint64, types.int64, positions, types.int64)
    return signature, _emit_write_positions


@intrinsic
def trailing_zeros(typing: Any, mask: Any) -> Any:
    """Return the position of the lowest set bit; 64 if none is set."""
    return types.int64(types.uint64), _emit_trailing_zeros


@intrinsic
def count_ones(typing: Any, mask: Any) -> Any:
    """Count the set bits."""
    return types.int64(types.uint64), _emit_count_ones


@intrinsic
def clear_lowest(typing: Any, mask: Any) -> Any:
    """Clear the lowest set bit; 0 stays 0."""
    return types.uint64(types.uint64), _emit_clear_lowest


@intrinsic
def load32(typing: Any, text: Any, at: Any) -> Any:
    """Load four bytes as a little-endian number."""
    return types.int64(text, types.int64), _emit_load32
