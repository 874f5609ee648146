import re

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


def naive_lines(block: bytes) -> tuple[list[tuple[bytes, bytes | None]], int]:
    """The specification of fastText's lines, as texts and labels, and the number of the others."""
    rows, n_others = [], 0
    *lines, last = block.split(b"\n")
    for line, is_last in [(line, False) for line in lines] + [(last, True)] * bool(last):
        line = line.removesuffix(b"\r")
        while True:
            text, label, pieces, tokens = b"", None, [b""], split_tokens(line)
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
                    if label is None and name:
                        label = name
                    else:
                        n_others += 1
                    pieces[-1] = pieces[-1].rstrip(BLANKS)
                    pieces.append(b"")
                else:
                    pieces[-1] += token + blanks
            text = b" ".join(piece for piece in pieces if piece)
            rows.append((text, label))
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
@given(st.lists(pieces, max_size=30).map(b"".join))
@example(b"__label__a text")
@example(b"\r\n\n\r")
@example(b"no label")
@example(b"__label__a\n")
@example(b"a __label__b  c\t__label__d ")
@example(b"a </s> __label__b c </s>\nd</s> e")
def test_split_lines_agrees_with_its_naive_twin(block):
    texts, text_offsets, labels, label_offsets, has_label, n_others = split_lines(
        np.frombuffer(block, np.uint8)
    )
    found = []
    for row in range(len(has_label)):
        text = texts[text_offsets[row] : text_offsets[row + 1]].tobytes()
        label = labels[label_offsets[row] : label_offsets[row + 1]].tobytes()
        found.append((text, label if has_label[row] else None))
    assert (found, n_others) == naive_lines(block)
