"""The models that commands read: estimators of texts and of tables, and models of fastText.

They are the plain ones, which need no scikit-learn: importing it takes longer than most commands.
"""

import os
from typing import TYPE_CHECKING

from torrential.errors import ParameterError

if TYPE_CHECKING:
    from torrential.estimators.fasttext.model import FastTextModel
    from torrential.estimators.table.plain import PlainTableClassifier
    from torrential.estimators.table.plain_regressor import PlainTableRegressor
    from torrential.estimators.text.plain import PlainTextClassifier
    from torrential.estimators.text.plain_regressor import PlainTextRegressor

    Estimator = (
        PlainTextClassifier | PlainTableClassifier | PlainTextRegressor | PlainTableRegressor
    )

KINDS = ("TextClassifier", "TableClassifier", "TextRegressor", "TableRegressor")
"""Estimators that the command line trains."""


def load_model(
    path: str | os.PathLike[str], *, allow_pattern: bool = True
) -> "Estimator | FastTextModel":
    """Load an estimator of texts or tables, or a model of fastText, or raise an error.

    Raises
    ------
    ModelFileError, MissingDataError
        As ``torrential.load``.
    ParameterError
        If the file holds another estimator, or a checkpoint that has learned nothing.
    """
    from torrential.estimators.tools.load import PLAIN_KINDS, load_as

    model = load_as(PLAIN_KINDS, path, allow_pattern=allow_pattern)
    if model._kind not in (*KINDS, "FastTextModel"):
        raise ParameterError(
            f"{path} holds a {type(model).__name__}, which the command line does not use: name the "
            f"file of a {', '.join(KINDS[:-1])} or {KINDS[-1]}, or load it with torrential.load in "
            "Python."
        )
    if model._kind != "FastTextModel" and not model.__sklearn_is_fitted__():
        raise ParameterError(
            f"{path} is the checkpoint of a training that has learned nothing yet: continue it "
            "with train --resume."
        )
    loaded: Estimator | FastTextModel = model
    return loaded


def load_estimator(path: str | os.PathLike[str], *, allow_pattern: bool = True) -> "Estimator":
    """Load an estimator that torrential has trained, or raise an error.

    Raises
    ------
    ModelFileError, MissingDataError
        As ``torrential.load``.
    ParameterError
        If the file holds another estimator.
    """
    model = load_model(path, allow_pattern=allow_pattern)
    if model._kind == "FastTextModel":
        raise ParameterError(
            f"{path} is a model of fastText, which predict, evaluate, explain and inspect read: "
            "give a model that torrential has trained."
        )
    estimator: Estimator = model  # type: ignore[assignment]  # by its kind
    return estimator


def save_within(
    model: "Estimator", path: str, max_size: str | int | None, *, overwrite: bool = False
) -> None:
    """Save a model, perhaps in limited bytes; a limit that is too small does not lose the model.

    Raises
    ------
    ParameterError
        If the limit is too small: the whole model is saved then.
    OutputError
        As ``save``.
    """
    try:
        model.save(path, overwrite=overwrite, max_size=max_size)
    except ParameterError as error:
        if max_size is None:
            raise
        model.save(path, overwrite=overwrite)
        raise ParameterError(
            f"{str(error).rstrip('.')}; the whole model is in {path}: make it smaller with "
            "torrential shrink."
        ) from None
