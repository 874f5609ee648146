"""What a model says of its terms: the heaviest ones of each class, and those of one text."""

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from torrential.data.dataset import Dataset
from torrential.engine.hashing import Noting, hashed_batches
from torrential.engine.progress import Progress, SilentProgress
from torrential.engine.route import measured
from torrential.engine.text_model import TextModel
from torrential.errors import ParameterError
from torrential.features.collisions import CollisionReport, report_collisions
from torrential.features.hasher import hash_texts
from torrential.features.term_index import TermIndex
from torrential.types import Float32, Float64


@dataclass(frozen=True, slots=True)
class TopTerm:
    """A term that speaks for a class.

    Attributes
    ----------
    term : str
        The most frequent term of its column.
    weight : float
        What one occurrence adds to the class's score, before weights of terms and the norm.
    count : int
        How often the term was met; of a long stream, about.
    shared_with : tuple of str
        Other terms of its column, by frequency: they have the same weight, up to the sign.
    """

    term: str
    weight: float
    count: int
    shared_with: tuple[str, ...]


@dataclass(frozen=True)
class TopTerms(Mapping[Any, list[TopTerm]]):
    """The heaviest terms of each class, heaviest first: a mapping from labels to lists of TopTerm.

    Attributes
    ----------
    by_class : dict
    named : float
        Share of the weight, over all columns and classes, whose columns have a name: 0 to 1.
    """

    by_class: dict[Any, list[TopTerm]]
    named: float

    def __getitem__(self, label: Any) -> list[TopTerm]:
        return self.by_class[label]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.by_class)

    def __len__(self) -> int:
        return len(self.by_class)

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON has it."""
        classes = [
            {"label": label, "terms": [asdict(term) for term in terms]}
            for label, terms in self.items()
        ]
        return {"named": self.named, "classes": classes}

    def __str__(self) -> str:
        lines = [
            f"{label}: " + ", ".join(f"{term.term} ({term.weight:+.2f})" for term in terms)
            for label, terms in self.items()
        ]
        return "\n".join([*lines, f"{self.named:.1%} of the weight is named"])


@dataclass(frozen=True, slots=True)
class Contribution:
    """What a term of a text adds to the decision function.

    Attributes
    ----------
    term : str
    count : int
        How often it is in the text.
    scores : float64 array of shape (n_scores,)
        One number for two classes, else one per class, in the order of the classes.
    is_known : bool or None
        Whether the index of the model has it; None where the model has no index.
    """

    term: str
    count: int
    scores: Float64
    is_known: bool | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """The decision for a text as a sum over its terms.

    Attributes
    ----------
    terms : list of Contribution
        Those of the largest contributions first.
    intercept : float64 array of shape (n_scores,)
    decision : float64 array of shape (n_scores,)
        The intercept and the contributions of all terms: the decision function.
    classes : list
        Labels; two of them share one score, which speaks for the second.
    named : float
        Share of the weight that ``terms`` name: the sum of their absolute contributions over that
        of all terms, 0 to 1.
    """

    terms: list[Contribution]
    intercept: Float64
    decision: Float64
    classes: list[Any]
    named: float

    @property
    def predicted(self) -> Any:
        """The label that is decided for."""
        if len(self.decision) == 1:
            return self.classes[int(self.decision[0] > 0)] if len(self.classes) > 1 else None
        return self.classes[int(np.argmax(self.decision))]

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON has it."""
        terms = [
            {
                "term": each.term,
                "count": each.count,
                "scores": each.scores.tolist(),
                "is_known": each.is_known,
            }
            for each in self.terms
        ]
        return {
            "predicted": self.predicted,
            "classes": self.classes,
            "decision": self.decision.tolist(),
            "intercept": self.intercept.tolist(),
            "named": self.named,
            "terms": terms,
        }

    def __str__(self) -> str:
        column = 0 if len(self.decision) == 1 else int(np.argmax(self.decision))
        lines = [f"{self.predicted} ({self.decision[column]:+.3f})"]
        lines += [f"{each.scores[column]:+.3f}  {each.term}" for each in self.terms]
        lines.append(f"{self.intercept[column]:+.3f}  (intercept)")
        return "\n".join([*lines, f"{self.named:.1%} of the weight is named"])


def collect_terms(
    model: TextModel,
    dataset: Dataset,
    budget: int,
    *,
    n_jobs: int = 1,
    progress: Progress | None = None,
) -> TermIndex:
    """Make an index of the terms of a dataset for a model, in one pass on all threads.

    The same to the bit for any ``n_jobs``.
    """
    progress = progress or SilentProgress()
    settings, weigh = model.features, model.linear.largest_weights
    index = TermIndex(settings, budget)
    partitions = measured(dataset.partitions())
    noting = Noting(terms=True)
    with progress:
        progress.begin("collect terms", partitions)
        with closing(hashed_batches(partitions, settings, None, n_jobs, noting)) as batches:
            for batch in batches:
                if batch.terms is not None:
                    index.update(batch.terms, batch.n_like_it, weigh)
                progress.advance(batch.rows.n_rows, batch.n_bytes)
    return index


