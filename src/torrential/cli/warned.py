"""Warnings about the input as lines of the command line."""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from torrential.cli.output import say
from torrential.errors import DataWarning


@contextmanager
def warnings_said(in_own_words: Callable[[str], str] = str) -> Iterator[None]:
    """Print warnings about the input as sentences while the block runs, all others as usual.

    Parameters
    ----------
    in_own_words : callable, default=str
        Puts options in place of parameters.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("always", DataWarning)
        shown = warnings.showwarning

        def show(message: Any, category: type[Warning], *where: Any, **more: Any) -> None:
            if issubclass(category, DataWarning):
                sentence = " ".join(in_own_words(str(message)).split())
                say(f"torrential: warning: {sentence}", is_error=True)
            else:
                shown(message, category, *where, **more)

        warnings.showwarning = show
        yield
