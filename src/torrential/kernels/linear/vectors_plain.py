"""The intrinsics of `vectors` in NumPy: their specification, and for NUMBA_DISABLE_JIT."""

from typing import Any

import numpy as np

from torrential.kernels.constants import PADE
from torrential.types import Float32, Int32


def exp_minus(x: Any) -> Any:
    """Return exp(-x) for x >= 0, as a Pade approximant of x / 16 to the 16th power.

    It is arithmetic alone, so all lanes at once: right to float32 rounding up to 1, and to 1e-4 of
    itself up to 8.
    """
    z = np.minimum(x, np.float32(32.0)) * np.float32(1 / 16)
    even = np.float32(1.0) + z * z * np.float32(PADE)
    odd = z * np.float32(0.5)
    return ((even - odd) / (even + odd)) ** 16


def decay_adagrad(
    rows: Float32,
    at: int,
    l2: np.float32,
    l1: np.float32,
    tiny: np.float32,
    lanes: int,
) -> None:
    """Set w to sign(w) * max(0, abs(w) * exp(-l2 * r) - l1 * r), r = 1 / sqrt(G + tiny)."""
    weights = rows[at : at + lanes]
    inverse_root = np.float32(1.0) / np.sqrt(rows[at + lanes : at + 2 * lanes] + tiny)
    kept = np.abs(weights) * exp_minus(l2 * inverse_root) - l1 * inverse_root
    weights[:] = np.copysign(np.maximum(kept, np.float32(0.0)), weights)


def add_products(
    data: Float32,
    indices: Int32,
    begin: int,
    end: int,
    rows: Float32,
    offset: int,
    stride: int,
    out: Float32,
    at: int,
    lanes: int,
) -> None:
    """Add the sum over j of data[j] * rows[indices[j] * stride + offset + k] to out[at + k]."""
    for j in range(begin, end):
        first = int(indices[j]) * stride + offset
        out[at : at + lanes] += data[j] * rows[first : first + lanes]


def add_adagrad_steps(
    data: Float32,
    indices: Int32,
    begin: int,
    end: int,
    rows: Float32,
    offset: int,
    stride: int,
    gradients: Float32,
    at: int,
    rate: np.float32,
    tiny: np.float32,
    lanes: int,
) -> None:
    """Add g * g to G and subtract rate * g / sqrt(G + tiny), g = gradient * value, per non-zero."""
    for j in range(begin, end):
        first = int(indices[j]) * stride + offset
        gradient = gradients[at : at + lanes] * data[j]
        rows[first + lanes : first + 2 * lanes] += gradient * gradient
        root = np.sqrt(rows[first + lanes : first + 2 * lanes] + tiny)
        rows[first : first + lanes] -= rate * gradient / root


def dot_by_lane(
    data: Float32,
    places: Int32,
    n: int,
    rows: Float32,
    offset: int,
    stride: int,
    out: Float32,
    at: int,
    lanes: int,
) -> None:
    """Set out[at + k] to the sum over j of data[j] * rows[places[j] * stride + offset + k].

    The sum is that of `torrential.kernels.linear.decision.dot`, to the bit: four sums, none fused.
    """
    sums = np.zeros((4, lanes), np.float32)
    for j in range(n):
        first = int(places[j]) * stride + offset
        sums[j % 4 if j < n - n % 4 else 0] += data[j] * rows[first : first + lanes]
    out[at : at + lanes] = (sums[0] + sums[1]) + (sums[2] + sums[3])


def add_adagrad_steps_by_lane(
    data: Float32,
    places: Int32,
    n: int,
    rows: Float32,
    offset: int,
    stride: int,
    slopes: Float32,
    rates: Float32,
    at: int,
    tiny: np.float32,
    lanes: int,
) -> None:
    """Take AdaGrad steps as `add_adagrad_steps` does, each lane at its own rate.

    As `torrential.kernels.linear.learn.update_column`, to the bit.
    """
    for j in range(n):
        first = int(places[j]) * stride + offset
        gradient = slopes[at : at + lanes] * data[j]
        rows[first + lanes : first + 2 * lanes] += gradient * gradient
        root = np.sqrt(rows[first + lanes : first + 2 * lanes] + tiny)
        rows[first : first + lanes] -= rates[at : at + lanes] * (gradient / root)


def decay_adagrad_by_lane(
    rows: Float32, at: int, l2: Float32, l1: Float32, first: int, tiny: np.float32, lanes: int
) -> None:
    """Decay as `decay_adagrad` does, with each lane's own penalties from l2[first], l1[first]."""
    for lane in range(lanes):
        pair = np.array([rows[at + lane], rows[at + lane + lanes]], np.float32)
        decay_adagrad(pair, 0, l2[first + lane], l1[first + lane], tiny, 1)
        rows[at + lane] = pair[0]
