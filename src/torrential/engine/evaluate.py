"""Evaluation: metrics of a model on labelled rows, in one pass."""

from contextlib import closing

import numpy as np

from torrential.data.dataset import Dataset
from torrential.engine.labels import UNLABELLED, Labels
from torrential.engine.predict import score_partitions, scored_batches
from torrential.engine.progress import Progress, SilentProgress
from torrential.engine.route import measured
from torrential.engine.text_model import TextModel
from torrential.errors import DataError
from torrential.evaluation.classification import ClassificationMetrics
from torrential.evaluation.report import EvaluationReport


def evaluate(
    model: TextModel, dataset: Dataset, n_jobs: int = 1, progress: Progress | None = None
) -> EvaluationReport:
    """Measure a model on the rows of a dataset that have a label.

    Labels that were never seen in training count as errors, and are named in the report.

    Parameters
    ----------
    model : TextModel
    dataset : Dataset
    n_jobs : int, default=1
        Threads.
    progress : Progress, default=None

    Returns
    -------
    report : EvaluationReport

    Raises
    ------
    DataError
        When no row has a label.
    """
    classes, order = model.labels.sorted()
    labels = Labels(classes.tolist())
    rank = np.argsort(order)
    metrics = ClassificationMetrics(labels.values)
    progress = progress or SilentProgress()
    partitions = measured(dataset.partitions())
    with closing(score_partitions(model, partitions, n_jobs)) as batches, progress:
        progress.begin("evaluate", partitions)
        for scored in batches:
            progress.advance(scored.hashed.rows.n_rows, scored.hashed.n_bytes)
            if scored.hashed.target is None:
                continue
            codes = labels.codes(scored.hashed.target)
            metrics.extend(labels.values)
            labelled = codes != UNLABELLED
            scores = scored.scores[labelled]
            weight = scored.hashed.weight
            metrics.update(
                codes[labelled],
                rank[model.predict_codes(scores)],
                model.probabilities(scores)[:, order],
                None if weight is None else weight[labelled],
            )
    if metrics.n_rows == 0:
        raise DataError(f"No row of {dataset.source} has a label to evaluate on: check target.")
    return metrics.report()


def accuracy(model: TextModel, dataset: Dataset, n_jobs: int = 1) -> float:
    """Share of labelled rows, by weight, whose label is predicted."""
    right = total = 0.0
    with closing(scored_batches(model, dataset, n_jobs)) as batches:
        for scored in batches:
            if scored.hashed.target is None:
                continue
            codes = model.labels.codes(scored.hashed.target, add=False)
            weight = scored.hashed.weight
            weight = np.ones(len(codes), np.float32) if weight is None else weight
            labelled = scored.hashed.target.codes != UNLABELLED
            right += float(weight[labelled & (model.predict_codes(scored.scores) == codes)].sum())
            total += float(weight[labelled].sum())
    if total == 0:
        raise DataError(f"No row of {dataset.source} has a label to score on: check target.")
    return right / total
