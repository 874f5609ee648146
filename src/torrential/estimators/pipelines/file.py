"""Files of OutOfCore: the steps of the pipeline by name, and what those that learn have learned.

A step is named by its class, which is one of torrential's or of scikit-learn's public estimators;
its parameters are plain. To restore the steps, they learn a row of each class in the ordinary way,
and then get the attributes of the file.
"""

import warnings
from typing import Any

import numpy as np
from sklearn.base import clone, is_classifier
from sklearn.pipeline import Pipeline

from torrential.adapters.forms import TEXTS, Form
from torrential.adapters.learner import PipelineLearner, check_streams
from torrential.adapters.needs import Needs, needs_of
from torrential.adapters.plain_state import restored, state_of
from torrential.adapters.stream import transformed
from torrential.engine.model.schema import PROGRESS
from torrential.engine.targets.label_values import from_json, to_json
from torrential.errors import DataError, ModelFileError, ParameterError
from torrential.estimators.pipelines.example_rows import example_rows, lenient
from torrential.estimators.pipelines.step_file import step_of, step_of_file, step_to_json
from torrential.features.settings import KNOWN_PATTERNS
from torrential.schema import count, flag, label, list_of, one_of, optional, record, text
from torrential.types import Arrays

ADVICE = "keep the rows and train again, or use joblib among people you trust"

FORM = record(
    {
        "kind": one_of("arrow", "pandas", "polars", "numpy", "dict", "pair", "string"),
        "names": list_of(text(), max_length=100_000),
        "texts": list_of(text(), max_length=100_000),
    }
)
"""The form in which a pipeline takes the rows of a table."""

CONTENTS = record(
    {
        "is_pipeline": flag,
        "steps": list_of(step_of_file, max_length=100),
        "classes": optional(list_of(label)),
        "state": record({}),
        "history": list_of(PROGRESS),
        "n_iter": count,
        "interrupted": flag,
    },
    extra={"form": FORM},
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
    for name, each in steps[:-1]:
        if name not in learner.learning_steps and needs_of(_unfitted(each)) is not Needs.NOTHING:
            raise ParameterError(
                f"Step {name!r} ({type(each).__name__}) was fitted beforehand, which a model file "
                f"does not hold: take one that learns here, or {ADVICE}."
            )
    classes = getattr(learner.final, "classes_", None) if is_classifier(learner.final) else None
    arrays: Arrays = {}
    header = {
        "is_pipeline": is_pipeline,
        "steps": [
            step_to_json(name, each)
            for name, each in steps
            if each is not None and each != "passthrough"
        ],
        "classes": None if classes is None else [to_json(each) for each in classes.tolist()],
        "state": state_of(learner.learning_steps, "estimator", arrays, ADVICE),
    }
    if learner.form.is_table:
        header["form"] = {
            "kind": learner.form.kind,
            "names": list(learner.form.names),
            "texts": list(learner.form.texts),
        }
    return arrays, header


def restored_learner(arrays: Arrays, header: dict[str, Any]) -> PipelineLearner:
    """Return the learner that `pipeline_contents` described."""
    if "standing" in header:
        raise ModelFileError(
            "The file is a checkpoint of OutOfCore, not a model: pass it to fit with resume=True."
        )
    CONTENTS(header, "")
    steps = [(each["name"], step_of(each)) for each in header["steps"]]
    if not steps:
        raise DataError("it has no steps")
    pipeline = Pipeline(steps) if header["is_pipeline"] else steps[-1][1]
    check_streams(pipeline)
    classes, form = header["classes"], _form_of(header)
    labels = None if classes is None else np.array([from_json(each) for each in classes])
    rows, targets = example_rows(pipeline, form, labels)
    with warnings.catch_warnings():  # of rows that are not the user's
        warnings.simplefilter("ignore")
        learner = PipelineLearner(lenient(pipeline), labels, form, rows if form.is_table else None)
        learner.learn(transformed(learner.lead.steps, rows), targets)
    restored(learner.learning_steps, header["state"], arrays)
    return learner


def _unfitted(step: Any) -> Any:
    return clone(step) if hasattr(step, "get_params") else step


def _form_of(header: dict[str, Any]) -> Form:
    if "form" not in header:
        return TEXTS
    form = header["form"]
    return Form(form["kind"], tuple(form["names"]), tuple(form["texts"]))


def own_pattern(learner: PipelineLearner) -> str | None:
    """Return the pattern by which a step splits texts, if it is not the default."""
    parameters = learner.pipeline.get_params().items()
    patterns = [value for name, value in parameters if name.rpartition("__")[2] == "token_pattern"]
    return next((each for each in patterns if each not in (None, *KNOWN_PATTERNS)), None)
