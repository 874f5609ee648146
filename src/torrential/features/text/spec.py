"""TextSpec: texts to hashed terms."""

from collections.abc import Hashable
from dataclasses import asdict, dataclass
from typing import Any, Self

import pyarrow as pa

from torrential.features.names import ColumnNames
from torrential.features.settings import HashSettings
from torrential.features.spec import NOTHING, EncodedRows, Observe
from torrential.features.terms.term_index import TermIndex
from torrential.features.text.checks import check_settings
from torrential.features.text.hasher import hash_texts
from torrential.features.views import parse_views

_USUAL = ("analyzer", "ngram_range", "n_features", "views")
"""Settings that are always shown."""


@dataclass(frozen=True, slots=True)
class TextSpec:
    """Hashes the terms of a column of texts; the `FeatureSpec` of `HashSettings`.

    Attributes
    ----------
    settings : HashSettings

    Examples
    --------
    >>> spec = TextSpec(HashSettings(n_features=16, norm=None))
    >>> columns = pa.record_batch({"text": ["good film", None]})
    >>> encoded = spec.encode(columns)
    >>> encoded.rows.indptr.tolist(), encoded.n_null
    ([0, 2, 2], 1)
    >>> spec.shown()
    'word 1-1, 16 features, norm=...'
    """

    settings: HashSettings

    @property
    def n_features(self) -> int:
        """Number of columns of the rows."""
        return self.settings.n_features

    @property
    def n_sizes(self) -> int:
        """Number of sizes of n-grams."""
        least, most = self.settings.ngram_range
        return most - least + 1

    def encode(self, columns: pa.RecordBatch, observe: Observe = NOTHING) -> EncodedRows:
        """Hash each text of the one column."""
        return hash_texts(
            columns.column(0),
            self.settings,
            count_terms=observe.terms,
            observe_terms=observe.vocabulary,
        )

    def load(self, observe: Observe = NOTHING) -> None:
        """Load the kernels that hash texts and may count their terms."""
        hash_texts(
            pa.array(["two words"]), self.settings, count_terms=observe.terms, observe_terms=True
        )

    @property
    def kernels(self) -> Hashable:
        """Key of the kernels that are needed."""
        settings = self.settings
        return (
            str(settings.analyzer),
            settings.strip_accents is None,
            settings.token_pattern,
            settings.stop_words is None,
        )

    def names(self, terms: TermIndex | None) -> ColumnNames | None:
        """Return the terms of each column, of an index."""
        return None if terms is None else terms.by_column

    def describe(self) -> dict[str, Any] | None:
        """Return the settings as JSON; None if they contain a function."""
        analyzers = [view.analyzer for view in self.settings.views or ()]
        if any(callable(value) for value in [*asdict(self.settings).values(), *analyzers]):
            return None
        values = self.state()
        words = values["stop_words"]
        if words is not None and not isinstance(words, str):
            values["stop_words"] = sorted(words)
        return values

    def shown(self) -> str:
        """Return the analyzer, the number of features, and other differences from the defaults."""
        settings, sizes = self.settings, self.settings.ngram_range
        kind = f"{settings.analyzer} {sizes[0]}-{sizes[1]}"
        if settings.views is not None:
            kind = " + ".join(view.name for view in settings.views)
        words = [kind, f"{settings.n_features:,} features"]
        usual = HashSettings()
        words += [
            f"{name}={value if isinstance(value, str | int | float) else '...'}"
            for name, value in asdict(settings).items()
            if value != getattr(usual, name) and name not in _USUAL
        ]
        return ", ".join(words)

    def state(self) -> dict[str, Any]:
        """Return the settings by name."""
        values, views = asdict(self.settings), self.settings.views
        if views is None:
            del values["views"]  # as files of earlier versions
            return values
        return values | {"views": [view.state() for view in views]}

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        """Return the spec of a `state`."""
        values = state | {"ngram_range": tuple(state["ngram_range"])}
        settings = HashSettings(**values | {"views": parse_views(state.get("views"))})
        check_settings(settings)
        return cls(settings)
