"""Views: several ways to split a text into terms, next to each other in one row."""

import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from numbers import Integral, Real
from typing import Any

import numpy as np

from torrential.errors import ParameterError
from torrential.types import Int64

VIEW_BITS = np.uint64(15)
"""Bits of a term's key that hold the number of its view."""

MAX_VIEWS = int(VIEW_BITS) + 1

KINDS = ("word", "char", "char_wb")

USUAL = {"analyzer": "word", "ngram_range": (1, 1)}
"""Parameters of a single view, which have no meaning next to several ones."""

MOST_WEIGHT = 1e6

FORM = "KIND:MIN-MAX, such as 'char_wb:2-5', then :weight=X, :norm=NAME or :idf=no"


@dataclass(frozen=True, slots=True)
class View:
    """One of several ways to split a text into terms.

    Each view has its own part of the columns, and its own seed. Its values are scaled to the norm,
    then multiplied by the weight, as those of a vectorizer in scikit-learn's
    ``FeatureUnion(transformer_weights=...)`` are.

    Parameters
    ----------
    analyzer : {'word', 'char', 'char_wb'} or callable, default='word'
        Whether terms are of words, of characters, or of characters within words.
    ngram_range : tuple (min_n, max_n), default=(1, 1)
        Shortest and longest n-gram that is a term.
    weight : float from 1e-6 to 1e6, default=1.0
        Factor of all values of the view.
    norm : {'l1', 'l2'} or None, default='l2'
        Norm that the view's part of each row is scaled to.
    idf : bool, default=True
        Whether values are multiplied with inverse document frequencies, where the estimator has
        them.

    Examples
    --------
    >>> str(View("char_wb", (2, 5), weight=0.5))
    'char_wb:2-5:weight=0.5:norm=l2'
    """

    analyzer: str | Callable[[str], Any] = "word"
    ngram_range: tuple[int, int] = (1, 1)
    weight: float = 1.0
    norm: str | None = "l2"
    idf: bool = True

    def __str__(self) -> str:
        """Return the form that `parse_view` reads."""
        words = [self.name, f"norm={'none' if self.norm is None else self.norm}"]
        if self.weight != 1:
            words.insert(1, f"weight={float(self.weight)!r}")  # NumPy's would not be read
        return ":".join(words if self.idf else [*words, "idf=no"])

    @property
    def kind(self) -> str:
        """Name of the analyzer."""
        analyzer = self.analyzer
        return analyzer if isinstance(analyzer, str) else getattr(analyzer, "__name__", "custom")

    @property
    def name(self) -> str:
        """Analyzer and range, which distinguish it from other views."""
        least, most = self.ngram_range
        return f"{self.kind}:{least}-{most}"

    def seed(self, hash_seed: int) -> int:
        """Return the seed of a view other than the first, whose terms are hashed differently."""
        return zlib.crc32(self.name.encode(), hash_seed)

    def state(self) -> str:
        """Return the view as text for a file.

        Raises
        ------
        ParameterError
            If its analyzer is a function.
        """
        if callable(self.analyzer):
            raise ParameterError(
                f"views has the analyzer {self.analyzer!r}, which a model file cannot hold: use "
                "'word', 'char' or 'char_wb'."
            )
        return str(self)


def parse_view(view: Any, norm: str | None = "l2") -> View:
    """Return a view as such, from a text if it is one; a text without a norm has the given norm.

    Examples
    --------
    >>> parse_view("word:1-2")
    View(analyzer='word', ngram_range=(1, 2), weight=1.0, norm='l2', idf=True)
    >>> parse_view("char:3:weight=2:norm=none:idf=no")
    View(analyzer='char', ngram_range=(3, 3), weight=2.0, norm=None, idf=False)
    """
    if isinstance(view, View):
        return replace(view, ngram_range=_pair(view.ngram_range), weight=_weight(view.weight))
    if not isinstance(view, str):
        raise ParameterError(f"views has {view!r}, which is not a view: give {FORM}, or a View.")
    kind, *words = (word.strip() for word in view.split(":"))
    values: dict[str, Any] = {}
    try:
        for word in words:
            name, value = word.split("=") if "=" in word else ("ngram_range", word)
            if name in values:
                raise ValueError(name)
            values[name] = READERS[name](value)
    except (KeyError, ValueError):
        raise ParameterError(f"views has {view!r}, which is not a view: give {FORM}.") from None
    return View(kind, **{"norm": norm} | values | {"weight": _weight(values.get("weight", 1.0))})


