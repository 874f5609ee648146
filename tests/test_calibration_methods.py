"""How scores become probabilities: the methods, their choice, weights, and files."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import log_loss

import torrential as tor
from torrential.errors import ParameterError
from torrential.linear.calibration import Calibration
from torrential.linear.probability_maps import (
    FITS,
    Sample,
    _steps,
    fit_isotonic,
    fit_sigmoid,
    fit_temperature,
    trial_losses,
)

METHODS = ["sigmoid", "temperature", "isotonic"]


def sample_of(n_rows=4000, n_columns=1, seed=0, rises=lambda scores: 3 * scores - 0.7):
    """Scores, and classes drawn with the log odds that they rise to."""
    random = np.random.default_rng(seed)
    scores = random.normal(size=(n_rows, n_columns)).astype(np.float32)
    odds = rises(scores.astype(np.float64))
    if n_columns == 1:
        codes = (random.random(n_rows) < 1 / (1 + np.exp(-odds[:, 0]))).astype(np.int32)
    else:
        codes = np.argmax(odds + random.gumbel(size=odds.shape), axis=1).astype(np.int32)
    return Sample(scores.astype(np.float64), codes, np.ones(n_rows))


def calibrated(method, sample):
    calibration = Calibration(method)
    scores, codes, weights = sample
    calibration.update(scores.astype(np.float32), codes, weights.astype(np.float32))
    return calibration.fit()


def loss_of(found, sample):
    return log_loss(sample.codes, found.probabilities(sample.scores.astype(np.float32)))


@given(st.integers(0, 1000), st.integers(2, 200), st.integers(1, 30))
def test_isotonic_steps_are_those_of_scikit_learn(seed, n_rows, n_values):
    random = np.random.default_rng(seed)
    odds = random.integers(0, n_values, n_rows).astype(np.float64)
    positive = random.random(n_rows) < 0.4
    weights = random.integers(0, 4, n_rows).astype(np.float64)
    steps = _steps(odds, positive, weights)
    if not weights.any():
        assert len(steps) == 0
        return
    known = weights > 0
    exact = IsotonicRegression().fit(odds[known], positive[known], weights[known])
    fitted = exact.predict(odds[known])
    levels = np.unique(fitted.round(12))
    assert len(steps) == len(levels)
    mean = np.average(positive, weights=weights)
    total, expected = weights.sum(), []
    for level in levels:
        rows = fitted.round(12) == level
        weight = weights[known][rows].sum()
        expected.append((weight * fitted[rows][0] + mean) / (weight + 1))
    expected = np.maximum.accumulate(np.clip(expected, 1 / (total + 2), 1 - 1 / (total + 2)))
    np.testing.assert_allclose(steps[:, 1], expected, atol=1e-9)


@pytest.mark.parametrize("n_columns", [1, 5])
@pytest.mark.parametrize("method", [*METHODS, "auto", "default", None])
def test_probabilities_are_a_distribution(method, n_columns):
    found = calibrated(method, sample_of(500, n_columns))
    scores = np.float32([[1e30], [-1e30], [0], [3]]) * np.ones((1, n_columns), np.float32)
    scores[:, 0] += 1
    probabilities = found.probabilities(scores)
    assert probabilities.shape == (4, max(2, n_columns))
    assert ((probabilities >= 0) & np.isfinite(probabilities)).all()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0)


@pytest.mark.parametrize("n_columns", [2, 5, 40])
@pytest.mark.parametrize("fit", [fit_sigmoid, fit_temperature, fit_isotonic])
def test_the_order_of_more_classes_stays(fit, n_columns):
    sample = sample_of(1000, n_columns)
    probabilities = fit(sample).probabilities(sample.scores)
    best = probabilities[np.arange(1000), sample.scores.argmax(axis=1)]
    assert (best >= probabilities.max(axis=1) - 1e-12).all()


def test_the_temperature_of_two_classes_is_half_at_no_score():
    found = fit_temperature(sample_of())
    assert found.probabilities(np.zeros((1, 1), np.float32)).tolist() == [[0.5, 0.5]]
    assert fit_sigmoid(sample_of()).probabilities(np.zeros((1, 1), np.float32))[0, 1] < 0.4


@pytest.mark.parametrize(
    ("rises", "chosen"),
    [
        (lambda scores: scores, {"none"}),
        (lambda scores: 4 * scores, {"temperature"}),
        (lambda scores: 4 * scores - 3, {"sigmoid"}),
        (lambda scores: np.where(scores > 0, 2.0, -2.0), {"isotonic"}),
    ],
)
def test_auto_chooses_what_the_scores_ask_for(rises, chosen):
    found = calibrated("auto", sample_of(16000, rises=rises))
    assert {found.map.method} == chosen
    assert set(found.losses) == set(FITS)
    assert min(found.losses.values()) == found.losses[found.map.method]
    later = sample_of(4000, seed=1, rises=rises)
    others = [calibrated(method, sample_of(16000, rises=rises)) for method in METHODS]
    assert loss_of(found, later) <= min(loss_of(each, later) for each in others) + 0.005


def test_trials_predict_rows_after_those_they_are_fitted_to():
    """The last quarter contradicts the others: no method knows it beforehand."""
    scores, codes, weights = sample_of(4000, rises=lambda scores: 4 * scores)
    last = slice(3000, None)
    contrary = Sample(scores, np.concatenate([codes[:3000], 1 - codes[last]]), weights)
    assert (
        trial_losses(contrary)["isotonic"]
        > trial_losses(Sample(scores, codes, weights))["isotonic"]
    )


def test_auto_with_few_rows_is_the_default():
    few = sample_of(100)
    auto, default = calibrated("auto", few), calibrated("default", few)
    assert (auto.map.method, auto.slope, auto.offset) == ("sigmoid", default.slope, default.offset)
    assert auto.losses == {}


@pytest.mark.parametrize("n_columns", [1, 4])
@pytest.mark.parametrize("method", METHODS)
def test_weights_count_as_equal_rows(method, n_columns):
    scores, codes, _ = sample_of(2000, n_columns)
    repeats = np.random.default_rng(3).integers(1, 4, 2000)
    found = FITS[method](Sample(scores, codes, repeats.astype(float)))
    many = Sample(np.repeat(scores, repeats, axis=0), np.repeat(codes, repeats), np.ones(1))
    whole = FITS[method](many._replace(weights=np.ones(len(many.codes))))
    np.testing.assert_allclose(found.probabilities(scores), whole.probabilities(scores), atol=1e-6)


@pytest.mark.parametrize("n_columns", [1, 4])
@pytest.mark.parametrize("method", [*METHODS, "auto", None])
def test_it_goes_on_from_its_state(method, n_columns):
    sample = sample_of(2000, n_columns)
    scores, codes = sample.scores.astype(np.float32), sample.codes
    weights = np.linspace(0.5, 2, 2000).astype(np.float32)
    whole, begun = Calibration(method), Calibration(method)
    whole.update(scores, codes, weights)
    begun.update(scores[:900], codes[:900], weights[:900])
    arrays, header = begun.fit().state()
    begun = Calibration.from_state(arrays, json.loads(json.dumps(header)))
    begun.update(scores[900:], codes[900:], weights[900:])
    np.testing.assert_array_equal(
        begun.fit().probabilities(scores), whole.fit().probabilities(scores)
    )
    assert begun.losses == whole.losses


def test_a_map_is_kept_without_the_sample():
    found = calibrated("isotonic", sample_of())
    small = found.without_sample()
    assert small.n_rows == 0
    arrays, header = small.state()
    again = Calibration.from_state(arrays, json.loads(json.dumps(header)))
    scores = sample_of().scores.astype(np.float32)
    np.testing.assert_array_equal(again.probabilities(scores), found.probabilities(scores))


# Models

RANDOM = np.random.default_rng(0)
WORDS = [f"word{i}" for i in range(300)]
LABELS = RANDOM.choice(["a", "b", "c"], 900)
TEXTS = [
    " ".join([*RANDOM.choice(WORDS, 6), *([label * 3] if RANDOM.random() < 0.6 else [])])
    for label in LABELS
]
TWO = np.where(LABELS == "c", "b", LABELS)
FAST = {"preset": "fast", "n_features": 2**12}


@pytest.mark.parametrize("labels", [LABELS, TWO], ids=["three", "two"])
@pytest.mark.parametrize("method", [*METHODS, "auto", None])
@pytest.mark.parametrize("loss", ["squared_hinge", "log_loss"])
def test_models_keep_their_map_in_files(method, loss, labels, tmp_path):
    model = tor.TextClassifier(calibration=method, loss=loss, **FAST).fit(TEXTS, labels)
    probabilities = model.predict_proba(TEXTS)
    model.save(tmp_path / "whole.model")
    model.save(tmp_path / "small.model", max_size="40 KB")
    for name in ("whole", "small"):
        again = tor.load(tmp_path / f"{name}.model")
        assert again.calibration == method
        if name == "whole":
            np.testing.assert_array_equal(again.predict_proba(TEXTS), probabilities)
        assert again.model_.calibration.map.method == model.model_.calibration.map.method
    if method in METHODS:
        assert model.model_.calibration.map.method == method
    if method is None:
        assert model.model_.calibration.map.method == "none"
    assert model.model_.calibration.n_rows > 0


def test_the_default_file_says_nothing_of_it(tmp_path):
    header = tor.TextClassifier(**FAST).fit(TEXTS, LABELS)._contents()[1]
    assert "calibration" not in header["parameters"]
    assert set(header["model"]["calibration"]) == {"slope", "offset", "spacing", "n_seen", "ahead"}


@pytest.mark.parametrize("method", ["auto", "isotonic"])
def test_a_checkpoint_ends_in_the_same_bits(method, tmp_path):
    whole = tor.TextClassifier(calibration=method, max_iter=2, **FAST).fit(TEXTS, LABELS)
    path = tmp_path / "training"
    tor.TextClassifier(calibration=method, max_iter=2, **FAST).fit(
        TEXTS, LABELS, checkpoint=path, checkpoint_every="0s"
    )
    resumed = tor.TextClassifier(calibration=method, max_iter=2, **FAST).fit(
        TEXTS, LABELS, checkpoint=path, resume=True
    )
    np.testing.assert_array_equal(resumed.predict_proba(TEXTS), whole.predict_proba(TEXTS))
    with pytest.raises(ParameterError, match="was made with calibration='" + method):
        tor.TextClassifier(max_iter=2, **FAST).fit(TEXTS, LABELS, checkpoint=path, resume=True)


def test_jobs_partial_fits_averages_and_searches_have_it():
    model = tor.TextClassifier(calibration="isotonic", **FAST)
    one = tor.TextClassifier(calibration="isotonic", **FAST).fit(TEXTS, LABELS)
    two = tor.TextClassifier(calibration="isotonic", n_jobs=2, **FAST).fit(TEXTS, LABELS)
    np.testing.assert_array_equal(one.predict_proba(TEXTS), two.predict_proba(TEXTS))
    model.partial_fit(TEXTS[:500], LABELS[:500]).partial_fit(TEXTS[500:], LABELS[500:])
    assert model.model_.calibration.map.method == "isotonic"
    assert tor.average([one, two]).model_.calibration.map.method == "isotonic"
    search = tor.GridSearchCV(
        tor.TextClassifier(**FAST),
        {"calibration": ["sigmoid", None]},
        cv=2,
        scoring="neg_log_loss",
    ).fit(TEXTS, TWO)
    scores = search.cv_results_["mean_test_score"]
    assert search.best_estimator_.model_.calibration.map.method == "sigmoid"
    assert scores[0] > scores[1]
    rounds = tor.ParameterAveraging(
        tor.TextClassifier(calibration="auto", **FAST), n_partitions=2
    ).fit(TEXTS, LABELS)
    assert set(rounds.estimator_.model_.calibration.losses) == set(FITS)


def test_weights_of_rows_count_for_probabilities():
    """Rows that weigh ten, as after downsampling, are as probable as ten rows."""
    weights = np.where(TWO == "a", 10.0, 1.0)
    plain = tor.TextClassifier(**FAST).fit(TEXTS, TWO)
    weighed = tor.TextClassifier(**FAST).fit(TEXTS, TWO, weights)
    share = np.average(TWO == "a", weights=weights)
    assert np.average(weighed.predict_proba(TEXTS)[:, 0], weights=weights) == pytest.approx(
        share, abs=0.05
    )
    assert plain.predict_proba(TEXTS)[:, 0].mean() == pytest.approx(np.mean(TWO == "a"), abs=0.05)


def test_inspect_names_the_map(run, tmp_path):
    path = tmp_path / "a.model"
    for method, loss, line in (
        ("auto", "hinge", "; log loss on later rows: none "),
        ("default", "hinge", "temperature of scores"),
        ("default", "log_loss", "scores are log odds"),
    ):
        tor.TextClassifier(calibration=method, loss=loss, **FAST).fit(TEXTS, LABELS).save(path)
        assert line in run("inspect", path)[1]
    facts = json.loads(run("inspect", path, "--json")[1])["calibration"]
    assert facts == {"method": "none", "slope": 1.0, "offset": 0.0, "n_rows": 900, "losses": {}}


def test_tables_have_it():
    table = {"x": RANDOM.choice(["u", "v"], 900).tolist()}
    for method in ("auto", "isotonic", "default", None):
        model = tor.TableClassifier(calibration=method).fit(table, TWO)
        assert model.predict_proba(table).shape == (900, 2)


@pytest.mark.parametrize("method", ["platt", 1, True, ["auto"]])
def test_an_unknown_method_is_named(method):
    with pytest.raises(ParameterError, match=r"calibration=.* is not known: give one of 'default'"):
        tor.TextClassifier(calibration=method).fit(TEXTS, LABELS)


def test_damaged_steps_are_refused(tmp_path):
    model = tor.TextClassifier(calibration="isotonic", **FAST).fit(TEXTS, TWO)
    steps = model.model_.calibration.map.steps
    steps[0, 1] = 0.9999
    model.save(tmp_path / "damaged.model")
    with pytest.raises(tor.ModelFileError, match="its probabilities do not rise"):
        tor.load(tmp_path / "damaged.model")
