"""The kernel that tells how deeply JSON is nested, against a twin that reads byte by byte."""

import json

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from torrential.kernels.parsing.json_depth import is_deeper


def deeper(data, limit):
    tail = np.zeros(64, np.uint8)
    n_left = len(data) % 64
    content = np.frombuffer(data, np.uint8)
    tail[:n_left] = content[len(data) - n_left :]
    return bool(is_deeper(content, tail, limit))


def depths(data):
    """Of brackets outside of strings, after each byte."""
    depth, is_inside, is_escaped, found = 0, False, False, []
    for at in range(len(data)):
        byte = data[at : at + 1]
        if byte == b'"' and not is_escaped:
            is_inside = not is_inside
        elif not is_inside:  # a backslash out there is no JSON: brackets behind it count
            depth += (byte in b"[{") - (byte in b"]}")
        is_escaped = byte == b"\\" and not is_escaped
        found.append(depth)
    return found


def naive(data, limit):
    """As the kernel's rule is: what 64 bytes close is taken off behind them."""
    found = [0, *depths(data)]
    for start in range(0, len(data), 64):
        steps = np.diff(found[start : start + 65])
        if found[start] + (steps > 0).sum() > limit:
            return True
    return False


pieces = st.sampled_from(
    [b"[", b"{", b"]", b"}", b'"', b"\\", b'\\"', b"\\\\", b"a", b"\n", b"long text" * 8, b"[" * 9]
)


@given(st.lists(pieces, max_size=40).map(b"".join), st.integers(0, 12))
@example(b'"' + b"a" * 62 + b'\\"[', 0)
@example(b'"' + b"a" * 62 + b'"[', 0)
@example(b"\\[", 0)
@example(b"a" * 63 + b"\\" + b'"[', 0)
def test_depth_is_that_of_the_naive_twin(data, limit):
    assert deeper(data, limit) == naive(data, limit)


@pytest.mark.parametrize("decoy", ["", "]" * 900, "[" * 900, '"]\\' * 300, "é[{" * 300])
def test_brackets_in_strings_neither_hide_depth_nor_make_it(decoy):
    value = 0
    for _ in range(600):
        value = [decoy[:3], value]
    flat = json.dumps({"a": decoy, "b": [[], {}] * 400}) + "\n"
    assert not deeper(flat.encode() * 3, 500)
    assert deeper(flat.encode() + json.dumps({"a": value}).encode(), 500)
