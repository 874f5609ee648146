"""Explanation of a prediction by what it becomes when a word is left out."""

from dataclasses import asdict, dataclass
from typing import Any

from torrential.shown import ForPeople, Shown, number


@dataclass(frozen=True, slots=True)
class LeftOutWord:
    """A word of a text, and the prediction of the text without it.

    Attributes
    ----------
    word : str
    count : int
        How often the text has it; all of them are left out.
    change : float
        What the word adds to the log odds of the predicted label: those of the whole text less
        those of the text without the word.
    probability : float
        Probability of the predicted label without the word.
    label : str
        Label that is predicted without the word.
    """

    word: str
    count: int
    change: float
    probability: float
    label: str


@dataclass(frozen=True, slots=True, repr=False)
class LeftOutWords(ForPeople):
    """The words of a text, those that matter most for its predicted label first.

    Attributes
    ----------
    predicted : str
    probability : float
        Of the predicted label.
    words : list of LeftOutWord
        By falling size of their change.
    """

    predicted: str
    probability: float
    words: list[LeftOutWord]

    def to_dict(self) -> dict[str, Any]:
        """Return all figures as JSON represents them."""
        return asdict(self)

    def _shown(self) -> Shown:
        facts = [self.predicted, f"probability {number(self.probability)}"]
        rows = [(each.word, f"{each.change:+.3f}") for each in self.words]
        return Shown("LeftOutWords", facts, ("word", "adds"), rows)

    def __str__(self) -> str:
        lines = [f"{self.predicted} ({self.probability:.4f})"]
        lines += [f"{each.change:+.3f}  {each.word}" for each in self.words]
        return "\n".join(lines)
