"""PlainTableClassifier: columns, their crosses and a linear model fused, without scikit-learn.

The command line has it, which is to start at once; its docstring and parameters are those of
TableClassifier.
"""

from typing import Any

from torrential.estimators.fused.classification import FusedClassification
from torrential.estimators.table.file_schema import HEADER
from torrential.estimators.table.rows import TableRows
from torrential.schema import Schema


class PlainTableClassifier(FusedClassification, TableRows):
    """Linear classifier on columns of tables and their crosses, trained in passes over a stream.

    Each value of a column is a hashed feature of its own, seeded by the name of the column; so is
    each combination of values of a cross. Tables are read and hashed on ``n_jobs`` threads while
    one learner takes the rows in order. The model is the same to the bit for any ``n_jobs``.

    Parameters
    ----------
    crosses : list of str or tuples of str, or 'auto', default=None
        Columns whose combinations are features, such as ``["origin*destination"]``; of any number
        of columns. A name may be a pattern: ``"hour*C*"`` crosses the hour with each column
        that begins with C. Parts of dates are ``"when.hour"``, ``"when.weekday"`` (0 is Monday),
        ``"when.day"`` and ``"when.month"``. 'auto' finds crosses of two columns on a sample of up
        to 2**19 rows, evenly spaced, one after the other: each has to lower the log loss of a model
        of the first half of the sample on its later half. ``cross_gains_`` says by how much.
    max_crosses : int, default=8
        Crosses that 'auto' finds at most.
    kinds : dict, default=None
        What columns are, by name or pattern, where the guess is wrong: 'category'; 'log',
        'quantile', 'standard' or 'raw' for numbers; 'date', 'text' (words and pairs), 'list' (of
        categories), 'vector' (a list of numbers by place), 'map' (categories with numbers).
        ``columns_plan_`` says what they were taken for. Texts are categories unless most of a
        sample are different and have several words; whole numbers are numbers unless their name
        ends in "id", "code", "zip" or the like.
    numbers : {'log', 'quantile', 'standard', 'raw'}, default='log'
        What becomes of numbers: a category for each bin of ``log2(1 + |x|)``, with ``bins``
        for each doubling; for each of ``bins`` quantiles of a sample of the rows; their distance
        from the mean in standard deviations, of the same sample; or what they are. A missing value
        is a category of its own.
    bins : int, default=16
    n_features : int, default=2**22
        Columns that values are hashed to.
    hash_seed : int, default=0
    terms : bool, int or str, default=False
        Whether to keep the names of values, for ``top_terms``; how many at most; or the memory for
        them, such as '64 MB'.
    loss : str, default='log_loss'
        'log_loss', 'hinge', 'squared_hinge', 'modified_huber' or 'perceptron'.
    optimizer : str, default='adagrad'
        What a step is; also a ``learning_rate`` of SGDClassifier.
    penalty : {'l2', 'l1', 'elasticnet'} or None, default='l2'
    alpha : float, default=None
        Strength of the penalty in each step. None: 0 unless ``C`` is given.
    C : float, default=None
        Strength of the penalty for all rows: alpha is 1 / (C n) for n rows.
    l1_ratio : float, default=0.15
    eta0 : float, default=None
        Learning rate. None: that of the optimizer; for 'adagrad' 0.05, or 2 divided by the number
        of columns and crosses if there are more than 40. Fewer than 100,000 rows learn more at
        0.1 to 0.3, or in several passes.
    beta : float, default=1.0
        With 'ftrl' and 'normalized': the larger, the shorter are the first steps of a weight.
    average : bool, int or 'last-pass', default=False
        Average the weights over all steps, from that step on, or over those of the last pass.
    class_weight : dict, 'balanced' or None, default=None
    calibration : str or None, default='default'
        How scores become probabilities, as in :class:`TextClassifier`.
    max_iter : int, default=1
        Passes over the data at most.
    tol : float or None, default=None
        Stop when the progressive loss of a pass is not this much below the best before.
    n_iter_no_change : int, default=1
    shuffle : bool, default=True
        Permute partitions, and rows within windows of 65,536 rows or 32 MB, again in each pass.
        False for rows in order of time and a model for later ones; not for rows that are sorted by
        class.
    random_state : int, RandomState or None, default=0
    n_jobs : int or None, default=None
        Threads; None is 1, -1 all cores. Not saved with a model.
    verbose : int, default=0

    Attributes
    ----------
    classes_ : array of shape (n_classes,)
    coef_ : float32 array of shape (1, n_features) or (n_classes, n_features)
    intercept_ : float32 array of shape (1,) or (n_classes,)
    columns_plan_ : list of dict
        How each column became features.
    crosses_ : list of tuples of str
        All crosses.
    cross_gains_ : list of CrossGain
        Those that were found, with ``names``, and the loss ``before`` and ``after``.
    counts_, history_, n_rows_, n_iter_, columns_, interrupted_, model_
        As those of :class:`TextClassifier`.

    See Also
    --------
    ColumnHasher : the features alone, for other estimators.

    Notes
    -----
    Where Vowpal Wabbit crosses namespaces with ``-q``, ``crosses`` names columns. Hashes have 64
    bits until the last step, so that crosses of values that share a column do not share one.
    Values of a row have no unit norm.

    Examples
    --------
    >>> import torrential as tor
    >>> trips = {"from": ["LAS", "LAS", "PHL", "PHL"] * 20, "to": ["PHL", "LAX"] * 40}
    >>> late = [1, 0, 0, 1] * 20
    >>> tor.TableClassifier(max_iter=5).fit(trips, late).score(trips, late)
    0.75
    >>> model = tor.TableClassifier(crosses=["from*to"], max_iter=5).fit(trips, late)
    >>> model.score(trips, late)
    1.0
    """

    _takes_datasets = True

    trains_fused = True
    _kind = "TableClassifier"

    def __init__(
        self,
        *,
        crosses: Any = None,
        max_crosses: int = 8,
        kinds: Any = None,
        numbers: str = "log",
        bins: int = 16,
        n_features: int = 2**22,
        hash_seed: int = 0,
        terms: bool | int | str = False,
        loss: str = "log_loss",
        optimizer: str = "adagrad",
        penalty: str | None = "l2",
        alpha: float | None = None,
        C: float | None = None,
        l1_ratio: float = 0.15,
        eta0: float | None = None,
        beta: float = 1.0,
        average: bool | int | str = False,
        class_weight: Any = None,
        calibration: str | None = "default",
        max_iter: int = 1,
        tol: float | None = None,
        n_iter_no_change: int = 1,
        shuffle: bool = True,
        random_state: Any = 0,
        n_jobs: int | None = None,
        verbose: int = 0,
    ) -> None:
        self.crosses = crosses
        self.max_crosses = max_crosses
        self.kinds = kinds
        self.numbers = numbers
        self.bins = bins
        self.n_features = n_features
        self.hash_seed = hash_seed
        self.terms = terms
        self.loss = loss
        self.optimizer = optimizer
        self.penalty = penalty
        self.alpha = alpha
        self.C = C
        self.l1_ratio = l1_ratio
        self.eta0 = eta0
        self.beta = beta
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
