"""ParameterAveraging: one model per part of the data, averaged, and again."""

import os
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, Self

from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, MetaEstimatorMixin
from sklearn.utils import get_tags
from sklearn.utils.validation import validate_data

from torrential.adapters.examples import is_text
from torrential.engine.checkpoints.cursor import Cursor
from torrential.engine.progress.display import make_progress
from torrential.engine.training.averaging_types import Averaging, Mix
from torrential.errors import ParameterError
from torrential.estimators.averaging import any_linear, fused
from torrential.estimators.averaging.checkpoint import AveragingCheckpoint
from torrential.estimators.averaging.prediction import AveragedPrediction
from torrential.estimators.common.interrupts import Interruptible
from torrential.estimators.common.parameters import check_count
from torrential.estimators.common.seeds import seed_of
from torrential.estimators.fused.contract import trains_fused
from torrential.execution import as_executor, opened
from torrential.linear.mixing import WEIGHTINGS


class ParameterAveraging(AveragedPrediction, Interruptible, MetaEstimatorMixin, BaseEstimator):
    """Trains parts of the data independently, averages the weights, and continues from the average.

    The rows are assigned to ``n_partitions`` parts. Workers of the executor learn one model on each
    part, all from the same weights; the weights are averaged, and the next round starts from the
    average (iterative parameter mixing). Workers read and hash the rows of their parts, and only
    weights are sent. The model is the same to the bit for any executor and any number of workers.

    Parameters
    ----------
    estimator : estimator
        TextClassifier; SGDClassifier, SGDRegressor or Perceptron; a linear estimator of
        scikit-learn's that has ``partial_fit``; or a pipeline that ends with one of these and whose
        other steps need no fit, or have been fitted. A linear estimator alone that is given texts
        gets a ``HashingVectorizer()`` in front. It is cloned, not changed.
    n_partitions : int, default=8
        Parts. More of them keep more workers busy, but each learns from fewer rows between two
        averagings.
    n_rounds : int, default=3
        How often the data is gone through. One round, "one-shot averaging", is worse: the models
        of a first round have diverged.
    weighting : {'rows', 'updates'} or None, default=None
        What a part's model weighs in the average: the rows that it was trained on; or, for each
        weight separately, what its updates have added to AdaGrad's sum of squared gradients, so
        that a term that only one part has seen keeps its learned weight. None takes 'updates'
        if there are such sums (``learning_rate='adagrad'``), else 'rows'.
    average_every : int or None, default=None
        Rows of each part between two averagings; None averages once a round.
    shuffle : bool, default=True
        Permute the pieces of parts, and the rows within windows, again in each round.
    validation_fraction : float or None, default=None
        Share of the rows to hold out, by a hash of the row (for a Dataset or texts) or at random;
        of these, some 4,000 show in ``history_`` how good the average and each part's model are.
    executor : Threads, Dask, Joblib, str or None, default=None
        The engine that learns the parts; the address of a Dask cluster, as ``"tcp://host:8786"``;
        None is threads on all cores.
    random_state : int, RandomState or None, default=0
        Seed of the dealing and shuffling.
    verbose : int, default=0
        1 shows the progress of rounds, and a line after each averaging.

    Attributes
    ----------
    estimator_ : estimator
        The fitted estimator.
    classes_ : array of shape (n_classes,)
        Labels in ascending order, of classifiers.
    coef_, intercept_ : arrays
        Weights and intercepts of ``estimator_``, or of its last step.
    history_ : list of Mix
        Loss and accuracy of every averaging.
    n_iter_ : int
        Rounds made.
    n_features_in_ : int
        Number of columns, if it was fitted on a matrix.
    feature_names_in_ : array of shape (n_features,)
        Names of the columns, if they have names.
    interrupted_ : bool
        Whether Ctrl-C ended the fit: ``estimator_`` is the average of the weights learned until
        then.

    Notes
    -----
    McDonald, Hall and Mann, "Distributed training strategies for the structured perceptron"
    (NAACL 2010), algorithm 3. The weighting by updates is that of Agarwal, Chapelle, Dudik and
    Langford, "A reliable effective terascale linear learning system" (JMLR 2014), section 2.1, with
    the sums of squared gradients of one round as weights.

    Classes are found in a pass over the labels before the first round (of Parquet files only
    their column is read), so that all parts have the same classes, even if they lack rows of some.
    ``class_weight='balanced'`` weighs with the counts of that pass. Parts of a TextClassifier with
    ``idf='running'`` count documents in the first round, each its own, and add them up.

    Examples
    --------
    >>> from torrential import ParameterAveraging, TextClassifier
    >>> texts = ["good film", "bad film", "very good", "very bad"] * 20
    >>> labels = ["yes", "no", "yes", "no"] * 20
    >>> model = ParameterAveraging(TextClassifier(), n_partitions=4, n_rounds=2)
    >>> model.fit(texts, labels).predict(["a good one", "bad bad bad"])
    array(['yes', 'no'], dtype='<U3')
    >>> [mix.n_rows for mix in model.history_]
    [80, 80]
    """

    _takes_datasets = True

    def __init__(
        self,
        estimator: Any,
        *,
        n_partitions: int = 8,
        n_rounds: int = 3,
        weighting: str | None = None,
        average_every: int | None = None,
        shuffle: bool = True,
        validation_fraction: float | None = None,
        executor: Any = None,
        random_state: Any = 0,
        verbose: int = 0,
    ) -> None:
        self.estimator = estimator
        self.n_partitions = n_partitions
        self.n_rounds = n_rounds
        self.weighting = weighting
        self.average_every = average_every
        self.shuffle = shuffle
        self.validation_fraction = validation_fraction
        self.executor = executor
        self.random_state = random_state
        self.verbose = verbose

    def fit(
        self,
        X: Any,
        y: Any = None,
        sample_weight: ArrayLike | None = None,
        *,
        checkpoint: str | os.PathLike[str] | None = None,
        checkpoint_every: str | int | None = "60s",
        resume: bool = False,
    ) -> Self:
        """Learn all parts in rounds, from the beginning or from a checkpoint.

        Ctrl-C keeps the average of the weights learned so far; an error leaves the previous model.

        Parameters
        ----------
        X : Dataset, array-like of str of shape (n_rows,), or matrix of shape (n_rows, n_features)
        y : array-like of shape (n_rows,)
            None with a Dataset, which has its own.
        sample_weight : array-like of shape (n_rows,), optional
        checkpoint : str or path-like, default=None
            File to keep the average in, written whole or not at all; of a TextClassifier it is a
            model file. If writing it fails, a warning is logged and training continues.
        checkpoint_every : str, int or None, default="60s"
            Time between two checkpoints, such as "60s", or rows; they are written after averagings
            only. None writes one only when interrupted. Otherwise there is also one at the end.
        resume : bool, default=False
            Go on from the checkpoint, if the file is there: from the last averaging in it. The
            model has the same bits as one that was trained without interruption.

        Returns
        -------
        self

        Raises
        ------
        DataError
            If there is no row or no label, only one class, or rows are malformed.
        ParameterError
            If a parameter is invalid, the estimator has no weights to average, or a
            checkpoint that was made with other parameters or data.
        ClusterError
            If the cluster is not reachable, or fails to do the work.
        """
        averaging = self._averaging()
        as_executor(self.executor)  # raises now, not after the data was looked at
        is_fused = trains_fused(self.estimator)
        begin = fused.begin if is_fused else any_linear.begin
        X = list(X) if isinstance(X, Iterator) else X
        fitting = begin(self.estimator, X, y, sample_weight, averaging, self.validation_fraction)
        self._kept_rows = None
        keeper = self._keeper(fitting, averaging, checkpoint, checkpoint_every, resume=resume)
        history: list[Mix] = list(keeper.mixes) if keeper else []
        try:
            self._run(fitting, keeper, history)
        except (KeyboardInterrupt, SystemExit):
            if fitting.has_learned:
                self._keep(fitting, X, history, interrupted=True)
                if keeper is not None and keeper.interrupt():
                    self._kept_rows = keeper.n_rows or fitting.n_rows
            raise
        if keeper is not None and not keeper.is_for_interrupts:
            keeper.write(is_complete=True)
        self._keep(fitting, X, history, interrupted=False)
        return self

    def _run(self, fitting: Any, keeper: AveragingCheckpoint | None, history: list[Mix]) -> None:
        """Learn all remaining rounds, and record every average."""

        def after_mix(cursor: Cursor, mix: Mix) -> bool:
            history.append(mix)
            if keeper is not None:
                keeper.after_mix(cursor, mix)
            return False

        with opened(self.executor, -1) as executor:
            fitting.run(
                executor,
                make_progress(self.verbose),
                None if keeper is None else keeper.begin(),
                after_mix,
                _nothing if keeper is None else keeper.before_salvage,
            )

    def _keeper(
        self,
        fitting: Any,
        averaging: Averaging,
        path: str | os.PathLike[str] | None,
        every: Any,
        *,
        resume: bool,
    ) -> AveragingCheckpoint | None:
        """Return the checkpoint of the fit, after resuming from it if requested."""
        if path is None:
            if resume:
                raise ParameterError(
                    "resume=True needs a file to resume from: pass checkpoint= too."
                )
            return None
        settings = {
            **asdict(averaging),
            "validation_fraction": self.validation_fraction,
            **fitting.parameters(),
        }
        keeper = AveragingCheckpoint(path, every, settings, fitting.fingerprint(), fitting.contents)
        found = keeper.read() if resume else None
        if found is not None:
            with keeper.as_model_errors():
                fitting.restore(found, keeper.mixes)
        return keeper

    def _averaging(self) -> Averaging:
        for name in ("n_partitions", "n_rounds"):
            check_count(name, getattr(self, name))
        if self.average_every is not None:
            check_count("average_every", self.average_every)
        if self.weighting is not None and self.weighting not in WEIGHTINGS:
            raise ParameterError(
                f"weighting={self.weighting!r} is not known: give 'rows', 'updates' or None."
            )
        fraction = self.validation_fraction
        if fraction is not None and not (isinstance(fraction, float) and 0 < fraction < 1):
            raise ParameterError(
                f"validation_fraction={fraction!r} has to be None or a number between 0 and 1."
            )
        weighting = self.weighting or any_linear.default_weighting(self.estimator)
        any_linear.check_linear(self.estimator, weighting)
        return Averaging(
            n_partitions=int(self.n_partitions),
            n_rounds=int(self.n_rounds),
            weighting=weighting,
            every=self.average_every,
            shuffle=bool(self.shuffle),
            seed=seed_of(self.random_state),
        )

    def _keep(self, fitting: Any, X: Any, history: list[Mix], *, interrupted: bool) -> None:
        estimator = self.estimator_ = fitting.estimator(interrupted=interrupted)
        for name in ("n_features_in_", "feature_names_in_"):
            self.__dict__.pop(name, None)
        if not (trains_fused(estimator) or is_text(X)):
            validate_data(self, X, skip_check_array=True)
        self.history_ = history
        self.n_iter_ = history[-1].round if history else 0
        self.interrupted_ = interrupted

    def __sklearn_tags__(self) -> Any:
        """Report the estimator's tags to scikit-learn."""
        tags, inner = super().__sklearn_tags__(), get_tags(self.estimator)
        tags.estimator_type = inner.estimator_type
        tags.classifier_tags = inner.classifier_tags
        tags.regressor_tags = inner.regressor_tags
        tags.target_tags = inner.target_tags
        tags.input_tags = inner.input_tags
        return tags


def _nothing() -> None:
    """Do nothing."""
