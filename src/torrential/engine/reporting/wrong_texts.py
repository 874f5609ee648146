"""Wrong predictions with the reasons: each text with what its words added, and all of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from torrential.engine.explaining.term_values import column_scores, term_values
from torrential.engine.model.hashed_model import HashedModel
from torrential.engine.reporting.attribution import attribute, excerpt, pieces
from torrential.engine.reporting.parts import Piece, TermLine, WrongText
from torrential.engine.reporting.table_pieces import table_pieces
from torrential.engine.targets.label_values import plain_label
from torrential.evaluation.findings.rows import WrongRow
from torrential.features.settings import HashSettings
from torrential.types import Float64, text_columns

MOST_CHARACTERS = 700
"""Characters of a text that are shown."""

MOST_EXPLAINED = 20_000
"""Characters of a text whose words are explained."""


@dataclass
class WrongTexts:
    """The wrong rows of a report, and the terms that spoke for them.

    Attributes
    ----------
    texts : list of WrongText
    words_only : bool
        Whether terms that are named are words, and else characters, where a model has both.
    """

    words_only: bool = True
    texts: list[WrongText] = field(default_factory=list)
    _added: dict[str, tuple[float, int]] = field(default_factory=dict)
    _shown: set[tuple[bytes, Any, Any]] = field(default_factory=set)

    def terms(self, n: int) -> tuple[TermLine, ...]:
        """Return the terms that added most to the wrong labels."""
        found = sorted(self._added.items(), key=lambda each: (-each[1][0], each[0]))
        return tuple(
            TermLine(term, total, count) for term, (total, count) in found[:n] if total > 0
        )

    def add(self, model: HashedModel, row: WrongRow) -> None:
        """Explain a row, and add it, unless an equal one is there."""
        key = (row.text, row.true, row.predicted)
        if key in self._shown:
            return
        self._shown.add(key)
        if row.columns is None:
            text = row.text.decode("utf-8", "replace")
            shown = text[:MOST_EXPLAINED]
            found = pieces(shown, self._explained(model, shown, row))
            is_whole = len(row.text) == row.n_bytes and len(shown) == len(text)
        else:
            found, is_whole = table_pieces(row.columns, self._terms(model, row.columns, row)), True
        kept, is_cut = excerpt(found, MOST_CHARACTERS)
        self.texts.append(
            WrongText(
                true=plain_label(row.true),
                predicted=plain_label(row.predicted),
                probability=row.probability,
                of_true=row.of_true,
                origin=row.origin,
                number=row.number,
                pieces=_joined(kept),
                is_cut=is_cut or not is_whole,
            )
        )

    def _explained(self, model: HashedModel, text: str, row: WrongRow) -> Float64:
        settings = model.hashing
        assert isinstance(settings, HashSettings)  # of texts
        terms, columns, values = term_values(model, text_columns(pa.array([text], pa.string())))
        added = _against(model, column_scores(model, columns, values), row)
        views = terms.views() if settings.views else np.zeros(len(terms), np.int64)
        names, are_words = terms.decoded(), [each.analyzer == "word" for each in settings.parts]
        scores_of: dict[tuple[int, str], float] = {}
        for view, name, score in zip(views.tolist(), names, added.tolist(), strict=True):
            scores_of[view, name] = score
            if are_words[view] == self.words_only or len({*are_words}) == 1:
                self._add_term(name, score)
        return attribute(text, settings, scores_of)

    def _terms(
        self, model: HashedModel, columns: pa.RecordBatch, row: WrongRow
    ) -> list[tuple[str, float]]:
        """Return the terms of a row of a table with their scores."""
        terms, at, values = term_values(model, columns)
        added = _against(model, column_scores(model, at, values), row)
        found = list(zip(terms.decoded(), added.tolist(), strict=True))
        for name, score in found:
            self._add_term(name, score)
        return found

    def _add_term(self, name: str, score: float) -> None:
        total, count = self._added.get(name, (0.0, 0))
        self._added[name] = total + score, count + 1


def _against(model: HashedModel, scores: Any, row: WrongRow) -> Float64:
    """Return what each term adds to the predicted label against the true one."""
    labels: Sequence[Any] = model.labels.values
    if scores.shape[1] == 1:  # positive for code 1
        sign = 1.0 if labels.index(row.predicted) == 1 else -1.0
        of_one: Float64 = sign * scores[:, 0].astype(np.float64)
        return of_one
    added: Float64 = scores[:, labels.index(row.predicted)].astype(np.float64)
    if row.of_true is not None:
        added = added - scores[:, labels.index(row.true)]
    return added


def _joined(found: Sequence[tuple[str, float]]) -> tuple[Piece, ...]:
    """Return pieces, with those without a score joined."""
    joined: list[Piece] = []
    for text, score in found:
        rounded = round(score, 4)
        if joined and rounded == 0 == joined[-1].score:
            joined[-1] = Piece(joined[-1].text + text, 0.0)
        else:
            joined.append(Piece(text, rounded))
    return tuple(joined)
