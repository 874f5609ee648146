"""Settings of the whole suite: examples without deadlines, and the tests that need a compiler."""

import pytest
from hypothesis import settings
from numba import config

N_EXAMPLES = 25 if config.DISABLE_JIT else 100

# The first example of a test may compile a kernel: no deadline can be right.
settings.register_profile("torrential", deadline=None, max_examples=N_EXAMPLES)
settings.load_profile("torrential")


def pytest_collection_modifyitems(items):
    if not config.DISABLE_JIT:
        return
    for item in items:
        if "jit" in item.keywords:
            item.add_marker(pytest.mark.skip(reason="needs compiled kernels"))
