"""Parts of a model from its stored state."""

from typing import Any

from torrential.engine.model.schema import FEATURES, TABLE_FEATURES
from torrential.engine.targets.levels import Levels
from torrential.features.specs import is_of_table, settings_from_state
from torrential.features.table.settings import Settings
from torrential.features.terms.term_index import TermIndex
from torrential.features.terms.term_weights import TermWeights
from torrential.features.terms.vocabulary import Vocabulary
from torrential.linear import LinearModel
from torrential.linear.compact.model import CompactModel
from torrential.types import Arrays


def with_own_sample(arrays: Arrays) -> Arrays:
    """Copy the arrays of a mapped file that learning writes to.

    Those are the sample for probabilities; weights are copied before they change.
    """
    return {
        name: array.copy() if name.startswith("calibration") else array
        for name, array in arrays.items()
    }


def features_of(header: dict[str, Any]) -> Settings:
    """Return the settings of the features, given their header."""
    schema = TABLE_FEATURES if is_of_table(header) else FEATURES
    schema(header, "model.features")
    return settings_from_state(header)


def facts_of(settings: Settings) -> dict[str, Any]:
    """Return what other parts of a model have to agree with."""
    return {"n_features": settings.n_features, "norm": settings.norm}


def weights_of_terms(
    arrays: Arrays, header: dict[str, Any], settings: Settings, linear: LinearModel
) -> TermWeights:
    """Return the weights of terms; a compact model has those of its columns."""
    kept = None
    if isinstance(linear, CompactModel):
        kept = linear.entries.columns, linear.n_features
    return TermWeights.from_state(arrays, header["terms"], settings.views or (), kept)


def vocabulary_of(arrays: Arrays, header: dict[str, Any]) -> Vocabulary:
    """Return the vocabulary; a compact model has its size."""
    known = header.get("n_terms")
    return Vocabulary(arrays["vocabulary"]) if known is None else Vocabulary.of_size(known)


def index_of(arrays: Arrays, header: dict[str, Any] | None, settings: Settings) -> TermIndex | None:
    """Return the index of terms, if there is one."""
    return None if header is None else TermIndex.from_state(arrays, header, settings)


def levels_of(header: dict[str, Any]) -> Levels | None:
    """Return the levels of a model of ordinal scores; the first files have none."""
    stored = header.get("levels")
    return None if stored is None else Levels(tuple(stored["values"]), tuple(stored["cuts"]))
