"""Exceptions of scikit-learn, as errors of this package."""

from collections.abc import Iterator
from contextlib import contextmanager

from torrential.errors import DataError, TorrentialError


@contextmanager
def data_errors() -> Iterator[None]:
    """Turn errors of scikit-learn's input checks into a DataError.

    Their TypeErrors stay what they are: scikit-learn's checks of estimators ask for them.
    """
    try:
        yield
    except TorrentialError:
        raise
    except ValueError as error:
        raise DataError(_sentence(str(error))) from error


def _sentence(message: str) -> str:
    """Return a message; that of missing values, which is a page, as one sentence."""
    first, _, more = message.partition("\n")
    if not more or "NaN" not in first:
        return message
    return (
        f"{first.rstrip('.')}: fill in missing values, for example by a step "
        "SimpleImputer(strategy='constant') of a pipeline."
    )
