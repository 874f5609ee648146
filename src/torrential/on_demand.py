"""Names of packages that are imported when they are first used."""

import sys


def found_on_demand(package: str, name: str, modules: dict[str, str]) -> object:
    """Return what a package has by a name, imported now; the package has it from now on.

    Parameters
    ----------
    package : str
    name : str
    modules : dict of str to str
        Modules that define the names of the package.

    Raises
    ------
    AttributeError
        If the package has no such name.
    """
    if name not in modules:
        raise AttributeError(f"module {package!r} has no attribute {name!r}")
    from importlib import import_module  # not before Ctrl-C is cared for

    value: object = getattr(import_module(modules[name]), name)
    setattr(sys.modules[package], name, value)
    return value
