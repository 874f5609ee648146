"""TextClassifier: hashing and a linear model fused, for streams of labelled text."""

import os
from functools import partial
from typing import Any, Self

from numpy.typing import ArrayLike

from torrential.adapters.inputs import (
    Texts,
    check_class_weight,
    check_same_kind,
    encode_classes,
    labelled,
    say_missing_names,
)
from torrential.data import Dataset
from torrential.engine.model.text_model import TextModel
from torrential.engine.progress.display import make_progress
from torrential.engine.training.candidate import Candidate
from torrential.engine.training.checks import check_learnt
from torrential.engine.training.schedule import Schedule
from torrential.engine.training.serial import train
from torrential.errors import ParameterError
from torrential.estimators.common.callbacks import (
    CallbackSupportMixin,
    FitCallbacks,
    with_callbacks,
)
from torrential.estimators.common.interrupts import Interruptible
from torrential.estimators.common.telemetry import traced
from torrential.estimators.text.checkpoint import TextCheckpoint, columns_of
from torrential.estimators.text.explanation import TextExplanation
from torrential.estimators.text.model_file import plain_parameters
from torrential.estimators.text.settings import new_candidate
from torrential.evaluation.progressive import ProgressiveValidation
from torrential.execution import Whole, count_jobs
from torrential.features.settings import DEFAULT_TOKEN_PATTERN
from torrential.features.terms.term_weights import TWO_PASS
from torrential.linear.class_weight import ClassWeight


