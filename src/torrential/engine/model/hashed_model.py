"""The state of a model of hashed rows: features, linear model, labels and calibration."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self

import numpy as np

from torrential.engine.batches.encoding import Encoder
from torrential.engine.batches.hashed_batch import HashedBatch
from torrential.engine.model.counts import Counts
from torrential.engine.model.schema import MODEL
from torrential.engine.model.stored import (
    facts_of,
    features_of,
    index_of,
    levels_of,
    vocabulary_of,
    weights_of_terms,
)
from torrential.engine.model.validation import check_state
from torrential.engine.targets.label_values import from_json, to_json
from torrential.engine.targets.labels import Encoded, Labels
from torrential.engine.targets.levels import Levels
from torrential.engine.targets.targets import TargetTable, table_of
from torrential.engine.targets.task import Classification, Multilabel, Regression, Task
from torrential.features.spec import NOTHING, FeatureSpec, Observe
from torrential.features.specs import spec_of
from torrential.features.table.settings import Settings
from torrential.features.terms.term_index import TermIndex
from torrential.features.terms.term_weights import TermWeights
from torrential.features.terms.vocabulary import Vocabulary
from torrential.linear import LinearModel, LinearSettings
from torrential.linear.calibration import DEFAULT, Calibration
from torrential.linear.compact.model import CompactModel, linear_of
from torrential.types import Arrays, Csr, Float32, Float64


@dataclass
class HashedModel:
    """The state that training updates and prediction reads."""

    hashing: Settings
    weighting: TermWeights
    linear: LinearModel
    labels: Labels = field(default_factory=Labels)
    calibration: Calibration = field(default_factory=Calibration)
    counts: Counts = field(default_factory=Counts)
    vocabulary: Vocabulary = field(default_factory=Vocabulary)
    terms: TermIndex | None = None
    levels: Levels | None = None

    @classmethod
    def new(
        cls,
        hashing: Settings,
        linear: LinearSettings,
        *,
        levels: Levels | None = None,
        idf: str | None = None,
        term_budget: int | None = None,
        calibration: str | None = DEFAULT,
    ) -> Self:
        """Return an untrained model, which keeps terms if it has a budget for them."""
        weighting = TermWeights.new(idf, hashing.norm, hashing.n_features, hashing.views or ())
        terms = None if term_budget is None else TermIndex(hashing, term_budget)
        weights = LinearModel(linear, hashing.n_features)
        method = Calibration(calibration)
        return cls(hashing, weighting, weights, calibration=method, terms=terms, levels=levels)

    @property
    def is_regression(self) -> bool:
        """Whether the model predicts numbers: it has no labels then."""
        return self.linear.settings.is_regression

    @property
    def is_multilabel(self) -> bool:
        """Whether the model predicts any number of labels for each row."""
        return self.linear.settings.multilabel

    @property
    def targets(self) -> TargetTable:
        """The table of the targets of its rows: its labels, which grow, sets of them, or numbers.

        Windows are made with one table each.
        """
        return table_of(self.linear.settings, self.labels, self.levels)

    @property
    def n_columns(self) -> int:
        """Scores of a row, at most: of all known labels."""
        return max(1, len(self.labels))

    @property
    def has_learned(self) -> bool:
        """Whether it knows a label, or has learned a number."""
        return len(self.labels) > 0 or (self.is_regression and self.counts.n_rows > 0)

    @property
    def can_learn(self) -> bool:
        """Whether the model has all of its weights and what learning needs."""
        return not isinstance(self.linear, CompactModel)

    @property
    def spec(self) -> FeatureSpec:
        """Spec of the rows, without unit norm if terms are weighed afterwards."""
        is_weighed = self.weighting.idf is not None
        return spec_of(self.hashing.counting() if is_weighed else self.hashing)

    @property
    def observe(self) -> Observe:
        """Side statistics to collect from each new batch."""
        return Observe(terms=self.terms is not None, vocabulary=True)

    def encoder(self, observe: Observe = NOTHING, *, weighs: bool = True) -> Encoder:
        """Return an encoder of batches for the current state of the model.

        Parameters
        ----------
        observe : Observe
            Side statistics to take.
        weighs : bool, default=True
            Whether to weigh the terms by their document frequencies, where the model does.
        """
        return Encoder(self.spec, self.weighting.current() if weighs else None, observe)

    def note(self, batch: HashedBatch) -> None:
        """Update the term statistics from a batch."""
        if batch.registers is not None:
            self.vocabulary.update(batch.registers)
        if batch.terms is not None and self.terms is not None:
            self.terms.update(batch.terms, batch.n_like_it, self.linear.largest_weights)

    def expect(self, classes: Encoded) -> None:
        """Add columns for classes without rows so far; they begin like those of the first row."""
        self.labels.codes(classes)
        self.linear.add_classes(len(self.labels) - self.linear.n_classes)

    def settle(self) -> None:
        """Complete the model after a pass, also after an interrupted pass.

        Labels are numbered when rows are read, and get their columns when these rows are learned:
        those in between get them now. Probabilities and cut-points are fitted to the learned rows.
        """
        if self.levels is not None:
            sample = self.calibration.late_sample()
            numbers = self.linear.settings.link.predict(sample.scores[:, 0].astype(np.float32))
            self.levels = self.levels.fitted(numbers, sample.codes, sample.weights)
        if self.is_regression:
            return
        self.linear.add_classes(len(self.labels) - self.linear.n_classes)
        self.calibration.widen(self.linear.n_columns, has_sets=self.is_multilabel)
        if self.is_calibrated:
            self.calibration.fit()

    def untrained(self) -> Self:
        """Return a model of the same settings that has learned nothing, and keeps no terms."""
        settings, weighting = self.hashing, self.weighting
        linear = LinearModel(self.linear.settings, settings.n_features)
        views = settings.views or ()
        fresh = TermWeights.new(weighting.idf, settings.norm, settings.n_features, views)
        calibration, levels = Calibration(self.calibration.method), self.levels
        return type(self)(settings, fresh, linear, calibration=calibration, levels=levels)

    def branch(self) -> Self:
        """Return a model that begins with these weights, and with empty statistics.

        Weights are copied when it first learns.
        """
        terms = None if self.terms is None else TermIndex(self.hashing, self.terms.budget)
        linear, labels = self.linear.branch(), Labels(self.labels.values)
        calibration = Calibration(self.calibration.method)
        weighting, levels = self.weighting.copy(), self.levels
        return type(self)(
            self.hashing, weighting, linear, labels, calibration, terms=terms, levels=levels
        )

    def copy(self) -> Self:
        """Return a complete copy that does not change when this model learns."""
        copy = type(self)(
            self.hashing,
            self.weighting.copy(),
            self.linear.copy(),
            Labels(self.labels.values),
            deepcopy(self.calibration),
            replace(self.counts),
            self.vocabulary.copy(),
            None if self.terms is None else self.terms.copy(),
            self.levels,
        )
        copy.settle()
        return copy

    @property
    def is_calibrated(self) -> bool:
        """Whether probabilities come from the calibration; otherwise scores are log odds."""
        if self.is_regression:
            return False
        if self.calibration.method != DEFAULT:
            return self.calibration.method is not None
        return self._classes(self.linear.n_columns).needs_calibration(self.linear.settings)

    def task(self, scores: Float32) -> Task:
        """Return the task that turns scores of this model to predictions."""
        if self.is_regression:
            return Regression(self.linear.settings.link, self.levels)
        return self._classes(scores.shape[1])

    def _classes(self, n_columns: int) -> Classification | Multilabel:
        if self.is_multilabel:
            return Multilabel(len(self.labels), self.calibration)
        return Classification.of(len(self.labels), n_columns)

    def with_thresholds(self, thresholds: Mapping[int, float]) -> Self:
        """Return this model with other thresholds of labels by code; it shares all else."""
        return replace(self, calibration=self.calibration.with_thresholds(thresholds))

    def probabilities(self, scores: Float32) -> Float64:
        """Return the probability of each class, shape (n_rows, n_classes), columns by code."""
        return self._classes(scores.shape[1]).probabilities(scores, self.calibration)

    def decide(self, rows: Csr) -> Float32:
        """Return the scores of rows, shape (n_rows, n_columns)."""
        return self.linear.decision(rows)

    def state(self) -> tuple[dict[str, np.ndarray[Any, Any]], dict[str, Any]]:
        """Return the whole model as arrays and JSON, for a model file."""
        arrays, linear = self.linear.state()
        sample, calibration = self.calibration.state()
        counts, terms = self.weighting.state()
        header: dict[str, Any] = {
            "features": spec_of(self.hashing).state(),
            "terms": terms,
            "linear": linear,
            "labels": [to_json(label) for label in self.labels.values],
            "calibration": calibration,
            "counts": asdict(self.counts),
            "index": None,
        }
        arrays = arrays | sample | counts
        if self.can_learn:
            arrays["vocabulary"] = self.vocabulary.registers
        else:
            header["n_terms"] = self.vocabulary.n_terms()
        if self.levels is not None:
            header["levels"] = asdict(self.levels)
        if self.terms is not None:
            index, header["index"] = self.terms.state()
            arrays |= index
        return arrays, header

    def applied_arrays(self) -> Arrays:
        """Return arrays that `from_state` takes as well: processes share them to apply the model.

        Without them each process would compute them for itself.
        """
        return self.linear.applied_arrays() | self.weighting.applied_arrays()

    @classmethod
    def from_state(
        cls,
        arrays: dict[str, np.ndarray[Any, Any]],
        header: dict[str, Any],
        hashing: Settings | None = None,
    ) -> Self:
        """Return the model that `state` described; arrays may be read-only memory maps.

        Parameters
        ----------
        arrays, header : dict
        hashing : HashSettings or TableSettings, optional
            Where they are known; by default they are the header's.

        Raises
        ------
        DataError, ParameterError, KeyError, TypeError, ValueError
            Where the two contradict each other, or lack something.
        """
        MODEL(header, "model")
        settings = hashing or features_of(header["features"])
        labels = [from_json(label) for label in header["labels"]]
        check_state(
            arrays, {**header, "labels": labels, "features": facts_of(settings)}, settings.n_views
        )
        linear = linear_of(arrays, header["linear"])
        return cls(
            settings,
            weights_of_terms(arrays, header, settings, linear),
            linear,
            Labels(labels),
            Calibration.from_state(arrays, header["calibration"]),
            Counts(**header["counts"]),
            vocabulary_of(arrays, header),
            index_of(arrays, header["index"], settings),
            levels_of(header),
        )
