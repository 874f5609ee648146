"""Tags of estimators of texts and of tables for scikit-learn."""

from typing import Any

from sklearn.utils import get_tags


def table_tags(tags: Any) -> Any:
    """Return tags for tables as input, whose columns have names and any types."""
    tags.input_tags.two_d_array = False
    tags.input_tags.dict = True
    tags.input_tags.categorical = True
    tags.input_tags.allow_nan = True
    return tags


def text_tags(tags: Any, like: Any = None) -> Any:
    """Return tags for a list of texts as input.

    Parameters
    ----------
    tags : Tags
        Changed and returned.
    like : estimator, default=None
        One inside, whose kind and targets the estimator has.
    """
    tags.input_tags.string = True
    tags.input_tags.two_d_array = False
    tags.input_tags.one_d_array = True
    if like is not None:
        inner = get_tags(like)
        tags.estimator_type, tags.target_tags = inner.estimator_type, inner.target_tags
        tags.classifier_tags, tags.regressor_tags = inner.classifier_tags, inner.regressor_tags
    return tags
