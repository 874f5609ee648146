"""Apply several models to the same rows, in one pass."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, SupportsIndex

from torrential.data import Dataset
from torrential.engine.scoring.chosen import Threshold
from torrential.engine.scoring.prediction_counts import PredictionCounts
from torrential.errors import ParameterError
from torrential.estimators.common.applying import Applying
from torrential.estimators.common.predicting import application_of, write_predictions
from torrential.estimators.tools.load import load

Models = Mapping[str, Any] | Sequence[Any]


def predict_to(
    models: Models,
    X: Any,
    path: str | os.PathLike[str],
    *,
    where: str | Sequence[str] | None = None,
    top_k: int = 1,
    all_probabilities: bool = False,
    keep: Any = None,
    threshold: Threshold = None,
    min_precision: float | None = None,
    min_recall: float | None = None,
    cost: float | None = None,
    keep_top: float | int | str | None = None,
    reject: bool = False,
    keep_rows: bool = False,
    columns: Sequence[str] | None = None,
    format: str | None = None,
    resume: bool = False,
    executor: Any = None,
    n_jobs: SupportsIndex | None = None,
    verbose: int = 0,
) -> PredictionCounts:
    """Apply models to the same rows, and write what each predicts to a file or a folder.

    Rows are read once, and models with the same features hash them once. Each model has the
    columns ``NAME`` and ``NAME_probability``.

    Parameters
    ----------
    models : dict of str to model or path, or list of paths
        In the order in which they are applied. Names of a dict are those of the columns; of files
        they are their names without extension. A single model in a list has the columns ``label``
        and ``probability``.
    X : Dataset, or array-like of str of shape (n_rows,)
    path : str or path-like
        As in :meth:`torrential.TextClassifier.predict_to`.
    where : str or list of str, default=None
        Which rows the models see that come after those it names; in other rows their columns are
        null. Such as ``"language = en and language.probability >= 0.8"``, with ``=`` and ``!=`` for
        labels, ``=``, ``!=``, ``<``, ``<=``, ``>`` and ``>=`` for probabilities, and quotes around
        values with spaces.
    top_k, all_probabilities
        As in :meth:`torrential.TextClassifier.predict_to`, of each model.
    keep, threshold, min_precision, min_recall, cost, keep_top, reject
        As there, by the last model; rows that it has not seen are not kept.
    keep_rows, columns, format, resume, executor
        As there.
    n_jobs : int or None, default=None
        Threads; None is 1, -1 all cores.
    verbose : int, default=0
        1 shows progress.

    Returns
    -------
    counts : PredictionCounts

    Raises
    ------
    DataError
        If there is no row, one is not readable, or the rows have a column with the name of one that
        is written.
    ParameterError
        If a parameter is invalid, or two models have the same name.
    OutputError
        If the file is not writable, or a folder has other files in it.

    Examples
    --------
    >>> import torrential as tor
    >>> language = tor.TextClassifier().fit(["the cat", "die Katze"] * 50, ["en", "de"] * 50)
    >>> topic = tor.TextClassifier().fit(["the cat", "the car"] * 50, ["pets", "cars"] * 50)
    >>> path = getfixture("tmp_path") / "out.jsonl"
    >>> models = {"language": language, "topic": topic}
    >>> rows = tor.read({"id": [1, 2], "text": ["the cat", "die Katze"]}, text="text")
    >>> counts = tor.predict_to(models, rows, path, columns=["id"], where="language = en")
    >>> import json
    >>> [json.loads(line)["topic"] for line in path.read_text().splitlines()]
    ['pets', None]
    """
    chosen = named_models(models)
    application = application_of(
        {name: model.predictor_ for name, model in chosen.items()},
        where=where,
        top_k=top_k,
        all_probabilities=all_probabilities,
        keep=keep,
        threshold=threshold,
        min_precision=min_precision,
        min_recall=min_recall,
        cost=cost,
        keep_top=keep_top,
        reject=reject,
    )
    return write_predictions(
        application,
        dataset_for(list(chosen.values()), X),
        path,
        format=format,
        columns=columns,
        keep_rows=keep_rows,
        resume=resume,
        executor=executor,
        n_jobs=n_jobs,
        verbose=verbose,
    )


def named_models(models: Models) -> dict[Any, Applying]:
    """Return models by the names of their columns; a single one of a list by None.

    Raises
    ------
    ParameterError
        If there is no model, one has no name or that of another, or is of another kind.
    """
    if isinstance(models, Mapping):
        pairs: list[tuple[Any, Any]] = list(models.items())
    else:
        given = [models] if isinstance(models, str | os.PathLike | Applying) else list(models)
        pairs = [(_stem(model), model) for model in given]
        if len(pairs) == 1:
            pairs = [(None, given[0])]
        elif not all(name for name, _ in pairs):
            raise ParameterError(
                "Several models need names for their columns: give a dict of name to model."
            )
    if not pairs:
        raise ParameterError("models is empty: give one at least.")
    check_names([name for name, _ in pairs], "give a dict of name to model")
    return {name: _opened(model) for name, model in pairs}


def dataset_for(models: Sequence[Applying], X: Any) -> Dataset:
    """Return rows that have what all models take."""
    first, *others = models
    dataset = first._of_model(first._unlabeled(X))
    if first.predictor_.inputs is None or not others:
        return dataset
    names = [name for model in models for name in model.predictor_.inputs or ()]
    dataset = first._unlabeled(X).with_inputs(list(dict.fromkeys(names)))
    for model in models:
        dataset = model._with_kinds(dataset)
    return dataset


def check_names(names: Sequence[Any], advice: str) -> None:
    """Raise an error with an advice if two models have the same name.

    Parameters
    ----------
    names : sequence of str
    advice : str

    Raises
    ------
    ParameterError
    """
    for place, name in enumerate(names):
        if name in names[:place]:
            raise ParameterError(
                f"Two models have the name {name!r}, which their columns would share: {advice}."
            )


def _stem(model: Any) -> str:
    if isinstance(model, str | os.PathLike):
        return Path(model).stem
    return ""


def _opened(model: Any) -> Applying:
    if isinstance(model, str | os.PathLike):
        model = load(model)
    if not isinstance(model, Applying):
        raise ParameterError(
            f"models has a {type(model).__name__}, which is not a classifier of texts or tables: "
            "give a TextClassifier or a TableClassifier, or the path of its file."
        )
    return model
