"""The models that commands make and read: classifiers of texts and of tables."""

import os
from typing import TYPE_CHECKING, Any

from torrential.cli.parameters import given_for
from torrential.errors import ParameterError

if TYPE_CHECKING:
    from torrential import Dataset, TableClassifier, TextClassifier

    Classifier = TextClassifier | TableClassifier


def new_classifier(dataset: "Dataset", options: dict[str, Any]) -> "Classifier":
    """Return an estimator of the kind that a dataset is for, with the given options.

    Raises
    ------
    ParameterError
        If an option is invalid, or is not for that kind.
    """
    from torrential import TableClassifier, TextClassifier

    if dataset.columns.inputs:
        return TableClassifier(**given_for("TableClassifier", options))
    return TextClassifier(**given_for("TextClassifier", options))


def load_classifier(path: str | os.PathLike[str], *, allow_pattern: bool = True) -> "Classifier":
    """Load a classifier of texts or tables, or raise an error if the file holds another estimator.

    Raises
    ------
    ModelFileError, MissingDataError
        As ``torrential.load``.
    ParameterError
        If the file holds another estimator.
    """
    from torrential import TableClassifier, TextClassifier, load

    model = load(path, allow_pattern=allow_pattern)
    if not isinstance(model, TextClassifier | TableClassifier):
        raise ParameterError(
            f"{path} holds a {type(model).__name__}, which the command line does not use: name the "
            "file of a TextClassifier or a TableClassifier, or load it with torrential.load in "
            "Python."
        )
    return model
