"""Code points and their UTF-8, one at a time."""

import numpy as np

from torrential.kernels.jit import kernel

UNKNOWN = -1
"""Marker in place of a code point for ill-formed bytes."""


@kernel
def size_of(lead):
    """Return the bytes of the well-formed sequence that begins with this byte."""
    return 1 + np.int64(lead >= 0xC0) + np.int64(lead >= 0xE0) + np.int64(lead >= 0xF0)


@kernel
def size_in_utf8(code):
    """Return the bytes of a code point in UTF-8."""
    return 1 + np.int64(code >= 0x80) + np.int64(code >= 0x800) + np.int64(code >= 0x10000)


@kernel
def decode(quad, left):
    """Decode the UTF-8 sequence whose first four bytes come from :func:`load32`.

    Of these ``left`` > 0 count. Return its code point and size in bytes. Where the bytes are
    ill-formed the code point is UNKNOWN and the size that of the maximal subpart: the bytes that
    one U+FFFD replaces.
    """
    lead = quad & 0xFF
    if lead < 0x80:
        return lead, 1
    if lead < 0xC2 or lead > 0xF4:
        return UNKNOWN, 1
    size = size_of(lead)
    code = lead & (0x7F >> size)
    # Overlong forms, surrogates and numbers past U+10FFFF show in the second byte already.
    lowest = 0xA0 if lead == 0xE0 else 0x90 if lead == 0xF0 else 0x80
    highest = 0x9F if lead == 0xED else 0x8F if lead == 0xF4 else 0xBF
    for i in range(1, size):
        byte = quad >> 8 * i & 0xFF
        if i >= left or byte < lowest or byte > highest:
            return UNKNOWN, i
        code = code << 6 | byte & 0x3F
        lowest = 0x80
        highest = 0xBF
    return code, size


@kernel
def encode(code, target, at):
    """Write a code point as UTF-8 to ``target[at:]``; return its size in bytes."""
    if code < 0x80:
        target[at] = code
        return 1
    if code < 0x800:
        target[at] = 0xC0 | code >> 6
        target[at + 1] = 0x80 | code & 0x3F
        return 2
    if code < 0x10000:
        target[at] = 0xE0 | code >> 12
        target[at + 1] = 0x80 | code >> 6 & 0x3F
        target[at + 2] = 0x80 | code & 0x3F
        return 3
    target[at] = 0xF0 | code >> 18
    target[at + 1] = 0x80 | code >> 12 & 0x3F
    target[at + 2] = 0x80 | code >> 6 & 0x3F
    target[at + 3] = 0x80 | code & 0x3F
    return 4
