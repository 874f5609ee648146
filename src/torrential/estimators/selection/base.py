"""Base of all searches: candidates that learn at once, their table, and the best candidate."""

import os
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import MetaEstimatorMixin

from torrential.adapters.inputs import Texts
from torrential.adapters.score import task_of
from torrential.data import Dataset
from torrential.data.views.foldings import Folding
from torrential.errors import ParameterError
from torrential.estimators.fused.contract import labeled_for, trains_fused
from torrential.estimators.selection.best import BestEstimator
from torrential.estimators.selection.checkpoint import SearchCheckpoint
from torrential.estimators.selection.checks import check_names, refit_key
from torrential.estimators.selection.dispatch import (
    check_can_fold,
    fitted_to,
    folded_fits,
    folds_elsewhere,
    passes_of,
)
from torrential.estimators.selection.fold_tables import warn_of_failures, warn_of_missing_classes
from torrential.estimators.selection.leaders import Leaders
from torrential.estimators.selection.learning_curves import LearningCurves
from torrential.estimators.selection.memory_plan import bytes_of_each, in_passes, memory_of
from torrential.estimators.selection.results import means_of_defined, results_table
from torrential.estimators.selection.run import FoldRun
from torrential.estimators.selection.splitters import Folds, without_splitter
from torrential.evaluation.scoring import Scoring
from torrential.logs import logger_of

logger = logger_of("search")

Settings = Mapping[str, Any]


