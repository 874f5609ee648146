"""The report of a fitted estimator: its training, and a pass over labeled rows."""

import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from torrential.data.dataset import Dataset
from torrential.data.fingerprint import fingerprint
from torrential.engine.batches.cache_keys import digest
from torrential.engine.model.hashed_model import HashedModel
from torrential.engine.progress.display import make_progress
from torrential.engine.reporting.build import build
from torrential.engine.reporting.building.common import Subject
from torrential.engine.reporting.building.training import build_training
from torrential.engine.reporting.history import Provenance
from torrential.engine.reporting.kinds.choice import LABELS, kind_of
from torrential.engine.reporting.learned_rows import learned_rows
from torrential.engine.reporting.learning import learning_of
from torrential.engine.reporting.measure import measure
from torrential.engine.reporting.report import MeasuredReport
from torrential.engine.reporting.training_report import TrainingReport
from torrential.errors import ParameterError
from torrential.estimators.fused.label_errors import label_errors
from torrential.execution import opened
from torrential.kernels.compiling import working_time
from torrential.version import __version__

PACKAGES = ("numpy", "pyarrow", "numba")
"""Packages whose versions a report has, besides that of this one."""

NOT_LEARNED = {"n_jobs", "verbose"}
"""Parameters that do not affect the model."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a report shall have.

    Attributes
    ----------
    by : sequence of str
        Columns whose values are segments.
    n_errors : int
        Wrong predictions that are shown.
    name : str or None
        Of the model; by default that of its estimator.
    model_bytes : int or None
        Size of its file.
    command : str or None
        What makes the report again.
    train : Dataset or None
        The rows of the training.
    label_errors : bool
        Whether to look for rows of the training whose labels are probably wrong.
    """

    by: Sequence[str] = ()
    n_errors: int = 30
    name: str | None = None
    model_bytes: int | None = None
    command: str | None = None
    train: Dataset | None = None
    label_errors: bool = False

    def __post_init__(self) -> None:
        n = self.n_errors
        if not isinstance(n, int) or isinstance(n, bool) or not 0 <= n <= 1000:
            raise ParameterError(f"n_errors={n!r} is not a number of rows: give 0 to 1000.")
        if isinstance(self.by, str) or not all(isinstance(name, str) for name in self.by):
            raise ParameterError(f"by={self.by!r} is not a list of columns: give their names.")
        if self.label_errors and (self.train is None or self.train.target is None):
            raise ParameterError(
                "label_errors=True needs the labeled rows of the training: give them as train."
            )


def report_of(
    estimator: Any, dataset: Dataset, asked: Asked, executor: Any = None
) -> MeasuredReport:
    """Return the report of a fitted model on labeled rows, which are read once.

    Parameters
    ----------
    estimator : estimator whose model the engine trains
    dataset : Dataset
        As the estimator takes it.
    asked : Asked
    executor : Threads, Dask, Joblib, str or None, default=None
    """
    model = estimator._fitted()
    check_asked(asked, model)
    with opened(executor, estimator.n_jobs) as engine:
        learned = None
        if asked.train is not None:
            learned = learned_rows(asked.train, engine, make_progress(estimator.verbose))
        start = working_time()
        found = measure(
            model,
            dataset,
            engine,
            make_progress(estimator.verbose),
            most_errors=asked.n_errors,
            by=asked.by,
            learned=learned,
        )
        seconds = working_time() - start
        suspects = None
        if asked.label_errors and asked.train is not None:
            suspects = label_errors(estimator, asked.train, engine, asked.n_errors)
    subject = Subject(
        name=asked.name or estimator._kind,
        model=model,
        model_bytes=asked.model_bytes,
        learning=learning_of(estimator.history_),
        provenance=_provenance(estimator, dataset, asked),
        seconds=seconds,
        label_errors=suspects,
    )
    return build(subject, found)


def training_report_of(estimator: Any, asked: Asked) -> TrainingReport:
    """Return the report of a fitted model from what it has kept of its training.

    Parameters
    ----------
    estimator : estimator whose model the engine trains
    asked : Asked
    """
    for name in ("by", "train", "label_errors"):
        if getattr(asked, name):
            raise ParameterError(f"{name} is for a report on labeled rows: give them, too.")
    subject = Subject(
        name=asked.name or estimator._kind,
        model=estimator._fitted(),
        model_bytes=asked.model_bytes,
        learning=learning_of(estimator.history_),
        provenance=_provenance(estimator, None, asked),
        seconds=0.0,
    )
    return build_training(subject, estimator.history_, estimator.counts_)


def check_asked(asked: Asked, model: HashedModel) -> None:
    """Raise a ParameterError if such a model does not have what is asked for."""
    if asked.label_errors and kind_of(model) != LABELS:
        raise ParameterError("label_errors is for models of one label a row: leave it out.")


def model_fingerprint(estimator: Any) -> str | None:
    """Return a hash of all that decides predictions; None where a function of the user does."""
    try:
        identity: str = estimator.predictor_.identity()
    except TypeError:  # JSON has no functions
        return None
    return identity


def facts_of(dataset: Dataset | None, command: str) -> dict[str, Any]:
    """Return what says where figures come from, besides the model."""
    return {
        "data": "" if dataset is None else str(dataset.source),
        "versions": {
            "python": platform.python_version(),
            "torrential": __version__,
            **{name: version(name) for name in PACKAGES},
        },
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": command,
    }


def _provenance(estimator: Any, dataset: Dataset | None, asked: Asked) -> Provenance:
    parameters, counts = estimator._chosen, estimator.counts_
    rows = "" if dataset is None else repr(dataset)
    defaults = type(estimator)().get_params()
    return Provenance(
        kind=estimator._kind,
        chosen={
            name: _plain(value)
            for name, value in estimator.get_params().items()
            if name not in NOT_LEARNED and value != defaults[name]
        },
        parameters={
            name: _plain(value) for name, value in parameters.items() if name not in NOT_LEARNED
        },
        fingerprint=model_fingerprint(estimator),
        data_fingerprint=None
        if dataset is None or dataset.is_read_once
        else digest(fingerprint(dataset)),
        learned_rows=counts.n_rows - counts.left_out,
        learned_bytes=counts.n_bytes,
        **facts_of(dataset, asked.command or f"model.report({rows})"),
    )


def _plain(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {str(name): _plain(each) for name, each in value.items()}
    return value if isinstance(value, str | int | float | bool | None) else str(value)
