"""Any linear estimator with ``partial_fit``, trained in parts for ParameterAveraging."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import is_classifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_X_y

from torrential.adapters.errors import data_errors
from torrential.adapters.examples import (
    Examples,
    first_examples,
    head,
    is_text,
    labeled_examples,
    learned,
)
from torrential.adapters.forms import TEXTS, Form, form_of
from torrential.adapters.inputs import as_dataset, labeled
from torrential.adapters.learner import transformers_of
from torrential.adapters.score import StreamedScore
from torrential.adapters.step_learning import fit_to_columns
from torrential.adapters.steps import check_stateless, cloned, final_step, transformed
from torrential.data import Dataset
from torrential.data.fingerprint import Fingerprint, fingerprint
from torrential.data.views.parts import parts_of
from torrential.engine.checkpoints.cursor import Cursor
from torrential.engine.checkpoints.file import NOT_SAVED
from torrential.engine.progress.progress import Progress
from torrential.engine.training.averaging import average_rounds
from torrential.engine.training.averaging_types import Averaging, Mix, Part
from torrential.engine.training.checks import check_survey
from torrential.engine.training.survey import survey
from torrential.errors import DataError
from torrential.estimators.averaging import coefficients
from torrential.estimators.averaging.checkpoint import Contents
from torrential.estimators.averaging.matrix_parts import hash_of, held_out_rows, matrix_parts
from torrential.estimators.averaging.part_learner import EstimatorPartLearner, learn_examples
from torrential.estimators.hashing.vectorizer import HashingVectorizer
from torrential.estimators.linear.classifier_base import LinearClassifier
from torrential.estimators.linear.validation import check_two_classes, check_weight
from torrential.execution import Executor
from torrential.linear.class_weight import by_labels

MAX_HELD_OUT = 4096
"""Approximate number of rows on which parts are validated."""

FEW_ROWS = 256
"""Number of first rows, which give the weights their shape before the parts are trained."""


@dataclass(slots=True)
class EstimatorFitting:
    """A training under way.

    Attributes
    ----------
    state : estimator
        Fitted from the first few rows, or not at all yet.
    dataset : Dataset or None
        Dataset of texts, whose rows are assigned after the executor has counted them.
    parts : sequence of Part
        Parts of a matrix.
    first, held_out : Examples or None
    classes : array of shape (n_classes,), or None in regression
    n_rows_of : sequence of int
        Rows of each class.
    data : Fingerprint
        Fingerprint of a matrix.
    form : Form
        The form in which the estimator takes the rows of a dataset.
    restored : pair of dict, or None
        What a checkpoint holds of the weights.
    """

    state: Any
    averaging: Averaging
    dataset: Dataset | None
    parts: Sequence[Part]
    first: Examples | None
    held_out: Examples | None
    classes: NDArray[Any] | None
    n_rows_of: Sequence[int] = ()
    data: Fingerprint = field(default_factory=dict)
    form: Form = TEXTS
    has_begun: bool = False
    restored: Contents | None = None

    def run(
        self,
        executor: Executor,
        progress: Progress,
        begin: Cursor | None,
        after_mix: Callable[[Cursor, Mix], bool],
        before_salvage: Callable[[], object],
    ) -> None:
        """Learn all parts in rounds."""
        if self.dataset is not None:
            self._assign(self.dataset, executor)
        class_weight = self._class_weight()
        self._give_shape(class_weight)
        if self.restored is not None:
            coefficients.restore(final_step(self.state), *self.restored)
        averaging = self.averaging
        learner = EstimatorPartLearner(
            weighting=averaging.weighting,
            classes=self.classes,
            class_weight=class_weight,
            seed=averaging.seed,
            shuffle=averaging.shuffle,
            held_out=self.held_out,
            form=self.form,
        )
        average_rounds(
            learner,
            self.state,
            self.parts,
            averaging,
            executor,
            begin=begin,
            progress=progress,
            after_mix=after_mix,
            before_salvage=before_salvage,
        )

    @property
    def has_learned(self) -> bool:
        """Whether there is anything to save."""
        return self.has_begun and coefficients.has_learned(final_step(self.state))

    def fingerprint(self) -> Fingerprint:
        """Return an identity of the rows to learn."""
        return self.data if self.dataset is None else fingerprint(self.dataset)

    def parameters(self) -> dict[str, Any]:
        """Return the estimator's parameters as text, without the addresses of functions."""
        return {
            name: re.sub(r" at 0x[0-9a-f]+", "", repr(value))
            for name, value in self.state.get_params().items()
            if name.rpartition("__")[2] not in NOT_SAVED
        }

    def contents(self) -> Contents:
        """Return arrays and header of a file."""
        arrays, header = coefficients.state(final_step(self.state))
        return arrays, {"kind": "ParameterAveraging", **header}

    def restore(self, found: Contents, mixes: list[Mix]) -> None:
        """Continue from the result of `contents`."""
        self.restored = found

    @property
    def n_rows(self) -> int:
        """Rows per round, if they are counted."""
        return sum(part.n_rows for part in self.parts)

    def _give_shape(self, class_weight: dict[Any, float] | None) -> None:
        """Create the estimator's weights by learning a few rows, and set them to zero."""
        assert self.first is not None
        final = final_step(self.state)
        fit_to_columns(transformers_of(self.state), self.first.X)
        X = transformed(self.state, self.first.X)
        with data_errors(), coefficients.weighing(final, class_weight):
            learn_examples(final, X, self.first, self.classes)
        coefficients.begin_again(final)
        coefficients.count_classes(final, self.n_rows_of)
        self.has_begun = True

    def _class_weight(self) -> dict[Any, float] | None:
        """Return weights of classes, if the parts need others than the estimator's."""
        final = final_step(self.state)
        spec = getattr(final, "class_weight", None)
        if isinstance(spec, Mapping) and isinstance(final, LinearClassifier):
            named: dict[Any, float] = by_labels(spec, np.asarray(self.classes).tolist())
            return named
        if self.classes is None or not (isinstance(spec, str) and spec == "balanced"):
            return None
        total = sum(self.n_rows_of)
        return {
            label: total / (len(self.classes) * n_rows)
            for label, n_rows in zip(self.classes.tolist(), self.n_rows_of, strict=True)
        }

    def estimator(self, *, interrupted: bool) -> Any:
        """Return the fitted estimator; `interrupted` has no effect on it."""
        return self.state

    def _assign(self, dataset: Dataset, executor: Executor) -> None:
        found = survey(dataset, executor, labels=self.classes is not None)
        if self.classes is not None:
            check_survey(found, dataset)
            order = found.labels.order()
            self.classes = order.classes
            self.n_rows_of = [found.n_rows_of[code] for code in order.codes]
        self.parts = parts_of(
            dataset.partitions(), found.sizes, self.averaging.n_partitions, self.averaging.seed
        )
        self.first = next(labeled_examples(dataset, self.form), None)
        if self.first is None:
            raise DataError(f"No row of {dataset.source} has a label: give rows with labels.")
        self.first = head(self.first, FEW_ROWS)


