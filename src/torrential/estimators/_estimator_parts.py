"""Any linear estimator with ``partial_fit``, alone or at the end of a pipeline, learnt in parts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from sklearn.exceptions import NotFittedError
from sklearn.metrics import accuracy_score, r2_score
from sklearn.pipeline import Pipeline
from sklearn.utils import get_tags
from sklearn.utils.validation import check_is_fitted

from torrential.data.order import row_order
from torrential.data.parts import Part as TextPart
from torrential.data.shuffle import ShuffledPartition
from torrential.engine.averaging import Books, Stretch
from torrential.errors import ParameterError
from torrential.estimators import _weights
from torrential.execution import stop_requested
from torrential.types import Batch, Int64, Partition

CHUNK_ROWS = 1024
"""Rows of a matrix that are learnt between two looks at the stop flag."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows that are learnt together, by their numbers in a matrix."""

    rows: Int64

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self.rows)


@dataclass(frozen=True, slots=True)
class MatrixPart:
    """A part of a matrix and its targets.

    Attributes
    ----------
    number : int
    X : array or sparse matrix of shape (n_rows, n_features)
    y : array of shape (n_rows,)
    weight : array of shape (n_rows,), or None
    pieces : tuple of Chunk
    """

    number: int
    X: Any
    y: NDArray[Any]
    weight: NDArray[Any] | None
    pieces: tuple[Chunk, ...]

    @property
    def name(self) -> str:
        """What messages call it."""
        return f"part {self.number}"

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return sum(piece.n_rows for piece in self.pieces)

    def stretch(self, order: Sequence[int], first: int, stop: int) -> "MatrixPart":
        """Return the rows from ``first`` to ``stop``, where the pieces are in this order."""
        pieces = []
        for place in order:
            rows = self.pieces[place].rows
            chosen = rows[max(first, 0) : max(stop, 0)]
            if len(chosen) > 0:
                pieces.append(Chunk(chosen))
            first, stop = first - len(rows), stop - len(rows)
        return replace(self, pieces=tuple(pieces))


def matrix_parts(
    X: Any, y: NDArray[Any], weight: NDArray[Any] | None, n_parts: int, seed: int
) -> list[MatrixPart]:
    """Deal the rows of a matrix to parts at random."""
    n_rows = len(y)
    order = row_order(n_rows, seed, 0, max(n_rows, 1))
    parts = []
    for number, rows in enumerate(np.array_split(order, min(n_parts, n_rows))):
        places = np.arange(len(rows))
        chunks = tuple(
            Chunk(places[begin : begin + CHUNK_ROWS]) for begin in range(0, len(rows), CHUNK_ROWS)
        )
        own = None if weight is None else weight[rows]
        parts.append(MatrixPart(number, X[rows], y[rows], own, chunks))
    return parts


@dataclass(frozen=True, slots=True)
class Examples:
    """Rows as an estimator takes them."""

    X: Any
    y: NDArray[Any]
    weight: NDArray[Any] | None


def examples_of(batch: Batch) -> Examples:
    """Return the labelled rows of a batch of texts."""
    assert batch.target is not None  # checked at the door
    keep = np.array(batch.target.is_valid())
    if pa.types.is_floating(batch.target.type):
        keep &= ~np.isnan(batch.target.fill_null(0.0).to_numpy(zero_copy_only=False))
    y = np.array(batch.target.filter(pa.array(keep)).to_pylist())
    texts = np.array(batch.text.fill_null("").to_pylist(), object)
    weight = batch.weight
    if weight is not None:
        weight = weight.fill_null(1.0).to_numpy(zero_copy_only=False)[keep]
    return Examples(texts[keep], y, weight)


@dataclass(slots=True)
class EstimatorLearnt:
    """What has become of an estimator in a part: a summary."""

    changes: Any
    books: Books

    def merge(self, other: Self) -> Self:
        """Take in another part's."""
        self.changes.merge(other.changes)
        self.books.merge(other.books)
        return self


@dataclass(frozen=True, slots=True)
class EstimatorPartLearner:
    """How workers learn their parts with an estimator's own ``partial_fit``.

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
    """

    weighting: str
    classes: NDArray[Any] | None
    class_weight: dict[Any, float] | None
    seed: int
    shuffle: bool
    held_out: Examples | None

    def learn(self, state: Any, stretch: Stretch) -> EstimatorLearnt:
        """Learn the rows of a stretch from a fitted estimator, which stays as it is."""
        final = _weights.branch(final_step(state), self.seed, self.class_weight)
        books = Books(n_correct=None if self.classes is None else 0)
        for examples in self._batches(stretch):
            if stop_requested():
                break
            X = transformed(state, examples.X)
            self._book(books, final, X, examples.y)
            learn_once(final, X, examples, self.classes)
        changes = _weights.changes(final, final_step(state), books.n_rows, self.weighting)
        score = self.score(with_final_step(state, final))
        books.parts = () if score is None else (score,)
        books.n_bytes = changes.n_bytes
        return EstimatorLearnt(changes, books)

    def mix(self, state: Any, learnt: EstimatorLearnt) -> None:
        """Make an estimator the average of what all parts have learnt from it."""
        _weights.take_in(final_step(state), learnt.changes)

    def score(self, state: Any) -> float | None:
        """Accuracy, or R2 in regression, on the rows held out; None without any."""
        if self.held_out is None:
            return None
        if self.classes is None and len(self.held_out.y) < 2:
            return float("nan")  # R2 needs two rows, and says so with a warning
        predicted = state.predict(self.held_out.X)
        measure = r2_score if self.classes is None else accuracy_score
        return float(measure(self.held_out.y, predicted))

    def _book(self, books: Books, final: Any, X: Any, y: NDArray[Any]) -> None:
        """Predict rows before they are learnt."""
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
                    examples = examples_of(batch)
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


def learn_once(final: Any, X: Any, examples: Examples, classes: NDArray[Any] | None) -> None:
    """Learn rows with an estimator's ``partial_fit``, which refuses rows that all weigh nothing."""
    if examples.weight is not None and not np.any(examples.weight):
        return
    arguments: dict[str, Any] = {} if classes is None else {"classes": classes}
    if examples.weight is not None:
        arguments["sample_weight"] = examples.weight
    final.partial_fit(X, examples.y, **arguments)


def final_step(estimator: Any) -> Any:
    """Return the last step of a pipeline; an estimator alone is its own."""
    return estimator.steps[-1][1] if isinstance(estimator, Pipeline) else estimator


def with_final_step(estimator: Any, final: Any) -> Any:
    """Return a pipeline with another last step."""
    if not isinstance(estimator, Pipeline):
        return final
    return Pipeline([*estimator.steps[:-1], (estimator.steps[-1][0], final)])


def transformed(estimator: Any, X: Any) -> Any:
    """Pass rows through all steps of a pipeline but the last."""
    if isinstance(estimator, Pipeline):
        for _, step in estimator.steps[:-1]:
            if step is not None and step != "passthrough":
                X = step.transform(X)
    return X


def check_stateless(estimator: Any) -> None:
    """Raise a ParameterError if a step of a pipeline would have to be fitted first."""
    if not isinstance(estimator, Pipeline):
        return
    for name, step in estimator.steps[:-1]:
        if step is None or step == "passthrough" or not get_tags(step).requires_fit:
            continue
        try:
            check_is_fitted(step)
        except NotFittedError:
            raise ParameterError(
                f"Step {name!r} ({type(step).__name__}) has to be fitted before the first part is "
                "learnt: fit it beforehand, or take one that needs no fit, such as "
                "HashingVectorizer."
            ) from None
