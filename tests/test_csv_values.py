"""Integers of CSV are distinguished from text that looks like them; bytes become strings."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from torrential.arrow_casts import strings
from torrential.data.formats.csv.values import convert, infer


def cells(values, kind=None):
    return pa.array(values, kind or pa.binary())


@given(st.lists(st.none() | st.integers(-120_000, 120_000), min_size=1))
def test_integers_that_are_written_plainly_stay(values):
    # The first cell is cut off: cells may begin anywhere in what they were read to.
    written = cells([b"-77", *(None if value is None else b"%d" % value for value in values)])[1:]
    assert convert(written, pa.int64(), exactly=True).to_pylist() == values


odd = [b"007", b"-0", b"-07", b"0x10", b"0xFFFF", b"0x1869F", b"0xFFFFF", b"00"]


@pytest.mark.parametrize("value", odd)
@pytest.mark.parametrize("others", [[], [b"1", b"20", None], [b"-99999"], [b"123456"]])
def test_integers_that_are_written_oddly_are_none(value, others):
    assert convert(cells([*others, value]), pa.int64(), exactly=True) == len(others)
    assert infer(cells([*others, value]), exactly=True) != pa.int64()


@pytest.mark.parametrize("kind", [pa.binary(), pa.large_binary()])
def test_bytes_become_strings(kind):
    for values in (
        [],
        [None],
        [b"", None, b"plain"],
        ["é".encode(), b"a", None],
        [b"a", b"b", b"c"],
    ):
        wanted = [None if value is None else value.decode() for value in values]
        for start in range(len(values) + 1):
            found = strings(cells(values, kind)[start:])
            found.validate(full=True)
            assert found.to_pylist() == wanted[start:]
            assert found.type == (pa.string() if kind == pa.binary() else pa.large_string())
    with pytest.raises(pa.ArrowInvalid):
        strings(cells([b"a", b"\xff"], kind))
    assert strings(cells([b"\xff", b"a"], kind)[1:]).to_pylist() == ["a"]
