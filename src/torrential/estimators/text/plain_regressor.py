"""PlainTextRegressor: hashing and a linear regression fused, without scikit-learn.

The command line has it, which is to start at once; its docstring and parameters are those of
TextRegressor.
"""

from typing import Any

from torrential.estimators.fused.regression import FusedRegression
from torrential.estimators.text.file_schema import NUMBERS_HEADER
from torrential.estimators.text.rows import TextRows
from torrential.features.settings import DEFAULT_TOKEN_PATTERN
from torrential.schema import Schema


class PlainTextRegressor(FusedRegression, TextRows):
    """Linear regression on hashed terms of text, trained in passes over a stream.

    For scores and ratings that texts have, such as the grades from 0 to 5 of a language model.
    Everything that :class:`TextClassifier` does with classes, this does with numbers.

    Parameters
    ----------
    preset, n_features, analyzer, ngram_range, views, lowercase, strip_accents, stop_words, \
    token_pattern, tokenizer, preprocessor, binary, sublinear_tf, idf, norm, alternate_sign, \
    hash_seed, terms
        How texts become features, as those of :class:`TextClassifier`.
    loss : str, default='squared_error'
        'squared_error', 'huber', 'epsilon_insensitive', 'quantile', 'poisson', 'gamma', 'tweedie'
        or 'logistic' (of targets from 0 to 1); see :class:`SGDRegressor`.
    penalty, alpha, C, l1_ratio, learning_rate
        As those of TextClassifier.
    eta0 : float, default=None
        Learning rate, for targets whose standard deviation is 1: it is multiplied by that of the
        first 65,536 rows or 32 MB. Not so with 'logistic' and losses of logarithms, whose scores
        have no unit. None: what the preset says.
    power_t, average
        As those of TextClassifier.
    epsilon : float, default=0.1
        Threshold of 'huber' and 'epsilon_insensitive', in units of the target.
    quantile : float, default=0.5
        Quantile that 'quantile' predicts.
    power : float, default=1.5
        Power of the mean that the variance of 'tweedie' is, from 1 to 2.
    levels : list of float, default=None
        The levels of ordinal scores, such as [0, 1, 2, 3, 4, 5], which all targets are among:
        ``predict`` returns levels. Numbers are turned to them at cut-points that are learned.
    max_iter, tol, n_iter_no_change, shuffle, random_state, n_jobs, verbose
        As those of TextClassifier.

    Attributes
    ----------
    coef_ : float32 array of shape (n_features,)
    intercept_ : float32 array of shape (1,)
    cut_points_ : float64 array of shape (n_levels - 1,)
        The least number of each level but the lowest.
    counts_, history_, n_rows_, n_iter_, columns_, interrupted_, model_
        As those of TextClassifier; ``history_`` has losses, and no accuracy.

    See Also
    --------
    TextClassifier : for classes.
    SGDRegressor : the learner, for matrices.

    Notes
    -----
    Where scikit-learn's SGDRegressor begins at 0, the intercept begins at the mean of the first
    window's targets, or its logarithm with 'poisson', 'gamma' and 'tweedie', or its log odds with
    'logistic'.

    Cut-points have the least mean absolute error on up to 16,384 rows at an even spacing, of the
    later half of the first pass, by the numbers that were predicted for them before they were
    learned. They are kept in files and checkpoints. Models that are averaged have the cut-points of
    their rows together; folds and ensembles have their own for each model.

    Examples
    --------
    >>> import torrential as tor
    >>> texts = ["good film", "bad film", "very good film", "very bad film"] * 50
    >>> stars = [4, 2, 5, 1] * 50
    >>> model = tor.TextRegressor(max_iter=10, C=100).fit(texts, stars)
    >>> model.predict(["a very good film", "a bad film"]).round()
    array([5., 2.], dtype=float32)
    >>> model = tor.TextRegressor(max_iter=10, C=100, levels=[1, 2, 3, 4, 5]).fit(texts, stars)
    >>> model.predict(["a very good film", "a bad film"])
    array([5, 2])
    """

    _takes_datasets = True

    trains_fused = True
    _kind = "TextRegressor"

    def __init__(
        self,
        *,
        preset: str = "default",
        n_features: int | None = None,
        analyzer: Any = "word",
        ngram_range: tuple[int, int] | None = None,
        views: Any = None,
        lowercase: bool = True,
        strip_accents: Any = None,
        stop_words: Any = None,
        token_pattern: str | None = DEFAULT_TOKEN_PATTERN,
        tokenizer: Any = None,
        preprocessor: Any = None,
        binary: bool = False,
        sublinear_tf: bool = True,
        idf: str | None = "preset",
        norm: str | None = "l2",
        alternate_sign: bool = True,
        hash_seed: int = 0,
        terms: bool | int | str = False,
        loss: str = "squared_error",
        penalty: str | None = "l2",
        alpha: float | None = None,
        C: float | None = None,
        l1_ratio: float = 0.15,
        learning_rate: str = "adagrad",
        eta0: float | None = None,
        power_t: float = 0.5,
        average: bool | int | str | None = None,
        epsilon: float = 0.1,
        quantile: float = 0.5,
        power: float = 1.5,
        levels: Any = None,
        max_iter: int | None = None,
        tol: float | None = None,
        n_iter_no_change: int = 1,
        shuffle: bool = True,
        random_state: Any = 0,
        n_jobs: int | None = None,
        verbose: int = 0,
    ) -> None:
        self.preset = preset
        self.n_features = n_features
        self.analyzer = analyzer
        self.ngram_range = ngram_range
        self.views = views
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
        self.C = C
        self.l1_ratio = l1_ratio
        self.learning_rate = learning_rate
        self.eta0 = eta0
        self.power_t = power_t
        self.average = average
        self.epsilon = epsilon
        self.quantile = quantile
        self.power = power
        self.levels = levels
        self.max_iter = max_iter
        self.tol = tol
        self.n_iter_no_change = n_iter_no_change
        self.shuffle = shuffle
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose

    @staticmethod
    def _header() -> Schema:
        return NUMBERS_HEADER
