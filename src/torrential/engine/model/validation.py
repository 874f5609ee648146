"""Checks that the fields of a model file fit together: kernels rely on it without checks."""

from itertools import pairwise
from typing import Any

import numpy as np

from torrential.engine.model.schema import LINEAR
from torrential.errors import DataError
from torrential.features.views import VIEW_BITS
from torrential.kernels.linear.layout import FIRST, INTERCEPT
from torrential.kernels.linear.losses import REGRESSION_LOSSES
from torrential.kernels.text.cardinality import N_REGISTERS
from torrential.kernels.text.term_table import MAX_NAME
from torrential.linear.optimizers import LEARNING_RATES
from torrential.linear.settings import LAST_PASS
from torrential.types import Arrays, Int32, Int64


def check_state(arrays: Arrays, header: dict[str, Any], n_views: int = 1) -> None:
    """Raise a DataError for the first contradiction.

    Parameters
    ----------
    arrays : dict of str to ndarray
    header : dict
        Both as ``HashedModel.state`` gives them.
    n_views : int, default=1
        Views of a text.
    """
    labels, n_classes = header["labels"], header["linear"]["n_classes"]
    if _is_of_numbers(header["linear"]):
        _require(n_classes == 1 and not labels, "it has labels, but predicts numbers")
    else:
        _require(len(labels) == len(set(labels)) == n_classes, "its labels are not its classes")
    _require("n_rows" in header["counts"], "its counts lack the rows")
    sorted(labels)  # a TypeError if they are of two kinds
    is_compact = "compact" in header["linear"]
    shape = shape_of(header["linear"])
    same = header["features"]["n_features"] == shape["n_features"]
    _require(same, "its numbers of features differ")
    n_levels = _check_levels(header["levels"]) if "levels" in header else 0
    _check_sample(arrays, header["calibration"], n_classes, n_levels)
    _require(header["terms"]["norm"] == header["features"]["norm"], "its norms differ")
    if is_compact:
        _check_compact(arrays, header, shape["n_columns"])
    else:
        _check_counts(arrays, header)
        check_linear_state(arrays, header["linear"])
        _require_array(arrays, "vocabulary", np.uint8, (N_REGISTERS,))
    if header["index"] is not None:
        _check_index(arrays, header["index"], n_views)


def shape_of(linear: dict[str, Any]) -> dict[str, int]:
    """Return the part of a linear model's header that has its numbers of features and columns."""
    shape: dict[str, int] = next(
        linear[name] for name in ("compact", "lists", "layout") if name in linear
    )
    return shape


def _is_of_numbers(linear: dict[str, Any]) -> bool:
    settings = linear.get("settings", {})
    return settings.get("loss") in REGRESSION_LOSSES


def _check_index(arrays: Arrays, index: dict[str, Any], n_views: int) -> None:
    n_terms = len(arrays["term_keys"])
    for name, dtype in (("keys", np.uint64), ("counts", np.int64), ("lengths", np.int32)):
        _require_array(arrays, f"term_{name}", dtype, (n_terms,))
    lengths = arrays["term_lengths"]
    within = n_terms == 0 or (lengths.min() >= 0 and lengths.max() <= MAX_NAME)
    _require(bool(within), "its terms have odd lengths")
    _require_array(arrays, "term_names", np.uint8, (int(lengths.sum()),))
    budget, offset = index["budget"], index["offset"]
    _require(type(budget) is int and budget >= max(1, n_terms), "it has too many terms")
    _require(type(offset) is int and offset >= 0, "its terms have an odd offset")
    _require(type(index["is_sampled"]) is bool, "its terms may be sampled or not")
    keys = arrays["term_keys"]
    _require(bool((keys[1:] > keys[:-1]).all() and (keys > 0).all()), "its terms are not in order")
    known = n_views == 1 or bool(((keys & VIEW_BITS) < n_views).all())
    _require(known, "its terms have views that it does not have")


