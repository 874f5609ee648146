"""Values of JSON objects as they are written: the kernel, and its twin in Python."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from torrential.data.formats.json.tokens import object_tokens, tokens_of_block, tokens_of_objects
from torrential.kernels.parsing.json_values import copy_values, find_values

BLANKS = st.sampled_from(["", " ", "\t", " \r"])
WORDS = ["-0", "1.10", "1e400", "14671810360000000017", "NaN", "-Infinity", "true", "null"]
STRINGS = st.text(max_size=6).map(json.dumps) | st.sampled_from(
    [r'"\ud83d"', r'"a\"b\\"', r'"}{][,:"', '"é"']
)
VALUES = st.recursive(
    st.sampled_from(WORDS) | STRINGS,
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: f"[{' , '.join(items)}]")
        | st.lists(st.tuples(STRINGS, inner), max_size=3).map(
            lambda items: "{" + ",".join(f"{key}: {value}" for key, value in items) + "}"
        )
    ),
    max_leaves=5,
)


@st.composite
def lines(draw):
    pairs = draw(st.lists(st.tuples(STRINGS, VALUES), max_size=5))
    blank = draw(BLANKS)
    inside = f"{blank},{blank}".join(f"{k}{blank}:{blank}{v}" for k, v in pairs)
    return f"{blank}{{{blank}{inside}{blank}}}{blank}"


def everything(name):
    return True


@given(st.lists(lines(), max_size=5))
def test_the_kernel_finds_what_the_twin_finds(rows):
    block = "\n".join(rows).encode()
    expected = tokens_of_objects([object_tokens(row) for row in rows], everything)
    found = tokens_of_block(block, len(rows), everything)
    assert {name: column.to_pylist() for name, column in found.items()} == {
        name: column.to_pylist() for name, column in expected.items()
    }


@given(lines())
def test_tokens_are_what_python_reads(row):
    value = {
        name.encode("utf-8", "replace").decode(): each for name, each in json.loads(row).items()
    }
    tokens = object_tokens(row)
    assert list(tokens) == list(value)
    for name, token in tokens.items():
        assert json.dumps(json.loads(token)) == json.dumps(value[name])


def test_rows_are_objects_not_lines():
    block = b'{"a": 1}{"b": 2}\n\n{"a":\n3}'
    found = tokens_of_block(block, 3, everything)
    columns = {name: column.to_pylist() for name, column in found.items()}
    assert columns == {"a": ["1", None, "3"], "b": [None, "2", None]}
    assert tokens_of_block(block, 4, everything) is None


def test_a_key_in_two_spellings_is_one_column():
    block = b'{"a": 1}\n{"\\u0061": 2}\n{"a": 3, "a": 4}\n'
    found = tokens_of_block(block, 3, everything)
    assert {name: column.to_pylist() for name, column in found.items()} == {"a": ["1", "2", "4"]}


def test_bytes_that_are_not_utf8_are_replaced():
    found = tokens_of_block(b'{"a": "x\xff", "b\xff": 1}', 1, everything)
    assert found["a"].to_pylist() == ['"x\ufffd"']
    assert found["b\ufffd"].to_pylist() == ["1"]


def test_only_wanted_columns():
    found = tokens_of_block(b'{"a": 1, "b": 2}', 1, lambda name: name == "b")
    assert list(found) == ["b"]


@pytest.mark.parametrize("block", [b"", b"\n \n", b"{}", b"{}\n{ }\n"])
def test_objects_without_keys(block):
    n_rows, keys, places = find_values(np.frombuffer(block, np.uint8))
    assert n_rows == block.count(b"{") and len(keys) == len(places) == 0


def test_values_are_copied_behind_each_other():
    block = np.frombuffer(b"abcdef", np.uint8)
    values, offsets = copy_values(block, np.array([1, -1, 4]), np.array([3, -1, 6]))
    assert values.tobytes() == b"bcef" and offsets.tolist() == [0, 2, 2, 4]
