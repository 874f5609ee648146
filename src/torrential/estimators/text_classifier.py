"""TextClassifier: hashing and a linear model fused, for streams of labelled text."""

import os
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from torrential.data import Dataset, from_arrays
from torrential.engine.display import make_progress
from torrential.engine.evaluate import accuracy
from torrential.engine.labels import Encoded
from torrential.engine.predict import decision
from torrential.engine.text_model import TextModel
from torrential.engine.train import Schedule, check_learnt, train
from torrential.errors import DataError, ParameterError
from torrential.estimators import saving
from torrential.estimators.seeds import seed_of
from torrential.evaluation.progressive import ProgressiveValidation
from torrential.execution import count_jobs
from torrential.features.checks import check_settings
from torrential.features.settings import DEFAULT_TOKEN_PATTERN, HashSettings
from torrential.linear import LinearSettings
from torrential.linear.class_weight import ClassWeight
from torrential.types import Float32, Float64

Texts = Any
"""A Dataset, or a list, NumPy, pandas, polars or Arrow array of strings."""


class TextClassifier(ClassifierMixin, BaseEstimator):
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
    token_pattern : str, default=r"(?u)\b\w\w+\b"
        Regular expression of a word.
    tokenizer : callable, default=None
        Splits a text into words, instead of the pattern.
    preprocessor : callable, default=None
        Prepares a text, instead of lower case and accents.
    binary : bool, default=False
        Take each term of a text once, however often it occurs.
    norm : {'l1', 'l2'} or None, default='l2'
        Norm that each row of features is scaled to.
    alternate_sign : bool, default=True
        Give half of the terms a negative sign, so that collisions cancel out on average.
    hash_seed : int, default=0
        Seed of the hash; scikit-learn's is 0.
    loss : str, default='squared_hinge'
        'hinge', 'squared_hinge', 'log_loss', 'modified_huber' or 'perceptron'. Several classes are
        learnt one-vs-rest; with log_loss they share a softmax.
    penalty : {'l2', 'l1', 'elasticnet'} or None, default='l2'
        Norm of the weights that is penalised.
    alpha : float, default=0.0
        Strength of the penalty. scikit-learn's 1e-4 is far too strong for hashed text.
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
        Factor of each class's rows; balanced counts the classes as they come.
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
        Loss and accuracy on each row before it was learnt, for each pass.
    n_iter_ : int
        Passes made.
    columns_ : dict
        Names of the text, target and weight columns that it was trained on.
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
        norm: str | None = "l2",
        alternate_sign: bool = True,
        hash_seed: int = 0,
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
        self.norm = norm
        self.alternate_sign = alternate_sign
        self.hash_seed = hash_seed
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

    def fit(self, X: Texts, y: Any = None, sample_weight: ArrayLike | None = None) -> Self:
        """Learn from the beginning.

        Parameters
        ----------
        X : Dataset, or array-like of str of shape (n_rows,)
        y : array-like of shape (n_rows,)
            Labels of any type that sorts; None with a Dataset, which has its own.
        sample_weight : array-like of shape (n_rows,), optional

        Returns
        -------
        self

        Raises
        ------
        DataError
            No row, no label, one class only, or rows that cannot be read.
        ParameterError
            A parameter that cannot be.
        """
        dataset = _dataset(X, y, sample_weight, needs_target=True)
        model = self._new_model()
        class_weight = ClassWeight(self.class_weight)
        schedule = self._schedule()
        progress = make_progress(self.verbose)
        history = train(
            model,
            dataset,
            schedule,
            class_weight=class_weight,
            n_jobs=count_jobs(self.n_jobs),
            progress=progress,
        )
        check_learnt(model, dataset)
        self._keep(model, class_weight, dataset)
        self.history_ = history
        self.n_iter_ = len(history)
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
        X : Dataset, or array-like of str of shape (n_rows,)
        y : array-like of shape (n_rows,)
        classes : array-like, optional
            Labels to expect. Not needed: a class first seen later gets its column then.
        sample_weight : array-like of shape (n_rows,), optional

        Returns
        -------
        self
        """
        dataset = _dataset(X, y, sample_weight, needs_target=True)
        if not hasattr(self, "model_"):
            self._keep(self._new_model(), ClassWeight(self.class_weight), dataset)
            self.history_ = []
            self.n_iter_ = 0
        if classes is not None:
            expected = np.unique(np.asarray(classes)).tolist()
            codes = np.arange(len(expected), dtype=np.int32)
            self.model_.expect(Encoded(codes, expected))
        self.history_ += train(
            self.model_,
            dataset,
            Schedule(shuffle=False),
            class_weight=self._class_weight,
            n_jobs=count_jobs(self.n_jobs),
        )
        self.n_iter_ += 1
        return self

    def decision_function(self, X: Texts) -> Float32:
        """Scores of rows: shape (n_rows,) for two classes, else (n_rows, n_classes).

        Parameters
        ----------
        X : Dataset, or array-like of str of shape (n_rows,)
        """
        scores = self._scores(X)
        _, order = self.model_.labels.sorted()
        if scores.shape[1] > 1:
            return scores[:, order]
        return scores[:, 0] if len(order) < 2 or order[1] == 1 else -scores[:, 0]

    def predict(self, X: Texts) -> NDArray[Any]:
        """Label of each row, shape (n_rows,).

        Parameters
        ----------
        X : Dataset, or array-like of str of shape (n_rows,)
        """
        codes = self._model_of_fit().predict_codes(self._scores(X))
        classes, order = self.model_.labels.sorted()
        return classes[np.argsort(order)[codes]]

    def predict_proba(self, X: Texts) -> Float64:
        """Probability of each class, shape (n_rows, n_classes), columns as ``classes_``.

        With log_loss they are the loss's own; other losses have none, and theirs come from a
        sigmoid (two classes) or a softmax, fitted on what was predicted for rows before they were
        learnt.

        Parameters
        ----------
        X : Dataset, or array-like of str of shape (n_rows,)
        """
        probabilities = self._model_of_fit().probabilities(self._scores(X))
        _, order = self.model_.labels.sorted()
        return probabilities[:, order]

    def score(self, X: Texts, y: Any = None, sample_weight: ArrayLike | None = None) -> float:
        """Accuracy on labelled rows; those with a null label do not count.

        Parameters
        ----------
        X : Dataset, or array-like of str of shape (n_rows,)
        y : array-like of shape (n_rows,); None with a Dataset
        sample_weight : array-like of shape (n_rows,), optional
        """
        dataset = _dataset(X, y, sample_weight, needs_target=True)
        return accuracy(self._model_of_fit(), dataset, count_jobs(self.n_jobs))

    @property
    def classes_(self) -> NDArray[Any]:
        """Labels in ascending order."""
        return self._model_of_fit().labels.sorted()[0]

    @property
    def coef_(self) -> Float32:
        """Weights, shape (1, n_features) for two classes, else (n_classes, n_features)."""
        return self._by_class(self._model_of_fit().linear.coef())

    @property
    def intercept_(self) -> Float32:
        """Intercepts, shape (1,) for two classes, else (n_classes,)."""
        return self._by_class(self._model_of_fit().linear.intercept())

    @property
    def counts_(self) -> Any:
        """Rows met in training, and those that were odd."""
        return self._model_of_fit().counts

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the fitted model to a file, whole or not at all; ``torrential.load`` reads it.

        The file is in the safetensors format and holds no code. It has the weights with their
        state, so that learning can go on, the settings of the features, the classes, and how the
        model was trained.

        Parameters
        ----------
        path : str or path-like

        Raises
        ------
        ParameterError
            A parameter or label that a file cannot hold, such as a function.
        OutputError
            The file cannot be written; one that was there before is whole.
        """
        saving.save(self, self._model_of_fit(), path)

    def __sklearn_is_fitted__(self) -> bool:
        """Tell scikit-learn whether there is a model."""
        return hasattr(self, "model_")

    def __sklearn_tags__(self) -> Any:
        """Tell scikit-learn that input is a list of texts."""
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        tags.input_tags.one_d_array = True
        return tags

    def _keep(self, model: TextModel, class_weight: ClassWeight, dataset: Dataset) -> None:
        self.model_ = model
        self._class_weight = class_weight
        self.columns_ = {
            "text": list(dataset.text),
            "target": dataset.target,
            "weight": dataset.weight,
        }

    def _restore(self, model: TextModel, header: dict[str, Any]) -> Self:
        """Become the classifier that a file describes."""
        self.model_ = model
        self._class_weight = ClassWeight(self.class_weight, header["class_counts"])
        self.columns_ = dict(header["columns"])
        self.history_ = [
            ProgressiveValidation.of(epoch["n_rows"], epoch["loss"], epoch["accuracy"])
            for epoch in header["progressive"]
        ]
        self.n_iter_ = len(self.history_)
        return self

    def _model_of_fit(self) -> TextModel:
        check_is_fitted(self)
        return self.model_

    def _scores(self, X: Texts) -> Float32:
        dataset = _dataset(X, None, None, needs_target=False)
        return decision(self._model_of_fit(), dataset, count_jobs(self.n_jobs))

    def _by_class(self, columns: Float32) -> Float32:
        """Bring columns of codes into the order of ``classes_``."""
        _, order = self.model_.labels.sorted()
        if len(columns) > 1:
            in_order: Float32 = columns[order]
            return in_order
        return columns if len(order) < 2 or order[1] == 1 else -columns

    def _new_model(self) -> TextModel:
        features = HashSettings(
            n_features=self.n_features,
            analyzer=self.analyzer,
            ngram_range=self.ngram_range,
            lowercase=self.lowercase,
            strip_accents=self.strip_accents,
            stop_words=self.stop_words,
            token_pattern=self.token_pattern,
            tokenizer=self.tokenizer,
            preprocessor=self.preprocessor,
            binary=self.binary,
            norm=self.norm,
            alternate_sign=self.alternate_sign,
            seed=self.hash_seed,
        )
        check_settings(features)
        linear = LinearSettings(
            loss=self.loss,
            penalty=self.penalty,
            alpha=self.alpha,
            l1_ratio=self.l1_ratio,
            learning_rate=self.learning_rate,
            eta0=self.eta0,
            power_t=self.power_t,
            average=self.average,
        )
        if linear.is_regression:
            raise ParameterError(
                f"loss={self.loss!r} is for real numbers, not for classes: choose 'hinge', "
                "'squared_hinge', 'log_loss', 'modified_huber' or 'perceptron'."
            )
        return TextModel.new(features, linear)

    def _schedule(self) -> Schedule:
        for name in ("max_iter", "n_iter_no_change"):
            value = getattr(self, name)
            if not isinstance(value, int | np.integer) or value < 1:
                raise ParameterError(f"{name}={value!r} has to be a number of passes, 1 or more.")
        if self.tol is not None and not isinstance(self.tol, int | float):
            raise ParameterError(f"tol={self.tol!r} has to be a number, or None for no early stop.")
        return Schedule(
            epochs=int(self.max_iter),
            shuffle=self.shuffle,
            seed=seed_of(self.random_state),
            tol=self.tol,
            patience=int(self.n_iter_no_change),
        )


def _dataset(X: Texts, y: Any, sample_weight: Any, *, needs_target: bool) -> Dataset:
    if isinstance(X, Dataset):
        if y is not None or sample_weight is not None:
            raise DataError(
                "A Dataset brings its own labels and weights: leave out y and sample_weight, and "
                "name the columns in read(..., target=, weight=)."
            )
        if needs_target and X.target is None:
            raise DataError(f"{X!r} has no labels: name their column in read(..., target=).")
        return X
    if needs_target and y is None:
        raise DataError("Labels are missing: pass y, or a Dataset that has a target column.")
    return from_arrays(X, y, sample_weight)
