import re
from itertools import pairwise

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from torrential.kernels.parsing.lines import split_lines
from torrential.kernels.rows.rowhash import hash_rows

MASK = 2**64 - 1


def naive_hash(row: bytes, seed: int) -> int:
    """The specification of the hash, in Python's integers."""
    golden = 0x9E3779B97F4A7C15
    state = seed ^ (len(row) * golden & MASK)
    whole = len(row) // 8 * 8
    for at in range(0, whole, 8):
        state = (state ^ int.from_bytes(row[at : at + 8], "little")) * golden & MASK
        state ^= state >> 32
    state = (state ^ int.from_bytes(row[whole:], "little")) * golden & MASK
    state = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9 & MASK
    state = (state ^ (state >> 27)) * 0x94D049BB133111EB & MASK
    return state ^ (state >> 31)


@settings(deadline=None)  # the first call compiles
@given(st.lists(st.binary(max_size=40), max_size=10), st.integers(0, MASK))
def test_hash_rows_agrees_with_its_naive_twin(rows, seed):
    values = np.frombuffer(b"".join(rows), np.uint8)
    offsets = np.cumsum([0, *map(len, rows)], dtype=np.int64)
    hashes = np.full(len(rows), seed, np.uint64)
    hash_rows(values, offsets, hashes)
    assert hashes.tolist() == [naive_hash(row, seed) for row in rows]


BLANKS = b" \t\r\v\f\0"


def naive_lines(block: bytes, keep_all: bool) -> tuple[list[tuple[bytes, list[bytes]]], int]:
    """The specification of fastText's lines, as texts and labels, and the number of the others."""
    rows, n_others = [], 0
    *lines, last = block.split(b"\n")
    for line, is_last in [(line, False) for line in lines] + [(last, True)] * bool(last):
        line = line.removesuffix(b"\r")
        while True:
            text, names, pieces, tokens = b"", [], [b""], split_tokens(line)
            ends_early = False
            rest = b""
            for number, (token, blanks) in enumerate(tokens):
                if token == b"</s>":
                    ends_early = True
                    rest = b"".join(a + b for a, b in tokens[number + 1 :])
                    pieces[-1] = pieces[-1].rstrip(BLANKS)
                    break
                if token.startswith(b"__label__"):
                    name = token.removeprefix(b"__label__")
                    if name and (keep_all or not names):
                        names.append(name)
                    else:
                        n_others += 1
                    pieces[-1] = pieces[-1].rstrip(BLANKS)
                    pieces.append(b"")
                else:
                    pieces[-1] += token + blanks
            text = b" ".join(piece for piece in pieces if piece)
            rows.append((text, names))
            line = rest.lstrip(BLANKS)
            if not ends_early or (is_last and not line):
                break
    return rows, n_others


def split_tokens(line: bytes) -> list[tuple[bytes, bytes]]:
    """Tokens, each with the blanks behind it; the first is empty where blanks begin the line."""
    return re.findall(rb"([^ \t\r\v\f\0]*)([ \t\r\v\f\0]*)", line)[:-1]


pieces = st.sampled_from(
    [*b"__label__ __label__a __label__b word \xff _ __ </s> </ <".split(), *b" \t\n\v\f\0", b"\r\n"]
).map(lambda piece: bytes([piece]) if isinstance(piece, int) else piece)


@settings(deadline=None)
@given(st.lists(pieces, max_size=30).map(b"".join), st.booleans())
@example(b"__label__a text", False)
@example(b"\r\n\n\r", False)
@example(b"no label", False)
@example(b"__label__a\n", False)
@example(b"a __label__b  c\t__label__d ", True)
@example(b"a </s> __label__b c </s>\nd</s> e", False)
def test_split_lines_agrees_with_its_naive_twin(block, keep_all):
    texts, text_offsets, labels, label_offsets, ends, n_others = split_lines(
        np.frombuffer(block, np.uint8), keep_all=keep_all
    )
    found = []
    names = [labels[begin:end].tobytes() for begin, end in pairwise(label_offsets)]
    for row, (begin, end) in enumerate(pairwise(ends)):
        text = texts[text_offsets[row] : text_offsets[row + 1]].tobytes()
        found.append((text, names[begin:end]))
    assert (found, n_others) == naive_lines(block, keep_all)
