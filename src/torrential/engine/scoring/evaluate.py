"""Evaluation: a model's metrics on labeled rows, in one pass."""

from functools import partial
from typing import Any

from torrential.data.dataset import Dataset
from torrential.engine.batches.lost_rows import warn_of_lost_rows
from torrential.engine.model.hashed_model import HashedModel
from torrential.engine.progress.progress import Progress
from torrential.engine.scoring.label_scores import LabelScores, LabelSetScores, Predicted
from torrential.engine.scoring.predict import Scored, summarize
from torrential.engine.targets.label_casts import LabelCast, cast_of
from torrential.evaluation.multilabel_report import MultilabelReport
from torrential.evaluation.report import EvaluationReport
from torrential.execution import Executor, Threads
from torrential.types import Bool


def evaluate(
    model: HashedModel,
    dataset: Dataset,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> EvaluationReport | MultilabelReport:
    """Measure a model on the rows of a dataset that have a label.

    Labels that were never seen in training count as errors, and are named in the report. Labels of
    another type than the classes count as the classes that they equal exactly, such as ``"1"`` for
    1; the logger ``torrential.read`` says so. The report is the same to the bit for any executor.

    Parameters
    ----------
    model : HashedModel
    dataset : Dataset
    executor : Executor, default=Threads(1)
    progress : Progress, default=None

    Returns
    -------
    report : EvaluationReport, or MultilabelReport of a model of several labels a row

    Raises
    ------
    DataError
        If no row has a label, or none one of the model's, or if they are of another type that does
        not match the classes.
    """
    scores = _evaluated(model, dataset, "evaluate", executor, progress)
    warn_of_lost_rows(scores.n_malformed, scores.n_rows, dataset.source)
    report: EvaluationReport | MultilabelReport = scores.metrics.report()
    return report


def accuracy(model: HashedModel, dataset: Dataset, executor: Executor | None = None) -> float:
    """Return the share of labeled rows, by weight, whose label is predicted, as in `evaluate`.

    With several labels a row, all of them have to be, and no other.
    """
    return float(_evaluated(model, dataset, "score", executor).metrics.report().accuracy)


def _evaluated(
    model: HashedModel,
    dataset: Dataset,
    task: str,
    executor: Executor | None,
    progress: Progress | None = None,
) -> "_Evaluation | _SetEvaluation":
    """Measure with probabilities for the task "evaluate", else without."""
    cast = cast_of(model.labels.values, dataset)
    kind = _SetEvaluation if model.is_multilabel else _Evaluation
    new: Any = partial(kind, cast=cast, is_full=task == "evaluate")
    scores: _Evaluation | _SetEvaluation = summarize(
        model, dataset, new, executor or Threads(), progress=progress, task=task
    )
    scores.check(dataset.source, task)
    return scores


class _Evaluation(LabelScores):
    """Metrics of a model of hashed rows."""

    def __init__(self, model: HashedModel, cast: LabelCast, *, is_full: bool) -> None:
        self._is_full = is_full
        self._order = model.labels.order()
        super().__init__([model.labels.values[code] for code in self._order.codes], cast)

    def update(self, model: HashedModel, scored: Scored) -> None:
        """Add a batch."""

        def predict(labeled: Bool) -> Predicted:
            scores = scored.scores[labeled]
            places = self._order.places[model.task(scores).predict(scores)]
            if not self._is_full:
                return places, None
            return places, self._order.by_class(model.probabilities(scores))

        hashed = scored.hashed
        self.add(
            hashed.target,
            hashed.weight,
            predict,
            n_rows=hashed.rows.n_rows,
            n_malformed=hashed.n_malformed,
        )


class _SetEvaluation(LabelSetScores):
    """Metrics of a model of hashed rows that have several labels each."""

    def __init__(self, model: HashedModel, cast: LabelCast, *, is_full: bool) -> None:
        self._is_full = is_full
        self._order = model.labels.order()
        super().__init__([model.labels.values[code] for code in self._order.codes], cast)

    def update(self, model: HashedModel, scored: Scored) -> None:
        """Add a batch."""

        def predict(labeled: Bool) -> Predicted:
            scores = scored.scores[labeled]
            predicted = self._order.by_class(model.task(scores).predict(scores))
            return predicted, self._order.by_class(scores) if self._is_full else None

        hashed = scored.hashed
        self.add(
            hashed.target,
            hashed.weight,
            predict,
            n_rows=hashed.rows.n_rows,
            n_malformed=hashed.n_malformed,
        )
