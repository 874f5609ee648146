"""ColumnHasher: columns of any type and their crosses as a sparse matrix."""

from typing import Any, Self

import pyarrow as pa
import scipy.sparse as sp
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from torrential.adapters.in_memory import table_of
from torrential.adapters.learned_columns import as_learned
from torrential.adapters.sparse import csr_of_interface
from torrential.data import Dataset
from torrential.data.columns.used import input_array
from torrential.errors import ParameterError
from torrential.estimators.common.tags import table_tags
from torrential.estimators.table.settings import settings_for
from torrential.features.table.settings import TableSettings
from torrential.features.table.spec import TableSpec


class ColumnHasher(TransformerMixin, BaseEstimator):
    """Hash the columns of tables and their crosses to a sparse matrix.

    The features of :class:`TableClassifier`, for any estimator that takes a matrix. It learns
    nothing of the rows but what its columns are, from the first of them; in a pipeline of
    :class:`OutOfCore` that is the first batch.

    Parameters
    ----------
    crosses : list of str or tuples of str, default=None
    kinds : dict, default=None
    numbers : {'log', 'quantile', 'standard', 'raw'}, default='log'
    bins : int, default=16
    n_features : int, default=2**22
    hash_seed : int, default=0
        All as those of :class:`TableClassifier`.

    Attributes
    ----------
    plan_ : dict
        What each column became, as JSON.

    See Also
    --------
    TableClassifier, TableRegressor : with a linear model, several times faster.

    Examples
    --------
    >>> import torrential as tor
    >>> trips = {"from": ["LAS", "PHL"], "hour": [7, 22]}
    >>> hasher = tor.ColumnHasher(crosses=["from*hour"], n_features=2**10).fit(trips)
    >>> hasher.transform(trips).shape, hasher.transform(trips).nnz
    ((2, 1024), 6)
    """

    _fits_to_columns = True
    _takes_arrow = True

    def __init__(
        self,
        *,
        crosses: Any = None,
        kinds: Any = None,
        numbers: str = "log",
        bins: int = 16,
        n_features: int = 2**22,
        hash_seed: int = 0,
    ) -> None:
        self.crosses = crosses
        self.kinds = kinds
        self.numbers = numbers
        self.bins = bins
        self.n_features = n_features
        self.hash_seed = hash_seed

    def fit(self, X: Any, y: Any = None) -> Self:
        """Find out what the columns are.

        Parameters
        ----------
        X : frame, Arrow table or record batch, dict of columns, list of dicts, or 2-D array
            Some rows are enough.
        y : ignored

        Raises
        ------
        ParameterError
            If a parameter is invalid, or names no column.
        """
        rows = _rows_of(X)
        settings = settings_for(
            self.get_params(), dict(zip(rows.schema.names, rows.columns, strict=True))
        )
        self.plan_ = settings.state()
        self.n_features_in_ = rows.num_columns
        self.feature_names_in_ = pa.array(rows.schema.names).to_numpy(zero_copy_only=False)
        return self

    def transform(self, X: Any) -> sp.csr_matrix | sp.csr_array:
        """Return the hashed features of each row, shape (n_rows, n_features).

        Parameters
        ----------
        X : as in `fit`
            Columns are found by their names.

        Raises
        ------
        DataError
            If a column is missing, or is of a type that its kind does not take.
        """
        check_is_fitted(self, "plan_")
        settings = TableSettings.from_state(self.plan_)
        rows = TableSpec(settings).encode(_rows_of(X, settings)).rows
        content = rows.data, rows.indices, rows.indptr
        return csr_of_interface(content, shape=(rows.n_rows, rows.n_features))

    def __sklearn_tags__(self) -> Any:
        """Tell scikit-learn that the input is a table."""
        return table_tags(super().__sklearn_tags__())


def _rows_of(X: Any, settings: TableSettings | None = None) -> pa.RecordBatch:
    if isinstance(X, Dataset):
        raise ParameterError(
            "ColumnHasher transforms rows in memory: learn a Dataset with OutOfCore, or with "
            "TableClassifier."
        )
    names = None
    if settings is not None:
        is_array = getattr(X, "ndim", 0) == 2 and not hasattr(X, "columns")
        names = settings.inputs if is_array else None
        X = as_learned(X, settings.columns)
    table = table_of(X, names)
    columns = [input_array(_whole(table.column(name))) for name in table.column_names]
    return pa.RecordBatch.from_arrays(columns, table.column_names)


def _whole(column: Any) -> pa.Array:
    return column if isinstance(column, pa.Array) else column.combine_chunks()
