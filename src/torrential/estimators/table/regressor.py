"""TableRegressor: the regressor of tables for scikit-learn."""

from typing import Any

from torrential.estimators.common.tags import table_tags
from torrential.estimators.fused.scikit_learn import FusedRegressor
from torrential.estimators.table.plain_regressor import PlainTableRegressor


class TableRegressor(FusedRegressor, PlainTableRegressor):  # noqa: D101 (it is the plain one's)
    __doc__ = PlainTableRegressor.__doc__

    def __sklearn_tags__(self) -> Any:
        """Tell scikit-learn that the input is a table."""
        return table_tags(super().__sklearn_tags__())
