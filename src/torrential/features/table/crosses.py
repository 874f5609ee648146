"""Crosses by name and pattern: ``"origin*destination"``, ``("hour", "C*")``."""

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from itertools import product
from typing import Any

from torrential.errors import ParameterError

MOST = 10_000
"""Most crosses that patterns may match."""


def parse_crosses(crosses: Any, cells: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """Return the crosses of a parameter, each once, with its names in the order given.

    Parameters
    ----------
    crosses : sequence of str or of tuples of str
        A text has ``*`` between its names; a second one after a name, or one at its end, matches
        anything, as in ``"hour*C*"``. Names of a tuple are patterns of their own.
    cells : sequence of str
        What can be crossed.

    Raises
    ------
    ParameterError
        If a name is not known, is crossed with itself, or a cross has only one.

    Examples
    --------
    >>> parse_crosses(["hour*C*", ("C1", "C2")], ["C1", "C2", "hour"])
    (('hour', 'C1'), ('hour', 'C2'), ('C1', 'C2'))
    """
    if crosses is None:
        return ()
    if isinstance(crosses, str) or not isinstance(crosses, Iterable):
        raise ParameterError(
            f"crosses={crosses!r} is not a list: give crosses such as ['origin*destination']."
        )
    found: dict[frozenset[str], tuple[str, ...]] = {}
    for cross in crosses:
        names = _names_of(cross, cells)
        for chosen in product(*[_matching(name, cells, cross) for name in names]):
            if len(set(chosen)) == len(chosen):
                found.setdefault(frozenset(chosen), chosen)
            elif all(name in cells for name in names):
                raise ParameterError(
                    f"crosses has {cross!r}, which crosses {_repeated(chosen)!r} with itself: name "
                    "different columns."
                )
            if len(found) > MOST:
                raise ParameterError(
                    f"crosses matches more than {MOST:,} crosses: name fewer columns."
                )
    return tuple(found.values())


def _names_of(cross: Any, cells: Sequence[str]) -> list[str]:
    if cross == "auto":
        raise ParameterError("crosses has 'auto' among others: give 'auto' alone, or names.")
    if isinstance(cross, str):
        names: list[str] = []
        for part in cross.split("*"):
            if part:
                names.append(part)
            elif names and not names[-1].endswith("*"):
                names[-1] += "*"
            else:
                names.append("*")
    elif isinstance(cross, Sequence):
        names = [str(name) for name in cross]
    else:
        names = []
    if len(names) < 2:
        raise ParameterError(
            f"crosses has {cross!r}, which names fewer than two columns: give crosses such as "
            "'origin*destination'."
        )
    return names


def _matching(name: str, cells: Sequence[str], cross: Any) -> list[str]:
    if name in cells:
        return [name]
    found = [cell for cell in cells if fnmatchcase(cell, name)]
    if not found:
        raise ParameterError(
            f"crosses has {cross!r}, but {name!r} is not a column that can be crossed: choose "
            f"from {', '.join(map(repr, cells))}."
        )
    return found


def _repeated(names: Sequence[str]) -> str:
    return next(name for name in names if names.count(name) > 1)
