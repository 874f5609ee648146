"""Values of parameters, as words on the command line."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torrential.errors import ParameterError

ONE_BY_ONE = {"views": "--view", "crosses": "--cross", "kinds": "--kind"}
"""Lists, whose option may come several times."""

FLAG = "bool"
"""Annotation of parameters that are switched on and off: ``--binary``, ``--no-binary``."""

SIZE = r"[\d.]+ ?[kKmMgG][bB]"
"""Memory, such as 64MB."""


@dataclass(frozen=True, slots=True)
class Converter:
    """Reads a word as a value.

    Attributes
    ----------
    metavar : str
        How ``--help`` calls the word.
    read : callable
        Returns the value; raises ValueError for a word that is none.
    expected : str
        What the word has to be.
    """

    metavar: str
    read: Callable[[str], Any]
    expected: str

    def __call__(self, name: str, word: str) -> Any:
        """Return the value of a word for the named parameter."""
        try:
            return self.read(word)
        except ValueError:
            option = ONE_BY_ONE.get(name, "--" + name.replace("_", "-"))
            raise ParameterError(f"{option} {word!r} is invalid: give {self.expected}.") from None

    def or_none(self) -> "Converter":
        """Return a parser that accepts ``none``, too."""
        return Converter(
            self.metavar,
            lambda word: None if word.lower() == "none" else self.read(word),
            f"{self.expected}, or none",
        )


def whole_number(word: str) -> int:
    """Parse a whole number, also written as a power.

    >>> whole_number("1_000"), whole_number("2**20")
    (1000, 1048576)
    """
    power = re.fullmatch(r"(\d{1,2})\*\*(\d{1,2})", word)
    return int(power[1]) ** int(power[2]) if power else int(word)


def number_range(word: str) -> tuple[int, int]:
    """Parse a range of whole numbers; a single number is a range of one.

    >>> number_range("1-2"), number_range("1,3"), number_range("2")
    ((1, 2), (1, 3), (2, 2))
    """
    low, *high = re.split("[-,]", word)
    if len(high) > 1:
        raise ValueError(word)
    return int(low), int(high[0] if high else low)


def anything(word: str) -> Any:
    """Parse ``none``, a whole number or words with commas between them; else return the word.

    >>> [anything(word) for word in ("none", "7", "the,a,of", "english")]
    [None, 7, ['the', 'a', 'of'], 'english']
    """
    if word.lower() == "none":
        return None
    if re.fullmatch(r"-?\d+", word):
        return int(word)
    return word.split(",") if "," in word else word


def number_or_switch(word: str) -> bool | int:
    """Parse ``yes``, ``no`` or a whole number.

    >>> [number_or_switch(word) for word in ("yes", "no", "1000")]
    [True, False, 1000]
    """
    switch = {"yes": True, "no": False}.get(word.lower())
    return whole_number(word) if switch is None else switch


def step_or_last_pass(word: str) -> bool | int | str:
    """Parse ``yes``, ``no``, a whole number, or ``last-pass``.

    >>> [step_or_last_pass(word) for word in ("no", "1000", "last-pass")]
    [False, 1000, 'last-pass']
    """
    return word if word == "last-pass" else number_or_switch(word)


def number_size_or_switch(word: str) -> bool | int | str:
    """Parse ``yes``, ``no``, a whole number, or an amount of memory such as 64MB.

    >>> [number_size_or_switch(word) for word in ("yes", "10000", "64MB")]
    [True, 10000, '64MB']
    """
    return word if re.fullmatch(SIZE, word) else number_or_switch(word)


def size_or_bytes(word: str) -> int | str:
    """Parse an amount of memory or disk such as 2MB, or a whole number of bytes.

    >>> size_or_bytes("2MB"), size_or_bytes("2000000")
    ('2MB', 2000000)
    """
    if re.fullmatch(r"\d+(\.\d+)? ?[kmgt]b", word.lower()):
        return word
    return whole_number(word)


def class_weights(word: str) -> str | dict[str, float] | None:
    """Parse ``balanced``, ``none``, or weights of labels.

    >>> class_weights("good=1,very bad=2.5")
    {'good': 1.0, 'very bad': 2.5}
    """
    if word in ("balanced", "none"):
        return None if word == "none" else word
    pairs = [pair.rpartition("=") for pair in word.split(",")]
    weights = {label: float(weight) for label, _, weight in pairs}
    if "" in weights or len(weights) < len(pairs):
        raise ValueError(word)
    if not all(0 <= weight < math.inf for weight in weights.values()):
        raise ValueError(word)
    return weights


def shares(word: str) -> dict[str, float]:
    """Parse shares of the rows of labels.

    >>> shares("good=0.5,very bad=0.1")
    {'good': 0.5, 'very bad': 0.1}
    """
    found = class_weights(word)
    if not isinstance(found, dict) or not all(0 < share <= 1 for share in found.values()):
        raise ValueError(word)
    return found


def view_names(word: str) -> list[str] | None:
    """Parse ``none``, or views with a plus sign between them.

    >>> view_names("word:1-2+char_wb:2-5")
    ['word:1-2', 'char_wb:2-5']
    """
    return None if word.lower() == "none" else word.split("+")


def crosses(word: str) -> list[str] | None:
    """Parse ``none``, ``auto``, or one cross.

    >>> crosses("origin*destination"), crosses("auto")
    (['origin*destination'], ['auto'])
    """
    return None if word.lower() == "none" else [word]


def kinds(word: str) -> dict[str, str] | None:
    """Parse ``none``, or kinds of columns with commas between them.

    >>> kinds("zip=category,C*=log")
    {'zip': 'category', 'C*': 'log'}
    """
    if word.lower() == "none":
        return None
    pairs = [pair.rpartition("=") for pair in word.split(",")]
    if any(not name or not kind for name, _, kind in pairs):
        raise ValueError(word)
    return {name: kind for name, _, kind in pairs}


def levels(word: str) -> list[float] | None:
    """Parse ``none``, or numbers with commas between them.

    >>> levels("0,1,2.5")
    [0, 1, 2.5]
    """
    if word.lower() == "none":
        return None
    return [int(each) if each.strip().isdigit() else float(each) for each in word.split(",")]


WHOLE = Converter("N", whole_number, "a whole number, such as 10 or 2**20")
REAL = Converter("X", float, "a number, such as 1e-6")
SIZES = Converter("SIZE", size_or_bytes, "a size, such as 2MB")
SHARES = Converter("LABEL=X,...", shares, "labels and shares above 0, such as bad=0.1")
TERMS = Converter(
    "[N|64MB]",
    number_size_or_switch,
    "a number of terms, memory such as 64MB, or no value at all",
)
_WORD = Converter("NAME", str, "a word")

CONVERTERS = {
    "int": WHOLE,
    "int | None": WHOLE.or_none(),
    "float": REAL,
    "float | None": REAL.or_none(),
    "str": _WORD,
    "str | None": _WORD.or_none(),
    "tuple[int, int] | None": Converter("MIN-MAX", number_range, "a range, such as 1-2").or_none(),
    "bool | int | str | None": Converter(
        "[N|last-pass]",
        step_or_last_pass,
        "the number of a row to begin at, last-pass, or no value at all",
    ).or_none(),
    "bool | int | str": TERMS,
    "Any": Converter("NAME", anything, "a word"),
}
"""Converters by the annotation of the parameter."""

NAMED_CONVERTERS = {
    "token_pattern": Converter("REGEX", str, "a regular expression"),
    "views": Converter(
        "KIND:MIN-MAX[:weight=X][:norm=NAME][:idf=no]",
        view_names,
        "views, such as word:1-2+char_wb:2-5",
    ),
    "crosses": Converter(
        "A*B|auto", crosses, "columns to cross, such as origin*destination, or auto"
    ),
    "kinds": Converter("COLUMN=KIND", kinds, "kinds of columns, such as zip=category"),
    "levels": Converter("X,X,...", levels, "numbers with commas between them, such as 0,1,2,3"),
    "random_state": WHOLE.or_none(),
    "class_weight": Converter(
        "balanced|LABEL=X,...",
        class_weights,
        "balanced, or a weight for each label, such as good=1,bad=2.5",
    ),
}
"""Converters by the name of a parameter whose annotation is not specific."""
