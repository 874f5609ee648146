"""TextRegressor: the regressor of texts for scikit-learn."""

from typing import Any

from torrential.estimators.common.tags import text_tags
from torrential.estimators.fused.scikit_learn import FusedRegressor
from torrential.estimators.text.exported import ToScikitLearn
from torrential.estimators.text.plain_regressor import PlainTextRegressor


class TextRegressor(ToScikitLearn, FusedRegressor, PlainTextRegressor):  # noqa: D101 (it is the plain one's)
    __doc__ = PlainTextRegressor.__doc__

    def __sklearn_tags__(self) -> Any:
        """Tell scikit-learn that the input is a list of texts."""
        return text_tags(super().__sklearn_tags__())
