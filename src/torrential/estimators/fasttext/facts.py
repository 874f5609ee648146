"""What a fastText model is: its sizes and settings."""

from dataclasses import asdict, dataclass
from typing import Any

from torrential.persistence.fasttext.file import FastTextFile


@dataclass(frozen=True, slots=True)
class FastTextFacts:
    """Sizes and settings of a fastText model.

    Attributes
    ----------
    n_bytes : int
        Size of the file.
    version : int
        Version of its format.
    loss : str
        "softmax", "hs" (hierarchical softmax), "ova" (one against all) or "ns" (negative
        sampling).
    dim : int
        Length of the vectors.
    n_words, n_labels : int
    word_ngrams : int
        Longest n-grams of words.
    char_ngrams : tuple of int, or None
        Shortest and longest n-grams of characters.
    bucket : int
        Rows that n-grams are hashed to; 0 without n-grams.
    n_kept : int or None
        N-grams that a pruned model has kept; None if it is not pruned.
    is_quantized, is_output_quantized : bool
        Whether the vectors of words, and those of labels, are quantized.
    """

    n_bytes: int
    version: int
    loss: str
    dim: int
    n_words: int
    n_labels: int
    word_ngrams: int
    char_ngrams: tuple[int, int] | None
    bucket: int
    n_kept: int | None
    is_quantized: bool
    is_output_quantized: bool

    def to_dict(self) -> dict[str, Any]:
        """Return all facts as JSON represents them."""
        return asdict(self)


def facts_of(file: FastTextFile) -> FastTextFacts:
    """Return the facts of an opened model."""
    settings, dictionary = file.settings, file.dictionary
    has_characters = settings.maxn > 0
    return FastTextFacts(
        n_bytes=file.n_bytes,
        version=settings.version,
        loss=settings.loss,
        dim=settings.dim,
        n_words=dictionary.n_words,
        n_labels=dictionary.n_labels,
        word_ngrams=settings.word_ngrams,
        char_ngrams=(settings.minn, settings.maxn) if has_characters else None,
        bucket=settings.bucket if has_characters or settings.word_ngrams > 1 else 0,
        n_kept=None if dictionary.n_kept < 0 else dictionary.n_kept,
        is_quantized=file.is_quantized,
        is_output_quantized=file.is_output_quantized,
    )
