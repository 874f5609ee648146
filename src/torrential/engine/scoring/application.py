"""Models that are applied to batches, one after the other: features once, gates, and a filter."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from torrential.engine.scoring.contract import Features, Predictions, Predictor
from torrential.engine.scoring.gate import Gate
from torrential.engine.scoring.prediction_columns import PredictionColumns
from torrential.engine.scoring.prediction_counts import PredictionCounts
from torrential.engine.scoring.row_filter import RowFilter
from torrential.evaluation.thresholds import NO_LABEL
from torrential.types import Batch, Bool, Float32


class Outcome(NamedTuple):
    """What a model predicts for the rows of a batch.

    Attributes
    ----------
    predictions : Predictions
        Of all rows; those that it has not seen have any value.
    seen : bool array of shape (n_rows,), or None
        Rows that it has seen; None for all.
    """

    predictions: Predictions
    seen: Bool | None


@dataclass(frozen=True, slots=True)
class Applied:
    """The outcomes for a batch, by model, and which rows the filter keeps; None for all."""

    outcomes: list[Outcome]
    kept: Bool | None
    counts: PredictionCounts


class Application:
    """Models, in order, with the columns of each; made once, and used by all threads.

    Parameters
    ----------
    predictors : sequence of Predictor
        Where several have equal keys, features are made once.
    columns : sequence of PredictionColumns
        What is written of each.
    gates : sequence of Gate
    row_filter : RowFilter, default=None
        It reads the predictions of the last model.
    """

    def __init__(
        self,
        predictors: Sequence[Predictor],
        columns: Sequence[PredictionColumns],
        gates: Sequence[Gate] = (),
        row_filter: RowFilter | None = None,
    ) -> None:
        self.predictors = tuple(predictors)
        self.columns = tuple(columns)
        self.gates = tuple(gates)
        self.row_filter = row_filter
        self._prepare()

    @classmethod
    def of(
        cls,
        predictors: Sequence[Predictor],
        names: Sequence[str | None],
        *,
        gates: Sequence[Gate] = (),
        row_filter: RowFilter | None = None,
        top_k: int = 1,
        all_probabilities: bool = False,
    ) -> "Application":
        """Return the application of models with these names.

        Parameters
        ----------
        predictors : sequence of Predictor
        names : sequence of str or None
            None for the only model, whose columns are ``label`` and ``probability``.
        gates, row_filter, top_k, all_probabilities
        """
        columns = [
            PredictionColumns.of(each, top_k=top_k, all_probabilities=all_probabilities, name=name)
            for each, name in zip(predictors, names, strict=True)
        ]
        return cls(predictors, columns, gates, row_filter)

    def _prepare(self) -> None:
        for predictor in self.predictors:
            predictor.prepare()
        codes = () if self.row_filter is None else self.row_filter.codes
        self._wanted = [each.wanted for each in self.columns]
        last = self._wanted[-1]
        self._wanted[-1] = replace(last, codes=(*last.codes, *codes))

    @property
    def labels(self) -> list[Sequence[Any]]:
        """Labels of each model, by code."""
        return [predictor.labels for predictor in self.predictors]

    @property
    def ranks_rows(self) -> bool:
        """Whether the filter keeps rows by their rank among all, which takes two passes."""
        return self.row_filter is not None and self.row_filter.top is not None

    def apply(self, batch: Batch) -> Applied:
        """Predict the rows of a batch."""
        made: list[tuple[object, Features]] = []
        outcomes: list[Outcome] = []
        for number in range(len(self.predictors)):
            seen = self._seen(number, outcomes)
            outcomes.append(self._outcome(number, batch, made, seen))
        if self.row_filter is not None and self.row_filter.decides:
            last = outcomes[-1]
            decided = self.row_filter.decided(last.predictions, self.of_filter(last))
            outcomes[-1] = Outcome(decided, last.seen)
        kept = self._kept(outcomes[-1])
        return Applied(outcomes, kept, self._counts(batch, made, outcomes, kept))

    def of_filter(self, outcome: Outcome) -> Float32:
        """Return the probabilities that the filter reads, shape (n_rows, n_codes)."""
        return outcome.predictions.of_codes[:, len(self.columns[-1].wanted.codes) :]

    def _seen(self, number: int, outcomes: Sequence[Outcome]) -> Bool | None:
        seen: Bool | None = None
        for gate in self.gates:
            if gate.first_gated > number:
                continue
            for condition in gate.conditions:
                outcome = outcomes[condition.model]
                holds = condition.holds(outcome.predictions)
                holds = holds if outcome.seen is None else holds & outcome.seen
                seen = holds if seen is None else seen & holds
        return None if seen is None or seen.all() else seen

    def _outcome(
        self, number: int, batch: Batch, made: list[tuple[object, Features]], seen: Bool | None
    ) -> Outcome:
        predictor, wanted = self.predictors[number], self._wanted[number]
        key = predictor.key
        shared = next((features for other, features in made if other == key), None)
        if shared is None and seen is None:
            shared = predictor.features(_columns_of(predictor, batch.columns))
            made.append((key, shared))
        if shared is not None:
            return Outcome(predictor.predict(shared, wanted), seen)
        assert seen is not None  # else they are shared
        columns = _columns_of(predictor, batch.columns).filter(pa.array(seen))
        predictions = predictor.predict(predictor.features(columns), wanted)
        return Outcome(predictions.among(seen), seen)

    def _kept(self, last: Outcome) -> Bool | None:
        if self.row_filter is None or self.row_filter.rejects:
            return None
        kept = self.row_filter.mask(last.predictions, self.of_filter(last))
        kept = kept if last.seen is None else kept & last.seen
        return None if kept.all() else kept

    def _counts(
        self,
        batch: Batch,
        made: list[tuple[object, Features]],
        outcomes: Sequence[Outcome],
        kept: Bool | None,
    ) -> PredictionCounts:
        features = made[0][1]
        by_label = []
        for predictor, (predictions, seen) in zip(self.predictors, outcomes, strict=True):
            found = predictions if seen is None else predictions.of_rows(seen)
            codes = found.codes[:, 0] if found.sets is None else found.sets.codes
            codes = codes[codes != NO_LABEL]
            n_labels = len(predictor.labels)
            by_label.append(np.bincount(codes, minlength=n_labels)[:n_labels])
        return PredictionCounts(
            n_rows=batch.n_rows,
            n_bytes=batch.n_bytes,
            malformed=batch.n_skipped,
            null_text=features.n_null,
            invalid_utf8=features.n_invalid,
            other_labels=batch.n_other_labels,
            no_terms=features.n_empty,
            n_kept=batch.n_rows if kept is None else int(np.count_nonzero(kept)),
            by_label=by_label,
        )

    def __getstate__(self) -> dict[str, Any]:
        names = ("predictors", "columns", "gates", "row_filter")
        return {name: getattr(self, name) for name in names}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(**state)  # type: ignore[misc]  # prepares what was sent to a worker


def description(application: Application) -> dict[str, Any]:
    """Return what decides the predictions, as JSON, by the names of parameters."""
    fields = [field.name for each in application.columns for field in each.fields]
    return {
        "models": [predictor.identity() for predictor in application.predictors],
        "columns of predictions": fields,
        "where": repr(application.gates),
        "keep, keep_top and threshold": repr(application.row_filter),
    }


def _columns_of(predictor: Predictor, columns: pa.RecordBatch) -> pa.RecordBatch:
    """Return the columns that a model takes, of all that are read."""
    inputs = predictor.inputs
    if inputs is None or list(inputs) == columns.schema.names:
        return columns
    return columns.select(list(inputs))
