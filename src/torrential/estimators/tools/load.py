"""Load an estimator that was saved."""

import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from functools import partial
from importlib import import_module
from typing import Any

from torrential.engine.checkpoints.file import as_model_errors
from torrential.errors import ModelFileError
from torrential.estimators.common.saving import Savable
from torrential.execution import Threads, count_jobs
from torrential.persistence.fasttext.beginning import is_fasttext
from torrential.persistence.model_file import read_model
from torrential.types import Arrays

Kinds = Mapping[str, tuple[str, str]]

KINDS: Kinds = {
    "BaggingClassifier": ("torrential.estimators.ensembles.bagging", "BaggingClassifier"),
    "HashedTfidfTransformer": ("torrential.estimators.hashing.tfidf", "HashedTfidfTransformer"),
    "OutOfCore": ("torrential.estimators.pipelines.out_of_core", "OutOfCore"),
    "PartitionEnsemble": (
        "torrential.estimators.ensembles.partition_ensemble",
        "PartitionEnsemble",
    ),
    "Perceptron": ("torrential.estimators.linear.perceptron", "Perceptron"),
    "SGDClassifier": ("torrential.estimators.linear.sgd_classifier", "SGDClassifier"),
    "SGDRegressor": ("torrential.estimators.linear.sgd_regressor", "SGDRegressor"),
    "TableClassifier": ("torrential.estimators.table.classifier", "TableClassifier"),
    "TableRegressor": ("torrential.estimators.table.regressor", "TableRegressor"),
    "TextClassifier": ("torrential.estimators.text.classifier", "TextClassifier"),
    "TextRegressor": ("torrential.estimators.text.regressor", "TextRegressor"),
    "VotingClassifier": ("torrential.estimators.ensembles.voting", "VotingClassifier"),
}
"""Module and name of the estimators that a file can hold, by kind."""

PLAIN_KINDS: Kinds = {
    **KINDS,
    "TableClassifier": ("torrential.estimators.table.plain", "PlainTableClassifier"),
    "TableRegressor": ("torrential.estimators.table.plain_regressor", "PlainTableRegressor"),
    "TextClassifier": ("torrential.estimators.text.plain", "PlainTextClassifier"),
    "TextRegressor": ("torrential.estimators.text.plain_regressor", "PlainTextRegressor"),
}
"""The same with those that need no scikit-learn, where there are any."""

MANY_BYTES = 2**26
"""Bytes of a file from which on threads compare its checksums."""

MAX_DEPTH = 8
"""Largest depth of nested estimators in a file."""


def load(path: str | os.PathLike[str], *, verify: bool = True, allow_pattern: bool = True) -> Any:
    """Read a saved estimator, ready to predict or to continue learning.

    Weights are memory-mapped: they are not copied, and processes share them. No code in the file
    is run; nothing is unpickled. The file of a search or of ParameterAveraging holds the estimator
    that it has fitted, and that is what is returned. A supervised model of fastText (``.bin`` or
    ``.ftz``) becomes a :class:`torrential.FastTextModel`, which predicts.

    Parameters
    ----------
    path : str or path-like
    verify : bool, default=True
        Compare the weights with their checksums, which reads the whole file once: about 25 ms per
        100 MB where the system has it in memory. Without it only the pages that are used are read,
        and damage within the weights is not found; the header is always checked.
    allow_pattern : bool, default=True
        Accept a model with a ``token_pattern`` other than the default. Such a pattern is a regular
        expression that runs on every text, and one made for that can run for hours: pass False for
        files from sources that you do not trust.

    Returns
    -------
    estimator : TextClassifier, or another one that has ``save``; or FastTextModel

    Raises
    ------
    ModelFileError
        A file that is corrupt, cut off, of a newer version, or not a model; or one with a pattern
        where ``allow_pattern=False``.
    MissingDataError
        No such file.
    """
    return load_as(KINDS, path, verify=verify, allow_pattern=allow_pattern)


def load_as(
    kinds: Kinds,
    path: str | os.PathLike[str],
    *,
    verify: bool = True,
    allow_pattern: bool = True,
) -> Any:
    """Read a saved estimator as `load` does, as the class that a table has for its kind."""
    if is_fasttext(path):
        from torrential.estimators.fasttext.model import FastTextModel

        return FastTextModel(path)
    arrays, header = read_model(path, verify=verify, apply=_in_threads)
    with as_model_errors(path):
        return _restored(kinds, path, allow_pattern, 0, arrays, header)


def _in_threads(function: Callable[[Any], int], items: list[Any]) -> Iterable[int]:
    """Return the results of a function for buffers; large ones are taken in threads."""
    if sum(map(len, items)) < MANY_BYTES:
        return map(function, items)
    n_threads = min(len(items), count_jobs(-1))
    with closing(Threads(n_threads).map(lambda _, item: function(item), items)) as results:
        return list(results)


def _restored(
    kinds: Kinds,
    path: str | os.PathLike[str],
    allow_pattern: bool,
    depth: int,
    arrays: Arrays,
    header: Any,
) -> Any:
    kind = header.get("kind")
    if not isinstance(kind, str) or kind not in kinds:
        raise ModelFileError(
            f"{path} holds a {kind!r:.40}, which this version does not know: upgrade torrential."
        )
    if depth > MAX_DEPTH:
        raise ModelFileError(
            f"{path} holds estimators within {depth} others: save them separately."
        )
    # Ensembles and pipelines check members as scikit-learn does, which plain ones do not pass.
    member = partial(_restored, KINDS, path, allow_pattern, depth + 1)
    module, name = kinds[kind]
    cls: type[Savable] = getattr(import_module(module), name)
    estimator: Any = cls._restored(arrays, header, member)
    pattern = getattr(estimator, "_own_pattern", None)
    if pattern is not None and not allow_pattern:
        raise ModelFileError(
            f"{path} splits texts by its own pattern, {pattern!r}: accept"
            " it with allow_pattern=True, or --allow-pattern, if you trust the source of the file."
        )
    return estimator
