"""Whether an estimator is fitted, which is asked before each prediction."""

from typing import Any


def check_fitted(estimator: Any, attribute: str | None = None) -> None:
    """Raise scikit-learn's NotFittedError unless an estimator is fitted.

    Parameters
    ----------
    estimator : estimator
    attribute : str, default=None
        One that only a fitted estimator has; None asks ``__sklearn_is_fitted__``.
    """
    if attribute is None:
        is_fitted = estimator.__sklearn_is_fitted__()
    else:
        is_fitted = hasattr(estimator, attribute)
    if not is_fitted:
        from sklearn.exceptions import NotFittedError  # for the error only: it takes a second

        raise NotFittedError(
            f"This {type(estimator).__name__} instance is not fitted yet. Call 'fit' with "
            "appropriate arguments before using this estimator."
        )
