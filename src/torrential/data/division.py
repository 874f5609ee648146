"""Divide rows into sets to learn and to test."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from numbers import Integral
from typing import Any, Self

import numpy as np
import pyarrow as pa

from torrential.data import views
from torrential.data.columns.names import table_name
from torrential.data.columns.nested import field_of, fields_hint, leaves
from torrential.data.columns.used import used_type
from torrential.data.rows import Rows
from torrential.errors import ParameterError
from torrential.types import leaf_path

MAX_SAMPLE = 2**17
"""Most values of a column that are kept to find the edges of blocks."""


@dataclass(frozen=True, slots=True, repr=False)
class Divisible(Rows):
    """Base of Dataset: splits and folds."""

    def split(self, test_size: float = 0.25, seed: int = 0) -> tuple[Self, Self]:
        """Split the rows into two datasets by a hash of their text and target.

        A row's side depends on nothing but the row and the seed: it is the same in any order, in
        any file and format. Equal rows are on the same side, so none leaks from train to test.
        The sizes are therefore only approximately those requested, where scikit-learn's
        ``train_test_split`` has them exact.

        Parameters
        ----------
        test_size : float, default=0.25
            Share of the rows that goes to the test set, between 0 and 1.
        seed : int, default=0

        Returns
        -------
        train, test : Dataset

        Raises
        ------
        ParameterError
            ``test_size`` is not between 0 and 1.

        Examples
        --------
        >>> from torrential.data import from_arrays
        >>> dataset = from_arrays([f"text {i}" for i in range(1000)])
        >>> train, test = dataset.split(0.2)
        >>> [sum(batch.n_rows for batch in side.batches()) for side in (train, test)]
        [814, 186]
        """
        if isinstance(test_size, bool) or not 0 < test_size < 1:
            raise ParameterError(
                f"test_size={test_size!r} is not a share: pass a number between 0 and 1."
            )
        train, test = (
            replace(
                self, source=views.Split(self.source, test_size, views.checked_seed(seed), is_test)
            )
            for is_test in (False, True)
        )
        return train, test

    def downsample(self, rates: Mapping[Any, float], seed: int = 0) -> Self:
        """Return a dataset with a random share of the rows of some labels, which weigh more.

        A row that stays weighs 1 / rate, times its own weight. So all sums over rows have the same
        expected values: log loss, calibration and mean prediction of a model are those of all rows,
        but for chance, and its intercept needs no correction. Use it where one class is frequent:
        a tenth of the negatives of a click log costs a ninth of the time. Learn from a sample, but
        evaluate on all rows.

        Which rows stay depends on their places and the seed alone: they are the same in each pass.

        Parameters
        ----------
        rates : dict of label to float
            Share of the rows to keep, above 0 and up to 1; all rows of other labels are kept.
        seed : int, default=0

        Returns
        -------
        dataset : Dataset

        Raises
        ------
        ParameterError
            If a share or a label is invalid, or the dataset has no target.

        Examples
        --------
        >>> from torrential.data import from_arrays
        >>> clicks = [i % 10 == 0 for i in range(1000)]
        >>> dataset = from_arrays([f"text {i}" for i in range(1000)], clicks)
        >>> (batch,) = dataset.downsample({False: 0.1}).batches()
        >>> batch.n_rows, round(sum(batch.weight.to_pylist()))
        (192, 1020)
        """
        target = None if self.target is None else self.schema.field(self.target)
        if self.has_label_sets:
            raise ParameterError(
                "downsample takes one label a row, but these rows have several labels each."
            )
        source = views.Downsampled(
            self.source, views.checked_rates(rates, target), views.checked_seed(seed)
        )
        return replace(self, source=source)

    def folds(
        self,
        n: int = 5,
        seed: int = 0,
        groups: str | None = None,
        *,
        stratify: bool = False,
        order: str | None = None,
    ) -> list[tuple[Self, Self]]:
        """Split the rows into n folds for cross-validation, by a hash unless specified otherwise.

        A row's fold depends on nothing but the row and the seed, as its side does in :meth:`split`.
        Equal rows, or those of one group, are in the same fold. scikit-learn's ``KFold`` has folds
        of equal sizes, by the rows' places; these are only about equal.

        Parameters
        ----------
        n : int, default=5
            At least 2.
        seed : int, default=0
        groups : str, default=None
            Column whose rows of the same value stay together.
        stratify : bool, default=False
            Deal the rows of each class to the folds in turn, so that all have equal shares of it;
            equal rows may then be in different folds.
        order : str, default=None
            Column of times or other values that have an order. The rows are cut into n + 1 blocks
            by it, about equal (the cuts are of a sample of the rows); fold i is to learn the first
            i + 1 of them, and is tested on the next one. As scikit-learn's ``TimeSeriesSplit``.

        Returns
        -------
        folds : list of n pairs of Dataset
            Rows to learn, by default all but those of the fold, and those of the fold.

        Raises
        ------
        ParameterError
            Fewer than two folds, no such column, or more than one way to make them.
        DataError
            Too few different values of ``order``, or a null among them.

        Examples
        --------
        >>> from torrential.data import from_arrays
        >>> dataset = from_arrays([f"text {i}" for i in range(1000)])
        >>> [sum(batch.n_rows for batch in test.batches()) for _, test in dataset.folds(4)]
        [234, 229, 256, 281]
        """
        folding = self.folding(n, seed, groups, stratify=stratify, order=order)
        return [
            (
                replace(self, source=views.Fold(self.source, folding, number, is_test=False)),
                replace(self, source=views.Fold(self.source, folding, number, is_test=True)),
            )
            for number in range(n)
        ]

    def folding(
        self,
        n: Any = 5,
        seed: int = 0,
        groups: str | None = None,
        *,
        stratify: bool = False,
        order: str | None = None,
    ) -> "views.HashFolding | views.StratifiedFolding | views.OrderedFolding":
        """Return the object that assigns rows to folds; see :meth:`folds`."""
        if isinstance(n, bool) or not isinstance(n, Integral) or n < 2:
            raise ParameterError(f"cv={n!r} is not a number of folds: pass 2 or more.")
        groups, order = table_name(groups), table_name(order)
        ways = {
            "groups": groups is not None,
            "stratify": bool(stratify),
            "order": order is not None,
        }
        if sum(ways.values()) > 1:
            named = " and ".join(name for name, is_named in ways.items() if is_named)
            raise ParameterError(f"{named} are different ways to make folds: pass one of them.")
        for name, column in (("groups", groups), ("order", order)):
            if column is None:
                continue
            field = field_of(self.schema, column)
            if field is None:
                known = ", ".join(each for each, _ in leaves(self._own_columns))
                raise ParameterError(f"{name}={column!r} is not a column: choose one of {known}.")
            kind = used_type(field.type)
            if pa.types.is_nested(kind):
                hint = fields_hint(column, kind) or "name a column of one value for each row"
                raise ParameterError(f"{name}={column!r} holds {kind}: {hint}.")
        n_folds, seed = int(n), views.checked_seed(seed)
        if stratify:
            if self.target is None:
                raise ParameterError("stratify needs labels: name their column in read(target=).")
            return views.StratifiedFolding(n_folds, seed)
        if order is not None:
            edges = views.edges_of(views.ordered_values(self._sample_of(order)), n_folds, order)
            return views.OrderedFolding(n_folds, self._field(order), edges)
        return views.HashFolding(n_folds, seed, None if groups is None else self._field(groups))

    def _field(self, column: str) -> pa.Field:
        """Return a column that identifies rows, with the type of its values."""
        field = field_of(self.schema, column)
        assert field is not None  # by its check
        return field.with_type(used_type(field.type)).with_metadata(
            None if leaf_path(field) is None else field.metadata
        )

    def _sample_of(self, column: str) -> Any:
        """Return values of a column: of all rows, or of evenly spaced rows if there are many."""
        field = self._field(column)
        shape = views.OrderedFolding(1, field, None).needed(self._shape("target"))
        parts: list[Any] = []
        spacing, n_rows = 1, 0
        for partition in self.source.partitions(shape):
            for batch in partition.batches():
                values = views.times_of(batch, column)
                parts.append(values[(-n_rows) % spacing :: spacing])
                n_rows += len(values)
                while sum(map(len, parts)) > MAX_SAMPLE:
                    parts, spacing = [np.concatenate(parts)[::2]], 2 * spacing
        return np.concatenate(parts) if parts else np.zeros(0)
