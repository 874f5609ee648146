"""Figures that commands save."""

from pathlib import Path
from typing import Any

from torrential.errors import ParameterError
from torrential.persistence.whole_file import check_writable, whole_file

KINDS = ("png", "svg", "pdf")


def check_figure(path: str) -> None:
    """Raise now, and not when all is computed, if a figure cannot be saved under a name."""
    if Path(path).suffix[1:].lower() not in KINDS:
        raise ParameterError(
            f"--figure {path!r} is of no known format: end its name in .png, .svg or .pdf."
        )
    check_writable(path)


def save_figure(axes: Any, path: str) -> None:
    """Save a figure, whole or not at all."""
    with whole_file(path) as temporary:
        axes.figure.savefig(temporary, format=Path(path).suffix[1:].lower())