def _check_counts(arrays: Arrays, header: dict[str, Any]) -> None:
    terms = header["terms"]
    _require((terms["idf"] is None) == ("document_counts" not in arrays), "its IDF lacks counts")
    if terms["idf"] is None:
        return
    shape = (header["features"]["n_features"],)
    is_small = arrays["document_counts"].dtype == np.int32
    _require_array(arrays, "document_counts", np.int32 if is_small else np.int64, shape)
    if "applied_factors" in arrays:
        factors = arrays["applied_factors"]
        _require_array(arrays, "applied_factors", np.float32, shape)
        is_finite = factors.min() >= 0 and factors.max() < np.inf
        _require(bool(is_finite), "its weights of columns are not finite")
    counts, n_documents = arrays["document_counts"], terms["n_documents"]
    within = type(n_documents) is int and counts.min() >= 0 and counts.max() <= n_documents
    _require(bool(within), "its columns have more documents than there are")


def _check_compact(arrays: Arrays, header: dict[str, Any], n_columns: int) -> None:
    """Check a model that keeps the heaviest weights; `Entries` checks these themselves."""
    n_classes = header["linear"]["n_classes"]
    expected = _n_columns(n_classes, header["linear"]["settings"])
    _require(n_columns == expected, "columns are no classes")
    _require("n_terms" in header, "its number of terms is missing")
    if header["terms"]["idf"] is not None:
        shape = arrays["compact_columns"].shape
        _require_array(arrays, "document_octaves", np.uint8, shape)


def check_linear_state(arrays: Arrays, linear: dict[str, Any]) -> None:
    """Raise a DataError if arrays and header of a ``LinearModel.state`` contradict each other."""
    LINEAR(linear, "linear")
    settings, n_classes, layout = linear["settings"], linear["n_classes"], shape_of(linear)
    optimizer = LEARNING_RATES[settings["learning_rate"]]
    n_slots = optimizer.n_slots(averaged=settings["average"] not in (0, LAST_PASS))
    if "lists" in linear:
        _check_lists(arrays, linear["lists"], n_slots, _n_columns(n_classes, settings))
        _require(optimizer.decays_at_once, "its weights are lists, but its steps are of rows")
        is_penalised = settings["penalty"] is not None and settings["alpha"] > 0
        _require(is_penalised == ("settled" in linear), "its penalty is not settled")
        _check_settled(linear.get("settled", linear["clock"]), linear["clock"])
        return
    n_features, n_tiles, width = layout["n_features"], layout["n_tiles"], layout["width"]
    expected = _n_columns(n_classes, settings)
    _require(layout["n_columns"] == expected, "columns are no classes")
    _require(width in (1, 8, 16), "its tiles have an odd width")
    _require(width > 1 or n_tiles == 1, "it has too many tiles")
    _require(layout["n_columns"] <= n_tiles * width, "it has too many columns")
    _require(layout["parts"] == n_slots, "its rows have odd parts")
    _require(layout["stride"] == layout["parts"] * width, "its rows have an odd size")
    _require(
        layout["intercept"] == (n_features if width == 1 else INTERCEPT), "its intercept is lost"
    )
    n_rows = n_features + 1 if width == 1 else _check_places(arrays, n_features, n_tiles)
    _require_array(arrays, "rows", np.float32, (n_rows * layout["stride"],))
    if "applied_rows" in arrays:
        _require_array(arrays, "applied_rows", np.float32, (n_rows * width,))
    is_penalised = settings["penalty"] is not None and settings["alpha"] > 0
    has_marks = "marks" in arrays
    if has_marks:
        _require_array(arrays, "marks", np.float64, (2 * n_rows,))
        _check_marks(arrays["marks"].reshape(n_rows, 2), linear["clock"])
    _require(is_penalised or not has_marks, "it has marks of a penalty without one")
    if is_penalised and optimizer.decays_at_once:  # files had marks once
        _require(has_marks != ("settled" in linear), "its penalties are applied up to two times")
        _check_settled(linear.get("settled", linear["clock"]), linear["clock"])
    else:
        _require(
            has_marks == (is_penalised and optimizer.keeps_marks),
            "it lacks the marks of its penalty",
        )
        _require("settled" not in linear, "its penalty is not settled for all weights at once")