class Search(MetaEstimatorMixin, BestEstimator):
    """Base of the searches; a subclass says which candidates there are."""

    scoring: Any
    n_jobs: int | None
    cv: Any
    random_state: int
    verbose: int
    return_train_score: bool
    memory_limit: Any
    executor: Any = None
    _kept: SearchCheckpoint | None = None
    _last: FoldRun | None = None  # the fits of the last pass, until the best one is refitted

    @abstractmethod
    def _settings(self) -> list[Settings]:
        """Return the candidates, or raise a ParameterError."""

    def fit(
        self,
        X: Texts,
        y: Any = None,
        *,
        groups: str | None = None,
        stratify: bool = False,
        order: str | None = None,
        checkpoint: str | os.PathLike[str] | None = None,
        checkpoint_every: str | int | None = "60s",
        resume: bool = False,
    ) -> Self:
        """Score every candidate on every fold, and fit the best one to all rows.

        Parameters
        ----------
        X : Dataset, or array-like of str of shape (n_rows,)
        y : array-like of shape (n_rows,), default=None
            Labels; None with a Dataset, which has its own.
        groups : str, default=None
            Column of the Dataset whose rows of the same value stay together in a fold.
        stratify : bool, default=False
            Give all folds equal shares of each class.
        order : str, default=None
            Column of the Dataset with times: models learn what is before the rows that they are
            scored on.
        checkpoint : str or path-like, default=None
            File to keep the search in while it runs, so that it can be resumed.
        checkpoint_every : str, int or None, default='60s'
            A time such as '5m', or a number of rows; None is only when Ctrl-C comes.
        resume : bool, default=False
            Go on from the checkpoint, if the file is there, to the same bits: rows of the epoch
            in progress are read again, but not learned twice. On an executor, folds that were done
            are not done again.

        Returns
        -------
        self

        Raises
        ------
        ParameterError
            If there is no candidate, a parameter is unknown or invalid, a scorer cannot stream,
            or no candidate whose learning ended well.
        DataError
            As in :func:`torrential.cross_validate`.

        Warns
        -----
        DataWarning
            If the models of a fold learn no row of a class; see :func:`torrential.cross_validate`.
        """
        check_can_fold(self.estimator)
        settings = self._settings()
        check_names(self.estimator, settings)
        dataset = labeled_for(self.estimator, X, y, None)
        scoring = Scoring.of(self.scoring, task_of(self.estimator, dataset))
        key = refit_key(scoring, self.refit)
        folds = without_splitter(
            self.cv, Folds(self.cv, self.random_state, groups, stratify, order)
        )
        folding = folds.of(dataset)
        self.n_splits_, self.multimetric_ = folding.n_folds, not scoring.is_single
        self._kept = None
        if checkpoint is not None:
            asked = {
                "cv": folds.n,
                "random_state": folds.seed,
                "groups": groups,
                "stratify": folds.stratify,
                "order": order,
                "scoring": [name for name, _ in scoring.names],
                "return_train_score": self.return_train_score,
                "executor": None if self.executor is None else "given",
                **self._asked(key),
            }
            self._kept = SearchCheckpoint(
                checkpoint, checkpoint_every, self.estimator, settings, dataset, asked
            )
            if resume:
                self._kept.resume()
        try:
            self._known: list[list[Any]] = []
            self.cv_results_ = self._search(settings, dataset, folding, scoring, key)
            self._kept = None
            warn_of_missing_classes(self._known, folding)
            if key is not None:
                self._choose(key)
            if self.refit:
                self.best_estimator_ = self._refitted(dataset)
        finally:
            self._kept = self._last = None
            self._known = []
        return self

    def _refitted(self, dataset: Dataset) -> Any:
        """Return the best estimator, fitted to all rows; rows in memory are not read again."""
        refitted = None if self._last is None else self._last.refitted(self.best_params_)
        if refitted is None:
            return fitted_to(self.estimator, self.best_params_, dataset)
        return refitted

    def _asked(self, key: str | None) -> dict[str, Any]:
        """Return other facts that determine the scores, as JSON; `key` names the first score."""
        return {"factor": None, "min_resources": None, "refit": None}

    def _search(
        self,
        settings: Sequence[Settings],
        dataset: Dataset,
        folding: Folding,
        scoring: Scoring,
        key: str | None,
    ) -> dict[str, Any]:
        """Return ``cv_results_``; candidates with the same order of rows learn in one pass."""
        results: list[dict[str, Any]] = [{} for _ in settings]
        curves: list[dict[int, float]] = [{} for _ in settings]
        groups, n_done, kept = None, 0, self._kept
        if kept is not None:
            results, curves, groups, n_done = kept.results, kept.curves, kept.groups, kept.n_done
        groups = self._passes(settings, dataset, folding) if groups is None else groups
        if kept is not None:
            kept.groups = groups
        for number, places in enumerate(groups[n_done:], n_done + 1):
            logger.info(
                "pass %d of %d: %d candidates in %d folds",
                number, len(groups), len(places), folding.n_folds,
            )  # fmt: skip
            chosen = [settings[place] for place in places]
            fits = self._last = self._fits(chosen, dataset, folding, scoring)
            if kept is not None:
                kept.begin(models=fits)
            self._train(fits, chosen)
            warn_of_failures(fits, settings, places)
            fits.check()
            self._known = fits.known()
            for place, curve in zip(places, fits.curves(), strict=True):
                curves[place] = curve
            sides = [fits.scores("test", scoring)]
            if self.return_train_score:
                sides.append(fits.scores("train", scoring))
            for place, *of_candidate in zip(places, *sides, strict=True):
                for each in of_candidate:
                    results[place] |= each
                results[place] |= {"fit_time": fits.fit_time, "score_time": fits.score_time}
            if kept is not None:
                kept.end_pass()
        self.learning_curves_ = LearningCurves.of(settings, curves)
        return self._table(settings, results, scoring)

    def _table(
        self,
        settings: Sequence[Settings],
        results: Sequence[Mapping[str, Any]],
        scoring: Scoring,
    ) -> dict[str, Any]:
        """Return ``cv_results_`` of the scores and times of each candidate."""
        return results_table(settings, results, scoring, self.n_splits_)

    def _fits(
        self,
        settings: Sequence[Settings],
        dataset: Dataset,
        folding: Folding,
        scoring: Scoring,
    ) -> FoldRun:
        if self.executor is None:
            return folded_fits(
                self.estimator, settings, dataset, folding,
                n_jobs=self.n_jobs, verbose=self.verbose,
            )  # fmt: skip
        return folds_elsewhere(
            self.estimator, settings, dataset, folding, executor=self.executor, scoring=scoring,
            returns_train_score=self.return_train_score,
        )  # fmt: skip

    def _passes(
        self, settings: Sequence[Settings], dataset: Dataset, folding: Folding
    ) -> list[list[int]]:
        """Return the places of candidates that learn in one pass: in one order, and in memory."""
        limit, groups = memory_of(self.memory_limit), passes_of(self.estimator, settings)
        if not trains_fused(self.estimator):
            return groups
        n_bytes, n_folds = bytes_of_each(self.estimator, settings, dataset), folding.n_folds
        return [one for each in groups for one in in_passes(each, n_bytes, n_folds, limit)]

    def _stops(self) -> Sequence[int]:
        """Return numbers of rows after which `_after_rows` is always called."""
        return ()

    def _after_rows(self, fits: FoldRun, n_rows: int) -> None:
        """Run the search's work between batches, while its candidates learn."""

    def _train(self, fits: FoldRun, settings: Sequence[Settings]) -> None:
        """Learn, and report the leading candidates; on Ctrl-C the best so far is kept."""
        leaders = Leaders(fits, settings)

        def after(n_rows: int) -> None:
            self._after_rows(fits, n_rows)
            if self._kept is not None:
                self._kept.after_rows(n_rows)
            leaders.after_rows(n_rows)

        try:
            fits.train(after, self._stops())
        except (KeyboardInterrupt, SystemExit):
            if self._kept is not None:
                self._kept.write(0)
            best = leaders.best()
            if best is not None:
                self.interrupted_ = True
                self.best_params_, self.best_score_ = dict(settings[best[0]]), best[1]
                logger.warning(
                    "stopped: the best so far, with a progressive accuracy of %.4f, is %s",
                    self.best_score_, self.best_params_,
                )  # fmt: skip
            raise
        self.interrupted_ = False

    def _eligible(self) -> NDArray[np.bool_]:
        """Return which rows of the table may become the best candidate."""
        return np.ones(len(self.cv_results_["params"]), bool)

    def _choose(self, key: str) -> None:
        means = self.cv_results_[f"mean_test_{key}"]
        if np.isnan(means[self._eligible()]).all():
            names = [f"split{number}_test_{key}" for number in range(self.n_splits_)]
            splits = np.column_stack([self.cv_results_[name] for name in names])
            splits[~self._eligible()] = np.nan
            means = means_of_defined(splits, key)
        means = np.where(self._eligible(), means, np.nan)
        if np.isnan(means).all():
            raise ParameterError(
                "No candidate learned in all folds, as the warnings say: take other parameters, "
                "such as a lower eta0, or another scorer."
            )
        self.best_index_ = int(np.nanargmax(means))
        self.best_score_ = float(means[self.best_index_])
        self.best_params_ = dict(self.cv_results_["params"][self.best_index_])
