"""Displays: scikit-learn's conventions, and the same figures as evaluate."""

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt
from sklearn.linear_model import LogisticRegression

import torrential as tor

mpl.use("Agg")
RNG = np.random.default_rng(0)
TEXTS = [
    f"{w} film number{i % 17} {'good' if i % 5 == 0 else ''}"
    for i in range(100)
    for w in ("good", "bad")
]
LABELS = ["yes", "no"] * 100
OF_ROWS = [tor.ReliabilityDisplay, tor.PrecisionCoverageDisplay]


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def model():
    return tor.TextClassifier(n_features=2**10, preset="fast").fit(TEXTS, LABELS)


@pytest.mark.parametrize("display", OF_ROWS)
def test_from_estimator_and_from_predictions_are_the_same(model, display):
    probabilities = model.predict_proba(TEXTS)
    one = display.from_estimator(model, TEXTS, LABELS)
    other = display.from_predictions(LABELS, probabilities, classes=model.classes_)
    last = display.from_predictions(LABELS, probabilities[:, 1])
    for each in (other, last):
        np.testing.assert_allclose(one.line_.get_xydata(), each.line_.get_xydata(), atol=1e-6)
    assert one.figure_ is one.ax_.figure and one.ax_.get_xlabel()


@pytest.mark.parametrize("display", OF_ROWS)
def test_a_dataset_has_its_labels(model, display):
    rows = tor.read({"t": TEXTS, "y": LABELS}, text="t", target="y")
    one, other = display.from_estimator(model, rows), display.from_estimator(model, TEXTS, LABELS)
    np.testing.assert_array_equal(one.line_.get_xydata(), other.line_.get_xydata())


def test_the_figures_are_those_of_the_evaluation(model):
    report = model.evaluate(TEXTS, LABELS)
    reliability = tor.ReliabilityDisplay.from_estimator(model, TEXTS, LABELS)
    coverage = tor.PrecisionCoverageDisplay.from_estimator(model, TEXTS, LABELS)
    assert reliability.bins == report.reliability and coverage.coverage == report.coverage


def test_drawing_goes_where_it_is_asked(model):
    axes = plt.subplots()[1]
    display = tor.ReliabilityDisplay.from_estimator(
        model, TEXTS, LABELS, ax=axes, name="mine", color="red"
    )
    assert display.ax_ is axes and display.line_.get_color() == "red"
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["mine"]
    assert display.plot().ax_ is not axes


def test_a_learning_curve_is_the_progressive_validation(model):
    display = tor.LearningCurveDisplay.from_estimator(model)
    lines = model.history_[0].lines
    expected = [(line.n_rows, line.accuracy) for line in lines]
    np.testing.assert_array_equal(display.line_.get_xydata(), expected)
    fitted = tor.LearningCurveDisplay.from_estimator(
        tor.TextClassifier(n_features=2**10, preset="fast"), TEXTS, LABELS
    )
    np.testing.assert_array_equal(fitted.line_.get_xydata(), expected)


def test_a_learning_curve_of_numbers_is_of_the_loss():
    model = tor.TextRegressor(n_features=2**10).fit(TEXTS, [1.0, 2.0] * 100)
    display = tor.LearningCurveDisplay.from_estimator(model)
    assert "loss" in display.ax_.get_ylabel()
    assert display.line_.get_xydata()[0, 1] == model.history_[0].lines[0].average_loss


@pytest.mark.parametrize(
    ("draw", "said"),
    [
        (lambda: tor.LearningCurveDisplay.from_estimator(LogisticRegression()), "no progressive"),
        (lambda: tor.LearningCurveDisplay.from_estimator(tor.TextClassifier()), "fit it"),
        (
            lambda: tor.ReliabilityDisplay.from_estimator(LogisticRegression(), [[1]], [1]),
            "from_predictions",
        ),
        (
            lambda: tor.PrecisionCoverageDisplay.from_predictions(
                ["a", "b"], [[0.1, 0.2, 0.7]] * 2
            ),
            "a column for each class",
        ),
    ],
)
def test_what_has_no_figure_says_so(draw, said):
    with pytest.raises(tor.DataError, match=said):
        draw()
