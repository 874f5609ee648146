"""Vector instructions as functions: 64 bytes of text, or 16 tokens, at a time.

Numba has no vector types, so each function here emits LLVM vector code, which LLVM lowers to
whatever the processor has (AVX-512, AVX2, SSE2, NEON). Under ``NUMBA_DISABLE_JIT=1`` the twins of
the same names in :mod:`torrential.kernels.plain` take their place; the tests hold the two together.
"""

from typing import Any

import numba
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from torrential.kernels.constants import BLOCK, C1, C2, C3, CHUNK, F1, F2, LANES, WORD

I8, I32, I64 = ir.IntType(8), ir.IntType(32), ir.IntType(64)


def _splat(vector: ir.VectorType, value: int) -> ir.Constant:
    return ir.Constant(vector, [value] * vector.count)


def _pointer(
    context: Any, builder: Any, signature: Any, args: Any, array: int, at: Any, as_type: Any
) -> Any:
    """Address of element ``at`` of the array that is argument number ``array``."""
    data = context.make_array(signature.args[array])(context, builder, args[array]).data
    return builder.bitcast(builder.gep(data, [at]), as_type.as_pointer())


def _load(builder: Any, pointer: Any) -> Any:
    value = builder.load(pointer)
    value.align = 1
    return value


def _store(builder: Any, value: Any, pointer: Any) -> None:
    builder.store(value, pointer).align = 1


def _broadcast(builder: Any, value: Any, vector: ir.VectorType) -> Any:
    first = builder.insert_element(ir.Constant(vector, ir.Undefined), value, I32(0))
    zeros = ir.Constant(ir.VectorType(I32, vector.count), [0] * vector.count)
    return builder.shuffle_vector(first, ir.Constant(vector, ir.Undefined), zeros)


def _rotate_left(builder: Any, value: Any, bits: int) -> Any:
    vector = value.type
    high = builder.shl(value, _splat(vector, bits))
    return builder.or_(high, builder.lshr(value, _splat(vector, 32 - bits)))


