"""Make the comparison of two models from what the pass has found."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from torrential.engine.model.hashed_model import HashedModel
from torrential.engine.reporting.attribution import best_part
from torrential.engine.reporting.compare import Models, PairSummary
from torrential.engine.reporting.compared_figures import figures_of
from torrential.engine.reporting.comparison import ChangedText, ClassChange, Comparison
from torrential.engine.reporting.explained_rows import Found, RowExplainer, contrast, joined
from torrential.engine.reporting.kinds.choice import LABELS, kind_of
from torrential.engine.reporting.shown_rows import is_of_texts
from torrential.engine.targets.label_values import plain_label
from torrential.engine.targets.targets import as_set
from torrential.evaluation.findings import intervals
from torrential.evaluation.findings.intervals import Estimate
from torrential.evaluation.findings.rows import ChangedRow
from torrential.types import Float64

MOST_CHARACTERS = 500
"""Characters of a text that are shown."""


@dataclass(frozen=True, slots=True)
class Subjects:
    """What a comparison is of, besides the rows.

    Attributes
    ----------
    names : tuple of str
        Of the first model and of the second.
    models : tuple of HashedModel
    fingerprints : tuple of str or None
    seconds : float
    facts : dict of str to object
        ``data``, ``versions``, ``made`` and ``command`` of the comparison.
    """

    names: tuple[str, str]
    models: Models
    fingerprints: tuple[str | None, str | None]
    seconds: float
    facts: dict[str, Any]


def build_comparison(subjects: Subjects, found: PairSummary) -> Comparison:
    """Return the comparison."""
    first, second = found.first.metrics.report(), found.second.metrics.report()
    kind, of_numbers = kind_of(subjects.models[0]), subjects.models[0].is_regression
    differences = _differences(found, sign=-1.0 if of_numbers else 1.0)
    both_right, both_wrong = found.counts.tolist()
    changed = _Changed(subjects.models)
    return Comparison(
        first=subjects.names[0],
        second=subjects.names[1],
        kind=kind,
        is_table=not is_of_texts(subjects.models[0]),
        n_rows=first.n_rows,
        n_bytes=found.n_bytes,
        seconds=subjects.seconds,
        difference=differences[0],
        other_difference=differences[1] if len(differences) > 1 else None,
        p_value=intervals.mcnemar(found.n_worse, found.n_better),
        both_right=both_right if kind == LABELS else None,
        only_first=found.n_worse,
        only_second=found.n_better,
        both_wrong=both_wrong if kind == LABELS else None,
        n_same=found.n_same,
        figures=figures_of(kind, first, second),
        classes=() if of_numbers else _classes(first, second),
        better=tuple(map(changed.text, found.better.rows())),
        worse=tuple(map(changed.text, found.worse.rows())),
        fingerprints=subjects.fingerprints,
        **subjects.facts,
    )


def _differences(found: PairSummary, sign: float) -> list[Estimate]:
    """Return the paired differences; errors, which are measured as losses, with their sign."""
    size = found.weight**2 / found.squared_weights  # rows that count as independent
    return [
        intervals.mean(sign * total, squares, found.weight, size)
        for total, squares in found.changes.T.tolist()
    ]


def _classes(first: Any, second: Any) -> tuple[ClassChange, ...]:
    ours, theirs = ({each.label: each for each in report.classes} for report in (first, second))
    found = [
        ClassChange(
            plain_label(label),
            max(each[label].support for each in (ours, theirs) if label in each),
            ours[label].f1 if label in ours else 0.0,
            theirs[label].f1 if label in theirs else 0.0,
        )
        for label in {**ours, **theirs}
    ]
    return tuple(sorted(found, key=lambda each: -abs(each.second - each.first)))


class _Changed:
    """Rows that changed, with what their words add in both models."""

    def __init__(self, models: Models) -> None:
        self._models = models
        self._explainers = [RowExplainer(model) for model in models]

    def text(self, row: ChangedRow) -> ChangedText:
        """Return a row as it is shown: the same part of its text for both models."""
        parts, is_whole = [], True
        for model, explainer in zip(self._models, self._explainers, strict=True):
            found, is_whole = explainer.pieces(row.row, _direction(model, row))
            parts.append(found)
        first, second, is_cut = _same_part(*parts)
        return ChangedText(
            true=_plain(row.true),
            first=_plain(row.first),
            second=_plain(row.second),
            of_first=row.of_first,
            of_second=row.of_second,
            origin=row.row.origin,
            number=row.row.number,
            first_pieces=joined(first),
            second_pieces=joined(second),
            is_cut=is_cut or not is_whole,
        )


def _direction(model: HashedModel, row: ChangedRow) -> Float64:
    """Return what to explain: the labels that models disagree on, wrong ones against true ones."""
    if model.is_regression:
        return np.ones(1)
    true, first, second = (set(as_set(each)) for each in (row.true, row.first, row.second))
    differ = [*as_set(row.first), *as_set(row.second), *as_set(row.true)]
    differ = [each for each in differ if (each in first) != (each in second)]
    return contrast(
        model,
        [each for each in dict.fromkeys(differ) if each not in true],
        [each for each in dict.fromkeys(differ) if each in true],
    )


def _same_part(first: Found, second: Found) -> tuple[Found, Found, bool]:
    """Return the part of a text that matters most to both models, in the scores of each."""
    weights = [sum(pair) for pair in zip(_shares(first), _shares(second), strict=True)]
    part = best_part([len(text) for text, _ in first], weights, MOST_CHARACTERS)
    return first[part], second[part], part.stop - part.start < len(first)


def _shares(found: Found) -> list[float]:
    """Return the size of each score as a part of the largest one."""
    most = max((abs(score) for _, score in found), default=0.0) or 1.0
    return [abs(score) / most for _, score in found]


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [plain_label(each) for each in value]
    return plain_label(value)
