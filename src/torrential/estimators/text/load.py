"""Load a model that was saved."""

import os
from typing import Any

from torrential.engine.checkpoints.file import as_model_errors
from torrential.engine.model.text_model import TextModel
from torrential.engine.targets.label_values import from_json
from torrential.errors import ModelFileError
from torrential.estimators.text.classifier import TextClassifier
from torrential.estimators.text.file_schema import HEADER, check_parameters
from torrential.estimators.text.model_file import read_contents
from torrential.evaluation.progressive import ProgressiveValidation
from torrential.linear.class_weight import ClassWeight, check_counts


def load(
    path: str | os.PathLike[str], *, verify: bool = True, allow_pattern: bool = True
) -> TextClassifier:
    """Read a model that was saved, and return the estimator, ready to predict or to learn on.

    Weights are memory-mapped: they are not copied, and processes share them. No code in the file
    is run; nothing is unpickled.

    Parameters
    ----------
    path : str or path-like
    verify : bool, default=True
        Compare the weights with their checksums, which reads the whole file once: about 25 ms per
        100 MB where the system has it in memory. Without it only the pages that are used are read,
        and damage within the weights is not found; the header is always checked.
    allow_pattern : bool, default=True
        Accept a model with a ``token_pattern`` other than the default. Such a pattern is a regular
        expression that runs on every text, and one made for that can run for hours: pass False for
        files from sources that you do not trust.

    Returns
    -------
    model : TextClassifier

    Raises
    ------
    ModelFileError
        A file that is corrupt, cut off, of a newer version, or not a model; or one with a pattern
        where ``allow_pattern=False``.
    MissingDataError
        No such file.
    """
    arrays, header = read_contents(path, verify=verify)
    with as_model_errors(path):
        HEADER(header, "")
        parameters = dict(header["parameters"])
        parameters["ngram_range"] = tuple(parameters["ngram_range"])
        if isinstance(parameters["class_weight"], list):
            weights = parameters["class_weight"]
            parameters["class_weight"] = {from_json(label): weight for label, weight in weights}
        model = TextModel.from_state(arrays, header["model"])
        estimator = TextClassifier(**parameters)
        check_parameters(estimator.get_params(deep=False), model)
        _restore(estimator, model, header)
    if not allow_pattern and model.features.has_pattern:
        raise ModelFileError(
            f"{path} splits texts by a pattern of its own, {model.features.token_pattern!r}: accept"
            " it with allow_pattern=True, or --allow-pattern, if you trust the source of the file."
        )
    return estimator


def _restore(estimator: TextClassifier, model: TextModel, header: dict[str, Any]) -> None:
    """Give an estimator the attributes of the one that was saved."""
    estimator.model_ = model
    check_counts(header["class_counts"], len(model.labels))
    estimator._class_weight = ClassWeight(estimator.class_weight, header["class_counts"])
    estimator.columns_ = dict(header["columns"])
    estimator.history_ = [
        ProgressiveValidation.of(
            epoch["n_rows"],
            epoch["loss"],
            epoch["accuracy"],
            learnt_before=epoch.get("learnt_before", place > 0),
        )
        for place, epoch in enumerate(header["progressive"])
    ]
    estimator.n_iter_ = len(estimator.history_)
    estimator.interrupted_ = bool(header.get("interrupted", False))
