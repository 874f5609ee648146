"""Cross-validation over data that does not fit: rows are read and hashed once for all folds."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from torrential.adapters.inputs import Texts
from torrential.adapters.score import task_of
from torrential.estimators.fused.contract import labeled_for
from torrential.estimators.selection.dispatch import check_can_fold, folded_fits, folds_elsewhere
from torrential.estimators.selection.fold_tables import warn_of_missing_classes
from torrential.estimators.selection.splitters import Folds, without_splitter
from torrential.evaluation.scoring import Scoring


def cross_validate(
    estimator: Any,
    X: Texts,
    y: Any = None,
    *,
    groups: str | None = None,
    stratify: bool = False,
    order: str | None = None,
    scoring: str | Sequence[str] | Mapping[str, str] | None = None,
    cv: Any = 5,
    random_state: int = 0,
    n_jobs: int | None = None,
    verbose: int = 0,
    return_train_score: bool = False,
    return_estimator: bool = False,
    executor: Any = None,
) -> dict[str, Any]:
    """Train and score an estimator on each of several folds, in one pass.

    The models of all folds learn side by side from the same hashed rows, on all threads; those of a
    TextClassifier have the weights, to the bit, of one that is fitted to ``X.folds(cv)[i][0]``
    alone. Then the rows are scored, each by the model that has not seen it: from memory as far as
    half a gigabyte of hashed rows goes (about as much text), what is beyond is read and hashed a
    second time.

    Parameters
    ----------
    estimator : TextClassifier, OutOfCore, Pipeline, or estimator with partial_fit
        Not changed. Of a TextClassifier names of terms (``terms=``) are not kept;
        ``collect_terms`` finds them later. A pipeline is trained as by :class:`OutOfCore`:
        first steps that need no fit are applied once for all folds. An estimator alone gets a
        ``HashingVectorizer()`` in front, unless X is a table.
    X : Dataset, array-like of str of shape (n_rows,), or table in memory
    y : array-like of shape (n_rows,), default=None
        Labels; None with a Dataset, which has its own.
    groups : str, default=None
        Column of the Dataset whose rows of the same value stay together in a fold.
    stratify : bool, default=False
        Give all folds equal shares of each class.
    order : str, default=None
        Column of the Dataset with times: models learn what is before the rows that they are scored
        on; see :meth:`torrential.Dataset.folds`.
    scoring : str, list of str, dict of key to str, or None, default=None
        scikit-learn's names of scorers, those that can be computed from a stream; None is accuracy.
        ROC AUC and average precision come from a sketch of bounded memory, whose error is in the
        result as ``error_<name>``.
    cv : int or scikit-learn splitter, default=5
        Number of folds. Of splitters those that a hash can follow: ``KFold`` with
        ``shuffle=True``; ``StratifiedKFold``, as ``stratify=True``; ``GroupKFold``, with
        ``groups``; ``TimeSeriesSplit``, with ``order``. Their number of folds and their seed are
        taken, not their places of rows.
    random_state : int, default=0
        Seed of the folds.
    n_jobs : int or None, default=None
        Threads; None is the estimator's own.
    verbose : int, default=0
        1 shows progress.
    return_train_score : bool, default=False
    return_estimator : bool, default=False
    executor : Threads, Dask, Joblib, str or None, default=None
        None learns all folds from one stream, on ``n_jobs`` threads. With an executor, such as the
        address of a Dask cluster, each fold is a separate task, which reads the rows itself; the
        scores have the same bits.

    Returns
    -------
    scores : dict of str to array of shape (cv,), or list
        ``test_score`` (``test_<name>`` with several scorers), ``train_score`` if requested,
        ``fit_time`` and ``score_time`` in seconds: each fold's share of the pass; ``estimator`` if
        requested.

    Raises
    ------
    ClusterError
        If the cluster is not reachable, or fails to do the work.
    ParameterError
        If there are fewer than two folds, a scorer is unknown or does not stream, a parameter is
        invalid, or weights grow without limit.
    DataError
        If a fold has no rows, there are no labels, or rows are malformed.

    Warns
    -----
    DataWarning
        If the model of a fold learns no row of a class, because the fold has all of them: rows of
        the class count as wrong there. Scores that need every class (``neg_log_loss``,
        ``roc_auc``, ``roc_auc_ovr``, ``average_precision``) are nan in such a fold, as in
        scikit-learn.

    See Also
    --------
    torrential.Dataset.folds : the folds, as datasets.

    Notes
    -----
    Folds are by a hash of the row (its text and label), not by its place as in scikit-learn: they
    are the same in any order of rows, in any file and format, and equal rows never are on both
    sides. Sizes are therefore only about equal, and so are the shares of the classes.

    Examples
    --------
    >>> import torrential as tor
    >>> texts = [f"{word} film {i}" for i in range(100) for word in ("good", "bad")]
    >>> scores = tor.cross_validate(tor.TextClassifier(), texts, ["yes", "no"] * 100, cv=3)
    >>> scores["test_score"]
    array([1., 1., 1.])
    """
    check_can_fold(estimator)
    dataset = labeled_for(estimator, X, y, None)
    scores_by = Scoring.of(scoring, task_of(estimator, dataset))
    asked = Folds(cv, random_state, groups, stratify, order)
    folding = without_splitter(cv, asked).of(dataset)
    if executor is None:
        run = folded_fits(estimator, [{}], dataset, folding, n_jobs=n_jobs, verbose=verbose)
    else:
        run = folds_elsewhere(
            estimator, [{}], dataset, folding, executor=executor, scoring=scores_by,
            returns_train_score=return_train_score, keeps_models=return_estimator,
        )  # fmt: skip
    run.train()
    candidates = [fold[0] for fold in run.candidates]
    for candidate in candidates:
        if candidate.failure is not None:
            raise candidate.failure
    run.check()
    warn_of_missing_classes(run.known(), folding)
    result = run.scores("test", scores_by)[0]
    if return_train_score:
        result |= run.scores("train", scores_by)[0]
    if return_estimator:
        result["estimator"] = [run.fitted(number) for number in range(folding.n_folds)]
    times = {"fit_time": run.fit_time, "score_time": run.score_time}
    shared = {key: np.full(folding.n_folds, seconds) for key, seconds in times.items()}
    return shared | result
