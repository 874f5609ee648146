"""PlainTableRegressor: columns, their crosses and a linear regression fused, without scikit-learn.

The command line has it, which is to start at once; its docstring and parameters are those of
TableRegressor.
"""

from typing import Any

from torrential.estimators.fused.regression import FusedRegression
from torrential.estimators.table.file_schema import NUMBERS_HEADER
from torrential.estimators.table.rows import TableRows
from torrential.schema import Schema


class PlainTableRegressor(FusedRegression, TableRows):
    """Linear regression on columns of tables and their crosses, trained in passes over a stream.

    Everything that :class:`TableClassifier` does with classes, this does with numbers.

    Parameters
    ----------
    crosses, max_crosses, kinds, numbers, bins, n_features, hash_seed, terms
        How columns become features, as those of :class:`TableClassifier`. ``crosses='auto'`` judges
        crosses by how well they separate targets above the median of the sample from the others.
    loss : str, default='squared_error'
        'squared_error', 'huber', 'epsilon_insensitive', 'quantile', 'poisson', 'gamma', 'tweedie'
        or 'logistic' (of targets from 0 to 1); see :class:`SGDRegressor`.
    optimizer, penalty, alpha, C, l1_ratio
        As those of TableClassifier.
    eta0 : float, default=None
        Learning rate, for targets whose standard deviation is 1: it is multiplied by that of the
        first window. Not so with 'logistic' and losses of logarithms, whose scores have no unit.
        None: as that of TableClassifier.
    beta, average
        As those of TableClassifier.
    epsilon : float, default=0.1
        Threshold of 'huber' and 'epsilon_insensitive', in units of the target.
    quantile : float, default=0.5
        Quantile that 'quantile' predicts.
    power : float, default=1.5
        Power of the mean that the variance of 'tweedie' is, from 1 to 2.
    levels : list of float, default=None
        The levels of ordinal scores, such as [0, 1, 2, 3, 4, 5], which all targets are among:
        ``predict`` returns levels, as that of :class:`TextRegressor`.
    max_iter, tol, n_iter_no_change, shuffle, random_state, n_jobs, verbose
        As those of TableClassifier.

    Attributes
    ----------
    coef_ : float32 array of shape (n_features,)
    intercept_ : float32 array of shape (1,)
    cut_points_ : float64 array of shape (n_levels - 1,)
        The least number of each level but the lowest.
    columns_plan_, crosses_, cross_gains_
        As those of TableClassifier.
    counts_, history_, n_rows_, n_iter_, columns_, interrupted_, model_
        As those of :class:`TextRegressor`.

    See Also
    --------
    ColumnHasher : the features alone, for other estimators.

    Notes
    -----
    Where scikit-learn's SGDRegressor begins at 0, the intercept begins at the mean of the first
    window's targets, or its logarithm with 'poisson', 'gamma' and 'tweedie', or its log odds with
    'logistic'.

    Examples
    --------
    >>> import torrential as tor
    >>> trips = {"from": ["LAS", "LAS", "PHL", "PHL"] * 50, "to": ["PHL", "LAX"] * 100}
    >>> minutes = [300.0, 60.0, 20.0, 330.0] * 50
    >>> model = tor.TableRegressor(crosses=["from*to"], max_iter=20)
    >>> model.fit(trips, minutes).predict(trips)[:2].round()
    array([300.,  60.], dtype=float32)
    """

    _takes_datasets = True

    trains_fused = True
    _kind = "TableRegressor"

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
        loss: str = "squared_error",
        optimizer: str = "adagrad",
        penalty: str | None = "l2",
        alpha: float | None = None,
        C: float | None = None,
        l1_ratio: float = 0.15,
        eta0: float | None = None,
        beta: float = 1.0,
        average: bool | int | str = False,
        epsilon: float = 0.1,
        quantile: float = 0.5,
        power: float = 1.5,
        levels: Any = None,
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
