"""What a step has to see before it transforms rows: nothing, some rows, each batch, or all rows."""

from collections.abc import Callable
from enum import IntEnum
from typing import Any

from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.utils import get_tags
from sklearn.utils.validation import check_is_fitted


class Needs(IntEnum):
    """What a step has to see before it transforms rows."""

    NOTHING = 0
    COLUMNS = 1  # some rows tell their names and types; what the step does is in its parameters
    EACH = 2
    ALL = 3


def needs_of(step: Any) -> Needs:
    """Return what a step needs; unions, nested pipelines and their kind need what their parts do.

    Examples
    --------
    >>> from sklearn.preprocessing import Normalizer, OneHotEncoder, StandardScaler
    >>> steps = Normalizer(), OneHotEncoder(categories=[["a"]]), StandardScaler(), OneHotEncoder()
    >>> [needs_of(step).name for step in steps]
    ['NOTHING', 'COLUMNS', 'EACH', 'ALL']
    """
    if step is None or isinstance(step, str | FrozenEstimator):  # "passthrough" and "drop"
        return Needs.NOTHING
    if isinstance(step, FeatureUnion):
        return max((needs_of(part) for _, part in step.transformer_list), default=Needs.NOTHING)
    if not get_tags(step).requires_fit:
        return Needs.NOTHING
    if hasattr(step, "partial_fit"):
        return Needs.EACH
    if is_fitted(step):
        return Needs.NOTHING
    if isinstance(step, ColumnTransformer):  # whose own fit clones its parts
        return max(Needs.COLUMNS, *(needs_of(_cloned(part)) for part in parts_of(step)))
    if isinstance(step, Pipeline):
        return max(needs_of(part) for _, part in step.steps)
    return Needs.COLUMNS if _is_given(step) else Needs.ALL


def learns(step: Any) -> bool:
    """Return whether a step, or a part of it, learns rows, or is still to be fitted to some."""
    if isinstance(step, Pipeline):
        return any(learns(part) for _, part in step.steps)
    if isinstance(step, FeatureUnion):
        return any(learns(part) for _, part in step.transformer_list)
    if isinstance(step, ColumnTransformer) and is_fitted(step):
        return any(learns(part) for _, part, _ in step.transformers_)
    return needs_of(step) is not Needs.NOTHING


def parts_of(step: ColumnTransformer) -> list[Any]:
    """Return the transformers of a ColumnTransformer, that of the other columns included."""
    return [*(part for _, part, _ in step.transformers), step.remainder]


def culprit(step: Any) -> Any:
    """Return the first part of a step that needs all rows, or the step itself."""
    parts: list[Any] = []
    if isinstance(step, ColumnTransformer):
        parts = [_cloned(part) for part in parts_of(step)]
    elif isinstance(step, FeatureUnion):
        parts = [part for _, part in step.transformer_list]
    elif isinstance(step, Pipeline):
        parts = [part for _, part in step.steps]
    found = next((part for part in parts if needs_of(part) is Needs.ALL), None)
    return step if found is None else culprit(found)


def _cloned(part: Any) -> Any:
    return part if isinstance(part, str) else clone(part)


def is_fitted(step: Any) -> bool:
    """Return whether a step was fitted."""
    try:
        check_is_fitted(step)
    except NotFittedError:
        return False
    return True


def _is_given(step: Any) -> bool:
    """Return whether all that a fit of scikit-learn's step finds out is in its parameters."""
    if getattr(step, "_fits_to_columns", False):
        return True
    check = GIVEN.get(type(step).__name__)
    return type(step).__module__.startswith("sklearn.") and check is not None and check(step)


def _are_categories_given(step: Any) -> bool:
    counts = step.min_frequency is not None or step.max_categories is not None
    return not isinstance(step.categories, str) and not counts


GIVEN: dict[str, Callable[[Any], bool]] = {
    "OneHotEncoder": _are_categories_given,
    "OrdinalEncoder": _are_categories_given,
    "SimpleImputer": lambda step: step.strategy == "constant" and not step.add_indicator,
    "MissingIndicator": lambda step: step.features == "all",
    "PolynomialFeatures": lambda step: True,
    "SplineTransformer": lambda step: not isinstance(step.knots, str),
    "GaussianRandomProjection": lambda step: not isinstance(step.n_components, str),
    "SparseRandomProjection": lambda step: not isinstance(step.n_components, str),
    "RBFSampler": lambda step: not isinstance(step.gamma, str),
    "SkewedChi2Sampler": lambda step: True,
    "PolynomialCountSketch": lambda step: True,
}
"""Steps whose fit finds out nothing of the rows but their columns, if their parameters say so."""
