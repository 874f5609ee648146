"""Packages that are installed as extras, and the command that installs each."""

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from torrential.errors import ParameterError

EXTRAS = {
    "distributed": "cluster",
    "pandas": "frames",
    "polars": "frames",
    "fsspec": "remote",
    "zstandard": "compression",
    "matplotlib": "figures",
    "jinja2": "report",
}
"""Extras of torrential, by the package that each installs."""


def install_command(package: str) -> str:
    """Return the command that installs a package with its extra; shells need the quotes.

    Examples
    --------
    >>> install_command("polars")
    'pip install "torrential[frames]"'
    """
    return f'pip install "torrential[{EXTRAS[package]}]"'


def is_installed(package: str) -> bool:
    """Return whether a package is installed; it is not imported."""
    return find_spec(package) is not None


def check_installed(package: str, what: str) -> None:
    """Raise an error if a package is not installed; it is not imported.

    Parameters
    ----------
    package : str
    what : str
        What needs it, as the beginning of a sentence.

    Raises
    ------
    ParameterError
        With the command that installs it.
    """
    if not is_installed(package):
        raise ParameterError(f"{what} needs the package {package}: {install_command(package)}.")


def extra_module(package: str, what: str, module: str | None = None) -> Any:
    """Import a package that is an extra, or one of its modules.

    Parameters
    ----------
    package : str
    what : str
        What needs it, as the beginning of a sentence.
    module : str, default=None
        The module, by its full name; by default the package.

    Raises
    ------
    ParameterError
        If the package is not installed, with the command that installs it.
    """
    check_installed(package, what)
    return import_module(module or package)
