"""Streaming scorers: scikit-learn's values on the same predictions, however they are cut."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr
from sklearn import metrics

from torrential.engine.targets.task import Classification, Regression
from torrential.errors import ParameterError
from torrential.evaluation.fold_scores import FoldScores, RegressionScores
from torrential.evaluation.ranking import N_BINS, RankingSketch
from torrential.evaluation.scorers import BINARY, CLASSES, MULTICLASS, RANKING, SCORERS, Scorer
from torrential.evaluation.scoring import Scoring, names_of

CLASSIFICATION, REGRESSION = (names_of(task) for task in (Classification, Regression))
OF_TWO = [name for name in CLASSIFICATION if MULTICLASS not in SCORERS[name].tasks]
RANKED = [name for name in CLASSIFICATION if RANKING in SCORERS[name].needs]


def scored(n_classes, n_rows, seed):
    """True codes, predicted codes, scores, probabilities and weights."""
    random = np.random.default_rng(seed)
    true = random.integers(0, n_classes, n_rows)
    true[:n_classes] = np.arange(n_classes)
    scores = random.normal(size=(n_rows, n_classes)) + np.eye(n_classes)[true]
    p = np.exp(scores)
    p /= p.sum(axis=1, keepdims=True)
    columns = scores[:, 1:] - scores[:, :1] if n_classes == 2 else scores
    weight = random.integers(1, 4, n_rows).astype(float)
    return true, p.argmax(axis=1), columns.astype(np.float32), p, weight


def of_scikit_learn(name, true, predicted, columns, p, weight):
    if name == "neg_log_loss":
        return -metrics.log_loss(true, p, sample_weight=weight)
    if name == "roc_auc":
        return metrics.roc_auc_score(true, columns[:, 0], sample_weight=weight)
    if name == "roc_auc_ovr":
        if p.shape[1] == 2:
            return metrics.roc_auc_score(true, p[:, 1], sample_weight=weight)
        return metrics.roc_auc_score(true, p, multi_class="ovr", sample_weight=weight)
    if name == "average_precision":
        return metrics.average_precision_score(true, columns[:, 0], sample_weight=weight)
    if name.startswith(("f1", "precision", "recall")):
        metric, _, average = name.partition("_")
        function = getattr(metrics, f"{metric}_score")
        average = average or "binary"
        return function(true, predicted, average=average, sample_weight=weight, zero_division=0)
    function = getattr(metrics, f"{name}_score")
    return function(true, predicted, sample_weight=weight)


@pytest.mark.parametrize("name", CLASSIFICATION)
@pytest.mark.parametrize("n_classes", [2, 3, 5])
@settings(max_examples=20)
@given(n_rows=st.integers(8, 300), seed=st.integers(0, 2**20), cut=st.integers(0, 300))
def test_classification_is_as_in_scikit_learn(name, n_classes, n_rows, seed, cut):
    scoring = Scoring.of(name, Classification)
    if name in OF_TWO and n_classes > 2:
        with pytest.raises(ParameterError, match="of two classes"):
            FoldScores(range(n_classes), scoring)
        return
    rows = scored(n_classes, n_rows, seed)
    parts = [FoldScores(range(n_classes), scoring) for _ in range(2)]
    for part, where in zip(parts, (slice(0, cut), slice(cut, None))):
        if len(rows[0][where]):
            part.update(*(each[where] for each in rows))
    merged = parts[1].merge(parts[0])
    assert merged.n_rows == n_rows
    value = merged.scores()["score"]
    expected = of_scikit_learn(name, *rows)
    if name in RANKED:
        assert abs(value - expected) <= merged.errors()["score"] + 1e-9
    else:
        assert merged.errors() == {}
        assert value == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("name", REGRESSION)
@given(n_rows=st.integers(2, 200), seed=st.integers(0, 2**20))
def test_regression_is_as_in_scikit_learn(name, n_rows, seed):
    random = np.random.default_rng(seed)
    true = random.normal(size=n_rows)
    predicted = true + random.normal(size=n_rows)
    if name == "accuracy":  # of levels
        true, predicted = np.round(true), np.round(predicted)
    scores = RegressionScores(Scoring.of(name, Regression), levels=name == "accuracy")
    for half in (slice(0, n_rows // 2), slice(n_rows // 2, None)):
        scores.update(true[half], predicted[half])
    if name == "spearman":  # scikit-learn has none
        expected = spearmanr(true, predicted).statistic
    else:
        sign = -1 if name.startswith("neg_") else 1
        function = metrics.get_scorer(name)._score_func
        kind = int if name == "accuracy" else float
        expected = sign * function(true.astype(kind), predicted.astype(kind))
    assert scores.scores()["score"] == pytest.approx(expected, abs=1e-9)
    assert scores.n_rows == n_rows


@given(n_rows=st.integers(2, 200), seed=st.integers(0, 2**20), cut=st.sampled_from([0, 0.5, -1]))
def test_figures_at_a_cut_are_as_in_scikit_learn(n_rows, seed, cut):
    random = np.random.default_rng(seed)
    true = random.normal(size=n_rows)
    predicted = true + random.normal(size=n_rows)
    weight = random.integers(1, 4, n_rows).astype(float)
    scoring = Scoring.of([f"f1_at_{cut}", f"roc_auc_at_{cut}", "f1_at_7", "r2"], Regression)
    parts = [RegressionScores(scoring) for _ in range(2)]
    for part, half in zip(parts, (slice(0, n_rows // 2), slice(n_rows // 2, None))):
        part.update(true[half], predicted[half], weight[half])
    merged = parts[0].merge(parts[1])
    found, high = merged.scores(), true >= cut
    expected = metrics.f1_score(high, predicted >= cut, sample_weight=weight, zero_division=0)
    assert found[f"f1_at_{cut}"] == pytest.approx(expected)
    assert found["f1_at_7"] == 0
    auc = found[f"roc_auc_at_{cut}"]
    if high.all() or not high.any():
        assert np.isnan(auc)
    else:
        assert auc == pytest.approx(metrics.roc_auc_score(high, predicted, sample_weight=weight))
        assert merged.errors()[f"roc_auc_at_{cut}"] == 0


@pytest.mark.parametrize("name", ["f1_at_x", "f1_at_", "f1_at_1e3", "accuracy_at_3", "f1_at_3 "])
def test_cuts_that_are_not_numbers(name):
    with pytest.raises(ParameterError, match=r"choose among r2, .*, roc_auc_at_3, f1_at_3"):
        Scoring.of(name, Regression)
    with pytest.raises(ParameterError, match="is for regressors, but this is a classifier"):
        Scoring.of("f1_at_3", Classification)


def test_accuracy_is_of_levels():
    with pytest.raises(ParameterError, match="of classes or levels, but the model predicts"):
        RegressionScores(Scoring.of("accuracy", Regression))


STREAMS = st.tuples(
    st.integers(2, 2000),
    st.sampled_from([0.5, 0.1, 0.99, 0.002]),
    st.sampled_from(["normal", "ties", "constant", "huge", "tiny", "uniform"]),
    st.integers(0, 2**20),
)


@given(STREAMS)
def test_sketches_are_within_their_stated_error(stream):
    n_rows, share, kind, seed = stream
    random = np.random.default_rng(seed)
    positive = random.random(n_rows) < share
    positive[0], positive[-1] = True, False
    noise = random.normal(size=n_rows)
    scores = {
        "normal": noise + positive,
        "ties": np.round(noise + positive),
        "constant": np.zeros(n_rows),
        "huge": noise * 3e38,
        "tiny": noise * 1e-40,
        "uniform": random.random(n_rows) * 1e-3 + 1,
    }[kind]
    scores = np.clip(scores, -3e38, 3e38).astype(np.float32).astype(float)  # it sums them
    sketch = RankingSketch()
    sketch.update(scores, positive)
    auc = metrics.roc_auc_score(positive, scores)
    assert abs(sketch.roc_auc() - auc) <= sketch.roc_auc_error() + 1e-12
    precision = metrics.average_precision_score(positive, scores)
    assert abs(sketch.average_precision() - precision) <= sketch.average_precision_error() + 1e-12


def test_the_error_of_usual_scores_is_small():
    random = np.random.default_rng(0)
    errors = []
    for _ in range(20):
        positive = random.random(20_000) < 0.3
        scores = (random.normal(size=20_000) + positive).astype(np.float32)
        sketch = RankingSketch()
        sketch.update(scores, positive)
        auc = metrics.roc_auc_score(positive, scores)
        errors.append(abs(sketch.roc_auc() - auc))
        assert sketch.roc_auc_error() < 2e-3
    assert max(errors) < 1e-4


def test_an_order_is_kept_by_the_bins():
    scores = np.array([-3e38, -1.0, -1e-30, 0.0, 1e-30, 1.0, 1.02, 3e38], np.float32)
    sketch = RankingSketch()
    sketch.update(scores, np.arange(8) > 3)
    assert sketch.roc_auc() == 1.0
    assert np.count_nonzero(sketch._positive + sketch._negative) == len(scores) < N_BINS
    zeros = RankingSketch()
    zeros.update(np.array([0.0, -0.0]), np.array([True, False]))
    assert zeros.roc_auc() == 0.5


def test_without_both_kinds_there_is_no_value():
    sketch = RankingSketch()
    assert np.isnan(sketch.roc_auc())
    sketch.update(np.array([1.0, 2.0]), np.array([True, True]))
    assert np.isnan(sketch.roc_auc())
    assert sketch.average_precision() == 1.0


def test_scoring_is_checked():
    assert Scoring.of(None, Classification).names == (("score", "accuracy"),)
    assert Scoring.of(None, Regression).names == (("score", "r2"),)
    several = Scoring.of({"a": "accuracy", "b": "roc_auc"}, Classification)
    assert several.names == (("a", "accuracy"), ("b", "roc_auc"))
    assert several.needs_ranking
    assert not several.needs_probabilities
    assert not several.is_single
    for wrong in ("max_error", metrics.make_scorer(metrics.f1_score), ["f1", "median"], 3):
        with pytest.raises(ParameterError, match="is not computable from a stream: choose among"):
            Scoring.of(wrong, Classification)
    with pytest.raises(ParameterError, match="'r2' is for regressors, but this is a classifier"):
        Scoring.of("r2", Classification)
    with pytest.raises(ParameterError, match="'f1' is for classifiers, but this is a regressor"):
        Scoring.of("f1", Regression)
    with pytest.raises(ParameterError, match="scoring is empty"):
        Scoring.of([], Classification)


def test_a_scorer_is_a_row_of_the_table(monkeypatch):
    rows = {
        "error_rate": Scorer("error_rate", lambda report: report.accuracy - 1, CLASSES),
        "support": Scorer("support", lambda report: report.classes[1].support, (BINARY,)),
    }
    for name, row in rows.items():
        monkeypatch.setitem(SCORERS, name, row)
    scoring = Scoring.of(["error_rate", "support"], Classification)
    scores = FoldScores(["a", "b"], scoring)
    scores.update(np.array([0, 1, 1]), np.array([0, 0, 1]), np.zeros((3, 1)))
    assert scores.scores() == {"error_rate": pytest.approx(-1 / 3), "support": 2}
    with pytest.raises(ParameterError, match="scoring='support' is for classifiers"):
        Scoring.of("support", Regression)
