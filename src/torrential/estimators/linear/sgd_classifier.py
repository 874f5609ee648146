"""SGDClassifier: a linear classifier for matrices in memory."""

from typing import Any

import numpy as np
from sklearn.utils.metaestimators import available_if

from torrential.estimators.common.parameters import check_loss
from torrential.estimators.linear.classifier_base import LinearClassifier
from torrential.linear import LinearSettings
from torrential.linear.settings import CLASSIFICATION_LOSSES
from torrential.types import Float64


def _gives_probabilities(classifier: "SGDClassifier") -> bool:
    if classifier.loss in ("log_loss", "modified_huber"):
        return True
    raise AttributeError(f"predict_proba is not available when loss={classifier.loss!r}")


class SGDClassifier(LinearClassifier):
    """Linear classifier, trained by stochastic gradient descent.

    Parameters, attributes and methods are those of scikit-learn's; the notes have the differences.

    Parameters
    ----------
    loss : {'hinge', 'log_loss', 'squared_hinge', 'modified_huber', 'perceptron'}, default='hinge'
    penalty : {'l2', 'l1', 'elasticnet', None}, default='l2'
    alpha : float, default=1e-6
        Strength of the penalty. In cross-validation on five sets, text and dense, this and
        ``eta0=0.1`` did best or within 0.5 points of it with both hinge and log_loss;
        scikit-learn's 1e-4 cost 0.5 to 6 points on text. With ``learning_rate='optimal'``, whose
        rate is 1 / (alpha * t), 1e-4 is a better start.
    C : float, default=None
        Strength of the penalty for all rows, as that of scikit-learn's LinearSVC: alpha is
        1 / (C n) for n learned rows. In ``partial_fit``, n is that of the rows so far, with the new
        ones. C and an alpha are an error.
    l1_ratio : float, default=0.15
        Share of L1 in the elastic net.
    fit_intercept : bool, default=True
    max_iter : int, default=1000
        Passes of ``fit`` at most.
    tol : float or None, default=1e-3
        ``fit`` ends when the loss is not this much below the best for ``n_iter_no_change`` passes.
    shuffle : bool, default=True
        Whether each pass of ``fit`` has a different order.
    verbose : int, default=0
        1 shows the loss of each pass on standard error. It is always logged, to the logger
        'torrential.train' at level INFO.
    epsilon : float, default=0.1
        Not used by these losses; there for scikit-learn's signature.
    n_jobs : int, default=None
        Threads that share the classes of one-vs-rest; the model is the same for any number.
    random_state : int, RandomState instance or None, default=None
    learning_rate : {'adagrad', 'ftrl', 'normalized', 'coin', 'constant', 'optimal', \
            'invscaling', 'pa1', 'pa2'}, default='adagrad'
        'ftrl' is FTRL-Proximal, for rare features and, by L1, sparse models; its ``alpha`` is the
        penalty of all rows together. 'normalized' and 'coin' are for features of any scale, 'coin'
        bets and has no rate.
    eta0 : float, default=None
        None is 0.2 for 'ftrl', 1 for 'normalized', 8 for 'coin' (its first wealth), else 0.1.
    beta : float, default=1.0
        With 'ftrl' and 'normalized': the larger, the shorter are the first steps of a weight. With
        'coin' what a slope counts as at least.
    power_t : float, default=0.5
    early_stopping : bool, default=False
        Whether ``fit`` ends when the score on held-out rows, instead of the loss, is not ``tol``
        better than the best for ``n_iter_no_change`` passes.
    validation_fraction : float, default=0.1
        Share of the rows that ``early_stopping`` holds out; of each class alike.
    n_iter_no_change : int, default=5
    class_weight : dict, 'balanced' or None, default=None
    warm_start : bool, default=False
        Whether ``fit`` continues from the existing weights.
    average : bool, int or 'last-pass', default=False
    multi_class : {'auto', 'ovr', 'softmax'}, default='auto'
        'auto' is softmax for log_loss, else one-vs-rest.

    Attributes
    ----------
    classes_ : array of shape (n_classes,)
    coef_ : float32 array of shape (1, n_features) or (n_classes, n_features)
    intercept_ : float32 array of shape (1,) or (n_classes,)
    n_iter_ : int
        Passes that were made.
    interrupted_ : bool
        Whether Ctrl-C ended the last ``fit``, which keeps the weights learned until then.
    n_rows_ : int or None
        Rows that the penalty was last for, with C.
    t_ : float
        Rows learned, plus 1.
    n_features_in_ : int

    Notes
    -----
    Different from scikit-learn: the default rate is AdaGrad, which needs little tuning; several
    classes with log_loss share a softmax; ``class_weight`` weighs a row in the problems of all
    classes; ``partial_fit`` takes new classes at any time, keeps the order of rows and knows
    ``class_weight='balanced'``; the loss that decides about convergence is progressive, of each row
    just before it is learned; ``early_stopping`` uses one score for all classes, which
    ``class_weight`` counts in, and not at one for each; weights are float32.

    Absent on purpose: the losses of regression, which serve no classifier better than those above;
    'adaptive' rates, since AdaGrad adapts each weight's; ``sparsify`` and ``densify``, since the
    weights are in the learner's own layout and ``coef_`` is a read-only copy:
    ``coef_init`` and ``intercept_init`` of ``fit`` can.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.preprocessing import scale
    >>> from torrential import SGDClassifier
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> bool(SGDClassifier(random_state=0).fit(scale(X), y).score(scale(X), y) > 0.97)
    True
    """

    _kind = "SGDClassifier"
    _alpha, _eta0 = 1e-6, 0.1

    def __init__(
        self,
        loss: str = "hinge",
        *,
        penalty: str | None = "l2",
        alpha: float = 1e-6,
        C: float | None = None,
        l1_ratio: float = 0.15,
        fit_intercept: bool = True,
        max_iter: int = 1000,
        tol: float | None = 1e-3,
        shuffle: bool = True,
        verbose: int = 0,
        epsilon: float = 0.1,
        n_jobs: int | None = None,
        random_state: Any = None,
        learning_rate: str = "adagrad",
        eta0: float | None = None,
        beta: float = 1.0,
        power_t: float = 0.5,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 5,
        class_weight: Any = None,
        warm_start: bool = False,
        average: bool | int | str = False,
        multi_class: str = "auto",
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
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.learning_rate = learning_rate
        self.eta0 = eta0
        self.beta = beta
        self.power_t = power_t
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.class_weight = class_weight
        self.warm_start = warm_start
        self.average = average
        self.multi_class = multi_class

    @available_if(_gives_probabilities)
    def predict_proba(self, X: Any) -> Float64:
        """Return the probability of each class, float64 of shape (n_samples, n_classes).

        With log_loss it is the logistic function or the softmax; with one-vs-rest, and with
        modified_huber (Zhang and Elkan, KDD 2002), each class's own, scaled to a sum of 1.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
        """
        scores = self.decision_function(X).astype(np.float64)
        if scores.ndim > 1 and self.loss == "log_loss" and self.multi_class != "ovr":
            odds = np.exp(scores - scores.max(axis=1, keepdims=True))
            return odds / odds.sum(axis=1, keepdims=True)
        if self.loss == "log_loss":
            positive = 1 / (1 + np.exp(-np.clip(scores, -500, 500)))
        else:
            positive = (np.clip(scores, -1, 1) + 1) / 2
        if scores.ndim == 1:
            return np.column_stack([1 - positive, positive])[:, : len(self.classes_)]
        positive[positive.sum(axis=1) == 0] = 1  # no class at all has a chance: all have the same
        return positive / positive.sum(axis=1, keepdims=True)

    @available_if(_gives_probabilities)
    def predict_log_proba(self, X: Any) -> Float64:
        """Return the logarithm of `predict_proba`."""
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    def _settings(self) -> LinearSettings:
        check_loss(self.loss, CLASSIFICATION_LOSSES)
        return super()._settings()
