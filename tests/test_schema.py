"""Schemas of lists of numbers say of a list what they say of its items one by one."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from torrential.errors import DataError
from torrential.schema import integer, list_of, number, row_of

SCHEMAS = {
    "count": integer(0),
    "few": integer(-5, 5),
    "number": number(),
    "share": number(0, 1),
    "special": number(nan=True, finite=False),
    "infinite": number(finite=False),
}
USUAL = st.integers(-6, 6) | st.floats(-1.0, 2.0)
ODD = st.sampled_from(
    [2**62, 2**63, 10**400, True, None, "x", [], math.inf, -math.inf, math.nan, 1.7e308, -1.7e308]
)


def complaint(schema, value, place="it"):
    try:
        schema(value, place)
    except DataError as error:
        return str(error)
    return None


@pytest.mark.parametrize("name", SCHEMAS)
@given(st.lists(USUAL | ODD, max_size=4) | st.lists(st.integers(-6, 6)) | st.lists(st.floats(0, 1)))
def test_a_list_is_refused_for_its_first_item_that_is(name, values):
    schema = SCHEMAS[name]
    of_items = (complaint(schema, item, f"it[{i}]") for i, item in enumerate(values))
    expected = next(filter(None, of_items), None)
    assert complaint(list_of(schema), values) == expected
    assert complaint(row_of(*[schema] * len(values)), values) == expected