def _emit_classify(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    block = ir.VectorType(I8, BLOCK)
    _, source_at, _, target_at, case_bit = args
    text = _load(builder, _pointer(context, builder, signature, args, 0, source_at, block))
    folded = builder.or_(text, _splat(block, 0x20))
    from_a = builder.sub(folded, _splat(block, ord("a")))
    # Only letters become letters by 0x20: the test of the folded byte is right for both cases.
    is_letter = builder.icmp_unsigned("<", from_a, _splat(block, 26))
    case = _broadcast(builder, builder.trunc(case_bit, I8), block)
    lowered = builder.or_(text, builder.select(is_letter, case, _splat(block, 0)))
    _store(builder, lowered, _pointer(context, builder, signature, args, 2, target_at, block))
    from_zero = builder.sub(text, _splat(block, ord("0")))
    is_digit = builder.icmp_unsigned("<", from_zero, _splat(block, 10))
    is_underscore = builder.icmp_unsigned("==", text, _splat(block, ord("_")))
    is_high = builder.icmp_signed("<", text, _splat(block, 0))
    is_word = builder.or_(builder.or_(is_letter, is_digit), is_underscore)
    masks = [builder.bitcast(is_word, I64), builder.bitcast(is_high, I64)]
    return context.make_tuple(builder, signature.return_type, masks)


def _emit_find_ideographs(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    block = ir.VectorType(I8, BLOCK)
    text = _load(builder, _pointer(context, builder, signature, args, 0, args[1], block))

    def mask(predicate: Any) -> Any:
        return builder.bitcast(predicate, I64)

    def following(bits: Any, distance: int) -> Any:
        return builder.lshr(bits, I64(distance))

    from_e5 = builder.sub(text, _splat(block, 0xE5))
    starts_e5_to_e9 = mask(builder.icmp_unsigned("<", from_e5, _splat(block, 5)))
    starts_e4 = mask(builder.icmp_unsigned("==", text, _splat(block, 0xE4)))
    goes_on = mask(builder.icmp_signed("<", text, _splat(block, 0xC0 - 256)))
    from_b8 = mask(builder.icmp_unsigned(">=", text, _splat(block, 0xB8)))
    # U+4E00 is E4 B8 80: of those that begin with E4, the ideographs come from B8 on.
    leads = builder.or_(starts_e5_to_e9, builder.and_(starts_e4, following(from_b8, 1)))
    goes_on_twice = builder.and_(following(goes_on, 1), following(goes_on, 2))
    return builder.and_(leads, goes_on_twice)


def _emit_find_taken(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    block = ir.VectorType(I32, BLOCK)
    slots = _load(builder, _pointer(context, builder, signature, args, 0, args[1], block))
    return builder.bitcast(builder.icmp_unsigned("!=", slots, _splat(block, 0)), I64)


def _emit_trailing_zeros(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    return builder.cttz(args[0], ir.Constant(ir.IntType(1), 0))


def _emit_count_ones(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    return builder.ctpop(args[0])


def _emit_clear_lowest(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    return builder.and_(args[0], builder.sub(args[0], I64(1)))


def _emit_absorb(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    """Mix 16 bytes of each of 16 tokens, of which shorter ones are padded with zeros.

    A zero word past the end of a token leaves the state alone (0 * C1 = 0), and so does the last,
    partial word beyond the xor that MurmurHash3 asks for: so all lanes run the same code.
    """
    at, chunk = args[4:]
    quad, lanes = ir.VectorType(I32, 4), ir.VectorType(I32, LANES)
    bytes16 = ir.VectorType(I8, CHUNK)
    offset = builder.mul(chunk, I64(CHUNK))
    length = _load(builder, _pointer(context, builder, signature, args, 2, at, lanes))
    left = builder.sub(length, _broadcast(builder, builder.trunc(offset, I32), lanes))
    positions = ir.Constant(bytes16, list(range(CHUNK)))
    tokens = []
    for lane in range(LANES):
        lane_at = builder.add(at, I64(lane))
        start = _load(builder, _pointer(context, builder, signature, args, 1, lane_at, I64))
        begin = builder.add(start, offset)
        text = _load(builder, _pointer(context, builder, signature, args, 0, begin, bytes16))
        size = builder.extract_element(left, I32(lane))
        is_long = builder.icmp_signed(">", size, I32(CHUNK))
        size = builder.select(is_long, I32(CHUNK), size)
        is_over = builder.icmp_signed("<", size, I32(0))
        size = builder.select(is_over, I32(0), size)
        inside = builder.icmp_unsigned(
            "<", positions, _broadcast(builder, builder.trunc(size, I8), bytes16)
        )
        text = builder.select(inside, text, _splat(bytes16, 0))
        tokens.append(builder.bitcast(text, quad))
    while len(tokens) > 1:  # 16 vectors of 4 words become one of 64
        tokens = [
            builder.shuffle_vector(
                a,
                b,
                ir.Constant(ir.VectorType(I32, 2 * a.type.count), list(range(2 * a.type.count))),
            )
            for a, b in zip(tokens[::2], tokens[1::2], strict=True)
        ]
    state = _load(builder, _pointer(context, builder, signature, args, 3, at, lanes))
    for word in range(CHUNK // WORD):
        pick = ir.Constant(lanes, [4 * lane + word for lane in range(LANES)])
        block = builder.shuffle_vector(tokens[0], ir.Constant(tokens[0].type, ir.Undefined), pick)
        block = builder.mul(block, _splat(lanes, C1))
        block = builder.mul(_rotate_left(builder, block, 15), _splat(lanes, C2))
        partial = builder.xor(state, block)
        whole = builder.mul(_rotate_left(builder, partial, 13), _splat(lanes, 5))
        whole = builder.add(whole, _splat(lanes, C3))
        is_whole = builder.icmp_signed(">=", left, _splat(lanes, WORD * (word + 1)))
        state = builder.select(is_whole, whole, partial)
    _store(builder, state, _pointer(context, builder, signature, args, 3, at, lanes))
    return context.get_dummy_value()


def _emit_finish(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    lanes = ir.VectorType(I32, LANES)
    at = args[2]
    length = _load(builder, _pointer(context, builder, signature, args, 0, at, lanes))
    pointer = _pointer(context, builder, signature, args, 1, at, lanes)
    state = builder.xor(_load(builder, pointer), length)
    for shift, factor in ((16, F1), (13, F2)):
        state = builder.xor(state, builder.lshr(state, _splat(lanes, shift)))
        state = builder.mul(state, _splat(lanes, factor))
    state = builder.xor(state, builder.lshr(state, _splat(lanes, 16)))
    _store(builder, state, pointer)
    return context.get_dummy_value()


def _emit_longest(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    lanes = ir.VectorType(I32, LANES)
    length = _load(builder, _pointer(context, builder, signature, args, 0, args[1], lanes))
    name = "llvm.vector.reduce.smax.v16i32"
    function = builder.module.globals.get(name) or ir.Function(
        builder.module, ir.FunctionType(I32, [lanes]), name
    )
    return builder.call(function, [length])


def _emit_load32(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    word = _load(builder, _pointer(context, builder, signature, args, 0, args[1], I32))
    return builder.zext(word, I64)


if numba.config.DISABLE_JIT:  # set from the environment
    from torrential.kernels.plain import (
        absorb,
        classify,
        clear_lowest,
        count_ones,
        find_ideographs,
        find_taken,
        finish,
        load32,
        longest,
        trailing_zeros,
    )
else:

    @intrinsic
    def classify(
        typing: Any, source: Any, source_at: Any, target: Any, target_at: Any, case_bit: Any
    ) -> Any:
        """Copy 64 bytes, letters or-ed with ``case_bit`` (0x20: lower case; 0: as they are).

        Returns two masks, bit i for byte i: ASCII word bytes, and bytes beyond ASCII. Reads
        ``source[source_at : source_at + 64]`` and writes as much of ``target``.
        """
        result = types.UniTuple(types.uint64, 2)
        return result(source, types.int64, target, types.int64, types.int64), _emit_classify

    @intrinsic
    def find_ideographs(typing: Any, text: Any, at: Any) -> Any:
        """Mask of the first bytes of U+4E00 to U+9FFF, the CJK unified ideographs, among 64."""
        return types.uint64(text, types.int64), _emit_find_ideographs

    @intrinsic
    def find_taken(typing: Any, slots: Any, at: Any) -> Any:
        """Mask of the slots that are not 0, among 64 from ``at`` on."""
        return types.uint64(slots, types.int64), _emit_find_taken

    @intrinsic
    def trailing_zeros(typing: Any, mask: Any) -> Any:
        """Position of the lowest bit that is set, 64 if none is."""
        return types.int64(types.uint64), _emit_trailing_zeros

    @intrinsic
    def count_ones(typing: Any, mask: Any) -> Any:
        """How many bits are set."""
        return types.int64(types.uint64), _emit_count_ones

    @intrinsic
    def clear_lowest(typing: Any, mask: Any) -> Any:
        """Without the lowest of the bits that are set; 0 stays 0."""
        return types.uint64(types.uint64), _emit_clear_lowest

    @intrinsic
    def load32(typing: Any, text: Any, at: Any) -> Any:
        """Four bytes as a little-endian number."""
        return types.int64(text, types.int64), _emit_load32

    @intrinsic
    def absorb(
        typing: Any, text: Any, starts: Any, lengths: Any, hashes: Any, at: Any, chunk: Any
    ) -> Any:
        """Mix the next 16 bytes of tokens ``at`` to ``at + 15`` into their hashes.

        They begin at byte 16 * chunk. Token i is ``text[starts[i] : starts[i] + lengths[i]]``;
        bytes past its end do not count, but may be read: up to 16 * (chunk + 1) from its start.
        """
        return types.void(text, starts, lengths, hashes, types.int64, types.int64), _emit_absorb

    @intrinsic
    def finish(typing: Any, lengths: Any, hashes: Any, at: Any) -> Any:
        """Apply the final mix of MurmurHash3 to hashes ``at`` to ``at + 15``."""
        return types.void(lengths, hashes, types.int64), _emit_finish

    @intrinsic
    def longest(typing: Any, lengths: Any, at: Any) -> Any:
        """Largest of lengths ``at`` to ``at + 15``."""
        return types.int32(lengths, types.int64), _emit_longest


__all__ = [
    "BLOCK",
    "absorb",
    "classify",
    "clear_lowest",
    "count_ones",
    "find_ideographs",
    "find_taken",
    "finish",
    "load32",
    "longest",
    "trailing_zeros",
]
