"""Scores of every estimator count each row by its weight, and leave rows without a label out."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.linear_model import SGDClassifier, SGDRegressor
from sklearn.metrics import accuracy_score, r2_score
from sklearn.pipeline import make_pipeline
from sklearn.tree import DecisionTreeClassifier

import torrential as tor
from torrential.errors import DataError

GOOD, BAD = "arrived early and works well", "broken on arrival, no refund"
TEXTS = [f"{text} {i}" for i in range(20) for text in (GOOD, BAD)]
LABELS = ["up", "down"] * 20
VALUES = [1.0, -1.0] * 20

# Wrong for what was learned: all labels but the first two.
TEST: dict[str, list[Any]] = {
    "text": [GOOD, BAD, GOOD, BAD, BAD, GOOD],
    "label": ["up", "down", "down", "up", "up", None],
    "value": [1.0, -1.0, -1.0, 1.0, 1.0, None],
    "weight": [3.0, 6.0, 2.0, 0.5, 0.5, 100.0],
}
CLASSIFIERS = {
    "text": lambda: tor.TextClassifier(preset="fast"),
    "averaging text": lambda: tor.ParameterAveraging(
        tor.TextClassifier(preset="fast"), n_partitions=2
    ),
    "averaging": lambda: tor.ParameterAveraging(tor.Perceptron(), n_partitions=2),
    "averaging scikit-learn": lambda: tor.ParameterAveraging(
        make_pipeline(tor.HashingVectorizer(), SGDClassifier()), n_partitions=2
    ),
    "out of core": lambda: tor.OutOfCore(make_pipeline(tor.HashingVectorizer(), SGDClassifier())),
    "bagging": lambda: tor.BaggingClassifier(tor.TextClassifier(preset="fast"), n_estimators=2),
    "voting": lambda: tor.VotingClassifier(
        [tor.TextClassifier(preset="fast"), tor.TextClassifier(preset="fast", alpha=1e-6)]
    ),
    "partitions": lambda: tor.PartitionEnsemble(
        make_pipeline(tor.HashingVectorizer(n_features=64), DecisionTreeClassifier(random_state=0)),
        n_partitions=2,
    ),
    "search": lambda: tor.GridSearchCV(
        tor.TextClassifier(preset="fast"), {"eta0": [0.1, 0.5]}, cv=2
    ),
}
REGRESSORS = {
    "averaging": lambda: tor.ParameterAveraging(tor.SGDRegressor(), n_partitions=2),
    "out of core": lambda: tor.OutOfCore(make_pipeline(tor.HashingVectorizer(), SGDRegressor())),
    "partitions": lambda: tor.PartitionEnsemble(
        make_pipeline(tor.HashingVectorizer(), SGDRegressor()), n_partitions=2
    ),
}


def read(target, weight):
    return tor.read(TEST, text="text", target=target, weight=weight)


@pytest.mark.parametrize("kind", CLASSIFIERS)
def test_accuracy_counts_weights(kind):
    model = CLASSIFIERS[kind]().fit(TEXTS, LABELS)
    assert model.score(read("label", "weight")) == pytest.approx(9 / 12)
    assert model.score(read("label", None)) == pytest.approx(2 / 5)
    arrays = TEST["text"], TEST["label"], TEST["weight"]
    assert model.score(*arrays) == pytest.approx(9 / 12)
    assert model.score(*arrays[:2]) == pytest.approx(2 / 5)


@pytest.mark.parametrize("kind", REGRESSORS)
def test_r2_counts_weights(kind):
    model = REGRESSORS[kind]().fit(TEXTS, VALUES)
    predicted, n = model.predict(TEST["text"][:5]), 5
    for weight in (None, "weight"):
        given = None if weight is None else TEST[weight][:n]
        expected = r2_score(TEST["value"][:n], predicted, sample_weight=given)
        assert model.score(read("value", weight)) == pytest.approx(expected)
        given = None if weight is None else TEST[weight]
        assert model.score(TEST["text"], TEST["value"], given) == pytest.approx(expected)


@pytest.mark.parametrize("kind", ["averaging", "out of core", "voting"])
def test_no_score(kind):
    model = CLASSIFIERS[kind]().fit(TEXTS, LABELS)
    nothing = tor.read({"t": [GOOD], "y": np.array([None], object)}, text="t", target="y")
    with pytest.raises(DataError, match=r"No row of .* has a label to score on"):
        model.score(nothing)
    zero = tor.read({"t": [GOOD], "y": ["up"], "w": [0.0]}, text="t", target="y", weight="w")
    with pytest.raises(DataError, match="weigh 0"):
        model.score(zero)


def test_r2_of_one_row():
    model = REGRESSORS["out of core"]().fit(TEXTS, VALUES)
    with pytest.warns(UndefinedMetricWarning):
        assert np.isnan(model.score([GOOD], [1.0]))


@pytest.mark.parametrize(
    "estimator",
    [
        tor.TextClassifier(preset="fast"),
        tor.Perceptron(),
        make_pipeline(tor.HashingVectorizer(), SGDClassifier()),
    ],
    ids=["text", "bare", "pipeline"],
)
def test_validation_counts_weights(estimator):
    # The rows that are wrong for the others weigh nothing; where they are held out, they count not.
    texts, labels = TEXTS * 10, [*LABELS * 9, *["down", "up"] * 20]
    weight = [1.0] * 360 + [0.0] * 40
    rows = {"text": [f"{text} {i}" for i, text in enumerate(texts)], "y": labels, "w": weight}
    model = tor.ParameterAveraging(estimator, n_partitions=2, n_rounds=2, validation_fraction=0.3)
    model.fit(tor.read(rows, text="text", target="y", weight="w"))
    assert model.history_[-1].held_out == 1
    model.fit(tor.read(rows, text="text", target="y"))
    assert model.history_[-1].held_out < 1


def test_validation_of_a_matrix_counts_weights():
    X = tor.HashingVectorizer(n_features=64).transform(TEXTS * 10)
    y, weight = [*LABELS * 9, *["down", "up"] * 20], [1.0] * 360 + [0.0] * 40
    model = tor.ParameterAveraging(
        tor.SGDClassifier(), n_partitions=2, n_rounds=2, validation_fraction=0.3
    )
    assert model.fit(X, y, sample_weight=weight).history_[-1].held_out == 1
    assert model.fit(X, y).history_[-1].held_out < 1


def test_a_member_that_takes_matrices_gets_no_dataset():
    inner = make_pipeline(tor.HashingVectorizer(), tor.SGDClassifier())
    models = [inner.fit(TEXTS, LABELS), tor.TextClassifier(preset="fast").fit(TEXTS, LABELS)]
    vote = tor.VotingClassifier(models, voting="hard")
    predicted = vote.predict(read("label", None))
    assert accuracy_score(["up", "down", "up", "down", "down", "up"], predicted) == 1


def test_fitted_estimators_of_folds_have_their_setting():
    dataset = tor.read({"t": TEXTS * 3, "y": LABELS * 3}, text="t", target="y")
    result = tor.cross_validate(
        tor.TextClassifier(preset="fast", eta0=0.25, terms=True),
        dataset,
        cv=2,
        return_estimator=True,
    )
    assert [each.eta0 for each in result["estimator"]] == [0.25, 0.25]


@pytest.mark.parametrize("method", ["evaluate", "score"])
@pytest.mark.parametrize("is_file", [False, True])
@pytest.mark.parametrize(
    ("target", "said"),
    [
        (float("inf"), "inf, which is not finite"),
        (float("-inf"), "-inf, which is not finite"),
        ("many", "'many', which is not a number"),
    ],
)
@pytest.mark.filterwarnings("error")
def test_targets_of_a_regressor_are_finite_numbers(method, is_file, target, said, tmp_path):
    texts, numbers = [f"aa w{i}" for i in range(8)], [float(i) for i in range(8)]
    pipeline = make_pipeline(tor.HashingVectorizer(n_features=64), tor.SGDRegressor())
    model = tor.OutOfCore(pipeline).fit(texts, numbers)
    numbers[3] = target if isinstance(target, float) else 3.0
    column = numbers if isinstance(target, float) else [*map(str, numbers[:7]), target]
    table = pa.table({"body": texts, "stars": column})
    pq.write_table(table, tmp_path / "rows.parquet")
    source = tmp_path / "rows.parquet" if is_file else table
    dataset = tor.read(source, text="body", target="stars")
    with pytest.raises(tor.DataError, match=f"^The target 'stars' of .* has {said}: leave out"):
        getattr(model, method)(dataset)
    with pytest.raises(tor.DataError, match=f"{said}: leave out"):
        getattr(model, method)(texts, column)
