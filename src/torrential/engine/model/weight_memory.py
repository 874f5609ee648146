"""Memory of the weights of many classes, reported after the first window of a training."""

from torrential.engine.model.hashed_model import HashedModel
from torrential.engine.progress.measured import Route
from torrential.free_memory import free_memory
from torrential.logs import logger_of

logger = logger_of("train")

MUCH = 0.5
"""Share of the free memory from which on a training causes a warning."""


def expected_bytes(n_bytes: int, fraction: float | None) -> int | None:
    """Return the expected final size of the weights if they continue to grow as they did.

    Parameters
    ----------
    n_bytes : int
        What they take now.
    fraction : float or None
        Share of the rows that were learned.

    Examples
    --------
    >>> expected_bytes(1000, 0.25)
    4000
    """
    return None if not fraction else round(n_bytes / fraction)


def say_memory(model: HashedModel, route: Route, n_rows: int) -> None:
    """Log the memory of weights that grow with the data, and warn if it may become too much."""
    linear = model.linear
    if linear.n_columns == 1:
        return
    expected = expected_bytes(linear.n_bytes, route.fraction(n_rows))
    if expected is None:
        return
    sentence = "the weights of %d classes take %.0f MB after %d rows, and may take %.0f MB"
    figures = linear.n_columns, linear.n_bytes / 1e6, n_rows, expected / 1e6
    free = free_memory()
    if expected - linear.n_bytes > MUCH * free:
        logger.warning(sentence + "; %.0f MB are free: lower n_features", *figures, free / 1e6)
    else:
        logger.info(sentence, *figures)
