"""Restore an estimator from the contents of its file."""

from typing import TYPE_CHECKING, Any, TypeVar

from torrential.engine.model.hashed_model import HashedModel
from torrential.errors import DataError
from torrential.estimators.common.saving import parameters_of
from torrential.evaluation.history import History
from torrential.evaluation.probabilities import figures_of
from torrential.evaluation.progressive import ProgressiveValidation
from torrential.linear.class_weight import ClassWeight, check_counts
from torrential.types import Arrays

if TYPE_CHECKING:
    from torrential.estimators.fused.saving import FusedSaving

WEIGHTS = {"rows", "list_classes", "compact_codes"}
"""Arrays of weights, of which a model has one."""

Kind = TypeVar("Kind", bound="FusedSaving")


def restored(kind: type[Kind], arrays: Arrays, header: dict[str, Any]) -> Kind:
    """Return the estimator that arrays and header describe.

    Raises
    ------
    DataError, LookupError, TypeError, ValueError
        If they contradict each other.
    """
    if not arrays.keys() & WEIGHTS:
        raise DataError("it has no array 'rows'")
    kind._header()(header, "")
    parameters = parameters_of(header)
    if parameters.get("ngram_range") is not None:
        parameters["ngram_range"] = tuple(parameters["ngram_range"])
    model = HashedModel.from_state(arrays, header["model"])
    estimator = kind(**parameters)
    estimator._check_parameters(model)
    _restore(estimator, model, header)
    return estimator


def _restore(estimator: Any, model: HashedModel, header: dict[str, Any]) -> None:
    """Set an estimator's attributes from the saved estimator."""
    estimator.model_, estimator._learned_C = model, estimator._chosen["C"]
    check_counts(header["class_counts"], len(model.labels))
    estimator._class_weight = ClassWeight(estimator.class_weight, header["class_counts"])
    estimator.columns_ = dict(header["columns"])
    estimator.history_ = History(
        ProgressiveValidation.of(
            epoch["n_rows"],
            epoch["loss"],
            epoch["accuracy"],
            figures_of(epoch),
            learned_before=epoch.get("learnt_before", place > 0),
            lines=epoch.get("lines", ()),
        )
        for place, epoch in enumerate(header["progressive"])
    )
    estimator.n_iter_ = len(estimator.history_)
    estimator.interrupted_ = bool(header.get("interrupted", False))
