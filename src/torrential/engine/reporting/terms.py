"""Terms of a report: the heaviest of each class, and those that spoke for wrong predictions."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from torrential.engine.explaining.term_values import column_scores
from torrential.engine.model.hashed_model import HashedModel
from torrential.engine.reporting.parts import ClassTerms, TermLine
from torrential.features.names import ColumnNames
from torrential.features.settings import HashSettings
from torrential.features.terms.terms_by_column import TermsByColumn
from torrential.types import Float32, Int64

N_AT_ONCE = 2**22
"""Scores that are computed at once: 16 MB."""

_LABELED = re.compile(r'[\w:-]+: "(.*)"', re.DOTALL)


def readable(name: str, model: HashedModel) -> str:
    """Return the name of a column without its view, which only programs need."""
    found = _LABELED.fullmatch(name) if model.hashing.views else None
    return found[1] if found else name


def heaviest(
    model: HashedModel,
    names: ColumnNames,
    labels: Sequence[Any],
    wanted: Sequence[int],
    n: int,
    *,
    words_only: bool = True,
) -> tuple[ClassTerms, ...]:
    """Return the ``n`` heaviest names of some classes.

    Parameters
    ----------
    model : HashedModel
    names : ColumnNames
    labels : sequence
        Labels as the report has them, in ascending order.
    wanted : sequence of int
        Places of the classes.
    n : int
    words_only : bool, default=True
        Whether to leave out characters where a model has words, too, which people can read.
    """
    places = np.arange(len(names.columns), dtype=np.int64)
    if words_only:
        places = _readable_places(model, names)
    n_columns = model.linear.n_columns
    step = max(1, N_AT_ONCE // max(1, n_columns))
    best = [(np.zeros(0, np.float32), np.zeros(0, np.int64))] * len(wanted)
    for first in range(0, len(places), step):
        part = places[first : first + step]
        for number, scores in enumerate(_by_class(model, names, part, wanted)):
            best[number] = _larger(best[number], (scores, part), n)
    return tuple(
        ClassTerms(
            labels[place],
            tuple(
                TermLine(
                    readable(str(names.names[names.begins[at]]), model),
                    float(weight),
                    int(names.counts[names.begins[at]]),
                )
                for weight, at in zip(*found, strict=True)
            ),
        )
        for place, found in zip(wanted, best, strict=True)
    )


def _readable_places(model: HashedModel, names: ColumnNames) -> Int64:
    """Return the places of the columns whose first name is a word; of all, if none are."""
    every = np.arange(len(names.columns), dtype=np.int64)
    settings = model.hashing
    if not isinstance(settings, HashSettings) or not isinstance(names, TermsByColumn):
        return every
    are_words = np.array([each.analyzer == "word" for each in settings.parts])
    if are_words.all() or not are_words.any():
        return every
    kept: Int64 = every[are_words[names.terms.views()[names.begins[:-1]]]]
    return kept


def _by_class(
    model: HashedModel, names: ColumnNames, places: Int64, wanted: Sequence[int]
) -> list[Float32]:
    signs = names.signs[names.begins[:-1]][places].astype(np.float32)
    scores = model.labels.order().by_class(column_scores(model, names.columns[places], signs))
    if scores.shape[1] == 1 and not model.is_multilabel:
        return [scores[:, 0] if place == 1 else -scores[:, 0] for place in wanted]
    return [scores[:, place] for place in wanted]


def _larger(
    best: tuple[Float32, Int64], more: tuple[Float32, Int64], n: int
) -> tuple[Float32, Int64]:
    weights = np.concatenate([best[0], more[0]])
    places = np.concatenate([best[1], more[1]])
    order = np.argsort(-weights, kind="stable")[:n]
    order = order[weights[order] > 0]
    return weights[order], places[order]
