"""Numbers from bytes, against Python's own parser."""

import math
import re

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from torrential.kernels.parsing import numbers

parse_number = numbers.parse_number

PLAIN = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?", re.ASCII)


def parsed(text):
    block = np.frombuffer(b"x" + text.encode() + b"9", np.uint8)
    return parse_number(block, 1, 1 + len(text.encode()))


@given(st.text("0123456789.eE+-", max_size=12) | st.text(max_size=3))
@example("")
@example("1e")
@example("nan")
@example("0x1p3")
@example("1_0")
def test_what_is_a_number(text):
    value, kind = parsed(text)
    assert (kind != numbers.NO_NUMBER) == (PLAIN.fullmatch(text) is not None)
    if kind == numbers.EXACT:
        assert value == float(text)
    elif kind == numbers.NEARLY and math.isfinite(float(text)):
        assert value == pytest.approx(float(text), rel=1e-15, abs=5e-324)


@given(st.floats(allow_nan=False, allow_infinity=False))
@example(5e-324)
@example(1.7976931348623157e308)
@example(123456789012345678901234567890.0)
@example(-0.0)
def test_numbers_of_64_bits_are_within_some_units_of_the_last_place(number):
    value, kind = parsed(repr(number))
    assert value == pytest.approx(number, rel=1e-15, abs=5e-324)
    assert kind != numbers.EXACT or value == number


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_the_shortest_text_of_a_number_of_32_bits_gives_it_back(number):
    value, _ = parsed(str(np.float32(number)))
    assert np.float32(value) == np.float32(number)


@pytest.mark.parametrize("text", ["1e400", "-1" + "0" * 330, "1e99999999999"])
def test_numbers_that_are_too_large_are_infinite(text):
    value, kind = parsed(text)
    assert (kind, abs(value)) == (numbers.NEARLY, math.inf)
    assert parsed(f"1e-{'9' * 20}") == (0.0, numbers.NEARLY)
