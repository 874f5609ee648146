"""Predictions and evaluation of a dataset by any `Predictor`, in memory."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow as pa

from torrential.data.dataset import Dataset
from torrential.engine.batches.batch_stream import read_batches
from torrential.engine.batches.lost_rows import warn_of_lost_rows
from torrential.engine.progress.advance import Advance, results_of
from torrential.engine.progress.measured import measured
from torrential.engine.progress.progress import Progress
from torrential.engine.scoring.contract import BEST, Predictions, Predictor, Wanted
from torrential.engine.scoring.label_scores import LabelScores, Predicted
from torrential.engine.scoring.row_filter import RowFilter
from torrential.engine.targets.label_casts import LabelCast, cast_of
from torrential.engine.targets.labels import encode
from torrential.errors import enough_memory_to
from torrential.evaluation.report import EvaluationReport
from torrential.evaluation.thresholds import NO_LABEL
from torrential.execution import Executor, Recipe, TreeFold, stop_requested
from torrential.types import Batch, Bool, merged


@enough_memory_to("predict all rows")
def predictions_of(
    predictor: Predictor, dataset: Dataset, executor: Executor, wanted: Wanted = BEST
) -> Predictions:
    """Return the predictions of all rows.

    Parameters
    ----------
    predictor : Predictor
    dataset : Dataset
    executor : Executor
    wanted : Wanted
    """
    predictor.prepare()
    recipe = Recipe(read_batches, partial(_predicted, wanted))
    with closing(executor.stream(recipe, dataset.partitions(), predictor)) as outputs:
        parts = list(outputs)
    n_codes = len(wanted.codes)
    return Predictions(
        np.concatenate([np.zeros((0, wanted.top), np.int32), *(each.codes for each in parts)]),
        np.concatenate(
            [np.zeros((0, wanted.top), np.float32), *(each.probabilities for each in parts)]
        ),
        np.concatenate([np.zeros((0, n_codes), np.float32), *(each.of_codes for each in parts)]),
    )


def evaluate_predictor(
    predictor: Predictor,
    dataset: Dataset,
    executor: Executor,
    progress: Progress,
    *,
    is_full: bool = True,
    row_filter: RowFilter | None = None,
) -> EvaluationReport:
    """Measure a model on the rows of a dataset that have a label.

    Parameters
    ----------
    predictor : Predictor
    dataset : Dataset
    executor : Executor
    progress : Progress
    is_full : bool, default=True
        Whether the probabilities of all classes are wanted, for the log loss.
    row_filter : RowFilter, default=None
        Its thresholds decide which label a row has, and whether it has one; with ``is_full``.

    Raises
    ------
    DataError
        If no row has a label, or none one of the model's, or if they are of another type that does
        not match the classes.
    """
    task = "evaluate" if is_full else "score"
    cast = cast_of(predictor.labels, dataset)
    predictor.prepare()
    partitions = measured(dataset.partitions())
    recipe = Recipe(read_batches, partial(_scored, is_full), partial(_summarized, cast, row_filter))
    fold: TreeFold[LabelScores] = TreeFold(merged)
    with progress:
        progress.begin(task, partitions)
        with closing(executor.stream(recipe, partitions, predictor)) as outputs:
            for summary in results_of(outputs, progress):
                fold.add(summary)
    scores = fold.result() if fold else _new_scores(predictor, cast)
    scores.check(dataset, task)
    warn_of_lost_rows(scores.n_malformed, scores.n_rows, dataset.source)
    report: EvaluationReport = scores.metrics.report()
    return report


@dataclass(frozen=True, slots=True)
class _Scored:
    batch: Batch
    predictions: Predictions


def _predicted(wanted: Wanted, predictor: Predictor, batch: Batch) -> Predictions:
    return predictor.predict(predictor.features(batch.columns), wanted)


def _scored(is_full: bool, predictor: Predictor, batch: Batch) -> _Scored:
    wanted = Wanted(1, tuple(predictor.order)) if is_full else BEST
    return _Scored(batch, _predicted(wanted, predictor, batch))


def _summarized(
    cast: LabelCast,
    row_filter: RowFilter | None,
    predictor: Predictor,
    results: Iterator[_Scored],
) -> Iterator[Advance | LabelScores]:
    """Yield the progress of the work, and finally the summary of the source."""
    scores = _new_scores(predictor, cast)
    places = np.argsort(np.array(predictor.order, np.intp))
    for scored in results:
        if stop_requested():
            return
        _add(scores, scored, places, row_filter)
        yield Advance(scored.batch.n_rows, scored.batch.n_bytes)
    yield scores


def _new_scores(predictor: Predictor, cast: LabelCast) -> LabelScores:
    return LabelScores([predictor.labels[code] for code in predictor.order], cast)


def _add(
    scores: LabelScores,
    scored: _Scored,
    places: np.ndarray,
    row_filter: RowFilter | None,
) -> None:
    batch, predictions = scored.batch, scored.predictions

    def predict(labeled: Bool) -> Predicted:
        found = predictions.of_rows(labeled)
        has_all = found.of_codes.shape[1] > 0
        decided = None
        if row_filter is not None:
            of_filter = found.of_codes[:, places[list(row_filter.codes)]]
            codes = row_filter.decided(found, of_filter).codes[:, 0]
            decided = np.append(places, NO_LABEL)[codes]  # the last one for itself
        return Predicted(places[found.codes[:, 0]], found.of_codes if has_all else None, decided)

    scores.add(
        None if batch.target is None else encode(batch.target),
        None if batch.weight is None else _weights(batch.weight),
        predict,
        n_rows=batch.n_rows,
        n_malformed=batch.n_skipped,
    )


def _weights(weight: pa.Array) -> np.ndarray:
    weights: np.ndarray = weight.fill_null(1.0).to_numpy(zero_copy_only=False)
    return weights
