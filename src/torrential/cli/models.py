"""Models as commands use them: the estimator, and within it what the engine takes."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torrential.engine.text_model import TextModel
    from torrential.estimators.text_classifier import TextClassifier


def text_model(classifier: "TextClassifier") -> "TextModel":
    """Return what a fitted classifier has learnt."""
    return classifier._model
