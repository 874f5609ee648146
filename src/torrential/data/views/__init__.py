"""Views of a dataset: other rows of it, or its rows in another order.

They are imported when they are first used: most datasets are read as they are.
"""

from typing import TYPE_CHECKING

from torrential.on_demand import found_on_demand

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
    "Downsampled": "torrential.data.views.downsample",
    "Fold": "torrential.data.views.folds",
    "HashFolding": "torrential.data.views.foldings",
    "Head": "torrential.data.views.head",
    "OrderedFolding": "torrential.data.views.ordered_folding",
    "Shuffled": "torrential.data.views.shuffle",
    "Split": "torrential.data.views.split",
    "StratifiedFolding": "torrential.data.views.foldings",
    "checked_rates": "torrential.data.views.downsample",
    "checked_seed": "torrential.data.views.shuffle",
    "edges_of": "torrential.data.views.ordered_folding",
    "ordered_values": "torrential.data.views.ordered_folding",
    "times_of": "torrential.data.views.ordered_folding",
}


def __getattr__(name: str) -> object:
    return found_on_demand(__name__, name, _MODULES)
