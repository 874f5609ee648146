"""Parse a decimal number from its bytes."""

import numpy as np

from torrential.kernels.jit import kernel

ZERO, NINE, PLUS, MINUS, POINT = 48, 57, 43, 45, 46
LARGE_E, SMALL_E = 69, 101

MOST_POWER = 308
POWERS = np.array([float(f"1e{power}") for power in range(MOST_POWER + 1)])

EXACT_POWER, EXACT_DIGITS = 22, np.uint64(2**53)
MOST_DIGITS = np.uint64(10**18)

NO_NUMBER, EXACT, NEARLY = 0, 1, 2
"""Kinds of results: nothing, the nearest float64, or one within a few units of its last place."""


@kernel
def _scaled(digits, power):
    """Return digits * 10**power, in several steps beyond the range of float64."""
    value, left = np.float64(digits), abs(power)
    while left > 0:
        step = POWERS[min(left, MOST_POWER)]
        value = value * step if power > 0 else value / step
        left -= MOST_POWER
    return value


@kernel
def parse_number(block, at, end):
    """Return the number that block[at:end] writes, and its kind.

    It has digits, with or without a sign, a point and an exponent; nan, inf, hexadecimal digits and
    blanks are not numbers.
    """
    is_negative = at < end and block[at] == MINUS
    if at < end and (block[at] == MINUS or block[at] == PLUS):
        at += 1
    digits = np.uint64(0)
    power, n_digits, has_point, kind = 0, 0, False, EXACT
    while at < end:
        byte = block[at]
        if byte == POINT and not has_point:
            has_point = True
        elif ZERO <= byte <= NINE:
            n_digits += 1
            if digits < MOST_DIGITS:
                digits = digits * np.uint64(10) + np.uint64(byte - ZERO)
                power -= has_point
            else:
                kind = NEARLY
                power += not has_point
        else:
            break
        at += 1
    if n_digits == 0:
        return 0.0, NO_NUMBER
    if at < end:
        if block[at] != LARGE_E and block[at] != SMALL_E:
            return 0.0, NO_NUMBER
        at += 1
        is_small = at < end and block[at] == MINUS
        if at < end and (block[at] == MINUS or block[at] == PLUS):
            at += 1
        if at == end:
            return 0.0, NO_NUMBER
        exponent = 0
        while at < end:
            if not ZERO <= block[at] <= NINE:
                return 0.0, NO_NUMBER
            exponent = min(10 * exponent + (block[at] - ZERO), 10_000)
            at += 1
        power += -exponent if is_small else exponent
    if abs(power) > EXACT_POWER or digits > EXACT_DIGITS:
        kind = NEARLY
    value = _scaled(digits, np.int64(power)) if digits else 0.0
    return -value if is_negative else value, kind
