"""TableRegressor: numbers predicted from columns of any type and their crosses."""

from typing import Any, Self

import numpy as np
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from torrential.adapters.forms import Form
from torrential.adapters.learner import PipelineLearner
from torrential.engine.checkpoints.cursor import Cursor
from torrential.errors import DataError
from torrential.estimators.common.saving import Member, parameters_of, plain_parameters, stamp
from torrential.estimators.common.tags import table_tags
from torrential.estimators.linear.sgd_regressor import SGDRegressor
from torrential.estimators.pipelines.out_of_core import OutOfCore
from torrential.estimators.table.hasher import ColumnHasher
from torrential.estimators.table.settings import learner_of
from torrential.features.table.settings import TableSettings
from torrential.linear.optimizers import rate_of
from torrential.schema import count, flag, list_of, record, text
from torrential.types import Arrays

OF_FEATURES = ("crosses", "kinds", "numbers", "bins", "n_features", "hash_seed")
OF_LEARNER = ("loss", "penalty", "l1_ratio", "average", "epsilon", "quantile", "power")

CONTENTS = record(
    {
        "plan": record({}),
        "names": list_of(text()),
        "texts": list_of(text()),
        "learner": record({}),
        "n_iter": count,
        "interrupted": flag,
    }
)
"""Fields of the file of a TableRegressor, in addition to its parameters."""


class TableRegressor(OutOfCore):
    """Linear regression on columns of tables and their crosses, over data that does not fit.

    A pipeline of :class:`ColumnHasher` and :class:`SGDRegressor` that learns batch by batch, with
    what :class:`OutOfCore` has: checkpoints, folds, searches, averages.

    Parameters
    ----------
    crosses, kinds, numbers, bins, n_features, hash_seed
        As those of :class:`TableClassifier`.
    loss : str, default='squared_error'
        'squared_error', 'huber', 'epsilon_insensitive', 'quantile', 'poisson', 'gamma' or
        'tweedie'; see :class:`SGDRegressor`.
    optimizer : str, default='adagrad'
        A ``learning_rate`` of SGDRegressor.
    penalty : {'l2', 'l1', 'elasticnet'} or None, default='l2'
    alpha : float, default=0.0
    l1_ratio : float, default=0.15
    eta0 : float, default=None
        Learning rate. None: that of the optimizer, and 0.05 for 'adagrad'.
    average : bool or int, default=False
    epsilon, quantile, power : float, default=0.1, 0.5, 1.5
        Of the losses that have them.
    max_iter : int, default=1
        Passes over the data.
    shuffle : bool, default=True
    random_state : int, RandomState or None, default=0
    n_jobs : int or None, default=None
    verbose : int, default=0

    Attributes
    ----------
    estimator_ : Pipeline
        The fitted hasher and regressor.
    coef_ : float32 array of shape (n_features,)
    intercept_ : float32 array of shape (1,)
    n_features_in_, feature_names_in_, history_, n_iter_, interrupted_
        As those of :class:`OutOfCore`.

    Examples
    --------
    >>> import torrential as tor
    >>> trips = {"from": ["LAS", "LAS", "PHL", "PHL"] * 50, "to": ["PHL", "LAX"] * 100}
    >>> minutes = [300.0, 60.0, 20.0, 330.0] * 50
    >>> model = tor.TableRegressor(crosses=["from*to"], eta0=10, max_iter=10)
    >>> model.fit(trips, minutes).predict(trips)[:2].round()
    array([300.,  60.], dtype=float32)
    """

    _kind = "TableRegressor"

    def __init__(
        self,
        *,
        crosses: Any = None,
        kinds: Any = None,
        numbers: str = "log",
        bins: int = 16,
        n_features: int = 2**22,
        hash_seed: int = 0,
        loss: str = "squared_error",
        optimizer: str = "adagrad",
        penalty: str | None = "l2",
        alpha: float = 0.0,
        l1_ratio: float = 0.15,
        eta0: float | None = None,
        average: bool | int = False,
        epsilon: float = 0.1,
        quantile: float = 0.5,
        power: float = 1.5,
        max_iter: int = 1,
        shuffle: bool = True,
        random_state: Any = 0,
        n_jobs: int | None = None,
        verbose: int = 0,
    ) -> None:
        self.crosses = crosses
        self.kinds = kinds
        self.numbers = numbers
        self.bins = bins
        self.n_features = n_features
        self.hash_seed = hash_seed
        self.loss = loss
        self.optimizer = optimizer
        self.penalty = penalty
        self.alpha = alpha
        self.l1_ratio = l1_ratio
        self.eta0 = eta0
        self.average = average
        self.epsilon = epsilon
        self.quantile = quantile
        self.power = power
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose

    @property
    def estimator(self) -> Pipeline:
        """The pipeline of the parameters, not fitted."""
        hasher = ColumnHasher(**{name: getattr(self, name) for name in OF_FEATURES})
        parameters = {name: getattr(self, name) for name in OF_LEARNER} | {
            "alpha": self.alpha,
            "learning_rate": self.optimizer,
            "eta0": rate_of(self.optimizer, self.eta0, 0.05),
        }
        learner_of(parameters)
        return Pipeline([("columns", hasher), ("regressor", SGDRegressor(**parameters))])

    @property
    def coef_(self) -> Any:
        """Weights, shape (n_features,)."""
        check_is_fitted(self, "estimator_")
        return self._learner.final.coef_

    @property
    def intercept_(self) -> Any:
        """Intercept, shape (1,)."""
        check_is_fitted(self, "estimator_")
        return self._learner.final.intercept_

    def _contents(self) -> tuple[Arrays, dict[str, Any]]:
        check_is_fitted(self, "estimator_")
        form = self._learner.form
        arrays, learner = self._learner.final._contents()
        return arrays, {
            **stamp(self._kind),
            "parameters": plain_parameters(self),
            "plan": self.estimator_.steps[0][1].plan_,
            "names": list(form.names),
            "texts": list(form.texts),
            "learner": learner,
            "n_iter": int(self.n_iter_),
            "interrupted": bool(self.interrupted_),
        }

    @classmethod
    def _restored(cls, arrays: Arrays, header: dict[str, Any], member: Member) -> Self:
        CONTENTS(header, "")
        model = cls(**parameters_of(header))
        hasher, final = model.estimator.steps[0][1], member(arrays, header["learner"])
        if not isinstance(final, SGDRegressor):
            raise DataError(f"it has a {type(final).__name__} as its regressor")
        settings = TableSettings.from_state(header["plan"])
        hasher.plan_, names = settings.state(), tuple(header["names"])
        hasher.n_features_in_, hasher.feature_names_in_ = len(names), np.array(names, object)
        if settings.n_features != final.n_features_in_:
            raise DataError("its regressor has not as many features as its rows have")
        pipeline = Pipeline([("columns", hasher), ("regressor", final)])
        learner = PipelineLearner(pipeline, None, Form("arrow", names, tuple(header["texts"])))
        learner.final.__dict__.update(final.__dict__)
        learner.has_learned = True
        model._keep(learner, Cursor(epoch=header["n_iter"]), interrupted=header["interrupted"])
        return model

    def __sklearn_tags__(self) -> Any:
        """Tell scikit-learn that the input is a table."""
        return table_tags(super().__sklearn_tags__())
