"""Settings that determine the features of a text, and are saved with every model."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

DEFAULT_TOKEN_PATTERN = r"(?u)\b\w\w+\b"


@dataclass(frozen=True, slots=True)
class HashSettings:
    """Parameters of the hashing trick, named and defaulted as in scikit-learn's HashingVectorizer.

    ``seed`` is MurmurHash3's; scikit-learn's is always 0. ``sublinear_tf`` is TfidfTransformer's.
    """

    n_features: int = 2**20
    analyzer: str | Callable[[str], Any] = "word"
    ngram_range: tuple[int, int] = (1, 1)
    lowercase: bool = True
    strip_accents: str | Callable[[str], str] | None = None
    stop_words: str | Collection[str] | None = None
    token_pattern: str | None = DEFAULT_TOKEN_PATTERN
    tokenizer: Callable[[str], Any] | None = None
    preprocessor: Callable[[str], str] | None = None
    binary: bool = False
    sublinear_tf: bool = False
    norm: str | None = "l2"
    alternate_sign: bool = True
    seed: int = 0

    @property
    def has_pattern(self) -> bool:
        """Whether a regular expression other than the default splits texts into tokens."""
        is_used = self.analyzer == "word" and self.tokenizer is None
        return is_used and self.token_pattern != DEFAULT_TOKEN_PATTERN
