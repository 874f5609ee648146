"""Plain twins of the vector functions: their specification, and substitutes without a compiler."""

from typing import Any

import numpy as np

from torrential.kernels.constants import (
    BLOCK,
    C1,
    C2,
    C3,
    CHUNK,
    F1,
    F2,
    FREE,
    LANES,
    MASK32,
    SLOTS,
    WORD,
)


def classify(source: Any, source_at: int, target: Any, target_at: int, case_bit: int) -> Any:
    """Copy 64 bytes, with letters or-ed with ``case_bit``; return masks of word and high bytes."""
    words = high = 0
    for i in range(BLOCK):
        byte = int(source[source_at + i]) if source_at + i < len(source) else 0
        is_letter = ord("a") <= byte | 0x20 <= ord("z")
        target[target_at + i] = byte | (case_bit if is_letter else 0)
        is_word = is_letter or ord("0") <= byte <= ord("9") or byte == ord("_")
        words |= is_word << i
        high |= (byte >= 0x80) << i
    return np.uint64(words), np.uint64(high)


def copy_block(source: Any, source_at: int, target: Any, target_at: int) -> None:
    """Copy 64 bytes."""
    target[target_at : target_at + BLOCK] = source[source_at : source_at + BLOCK]


def find_any(text: Any, at: int, a: int, b: int, c: int, d: int) -> Any:
    """Return a mask of the bytes, among the 64 at ``at``, that are one of four."""
    found = (int(byte) in (a, b, c, d) for byte in text[at : at + BLOCK])
    return np.uint64(sum(is_found << i for i, is_found in enumerate(found)))


def find_known(text: Any, at: int) -> Any:
    """Return masks of the first bytes, among 64, of common letters and marks of three bytes."""
    letters = marks = 0
    for i in range(BLOCK):
        try:
            code = ord(bytes(text[at + i : at + i + 3]).decode())
        except (UnicodeDecodeError, TypeError):
            continue
        letters |= (0x4E00 <= code <= 0x9FFF or 0xAC00 <= code <= 0xCFFF) << i
        is_mark = (
            0x2000 <= code <= 0x203F
            or 0x3000 <= code <= 0x3004
            or 0x3008 <= code <= 0x3020
            or 0xFF00 <= code <= 0xFF0F
            or 0xFF1A <= code <= 0xFF20
        )
        marks |= is_mark << i
    return np.uint64(letters), np.uint64(marks)


def write_positions(mask: Any, base: int, positions: Any, n: int) -> int:
    """Write ``base`` + the position of each bit of ``mask`` to ``positions[n:]``, ascending."""
    for i in range(BLOCK):
        if int(mask) >> i & 1:
            positions[n] = base + i
            n += 1
    return n


def take_slots(slots: Any, at: int, taken: Any, n: int) -> int:
    """Move the occupied ones of 8 slots to ``taken[n:]``, in order, and free them."""
    for i in range(at, at + SLOTS):
        if slots[i] != FREE:
            taken[n] = slots[i]
            n += 1
        slots[i] = FREE
    return n


def trailing_zeros(mask: Any) -> int:
    """Return the position of the lowest set bit; 64 if none is set."""
    return (int(mask) & -int(mask)).bit_length() - 1 if mask else 64


def count_ones(mask: Any) -> int:
    """Count the set bits."""
    return int(mask).bit_count()


def clear_lowest(mask: Any) -> Any:
    """Clear the lowest set bit; 0 stays 0."""
    return np.uint64(int(mask) & (int(mask) - 1)) if mask else mask


def load32(text: Any, at: int) -> int:
    """Load four bytes as a little-endian number; zeros replace bytes past the end."""
    return int.from_bytes(bytes(text[at : at + WORD]), "little")


def absorb(text: Any, starts: Any, lengths: Any, hashes: Any, at: int, chunk: int) -> None:
    """Mix bytes [16 * chunk, 16 * chunk + 16) of tokens ``at`` to ``at + 15`` into their hashes."""
    for lane in range(at, at + LANES):
        left = int(lengths[lane]) - CHUNK * chunk
        begin = int(starts[lane]) + CHUNK * chunk
        state = int(hashes[lane]) & MASK32
        for offset in range(0, min(left, CHUNK), WORD):
            size = min(WORD, left - offset)
            here = begin + offset
            block = int.from_bytes(bytes(text[here : here + size]), "little")
            state ^= _rotate(block * C1 & MASK32, 15) * C2 & MASK32
            if size == WORD:
                state = (_rotate(state, 13) * 5 + C3) & MASK32
        hashes[lane] = _signed(state)


def finish(lengths: Any, hashes: Any, at: int) -> None:
    """Apply the final mix of MurmurHash3 to hashes ``at`` to ``at + 15``."""
    for lane in range(at, at + LANES):
        state = (int(hashes[lane]) ^ int(lengths[lane])) & MASK32
        state = (state ^ state >> 16) * F1 & MASK32
        state = (state ^ state >> 13) * F2 & MASK32
        hashes[lane] = _signed(state ^ state >> 16)


def prefetch(array: Any, at: int) -> None:
    """Do nothing: a hint changes no result."""


def longest(lengths: Any, at: int) -> int:
    """Return the largest of lengths ``at`` to ``at + 15``."""
    return max(int(length) for length in lengths[at : at + LANES])


def _rotate(x: int, bits: int) -> int:
    return (x << bits | x >> (32 - bits)) & MASK32


def _signed(state: int) -> int:
    return state - (state >> 31 << 32)
