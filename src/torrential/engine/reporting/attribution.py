"""Where in a text the contributions of its terms come from: a score for each character."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

import numpy as np

from torrential.features.settings import DEFAULT_TOKEN_PATTERN, HashSettings
from torrential.types import Float64

Span = tuple[int, int]

_ALONE = "\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
"""Characters of scripts that are written without spaces: Thai, kana and Han."""

PIECE = re.compile(rf"\s+|[{_ALONE}]|(?:(?![{_ALONE}])\w)+|[^\w\s]+")
"""What a text is cut into to be colored."""

_WORD = re.compile(r"\S+")
_RUN = re.compile(r"\s\s+|.", re.DOTALL)


def attribute(
    text: str, settings: HashSettings, scores_of: Mapping[tuple[int, str], float]
) -> Float64:
    """Return the score of each character: that of a term goes to the places where it occurs.

    Several places of a term have equal parts of its score, and so have the characters of each. The
    spaces between words of a pair have none. Terms that are not found, as those of a function that
    prepares texts in its own way, have no place.

    Parameters
    ----------
    text : str
    settings : HashSettings
    scores_of : mapping of (number of the view, term) to score

    Returns
    -------
    scores : float64 array of shape (n_characters,)

    Examples
    --------
    >>> scores = attribute("Good, good!", HashSettings(), {(0, "good"): 4.0})
    >>> scores.tolist()
    [0.5, 0.5, 0.5, 0.5, 0.0, 0.0, 0.5, 0.5, 0.5, 0.5, 0.0]
    """
    prepared = _lower(text) if settings.lowercase else text
    scores = np.zeros(len(text))
    for number, view in enumerate(settings.parts):
        wanted = {term for of_view, term in scores_of if of_view == number}
        places: dict[str, list[list[Span]]] = {}
        for term, spans in _occurrences(prepared, view):
            if term in wanted:
                places.setdefault(term, []).append(spans)
        for term, found in places.items():
            share = scores_of[number, term] / len(found)
            for spans in found:
                n_characters = sum(end - begin for begin, end in spans) or 1
                for begin, end in spans:
                    scores[begin:end] += share / n_characters
    return scores


def pieces(text: str, scores: Float64) -> list[tuple[str, float]]:
    """Cut a text into words and what is between them, each with the sum of its scores.

    >>> pieces("a b", np.array([1.0, 0.0, 2.0]))
    [('a', 1.0), (' ', 0.0), ('b', 2.0)]
    """
    sums = np.append(0.0, np.cumsum(scores))
    cuts = [*(found.start() for found in PIECE.finditer(text)), len(text)]
    return [(text[begin:end], float(sums[end] - sums[begin])) for begin, end in pairwise(cuts)]


def _lower(text: str) -> str:
    """Return the text in lower case, with as many characters."""
    lower = text.lower()
    if len(lower) == len(text):
        return lower
    return "".join(small if len(small := each.lower()) == 1 else each for each in text)


def _occurrences(text: str, view: HashSettings) -> Iterator[tuple[str, list[Span]]]:
    if view.analyzer == "word" and view.tokenizer is None:
        yield from _words(text, view)
    elif view.analyzer == "char_wb":
        for found in _WORD.finditer(text):
            places = [-1, *range(found.start(), found.end()), -1]
            yield from _grams(f" {found.group()} ", places, view.ngram_range)
    elif view.analyzer == "char":
        yield from _grams(*_collapsed(text), view.ngram_range)


def _words(text: str, view: HashSettings) -> Iterator[tuple[str, list[Span]]]:
    pattern = re.compile(view.token_pattern or DEFAULT_TOKEN_PATTERN)
    spans = [found.span(1 if pattern.groups == 1 else 0) for found in pattern.finditer(text)]
    least, most = view.ngram_range
    words = [text[begin:end] for begin, end in spans]
    for n in range(least, most + 1):
        for first in range(len(words) - n + 1):
            yield " ".join(words[first : first + n]), spans[first : first + n]


def _grams(
    text: str, places: list[int], ngram_range: tuple[int, int]
) -> Iterator[tuple[str, list[Span]]]:
    """Yield the n-grams of characters; ``places`` has that of each in the text, -1 for padding."""
    least, most = ngram_range
    for n in range(least, most + 1):
        for first in range(max(1, len(text) - n + 1)):
            inside = [place for place in places[first : first + n] if place >= 0]
            yield text[first : first + n], [(inside[0], inside[-1] + 1)] if inside else []


def _collapsed(text: str) -> tuple[str, list[int]]:
    """Return the text with a space for several in a row, and the place of each character."""
    kept, characters = [], []
    for found in _RUN.finditer(text):
        kept.append(found.start())
        characters.append(" " if len(found.group()) > 1 else found.group())
    return "".join(characters), kept


def excerpt(found: Iterable[tuple[str, float]], most: int) -> tuple[list[tuple[str, float]], bool]:
    """Return the consecutive pieces that matter most, of about this many characters.

    Parameters
    ----------
    found : iterable of (str, float)
    most : int

    Returns
    -------
    pieces : list of (str, float)
    is_cut : bool
        Whether some are missing.

    Examples
    --------
    >>> excerpt([("a", 0.0), (" ", 0.0), ("b", 2.0)], 2)
    ([(' ', 0.0), ('b', 2.0)], True)
    """
    every = list(found)
    part = best_part([len(text) for text, _ in every], [abs(score) for _, score in every], most)
    return every[part], part.stop - part.start < len(every)


def best_part(sizes: Sequence[int], weights: Sequence[float], most: int) -> slice:
    """Return the consecutive pieces of the most weight, of about ``most`` characters.

    Parameters
    ----------
    sizes : sequence of int
        Characters of each piece.
    weights : sequence of float
    most : int

    Examples
    --------
    >>> best_part([1, 1, 1], [0.0, 0.0, 2.0], 2)
    slice(1, 3, None)
    """
    ends_at = np.append(0, np.cumsum(sizes)).astype(np.int64)
    if ends_at[-1] <= most:
        return slice(0, len(sizes))
    sums = np.append(0.0, np.cumsum(weights))
    ends = np.searchsorted(ends_at, ends_at[:-1] + most, side="right") - 1
    ends = np.maximum(ends, np.arange(len(sizes)) + 1)
    begin = int(np.argmax(sums[ends] - sums[:-1]))
    return slice(begin, int(ends[begin]))