class TextClassifier(Interruptible, CallbackSupportMixin, TextExplanation):
    r"""Linear classifier on hashed terms of text, learnt in one pass over a stream.

    Equal to ``HashingVectorizer`` followed by ``SGDClassifier``, without the matrix between them:
    texts are read and hashed on ``n_jobs`` threads while one learner takes them in order. The
    model is the same to the bit for any ``n_jobs``.

    Parameters
    ----------
    n_features : int, default=2**20
        Columns that terms are hashed to.
    analyzer : {'word', 'char', 'char_wb'} or callable, default='word'
        Whether terms are of words, of characters, or of characters within words.
    ngram_range : tuple (min_n, max_n), default=(1, 1)
        Shortest and longest n-gram that is a term.
    lowercase : bool, default=True
        Make the text lower case first.
    strip_accents : {'ascii', 'unicode'} or callable, default=None
        Take accents off: 'ascii' drops all that is not ASCII then, 'unicode' does not.
    stop_words : {'english'} or list, default=None
        Words to leave out.
    token_pattern : str, default ``r"(?u)\b\w\w+\b"``
        Regular expression of a word.
    tokenizer : callable, default=None
        Splits a text into words, instead of the pattern.
    preprocessor : callable, default=None
        Prepares a text, instead of lower case and accents.
    binary : bool, default=False
        Take each term of a text once, however often it occurs.
    sublinear_tf : bool, default=True
        Take 1 + log(n) of a count n.
    idf : {'two-pass', 'running'} or None, default=None
        Multiply each term's count with its inverse document frequency (scikit-learn's smooth IDF),
        per column: 'two-pass' counts the documents in a pass before the first one, 'running' weighs
        each window of rows with the frequencies up to it, in one pass. Rows without a label do not
        count. Terms of a new text in columns that no learnt row has are left out.
    norm : {'l1', 'l2'} or None, default='l2'
        Norm that each row of features is scaled to.
    alternate_sign : bool, default=True
        Give half of the terms a negative sign, so that collisions cancel out on average.
    hash_seed : int, default=0
        Seed of the hash; scikit-learn's is 0.
    terms : bool, int or str, default=False
        Whether to keep the names of terms, for ``top_terms``; how many at most; or the memory for
        them, such as '64 MB'. True keeps the 2**20 most frequent. It takes up to 30 % longer.
    loss : str, default='squared_hinge'
        'hinge', 'squared_hinge', 'log_loss', 'modified_huber' or 'perceptron'. Several classes are
        learnt one-vs-rest; with log_loss they share a softmax.
    penalty : {'l2', 'l1', 'elasticnet'} or None, default='l2'
        Norm of the weights that is penalised.
    alpha : float, default=0.0
        Strength of the penalty. scikit-learn's 1e-4 costs 0.6 points of accuracy in the mean of
        the sets in the guide to training, and 1.5 at worst.
    l1_ratio : float, default=0.15
        Share of L1 in the elastic net.
    learning_rate : str, default='adagrad'
        'adagrad', 'constant', 'optimal', 'invscaling', 'pa1' or 'pa2'.
    eta0 : float, default=0.2
        Learning rate; with pa1 and pa2 the largest step.
    power_t : float, default=0.5
        Exponent of invscaling.
    average : bool or int, default=False
        Average the weights over all steps, or from that step on.
    class_weight : dict, 'balanced' or None, default=None
        Factor of each class's rows; balanced counts the classes as they come. Labels that no row
        has are an error, or in a Dataset a warning of the logger ``torrential.train``.
    max_iter : int, default=1
        Passes over the data at most.
    tol : float or None, default=None
        Stop when the progressive loss of a pass is not this much below the best before.
    n_iter_no_change : int, default=1
        Passes without such a gain after which to stop.
    shuffle : bool, default=True
        Permute partitions, and rows within windows of about 32 MB, anew in each pass.
    random_state : int, RandomState or None, default=0
        Seed of the shuffling. Where scikit-learn's default is None, a fit can be repeated here.
    n_jobs : int or None, default=None
        Threads; None is 1, -1 all cores. Not saved with a model.
    verbose : int, default=0
        1 shows progress: a bar on a terminal, lines at doubling numbers of rows elsewhere. Not
        saved with a model.

    Attributes
    ----------
    classes_ : array of shape (n_classes,)
        Labels in ascending order.
    coef_ : float32 array of shape (1, n_features) or (n_classes, n_features)
    intercept_ : float32 array of shape (1,) or (n_classes,)
    counts_ : Counts
        Rows met, and those that were odd: without a label, malformed, empty, not UTF-8.
    history_ : list of ProgressiveValidation
        Loss and accuracy for each pass: in the first on each row before it was learnt, which is
        honest; in later ones on rows that were learnt before, which flatters.
    n_iter_ : int
        Passes made, with one that was interrupted.
    columns_ : dict
        Names of the text, target and weight columns that it was trained on.
    interrupted_ : bool
        Whether Ctrl-C ended the last fit or partial_fit: what it had learnt until then is there.
    model_ : TextModel
        What was learnt, as the functions of ``torrential.engine`` take it.

    See Also
    --------
    HashingVectorizer, SGDClassifier : the two halves.

    Notes
    -----
    The defaults of loss, rate and averaging were chosen by held-out accuracy over seven sets of
    text; the guide to training has the table. They differ from those of scikit-learn's
    SGDClassifier: squared hinge loss for hinge, AdaGrad for the 'optimal' rate, no penalty, and
    one pass instead of up to 1,000.

    Examples
    --------
    >>> from torrential import TextClassifier
    >>> texts = ["good film", "bad film", "very good", "very bad"] * 20
    >>> model = TextClassifier().fit(texts, ["yes", "no", "yes", "no"] * 20)
    >>> model.predict(["a good one", "bad bad bad"])
    array(['yes', 'no'], dtype='<U3')
    >>> model.score(texts, ["yes", "no", "yes", "no"] * 20)
    1.0
    """

    """Rows that are in the checkpoint which was written when a fit was interrupted."""

    _takes_datasets = True

    trains_fused = True
    _kind = "TextClassifier"

    def __init__(
        self,
        *,
        n_features: int = 2**20,
        analyzer: Any = "word",
        ngram_range: tuple[int, int] = (1, 1),
        lowercase: bool = True,
        strip_accents: Any = None,
        stop_words: Any = None,
        token_pattern: str | None = DEFAULT_TOKEN_PATTERN,
        tokenizer: Any = None,
        preprocessor: Any = None,
        binary: bool = False,
        sublinear_tf: bool = True,
        idf: str | None = None,
        norm: str | None = "l2",
        alternate_sign: bool = True,
        hash_seed: int = 0,
        terms: bool | int | str = False,
        loss: str = "squared_hinge",
        penalty: str | None = "l2",
        alpha: float = 0.0,
        l1_ratio: float = 0.15,
        learning_rate: str = "adagrad",
        eta0: float = 0.2,
        power_t: float = 0.5,
        average: bool | int = False,
        class_weight: Any = None,
        max_iter: int = 1,
        tol: float | None = None,
        n_iter_no_change: int = 1,
        shuffle: bool = True,
        random_state: Any = 0,
        n_jobs: int | None = None,
        verbose: int = 0,
    ) -> None:
        self.n_features = n_features
        self.analyzer = analyzer
        self.ngram_range = ngram_range
        self.lowercase = lowercase
        self.strip_accents = strip_accents
        self.stop_words = stop_words
        self.token_pattern = token_pattern
        self.tokenizer = tokenizer
        self.preprocessor = preprocessor
        self.binary = binary
        self.sublinear_tf = sublinear_tf
        self.idf = idf
        self.norm = norm
        self.alternate_sign = alternate_sign
        self.hash_seed = hash_seed
        self.terms = terms
        self.loss = loss
        self.penalty = penalty
        self.alpha = alpha
        self.l1_ratio = l1_ratio
        self.learning_rate = learning_rate
        self.eta0 = eta0
        self.power_t = power_t
        self.average = average
        self.class_weight = class_weight
        self.max_iter = max_iter
        self.tol = tol
        self.n_iter_no_change = n_iter_no_change
        self.shuffle = shuffle
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose

    @with_callbacks
    def fit(
        self,
        X: Texts,
        y: Any = None,
        sample_weight: ArrayLike | None = None,
        *,
        checkpoint: str | os.PathLike[str] | None = None,
        checkpoint_every: str | int | None = "60s",
        resume: bool = False,
        trace: str | os.PathLike[str] | None = None,
    ) -> Self:
        """Learn from the beginning, or from a checkpoint.

        Callbacks of scikit-learn (``set_callbacks``) see every pass, and may end it after any. An
        error leaves the model that was there before; Ctrl-C keeps what was learnt so far, and so
        does what else stops the interpreter (SystemExit).

        Parameters
        ----------
        X : Dataset, or array-like of str of shape (n_rows,)
        y : array-like of shape (n_rows,)
            Labels of any type that sorts; None with a Dataset, which has its own.
        sample_weight : array-like of shape (n_rows,), optional
            How much each row counts; with AdaGrad a row of weight k is learned as k equal rows.
        checkpoint : str or path-like, default=None
            File to keep the training in: a model file, which says besides where the training
            stands. It is written between windows of about 32 MB, whole or not at all. When that
            fails, as on a full disk, a warning is logged and training goes on.
        checkpoint_every : str, int or None, default="60s"
            Time between two checkpoints, such as "60s", "5m", "1h", or "0s" for one after each
            window; or a number of rows; or None to write one only when interrupted. Else there is
            one at the end too, which says that the training is complete.
        resume : bool, default=False
            Go on from the checkpoint, if the file is there. The model has the same bits as one that
            was trained without interruption, also with another ``n_jobs``.
        trace : str or path-like, default=None
            File to write down in what each thread does; see :func:`torrential.trace`.

        Returns
        -------
        self

        Raises
        ------
        DataError
            No row, no label, one class only, or rows that cannot be read.
        ParameterError
            A parameter that cannot be, or a checkpoint that was made with other parameters or data.
        ModelFileError
            A checkpoint that is damaged or cut off.
        """
        with traced(trace):
            self._fit(X, y, sample_weight, checkpoint, checkpoint_every, resume)
        return self

    def _fit(
        self,
        X: Texts,
        y: Any,
        sample_weight: ArrayLike | None,
        checkpoint: str | os.PathLike[str] | None,
        checkpoint_every: str | int | None,
        resume: bool,
    ) -> None:
        candidate = self._candidate()
        n_jobs = count_jobs(self.n_jobs)
        dataset = labelled(X, y, sample_weight)
        if y is not None:
            check_class_weight(self.class_weight, dataset)
        if checkpoint is not None:
            keeper = TextCheckpoint(checkpoint, checkpoint_every, self, dataset)
            candidate = keeper.resume(candidate) if resume else candidate
        elif resume:
            raise ParameterError("resume=True needs to know from what: pass checkpoint= too.")
        else:
            keeper = None
        self._kept_rows = None
        callbacks = FitCallbacks(self, candidate.schedule.epochs, X, y, sample_weight)
        model = candidate.model
        try:
            if not candidate.cursor.is_complete:
                train(
                    candidate,
                    dataset,
                    n_jobs=n_jobs,
                    progress=make_progress(self.verbose),
                    before_epoch=lambda _: callbacks.begin_pass(),
                    after_epoch=lambda _: callbacks.end_pass(lambda: {"model_": model.copy()}),
                    after_window=partial(_after_window, keeper, candidate),
                )
        except (KeyboardInterrupt, SystemExit):
            if len(model.labels) > 1:
                self._keep(candidate, dataset, interrupted=not candidate.cursor.is_complete)
            self._write(keeper, candidate)
            raise
        check_learnt(model, dataset, None if y is None else "y")
        say_missing_names(self.class_weight, model.labels.values)
        self._keep(candidate, dataset)
        if keeper is not None and not keeper.is_for_interrupts:
            self._write(keeper, candidate)
        callbacks.end()

    def _write(self, keeper: TextCheckpoint | None, candidate: Candidate) -> None:
        """Write a checkpoint for the end, which another Ctrl-C does not disturb."""
        if keeper is None:
            return

        def write() -> None:
            if keeper.write(candidate):
                self._kept_rows = candidate.cursor.n_rows

        with Whole() as whole:
            whole(write)

    def partial_fit(
        self,
        X: Texts,
        y: Any = None,
        classes: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> Self:
        """Learn more rows, in their order.

        ``history_`` gets a pass that counts as one over unseen rows: its accuracy is honest where
        the rows are new to the model.

        After an error in the middle, such as a file that is cut off, and after Ctrl-C the rows that
        were learnt before it stay learnt, and learning can go on.

        Parameters
        ----------
        X : Dataset, or array-like of str of shape (n_rows,)
        y : array-like of shape (n_rows,)
        classes : array-like, optional
            Labels to expect. Not needed: a class first seen later gets its column then.
        sample_weight : array-like of shape (n_rows,), optional

        Returns
        -------
        self

        Raises
        ------
        DataError
            Rows that cannot be read, or labels of another type than those before.
        ParameterError
            A parameter that cannot be.
        """
        dataset = labelled(X, y, sample_weight)
        expected = None if classes is None else encode_classes(classes)
        n_jobs, display = count_jobs(self.n_jobs), make_progress(self.verbose)
        if not hasattr(self, "model_"):
            if self.idf == TWO_PASS:
                raise ParameterError(
                    "idf='two-pass' counts all rows before the first is learnt, and partial_fit "
                    "sees them once: use idf='running', or call fit first."
                )
            self._keep(self._candidate(), dataset)
        if expected is not None:
            self.model_.expect(expected)
        check_same_kind(dataset, self.model_.labels.values)
        try:
            candidate = Candidate(self.model_, self._class_weight, Schedule(shuffle=False))
            history = train(candidate, dataset, n_jobs=n_jobs, progress=display)
        except (KeyboardInterrupt, SystemExit):
            self.interrupted_ = True
            raise
        self.interrupted_ = False
        self.history_ += history
        self.n_iter_ += 1
        return self

    def _candidate(self, **changes: Any) -> Candidate:
        return new_candidate(self.get_params(deep=False) | changes)

    def _plain_parameters(self) -> dict[str, Any]:
        return plain_parameters(self)

    def _keep(self, candidate: Candidate, dataset: Dataset, *, interrupted: bool = False) -> None:
        """Become the classifier of a candidate as it is now."""
        history = candidate.cursor.passes
        columns = columns_of(dataset)
        self._become(
            candidate.model, candidate.class_weight, columns, history, interrupted=interrupted
        )

    def _become(
        self,
        model: TextModel,
        class_weight: ClassWeight,
        columns: dict[str, Any],
        history: list[ProgressiveValidation],
        *,
        interrupted: bool = False,
    ) -> None:
        """Become the classifier of a model."""
        self.model_, self._class_weight = model, class_weight
        self.columns_, self.history_ = columns, history
        self.n_iter_, self.interrupted_ = len(history), interrupted


def _after_window(keeper: TextCheckpoint | None, candidate: Candidate) -> None:
    if keeper is not None:
        keeper.after_window(candidate)
