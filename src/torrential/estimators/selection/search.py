"""Searches for the best parameters: a grid of them, or some at random."""

from collections.abc import Mapping, Sequence
from typing import Any

from sklearn.model_selection import ParameterGrid, ParameterSampler

from torrential.errors import ParameterError
from torrential.estimators.selection.base import Search, Settings


class GridSearchCV(Search):
    """Score all combinations of parameters on all folds of a dataset, from shared passes.

    Rows are read once, and hashed once for all candidates with the same features; these learn side
    by side, in all folds at once, each to the bit as it would alone. Of two classes, candidates
    with ``learning_rate='adagrad'`` and without averaging learn each row at once, at little more
    than the cost of one. Only candidates that differ in the order of rows (``shuffle``,
    ``random_state``) take a pass for each.

    Parameters
    ----------
    estimator : TextClassifier, OutOfCore, Pipeline, or estimator with partial_fit
        Not changed. Of pipelines all candidates share one pass; first steps that need no fit are
        applied once for all candidates in which they are the same.
    param_grid : dict of str to sequence, or list of such dicts
        Values to try of each parameter.
    scoring : str, list of str, dict of key to str, or None, default=None
        As in :func:`torrential.cross_validate`.
    n_jobs : int or None, default=None
        Threads; None is the estimator's own.
    refit : bool or str, default=True
        Fit the best candidate to all rows in the end; with several scorers, the one that decides.
    cv : int or scikit-learn splitter, default=5
        Number of folds, or a splitter as in :func:`torrential.cross_validate`.
    random_state : int, default=0
        Seed of the folds.
    verbose : int, default=0
        1 shows progress.
    return_train_score : bool, default=False
    memory_limit : str, int or None, default=None
        What the models may take, such as '4 GB'; None is half of what is free. It is estimated
        before: candidates that are too many learn in several passes, and a warning says so.
    executor : Threads, Dask, Joblib, str or None, default=None
        As in :func:`torrential.cross_validate`: None is one stream on threads, else each fold is a
        task. The best candidate is fitted here.

    Attributes
    ----------
    cv_results_ : dict of str to array of shape (n_candidates,)
        scikit-learn's columns: ``params``, ``param_<name>``, ``split<i>_test_score``,
        ``mean_test_score``, ``std_test_score``, ``rank_test_score``, ``mean_fit_time`` (each
        model's share of its pass), and so on; ``<name>`` for ``score`` with several scorers.
    best_estimator_ : estimator
    best_score_ : float
    best_params_ : dict
    best_index_ : int
    learning_curves_ : LearningCurves
        Progressive accuracy of each candidate after 1, 2, 4, ... rows; its ``plot()`` draws them.
        For TextClassifiers that were trained on this machine.
    n_splits_ : int
    multimetric_ : bool
    interrupted_ : bool
        Whether Ctrl-C ended the fit: ``best_params_`` are those of the best so far, and
        ``best_score_`` its progressive accuracy.
    classes_ : array of shape (n_classes,)

    Notes
    -----
    A candidate whose weights grow without limit is ranked worst, with nan as its score, and named
    by a warning; the others continue. Memory is that of all models of one pass: 8 bytes for each
    feature of each model of two classes; with more classes it grows with the features they meet.

    Examples
    --------
    >>> import torrential as tor
    >>> texts = [f"{word} film {i}" for i in range(100) for word in ("good", "bad")]
    >>> model = tor.TextClassifier(n_features=2**10)
    >>> search = tor.GridSearchCV(model, {"eta0": [0.01, 0.1]}, cv=3)
    >>> search.fit(texts, ["yes", "no"] * 100).best_score_
    1.0
    >>> search.predict(["a good one"]).tolist()
    ['yes']
    """

    def __init__(
        self,
        estimator: Any,
        param_grid: Any,
        *,
        scoring: Any = None,
        n_jobs: int | None = None,
        refit: bool | str = True,
        cv: Any = 5,
        random_state: int = 0,
        verbose: int = 0,
        return_train_score: bool = False,
        memory_limit: str | int | None = None,
        executor: Any = None,
    ) -> None:
        self.estimator = estimator
        self.param_grid = param_grid
        self.scoring = scoring
        self.n_jobs = n_jobs
        self.refit = refit
        self.cv = cv
        self.random_state = random_state
        self.verbose = verbose
        self.return_train_score = return_train_score
        self.memory_limit = memory_limit
        self.executor = executor

    def _settings(self) -> list[Settings]:
        check_grid("param_grid", self.param_grid)
        try:
            settings = list(ParameterGrid(self.param_grid))
        except (TypeError, ValueError) as error:
            raise ParameterError(f"param_grid is invalid: {error}") from error
        return settings


