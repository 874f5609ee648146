import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from torrential.kernels.lines import split_lines
from torrential.kernels.rowhash import hash_rows

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


def naive_lines(block: bytes) -> list[tuple[bytes, bytes | None]]:
    """The specification of a fastText line, as text and label."""
    rows = []
    for line in block.split(b"\n"):
        line = line.removesuffix(b"\r")
        if not line:
            continue
        text, label = line, None
        while (rest := text.lstrip(b" \t")).startswith(b"__label__"):
            token = rest.replace(b"\t", b" ").split(b" ", 1)[0]
            if label is None and token != b"__label__":
                label = token.removeprefix(b"__label__")
            text = rest[len(token) :].lstrip(b" \t")
        rows.append((text, label))
    return rows


pieces = st.sampled_from(
    [*b"__label__ __label__a __label__b word \xff _".split(), b" ", b"\t", b"\n", b"\r\n"]
)


@settings(deadline=None)
@given(st.lists(pieces, max_size=30).map(b"".join))
@example(b"__label__a text")
@example(b"\r\n\n\r")
@example(b"no label")
@example(b"__label__a\n")
def test_split_lines_agrees_with_its_naive_twin(block):
    texts, text_offsets, labels, label_offsets, has_label = split_lines(
        np.frombuffer(block, np.uint8)
    )
    found = []
    for row in range(len(has_label)):
        text = texts[text_offsets[row] : text_offsets[row + 1]].tobytes()
        label = labels[label_offsets[row] : label_offsets[row + 1]].tobytes()
        found.append((text, label if has_label[row] else None))
    assert found == naive_lines(block)
