"""evaluate of every estimator that predicts datasets: scikit-learn's figures on the same rows."""

import numpy as np
import pytest
from sklearn import linear_model, metrics
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.pipeline import make_pipeline

import torrential as tor

RANDOM = np.random.default_rng(0)
CODES = RANDOM.integers(0, 3, 240)
LABELS = np.array(["ant", "bee", "cow"])[CODES]
TEXTS = [
    f"{label} {word}" if luck < 0.8 else word
    for label, word, luck in zip(
        LABELS, RANDOM.choice(["one", "two", "six"], 240), RANDOM.random(240), strict=True
    )
]
TEXT = tor.TextClassifier(preset="fast", n_features=2**10)
SGD = linear_model.SGDClassifier(loss="log_loss", random_state=0)
PIPELINE = make_pipeline(HashingVectorizer(n_features=2**10), SGD)
FITTED = {
    "OutOfCore": lambda: tor.OutOfCore(PIPELINE),
    "averaging of texts": lambda: tor.ParameterAveraging(TEXT, n_partitions=2),
    "averaging of pipelines": lambda: tor.ParameterAveraging(PIPELINE, n_partitions=2),
    "bagging": lambda: tor.BaggingClassifier(TEXT, n_estimators=2),
    "voting": lambda: tor.VotingClassifier([TEXT, tor.OutOfCore(PIPELINE)]),
    "partitions": lambda: tor.PartitionEnsemble(TEXT),
    "search": lambda: tor.GridSearchCV(TEXT, {"eta0": [0.1, 0.5]}, cv=2),
    "search of pipelines": lambda: tor.GridSearchCV(
        PIPELINE, {"sgdclassifier__alpha": [1e-5, 1e-4]}, cv=2
    ),
}


@pytest.mark.parametrize("name", FITTED)
def test_figures_are_those_of_the_predictions(name):
    weight = RANDOM.integers(1, 4, 240).astype(float)
    model = FITTED[name]().fit(TEXTS, LABELS)
    report = model.evaluate(TEXTS, LABELS, weight)
    predicted = model.predict(TEXTS)
    assert report.n_rows == 240
    assert report.accuracy == pytest.approx(
        metrics.accuracy_score(LABELS, predicted, sample_weight=weight)
    )
    assert report.macro_f1 == pytest.approx(
        metrics.f1_score(LABELS, predicted, average="macro", sample_weight=weight)
    )
    assert report.log_loss == pytest.approx(
        metrics.log_loss(LABELS, model.predict_proba(TEXTS), sample_weight=weight), rel=1e-5
    )
    assert model.score(TEXTS, LABELS) == pytest.approx(np.mean(predicted == LABELS))


def test_rows_of_a_dataset_and_labels_that_are_not_known():
    model = tor.OutOfCore(PIPELINE).fit(TEXTS, LABELS)
    rows = {"text": ["ant", "cow", "bee", "dog"], "label": ["ant", None, "bee", "dog"]}
    report = model.evaluate(tor.read(rows, text="text", target="label"))
    assert (report.n_rows, report.accuracy) == (3, pytest.approx(2 / 3))
    assert [each.label for each in report.classes] == ["ant", "bee", "cow", "dog"]
    assert [each.seen for each in report.classes] == [True, True, True, False]
    for labels, sentence in ([None, None], "No row of"), (["eel", "eel"], "None of the labels"):
        rows = {"text": ["ant", "cow"], "label": labels}
        dataset = tor.read(rows, text="text", target="label", target_type="string")
        with pytest.raises(tor.DataError, match=sentence):
            model.evaluate(dataset)


def test_a_regressor_and_a_classifier_without_probabilities():
    numbers = CODES + 0.5
    pipeline = make_pipeline(HashingVectorizer(n_features=2**10), linear_model.SGDRegressor())
    model = tor.OutOfCore(pipeline, max_iter=3).fit(TEXTS, numbers)
    report = model.evaluate(TEXTS, numbers)
    assert report.r2 == pytest.approx(metrics.r2_score(numbers, model.predict(TEXTS)))
    hinge = make_pipeline(HashingVectorizer(n_features=2**10), linear_model.SGDClassifier())
    report = tor.OutOfCore(hinge).fit(TEXTS, LABELS).evaluate(TEXTS, LABELS)
    assert report.log_loss is None
    assert report.accuracy > 0.7
