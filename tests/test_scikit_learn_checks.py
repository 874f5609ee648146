"""scikit-learn's checks of estimators, for all of ours: one registry.

A check that does not apply is listed with its reason in ``expected_failed_checks``. For estimators
of texts scikit-learn runs the checks that need no matrix.
"""

import warnings
from typing import Any

import pytest
from sklearn.exceptions import SkipTestWarning
from sklearn.feature_extraction.text import HashingVectorizer as ScikitLearnHasher
from sklearn.linear_model import SGDClassifier as ScikitLearnSGD
from sklearn.pipeline import make_pipeline
from sklearn.utils import estimator_checks
from sklearn.utils.estimator_checks import parametrize_with_checks

import torrential as tor

pytestmark = pytest.mark.jit  # the kernels have tests of their own without it

ORDER = "stochastic gradient descent: a row twice is two steps, and moves the later ones in order"
PARTS = "a row twice is two rows, which are assigned to parts and learned in their order"


def of_weights(reason: str) -> dict[str, str]:
    """Checks that hold a weight of 2 to be the row twice."""
    names = ("dense", "sparse")
    return {f"check_sample_weight_equivalence_on_{name}_data": reason for name in names}


OF_MATRICES: list[tuple[Any, dict[str, str]]] = [
    (tor.SGDClassifier(), of_weights(ORDER)),
    (tor.SGDClassifier("log_loss"), of_weights(ORDER)),
    (tor.SGDRegressor(), of_weights(ORDER)),
    (tor.Perceptron(), of_weights(ORDER)),
    (tor.HashedTfidfTransformer(), {}),
    (tor.ParameterAveraging(tor.SGDClassifier(), n_partitions=3), of_weights(PARTS)),
    (tor.ParameterAveraging(tor.SGDRegressor(), n_partitions=3), of_weights(PARTS)),
]

PIPELINE = make_pipeline(ScikitLearnHasher(), ScikitLearnSGD())

OF_TEXTS: list[Any] = [
    tor.TableClassifier(),
    tor.TableRegressor(),
    tor.TextRegressor(),
    tor.ColumnHasher(),
    tor.TextClassifier(preset="fast"),
    tor.HashingVectorizer(),
    tor.OutOfCore(PIPELINE),
    tor.ParameterAveraging(tor.TextClassifier(preset="fast")),
    tor.BaggingClassifier(tor.TextClassifier(preset="fast")),
    tor.VotingClassifier([("model", tor.TextClassifier(preset="fast"))]),
    tor.PartitionEnsemble(PIPELINE),
    tor.GridSearchCV(tor.TextClassifier(preset="fast"), {"eta0": [0.1, 0.2]}),
    tor.RandomizedSearchCV(tor.TextClassifier(preset="fast"), {"eta0": [0.1, 0.2]}, n_iter=2),
    tor.HalvingGridSearchCV(tor.TextClassifier(preset="fast"), {"eta0": [0.1, 0.2]}),
]

ALL = [estimator for estimator, _ in OF_MATRICES] + OF_TEXTS


def expected(estimator: Any) -> dict[str, str]:
    """Return the checks that cannot hold for an estimator, and why."""
    return next((reasons for each, reasons in OF_MATRICES if each is estimator), {})


with warnings.catch_warnings():  # it says that checks of matrices do not apply to texts
    warnings.simplefilter("ignore", SkipTestWarning)
    checked = parametrize_with_checks(ALL, expected_failed_checks=expected)


@checked
def test_checks(estimator: Any, check: Any) -> None:
    check(estimator)


@pytest.mark.parametrize("estimator", OF_TEXTS, ids=lambda estimator: type(estimator).__name__)
@pytest.mark.parametrize(
    "check",
    [
        estimator_checks.check_estimator_cloneable,
        estimator_checks.check_estimator_repr,
        estimator_checks.check_get_params_invariance,
        estimator_checks.check_mixin_order,
        estimator_checks.check_no_attributes_set_in_init,
        estimator_checks.check_set_params,
        estimator_checks.check_valid_tag_types,
    ],
    ids=lambda check: check.__name__,
)
def test_checks_that_need_no_matrix(check: Any, estimator: Any) -> None:
    check(type(estimator).__name__, estimator)


def test_all_estimators_are_in_the_registry() -> None:
    found = {name: getattr(tor, name) for name in tor.__all__}
    public = {name for name, each in found.items() if hasattr(each, "get_params")}
    public -= {name for name in public if not hasattr(found[name], "fit")}  # models of fastText
    assert {type(estimator).__name__ for estimator in ALL} == public
