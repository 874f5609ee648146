"""OutOfCore: any pipeline that can learn batch by batch, over data that does not fit."""

import os
from contextlib import closing
from functools import partial
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, MetaEstimatorMixin, clone
from sklearn.utils.validation import check_is_fitted

from torrential.adapters.inputs import Texts, say_missing_names
from torrential.adapters.learner import PipelineLearner, check_streams
from torrential.adapters.new_learner import NewLearners, form_for, rows_to_learn
from torrential.adapters.steps import final_step
from torrential.adapters.stream import StreamedExamples
from torrential.adapters.training import find_classes, learn_epochs, learn_in_order
from torrential.data import Dataset
from torrential.engine.checkpoints.cursor import Cursor
from torrential.engine.progress.display import make_progress
from torrential.engine.training.schedule import Schedule
from torrential.errors import DataError, ParameterError
from torrential.estimators.common.interrupts import Interruptible
from torrential.estimators.common.parameters import check_count
from torrential.estimators.common.saving import (
    Member,
    Savable,
    parameters_of,
    plain_parameters,
    stamp,
)
from torrential.estimators.common.seeds import seed_of
from torrential.estimators.common.tags import text_tags
from torrential.estimators.pipelines.checkpoint import PipelineCheckpoint, after_batch
from torrential.estimators.pipelines.file import own_pattern, pipeline_contents, restored_learner
from torrential.estimators.pipelines.prediction import PipelinePrediction
from torrential.evaluation.history import History
from torrential.evaluation.progressive import ProgressiveValidation
from torrential.execution import count_jobs
from torrential.types import Arrays


