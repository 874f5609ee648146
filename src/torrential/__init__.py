"""Machine learning on more data than memory holds, on all cores, in scikit-learn's own words.

>>> import torrential as tor
>>> texts = ["good film", "bad film", "very good", "very bad"] * 20
>>> model = tor.TextClassifier().fit(texts, ["yes", "no", "yes", "no"] * 20)
>>> model.predict(["a good one"])
array(['yes'], dtype='<U3')

Names are imported when they are first used, so that ``import torrential`` takes no time.
"""

from importlib import import_module

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
    from torrential.estimators.advice import advise
    from torrential.estimators.averaging import average
    from torrential.estimators.bagging import BaggingClassifier
    from torrential.estimators.collision_curve import collision_curve
    from torrential.estimators.cross_validation import cross_validate
    from torrential.estimators.halving import HalvingGridSearchCV
    from torrential.estimators.hashed_tfidf_transformer import HashedTfidfTransformer
    from torrential.estimators.hashing_vectorizer import HashingVectorizer
    from torrential.estimators.linear import Perceptron, SGDClassifier, SGDRegressor
    from torrential.estimators.memory import memory
    from torrential.estimators.observing import MetricsMonitor, metrics, trace
    from torrential.estimators.out_of_core import OutOfCore
    from torrential.estimators.parameter_averaging import ParameterAveraging
    from torrential.estimators.partition_ensemble import PartitionEnsemble
    from torrential.estimators.saving import load
    from torrential.estimators.search import GridSearchCV, RandomizedSearchCV
    from torrential.estimators.text_classifier import TextClassifier
    from torrential.estimators.voting import VotingClassifier
    from torrential.execution import Dask, Joblib, Threads

    __version__: str

__all__ = [
    "BaggingClassifier",
    "ClusterError",
    "Dask",
    "DataError",
    "DataWarning",
    "Dataset",
    "GridSearchCV",
    "HalvingGridSearchCV",
    "HashedTfidfTransformer",
    "HashingVectorizer",
    "Joblib",
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
    "RandomizedSearchCV",
    "SGDClassifier",
    "SGDRegressor",
    "TextClassifier",
    "Threads",
    "TorrentialError",
    "VotingClassifier",
    "__version__",
    "advise",
    "average",
    "collision_curve",
    "cross_validate",
    "load",
    "memory",
    "metrics",
    "read",
    "trace",
]

_MODULES = {
    "BaggingClassifier": "torrential.estimators.bagging",
    "ClusterError": "torrential.errors",
    "Dask": "torrential.execution",
    "DataError": "torrential.errors",
    "DataWarning": "torrential.errors",
    "Dataset": "torrential.data",
    "GridSearchCV": "torrential.estimators.search",
    "HalvingGridSearchCV": "torrential.estimators.halving",
    "HashedTfidfTransformer": "torrential.estimators.hashed_tfidf_transformer",
    "HashingVectorizer": "torrential.estimators.hashing_vectorizer",
    "Joblib": "torrential.execution",
    "MalformedRowError": "torrential.errors",
    "MetricsMonitor": "torrential.estimators.observing",
    "MissingDataError": "torrential.errors",
    "ModelFileError": "torrential.errors",
    "NotEnoughMemoryError": "torrential.errors",
    "OutOfCore": "torrential.estimators.out_of_core",
    "OutputError": "torrential.errors",
    "ParameterAveraging": "torrential.estimators.parameter_averaging",
    "ParameterError": "torrential.errors",
    "PartitionEnsemble": "torrential.estimators.partition_ensemble",
    "Perceptron": "torrential.estimators.linear",
    "RandomizedSearchCV": "torrential.estimators.search",
    "SGDClassifier": "torrential.estimators.linear",
    "SGDRegressor": "torrential.estimators.linear",
    "TextClassifier": "torrential.estimators.text_classifier",
    "Threads": "torrential.execution",
    "TorrentialError": "torrential.errors",
    "VotingClassifier": "torrential.estimators.voting",
    "advise": "torrential.estimators.advice",
    "average": "torrential.estimators.averaging",
    "collision_curve": "torrential.estimators.collision_curve",
    "cross_validate": "torrential.estimators.cross_validation",
    "load": "torrential.estimators.saving",
    "memory": "torrential.estimators.memory",
    "metrics": "torrential.estimators.observing",
    "read": "torrential.data",
    "trace": "torrential.estimators.observing",
}


def __getattr__(name: str) -> object:
    if name == "__version__":
        value: object = import_module("importlib.metadata").version("torrential")
    elif name in _MODULES:
        value = getattr(import_module(_MODULES[name]), name)
    else:
        raise AttributeError(f"module 'torrential' has no attribute {name!r}")
    globals()[name] = value  # found there from now on
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
