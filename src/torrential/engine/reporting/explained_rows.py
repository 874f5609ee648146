"""Rows with the reasons of a prediction: each word with what its terms add, and all of them."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, NamedTuple, TypeVar

import numpy as np
import pyarrow as pa

from torrential.engine.explaining.term_values import column_scores, term_values
from torrential.engine.model.hashed_model import HashedModel
from torrential.engine.reporting.attribution import attribute, excerpt, pieces
from torrential.engine.reporting.parts import Piece, TermLine
from torrential.engine.reporting.table_pieces import table_pieces
from torrential.evaluation.findings.rows import KeptRow
from torrential.features.settings import HashSettings
from torrential.types import Float64, text_columns

MOST_CHARACTERS = 700
"""Characters of a text that are shown."""

MOST_EXPLAINED = 20_000
"""Characters of a text whose words are explained."""

Found = list[tuple[str, float]]
Row = TypeVar("Row")


class ExplainedRow(NamedTuple):
    """A row as reports show it.

    Attributes
    ----------
    origin : str
    number : int or None
    pieces : tuple of Piece
        The part of the text that matters most.
    is_cut : bool
        Whether there is more of it.
    """

    origin: str
    number: int | None
    pieces: tuple[Piece, ...]
    is_cut: bool


class RowExplainer:
    """Explains rows, and sums up what each term added in all of them.

    Parameters
    ----------
    model : HashedModel
    words_only : bool, default=True
        Whether terms that are named are words, and else characters, where a model has both.
    """

    def __init__(self, model: HashedModel, *, words_only: bool = True) -> None:
        self._model, self._words_only = model, words_only
        self._added: dict[str, tuple[float, int]] = {}

    def terms(self, n: int) -> tuple[TermLine, ...]:
        """Return the terms that added most."""
        found = sorted(self._added.items(), key=lambda each: (-each[1][0], each[0]))
        return tuple(
            TermLine(term, total, count) for term, (total, count) in found[:n] if total > 0
        )

    def explain(self, row: KeptRow, direction: Float64, sign: float = 1.0) -> ExplainedRow:
        """Return a row with what its words add.

        Parameters
        ----------
        row : KeptRow
        direction : float64 array of shape (n_scores,)
            What to explain: how much each score counts.
        sign : float, default=1.0
            -1 where `terms` are to be those that speak against it.
        """
        found, is_whole = self.pieces(row, direction, sign)
        kept, is_cut = excerpt(found, MOST_CHARACTERS)
        return ExplainedRow(row.origin, row.number, joined(kept), is_cut or not is_whole)

    def pieces(self, row: KeptRow, direction: Float64, sign: float = 1.0) -> tuple[Found, bool]:
        """Return all pieces of a row with their scores, and whether the row has no others."""
        if row.columns is not None:
            terms = self._terms(row.columns, direction, sign)
            return table_pieces(row.columns, terms), True
        text = row.text.decode("utf-8", "replace")
        shown = text[:MOST_EXPLAINED]
        is_whole = len(row.text) == row.n_bytes and len(shown) == len(text)
        return pieces(shown, self._by_character(shown, direction, sign)), is_whole

    def _by_character(self, text: str, direction: Float64, sign: float) -> Float64:
        settings = self._model.hashing
        assert isinstance(settings, HashSettings)  # of texts
        columns = text_columns(pa.array([text], pa.string()))
        terms, at, values = term_values(self._model, columns)
        added = column_scores(self._model, at, values) @ direction
        views = terms.views() if settings.views else np.zeros(len(terms), np.int64)
        names, are_words = terms.decoded(), [each.analyzer == "word" for each in settings.parts]
        scores_of: dict[tuple[int, str], float] = {}
        for view, name, score in zip(views.tolist(), names, added.tolist(), strict=True):
            scores_of[view, name] = score
            if are_words[view] == self._words_only or len({*are_words}) == 1:
                self._add_term(name, sign * score)
        return attribute(text, settings, scores_of)

    def _terms(self, columns: pa.RecordBatch, direction: Float64, sign: float) -> Found:
        """Return the terms of a row of a table with their scores."""
        terms, at, values = term_values(self._model, columns)
        added = column_scores(self._model, at, values) @ direction
        found = list(zip(terms.decoded(), added.tolist(), strict=True))
        for name, score in found:
            self._add_term(name, sign * score)
        return found

    def _add_term(self, name: str, score: float) -> None:
        total, count = self._added.get(name, (0.0, 0))
        self._added[name] = total + score, count + 1


def contrast(model: HashedModel, wrong: Sequence[Any], right: Sequence[Any] = ()) -> Float64:
    """Return the direction of some labels, less that of others; unknown ones do not count.

    Parameters
    ----------
    model : HashedModel
        Of labels.
    wrong, right : sequence
        Of two labels that share a score, the first one of both decides.

    Returns
    -------
    direction : float64 array of shape (n_scores,)
    """
    labels: list[Any] = list(model.labels.values)
    n_scores = model.linear.n_columns
    of_code = [(labels.index(each), 1.0) for each in wrong if each in labels]
    of_code += [(labels.index(each), -1.0) for each in right if each in labels]
    direction = np.zeros(n_scores)
    if n_scores == 1 and not model.is_multilabel:  # positive for code 1
        code, sign = of_code[0] if of_code else (0, 0.0)
        direction[0] = sign if code == 1 else -sign
        return direction
    for code, sign in of_code:
        direction[code] += sign
    return direction


def distinct(rows: Iterable[Row], key: Callable[[Row], Hashable]) -> list[Row]:
    """Return the first row of each key.

    >>> distinct([3, 5, 4], lambda number: number % 2)
    [3, 4]
    """
    first: dict[Hashable, Row] = {}
    for row in rows:
        first.setdefault(key(row), row)
    return list(first.values())


def joined(found: Sequence[tuple[str, float]]) -> tuple[Piece, ...]:
    """Return pieces, with those without a score joined."""
    pieces: list[Piece] = []
    for text, score in found:
        rounded = round(score, 4) + 0.0  # not -0.0
        if pieces and rounded == 0 == pieces[-1].score:
            pieces[-1] = Piece(pieces[-1].text + text, 0.0)
        else:
            pieces.append(Piece(text, rounded))
    return tuple(pieces)
