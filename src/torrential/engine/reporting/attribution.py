"""Where in a text the contributions of its terms come from: a score for each character."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from torrential.features.settings import DEFAULT_TOKEN_PATTERN, HashSettings
from torrential.types import Float64

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
        of_view = {term: score for (part, term), score in scores_of.items() if part == number}
        scores += _by_place(_occurrences(prepared, view), of_view, len(text))
    return scores


def _by_place(found: "_Occurrences", scores: Mapping[str, float], n_characters: int) -> Float64:
    n_terms, n_places = len(found.terms), Counter(found.terms)
    parts = np.array([scores.get(term, 0.0) / n_places[term] for term in found.terms])
    of_span, begins, ends = (
        np.array(each, np.int64) for each in (found.of_span, found.begins, found.ends)
    )
    sizes = np.bincount(of_span, ends - begins, n_terms)
    shares = (parts / np.maximum(sizes, 1))[of_span]
    # Each span raises the score where it begins, and lowers it again where it ends.
    changes = np.zeros(n_characters + 1)
    np.add.at(changes, begins, shares)
    np.subtract.at(changes, ends, shares)
    return np.cumsum(changes)[:-1]


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


class _Occurrences(NamedTuple):
    """Terms as often as they occur, and the spans of characters of all of them.

    They are flat lists, which the garbage collector does not walk through.
    """

    terms: list[str]
    of_span: list[int]
    begins: list[int]
    ends: list[int]

    def add(self, terms: list[str], begins: list[int], ends: list[int], n_spans: int = 1) -> None:
        """Add terms of ``n_spans`` spans each."""
        first = len(self.terms)
        self.terms.extend(terms)
        self.of_span.extend(first + at // n_spans for at in range(len(begins)))
        self.begins.extend(begins)
        self.ends.extend(ends)


def _occurrences(text: str, view: HashSettings) -> _Occurrences:
    found = _Occurrences([], [], [], [])
    if view.analyzer == "word" and view.tokenizer is None:
        _add_words(found, text, view)
    elif view.analyzer == "char_wb":
        for word in _WORD.finditer(text):
            begin, end = word.span()
            begins = [begin, *range(begin, end), end]
            ends = [begin, *range(begin + 1, end + 1), end]  # the padding is empty
            _add_grams(found, f" {word.group()} ", begins, ends, view.ngram_range)
    elif view.analyzer == "char":
        _add_grams(found, *_collapsed(text), view.ngram_range)
    return found


def _add_words(found: _Occurrences, text: str, view: HashSettings) -> None:
    pattern = re.compile(view.token_pattern or DEFAULT_TOKEN_PATTERN)
    spans = [word.span(1 if pattern.groups == 1 else 0) for word in pattern.finditer(text)]
    least, most = view.ngram_range
    words = [text[begin:end] for begin, end in spans]
    for n in range(least, most + 1):
        firsts = range(len(words) - n + 1)
        inside = [spans[first + at] for first in firsts for at in range(n)]
        terms = [" ".join(words[first : first + n]) for first in firsts]
        found.add(terms, [begin for begin, _ in inside], [end for _, end in inside], n)


def _add_grams(
    found: _Occurrences,
    text: str,
    begins: list[int],
    ends: list[int],
    ngram_range: tuple[int, int],
) -> None:
    """Add the n-grams of characters; ``begins`` and ``ends`` have the place of each."""
    least, most = ngram_range
    for n in range(least, most + 1 if text else least):
        n_grams = max(1, len(text) - n + 1)
        terms = [text[first : first + n] for first in range(n_grams)]
        found.add(terms, begins[:n_grams], ends[-n_grams:])


def _collapsed(text: str) -> tuple[str, list[int], list[int]]:
    """Return the text with a space for several in a row, and the place of each character."""
    begins, characters = [], []
    for found in _RUN.finditer(text):
        begins.append(found.start())
        characters.append(" " if len(found.group()) > 1 else found.group())
    return "".join(characters), begins, [begin + 1 for begin in begins]


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
