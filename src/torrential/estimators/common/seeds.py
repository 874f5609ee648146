"""Seeds from what scikit-learn calls ``random_state``."""

from typing import Any

import numpy as np

from torrential.errors import ParameterError

MAX_SEED = 2**31 - 1


def seed_of(random_state: Any) -> int:
    """Return an int as it is, or draw one from a RandomState or NumPy's global state (for None)."""
    if isinstance(random_state, int | np.integer):
        if random_state < 0:
            raise ParameterError(f"random_state={random_state!r} is negative: pass 0 or more.")
        return int(random_state)
    from sklearn.utils import check_random_state  # an integer, as most are, does not need it

    try:
        generator = check_random_state(random_state)
    except ValueError:
        raise ParameterError(
            f"random_state={random_state!r} is not a valid seed: pass an integer, "
            "a RandomState or None."
        ) from None
    return int(generator.randint(MAX_SEED))
