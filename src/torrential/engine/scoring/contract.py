"""The contract of models that are applied to rows: features first, then predictions.

::

    columns  --features-->  Features  --predict-->  Predictions
                               |
                               +------predict-->  of another model with an equal `key`

Whatever implements `Predictor` can be used by ``predict_arrow``, ``predict_to`` and the command
``predict``: filters, folders, several models in one pass and clusters come with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np
import pyarrow as pa

from torrential.types import Bool, Float32, Int32, Int64

Values = TypeVar("Values", bound=np.ndarray[Any, Any])


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which probabilities to return of each row.

    Attributes
    ----------
    top : int, default=1
        How many of the most probable labels, from 1 to their number.
    codes : tuple of int, default=()
        Labels whose probability is wanted whatever their place is; places among `labels`.
    sets : bool, default=False
        Whether the labels that a row gets are wanted, of a model that gives it any number.
    """

    top: int = 1
    codes: tuple[int, ...] = ()
    sets: bool = False


BEST = Wanted()
"""The predicted label and its probability."""


@dataclass(frozen=True, slots=True)
class Features:
    """Rows that are ready for a model.

    Attributes
    ----------
    rows : object
        What `Predictor.predict` reads, and does not change.
    n_rows : int
    n_null, n_invalid, n_empty : int, default=0
        Texts that are null, which count as empty; texts that are not valid UTF-8; rows without a
        feature.
    """

    rows: Any
    n_rows: int
    n_null: int = 0
    n_invalid: int = 0
    n_empty: int = 0


@dataclass(frozen=True, slots=True)
class PredictedSets:
    """The labels that consecutive rows get.

    Attributes
    ----------
    ends : int64 array of shape (n_rows + 1,)
        Row i gets the labels from ends[i] to ends[i + 1], without the last.
    codes : int32 array of shape (n_labels,)
    probabilities : float32 array of shape (n_labels,)
    """

    ends: Int64
    codes: Int32
    probabilities: Float32

    def of_rows(self, chosen: Bool) -> "PredictedSets":
        """Return those of some rows."""
        sizes = np.diff(self.ends)
        kept = np.repeat(chosen, sizes)
        ends = np.append(0, np.cumsum(sizes[chosen]))
        return PredictedSets(ends, self.codes[kept], self.probabilities[kept])

    def among(self, rows: Bool) -> "PredictedSets":
        """Return the labels of more rows, of which these are some; none in the others."""
        sizes = np.zeros(len(rows), np.int64)
        sizes[rows] = np.diff(self.ends)
        return PredictedSets(np.append(0, np.cumsum(sizes)), self.codes, self.probabilities)

    def have_any(self, codes: Sequence[int]) -> Bool:
        """Return which rows get one of some labels."""
        found = np.append(0, np.cumsum(np.isin(self.codes, codes)))[self.ends]
        return np.asarray(np.diff(found) > 0)


@dataclass(frozen=True, slots=True)
class Predictions:
    """What a model predicts for consecutive rows.

    A model of numbers has no labels: all codes are 0, and its number takes the place of each
    probability.

    Attributes
    ----------
    codes : int32 array of shape (n_rows, top)
        Places among `labels` of the most probable ones, the best first.
    probabilities : float32 array of shape (n_rows, top)
        Their probabilities.
    of_codes : float32 array of shape (n_rows, len(wanted.codes))
        Probabilities of the labels that were named.
    sets : PredictedSets or None
        The labels of each row, of a model that gives it any number.
    """

    codes: Int32
    probabilities: Float32
    of_codes: Float32
    sets: PredictedSets | None = None

    def of_rows(self, chosen: Bool) -> "Predictions":
        """Return those of some rows."""
        return Predictions(
            self.codes[chosen],
            self.probabilities[chosen],
            self.of_codes[chosen],
            None if self.sets is None else self.sets.of_rows(chosen),
        )

    def among(self, rows: Bool) -> "Predictions":
        """Return predictions of more rows, of which these are some; zeros in the others."""
        return Predictions(
            _among(self.codes, rows),
            _among(self.probabilities, rows),
            _among(self.of_codes, rows),
            None if self.sets is None else self.sets.among(rows),
        )

    def get(self, codes: Sequence[int]) -> Bool:
        """Return which rows get one of some labels, as the best one or in their sets."""
        if self.sets is not None:
            return self.sets.have_any(codes)
        return np.isin(self.codes[:, 0], codes)


def _among(values: Values, rows: Bool) -> Values:
    whole = np.zeros((len(rows), values.shape[1]), values.dtype)
    whole[rows] = values
    return whole  # type: ignore[return-value]


class Predictor(Protocol):
    """A model that is applied to rows, by any number of threads at a time.

    It can be pickled, for the workers of a cluster. Predictions are pure: the same columns give the
    same bits in any thread, on any worker and cut into batches anywhere.
    """

    @property
    def labels(self) -> Sequence[Any]:
        """All labels, in the order of their codes; none if it predicts numbers."""
        ...

    @property
    def order(self) -> Sequence[int]:
        """Codes in the order in which users get their probabilities: that of sorted labels."""
        ...

    @property
    def inputs(self) -> tuple[str, ...] | None:
        """Names of the columns of a table that it takes, in order; None if it takes texts."""
        ...

    @property
    def is_multilabel(self) -> bool:
        """Whether a row gets any number of labels."""
        return False

    @property
    def has_levels(self) -> bool:
        """Whether its numbers are levels; with a wanted code it returns what they are made of."""
        return False

    @property
    def key(self) -> object:
        """What determines the features: of models whose keys are equal they are made once."""
        ...

    def identity(self) -> str:
        """Return a short text that is another one for every model that predicts otherwise."""
        ...

    def prepare(self) -> None:
        """Prepare, so that threads may predict; called once in each process before that."""
        ...

    def features(self, columns: pa.RecordBatch) -> Features:
        """Return the features of rows.

        Parameters
        ----------
        columns : pa.RecordBatch
            Those that `inputs` names; or one column of text: string, large_string, binary or
            large_binary, perhaps with nulls and with bytes that are not valid UTF-8.
        """
        ...

    def predict(self, features: Features, wanted: Wanted = BEST) -> Predictions:
        """Return labels and probabilities of rows.

        Parameters
        ----------
        features : Features
            Its own, or those of a model with an equal key.
        wanted : Wanted
        """
        ...
