"""Machine learning on more data than memory holds, on all cores, with the scikit-learn API.

>>> import torrential as tor
>>> texts = ["good film", "bad film", "very good", "very bad"] * 20
>>> model = tor.TextClassifier().fit(texts, ["yes", "no", "yes", "no"] * 20)
>>> model.predict(["a good one"])
array(['yes'], dtype='<U3')

Names are imported when they are first used, so that ``import torrential`` takes no time.
"""

from torrential.on_demand import found_on_demand

# As typing has it. Importing that would take as long as all else until Ctrl-C is cared for.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from torrential.data import Dataset, read
    from torrential.errors import (
        ClusterError,
        DataError,
        DataWarning,
        MalformedRowError,
        MissingDataError,
        ModelFileError,
        NotEnoughMemoryError,
        OutputError,
        ParameterError,
        TorrentialError,
    )
    from torrential.estimators.averaging.parameter_averaging import ParameterAveraging
    from torrential.estimators.common.telemetry import MetricsMonitor, metrics, trace
    from torrential.estimators.displays.coverage import PrecisionCoverageDisplay
    from torrential.estimators.displays.learning_curve import LearningCurveDisplay
    from torrential.estimators.displays.reliability import ReliabilityDisplay
    from torrential.estimators.ensembles.average import average
    from torrential.estimators.ensembles.bagging import BaggingClassifier
    from torrential.estimators.ensembles.partition_ensemble import PartitionEnsemble
    from torrential.estimators.ensembles.voting import VotingClassifier
    from torrential.estimators.fasttext.model import FastTextModel
    from torrential.estimators.hashing.tfidf import HashedTfidfTransformer
    from torrential.estimators.hashing.vectorizer import HashingVectorizer
    from torrential.estimators.linear import Perceptron, SGDClassifier, SGDRegressor
    from torrential.estimators.pipelines.out_of_core import OutOfCore
    from torrential.estimators.selection.cross_validate import cross_validate
    from torrential.estimators.selection.halving import HalvingGridSearchCV
    from torrential.estimators.selection.search import GridSearchCV, RandomizedSearchCV
    from torrential.estimators.table.classifier import TableClassifier
    from torrential.estimators.table.hasher import ColumnHasher
    from torrential.estimators.table.regressor import TableRegressor
    from torrential.estimators.text.classifier import TextClassifier
    from torrential.estimators.text.regressor import TextRegressor
    from torrential.estimators.tools.advise import advise
    from torrential.estimators.tools.collision_curve import collision_curve
    from torrential.estimators.tools.load import load
    from torrential.estimators.tools.memory import memory
    from torrential.estimators.tools.predict_to import predict_to
    from torrential.execution import Threads
    from torrential.execution.dask.executor import Dask
    from torrential.execution.joblib import Joblib
    from torrential.features.views import View
    from torrential.version import __version__

__all__ = [
    "BaggingClassifier",
    "ClusterError",
    "ColumnHasher",
    "Dask",
    "DataError",
    "DataWarning",
    "Dataset",
    "FastTextModel",
    "GridSearchCV",
    "HalvingGridSearchCV",
    "HashedTfidfTransformer",
    "HashingVectorizer",
    "Joblib",
    "LearningCurveDisplay",
    "MalformedRowError",
    "MetricsMonitor",
    "MissingDataError",
    "ModelFileError",
    "NotEnoughMemoryError",
    "OutOfCore",
    "OutputError",
    "ParameterAveraging",
    "ParameterError",
    "PartitionEnsemble",
    "Perceptron",
    "PrecisionCoverageDisplay",
    "RandomizedSearchCV",
    "ReliabilityDisplay",
    "SGDClassifier",
    "SGDRegressor",
    "TableClassifier",
    "TableRegressor",
    "TextClassifier",
    "TextRegressor",
    "Threads",
    "TorrentialError",
    "View",
    "VotingClassifier",
    "__version__",
    "advise",
    "average",
    "collision_curve",
    "cross_validate",
    "load",
    "memory",
    "metrics",
    "predict_to",
    "read",
    "trace",
]

_MODULES = {
    "__version__": "torrential.version",
    "BaggingClassifier": "torrential.estimators.ensembles.bagging",
    "ClusterError": "torrential.errors",
    "ColumnHasher": "torrential.estimators.table.hasher",
    "Dask": "torrential.execution.dask.executor",
    "DataError": "torrential.errors",
    "DataWarning": "torrential.errors",
    "Dataset": "torrential.data",
    "FastTextModel": "torrential.estimators.fasttext.model",
    "GridSearchCV": "torrential.estimators.selection.search",
    "HalvingGridSearchCV": "torrential.estimators.selection.halving",
    "HashedTfidfTransformer": "torrential.estimators.hashing.tfidf",
    "HashingVectorizer": "torrential.estimators.hashing.vectorizer",
    "Joblib": "torrential.execution.joblib",
    "LearningCurveDisplay": "torrential.estimators.displays.learning_curve",
    "MalformedRowError": "torrential.errors",
    "MetricsMonitor": "torrential.estimators.common.telemetry",
    "MissingDataError": "torrential.errors",
    "ModelFileError": "torrential.errors",
    "NotEnoughMemoryError": "torrential.errors",
    "OutOfCore": "torrential.estimators.pipelines.out_of_core",
    "OutputError": "torrential.errors",
    "ParameterAveraging": "torrential.estimators.averaging.parameter_averaging",
    "ParameterError": "torrential.errors",
    "PartitionEnsemble": "torrential.estimators.ensembles.partition_ensemble",
    "Perceptron": "torrential.estimators.linear",
    "PrecisionCoverageDisplay": "torrential.estimators.displays.coverage",
    "RandomizedSearchCV": "torrential.estimators.selection.search",
    "ReliabilityDisplay": "torrential.estimators.displays.reliability",
    "SGDClassifier": "torrential.estimators.linear",
    "SGDRegressor": "torrential.estimators.linear",
    "TableClassifier": "torrential.estimators.table.classifier",
    "TableRegressor": "torrential.estimators.table.regressor",
    "TextClassifier": "torrential.estimators.text.classifier",
    "TextRegressor": "torrential.estimators.text.regressor",
    "Threads": "torrential.execution",
    "TorrentialError": "torrential.errors",
    "View": "torrential.features.views",
    "VotingClassifier": "torrential.estimators.ensembles.voting",
    "advise": "torrential.estimators.tools.advise",
    "average": "torrential.estimators.ensembles.average",
    "collision_curve": "torrential.estimators.tools.collision_curve",
    "cross_validate": "torrential.estimators.selection.cross_validate",
    "load": "torrential.estimators.tools.load",
    "memory": "torrential.estimators.tools.memory",
    "metrics": "torrential.estimators.common.telemetry",
    "predict_to": "torrential.estimators.tools.predict_to",
    "read": "torrential.data",
    "trace": "torrential.estimators.common.telemetry",
}


def __getattr__(name: str) -> object:
    return found_on_demand(__name__, name, _MODULES)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
