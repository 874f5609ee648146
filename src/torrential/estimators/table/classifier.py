"""TableClassifier: the classifier of tables for scikit-learn."""

from typing import Any

from torrential.estimators.common.tags import table_tags
from torrential.estimators.fused.scikit_learn import FusedClassifier
from torrential.estimators.table.plain import PlainTableClassifier


class TableClassifier(FusedClassifier, PlainTableClassifier):  # noqa: D101 (it is the plain one's)
    __doc__ = PlainTableClassifier.__doc__

    def __sklearn_tags__(self) -> Any:
        """Tell scikit-learn that the input is a table."""
        return table_tags(super().__sklearn_tags__())
