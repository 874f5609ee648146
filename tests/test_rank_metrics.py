"""Ranks of numbers from a stream: scipy's and scikit-learn's figures, or bounds that hold."""

import json
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr
from sklearn import metrics
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.linear_model import SGDClassifier, SGDRegressor
from sklearn.pipeline import make_pipeline

import torrential as tor
from torrential.engine.targets.task import Regression
from torrential.evaluation.cells import MOST_CELLS, PairSketch
from torrential.evaluation.fold_scores import RegressionScores
from torrential.evaluation.rank_correlation import roc_auc, spearman
from torrential.evaluation.regression import RegressionMetrics
from torrential.evaluation.scoring import Scoring

numbers = st.floats(-1e6, 1e6) | st.sampled_from([0.0, -0.0, 1.0, 2.0, 1e-300, -3.5])
pairs = st.lists(st.tuples(numbers, numbers, st.integers(1, 3)), min_size=1, max_size=60)


def columns_of(rows):
    first, second, weight = np.array(rows, float).T
    return first, second, weight


def of_scipy(first, second):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return float(spearmanr(first, second).statistic) if len(first) > 1 else float("nan")


def sketched(columns, parts=1, most_cells=MOST_CELLS, seed=0):
    """Return the sketch of rows that are cut into parts and merged in a random order."""
    sketches = []
    for rows in np.array_split(np.random.default_rng(seed).permutation(len(columns[0])), parts):
        sketches.append(PairSketch(most_cells))
        for some in np.array_split(rows, 2):
            sketches[-1].update(*(each[some] for each in columns))
    total = sketches.pop()
    while sketches:
        total = sketches.pop().merge(total) if len(sketches) % 2 else total.merge(sketches.pop())
    return total


@settings(max_examples=200, deadline=None)
@given(pairs)
def test_spearman_is_scipys_with_ties_and_weights(rows):
    first, second, weight = columns_of(rows)
    found = spearman(sketched((first, second, weight), 3))
    times = weight.astype(int)
    expected = of_scipy(np.repeat(first, times), np.repeat(second, times))
    if np.isnan(found.value):
        assert np.isnan(expected)
    else:
        assert found.value == pytest.approx(expected, abs=1e-9)
        assert found.error == 0.0


@settings(max_examples=200, deadline=None)
@given(pairs, st.sampled_from([4, 7, 16]))
def test_the_error_is_a_bound(rows, most_cells):
    first, second, weight = columns_of(rows)
    sketch = sketched((first, second, weight), 2, most_cells)
    assert len(sketch.cells().weight) <= most_cells
    found, times = spearman(sketch), weight.astype(int)
    expected = of_scipy(np.repeat(first, times), np.repeat(second, times))
    if not (np.isnan(found.value) or np.isnan(expected)):
        assert abs(found.value - expected) <= found.error + 1e-9
    auc = roc_auc(sketched((first > 0, second, weight), 2, most_cells))
    if not np.isnan(auc.value):
        exact = metrics.roc_auc_score(first > 0, second, sample_weight=weight)
        assert abs(auc.value - exact) <= auc.error + 1e-9


@settings(max_examples=100, deadline=None)
@given(pairs, st.integers(1, 6), st.integers(0, 99))
def test_merging_is_exact_in_any_order(rows, parts, seed):
    columns = columns_of(rows)
    once, merged = sketched(columns), sketched(columns, parts, seed=seed)
    for here, there in zip(once.cells(), merged.cells(), strict=True):
        np.testing.assert_array_equal(here, there)
    assert spearman(once) == spearman(merged) or np.isnan(spearman(once).value)


@pytest.mark.parametrize("unit", [(1.0, 0.0), (1e-3, 1e3), (-5.0, 0.0), (1.0, 1e6)])
def test_many_pairs_of_any_unit_have_a_small_error(unit):
    rng = np.random.default_rng(0)
    z = rng.normal(size=300_000)
    first, second = unit[0] * (z + 0.5 * rng.normal(size=len(z))) + unit[1], z.astype(np.float32)
    sketch = sketched((first, second), 5)
    found = spearman(sketch)
    assert len(sketch.cells().weight) <= MOST_CELLS
    assert abs(found.value - of_scipy(first, second)) <= found.error < 0.02
    assert abs(found.value - of_scipy(first, second)) < 1e-3


def test_few_levels_cost_no_accuracy():
    rng = np.random.default_rng(0)
    levels = rng.integers(0, 6, 400_000) / 10
    scores = (levels + rng.normal(size=len(levels))).astype(np.float32)
    found = spearman(sketched((levels, scores), 2))
    assert abs(found.value - of_scipy(levels, scores)) <= found.error < 1e-3


