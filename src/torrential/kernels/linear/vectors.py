"""SIMD over one tile: score and update 8 or 16 columns at once."""

from torrential.kernels.jit import emitted

(
    add_adagrad_steps,
    add_adagrad_steps_by_lane,
    add_products,
    decay_adagrad,
    decay_adagrad_by_lane,
    dot_by_lane,
) = emitted(
    "torrential.kernels.emitters.vectors",
    "torrential.kernels.linear.vectors_plain",
    "add_adagrad_steps",
    "add_adagrad_steps_by_lane",
    "add_products",
    "decay_adagrad",
    "decay_adagrad_by_lane",
    "dot_by_lane",
)

__all__ = [
    "add_adagrad_steps",
    "add_adagrad_steps_by_lane",
    "add_products",
    "decay_adagrad",
    "decay_adagrad_by_lane",
    "dot_by_lane",
]
