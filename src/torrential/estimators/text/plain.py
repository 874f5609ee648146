"""PlainTextClassifier: hashing and a linear model fused, without scikit-learn.

The command line has it, which is to start at once; its docstring and parameters are those of
TextClassifier.
"""

from typing import Any

from torrential.estimators.fused.classification import FusedClassification
from torrential.estimators.text.file_schema import HEADER
from torrential.estimators.text.rows import TextRows
from torrential.features.settings import DEFAULT_TOKEN_PATTERN
from torrential.schema import Schema


class PlainTextClassifier(FusedClassification, TextRows):
    r"""Linear classifier on hashed terms of text, trained in passes over a stream.

    Equal to ``HashingVectorizer`` followed by ``SGDClassifier``, without the matrix between them:
    texts are read and hashed on ``n_jobs`` threads while one learner takes them in order. The
    model is the same to the bit for any ``n_jobs``.

    Parameters
    ----------
    preset : {'default', 'fast', 'accurate'}, default='default'
        What the parameters are that are not given: the notes have the values. 'default' takes
        words, pairs of words and, with half the weight, characters, in three passes. 'accurate'
        gives characters the same weight and makes five passes, for texts that are short, noisy or
        without spaces. 'fast' learns single words in one pass, for streams that are too long.
    n_features : int, default=None
        Columns that terms are hashed to. None: what the preset says.
    analyzer : {'word', 'char', 'char_wb'} or callable, default='word'
        Whether terms are of words, of characters, or of characters within words.
    ngram_range : tuple (min_n, max_n), default=None
        Shortest and longest n-gram that is a term. None: what the preset says of words, and (2, 5)
        for characters.
    views : list of str or View, or None, default=None
        Several ways to split a text into terms, in one model. They replace ``analyzer`` and
        ``ngram_range``, such as ``["word:1-2", "char_wb:2-5"]``. Each has an equal part of the
        columns, and its own norm; :class:`torrential.View` has further settings. None: what the
        preset says, unless ``analyzer`` or ``ngram_range`` is given; then there are none.
    lowercase : bool, default=True
        Make the text lower case first.
    strip_accents : {'ascii', 'unicode'} or callable, default=None
        Take accents off: 'ascii' drops all that is not ASCII then, 'unicode' does not.
    stop_words : {'english'} or list, default=None
        Words to leave out.
    token_pattern : str, default ``r"(?u)\b\w\w+\b"``
        Regular expression of a word. Another than this or ``r"\w+|[^\w\s]"``, which keeps
        punctuation as tokens, runs in Python.
    tokenizer : callable, default=None
        Splits a text into words, instead of the pattern.
    preprocessor : callable, default=None
        Prepares a text, instead of lower case and accents.
    binary : bool, default=False
        Take each term of a text once, however often it occurs.
    sublinear_tf : bool, default=True
        Take 1 + log(n) of a count n.
    idf : {'preset', 'two-pass', 'running'} or None, default='preset'
        Multiply each term's count with its inverse document frequency (scikit-learn's smooth IDF),
        per column: 'two-pass' counts the documents in a pass before the first one, 'running' weighs
        each window of rows with the frequencies up to it, in one pass; 'preset' is what the preset
        says, and None nothing. Rows without a label do not count. Terms of a new text in columns
        that no training row has are left out.
    norm : {'l1', 'l2'} or None, default='l2'
        Norm that each row of features is scaled to.
    alternate_sign : bool, default=True
        Give half of the terms a negative sign, so that collisions cancel out on average.
    hash_seed : int, default=0
        Seed of the hash; scikit-learn's is 0.
    terms : bool, int or str, default=False
        Whether to keep the names of terms, for ``top_terms``; how many at most; or the memory for
        them, such as '64 MB'. True keeps up to 2**20 terms. Training then takes up to 30 % longer.
    loss : str, default='squared_hinge'
        'hinge', 'squared_hinge', 'log_loss', 'modified_huber' or 'perceptron'. Several classes are
        learned one-vs-rest; with log_loss they share a softmax.
    penalty : {'l2', 'l1', 'elasticnet'} or None, default='l2'
        Norm of the weights that is penalised.
    alpha : float, default=None
        Strength of the penalty in each step. None: what the preset says of C; give 0 for none.
    C : float, default=None
        Strength of the penalty for all rows, as that of scikit-learn's LinearSVC: alpha is
        1 / (C n) for n rows of a pass. The first pass takes n from Parquet and Arrow files and data
        in memory, and estimates it from the size of other files; later ones count. Where nothing is
        known, as of a pipe and in ``partial_fit``, n is that of the rows so far, with the new ones.
        Rows of files without a label count in the first pass, unless Parquet has statistics of
        nulls. None: what the preset says, unless ``alpha`` is given; both are an error.
    l1_ratio : float, default=0.15
        Share of L1 in the elastic net.
    learning_rate : str, default='adagrad'
        'adagrad', 'ftrl', 'normalized', 'coin', 'constant', 'optimal', 'invscaling', 'pa1' or
        'pa2'.
    eta0 : float, default=None
        Learning rate; with pa1 and pa2 the largest step. None: what the preset says, or 1 for
        ftrl and normalized, and 8 for coin.
    power_t : float, default=0.5
        Exponent of invscaling.
    average : bool, int or 'last-pass', default=None
        Average the weights over all steps, from that step on, or over those of the last pass, if it
        is not the first one, too. None: what the preset says.
    class_weight : dict, 'balanced' or None, default=None
        Factor of each class's rows; balanced counts the classes as they come. Labels that no row
        has are an error, or in a Dataset a warning of the logger ``torrential.train``.
    calibration : str or None, default='default'
        How scores become probabilities: 'default', 'auto', 'sigmoid', 'isotonic', 'temperature' or
        None. All are fitted to a sample of the predictions of the first
        pass, from before the rows were learned. 'sigmoid' is Platt's, 'temperature' one factor,
        'isotonic' any rising function; 'auto' is the one with the least log loss on later rows of
        the sample. 'default' is 'sigmoid' for two classes and 'temperature' for more, but nothing
        where the loss, log_loss, has scores that are log odds. None takes scores for log odds.
    max_iter : int, default=None
        Passes over the data at most. None: what the preset says, and one over data that can be read
        only once.
    tol : float or None, default=None
        Stop when the progressive loss of a pass is not this much below the best before.
    n_iter_no_change : int, default=1
        Passes without such a gain after which to stop.
    shuffle : bool, default=True
        Permute partitions, and rows within windows of 65,536 rows or 32 MB, again in each pass.
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
        Rows read, and rows that were skipped or odd: without a label, malformed, null, without a
        term, not UTF-8.
    history_ : list of ProgressiveValidation
        Loss and accuracy for each pass: in the first on each row before it was learned, which is
        honest; in later ones on rows that were learned before, which flatters.
    n_rows_ : int or None
        Rows that the penalty of the last pass was for, with C.
    n_iter_ : int
        Passes made, with one that was interrupted.
    columns_ : dict
        Names of the text, target and weight columns that it was trained on.
    interrupted_ : bool
        Whether Ctrl-C ended the last fit or partial_fit, which keeps what it had learned until
        then.
    model_ : HashedModel
        The learned model, for the functions of ``torrential.engine``.

    See Also
    --------
    HashingVectorizer, SGDClassifier : the two halves.

    Notes
    -----
    The presets were chosen by held-out accuracy; the guide to training has the tables:

    ==========  ======================  ============  ===========
    parameter   default                 fast          accurate
    ==========  ======================  ============  ===========
    n_features  2**22                   2**20         2**22
    views       word:1-2,               none: words   word:1-2,
                char_wb:2-5:weight=0.5                char_wb:2-5
    idf         'running'               None          'running'
    strength    C=1                     alpha=0       C=1
    eta0        0.1                     0.2           0.1
    max_iter    3                       1             5
    average     'last-pass'             False         'last-pass'
    ==========  ======================  ============  ===========

    They differ from those of scikit-learn's SGDClassifier: squared hinge loss for hinge, AdaGrad
    for the 'optimal' rate, a penalty for the number of rows, and few passes instead of up to 1,000.

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

    _takes_datasets = True

    trains_fused = True
    _kind = "TextClassifier"

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
        loss: str = "squared_hinge",
        penalty: str | None = "l2",
        alpha: float | None = None,
        C: float | None = None,
        l1_ratio: float = 0.15,
        learning_rate: str = "adagrad",
        eta0: float | None = None,
        power_t: float = 0.5,
        average: bool | int | str | None = None,
        class_weight: Any = None,
        calibration: str | None = "default",
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
        self.class_weight = class_weight
        self.calibration = calibration
        self.max_iter = max_iter
        self.tol = tol
        self.n_iter_no_change = n_iter_no_change
        self.shuffle = shuffle
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose

    @staticmethod
    def _header() -> Schema:
        return HEADER
