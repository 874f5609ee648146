"""A linear model that keeps the heaviest weights only: it scores, and does not learn."""

from typing import Any, NoReturn, Self

import numpy as np

from torrential.errors import ParameterError
from torrential.kernels.kept.decision import decide_compact
from torrential.kernels.kept.ranks import find_ranks, ranks_of
from torrential.linear.checks import check_rows
from torrential.linear.compact.entries import SIZES, Entries
from torrential.linear.model import LinearModel
from torrential.linear.settings import LinearSettings
from torrential.types import Arrays, Csr, Float32, Int32

CANNOT_LEARN = (
    "This model was saved with max_size, which leaves out what learning needs: load the whole "
    "model, or train again with fit."
)

DENSE = 4
"""Columns that have weights of more than one class in this many are scored for all classes."""


class CompactModel(LinearModel):
    """The weights of a linear model that matter most, a byte each.

    Scores of several classes are those of the model less their mean, up to what was left out; not
    with several labels a row.

    Parameters
    ----------
    settings : LinearSettings
        Those that it was learned with.
    n_classes : int
    entries : Entries
    """

    def __init__(self, settings: LinearSettings, n_classes: int, entries: Entries) -> None:
        self.settings = settings
        self.n_features = entries.n_features
        self.n_classes = n_classes
        self.entries = entries
        self._rule = settings.rule()
        self._ranks = ranks_of(entries.columns, entries.n_features)
        self._dense = entries.dense(DENSE)

    @property
    def n_columns(self) -> int:
        """Number of scores per row."""
        return len(self.entries.scales)

    @property
    def t(self) -> int:
        """Number of rows learned, which is not kept."""
        return 0

    @property
    def n_bytes(self) -> int:
        """Bytes of memory of the weights, and of the places where they are found."""
        kept = self.entries
        arrays = (kept.begins, kept.classes, kept.codes, kept.scales, kept.intercepts)
        return sum(array.nbytes for array in (*arrays, *self._ranks, *self._dense))

    def prepare(self) -> None:
        """Do nothing: it is ready to score."""

    def decision(self, csr: Csr) -> Float32:
        """Return the scores of rows, float32 of shape (n_rows, n_columns)."""
        check_rows(csr, self.n_features)
        kept = self.entries
        scores: Float32 = np.tile(kept.intercepts, (csr.n_rows, 1))
        decide_compact(
            csr.data, csr.indices, csr.indptr, self._ranks, kept.begins, kept.classes,
            kept.codes, *self._dense, SIZES, kept.scales, scores,
        )  # fmt: skip
        return scores

    def largest_weights(self, features: Int32) -> Float32:
        """Return the largest absolute weight over all columns, of each of some features."""
        kept, places = self.entries, np.empty(len(features), np.int64)
        find_ranks(np.ascontiguousarray(features, np.int32), self._ranks, places)
        largest = np.zeros(len(kept.columns) + 1, np.float32)  # the last for what was left out
        of_entry = np.repeat(np.arange(len(kept.columns)), kept.counts)
        np.maximum.at(largest, of_entry, np.abs(kept.weights()))
        return largest[places]

    def intercept(self) -> Float32:
        """Return a copy of the intercepts, float32 of shape (n_columns,)."""
        return self.entries.intercepts.copy()

    def _columns(self) -> Float32:
        kept = self.entries
        columns = np.zeros((self.n_columns, self.n_features + 1), np.float32)
        columns[kept.all_classes, np.repeat(kept.columns, kept.counts)] = kept.weights()
        columns[:, -1] = kept.intercepts
        return columns

    def add_classes(self, n: int) -> None:
        """Refuse more classes."""
        if n > 0:
            _refuse()

    def update(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse to learn."""
        _refuse()

    def set_weights(self, coef: Float32, intercept: Float32) -> NoReturn:
        """Refuse other weights."""
        _refuse()

    def state(self) -> tuple[Arrays, dict[str, Any]]:
        """Return the state for `from_state`."""
        header = {
            "settings": self.settings.plain(),
            "n_classes": self.n_classes,
            "compact": {"n_features": self.n_features, "n_columns": self.n_columns},
        }
        return self.entries.arrays(), header

    def applied_arrays(self) -> Arrays:
        """Return none: there is one copy of the weights."""
        return {}

    @classmethod
    def from_state(cls, arrays: Arrays, header: dict[str, Any]) -> Self:
        """Return the model of a `state`.

        Raises
        ------
        DataError, KeyError
            If arrays contradict each other, or one is missing.
        """
        said = header["compact"]
        entries = Entries.from_arrays(arrays, said["n_features"], said["n_columns"])
        return cls(LinearSettings(**header["settings"]), header["n_classes"], entries)

    def copy(self) -> Self:
        """Return the model: nothing changes it."""
        return self

    def branch(self) -> Self:
        """Return the model: nothing changes it."""
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the `state`."""
        return type(self).from_state, self.state()


def linear_of(arrays: Arrays, header: dict[str, Any]) -> LinearModel:
    """Return the linear model of a state, compact or whole."""
    return (CompactModel if "compact" in header else LinearModel).from_state(arrays, header)


def _refuse() -> NoReturn:
    raise ParameterError(CANNOT_LEARN)