class RandomizedSearchCV(Search):
    """Score some combinations of parameters, drawn at random, as :class:`GridSearchCV` does all.

    Parameters
    ----------
    estimator : TextClassifier, OutOfCore, Pipeline, or estimator with partial_fit
        Not changed.
    param_distributions : dict of str to sequence or scipy distribution, or list of such dicts
        What to draw each parameter from: values, or what has a method ``rvs``.
    n_iter : int, default=10
        Candidates to draw.
    scoring, n_jobs, refit, cv, verbose, return_train_score, memory_limit, executor
        As in :class:`GridSearchCV`.
    random_state : int, default=0
        Seed of the folds and of what is drawn.

    Attributes
    ----------
    cv_results_, best_estimator_, best_score_, best_params_, best_index_, n_splits_, classes_
        As in :class:`GridSearchCV`.

    Examples
    --------
    >>> import torrential as tor
    >>> from scipy.stats import loguniform
    >>> texts = [f"{word} film {i}" for i in range(100) for word in ("good", "bad")]
    >>> search = tor.RandomizedSearchCV(
    ...     tor.TextClassifier(n_features=2**10), {"eta0": loguniform(0.01, 1)}, n_iter=4, cv=3
    ... )
    >>> len(search.fit(texts, ["yes", "no"] * 100).cv_results_["params"])
    4
    """

    def __init__(
        self,
        estimator: Any,
        param_distributions: Any,
        *,
        n_iter: int = 10,
        scoring: Any = None,
        n_jobs: int | None = None,
        refit: bool | str = True,
        cv: Any = 5,
        random_state: int = 0,
        verbose: int = 0,
        return_train_score: bool = False,
        memory_limit: str | int | None = None,
        executor: Any = None,
    ) -> None:
        self.estimator = estimator
        self.param_distributions = param_distributions
        self.n_iter = n_iter
        self.scoring = scoring
        self.n_jobs = n_jobs
        self.refit = refit
        self.cv = cv
        self.random_state = random_state
        self.verbose = verbose
        self.return_train_score = return_train_score
        self.memory_limit = memory_limit
        self.executor = executor

    def _settings(self) -> list[Settings]:
        check_grid("param_distributions", self.param_distributions)
        if isinstance(self.n_iter, bool) or not isinstance(self.n_iter, int) or self.n_iter < 1:
            raise ParameterError(
                f"n_iter={self.n_iter!r} is not a number of candidates: pass 1 or more."
            )
        try:
            sampler = ParameterSampler(
                self.param_distributions, self.n_iter, random_state=self.random_state
            )
            return list(sampler)
        except (TypeError, ValueError) as error:
            raise ParameterError(f"param_distributions is invalid: {error}") from error


def check_grid(name: str, grid: Any) -> None:
    """Raise a ParameterError if a grid is empty or invalid."""
    parts = [grid] if isinstance(grid, Mapping) else grid
    if not isinstance(parts, Sequence) or isinstance(parts, str):
        raise ParameterError(f"{name}={grid!r} is not a dict of parameters and their values.")
    if not parts or not all(parts):
        raise ParameterError(f"{name} is empty: give at least one parameter with its values.")


__all__ = ["GridSearchCV", "RandomizedSearchCV"]
