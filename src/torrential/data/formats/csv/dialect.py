"""Dialect of a CSV file: its delimiter, quote and escape."""

from dataclasses import dataclass

from torrential.data.files.locate import File
from torrential.data.formats.format import Options
from torrential.errors import ParameterError

NONE = -1
"""Code of a missing character, in place of a byte."""

BACKSLASH = "\\"


@dataclass(frozen=True, slots=True)
class Dialect:
    """The bytes with a meaning, in addition to line ends.

    Attributes
    ----------
    delimiter, quote, escape : int
        `NONE` without a quote or an escape.
    """

    delimiter: int
    quote: int
    escape: int

    @classmethod
    def of(cls, file: File, options: Options) -> "Dialect":
        """Return the dialect of the options and the file's extension."""
        delimiter = options.delimiter or ("\t" if file.extension == ".tsv" else ",")
        quote, escape = _byte(options.quotechar), _byte(options.escapechar)
        # In all files a quote is its own escape: two quotes mean one.
        return cls(ord(delimiter), quote, NONE if escape == quote else escape)


def _byte(character: str | None) -> int:
    return ord(character) if character else NONE


def check_dialect(delimiter: str | None, quotechar: str | None, escapechar: str | None) -> None:
    """Raise a ParameterError unless the characters are single, ASCII and different.

    Quote and escape may be empty.
    """
    given = {"delimiter": delimiter, "quotechar": quotechar, "escapechar": escapechar}
    for name, character in given.items():
        if character is None or (character == "" and name != "delimiter"):
            continue
        if len(character) != 1 or not character.isascii() or character in "\r\n":
            raise ParameterError(f"{name}={character!r} is not a single ASCII character.")
    delimiter = delimiter or ","
    for name in ("quotechar", "escapechar"):
        if given[name] == delimiter:
            raise ParameterError(
                f"{name}={delimiter!r} is the delimiter as well: pass different characters."
            )
