"""Fitted models of texts as pipelines of scikit-learn, where there are equal ones."""

from typing import Any

import numpy as np
import scipy.sparse as sp
from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.svm import LinearSVC

from torrential.engine.model.hashed_model import HashedModel
from torrential.errors import ParameterError
from torrential.linear.compact.model import CompactModel
from torrential.linear.links import IDENTITY
from torrential.linear.probability_maps import NONE

KEPT = (
    *["n_features", "analyzer", "ngram_range", "lowercase", "strip_accents", "stop_words"],
    *["token_pattern", "tokenizer", "preprocessor", "binary", "alternate_sign"],
)
"""Parameters that HashingVectorizer has with the same meaning."""


def pipeline_of(estimator: Any) -> Pipeline:
    """Return the pipeline that predicts the same as a fitted estimator of texts.

    Raises
    ------
    ParameterError
        If none is equal.
    """
    model: HashedModel = estimator._fitted()
    reason = _reason(model, estimator)
    if reason is not None:
        raise ParameterError(f"No pipeline of scikit-learn equals this model: {reason}.")
    return Pipeline([*_steps(model), ("linear", _linear(model, estimator))])


def sublinear_counts(X: Any) -> sp.csr_matrix:
    """Return signed counts n as 1 + log(n) with their sign; 0 stays 0.

    Examples
    --------
    >>> sublinear_counts(sp.csr_matrix([[-1.0, 0.0, np.e]])).toarray()
    array([[-1.,  0.,  2.]])
    """
    rows = sp.csr_matrix(X, copy=True)
    size = np.abs(rows.data)
    logarithms = np.log(size, out=np.zeros_like(size), where=size > 0)
    rows.data = np.sign(rows.data) * (1 + logarithms)
    return rows


def _steps(model: HashedModel) -> list[tuple[str, Any]]:
    """Return the steps before the linear model."""
    settings: Any = model.hashing
    weighting = model.weighting.current()
    is_plain = weighting is None and not settings.sublinear_tf
    kept = {name: getattr(settings, name) for name in KEPT}
    # In float32, as the weights are: else sparse ones are not multiplied.
    kept |= {"norm": settings.norm if is_plain else None, "dtype": np.float32}
    vectorizer = HashingVectorizer(**kept)
    if is_plain:
        return [("vectorizer", vectorizer)]
    is_signed = settings.sublinear_tf and settings.alternate_sign
    tfidf = TfidfTransformer(
        norm=settings.norm,
        use_idf=weighting is not None,
        sublinear_tf=settings.sublinear_tf and not is_signed,
    )
    tfidf.n_features_in_ = settings.n_features
    if weighting is not None:
        tfidf.idf_ = np.array(weighting.factors, np.float32)
    signed = FunctionTransformer(sublinear_counts, accept_sparse=True)
    between = [("sublinear", signed)] if is_signed else []
    return [("vectorizer", vectorizer), *between, ("tfidf", tfidf)]


def _linear(model: HashedModel, estimator: Any) -> Any:
    """Return the linear model with the weights."""
    if model.is_regression:
        linear = LinearRegression()
        linear.coef_, linear.intercept_ = estimator.coef_, float(estimator.intercept_[0])
    else:
        is_logistic = (
            len(estimator.classes_) == 2
            and estimator.loss == "log_loss"
            and model.calibration.map.method == NONE
        )
        linear = LogisticRegression() if is_logistic else LinearSVC()
        linear.coef_, linear.intercept_ = estimator.coef_, estimator.intercept_
        linear.classes_ = estimator.classes_
    linear.n_features_in_ = model.hashing.n_features
    return linear


def _reason(model: HashedModel, estimator: Any) -> str | None:
    settings: Any = model.hashing
    if settings.views is not None:
        return (
            f"its {len(settings.views)} views share the columns and have seeds of their own; train "
            "with views=None, such as preset='fast'"
        )
    if settings.seed:
        return f"scikit-learn hashes with the seed 0; train with hash_seed=0, not {settings.seed}"
    if isinstance(model.linear, CompactModel):
        return "it was made smaller, and has no weights of single columns; use the whole model"
    if model.is_multilabel:
        return "it gives each row any number of labels; train a model for each label"
    if model.levels is not None:
        return "it predicts levels by cut-points; train with levels=None"
    if model.is_regression and model.linear.settings.link is not IDENTITY:
        return (
            f"loss={estimator.loss!r} predicts by a link; train with loss='squared_error', 'huber' "
            "or another loss of the number itself"
        )
    if not model.is_regression and len(estimator.classes_) < 2:
        return "it has learned a single class; train with rows of two or more"
    return None