def _check_lists(arrays: Arrays, lists: dict[str, int], n_slots: int, n_columns: int) -> None:
    """Check the lists of a model of many classes."""
    _require(lists["n_columns"] == n_columns, "columns are no classes")
    _require(lists["slots"] == n_slots, "its lists have odd parts")
    features, counts, classes = (
        arrays[f"list_{each}"] for each in ("features", "counts", "classes")
    )
    n_entries = len(classes)
    _require_array(arrays, "list_features", np.int32, (len(features),))
    _require_array(arrays, "list_counts", np.int32, (len(features),))
    _require_array(arrays, "list_classes", np.int32, (n_entries,))
    _require_array(arrays, "list_values", np.float32, (n_slots * n_entries,))
    _require_array(arrays, "list_intercepts", np.float32, (n_slots * n_columns,))
    if "applied_values" in arrays:
        _require_array(arrays, "applied_values", np.float32, (n_entries,))
        _require_array(arrays, "applied_intercepts", np.float32, (n_columns,))
    is_rising = bool((features[1:] > features[:-1]).all())
    within = len(features) == 0 or (features[0] >= 0 and features[-1] < lists["n_features"])
    _require(is_rising and bool(within), "its lists are of features that it does not have")
    _require(bool((counts > 0).all()), "it has lists without a class")
    _require(int(counts.sum(dtype=np.int64)) == n_entries, "its lists lack classes")
    within = n_entries == 0 or (classes.min() >= 0 and classes.max() < n_columns)
    _require(bool(within), "its lists have classes that it does not have")
    keys = np.repeat(features.astype(np.int64), counts) * n_columns + classes
    _require(bool((keys[1:] > keys[:-1]).all()), "its lists have a class twice")


def _n_columns(n_classes: int, settings: dict[str, Any]) -> int:
    """Return the columns of a model; two classes share one, unless rows have several labels."""
    shared = 1 if settings.get("multilabel") else 2
    return n_classes if n_classes > shared else 1


def _check_marks(marks: Any, clock: dict[str, Any]) -> None:
    """Check that the marks of weights are not later than the model's clock."""
    is_past = (marks[:, 0] >= clock["log_decay"]) & (marks[:, 0] <= 0)
    is_past &= (marks[:, 1] >= 0) & (marks[:, 1] <= clock["step"])
    _require(bool(is_past.all()), "its marks of the penalty are not of the past")


def _check_settled(settled: dict[str, Any], clock: dict[str, Any]) -> None:
    """Check that penalties are not applied up to a time later than the model's clock."""
    is_past = settled["step"] <= clock["step"] and settled["log_decay"] >= clock["log_decay"]
    is_past &= settled["shrinkage"] <= clock["shrinkage"]
    _require(is_past, "its penalties are not of the past")


def _check_places(arrays: Arrays, n_features: int, n_tiles: int) -> int:
    """Check the place of each feature, and return the number of rows."""
    _require_array(arrays, "rows_per_tile", np.int64, (n_tiles,))
    n_rows = arrays["rows_per_tile"]
    _require(bool((n_rows >= FIRST).all()), "its tiles lack rows")
    _require(bool((n_rows <= n_features + FIRST).all()), "its tiles have too many rows")
    total = int(n_rows.sum())
    if "row_features" in arrays:
        _require_array(arrays, "row_features", np.int32, (total - FIRST * n_tiles,))
        _check_row_features(arrays["row_features"], n_rows, n_features)
        return total
    _require_array(arrays, "places", np.int32, (n_tiles * n_features,))
    places = arrays["places"].reshape(n_tiles, n_features)
    within = bool((places.min(axis=1) >= 0).all() and (places.max(axis=1) < n_rows).all())
    _require(within, "its features have rows that it does not have")
    return total


