"""Sizes of the vector functions, and the numbers of MurmurHash3_x86_32."""

import numpy as np

BLOCK = 64
"""Bytes of text that are classified at a time: as many as a mask has bits."""

LANES = 16
"""Tokens that are hashed at a time."""

CHUNK = 16
"""Bytes of each token that one step of the hash takes in."""

WORD = 4
"""Bytes that MurmurHash3 mixes at a time."""

C1, C2, C3 = 0xCC9E2D51, 0x1B873593, 0xE6546B64
F1, F2 = 0x85EBCA6B, 0xC2B2AE35
MASK32 = 0xFFFFFFFF

MOST_RUNS = 32
"""Runs of two or more bytes that can begin, or end, among BLOCK bytes."""

SLOTS = 8
"""Slots of the table of columns that are read at a time."""

FREE = np.uint64(2**64 - 1)
"""A slot that holds nothing."""

PADE = 1 / 12
"""Coefficient of the Pade approximant of the exponential function."""

LABEL_LANES = 16
"""Labels whose products with a vector are taken at a time."""
