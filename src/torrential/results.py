"""Classes of what calls return, to name them in code: ``from torrential.results import Advice``.

>>> from torrential import TextClassifier
>>> from torrential.results import EvaluationReport
>>> texts, labels = ["good film", "bad film"] * 20, ["yes", "no"] * 20
>>> report: EvaluationReport = TextClassifier().fit(texts, labels).evaluate(texts, labels)
>>> report.accuracy
1.0

Names are imported when they are first used.
"""

from torrential.on_demand import found_on_demand

TYPE_CHECKING = False

if TYPE_CHECKING:
    from torrential.data.columns.chosen import Columns
    from torrential.engine.explaining.advice import Advice
    from torrential.engine.model.counts import Counts
    from torrential.engine.scoring.prediction_counts import PredictionCounts
    from torrential.engine.training.averaging_types import Mix
    from torrential.engine.training.crosses import CrossGain
    from torrential.estimators.displays.collision_curve import CollisionCurve
    from torrential.estimators.fasttext.facts import FastTextFacts
    from torrential.estimators.selection.learning_curves import LearningCurves
    from torrential.evaluation.at_cut import CutReport
    from torrential.evaluation.explanation import Contribution, Explanation, TopTerm, TopTerms
    from torrential.evaluation.left_out import LeftOutWord, LeftOutWords
    from torrential.evaluation.multilabel_report import MultilabelReport
    from torrential.evaluation.probabilities import ProbabilityFigures
    from torrential.evaluation.progressive import ProgressiveLine, ProgressiveValidation
    from torrential.evaluation.regression import RegressionReport
    from torrential.evaluation.reliability import Coverage, ReliabilityBin
    from torrential.evaluation.report import ClassScores, EvaluationReport
    from torrential.evaluation.set_thresholds import SetThresholdReport
    from torrential.evaluation.thresholds import LabelThreshold, ThresholdReport
    from torrential.features.terms.collisions import Collision, CollisionReport
    from torrential.pages.comparison_report import ComparisonReport
    from torrential.pages.model_report import ModelReport
    from torrential.types import Batch, Partition

__all__ = [
    "Advice",
    "Batch",
    "ClassScores",
    "Collision",
    "CollisionCurve",
    "CollisionReport",
    "Columns",
    "ComparisonReport",
    "Contribution",
    "Counts",
    "Coverage",
    "CrossGain",
    "CutReport",
    "EvaluationReport",
    "Explanation",
    "FastTextFacts",
    "LabelThreshold",
    "LearningCurves",
    "LeftOutWord",
    "LeftOutWords",
    "Mix",
    "ModelReport",
    "MultilabelReport",
    "Partition",
    "PredictionCounts",
    "ProbabilityFigures",
    "ProgressiveLine",
    "ProgressiveValidation",
    "RegressionReport",
    "ReliabilityBin",
    "SetThresholdReport",
    "ThresholdReport",
    "TopTerm",
    "TopTerms",
]

_MODULES = {
    "Advice": "torrential.engine.explaining.advice",
    "Batch": "torrential.types",
    "ClassScores": "torrential.evaluation.report",
    "Collision": "torrential.features.terms.collisions",
    "CollisionCurve": "torrential.estimators.displays.collision_curve",
    "CollisionReport": "torrential.features.terms.collisions",
    "Columns": "torrential.data.columns.chosen",
    "ComparisonReport": "torrential.pages.comparison_report",
    "Contribution": "torrential.evaluation.explanation",
    "Counts": "torrential.engine.model.counts",
    "Coverage": "torrential.evaluation.reliability",
    "CrossGain": "torrential.engine.training.crosses",
    "CutReport": "torrential.evaluation.at_cut",
    "EvaluationReport": "torrential.evaluation.report",
    "Explanation": "torrential.evaluation.explanation",
    "FastTextFacts": "torrential.estimators.fasttext.facts",
    "LabelThreshold": "torrential.evaluation.thresholds",
    "LearningCurves": "torrential.estimators.selection.learning_curves",
    "LeftOutWord": "torrential.evaluation.left_out",
    "LeftOutWords": "torrential.evaluation.left_out",
    "Mix": "torrential.engine.training.averaging_types",
    "ModelReport": "torrential.pages.model_report",
    "MultilabelReport": "torrential.evaluation.multilabel_report",
    "Partition": "torrential.types",
    "PredictionCounts": "torrential.engine.scoring.prediction_counts",
    "ProbabilityFigures": "torrential.evaluation.probabilities",
    "ProgressiveLine": "torrential.evaluation.progressive",
    "ProgressiveValidation": "torrential.evaluation.progressive",
    "RegressionReport": "torrential.evaluation.regression",
    "ReliabilityBin": "torrential.evaluation.reliability",
    "SetThresholdReport": "torrential.evaluation.set_thresholds",
    "ThresholdReport": "torrential.evaluation.thresholds",
    "TopTerm": "torrential.evaluation.explanation",
    "TopTerms": "torrential.evaluation.explanation",
}


def __getattr__(name: str) -> object:
    return found_on_demand(__name__, name, _MODULES)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
