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
        raise DataError(str(error)) from error
