"""State of models that learn at once, as arrays and JSON."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from torrential.engine.checkpoints.namespaces import part, under
from torrential.engine.model.hashed_model import HashedModel
from torrential.engine.model.schema import SIDE_BY_SIDE
from torrential.engine.model.stored import with_own_sample
from torrential.engine.shared.lane_group import Together
from torrential.engine.targets.label_values import from_json, to_json
from torrential.engine.targets.labels import Labels
from torrential.engine.training.candidate import Candidate
from torrential.linear.class_weight import check_counts
from torrential.types import Arrays

OF_ALL = ("document_counts", "vocabulary")
"""Arrays that all models share: they are saved once."""

WEIGHTS = ("rows", "marks")
"""Arrays that are empty while a model learns together with others, or will not be read again."""


def state_of(
    candidates: Sequence[Candidate], together: Together | None, labels: Sequence[Any]
) -> tuple[Arrays, dict[str, Any]]:
    """Return the state that `placed_in` restores.

    Parameters
    ----------
    candidates : sequence of Candidate
        That learn the same rows.
    together : Together or None
        Some of them.
    labels : sequence
        Figures of the rows that were learned.
    """
    numbers = [] if together is None else [candidates.index(each) for each in together.candidates]
    lead = candidates[numbers[0] if numbers else _first_active(candidates)]
    arrays, terms = lead.model.weighting.state()
    arrays = arrays | {"vocabulary": candidates[0].model.vocabulary.registers}
    states = []
    for number, each in enumerate(candidates):
        own, header = each.model.state()
        header["labels"] = None
        left_out = OF_ALL + (WEIGHTS if number in numbers or each.is_dropped else ())
        kept = {name: array for name, array in own.items() if name not in left_out}
        sizes = {name: len(own[name]) for name in WEIGHTS if name in own and name not in kept}
        arrays |= under(str(number), kept)
        states.append({"model": header, "zeros": sizes, **each.state()})
    header = {
        "candidates": states,
        "labels": [to_json(label) for label in labels],
        "terms": terms,
        "together": numbers,
    }
    if together is not None:
        weights, header["weights"] = together.state()
        arrays |= under("together", weights)
    return arrays, header


def placed_in(
    candidates: Sequence[Candidate], arrays: Arrays, header: Mapping[str, Any]
) -> Together | None:
    """Restore candidates of the same settings from the result of `state_of`.

    Returns
    -------
    together : Together or None
        Candidates that learn together.

    Raises
    ------
    DataError, ParameterError, KeyError, TypeError, ValueError
        Where the two contradict each other, or lack something.
    """
    SIDE_BY_SIDE(header, "models")
    labels = list(header["labels"])
    shared_labels = Labels([from_json(label) for label in labels])
    shared_labels.order()  # an error if they have no order
    shared = {name: arrays[name] for name in OF_ALL if name in arrays}
    for number, (each, state) in enumerate(zip(candidates, header["candidates"], strict=True)):
        zeros = {name: _zeros(name, size) for name, size in state["zeros"].items()}
        own = with_own_sample(part(str(number), arrays))
        n_classes = state["model"]["linear"]["n_classes"]
        check_counts(state["class_counts"], len(labels))
        model = state["model"] | {
            "terms": header["terms"],
            "labels": labels[:n_classes],
        }
        features = each.model.hashing
        each.restore(HashedModel.from_state(shared | zeros | own, model, features), state)
    for each in candidates:
        each.model.labels = shared_labels
    if not header["together"]:
        return None
    together = Together([candidates[number] for number in header["together"]])
    together.take_state(part("together", arrays), header["weights"])
    return together


def _first_active(candidates: Sequence[Candidate]) -> int:
    return next((number for number, each in enumerate(candidates) if each.is_active), 0)


def _zeros(name: str, size: int) -> np.ndarray[Any, Any]:
    return np.zeros(size, np.float32 if name == "rows" else np.float64)
