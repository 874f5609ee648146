"""Order and style of the pages in the gallery; ``conf.py`` names these functions."""

from pathlib import Path
from typing import Any

STYLE = Path(__file__).with_name("gallery.mplstyle")

ORDER = [
    "plot_threads",
    "plot_interrupt",
    "plot_cache",
    "plot_seeing",
    "plot_progressive_validation",
    "plot_vocabulary",
    "plot_hashing_trick",
    "plot_collisions",
    "plot_idf",
    "plot_terms",
    "plot_perceptron",
    "plot_averaging",
    "plot_cluster",
    "plot_cross_validation",
    "plot_search",
    "plot_ensembles",
    "plot_out_of_core",
    "plot_tables",
    "plot_languages",
    "plot_web_text",
]


def place(file_name: str) -> tuple[int, str]:
    """Return the place of a page: as in the table of the gallery's head, then by name."""
    name = file_name.removesuffix(".py")
    return (ORDER.index(name) if name in ORDER else len(ORDER), name)


def set_style(gallery_conf: dict[str, Any], file_name: str) -> None:
    """Set the style of the figures, before a page runs."""
    import matplotlib.pyplot as plt

    plt.style.use(STYLE)