def index_of(model: TextModel) -> TermIndex:
    """Return the model's index.

    Raises
    ------
    ParameterError
        If it kept no terms.
    """
    if model.index is None:
        raise ParameterError(
            "This model kept no terms: train it with terms=True, or name them afterwards with "
            "collect_terms(texts)."
        )
    return model.index


def top_terms(index: TermIndex, coef: Float32, classes: list[Any], n: int) -> TopTerms:
    """Return the ``n`` heaviest terms of each class.

    Parameters
    ----------
    index : TermIndex
    coef : float32 array of shape (1, n_features) or (n_classes, n_features)
    classes : list
        In the order of the rows; two share one.
    n : int
    """
    by_column = index.by_column
    columns, first = by_column.columns, by_column.begins[:-1]
    weights = coef[:, columns] * by_column.signs[first]
    total = np.abs(coef).sum(dtype=np.float64)
    named = np.abs(weights).sum(dtype=np.float64) / total if total else 0.0
    rows = [-weights[0], weights[0]] if len(classes) == 2 else list(weights)
    by_class = {
        label: [_top_term(index, int(place), float(row[place])) for place in _heaviest(row, n)]
        for label, row in zip(classes, rows, strict=True)
    }
    return TopTerms(by_class, float(named))


def _heaviest(weights: Float32, n: int) -> Any:
    order = np.argsort(-weights, kind="stable")[:n]
    return order[weights[order] > 0]


def _top_term(index: TermIndex, place: int, weight: float) -> TopTerm:
    by_column = index.by_column
    begin, end = int(by_column.begins[place]), int(by_column.begins[place + 1])
    name, *others = by_column.names[begin:end].tolist()
    return TopTerm(name, weight, int(by_column.terms.counts[begin]), tuple(others))


def explain(
    model: TextModel,
    text: str,
    coef: Float32,
    intercept: Float32,
    classes: list[Any],
    n: int | None = None,
) -> Explanation:
    """Return what each term of a text adds to each score, the ``n`` largest.

    Terms of the text that share a column share its value by their signed counts, as the hashing
    trick adds them up.

    Parameters
    ----------
    model : TextModel
    text : str
    coef : float32 array of shape (n_scores, n_features)
    intercept : float32 array of shape (n_scores,)
    classes : list
    n : int, optional
    """
    hashed = hash_texts(pa.array([text], pa.string()), model.hashing, count_terms=True)
    rows, terms = hashed.rows, hashed.terms
    assert terms is not None
    weighting = model.terms.weighting()
    if weighting is not None:
        weighting.apply(rows.data, rows.indices, rows.indptr)
    columns = terms.columns(rows.n_features)
    parts = np.ones(len(terms)) if model.features.binary else terms.counts.astype(np.float64)
    if not model.features.binary:
        parts *= terms.signs(model.features.alternate_sign)
    places = np.searchsorted(rows.indices, columns)
    totals = np.bincount(places, parts, len(rows.indices))[places]
    shares = np.divide(parts, totals, out=np.zeros_like(parts), where=totals != 0)
    values = shares * rows.data[places]
    scores = coef[:, columns].astype(np.float64) * values
    sizes = np.abs(scores).sum(axis=0)
    order = np.argsort(-sizes, kind="stable")[:n]
    names, known = terms.decoded(), _known(model, terms.keys)
    total = sizes.sum()
    start = intercept.astype(np.float64)
    return Explanation(
        [
            Contribution(names[i], int(terms.counts[i]), scores[:, i], known[i])
            for i in order.tolist()
        ],
        start,
        start + scores.sum(axis=1),
        classes,
        float(sizes[order].sum() / total) if total else 1.0,
    )


def _known(model: TextModel, keys: Any) -> list[bool | None]:
    if model.index is None:
        return [None] * len(keys)
    known: list[bool | None] = np.isin(keys, model.index.by_column.terms.keys).tolist()
    return known


def collisions(model: TextModel) -> CollisionReport:
    """Report the collisions of the terms that a model has met."""
    arrays, _ = model.linear.state()
    memory = sum(array.nbytes for array in arrays.values())
    if model.index is not None:
        memory += model.index.n_bytes
    n_terms = model.vocabulary.n_terms()
    return report_collisions(model.features.n_features, n_terms, model.index, memory)