class OutOfCore(PipelinePrediction, Interruptible, MetaEstimatorMixin, Savable, BaseEstimator):
    """Any scikit-learn pipeline with ``partial_fit``, over datasets that do not fit in memory.

    Batches are read, and passed through the first steps that need no fit, on ``n_jobs`` threads;
    the others learn them in order. The model is the same to the bit for any ``n_jobs``. For hashed
    text and a linear model :class:`TextClassifier` does the same some ten times faster.

    Texts come as an array of strings; a batch of a table is a frame of pandas, or of polars if the
    output of a step is one, and a ``FeatureHasher`` as the first step gets dicts.

    Parameters
    ----------
    estimator : Pipeline, or estimator with ``partial_fit``
        Its transformers need no fit (``HashingVectorizer``), have been fitted, or have a
        ``partial_fit`` themselves (``HashedTfidfTransformer``, ``MaxAbsScaler``); those whose fit
        finds out no more than the columns (``OneHotEncoder`` with given categories) are fitted to
        the first rows, and a ``ColumnTransformer`` learns part by part. Its last step has a
        ``partial_fit``. It is cloned, not changed.
    max_iter : int, default=1
        Passes over the data. Transformers learn in the first one.
    shuffle : bool, default=True
        Permute partitions, and rows within batches, again in each pass.
    n_jobs : int or None, default=None
        Threads that read and transform; None is one, -1 all cores.
    random_state : int, RandomState or None, default=0
        Seed of the shuffling.
    verbose : int, default=0
        1 shows progress.

    Attributes
    ----------
    estimator_ : Pipeline or estimator
        The fitted estimator.
    n_features_in_ : int
        Number of columns of a table.
    feature_names_in_ : array of str
        Their names, unless it was an array.
    classes_ : array of shape (n_classes,)
        Labels of classifiers in ascending order. They need not be given: a pass over the labels
        finds them (of Parquet files only their column is read).
    history_ : list of ProgressiveValidation
        Scores of each pass on its batches before they were learned, by 0-1 loss, or by squared
        error in regression; empty for estimators that are neither. Later passes of ``fit`` meet
        rows that were learned before, which flatters.
    n_iter_ : int
        Passes that were made.
    interrupted_ : bool
        Whether Ctrl-C ended the fit: ``estimator_`` has the weights learned until then.

    See Also
    --------
    ParameterAveraging : linear models of parts, averaged: on many cores and on clusters.

    Examples
    --------
    >>> from sklearn.linear_model import SGDClassifier
    >>> from sklearn.pipeline import make_pipeline
    >>> import torrential as tor
    >>> texts = ["good film", "bad film", "very good", "very bad"] * 20
    >>> labels = ["yes", "no", "yes", "no"] * 20
    >>> model = tor.OutOfCore(make_pipeline(tor.HashingVectorizer(), SGDClassifier()))
    >>> model.fit(texts, labels).predict(["a good one", "bad bad bad"])
    array(['yes', 'no'], dtype='<U3')
    """

    _takes_datasets = True

    _kind = "OutOfCore"
    _own_pattern: str | None = None

    def __init__(
        self,
        estimator: Any,
        *,
        max_iter: int = 1,
        shuffle: bool = True,
        n_jobs: int | None = None,
        random_state: Any = 0,
        verbose: int = 0,
    ) -> None:
        self.estimator = estimator
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    def fit(
        self,
        X: Texts,
        y: Any = None,
        sample_weight: ArrayLike | None = None,
        *,
        checkpoint: str | os.PathLike[str] | None = None,
        checkpoint_every: str | int | None = "60s",
        resume: bool = False,
    ) -> Self:
        """Learn all rows, from the beginning or from a checkpoint.

        Ctrl-C keeps what was learned so far; an error leaves the previous model.

        Parameters
        ----------
        X : Dataset, array-like of str of shape (n_rows,), or table in memory
        y : array-like of shape (n_rows,)
            None with a Dataset, which has its own, and for estimators that learn without.
        sample_weight : array-like of shape (n_rows,), optional
        checkpoint : str or path-like, default=None
            File to keep the state of all steps in, written whole or not at all. It holds arrays
            and names, no pickle: an estimator that keeps anything else is refused.
        checkpoint_every : str, int or None, default="60s"
            Time between two checkpoints, such as "60s", or rows; None writes one only when
            interrupted.
        resume : bool, default=False
            Go on from the checkpoint, if the file is there, to the bits of a fit that was not
            interrupted.

        Returns
        -------
        self

        Raises
        ------
        DataError
            If there is no row or no label, only one class, or rows are malformed.
        ParameterError
            A step that needs all rows at once, weights for an estimator that takes none, or a
            checkpoint that was made with other parameters or data.
        """
        check_streams(self.estimator)
        check_count("max_iter", self.max_iter)
        dataset = rows_to_learn(self.estimator, X, y, sample_weight)
        seed = seed_of(self.random_state)
        form = form_for(self.estimator, X, dataset)
        learner = NewLearners(dataset)(self.estimator, self._find_classes(dataset), form)
        keeper: PipelineCheckpoint | None = None
        if checkpoint is not None:
            keeper = PipelineCheckpoint(
                checkpoint, checkpoint_every, self.get_params(), seed, dataset
            )
        elif resume:
            raise ParameterError("resume=True needs a file to resume from: pass checkpoint= too.")
        cursor = Cursor()
        if keeper is not None and resume:
            cursor = keeper.resume(learner, partial(self._first, learner, dataset))
        self._kept_rows = None
        try:
            learn_epochs(
                learner,
                dataset,
                Schedule(self.max_iter, self.shuffle, seed),
                cursor,
                n_jobs=count_jobs(self.n_jobs),
                progress=make_progress(self.verbose),
                after_batch=partial(after_batch, keeper, learner, cursor),
            )
        except (KeyboardInterrupt, SystemExit):
            if learner.has_learned:
                self._keep(learner, cursor, interrupted=True)
                if keeper is not None and keeper.write(learner, cursor):
                    self._kept_rows = cursor.n_rows
            raise
        if not learner.has_learned:
            raise DataError(f"There is no row to learn in {dataset.source}: give rows.")
        if keeper is not None and not keeper.is_for_interrupts:
            keeper.write(learner, cursor)
        self._keep(learner, cursor, interrupted=False)
        class_weight = getattr(final_step(self.estimator), "class_weight", None)
        if class_weight is not None:
            say_missing_names(class_weight, self.classes_.tolist())
        return self

    def partial_fit(
        self,
        X: Texts,
        y: Any = None,
        classes: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> Self:
        """Learn more rows, in their order.

        Parameters
        ----------
        X : Dataset, array-like of str of shape (n_rows,), or table in memory
        y : array-like of shape (n_rows,)
        classes : array-like, optional
            Labels to expect, in the first call; by default those of its rows.
        sample_weight : array-like of shape (n_rows,), optional
        """
        check_streams(self.estimator)
        dataset = rows_to_learn(self.estimator, X, y, sample_weight)
        if not hasattr(self, "_learner"):
            known = self._find_classes(dataset) if classes is None else np.unique(classes)
            form = form_for(self.estimator, X, dataset)
            learner = NewLearners(dataset)(self.estimator, known, form)
            self._keep(learner, Cursor(), interrupted=False)
        learner, validation = self._learner, ProgressiveValidation()
        dataset = self._narrowed(dataset)
        learn_in_order(
            learner,
            dataset,
            validation,
            n_jobs=count_jobs(self.n_jobs),
            progress=make_progress(self.verbose),
        )
        self.history_ += [validation] if validation.n_rows else []
        self.n_iter_ += 1
        return self

    def _contents(self) -> tuple[Arrays, dict[str, Any]]:
        check_is_fitted(self, "estimator_")
        arrays, header = pipeline_contents(self._learner)
        return arrays, {
            **stamp(self._kind),
            "parameters": plain_parameters(self, without=("estimator",)),
            **header,
            "history": [each.state() for each in self.history_],
            "n_iter": int(self.n_iter_),
            "interrupted": bool(self.interrupted_),
        }

    @classmethod
    def _restored(cls, arrays: Arrays, header: dict[str, Any], member: Member) -> Self:
        learner = restored_learner(arrays, header)
        estimator = cls(clone(learner.pipeline), **parameters_of(header))
        estimator._keep_learner(learner, header["n_iter"])
        estimator.history_ = History(map(ProgressiveValidation.from_state, header["history"]))
        estimator.interrupted_ = bool(header["interrupted"])
        estimator._own_pattern = own_pattern(learner)
        return estimator

    def __sklearn_tags__(self) -> Any:
        """Return the tags of the last step, with a list of texts as input."""
        return text_tags(super().__sklearn_tags__(), final_step(self.estimator))

    def _first(self, learner: PipelineLearner, dataset: Dataset) -> StreamedExamples:
        """Return rows that determine the shapes of the steps."""
        with closing(self._stream(learner, dataset.partitions())) as batches:
            return next(examples for examples in batches if examples.n_labeled > 0)

    def _find_classes(self, dataset: Dataset) -> NDArray[Any] | None:
        return find_classes(final_step(self.estimator), dataset, self.n_jobs)

    def _keep(self, learner: PipelineLearner, cursor: Cursor, *, interrupted: bool) -> None:
        self._learner, self.estimator_ = learner, learner.pipeline
        self._keep_names(learner.form)
        self.history_ = History(each for each in cursor.passes if each.n_rows > 0)
        self.n_iter_ = cursor.epoch + (cursor.n_steps > 0)
        self.interrupted_ = interrupted

    def _keep_learner(self, learner: PipelineLearner, n_iter: int) -> None:
        """Take over a learner that was trained elsewhere."""
        self._keep(learner, Cursor(epoch=n_iter), interrupted=False)
