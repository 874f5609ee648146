"""Labels by the words that name them, on a command line or in a condition."""

from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from typing import Any

from torrential.errors import ParameterError

MOST_SHOWN = 8
"""Labels that a message lists, where none is like the word."""


def codes_of(words: Iterable[Any], labels: Sequence[Any], parameter: str) -> Iterator[int]:
    """Yield the codes of many labels, for which the labels are read once.

    Parameters and errors are those of `code_of`.

    Examples
    --------
    >>> list(codes_of(["spam", "ham"], ["ham", "spam"], "threshold"))
    [1, 0]
    """
    places = {label: code for code, label in enumerate(labels)}
    for word in words:
        code = places.get(word)
        if code is None or not isinstance(word, type(labels[code])):
            code = code_of(word, labels, parameter)
        yield code


def code_of(word: Any, labels: Sequence[Any], parameter: str) -> int:
    """Return the code of a label.

    Parameters
    ----------
    word : object
        The label, or the text that shows it, such as ``"1"`` for 1.
    labels : sequence
        Label of each code.
    parameter : str
        What the word was given as, for the message.

    Raises
    ------
    ParameterError
        If it is not a label of the model; the nearest ones are named, or some.

    Examples
    --------
    >>> code_of("2", [1, 2], "keep")
    1
    >>> code_of("spm", ["ham", "spam"], "keep")
    Traceback (most recent call last):
        ...
    torrential.errors.ParameterError: keep names 'spm', a label that the model lacks: give 'spam'.
    """
    for code, label in enumerate(labels):
        if label is word or (label == word and isinstance(word, type(label))):
            return code
    shown = [str(label) for label in labels]
    if str(word) in shown:
        return shown.index(str(word))
    near = get_close_matches(str(word), shown, n=3)
    known = sorted(near or shown[:MOST_SHOWN])
    dots = ", ..." if not near and len(shown) > MOST_SHOWN else ""
    raise ParameterError(
        f"{parameter} names {str(word)!r}, a label that the model lacks: give "
        f"{' or '.join(map(repr, known))}{dots}."
    )
