"""Any pipelines with several settings, fitted to all folds of a dataset in one pass."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from sklearn.base import is_classifier, is_regressor

from torrential.adapters.candidate import PipelineCandidate
from torrential.adapters.configuration import Configured
from torrential.adapters.new_learner import NewLearners
from torrential.adapters.steps import final_step, signature_of
from torrential.adapters.stream import Lead, StreamedExamples, streamed_examples
from torrential.adapters.training import find_classes
from torrential.data import Dataset
from torrential.data.views.foldings import Folding
from torrential.engine.batches.hashed_batch import BEGINNING
from torrential.engine.batches.keyed import cut_at
from torrential.engine.batches.replay import Kept
from torrential.engine.checkpoints.cursor import Cursor
from torrential.engine.checkpoints.namespaces import part, under
from torrential.engine.progress.display import make_progress
from torrential.engine.progress.measured import measured
from torrential.engine.training.schedule import Schedule, epochs, in_order
from torrential.estimators.common.seeds import seed_of
from torrential.estimators.pipelines.out_of_core import OutOfCore
from torrential.estimators.pipelines.wrap import as_out_of_core, with_setting
from torrential.estimators.selection.fold_tables import check_rows, nothing_to_learn
from torrential.estimators.selection.pipeline_scores import PipelineScores, check_scoring
from torrential.evaluation.scoring import Scoring
from torrential.execution import TaskRunner, Whole, count_jobs
from torrential.kernels.compiling import working_time
from torrential.types import Arrays


class FoldedPipelines:
    """The pipelines of some settings in all folds.

    Parameters
    ----------
    estimator : OutOfCore, Pipeline, or estimator with partial_fit
        The latter, alone, gets a ``HashingVectorizer()`` in front, unless the rows are a table.
    settings : sequence of dict
        Parameters of each candidate that differ from the estimator's.
    dataset : Dataset
    folding : Folding
    n_jobs : int or None
    verbose : int

    Attributes
    ----------
    candidates : list of lists of PipelineCandidate
        By fold, and then by setting.
    fit_time, score_time : float
        Seconds of the pass, and of scoring, for each model.
    """

    def __init__(
        self,
        estimator: Any,
        settings: Sequence[Mapping[str, Any]],
        dataset: Dataset,
        folding: Folding,
        *,
        n_jobs: int | None,
        verbose: int,
    ) -> None:
        self._estimator, self._settings = estimator, settings
        self._dataset, self._folding = dataset, folding
        given = [with_setting(estimator, setting) for setting in settings]
        models = [as_out_of_core(each, of_table=not dataset.text) for each in given]
        first = models[0]
        self._schedule = Schedule(
            max(model.max_iter for model in models), first.shuffle, seed_of(first.random_state)
        )
        self._is_regression = is_regressor(final_step(first.estimator))
        jobs = n_jobs if n_jobs is not None else first.n_jobs
        self._n_jobs = count_jobs(jobs)
        classes = find_classes(final_step(first.estimator), dataset, self._n_jobs)
        self._classes = np.zeros(0) if classes is None else classes
        self._n_learned = np.zeros((folding.n_folds, len(self._classes)), np.int64)
        self._leads: list[Lead] = []
        self._new = NewLearners(dataset)
        self.candidates = [
            [self._candidate(model) for model in models] for _ in range(folding.n_folds)
        ]
        self._kept: Kept[StreamedExamples] = Kept()
        self._progress = make_progress(verbose)
        self._partitions = measured(dataset.keyed_partitions(folding))
        self._cursor = Cursor()  # its rows are those of the epochs before
        self._n_models = folding.n_folds * len(settings)
        self.fit_time = self.score_time = 0.0

    def train(
        self,
        after_rows: Callable[[int], object] = lambda n_rows: None,
        stops: Sequence[int] = (),
    ) -> None:
        """Learn all models; see `FoldRun.train`."""
        began = working_time()
        with Whole() as whole, self._progress, TaskRunner(self._n_jobs) as run:
            for epoch, _ in epochs(self._schedule, self._cursor, self._partitions, self._progress):
                n_rows = self._cursor.n_rows
                own_stops = [stop - n_rows for stop in stops]
                with closing(self._stream(epoch)) as batches:
                    for number, examples in enumerate(cut_at(batches, own_stops)):
                        if epoch == 0:
                            self._kept.add(examples)
                        if number >= self._cursor.n_steps:
                            whole(Configured(partial(self._learn_all, examples, run)))
                        self._progress.advance(examples.n_rows, examples.n_bytes)
                        n_rows += examples.n_rows
                        after_rows(n_rows)
                whole(partial(self._end_epoch, n_rows))
        self.fit_time = (working_time() - began) / self._n_models

    def _learn_all(self, examples: StreamedExamples, run: TaskRunner) -> None:
        if self._cursor.epoch == 0:
            self._count(examples)
        folds = enumerate(self.candidates)
        run([Configured(partial(self._learn, fold, number, examples)) for number, fold in folds])
        self._cursor.n_steps += 1

    def _end_epoch(self, n_rows: int) -> None:
        self._cursor.n_rows = n_rows
        self._cursor.end_epoch()

    def state(self) -> tuple[Arrays, dict[str, Any]]:
        """Return the learned state, as arrays and JSON; in `after_rows`, or after an interrupt."""
        arrays: Arrays = {}
        folds: list[list[Any]] = []
        for number, fold in enumerate(self.candidates):
            folds.append([])
            for place, candidate in enumerate(fold):
                own, header = candidate.state()
                arrays |= under(f"{number}/{place}", own)
                folds[-1].append(header)
        header = {
            "epoch": self._cursor.epoch,
            "n_batches": self._cursor.n_steps,
            "n_rows_before": self._cursor.n_rows,
            "n_learnt": self._n_learned.tolist(),
            "seed": self._schedule.seed,
            "folds": folds,
        }
        return arrays, header

    def restore(self, arrays: Arrays, header: Mapping[str, Any]) -> None:
        """Resume from `state`: rows of the epoch are read again, but not learned twice."""
        self._schedule = replace(self._schedule, seed=int(header["seed"]))
        self._cursor = Cursor(
            int(header["epoch"]),
            n_steps=int(header["n_batches"]),
            n_rows=int(header["n_rows_before"]),
        )
        self._n_learned[:] = header["n_learnt"]
        with closing(self._stream(0)) as batches:
            first = next((each for each in batches if each.n_labeled > 0), None)
        for number, (fold, of_fold) in enumerate(
            zip(self.candidates, header["folds"], strict=True)
        ):
            for place, (candidate, own) in enumerate(zip(fold, of_fold, strict=True)):
                candidate.restore(part(f"{number}/{place}", arrays), own, first)
        if self._cursor.epoch > 0:
            self._kept.start = BEGINNING  # the first epoch's batches are gone

    def check(self, *, is_alone: bool = False) -> None:
        """Raise a DataError if a fold's models learned no labeled row."""
        for number, counts in enumerate(self._n_learned):
            if len(counts) > 0 and counts.sum() == 0:
                raise nothing_to_learn(*self._folding.named(number))

    def known(self) -> list[list[Any]]:
        """Return the labels whose rows the models of each fold have learned."""
        return [self._classes[counts > 0].tolist() for counts in self._n_learned]

    def scores(self, side: str, scoring: Scoring) -> list[dict[str, Any]]:
        """Return scikit-learn's keys, each with an array over the folds, by candidate.

        The scores of a candidate whose learning failed in a fold are nan there.
        """
        began = working_time()
        check_scoring(self.candidates[0][0], scoring)
        scored = self._new_scores(scoring, side)
        with self._progress, TaskRunner(self._n_jobs) as run:
            self._progress.begin("score", in_order(self._partitions, self._schedule, 0))
            for examples in self._again():
                scored.update(examples, run)
                self._progress.advance(examples.n_rows, examples.n_bytes)
        check_rows(scored.by_fold, self._folding)
        if side == "test":
            self.score_time = (working_time() - began) / self._n_models
        return scored.over_folds()

    def scores_so_far(self, scoring: Scoring) -> list[dict[str, Any]]:
        """Return each candidate's scores on the rows of the folds so far; in `after_rows`."""
        scored = self._new_scores(scoring, "test")
        if self._cursor.epoch > 0 and self._kept.start == BEGINNING:  # kept, before a resume
            self._kept = Kept(self._kept.limit)
            with closing(self._stream(0)) as batches:
                self._kept.fill(batches)
        with TaskRunner(self._n_jobs) as run:
            for examples in self._kept.batches:
                scored.update(examples, run)
        scored.by_fold = [
            [each if each and each.n_rows else None for each in fold] for fold in scored.by_fold
        ]
        return scored.over_folds()

    def progressive(self) -> list[float]:
        """Return nan for each candidate: rows are not predicted before they are learned."""
        return [float("nan")] * len(self._settings)

    def curves(self) -> list[dict[int, float]]:
        """Return nothing for each candidate."""
        return [{} for _ in self._settings]

    def report(self, sentence: str) -> None:
        """Print a message along with the progress."""
        self._progress.report(sentence)

    def pass_stop(self) -> None:
        """Do nothing: batches are cut at stops, so no rows are pending."""

    def drop(self, numbers: Iterable[int]) -> None:
        """Stop training candidates; in `after_rows`."""
        for number in numbers:
            for fold in self.candidates:
                fold[number].is_dropped = True

    def refitted(self, setting: Mapping[str, Any]) -> None:
        """Return None: an estimator for all rows has to read them."""

    def fitted(self, fold: int, candidate: int = 0) -> Any:
        """Return the estimator of a fold, of the class of the given one."""
        learner = self.candidates[fold][candidate].learner
        if not isinstance(self._estimator, OutOfCore):
            return learner.pipeline
        fitted = with_setting(self._estimator, self._settings[candidate])
        fitted._keep_learner(learner, n_iter=self.candidates[fold][candidate].epochs)
        return fitted

    def _candidate(self, model: OutOfCore) -> PipelineCandidate:
        classes = self._classes if is_classifier(final_step(model.estimator)) else None
        learner = self._new(model.estimator, classes)
        for view, lead in enumerate(self._leads):
            is_same = lead.form == learner.lead.form
            if is_same and signature_of(lead.steps) == signature_of(learner.lead.steps):
                return PipelineCandidate(learner, view, model.max_iter)
        self._leads.append(learner.lead)
        return PipelineCandidate(learner, len(self._leads) - 1, model.max_iter)

    def _learn(
        self,
        candidates: Sequence[PipelineCandidate],
        number: int,
        examples: StreamedExamples,
    ) -> None:
        assert examples.keys is not None  # there is a folding
        mask = self._folding.mask(examples.keys, number, is_test=False)
        rows = examples.rows(np.flatnonzero(mask))
        if rows.n_labeled == 0:
            return
        for each in candidates:
            each.learn(rows, self._cursor.epoch)

    def _count(self, examples: StreamedExamples) -> None:
        if len(self._classes) > 0:
            assert examples.y is not None
            assert examples.keys is not None
            codes = np.searchsorted(self._classes, examples.y)
            for number, counts in enumerate(self._n_learned):
                is_learned = self._folding.mask(examples.keys, number, is_test=False)
                counts += np.bincount(codes[is_learned], minlength=len(counts))

    def _stream(self, epoch: int, **options: Any) -> Any:
        ordered = in_order(self._partitions, self._schedule, epoch)
        order = (self._schedule.seed, epoch) if self._schedule.shuffle else None
        return streamed_examples(
            ordered, self._leads, self._n_jobs, row_keys=self._folding, order=order, **options
        )

    def _again(self) -> Iterator[StreamedExamples]:
        """Yield the rows of the first epoch again."""
        yield from self._kept.batches
        if self._kept.start is not None:
            with closing(self._stream(0, start=self._kept.start)) as batches:
                yield from batches

    def _new_scores(self, scoring: Scoring, side: str) -> PipelineScores:
        unlearned = [np.flatnonzero(counts == 0).tolist() for counts in self._n_learned]
        return PipelineScores(
            self.candidates, self._folding, side, scoring,
            classes=None if self._is_regression else self._classes, unlearned=unlearned,
        )  # fmt: skip