def begin(
    estimator: Any,
    X: Any,
    y: Any,
    sample_weight: Any,
    averaging: Averaging,
    validation_fraction: float | None,
) -> EstimatorFitting:
    """Check the input, and begin with an untrained estimator."""
    check_stateless(estimator)
    state = cloned(estimator)
    learns_classes = is_classifier(final_step(state))
    none = np.zeros(0) if learns_classes else None
    if is_text(X):
        dataset, held_out = labeled(X, y, sample_weight), None
        form = form_of(dataset, state)
        if not isinstance(state, Pipeline) and not form.is_table:
            state = make_pipeline(HashingVectorizer(), state)
        if validation_fraction is not None:
            dataset, rest = dataset.split(validation_fraction, averaging.seed)
            held_out = first_examples(rest, MAX_HELD_OUT, form)
        return EstimatorFitting(state, averaging, dataset, [], None, held_out, none, form=form)
    return _of_matrix(state, X, y, sample_weight, averaging, validation_fraction)


def _of_matrix(
    state: Any,
    X: Any,
    y: Any,
    sample_weight: Any,
    averaging: Averaging,
    validation_fraction: float | None,
) -> EstimatorFitting:
    learns_classes = is_classifier(final_step(state))
    with data_errors():
        X, y = check_X_y(X, y, accept_sparse="csr", dtype=None, y_numeric=not learns_classes)
        if learns_classes:
            check_classification_targets(y)
        weight = check_weight(sample_weight, X)
    held_out = None
    if validation_fraction is not None:
        chosen = held_out_rows(len(y), validation_fraction, averaging.seed)
        held_weight = None if weight is None else weight[chosen][:MAX_HELD_OUT]
        held_out = Examples(X[chosen][:MAX_HELD_OUT], y[chosen][:MAX_HELD_OUT], held_weight)
        X, y, weight = X[~chosen], y[~chosen], None if weight is None else weight[~chosen]
    classes, n_rows_of = None, np.zeros(0, np.int64)
    if learns_classes:
        classes, n_rows_of = np.unique(y, return_counts=True)
        check_two_classes(classes)
    parts = matrix_parts(X, y, weight, averaging.n_partitions, averaging.seed)
    first = head(Examples(X, y, None), FEW_ROWS)
    data = {"shape": list(X.shape), "hash": hash_of(X, y, weight)}
    counts = n_rows_of.tolist()
    return EstimatorFitting(state, averaging, None, parts, first, held_out, classes, counts, data)


def score(estimator: Any, X: Any, y: Any, sample_weight: Any) -> float:
    """Return the weighted accuracy, or R2 in regression, of a fitted estimator."""
    if not is_text(X) and as_dataset(X) is None:
        return float(estimator.score(X, y, sample_weight))
    dataset = labeled(X, y, sample_weight, tables=True)
    classes = estimator.classes_ if is_classifier(final_step(estimator)) else None
    result = StreamedScore.on(dataset, classes)
    for examples in labeled_examples(*learned(estimator, dataset)):
        result.update(examples.y, estimator.predict(examples.X), examples.weight)
    return result.value(dataset.source)


def default_weighting(estimator: Any) -> str:
    """Return 'updates' where there are sums of squared gradients, else 'rows'."""
    return coefficients.default_weighting(final_step(estimator))


def check_linear(estimator: Any, weighting: str) -> None:
    """Raise a ParameterError unless an estimator's weights can be averaged."""
    coefficients.check_linear(final_step(estimator), weighting)