def _check_row_features(features: Int32, n_rows: Int64, n_features: int) -> None:
    """Check that each row of a tile has a different feature."""
    ends = np.cumsum(n_rows - FIRST)
    within = len(features) == 0 or (features.min() >= 0 and features.max() < n_features)
    _require(bool(within), "its rows have features that it does not have")
    for begin, end in zip(ends - (n_rows - FIRST), ends, strict=True):
        of_tile = np.sort(features[begin:end])
        _require(bool((of_tile[1:] > of_tile[:-1]).all()), "its features have several rows")


def _check_levels(levels: dict[str, Any]) -> int:
    """Return the number of levels."""
    values, cuts = levels["values"], levels["cuts"]
    is_ascending = all(low < high for low, high in pairwise(values))
    _require(len(values) > 1 and is_ascending, "its levels do not ascend")
    fit = len(cuts) == len(values) - 1 and all(low <= high for low, high in pairwise(cuts))
    _require(fit, "its cut-points are not between its levels")
    return len(values)


def _check_sample(
    arrays: Arrays, calibration: dict[str, Any], n_classes: int, n_levels: int
) -> None:
    codes = arrays["calibration_codes"]
    n_rows, n_columns = arrays["calibration_scores"].shape
    if codes.ndim > 1:
        _require_array(arrays, "calibration_codes", np.uint8, (n_rows, n_columns))
    else:
        _require_array(arrays, "calibration_codes", np.int32, (n_rows,))
    _require_array(arrays, "calibration_numbers", np.int64, (n_rows,))
    _require_array(arrays, "calibration_scores", np.float32, (n_rows, n_columns))
    _require(1 <= n_columns <= max(1, n_classes), "its sample has other columns")
    n_codes = 2 if codes.ndim > 1 else max(2, n_columns, n_levels)
    within = bool(((codes >= 0) & (codes < n_codes)).all())
    _require(within, "its sample has classes that it does not have")
    numbers, n_seen = arrays["calibration_numbers"], calibration["n_seen"]
    within = bool(((numbers >= 0) & (numbers < n_seen)).all())
    _require(within, "its sample has rows that it did not see")
    _require(bool(np.isfinite(arrays["calibration_scores"]).all()), "its sample is not finite")
    withheld = calibration.get("withheld", [])
    coded = [*withheld, *(code for code, _ in calibration.get("thresholds", []))]
    known = all(code < n_classes for code in coded)
    _require(known, "it has thresholds of labels that it does not have")
    if "calibration_weights" in arrays:
        _require_array(arrays, "calibration_weights", np.float32, (n_rows,))
        weights = arrays["calibration_weights"]
        within = bool(((weights >= 0) & (weights < np.inf)).all())
        _require(within, "its sample has weights below 0")
    if "calibration_steps" in arrays:
        _check_steps(arrays)


def _check_steps(arrays: Arrays) -> None:
    """Check that the map to probabilities rises."""
    steps = arrays["calibration_steps"]
    _require_array(arrays, "calibration_steps", np.float64, (len(steps), 2))
    rises = bool(np.isfinite(steps).all() and (np.diff(steps, axis=0) >= 0).all())
    _require(rises, "its probabilities do not rise with the scores")
    within = len(steps) > 0 and bool(steps[0, 1] > 0 and steps[-1, 1] < 1)
    _require(within, "its probabilities are not between 0 and 1")


def _require_array(arrays: Arrays, name: str, dtype: Any, shape: tuple[int, ...]) -> None:
    array = arrays[name]
    fits = array.dtype == dtype and array.shape == shape
    _require(fits, f"array {name!r} is {array.dtype} of shape {array.shape}")


def _require(condition: bool, otherwise: str) -> None:
    if not condition:
        raise DataError(otherwise)
