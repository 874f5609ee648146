"""Explanation of a model by its terms: the heaviest of each class, and those of one text."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from torrential.shown import ForPeople, Shown, counted
from torrential.types import Float64


@dataclass(frozen=True, slots=True)
class TopTerm:
    """A heavy term of a class.

    Attributes
    ----------
    term : str
        The most frequent term of its column.
    weight : float
        What one occurrence adds to the class's score, before weights of terms and the norm.
    count : int
        Count of the term; approximate for a long stream.
    shared_with : tuple of str
        Other terms of its column, by frequency: they have the same weight, up to the sign.
    """

    term: str
    weight: float
    count: int
    shared_with: tuple[str, ...]


@dataclass(frozen=True, repr=False)
class TopTerms(ForPeople, Mapping[Any, list[TopTerm]]):
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
        """Return all figures as JSON represents them."""
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

    def _shown(self) -> Shown:
        facts = [counted(len(self), "class", "classes"), f"{self.named:.1%} of the weight is named"]
        rows = [
            (label, ", ".join(f"{term.term} ({term.weight:+.2f})" for term in terms))
            for label, terms in self.items()
        ]
        return Shown("TopTerms", facts, ("class", "heaviest terms"), rows)


@dataclass(frozen=True, slots=True)
class Contribution:
    """Contribution of a term of a text to the decision function.

    Attributes
    ----------
    term : str
    count : int
        How often it is in the text.
    scores : float64 array of shape (n_scores,)
        One number for two classes, else one per class, in the order of the classes.
    is_known : bool or None
        Whether the model's index contains it; None if the model has no index.
    """

    term: str
    count: int
    scores: Float64
    is_known: bool | None


@dataclass(frozen=True, slots=True, repr=False)
class Explanation(ForPeople):
    """The decision for a text as a sum over its terms.

    Attributes
    ----------
    terms : list of Contribution
        Terms, the largest contributions first.
    intercept : float64 array of shape (n_scores,)
    decision : float64 array of shape (n_scores,)
        The intercept and the contributions of all terms: the decision function.
    classes : list
        Labels; two labels share one score, which is positive for the second.
    named : float
        Share of the weight that ``terms`` name: the sum of their absolute contributions over that
        of all terms, 0 to 1.
    multilabel : bool, default=False
        Whether the text may get any number of labels: each has a score then.
    """

    terms: list[Contribution]
    intercept: Float64
    decision: Float64
    classes: list[Any]
    named: float
    multilabel: bool = False

    @property
    def predicted(self) -> Any:
        """Predicted label; with several labels a row, the tuple of those that score above 0."""
        if self.multilabel:
            scored = zip(self.classes, self.decision.tolist(), strict=True)
            return tuple(label for label, score in scored if score > 0)
        if len(self.decision) == 1:
            return self.classes[int(self.decision[0] > 0)] if len(self.classes) > 1 else None
        return self.classes[int(np.argmax(self.decision))]

    def to_dict(self) -> dict[str, Any]:
        """Return all figures as JSON represents them."""
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
            "predicted": list(self.predicted) if self.multilabel else self.predicted,
            "classes": self.classes,
            "decision": self.decision.tolist(),
            "intercept": self.intercept.tolist(),
            "named": self.named,
            "terms": terms,
        }

    def _shown(self) -> Shown:
        column = self._column
        facts = [str(self.predicted), f"score {self.decision[column]:+.3f}"]
        rows = [(each.term, f"{each.scores[column]:+.3f}") for each in self.terms]
        rows.append(("(intercept)", f"{self.intercept[column]:+.3f}"))
        return Shown("Explanation", facts, ("term", "adds"), rows)

    @property
    def _column(self) -> int:
        """Column of the score that is shown."""
        return 0 if len(self.decision) == 1 else int(np.argmax(self.decision))

    def __str__(self) -> str:
        column = self._column
        label = self.classes[column] if self.multilabel else self.predicted
        lines = [f"{label} ({self.decision[column]:+.3f})"]
        lines += [f"{each.scores[column]:+.3f}  {each.term}" for each in self.terms]
        lines.append(f"{self.intercept[column]:+.3f}  (intercept)")
        return "\n".join([*lines, f"{self.named:.1%} of the weight is named"])
