"""The models that commands make and read: classifiers of texts and of tables.

They are the plain ones, which need no scikit-learn: importing it takes longer than most commands.
"""

import os
from typing import TYPE_CHECKING, Any

from torrential.cli.parameters import OF, given_for
from torrential.errors import ParameterError

if TYPE_CHECKING:
    from torrential import Dataset
    from torrential.estimators.table.plain import PlainTableClassifier
    from torrential.estimators.text.plain import PlainTextClassifier

    Classifier = PlainTextClassifier | PlainTableClassifier


def new_classifier(dataset: "Dataset", options: dict[str, Any]) -> "Classifier":
    """Return an estimator of the kind that a dataset is for, with the given options.

    Raises
    ------
    ParameterError
        If an option is invalid, or is not for that kind.
    """
    if dataset.columns.inputs:
        from torrential.estimators.table.plain import PlainTableClassifier

        return PlainTableClassifier(**given_for("TableClassifier", options))
    from torrential.estimators.text.plain import PlainTextClassifier

    return PlainTextClassifier(**given_for("TextClassifier", options))


def for_scikit_learn(model: "Classifier") -> Any:
    """Return an untrained classifier as one for searches, folds and averages, which clone it."""
    import torrential

    return getattr(torrential, model._kind)(**model.get_params())


def load_classifier(path: str | os.PathLike[str], *, allow_pattern: bool = True) -> "Classifier":
    """Load a classifier of texts or tables, or raise an error if the file holds another estimator.

    Raises
    ------
    ModelFileError, MissingDataError
        As ``torrential.load``.
    ParameterError
        If the file holds another estimator.
    """
    from torrential.estimators.tools.load import PLAIN_KINDS, load_as

    model = load_as(PLAIN_KINDS, path, allow_pattern=allow_pattern)
    if model._kind not in OF:
        raise ParameterError(
            f"{path} holds a {type(model).__name__}, which the command line does not use: name the "
            "file of a TextClassifier or a TableClassifier, or load it with torrential.load in "
            "Python."
        )
    classifier: Classifier = model
    return classifier
