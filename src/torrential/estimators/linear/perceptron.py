"""Perceptron: a linear classifier for matrices in memory."""

from dataclasses import replace
from typing import Any

from torrential.estimators.linear.classifier_base import LinearClassifier
from torrential.linear import LinearSettings


class Perceptron(LinearClassifier):
    """Perceptron: an SGDClassifier with the perceptron loss and a constant rate.

    Parameters, attributes and methods are those of scikit-learn's, and ``average``; the notes have
    the differences.

    Parameters
    ----------
    penalty : {'l2', 'l1', 'elasticnet', None}, default=None
    alpha : float, default=1e-4
    l1_ratio : float, default=0.15
    fit_intercept : bool, default=True
    max_iter : int, default=1000
    tol : float or None, default=1e-3
    shuffle : bool, default=True
    verbose : int, default=0
        1 shows the loss of each pass on standard error.
    eta0 : float, default=1.0
    n_jobs : int, default=None
    random_state : int, RandomState instance or None, default=None
    early_stopping : bool, default=False
        Whether ``fit`` ends when the score on held-out rows, instead of the loss, is not ``tol``
        better than the best for ``n_iter_no_change`` passes.
    validation_fraction : float, default=0.1
        Share of the rows that ``early_stopping`` holds out; of each class alike.
    n_iter_no_change : int, default=5
    class_weight : dict, 'balanced' or None, default=None
    warm_start : bool, default=False
    average : bool, int or 'last-pass', default=False
        True is the averaged perceptron (Freund and Schapire, 1999).

    Attributes
    ----------
    classes_ : array of shape (n_classes,)
    coef_ : float32 array of shape (1, n_features) or (n_classes, n_features)
    intercept_ : float32 array of shape (1,) or (n_classes,)
    n_iter_ : int
    interrupted_ : bool
        Whether Ctrl-C ended the last ``fit``, which keeps the weights learned until then.
    t_ : float
    n_features_in_ : int

    Notes
    -----
    Different from scikit-learn, and absent, is what `SGDClassifier` lists; and ``random_state`` is
    None by default, so that each fit has a different order.

    Examples
    --------
    >>> from torrential import Perceptron
    >>> Perceptron().fit([[0.0], [1.0]], ["no", "yes"]).predict([[1.0], [0.0]])
    array(['yes', 'no'], dtype='<U3')
    """

    _kind = "Perceptron"

    def __init__(
        self,
        *,
        penalty: str | None = None,
        alpha: float = 1e-4,
        l1_ratio: float = 0.15,
        fit_intercept: bool = True,
        max_iter: int = 1000,
        tol: float | None = 1e-3,
        shuffle: bool = True,
        verbose: int = 0,
        eta0: float = 1.0,
        n_jobs: int | None = None,
        random_state: Any = None,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 5,
        class_weight: Any = None,
        warm_start: bool = False,
        average: bool | int | str = False,
    ) -> None:
        self.penalty = penalty
        self.alpha = alpha
        self.l1_ratio = l1_ratio
        self.fit_intercept = fit_intercept
        self.max_iter = max_iter
        self.tol = tol
        self.shuffle = shuffle
        self.verbose = verbose
        self.eta0 = eta0
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.class_weight = class_weight
        self.warm_start = warm_start
        self.average = average

    def _settings(self) -> LinearSettings:
        return replace(super()._settings(), loss="perceptron", learning_rate="constant")
