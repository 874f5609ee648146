"""Estimated memory of models, and the number of candidates that fit into one pass."""

from collections.abc import Mapping, Sequence
from typing import Any

from torrential.data import Dataset
from torrential.engine.targets.labels import Labels, encode
from torrential.engine.targets.targets import as_set
from torrential.estimators.fused.contract import Fused
from torrential.free_memory import free_memory
from torrential.kernels.linear.learn import MANY
from torrential.linear.calibration_rows import sample_bytes
from torrential.linear.optimizers import LEARNING_RATES
from torrential.linear.settings import REGRESSION_LOSSES
from torrential.logs import logger_of
from torrential.units import parse_bytes

logger = logger_of("search")

ROWS_LOOKED_AT = 20_000
"""Number of rows whose labels are counted, to estimate the number of classes."""

SHARE = 0.5
"""Share of the free memory for models; hashed rows and other data also need memory."""

SHARE_BY_MARGIN = 0.4
"""Approximate share of the features for which a tile of classes has rows with a margin loss."""

FLOAT, PLACE = 4, 4

IN_LIST, HEAD = 16, 12
"""Classes in a feature's list where there are very many, approximately, and bytes of its place."""


def memory_of(limit: Any) -> int:
    """Return a number of bytes; None means half of the free memory."""
    return int(SHARE * free_memory()) if limit is None else parse_bytes("memory_limit", limit)


def model_bytes(parameters: Mapping[str, Any], n_classes: int) -> int:
    """Return the approximate maximum memory of the weights of a text classifier.

    Parameters
    ----------
    parameters : dict of str to object
        With those of the preset for what is not given.
    n_classes : int
    """
    n_features = int(parameters["n_features"])
    optimizer = LEARNING_RATES[parameters["learning_rate"]]
    n_slots = optimizer.n_slots(averaged=bool(parameters["average"]))
    is_penalized = parameters["penalty"] is not None and parameters["alpha"] != 0
    mark = 16 if is_penalized and optimizer.keeps_marks else 0
    terms = 0 if parameters["idf"] is None else 8 * n_features
    if n_classes <= 2:
        return n_features * (FLOAT * n_slots + mark) + terms
    if n_classes > MANY and optimizer.decays_at_once and parameters["loss"] != "log_loss":
        return n_features * (HEAD + IN_LIST * (PLACE + FLOAT * n_slots)) + terms
    width = 8 if n_classes <= 8 else 16
    share = 1.0 if parameters["loss"] == "log_loss" else SHARE_BY_MARGIN
    row = FLOAT * n_slots * width + mark
    return int(-(-n_classes // width) * n_features * (PLACE + share * row)) + terms


def count_classes(dataset: Dataset) -> int:
    """Return the number of labels in the first rows."""
    labels = Labels()
    for batch in dataset.take(ROWS_LOOKED_AT).batches("target"):
        if batch.target is not None:
            for value in encode(batch.target).values:
                for label in as_set(value):
                    labels.code_of(label)
    return max(2, len(labels))


def bytes_of_each(
    estimator: Fused, settings: Sequence[Mapping[str, Any]], dataset: Dataset
) -> list[int]:
    """Return the memory of a model with each of these settings, trained on a dataset."""
    given = estimator.get_params(deep=False)
    n_classes = 1 if estimator._losses is REGRESSION_LOSSES else count_classes(dataset)
    chosen = [estimator._chosen_of({**given, **setting}) for setting in settings]
    return [
        model_bytes(each, n_classes) + _sample_bytes(each, n_classes, dataset) for each in chosen
    ]


def _sample_bytes(parameters: Mapping[str, Any], n_classes: int, dataset: Dataset) -> int:
    """Return the memory of the predictions that a model keeps of its training."""
    if n_classes == 1:  # numbers, of which levels alone have cut-points
        has_levels = parameters.get("levels") is not None
        return sample_bytes(1, dataset.n_rows) if has_levels else 0
    has_sets = dataset.has_label_sets
    n_columns = n_classes if has_sets or n_classes > 2 else 1
    return sample_bytes(n_columns, dataset.n_rows, has_sets=has_sets)


def in_passes(
    places: Sequence[int],
    n_bytes: Sequence[int],
    n_folds: int,
    limit: int,
) -> list[list[int]]:
    """Group candidates so that each group fits in memory with all folds; a group has at least one.

    Parameters
    ----------
    places : sequence of int
        The candidates.
    n_bytes : sequence of int
        What a model of each candidate takes.
    n_folds : int
    limit : int
        Bytes.
    """
    groups: list[list[int]] = []
    taken = limit + 1
    for place in places:
        needed = n_folds * n_bytes[place]
        if taken + needed > limit:
            groups.append([])
            taken = 0
        groups[-1].append(place)
        taken += needed
    if len(groups) > 1:
        total = n_folds * sum(n_bytes[place] for place in places)
        logger.warning(
            "%d candidates in %d folds would take about %.1f GB of memory, and %.1f GB are allowed "
            "(memory_limit=): they learn in %d passes",
            len(places), n_folds, total / 1e9, limit / 1e9, len(groups),
        )  # fmt: skip
    return groups
