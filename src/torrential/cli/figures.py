"""Figures that commands save."""

from pathlib import Path
from typing import Any

from torrential.cli.output import say
from torrential.errors import OutputError, ParameterError
from torrential.persistence.whole_file import check_writable, whole_file

KINDS = ("png", "svg", "pdf")


def check_figure(path: str) -> None:
    """Raise now, and not after the computation, if drawing or saving a figure would fail."""
    from torrential.estimators.common.figures import pyplot

    if Path(path).suffix[1:].lower() not in KINDS:
        raise ParameterError(
            f"--figure {path!r} is of no known format: end its name in .png, .svg or .pdf."
        )
    check_writable(path)
    pyplot()  # which says so if it is not installed


def save_figure(axes: Any, path: str) -> None:
    """Save a figure, whole or not at all."""
    with whole_file(path) as temporary:
        axes.figure.savefig(temporary, format=Path(path).suffix[1:].lower())


def save_or_warn(axes: Any, path: str) -> None:
    """Save a figure; if that fails, warn and continue."""
    try:
        save_figure(axes, path)
    except OutputError as error:
        say(f"torrential: warning: No figure was saved: {error}", is_error=True)
