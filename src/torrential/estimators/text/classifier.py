"""TextClassifier: the classifier of texts for scikit-learn."""

from typing import Any

from torrential.estimators.common.tags import text_tags
from torrential.estimators.fused.scikit_learn import FusedClassifier
from torrential.estimators.text.exported import ToScikitLearn
from torrential.estimators.text.plain import PlainTextClassifier


class TextClassifier(ToScikitLearn, FusedClassifier, PlainTextClassifier):  # noqa: D101 (it is the plain one's)
    __doc__ = PlainTextClassifier.__doc__

    def __sklearn_tags__(self) -> Any:
        """Tell scikit-learn that the input is a list of texts."""
        return text_tags(super().__sklearn_tags__())
