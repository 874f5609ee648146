"""Any linear estimator with ``partial_fit`` or a pipeline that ends with one, trained in parts."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn import config_context, get_config
from sklearn.metrics import accuracy_score, r2_score

from torrential.adapters.examples import Examples, examples_of
from torrential.adapters.forms import TEXTS, Form
from torrential.adapters.steps import final_step, transformed, with_final_step
from torrential.data.views.order import row_order
from torrential.data.views.parts import Part as TextPart
from torrential.data.views.shuffle import ShuffledPartition
from torrential.engine.training.averaging_types import Books, Stretch
from torrential.estimators.averaging import coefficients
from torrential.estimators.averaging.matrix_parts import MatrixPart
from torrential.execution import stop_requested
from torrential.types import Partition


@dataclass(slots=True)
class EstimatorLearned:
    """The estimator of a part: a summary."""

    changes: Any
    books: Books

    def merge(self, other: Self) -> Self:
        """Add the result of another part."""
        self.changes.merge(other.changes)
        self.books.merge(other.books)
        return self


@dataclass(frozen=True, slots=True)
class EstimatorPartLearner:
    """Trains parts on workers with an estimator's own ``partial_fit``.

    Attributes
    ----------
    weighting : {'rows', 'updates'}
    classes : array of shape (n_classes,), or None in regression
    class_weight : dict of label to weight, or None
        Where the estimator balances classes.
    seed : int
    shuffle : bool
        Whether rows are permuted, by the seed.
    held_out : Examples or None
        Rows to validate the parts' models on, and their average.
    form : Form
        The form in which the estimator takes the rows of a dataset.
    config : dict
        scikit-learn's configuration, which other threads and processes do not have.
    """

    weighting: str
    classes: NDArray[Any] | None
    class_weight: dict[Any, float] | None
    seed: int
    shuffle: bool
    held_out: Examples | None
    form: Form = TEXTS
    config: dict[str, Any] = field(default_factory=get_config)

    def learn(self, state: Any, stretch: Stretch) -> EstimatorLearned:
        """Learn the rows of a stretch, starting from a fitted estimator that does not change."""
        with config_context(**self.config):
            return self._learned(state, stretch)

    def _learned(self, state: Any, stretch: Stretch) -> EstimatorLearned:
        final = coefficients.branch(final_step(state), self.seed, self.class_weight)
        books = Books(n_correct=None if self.classes is None else 0)
        for examples in self._batches(stretch):
            if stop_requested():
                break
            X = transformed(state, examples.X)
            self._book(books, final, X, examples.y)
            learn_examples(final, X, examples, self.classes)
        changes = coefficients.changes(final, final_step(state), books.n_rows, self.weighting)
        score = self.score(with_final_step(state, final))
        books.parts = () if score is None else (score,)
        books.n_bytes = changes.n_bytes
        return EstimatorLearned(changes, books)

    def mix(self, state: Any, learned: EstimatorLearned) -> None:
        """Make an estimator the average of the results of all parts."""
        coefficients.take_in(final_step(state), learned.changes)

    def score(self, state: Any) -> float | None:
        """Return the weighted accuracy, or R2, on the held-out rows; None without any."""
        if self.held_out is None:
            return None
        if self.classes is None and len(self.held_out.y) < 2:
            return float("nan")  # R2 needs two rows, and says so with a warning
        weight = self.held_out.weight
        if weight is not None and not np.any(weight):
            return float("nan")
        predicted = state.predict(self.held_out.X)
        measure = r2_score if self.classes is None else accuracy_score
        return float(measure(self.held_out.y, predicted, sample_weight=weight))

    def _book(self, books: Books, final: Any, X: Any, y: NDArray[Any]) -> None:
        """Predict rows before they are learned."""
        predicted = final.predict(X)
        books.n_rows += len(y)
        if books.n_correct is None:
            books.loss += float(np.sum((predicted - y) ** 2))
        else:
            n_correct = int(np.count_nonzero(predicted == y))
            books.n_correct += n_correct
            books.loss += len(y) - n_correct

    def _batches(self, stretch: Stretch) -> Iterator[Examples]:
        part = stretch.part
        seeds = (self.seed, part.number, stretch.step)
        if isinstance(part, TextPart):
            for number, piece in enumerate(part.pieces):
                shuffled: Partition = piece
                if self.shuffle:
                    shuffled = ShuffledPartition(piece, (*seeds, stretch.round), number)
                for batch in shuffled.batches():
                    examples = examples_of(batch, self.form)
                    if len(examples.y) > 0:
                        yield examples
            return
        assert isinstance(part, MatrixPart)
        for number, chunk in enumerate(part.pieces):
            rows = chunk.rows
            if self.shuffle:
                rows = rows[row_order(len(rows), (*seeds, number), stretch.round, len(rows))]
            weight = None if part.weight is None else part.weight[rows]
            yield Examples(part.X[rows], part.y[rows], weight)


def learn_examples(final: Any, X: Any, examples: Examples, classes: NDArray[Any] | None) -> None:
    """Learn rows with ``partial_fit``, which rejects rows whose weights are all 0."""
    if examples.weight is not None and not np.any(examples.weight):
        return
    arguments: dict[str, Any] = {} if classes is None else {"classes": classes}
    if examples.weight is not None:
        arguments["sample_weight"] = examples.weight
    final.partial_fit(X, examples.y, **arguments)
