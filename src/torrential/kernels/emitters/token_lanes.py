"""Emitters of the vector functions of :mod:`torrential.kernels.text.token_lanes`."""

from typing import Any

from llvmlite import ir
from numba import types
from numba.core.cgutils import get_or_insert_function
from numba.extending import intrinsic

from torrential.kernels.constants import C1, C2, C3, CHUNK, F1, F2, LANES, SLOTS, WORD
from torrential.kernels.emitters.code import (
    I8,
    I32,
    I64,
    broadcast,
    compress,
    load,
    pointer,
    rotate_left,
    shuffle,
    splat,
    store,
)

TOKENS = ir.VectorType(I32, LANES)


def _load_chunks(context: Any, builder: Any, signature: Any, args: Any, offset: Any) -> list[Any]:
    """Load 16 bytes of each of 16 tokens as four vectors: first words, second words, ..."""
    quad = ir.VectorType(I32, CHUNK // WORD)

    def chunk_of(lane: int) -> Any:
        start_at = builder.add(args[4], I64(lane))
        start = load(builder, pointer(context, builder, signature, args, 1, start_at, I32))
        begin = builder.add(builder.sext(start, I64), offset)
        return load(builder, pointer(context, builder, signature, args, 0, begin, quad))

    def join(a: Any, b: Any) -> Any:
        return shuffle(builder, a, b, list(range(2 * a.type.count)))

    # Tokens 0, 4, 8, 12 in one vector, 1, 5, 9, 13 in the next: then all that is left to do is to
    # transpose 4 x 4 words within each 16 bytes, for which processors have instructions.
    rows = []
    for first in range(4):
        a, b, c, d = (chunk_of(first + 4 * i) for i in range(4))
        rows.append(join(join(a, b), join(c, d)))
    quads = range(0, LANES, 4)
    low = [base + lane for base in quads for lane in (0, LANES, 1, LANES + 1)]
    high = [base + lane for base in quads for lane in (2, LANES + 2, 3, LANES + 3)]
    low_pair = [base + lane for base in quads for lane in (0, 1, LANES, LANES + 1)]
    high_pair = [base + lane for base in quads for lane in (2, 3, LANES + 2, LANES + 3)]
    words = []
    for half in (low, high):
        even = shuffle(builder, rows[0], rows[1], half)
        odd = shuffle(builder, rows[2], rows[3], half)
        words += [shuffle(builder, even, odd, pair) for pair in (low_pair, high_pair)]
    return words


def _emit_absorb(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    """Mix 16 bytes of each of 16 tokens; shorter tokens are padded with zeros.

    A zero word past the end of a token leaves the state alone (0 * C1 = 0), and so does the last,
    partial word beyond the xor that MurmurHash3 asks for: so all lanes run the same code.
    """
    at, chunk = args[4:]
    offset = builder.mul(chunk, I64(CHUNK))
    length = load(builder, pointer(context, builder, signature, args, 2, at, TOKENS))
    left = builder.sub(length, broadcast(builder, builder.trunc(offset, I32), TOKENS))
    words = _load_chunks(context, builder, signature, args, offset)
    state_at = pointer(context, builder, signature, args, 3, at, TOKENS)
    state = load(builder, state_at)
    for i, word in enumerate(words):
        n_bytes = builder.sub(left, splat(TOKENS, WORD * i))
        is_whole = builder.icmp_signed(">=", n_bytes, splat(TOKENS, WORD))
        is_over = builder.icmp_signed("<", n_bytes, splat(TOKENS, 0))
        n_bytes = builder.select(is_over, splat(TOKENS, 0), n_bytes)
        n_bits = builder.shl(n_bytes, splat(TOKENS, 3))
        inside = builder.sub(builder.shl(splat(TOKENS, 1), n_bits), splat(TOKENS, 1))
        block = builder.select(is_whole, word, builder.and_(word, inside))
        block = builder.mul(block, splat(TOKENS, C1))
        block = builder.mul(rotate_left(builder, block, 15), splat(TOKENS, C2))
        partial = builder.xor(state, block)
        whole = builder.mul(rotate_left(builder, partial, 13), splat(TOKENS, 5))
        whole = builder.add(whole, splat(TOKENS, C3))
        state = builder.select(is_whole, whole, partial)
    store(builder, state, state_at)
    return context.get_dummy_value()


def _emit_finish(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    at = args[2]
    length = load(builder, pointer(context, builder, signature, args, 0, at, TOKENS))
    state_at = pointer(context, builder, signature, args, 1, at, TOKENS)
    state = builder.xor(load(builder, state_at), length)
    for shift, factor in ((16, F1), (13, F2)):
        state = builder.xor(state, builder.lshr(state, splat(TOKENS, shift)))
        state = builder.mul(state, splat(TOKENS, factor))
    state = builder.xor(state, builder.lshr(state, splat(TOKENS, 16)))
    store(builder, state, state_at)
    return context.get_dummy_value()


def _emit_longest(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    length = load(builder, pointer(context, builder, signature, args, 0, args[1], TOKENS))
    kind = ir.FunctionType(I32, [TOKENS])
    name = "llvm.vector.reduce.smax.v16i32"
    return builder.call(get_or_insert_function(builder.module, kind, name), [length])


def _emit_take_slots(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    vector = ir.VectorType(I64, SLOTS)
    free = splat(vector, -1)
    slots_at = pointer(context, builder, signature, args, 0, args[1], vector)
    slots = load(builder, slots_at)
    store(builder, free, slots_at)
    is_taken = builder.icmp_unsigned("!=", slots, free)
    taken_at = pointer(context, builder, signature, args, 2, args[3], vector)
    store(builder, compress(builder, slots, is_taken), taken_at)
    count = builder.ctpop(builder.bitcast(is_taken, I8))
    return builder.add(args[3], builder.zext(count, I64))


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
    """Return the largest of lengths ``at`` to ``at + 15``."""
    return types.int32(lengths, types.int64), _emit_longest


@intrinsic
def take_slots(typing: Any, slots: Any, at: Any, taken: Any, n: Any) -> Any:
    """Move the occupied ones of 8 slots (free: all bits set) to ``taken[n:]``, in order.

    They are free then. Return ``n`` and as many more as were taken; up to 8 elements of
    ``taken`` are overwritten.
    """
    return types.int64(slots, types.int64, taken, types.int64), _emit_take_slots
