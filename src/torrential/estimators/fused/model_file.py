"""Model files of estimators whose models the engine trains: what goes into them."""

import os
from collections.abc import Sequence
from dataclasses import astuple
from functools import partial
from typing import TYPE_CHECKING, Any

from torrential.engine.checkpoints.file import plain
from torrential.engine.model.compact import compact_contents
from torrential.engine.model.hashed_model import HashedModel
from torrential.errors import DataError, ModelFileError, ParameterError
from torrential.estimators.common.saving import plain_parameters, stamp
from torrential.estimators.fused.file_schema import check_strength_learned
from torrential.evaluation.progressive import ProgressiveValidation
from torrential.linear.class_weight import ClassWeight
from torrential.persistence.model_file import model_size, read_model
from torrential.types import Arrays

if TYPE_CHECKING:
    from torrential.estimators.fused.saving import FusedSaving


def contents_of(estimator: "FusedSaving", model: HashedModel) -> tuple[Arrays, dict[str, Any]]:
    """Return arrays and header of the file of a fitted estimator."""
    _check_can_be_loaded(estimator, model)
    arrays, header = _contents_with(estimator, model)
    return arrays | model.applied_arrays(), header


def contents_within(
    estimator: "FusedSaving", model: HashedModel, max_size: int
) -> tuple[Arrays, dict[str, Any]]:
    """Return arrays and header of a file of limited size, of a model to apply only.

    Raises
    ------
    ParameterError
        If they are too few.
    """
    _check_can_be_loaded(estimator, model)
    return compact_contents(
        model, max_size, partial(_contents_with, estimator), lambda found: model_size(*found)
    )


def _contents_with(estimator: "FusedSaving", model: HashedModel) -> tuple[Arrays, dict[str, Any]]:
    parameters = plain_parameters(estimator)
    return contents(
        estimator._kind,
        model,
        parameters,
        columns=estimator.columns_,
        class_weight=estimator._class_weight,
        history=estimator.history_,
        interrupted=estimator.interrupted_,
    )


def _check_can_be_loaded(estimator: "FusedSaving", model: HashedModel) -> None:
    """Raise a ParameterError if a parameter was set after the model was fitted."""
    try:
        check_strength_learned(estimator._chosen["C"], estimator._learned_C)
        estimator._check_parameters(model)
    except DataError as error:
        raise ParameterError(
            f"The model does not fit into a file: {error}; set it back, or fit the model again."
        ) from None


def contents(
    kind: str,
    model: HashedModel,
    parameters: dict[str, Any],
    *,
    columns: dict[str, Any],
    class_weight: ClassWeight,
    history: Sequence[ProgressiveValidation],
    interrupted: bool,
) -> tuple[Arrays, dict[str, Any]]:
    """Return arrays and header of a model file."""
    arrays, state = model.state()
    state["features"] = {name: plain(name, value) for name, value in state["features"].items()}
    header = {
        **stamp(kind),
        "parameters": parameters,
        "columns": columns,
        "class_counts": class_weight.counts.tolist(),
        "progressive": [
            {
                **epoch.summary(),
                "learnt_before": epoch.learned_before,
                "lines": _lines(epoch),
            }
            for epoch in history
        ],
        "interrupted": interrupted,
        "model": state,
    }
    return arrays, header


def _lines(epoch: ProgressiveValidation) -> list[list[Any]]:
    """Return the learning curve of a pass over unseen rows; nobody draws that of a later one."""
    return [] if epoch.learned_before else [list(astuple(line)) for line in epoch.lines]


def read_contents(
    path: str | os.PathLike[str], kind: str, *, verify: bool = True
) -> tuple[Arrays, dict[str, Any]]:
    """Return arrays and header of a file that holds the result of `contents`."""
    arrays, header = read_model(path, required=["rows"], verify=verify)
    found = header.get("kind")
    if found != kind:
        raise ModelFileError(
            f"{path} holds a {found!r}, which this version does not know: upgrade torrential."
        )
    return arrays, header
