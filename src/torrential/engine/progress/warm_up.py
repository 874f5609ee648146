"""The kernels that a task needs, loaded before it begins, and compiled if they never were."""

from collections.abc import Iterable
from contextlib import nullcontext
from dataclasses import replace
from functools import partial

import numpy as np

from torrential.evaluation.probabilities import Outcomes, ProbabilitySketch
from torrential.execution import helper_process
from torrential.features.spec import NOTHING, FeatureSpec, Observe
from torrential.linear.lanes import ModelsSideBySide, can_be_side_by_side
from torrential.linear.model import LinearModel
from torrential.linear.settings import LinearSettings
from torrential.linear.window import Run, kernels_of
from torrential.tracing import span
from torrential.types import Csr, LabelSets

ROW = Csr(np.ones(1, np.float32), np.zeros(1, np.int32), np.array([0, 1], np.int64), 1)
TARGET = np.ones(1, np.int32)
LABEL = LabelSets(np.zeros(1, np.int32), np.array([0, 1]), np.zeros(1, np.int32))

ALONE, TOGETHER = "alone", "together"

_loaded: set[object] = set()
"""Kernels that were loaded in this process."""


def load_kernels(
    run: Run,
    specs: Iterable[FeatureSpec],
    models: Iterable[LinearSettings],
    observe: Observe = NOTHING,
) -> None:
    """Load the kernels of a training; if there are many to compile, use a second process, too.

    Parameters
    ----------
    run : callable
        Runs functions in other threads.
    specs : iterable of FeatureSpec
    models : iterable of LinearSettings
    observe : Observe
    """
    learning = list(models)
    statement = f"from {__name__} import load_default; load_default({len(learning)})"
    with helper_process(statement) if ALONE not in _loaded else nullcontext() as process:
        run([partial(load_encoding, each, observe) for each in specs])
        if process is not None:
            run([process.wait])
    run([partial(load_learning, learning)])


def load_default(n_models: int) -> None:
    """Load the kernels that train this many models with default settings."""
    load_learning([LinearSettings()] * min(n_models, 2))


def load_encoding(spec: FeatureSpec, observe: Observe = NOTHING) -> None:
    """Load the kernels that encode rows, so that the first batch is not reported as slow."""
    kind = type(spec), spec.kernels, observe.terms
    if kind in _loaded:
        return
    with span("load kernels"):
        spec.load(observe)
    _loaded.add(kind)


def load_learning(models: Iterable[LinearSettings]) -> None:
    """Load the kernels that train these models, alone and side by side.

    The learning of a window is not left undone by an interrupt. So its kernels are not compiled
    then, which may take seconds, but before.
    """
    settings = list(models)
    together = [each for each in settings if can_be_side_by_side(each)][:2]
    for each in settings:
        _load_alone(each)
    if len(together) > 1 and TOGETHER not in _loaded:
        with span("load kernels"):
            pair = ModelsSideBySide([LinearModel(each, 1) for each in together])
            pair.update(ROW, TARGET, None, np.zeros(1, np.int64))
        _loaded.add(TOGETHER)


def _load_alone(settings: LinearSettings) -> None:
    """Load the kernels of one model: of two classes, and of more."""
    kernels = kernels_of(settings.rule())
    if (ALONE, kernels, settings.multilabel) in _loaded:
        return
    with span("load kernels"):
        alpha = 1e-4 if settings.alpha > 0 else 0.0
        model = LinearModel(replace(settings, eta0=1.0, alpha=alpha), 1)  # no rate diverges here
        target = LABEL if settings.multilabel else TARGET
        scores = model.update(ROW, target)
        model.losses(scores, target)
        ProbabilitySketch().update(Outcomes(scores[:, 0], TARGET == 1))
        if not settings.is_regression:
            model.add_classes(1)
            model.update(ROW, target)
    _loaded.update([ALONE, (ALONE, kernels, settings.multilabel)])
