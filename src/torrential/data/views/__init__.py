"""Views of a dataset: other rows of it, or its rows in another order.

They are imported when they are first used: most datasets are read as they are.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torrential.data.views.downsample import Downsampled, checked_rates
    from torrential.data.views.foldings import HashFolding, StratifiedFolding
    from torrential.data.views.folds import Fold
    from torrential.data.views.head import Head
    from torrential.data.views.ordered_folding import (
        OrderedFolding,
        edges_of,
        ordered_values,
        times_of,
    )
    from torrential.data.views.shuffle import Shuffled, checked_seed
    from torrential.data.views.split import Split

__all__ = [
    "Downsampled",
    "Fold",
    "HashFolding",
    "Head",
    "OrderedFolding",
    "Shuffled",
    "Split",
    "StratifiedFolding",
    "checked_rates",
    "checked_seed",
    "edges_of",
    "ordered_values",
    "times_of",
]

_MODULES = {
    "Downsampled": "downsample",
    "Fold": "folds",
    "HashFolding": "foldings",
    "Head": "head",
    "OrderedFolding": "ordered_folding",
    "Shuffled": "shuffle",
    "Split": "split",
    "StratifiedFolding": "foldings",
    "checked_rates": "downsample",
    "checked_seed": "shuffle",
    "edges_of": "ordered_folding",
    "ordered_values": "ordered_folding",
    "times_of": "ordered_folding",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    globals()[name] = value  # found there from now on
    return value
