"""Files of OutOfCore: the steps of the pipeline by name, and what those that learn have learned.

A step is named by its class, which is one of torrential's or of scikit-learn's public estimators;
its parameters are plain. To restore the steps, they learn a row of each class in the ordinary way,
and then get the attributes of the file.
"""

import inspect
from functools import cache
from typing import Any

import numpy as np
from sklearn.base import is_classifier
from sklearn.pipeline import Pipeline

from torrential.adapters.learner import PipelineLearner, check_streams
from torrential.adapters.plain_state import restored, state_of
from torrential.adapters.stream import transformed
from torrential.engine.checkpoints.file import LATER, plain
from torrential.engine.model.schema import PROGRESS
from torrential.engine.targets.label_values import from_json, to_json
from torrential.errors import DataError, ModelFileError, ParameterError
from torrential.estimators.common.saving import PARAMETERS
from torrential.estimators.hashing.tfidf import HashedTfidfTransformer
from torrential.estimators.hashing.vectorizer import HashingVectorizer
from torrential.estimators.linear import Perceptron, SGDClassifier, SGDRegressor
from torrential.features.settings import KNOWN_PATTERNS
from torrential.schema import count, flag, label, list_of, optional, record, text
from torrential.types import Arrays

OWN = {
    cls.__name__: cls
    for cls in (
        HashedTfidfTransformer,
        HashingVectorizer,
        Perceptron,
        SGDClassifier,
        SGDRegressor,
    )
}

ADVICE = "keep the rows and train again, or use joblib among people you trust"

STEP = record({"name": text(), "library": text(), "class": text(), "parameters": PARAMETERS})

CONTENTS = record(
    {
        "is_pipeline": flag,
        "steps": list_of(STEP, max_length=100),
        "classes": optional(list_of(label)),
        "state": record({}),
        "history": list_of(PROGRESS),
        "n_iter": count,
        "interrupted": flag,
    }
)
"""Fields of an OutOfCore, in addition to its parameters."""


def pipeline_contents(learner: PipelineLearner) -> tuple[Arrays, dict[str, Any]]:
    """Return arrays and header of a fitted pipeline.

    Raises
    ------
    ParameterError
        If a step is not one that a file can name, or its state is not plain.
    """
    pipeline = learner.pipeline
    is_pipeline = isinstance(pipeline, Pipeline)
    steps = pipeline.steps if is_pipeline else [(type(pipeline).__name__.lower(), pipeline)]
    classes = getattr(learner.final, "classes_", None) if is_classifier(learner.final) else None
    arrays: Arrays = {}
    header = {
        "is_pipeline": is_pipeline,
        "steps": [
            _step_to_json(name, step)
            for name, step in steps
            if step is not None and step != "passthrough"
        ],
        "classes": None if classes is None else [to_json(each) for each in classes.tolist()],
        "state": state_of(learner.learning_steps, "estimator", arrays, ADVICE),
    }
    return arrays, header


def restored_learner(arrays: Arrays, header: dict[str, Any]) -> PipelineLearner:
    """Return the learner that `pipeline_contents` described."""
    if "standing" in header:
        raise ModelFileError(
            "The file is a checkpoint of OutOfCore, not a model: pass it to fit with resume=True."
        )
    CONTENTS(header, "")
    steps = [(each["name"], _step_of(each)) for each in header["steps"]]
    if not steps:
        raise DataError("it has no steps")
    pipeline = Pipeline(steps) if header["is_pipeline"] else steps[-1][1]
    check_streams(pipeline)
    classes = header["classes"]
    labels = None if classes is None else np.array([from_json(each) for each in classes])
    learner = PipelineLearner(pipeline, labels)
    targets = np.arange(2.0) if labels is None else labels
    rows = np.array([f"some words of row {number}" for number in range(len(targets))], object)
    learner.learn(transformed(learner.lead.steps, rows), targets)
    restored(learner.learning_steps, header["state"], arrays)
    return learner


def own_pattern(learner: PipelineLearner) -> str | None:
    """Return the pattern by which a step splits texts, if it is not the default."""
    steps = learner.pipeline.steps if isinstance(learner.pipeline, Pipeline) else []
    patterns = [getattr(step, "token_pattern", None) for _, step in steps]
    return next((each for each in patterns if each not in (None, *KNOWN_PATTERNS)), None)


def _step_to_json(name: str, step: Any) -> dict[str, Any]:
    cls = type(step)
    library = cls.__module__.partition(".")[0]
    if _class_of(library, cls.__name__) is not cls:
        raise ParameterError(
            f"Step {name!r} is a {cls.__name__}, which a model file cannot name: only estimators "
            "of torrential and scikit-learn can be saved without pickle."
        )
    parameters = {}
    for each, value in step.get_params(deep=False).items():
        if each in LATER and value is None:
            continue
        default = inspect.signature(cls).parameters[each].default
        if value is not default or isinstance(value, str | int | float | bool | None):
            parameters[each] = plain(f"{name}__{each}", value)
    return {"name": name, "library": library, "class": cls.__name__, "parameters": parameters}


def _step_of(described: dict[str, Any]) -> Any:
    cls = _class_of(described["library"], described["class"])
    if cls is None:
        raise DataError(f"it has a step of the unknown class {described['class']!r:.80}")
    known = inspect.signature(cls).parameters
    parameters = {}
    for name, value in described["parameters"].items():
        if name not in known:
            raise DataError(f"{described['class']} has no parameter {name!r:.80} here")
        is_tuple = isinstance(known[name].default, tuple) and isinstance(value, list)
        parameters[name] = tuple(value) if is_tuple else value
    return cls(**parameters)


def _class_of(library: str, name: str) -> Any:
    """Return an estimator's class by its name, from lists that a file cannot extend."""
    if library == "torrential":
        return OWN.get(name)
    if library != "sklearn":
        return None
    return _public_estimators().get(name)


@cache
def _public_estimators() -> dict[str, Any]:
    """Return scikit-learn's estimators by name, which imports all of its modules."""
    from sklearn.utils import all_estimators

    return dict(all_estimators())
