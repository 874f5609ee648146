"""Advice before training: how many columns a dataset needs, how long it takes, and what memory."""

from typing import Any

from torrential.adapters.inputs import with_any_labels
from torrential.data import Dataset
from torrential.engine.explaining import advice
from torrential.engine.explaining.advice import Advice
from torrential.estimators.text.plain import PlainTextClassifier
from torrential.estimators.text.settings import new_model
from torrential.execution import count_jobs


def advise(dataset: Dataset | Any, estimator: PlainTextClassifier | None = None) -> Advice:
    """Estimate the accuracy, memory and time of a training from about 32 MB of sampled text.

    The sample is hashed and, if the dataset has a target, learned. Its estimate for all of the data
    is extrapolated: the vocabulary by Heaps' law, time and memory by the size.

    Parameters
    ----------
    dataset : Dataset, or object of another library with rows
        As ``torrential.read`` gives it, or takes it.
    estimator : TextClassifier, default=None
        What would be trained; by default ``TextClassifier(n_jobs=-1)``.

    Returns
    -------
    Advice
        With ``vocabulary``, ``collisions``, ``n_features``, ``seconds`` and ``memory``; printed, it
        is a few lines to read.

    Raises
    ------
    ParameterError
        If ``dataset`` is neither, or a parameter of the estimator is invalid.
    DataError
        If there is no row, or rows are malformed.

    Examples
    --------
    >>> from torrential import TextClassifier
    >>> from torrential.data import from_arrays
    >>> texts, labels = ["good film", "bad film", "very good", "very bad"] * 20, [1, 0, 1, 0] * 20
    >>> advice = advise(from_arrays(texts, labels), TextClassifier(preset="fast"))
    >>> advice.vocabulary, advice.n_features
    (4, 64)
    """
    dataset = with_any_labels(dataset, "advise")
    estimator = PlainTextClassifier(n_jobs=-1) if estimator is None else estimator
    parameters = estimator.get_params(deep=False)
    return advice.advise(
        dataset, lambda: new_model(parameters), n_jobs=count_jobs(estimator.n_jobs)
    )
