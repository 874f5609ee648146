"""Classifiers of hashed rows with several settings, fitted to all folds in one pass."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.base import clone

from torrential.adapters.inputs import say_missing_names
from torrential.data import Dataset
from torrential.data.views.foldings import Folding
from torrential.engine.progress.display import make_progress
from torrential.engine.shared.cross_validate import CrossValidation
from torrential.engine.training.candidate import Candidate
from torrential.engine.training.checks import check_learned
from torrential.estimators.fused.contract import Fused
from torrential.estimators.selection.fold_tables import check_rows, over_folds
from torrential.evaluation.scoring import Scoring
from torrential.execution import count_jobs
from torrential.kernels.compiling import working_time
from torrential.types import Arrays


class FoldedFits:
    """The models of some settings in all folds.

    Parameters
    ----------
    estimator : TextClassifier
    settings : sequence of dict
        Parameters of each candidate that differ from the estimator's; not of the order of rows.
    dataset : Dataset
    folding : Folding
    n_jobs : int or None
        None is the estimator's.
    verbose : int

    Attributes
    ----------
    candidates : list of lists of Candidate
        By fold, and then by setting.
    fit_time, score_time : float
        Seconds of the pass, and of scoring, for each model.
    """

    def __init__(
        self,
        estimator: Fused,
        settings: Sequence[Mapping[str, Any]],
        dataset: Dataset,
        folding: Folding,
        *,
        n_jobs: int | None,
        verbose: int,
    ) -> None:
        self._estimator, self._dataset, self._folding = estimator, dataset, folding
        self._settings = list(settings)
        prepared = estimator._prepared()
        self.candidates = [
            [prepared._candidate(dataset, **{"terms": False, **setting}) for setting in settings]
            for _ in range(folding.n_folds)
        ]
        self._progress = make_progress(verbose)
        self._run = CrossValidation(
            self.candidates,
            dataset,
            folding,
            n_jobs=count_jobs(estimator.n_jobs if n_jobs is None else n_jobs),
            progress=self._progress,
        )
        self._n_models = folding.n_folds * len(settings)
        self.fit_time = self.score_time = 0.0

    def train(
        self,
        after_rows: Callable[[int], object] = lambda n_rows: None,
        stops: Sequence[int] = (),
    ) -> None:
        """Learn all models; see `FoldRun.train`."""
        began = working_time()
        self._run.train(after_rows, stops)
        self.fit_time = (working_time() - began) / self._n_models

    def state(self) -> tuple[Arrays, dict[str, Any]]:
        """Return the learned state, as arrays and JSON for a file; in `after_rows`."""
        arrays, header = self._run.state()
        for group in header["groups"]:
            for candidate in group["candidates"]:
                candidate["model"]["features"] = None  # by the settings
        return arrays, header

    def restore(self, arrays: Arrays, header: dict[str, Any]) -> None:
        """Restore `state`, before learning continues."""
        self._run.restore(arrays, header)

    def check(self, *, is_alone: bool = False) -> None:
        """Raise a DataError if the models of a fold learned nothing, or there is only one class.

        Parameters
        ----------
        is_alone : bool, default=False
            Whether other folds are elsewhere, so that one class here may be one of several.
        """
        firsts = [_first_that_learned(fold) for fold in self.candidates]
        models = [candidate.model for candidate in firsts if candidate is not None]
        known = {value for model in models for value in model.labels.values}
        for model in models:
            if len(model.labels) != 1 or (len(known) == 1 and not is_alone):
                check_learned(model, self._dataset)
        self._say_missing_names(list(known))

    def _say_missing_names(self, labels: Sequence[Any]) -> None:
        """Log a warning if class weights of the candidates name labels that no row had."""
        given = self._estimator.class_weight
        said: list[Any] = []
        for setting in self._settings:
            weights = setting.get("class_weight", given)
            if weights not in said:
                said.append(weights)
                say_missing_names(weights, labels)

    def known(self) -> list[list[Any]]:
        """Return the labels that the models of each fold know."""
        firsts = [_first_that_learned(fold) for fold in self.candidates]
        return [[] if each is None else each.model.labels.values for each in firsts]

    def scores(self, side: str, scoring: Scoring) -> list[dict[str, Any]]:
        """Return scikit-learn's keys, each with an array over the folds, by candidate.

        The scores of a candidate whose learning failed in a fold are nan there.
        """
        began = working_time()
        by_fold = self._run.score(scoring, is_train=side == "train")
        scored = [[None if each is None else each.scores for each in fold] for fold in by_fold]
        check_rows(scored, self._folding)
        if side == "test":
            self.score_time = (working_time() - began) / self._n_models
        return [over_folds(side, of_candidate) for of_candidate in zip(*scored, strict=True)]

    def scores_so_far(self, scoring: Scoring) -> list[dict[str, Any]]:
        """Return each candidate's scores on the rows of the folds so far; in `after_rows`."""
        by_fold = self._run.score_so_far(scoring)
        scored = [
            [None if each is None or not each.scores.n_rows else each.scores for each in fold]
            for fold in by_fold
        ]
        return [over_folds("test", of_candidate) for of_candidate in zip(*scored, strict=True)]

    def progressive(self) -> list[float]:
        """Return each candidate's accuracy in the first pass, the mean over folds; or nan."""
        return [
            float(np.mean([_accuracy(fold[number]) for fold in self.candidates]))
            for number in range(len(self.candidates[0]))
        ]

    def curves(self) -> list[dict[int, float]]:
        """Return each candidate's progressive accuracy after 1, 2, 4, ... rows, over the folds."""
        return [_curve([fold[number] for fold in self.candidates]) for number in
                range(len(self.candidates[0]))]  # fmt: skip

    def report(self, sentence: str) -> None:
        """Print a message along with the progress."""
        self._progress.report(sentence)

    def pass_stop(self) -> None:
        """Repeat the effect of `scores_so_far` on windows of learned rows; in `after_rows`."""
        self._run.end_windows()

    def drop(self, numbers: Iterable[int]) -> None:
        """Stop training candidates; in `after_rows`."""
        self._run.drop(numbers)

    def refitted(self, setting: Mapping[str, Any]) -> Fused | None:
        """Return an estimator fitted to all rows in memory; None if it has to read them.

        Names of terms are not kept, nor are rows of features that were not hashed in this pass.
        """
        chosen: Fused = clone(self._estimator).set_params(**setting)
        if chosen.terms:
            return None
        candidate: Candidate = chosen._candidate(self._dataset)
        if not self._run.learn_all_rows(candidate):
            return None
        check_learned(candidate.model, self._dataset)
        chosen._keep(candidate, self._dataset)
        return chosen

    def fitted(self, fold: int, candidate: int = 0) -> Fused:
        """Return the estimator of a fold."""
        self._run.give_back(fold, candidate)
        setting = {**self._settings[candidate], "terms": False}
        fitted: Fused = clone(self._estimator).set_params(**setting)
        fitted._keep(self.candidates[fold][candidate], self._dataset)
        return fitted


def _accuracy(candidate: Candidate) -> float:
    passes = candidate.cursor.passes
    accuracy = passes[0].accuracy if passes and candidate.is_active else None
    return float("nan") if accuracy is None else accuracy


def _curve(folds: Sequence[Candidate]) -> dict[int, float]:
    """Return the mean accuracy of the first pass, by the rows that all folds have learned."""
    lines = [each.cursor.passes[0].lines if each.cursor.passes else [] for each in folds]
    by_fold = [
        {line.n_rows: line.accuracy for line in of_fold if line.accuracy is not None}
        for of_fold in lines
    ]
    shared = sorted(set.intersection(*map(set, by_fold)))
    return {n_rows: float(np.mean([each[n_rows] for each in by_fold])) for n_rows in shared}


def _first_that_learned(fold: Sequence[Candidate]) -> Candidate | None:
    return next((candidate for candidate in fold if candidate.failure is None), None)