def test_nothing_to_compare():
    sketch = PairSketch()
    assert np.isnan(spearman(sketch).value)
    assert np.isnan(roc_auc(sketch).value)
    sketch.update(np.ones(3), np.arange(3.0))
    assert np.isnan(spearman(sketch).value)
    assert np.isnan(roc_auc(sketch.merge(PairSketch())).value)


@settings(max_examples=100, deadline=None)
@given(pairs, st.floats(-3, 3))
def test_the_figures_at_a_cut_are_those_of_scikit_learn(rows, cut):
    true, predicted, weight = columns_of(rows)
    found = RegressionMetrics(cut=cut)
    found.update(true, predicted, weight)
    report, high, selected = found.report().at_cut, true >= cut, predicted >= cut
    how = {"sample_weight": weight, "zero_division": 0}
    assert report.f1 == pytest.approx(metrics.f1_score(high, selected, **how))
    assert report.precision == pytest.approx(metrics.precision_score(high, selected, **how))
    assert report.recall == pytest.approx(metrics.recall_score(high, selected, **how))
    assert report.share == pytest.approx(np.average(high, weights=weight))
    if len(set(high)) == 2:
        exact = metrics.roc_auc_score(high, predicted, sample_weight=weight)
        assert report.roc_auc == pytest.approx(exact)
        assert report.roc_auc_error == 0.0
    else:
        assert report.roc_auc is None


def test_scorers():
    rng = np.random.default_rng(0)
    true = rng.normal(size=500)
    predicted = true + rng.normal(size=500)
    scores = RegressionScores(Scoring.of(["spearman", "neg_root_mean_squared_error"], Regression))
    other = RegressionScores(Scoring.of(["spearman", "neg_root_mean_squared_error"], Regression))
    scores.update(true[:200], predicted[:200])
    other.update(true[200:], predicted[200:])
    found = scores.merge(other).scores()
    assert found["spearman"] == pytest.approx(of_scipy(true, predicted))
    expected = -metrics.root_mean_squared_error(true, predicted)
    assert found["neg_root_mean_squared_error"] == pytest.approx(expected)
    assert scores.errors() == {"spearman": 0.0}
    with pytest.raises(tor.ParameterError, match="for regressors"):
        tor.cross_validate(tor.TextClassifier(), ["a", "b"], [0, 1], scoring="spearman")


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(0)
    words, value = [f"w{number}" for number in range(60)], rng.normal(size=60)
    places = rng.integers(0, 60, (2000, 12))
    texts = [" ".join(words[place] for place in row) for row in places]
    return texts, np.round(3 + 4 * value[places].mean(axis=1))


def test_reports_of_pipelines(rows):
    texts, y = rows
    pipeline = make_pipeline(HashingVectorizer(n_features=2**12), SGDRegressor(random_state=0))
    model = tor.OutOfCore(pipeline).fit(texts, y)
    report, predicted = model.evaluate(texts, y, cut=4), model.predict(texts)
    assert report.spearman == pytest.approx(spearmanr(y, predicted).statistic, abs=1e-9)
    assert report.at_cut.roc_auc == pytest.approx(metrics.roc_auc_score(y >= 4, predicted))
    pipeline = make_pipeline(HashingVectorizer(n_features=2**12), SGDClassifier(random_state=0))
    with pytest.raises(tor.ParameterError, match="cut is for models of numbers"):
        tor.OutOfCore(pipeline).fit(texts, y).evaluate(texts, y, cut=4)


def test_reports_of_texts(rows):
    texts, y = rows
    model = tor.TextRegressor(preset="fast", n_features=2**12).fit(texts, y)
    predicted = model.predict(texts)
    report = model.evaluate(texts, y, cut=4)
    assert report.spearman == pytest.approx(spearmanr(y, predicted).statistic, abs=1e-12)
    assert report.at_cut.roc_auc == pytest.approx(metrics.roc_auc_score(y >= 4, predicted))
    assert report.at_cut.f1 == pytest.approx(metrics.f1_score(y >= 4, predicted >= 4))
    facts = json.loads(json.dumps(report.to_dict()))
    assert facts["at_cut"]["cut"] == 4.0
    assert facts["spearman_error"] == 0.0
    assert "Spearman 0." in repr(report)
    assert model.evaluate(texts, y).at_cut is None
    there = model.evaluate(texts, y, cut=4, executor=tor.Joblib(2, "threading"))
    assert there == report
    for wrong in ("x", float("nan"), True):
        with pytest.raises(tor.ParameterError, match="cut="):
            model.evaluate(texts, y, cut=wrong)
    parts = tor.ParameterAveraging(model, n_partitions=2).fit(texts, y)
    averaged = parts.evaluate(texts, y, cut=4)
    assert averaged.at_cut == parts.estimator_.evaluate(texts, y, cut=4).at_cut
    search = tor.GridSearchCV(model, {"eta0": [0.01, 0.2]}, cv=2, scoring="spearman")
    assert search.fit(texts, y).best_score_ > 0.9
