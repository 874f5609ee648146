"""Settings that determine the features of a text, and are saved with every model."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Any, Protocol

from torrential.features.views import View, column_edges

DEFAULT_TOKEN_PATTERN = r"(?u)\b\w\w+\b"

WORD_PATTERNS = (DEFAULT_TOKEN_PATTERN, r"\b\w\w+\b")
"""Spellings of the default pattern."""

PUNCTUATION_PATTERNS = (r"\w+|[^\w\s]", r"(?u)\w+|[^\w\s]")
"""Spellings of the pattern that keeps punctuation, which the kernels follow, too."""

KNOWN_PATTERNS = (DEFAULT_TOKEN_PATTERN, *PUNCTUATION_PATTERNS)


class Hashing(Protocol):
    """Settings of hashed rows of any kind, as far as terms and columns go."""

    @property
    def n_features(self) -> int:
        """Number of columns."""
        ...

    @property
    def views(self) -> tuple[View, ...] | None:
        """Views of a text; None for one."""
        ...

    @property
    def n_views(self) -> int:
        """Number of views."""
        ...

    @property
    def alternate_sign(self) -> bool:
        """Whether the hash decides the sign of a value."""
        ...


@dataclass(frozen=True, slots=True)
class HashSettings:
    """Parameters of the hashing trick, named and defaulted as in scikit-learn's HashingVectorizer.

    ``seed`` is MurmurHash3's; scikit-learn's is always 0. ``sublinear_tf`` is TfidfTransformer's.
    With ``views`` these decide instead of ``analyzer``, ``ngram_range`` and ``norm``.
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
    views: tuple[View, ...] | None = None

    @property
    def has_pattern(self) -> bool:
        """Whether a regular expression that the kernels do not follow splits texts into tokens."""
        is_used = any(each.analyzer == "word" for each in self.parts) and self.tokenizer is None
        return is_used and self.token_pattern not in KNOWN_PATTERNS

    @property
    def parts(self) -> tuple["HashSettings", ...]:
        """Settings of each view; these where there are no views."""
        if self.views is None:
            return (self,)
        edges = column_edges(self.n_features, len(self.views)).tolist()
        return tuple(
            replace(
                self,
                n_features=edges[number + 1] - edges[number],
                analyzer=view.analyzer,
                ngram_range=view.ngram_range,
                norm=view.norm,
                seed=view.seed(self.seed) if number else self.seed,
                views=None,
            )
            for number, view in enumerate(self.views)
        )

    @property
    def n_views(self) -> int:
        """Number of views."""
        return 1 if self.views is None else len(self.views)

    def counting(self) -> "HashSettings":
        """Return settings for counts without norms and weights, which are applied later."""
        views = self.views and tuple(replace(view, norm=None, weight=1.0) for view in self.views)
        return replace(self, norm=None, views=views)
