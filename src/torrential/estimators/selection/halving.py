"""HalvingGridSearchCV: a search that drops the weaker candidates while the rows stream by."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata
from sklearn.model_selection import ParameterGrid

from torrential.data import Dataset
from torrential.data.views.foldings import Folding
from torrential.engine.checkpoints.file import plain
from torrential.engine.progress.measured import measured
from torrential.engine.training.survey import survey
from torrential.errors import DataError, ParameterError
from torrential.estimators.common.parameters import check_count
from torrential.estimators.selection.base import Search, Settings
from torrential.estimators.selection.dispatch import epochs_of, passes_of
from torrential.estimators.selection.results import results_table
from torrential.estimators.selection.run import FoldRun
from torrential.estimators.selection.rungs import Choices, Row, Rungs
from torrential.estimators.selection.search import check_grid
from torrential.evaluation.scoring import Scoring
from torrential.execution import opened
from torrential.logs import logger_of

logger = logger_of("search")


class HalvingGridSearchCV(Search):
    """Score all combinations of parameters, and keep only the best as the rows stream by.

    All candidates learn side by side in all folds, as in :class:`GridSearchCV`. After a small share
    of the rows all are scored on the rows of their folds that were read so far; one in ``factor``
    continues. After ``factor`` times as many rows the same happens again, and so on; the last ones
    learn all rows. Unlike in scikit-learn, nothing is learned twice: candidates continue from where
    they were.

    Parameters
    ----------
    estimator : TextClassifier, OutOfCore, Pipeline, or estimator with partial_fit
        Not changed.
    param_grid : dict of str to sequence, or list of such dicts
        Values to try of each parameter; not of ``shuffle`` and ``random_state``, since all
        candidates learn in one pass.
    factor : float, default=3
        One candidate in ``factor`` continues, with ``factor`` times as many rows.
    min_resources : 'exhaust', 'smallest' or int, default='exhaust'
        Rows before the first choice: by default, the last choice leaves at most ``factor``
        candidates for all rows; or ``1000 * cv``; or a number.
    scoring, n_jobs, refit, cv, random_state, verbose, return_train_score, memory_limit
        As in :class:`GridSearchCV`, but candidates that are too many for one pass are refused; with
        several scorers ``refit`` names the one that decides.
    executor : Threads, Dask, Joblib, str or None, default=None
        As in :class:`GridSearchCV`. Models are sent between the folds' tasks and this process at
        each choice, and the tasks read the rows again up to that point.

    Attributes
    ----------
    cv_results_ : dict of str to array
        The table of scikit-learn: a row for each candidate in each iteration, with ``iter`` and
        ``n_resources``, the rows read until then. Rows of the same candidate have the same params.
    n_candidates_, n_resources_ : list of int
        Number of candidates, and rows, of each iteration.
    n_iterations_ : int
    saved_ : float
        Share of the learning of the whole grid that was saved: of rows times models.
    best_estimator_, best_score_, best_params_, best_index_, learning_curves_, n_splits_, classes_
        As in :class:`GridSearchCV`; the best is one of the last iteration.

    Notes
    -----
    Successive halving: Jamieson and Talwalkar, "Non-stochastic best arm identification and
    hyperparameter optimization" (AISTATS 2016). Before a choice the waiting rows are learned, so
    that windows are cut there: models differ by the order of some rows from those of
    :class:`GridSearchCV`.

    Examples
    --------
    >>> import torrential as tor
    >>> texts = [f"{word} film {i}" for i in range(500) for word in ("good", "bad")]
    >>> model = tor.TextClassifier(n_features=2**10)
    >>> grid = {"eta0": [0.001, 0.01, 0.1], "loss": ["hinge", "log_loss", "perceptron"]}
    >>> search = tor.HalvingGridSearchCV(model, grid, cv=3).fit(texts, ["yes", "no"] * 500)
    >>> search.n_candidates_
    [9, 3, 1]
    """

    def __init__(
        self,
        estimator: Any,
        param_grid: Any,
        *,
        factor: float = 3,
        min_resources: str | int = "exhaust",
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
        self.factor = factor
        self.min_resources = min_resources
        self.scoring = scoring
        self.n_jobs = n_jobs
        self.refit = refit
        self.cv = cv
        self.random_state = random_state
        self.verbose = verbose
        self.return_train_score = return_train_score
        self.memory_limit = memory_limit
        self.executor = executor

    def _asked(self, key: str | None) -> dict[str, Any]:
        factor, least = float(self.factor), plain("min_resources", self.min_resources)
        return {"factor": factor, "min_resources": least, "refit": key}

    def _settings(self) -> list[Settings]:
        check_grid("param_grid", self.param_grid)
        if not isinstance(self.factor, int | float) or not self.factor > 1:
            raise ParameterError(f"factor={self.factor!r} has to be a number above 1.")
        if self.min_resources not in ("exhaust", "smallest"):
            check_count("min_resources", self.min_resources)
        try:
            return list(ParameterGrid(self.param_grid))
        except (TypeError, ValueError) as error:
            raise ParameterError(f"param_grid is invalid: {error}") from error

    def _search(
        self,
        settings: Sequence[Settings],
        dataset: Dataset,
        folding: Folding,
        scoring: Scoring,
        key: str | None,
    ) -> dict[str, Any]:
        if key is None:
            raise ParameterError(f"refit={self.refit!r} does not say which score decides: name it.")
        self._check_pass(settings, dataset, folding)
        self._total = _n_rows(dataset, self.n_jobs) * epochs_of(self.estimator, settings)
        least = self._least(self._total, len(settings))
        rungs = Rungs(len(settings), self._total, self.factor, least)
        self._choices = Choices(rungs, scoring, key)
        if self._kept is not None:
            self._kept.begin(choices=self._choices)
        try:
            return super()._search(settings, dataset, folding, scoring, key)
        finally:
            del self._choices, self._total

    def _check_pass(self, settings: Sequence[Settings], dataset: Dataset, folding: Folding) -> None:
        """Raise a ParameterError unless all candidates can learn in one pass."""
        if len(passes_of(self.estimator, settings)) > 1:
            raise ParameterError(
                "Candidates that differ in shuffle or random_state cannot learn in one pass: take "
                "these out of param_grid."
            )
        if len(self._passes(settings, dataset, folding)) > 1:
            raise ParameterError(
                f"{len(settings)} candidates in {folding.n_folds} folds take too much memory for "
                "one pass: give fewer of them, a smaller n_features, or a higher memory_limit."
            )

    def _stops(self) -> Sequence[int]:
        return self._choices.rungs.stops

    def _after_rows(self, fits: FoldRun, n_rows: int) -> None:
        self._choices.after_rows(fits, n_rows)

    def _table(
        self,
        settings: Sequence[Settings],
        results: Sequence[Mapping[str, Any]],
        scoring: Scoring,
    ) -> dict[str, Any]:
        """Return a table with a row for each candidate in each iteration."""
        choices, total = self._choices, self._total
        number = choices.rungs.number
        last = [Row(number, total, place, dict(results[place])) for place in choices.alive]
        rows = [*choices.rows, *last]
        self._keep_books(rows, len(settings), total)
        times = {name: last[0].scores[name] for name in ("fit_time", "score_time")}
        table = results_table(
            [settings[row.place] for row in rows],
            [row.scores | times for row in rows],
            scoring,
            self.n_splits_,
        )
        table["iter"] = np.array([row.iteration for row in rows])
        table["n_resources"] = np.array([row.n_rows for row in rows])
        for name in [name for name in table if name.startswith("rank_")]:
            table[name] = _ranks(table["iter"], table[name.replace("rank_", "mean_")])
        return table

    def _least(self, total: int, n_candidates: int) -> int:
        """Return the rows before the first choice."""
        if self.min_resources == "smallest":
            return min(total, 1000 * self.n_splits_)
        if self.min_resources == "exhaust":
            n_choices = math.floor(round(math.log(n_candidates, self.factor), 9))
            return max(1, int(total / self.factor**n_choices))
        return int(self.min_resources)

    def _keep_books(self, rows: Sequence[Row], n_candidates: int, total: int) -> None:
        iterations = sorted({row.iteration for row in rows})
        self.n_iterations_ = len(iterations)
        of_each = [[row for row in rows if row.iteration == number] for number in iterations]
        self.n_candidates_ = [len(each) for each in of_each]
        self.n_resources_ = [each[0].n_rows for each in of_each]
        learned = np.diff([0, *self.n_resources_]) @ np.array(self.n_candidates_)
        self.saved_ = 1 - float(learned) / (n_candidates * total)
        logger.info("%.0f %% of the learning of the whole grid was saved", 100 * self.saved_)

    def _eligible(self) -> NDArray[np.bool_]:
        iteration = self.cv_results_["iter"]
        last: NDArray[np.bool_] = iteration == iteration.max()
        return last


def _ranks(iteration: NDArray[Any], means: NDArray[Any]) -> NDArray[np.int32]:
    """Rank the last iteration's rows first, then those of the one before, and so on."""
    worst = np.where(np.isnan(means), -np.inf, means)
    order = np.lexsort((-worst, -iteration))
    pairs = np.column_stack([-iteration, -worst])[order]
    is_new = np.r_[True, np.any(pairs[1:] != pairs[:-1], axis=1)]
    dense = np.empty(len(order))
    dense[order] = np.cumsum(is_new)
    return rankdata(dense, method="min").astype(np.int32)


def _n_rows(dataset: Dataset, n_jobs: int | None) -> int:
    """Return the number of rows of a dataset, counted in a pass if its files do not record it."""
    sizes = [part.n_rows for part in measured(dataset.partitions("target"))]
    known = [size for size in sizes if size is not None]
    if len(known) < len(sizes):
        with opened(None, n_jobs) as executor:
            known = survey(dataset, executor, labels=False).sizes
    if sum(known) == 0:
        raise DataError(f"{dataset.source} has no rows: give labeled rows.")
    return sum(known)
