"""The models that commands read: text classifiers."""

import os
from typing import TYPE_CHECKING

from torrential.errors import ParameterError

if TYPE_CHECKING:
    from torrential import TextClassifier


def load_classifier(
    path: str | os.PathLike[str], *, allow_pattern: bool = True
) -> "TextClassifier":
    """Load a text classifier, or raise an error if the file holds another estimator.

    Raises
    ------
    ModelFileError, MissingDataError
        As ``torrential.load``.
    ParameterError
        If the file holds another estimator.
    """
    from torrential import TextClassifier, load

    model = load(path, allow_pattern=allow_pattern)
    if not isinstance(model, TextClassifier):
        raise ParameterError(
            f"{path} holds a {type(model).__name__}, which the command line does not use: name the "
            "file of a TextClassifier, or load it with torrential.load in Python."
        )
    return model
