"""Ask for a cache line before it is read."""

from torrential.kernels.jit import emitted

(prefetch,) = emitted(
    "torrential.kernels.emitters.prefetch", "torrential.kernels.plain", "prefetch"
)

__all__ = ["prefetch"]
