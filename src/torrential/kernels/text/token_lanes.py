"""Vector instructions over tokens: 16 are hashed at a time, 8 slots of a table are read at a time.

As in :mod:`torrential.kernels.simd`, with twins in :mod:`torrential.kernels.plain`.
"""

from torrential.kernels.jit import emitted

absorb, finish, longest, take_slots = emitted(
    "torrential.kernels.emitters.token_lanes",
    "torrential.kernels.plain",
    "absorb",
    "finish",
    "longest",
    "take_slots",
)

__all__ = ["absorb", "finish", "longest", "take_slots"]