def parse_views(views: Any, norm: str | None = "l2", **alone: Any) -> tuple[View, ...] | None:
    """Return the views of a parameter; None where it is None.

    Parameters
    ----------
    views : sequence of str or View, str, or None
        A text has '+' between its views.
    norm : {'l1', 'l2'} or None, default='l2'
        That of views which are texts without a norm of their own.
    **alone : object
        Parameters of estimators with a single view: an error if they are not the usual ones.

    Raises
    ------
    ParameterError
        If a view is not known, comes twice, or is not alone.

    Examples
    --------
    >>> [view.name for view in parse_views("word:1-2+char_wb:2-5")]
    ['word:1-2', 'char_wb:2-5']
    """
    if views is None:
        return None
    views = views.split("+") if isinstance(views, str) else views
    if not isinstance(views, Sequence) or not 1 <= len(views) <= MAX_VIEWS:
        raise ParameterError(f"views={views!r} has to be a list of 1 to {MAX_VIEWS} views.")
    for name, value in alone.items():
        if value != USUAL[name] and value != list(USUAL["ngram_range"]):
            raise ParameterError(
                f"{name}={value!r} does not go with views: leave it out, and say kind and range of "
                "each view, such as 'word:1-2'."
            )
    parsed = tuple(parse_view(view, norm) for view in views)
    for view in parsed:
        _check(view)
    twice = [name for name, n in Counter(view.name for view in parsed).items() if n > 1]
    if twice:
        raise ParameterError(
            f"views has {twice[0]!r} twice: give each view once, and each function its own name."
        )
    return parsed


def column_edges(n_features: int, n_views: int) -> Int64:
    """Return where the columns of each view begin, and where the last ones end.

    Examples
    --------
    >>> column_edges(100, 3).tolist()
    [0, 33, 66, 100]
    """
    return np.arange(n_views + 1, dtype=np.int64) * n_features // n_views


def labels_of(views: Sequence[View]) -> list[str]:
    """Return short names of views: their kinds, with the range where several are of one kind.

    Examples
    --------
    >>> labels_of(parse_views("word:1+word:2+char_wb:2-5"))
    ['word:1-1', 'word:2-2', 'char_wb']
    """
    n_of_kind = Counter(view.kind for view in views)
    return [view.name if n_of_kind[view.kind] > 1 else view.kind for view in views]


def spans(n_features: int, views: Sequence[View]) -> list[tuple[View, slice]]:
    """Return each view with its columns."""
    if not views:
        return []
    edges = column_edges(n_features, len(views)).tolist()
    return [(view, slice(*edge)) for view, edge in zip(views, pairwise(edges), strict=True)]


def _check(view: View) -> None:
    """Raise a ParameterError if a value is not one of a view."""
    if not callable(view.analyzer) and view.analyzer not in KINDS:
        raise ParameterError(
            f"views has the unknown kind {view.analyzer!r}: give 'word', 'char' or 'char_wb', or a "
            "View of a function."
        )
    least, most = view.ngram_range
    if not 0 < least <= most:
        raise ParameterError(
            f"views has {view.name!r}, whose n-grams have no length: give KIND:MIN-MAX with "
            "1 <= MIN <= MAX."
        )
    if view.idf not in (True, False):
        raise ParameterError(f"views has idf={view.idf!r}: give True or False.")


def _pair(ngram_range: Any) -> tuple[int, int]:
    """Return a range as a tuple, or raise an error if it is none."""
    is_pair = isinstance(ngram_range, tuple | list) and len(ngram_range) == 2
    if not is_pair or not all(isinstance(n, Integral) for n in ngram_range):
        raise ParameterError(
            f"views has the ngram_range {ngram_range!r}: give (min_n, max_n), two whole numbers."
        )
    return int(ngram_range[0]), int(ngram_range[1])


def _weight(weight: Any) -> float:
    """Return a weight as a float, or raise an error if float32 values do not bear it."""
    is_number = isinstance(weight, Real) and not isinstance(weight, bool)
    if not is_number or not 1 / MOST_WEIGHT <= weight <= MOST_WEIGHT:
        raise ParameterError(f"views has a weight of {weight!r}: give a number from 1e-6 to 1e6.")
    return float(weight)


def _range(word: str) -> tuple[int, int]:
    least, _, most = word.partition("-")
    return int(least), int(most or least)


READERS: dict[str, Callable[[str], Any]] = {
    "ngram_range": _range,
    "weight": float,
    "norm": {"l1": "l1", "l2": "l2", "none": None}.__getitem__,
    "idf": {"yes": True, "no": False}.__getitem__,
}
"""What a view's text has after its kind."""
