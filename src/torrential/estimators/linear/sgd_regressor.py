"""SGDRegressor: a linear regression for matrices in memory."""

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import RegressorMixin
from sklearn.metrics import r2_score

from torrential.engine.targets.task import Regression
from torrential.engine.training.matrix import decide_matrix
from torrential.estimators.common.parameters import check_loss
from torrential.estimators.linear.base import MatrixSGD
from torrential.estimators.linear.validation import Rows, check_rows_and_targets, check_weight
from torrential.linear import LinearSettings
from torrential.linear.checks import check_targets
from torrential.linear.settings import REGRESSION_LOSSES
from torrential.types import Float32


class SGDRegressor(RegressorMixin, MatrixSGD):
    """Linear regression, trained by stochastic gradient descent.

    Parameters, attributes and methods are those of scikit-learn's; the notes have the differences.

    Parameters
    ----------
    loss : {'squared_error', 'huber', 'epsilon_insensitive', 'quantile', 'poisson', 'gamma', \
            'tweedie', 'logistic'}, default='squared_error'
        'quantile' predicts the quantile ``quantile``, as scikit-learn's QuantileRegressor.
        'poisson' (targets of 0 or more, such as counts), 'gamma' (above 0) and 'tweedie' (0 or
        more) predict means through a log link: ``predict`` is exp(X ``coef_`` + ``intercept_``),
        as of scikit-learn's PoissonRegressor, GammaRegressor and TweedieRegressor. 'logistic'
        (targets from 0 to 1, such as shares and probabilities) is the cross-entropy: ``predict`` is
        the sigmoid of the score, so never outside of (0, 1).
    penalty : {'l2', 'l1', 'elasticnet', None}, default='l2'
    alpha : float, default=1e-4
    C : float, default=None
        Strength of the penalty for all rows, as that of scikit-learn's LinearSVC: alpha is
        1 / (C n) for n learned rows. In ``partial_fit``, n is that of the rows so far, with the new
        ones. C and an alpha are an error.
    l1_ratio : float, default=0.15
    fit_intercept : bool, default=True
    max_iter : int, default=1000
    tol : float or None, default=1e-3
    shuffle : bool, default=True
    verbose : int, default=0
        1 shows the loss of each pass on standard error.
    epsilon : float, default=0.1
        Threshold of 'huber' and 'epsilon_insensitive'.
    quantile : float, default=0.5
        Quantile of 'quantile', above 0 and below 1.
    power : float, default=1.5
        Power of the mean that the variance of 'tweedie' is, from 1 ('poisson') to 2 ('gamma').
    random_state : int, RandomState instance or None, default=None
    learning_rate : {'adagrad', 'ftrl', 'normalized', 'coin', 'constant', 'optimal', \
            'invscaling', 'pa1', 'pa2'}, default='adagrad'
        'ftrl' is FTRL-Proximal, for rare features and, by L1, sparse models; its ``alpha`` is the
        penalty of all rows together. 'normalized' and 'coin' are for features of any scale, 'coin'
        bets and has no rate.
    eta0 : float, default=None
        None is 0.2 for 'ftrl', 1 for 'normalized', 8 for 'coin' (its first wealth), else 0.5.
    beta : float, default=1.0
        With 'ftrl' and 'normalized': the larger, the shorter are the first steps of a weight. With
        'coin' what a slope counts as at least.
    power_t : float, default=0.25
    early_stopping : bool, default=False
        Whether ``fit`` ends when the score on held-out rows, instead of the loss, is not ``tol``
        better than the best for ``n_iter_no_change`` passes.
    validation_fraction : float, default=0.1
        Share of the rows that ``early_stopping`` holds out.
    n_iter_no_change : int, default=5
    warm_start : bool, default=False
    average : bool, int or 'last-pass', default=False

    Attributes
    ----------
    coef_ : float32 array of shape (n_features,)
    intercept_ : float32 array of shape (1,)
    n_iter_ : int
    interrupted_ : bool
        Whether Ctrl-C ended the last ``fit``, which keeps the weights learned until then.
    n_rows_ : int or None
        Rows that the penalty was last for, with C.
    t_ : float
    n_features_in_ : int

    Notes
    -----
    Different from scikit-learn are the default rate, AdaGrad, and float32 weights; ``partial_fit``
    keeps the order of rows, and the loss that decides about convergence is progressive.

    With a log link the intercept begins at the log of the mean target of the first rows (of the
    first batch in ``partial_fit``), as scikit-learn's does, and with 'logistic' at its log odds.
    With a log link, a step is shortened to the share at
    which the slope at its end is the same share of the first slope (Kulis and Bartlett, "Implicit
    Online Learning", ICML 2010), so that no rate makes the exponential overflow. An ``eta0`` of
    0.05 to 0.1 is a better start for these losses than the default. ``score`` is R2 for every loss;
    ``d2_tweedie_score`` and ``d2_pinball_score`` of scikit-learn take the same predictions.

    Absent on purpose: 'squared_epsilon_insensitive', 'adaptive' rates, ``sparsify`` and
    ``densify``; `SGDClassifier` says why. ``coef_`` is a read-only copy.

    Examples
    --------
    >>> from torrential import SGDRegressor
    >>> from sklearn.datasets import load_diabetes
    >>> X, y = load_diabetes(return_X_y=True, scaled=True)
    >>> bool(SGDRegressor(eta0=10, random_state=0).fit(X, y).score(X, y) > 0.5)
    True
    """

    n_jobs = None  # a single column is not shared

    _kind = "SGDRegressor"
    _alpha, _eta0 = 1e-4, 0.5

    def __init__(
        self,
        loss: str = "squared_error",
        *,
        penalty: str | None = "l2",
        alpha: float = 1e-4,
        C: float | None = None,
        l1_ratio: float = 0.15,
        fit_intercept: bool = True,
        max_iter: int = 1000,
        tol: float | None = 1e-3,
        shuffle: bool = True,
        verbose: int = 0,
        epsilon: float = 0.1,
        quantile: float = 0.5,
        power: float = 1.5,
        random_state: Any = None,
        learning_rate: str = "adagrad",
        eta0: float | None = None,
        beta: float = 1.0,
        power_t: float = 0.25,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 5,
        warm_start: bool = False,
        average: bool | int | str = False,
    ) -> None:
        self.loss = loss
        self.penalty = penalty
        self.alpha = alpha
        self.C = C
        self.l1_ratio = l1_ratio
        self.fit_intercept = fit_intercept
        self.max_iter = max_iter
        self.tol = tol
        self.shuffle = shuffle
        self.verbose = verbose
        self.epsilon = epsilon
        self.quantile = quantile
        self.power = power
        self.random_state = random_state
        self.learning_rate = learning_rate
        self.eta0 = eta0
        self.beta = beta
        self.power_t = power_t
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.warm_start = warm_start
        self.average = average

    def partial_fit(self, X: Any, y: Any, sample_weight: ArrayLike | None = None) -> Self:
        """Learn the rows of a batch once, in their order.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
        y : array-like of shape (n_samples,)
        sample_weight : array-like of shape (n_samples,), optional

        Returns
        -------
        self
        """
        self._check_parameters()
        go_on = hasattr(self, "_model")
        matrix, y = check_rows_and_targets(self, X, y, reset=not go_on, y_numeric=True)
        weight = check_weight(sample_weight, matrix)
        values, weight, _ = self._targets(y, weight, go_on=go_on)
        self._start(matrix.shape[1], 0, go_on=go_on)
        self._learn_once(Rows(matrix, values, weight))
        return self

    def predict(self, X: Any) -> Float32:
        """Return the prediction for each row, float32 of shape (n_samples,).

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
        """
        return self._task().predict(self._scores(X))

    @property
    def coef_(self) -> Float32:
        """Weights, shape (n_features,)."""
        return self._fitted().coef()[0]

    @property
    def intercept_(self) -> Float32:
        """Intercept, shape (1,)."""
        return self._fitted().intercept()

    def _targets(
        self, y: NDArray[Any], weight: Float32 | None, *, go_on: bool
    ) -> tuple[Float32, Float32 | None, int]:
        values = y.astype(np.float32)
        check_targets(values, self._settings())
        return values, weight, 0

    def _task(self) -> Regression:
        return Regression(self._fitted().settings.link)

    def _score_targets(self, rows: Rows) -> float:
        predicted = self._task().predict(decide_matrix(self._model, rows.matrix))
        return float(r2_score(rows.targets, predicted, sample_weight=rows.weight))

    def _settings(self) -> LinearSettings:
        check_loss(self.loss, REGRESSION_LOSSES)
        return super()._settings()
