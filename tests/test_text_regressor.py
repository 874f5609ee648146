"""TextRegressor: numbers by the engine of TextClassifier, in all that it does."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sklearn.base import is_regressor
from sklearn.metrics import mean_absolute_error, mean_squared_error, r2_score
from sklearn.model_selection import cross_val_score

import torrential as tor

WORDS = [f"w{number}" for number in range(60)]


@pytest.fixture(scope="module")
def rows():
    """Texts, and targets that are the mean value of their words, far from 0 and spread widely."""
    rng = np.random.default_rng(0)
    value = rng.normal(size=len(WORDS))
    places = rng.integers(0, len(WORDS), (2000, 12))
    texts = [" ".join(WORDS[place] for place in row) for row in places]
    return texts, 500 + 100 * value[places].mean(axis=1) + rng.normal(size=len(texts))


def model_of(**parameters):
    return tor.TextRegressor(**{"preset": "fast", "max_iter": 3, "n_features": 2**12, **parameters})


@pytest.fixture(scope="module")
def model(rows):
    return model_of().fit(*rows)


def test_it_learns_on_rows_that_it_has_not_seen(rows):
    texts, y = rows
    assert model_of().fit(texts[:1500], y[:1500]).score(texts[1500:], y[1500:]) > 0.97
    assert is_regressor(model_of())


@pytest.mark.parametrize("loss", ["huber", "epsilon_insensitive", "quantile", "poisson", "gamma"])
def test_losses(rows, loss):
    assert model_of(loss=loss, epsilon=10.0).fit(*rows).score(*rows) > 0.9


def test_figures_are_those_of_scikit_learn(rows, model):
    texts, y = rows
    weight = np.random.default_rng(1).uniform(0.5, 2, len(y)).astype(np.float32)
    predicted = model.predict(texts)
    report = model.evaluate(texts, y, weight)
    assert report.r2 == pytest.approx(r2_score(y, predicted, sample_weight=weight), rel=1e-12)
    for found, metric in [
        (report.mean_absolute_error, mean_absolute_error),
        (report.mean_squared_error, mean_squared_error),
    ]:
        assert found == pytest.approx(metric(y, predicted, sample_weight=weight), rel=1e-12)
    assert model.score(texts, y) == pytest.approx(r2_score(y, predicted), rel=1e-12)


@pytest.mark.parametrize("loss", ["poisson", "gamma"])
def test_targets_of_another_unit_move_the_intercept_of_logs_alone(rows, loss):
    texts, y = rows
    small, large = (model_of(loss=loss).fit(texts, factor * y) for factor in (1e-2, 1e2))
    np.testing.assert_allclose(large.predict(texts), 1e4 * small.predict(texts), rtol=1e-3)


@pytest.mark.parametrize(("scale", "shift"), [(1e-3, 0.0), (1.0, 1e3), (1e4, -5e4)])
def test_targets_of_another_unit_are_learned_alike(rows, model, scale, shift):
    texts, y = rows
    other = model_of().fit(texts, scale * y + shift)
    there = (other.predict(texts) - shift) / scale
    assert there == pytest.approx(model.predict(texts), abs=2)


def test_the_same_bits_with_any_number_of_threads_and_on_other_engines(rows, model):
    texts, y = rows
    other = model_of(n_jobs=3).fit(texts, y)
    np.testing.assert_array_equal(model.coef_, other.coef_)
    np.testing.assert_array_equal(model.intercept_, other.intercept_)
    executor = tor.Joblib(2, "threading")
    np.testing.assert_array_equal(other.predict(texts, executor=executor), model.predict(texts))
    parts = {"n_partitions": 3, "n_rounds": 2}
    here = tor.ParameterAveraging(model_of(), **parts, executor=tor.Threads(1)).fit(texts, y)
    there = tor.ParameterAveraging(model_of(), **parts, executor=tor.Threads(3)).fit(texts, y)
    np.testing.assert_array_equal(here.coef_, there.coef_)
    assert here.score(texts, y) > 0.97


def test_more_rows_can_be_learned(rows):
    texts, y = rows
    model = model_of().partial_fit(texts[:1000], y[:1000])
    before = model.score(texts, y)
    assert model.partial_fit(texts[1000:], y[1000:]).score(texts, y) > before
    assert model.n_iter_ == 2


def test_rows_without_a_number_are_left_out(rows, model):
    texts, y = rows
    given = pa.array([*y.tolist(), None, float("nan")])
    other = model_of().fit([*texts, "w1 w1", "w2 w2"], given)
    assert other.counts_.unlabelled == 2
    np.testing.assert_array_equal(other.coef_, model.coef_)
    assert other.evaluate([*texts, "w1", "w2"], given).n_rows == len(texts)


def test_folds_and_searches(rows):
    texts, y = rows
    scoring = ["r2", "neg_mean_absolute_error", "neg_mean_squared_error"]
    found = tor.cross_validate(model_of(), texts, y, cv=3, scoring=scoring)
    assert (found["test_r2"] > 0.95).all()
    assert np.mean(found["test_r2"]) == pytest.approx(
        np.mean(cross_val_score(model_of(), texts, y, cv=3)), abs=0.01
    )
    for search in (tor.GridSearchCV, tor.HalvingGridSearchCV):
        fitted = search(model_of(), {"eta0": [0.01, 0.2]}, cv=2).fit(texts, y)
        assert fitted.best_params_ == {"eta0": 0.2}
        assert fitted.best_estimator_.score(texts, y) > 0.95
    with pytest.raises(tor.ParameterError, match="of classes or levels"):
        tor.cross_validate(model_of(), texts, y, scoring="accuracy")


def test_ensembles(rows, model):
    texts, y = rows
    other = model_of(random_state=1).fit(texts, y)
    average = tor.average([model, other])
    assert average.coef_ == pytest.approx((model.coef_ + other.coef_) / 2, abs=1e-4)
    assert average.predict(texts[:1]) == pytest.approx(
        (model.predict(texts[:1]) + other.predict(texts[:1])) / 2, rel=1e-5
    )
    ensemble = tor.PartitionEnsemble(model_of(), n_partitions=2).fit(texts, y)
    assert ensemble.score(texts, y) > 0.95
    with pytest.raises(tor.ParameterError, match="not a classifier"):
        tor.BaggingClassifier(model_of()).fit(texts, y)


def test_files(rows, model, tmp_path):
    texts, y = rows
    model.save(tmp_path / "whole.model")
    loaded = tor.load(tmp_path / "whole.model")
    assert loaded.get_params() == {**model.get_params(), "n_jobs": None, "verbose": 0}
    np.testing.assert_array_equal(loaded.predict(texts), model.predict(texts))
    loaded.partial_fit(texts, y)
    model.save(tmp_path / "small.model", max_size="12 KB")
    small = tor.load(tmp_path / "small.model")
    assert small.score(texts, y) == pytest.approx(model.score(texts, y), abs=0.01)


def test_a_training_goes_on_from_its_checkpoint(rows, model, tmp_path):
    texts, y = rows
    path = tmp_path / "fit.checkpoint"
    model_of().fit(texts, y, checkpoint=path, checkpoint_every=1000)
    resumed = model_of().fit(texts, y, checkpoint=path, resume=True)
    np.testing.assert_array_equal(resumed.coef_, model.coef_)
    with pytest.raises(tor.ParameterError, match="eta0"):
        model_of(eta0=0.5).fit(texts, y, checkpoint=path, resume=True)


def test_explanations_add_up(rows):
    texts, y = rows
    model = model_of(terms=True).fit(texts, y)
    explained = model.explain(texts[0])
    total = explained.intercept + sum(each.scores for each in explained.terms)
    assert total == pytest.approx(explained.decision)
    assert explained.decision == pytest.approx(model.predict(texts[:1]), rel=1e-5)
    terms = model.top_terms(3)
    assert set(terms) == {"lower", "higher"}
    best = WORDS.index(terms["higher"][0].term)
    assert model.predict([WORDS[best]]) > model.predict([terms["lower"][0].term])


def test_numbers_are_written_and_filtered(rows, model, tmp_path):
    texts, _ = rows
    dataset = tor.read({"id": list(range(len(texts))), "text": texts}, text="text")
    predicted, path = model.predict(texts), tmp_path / "out.parquet"
    assert model.predict_to(dataset, path, columns=["id"]).n_kept == len(texts)
    table = pq.read_table(path)
    assert table.schema.names == ["id", "prediction"]
    np.testing.assert_array_equal(table["prediction"].to_numpy(), predicted)
    assert model.predict_to(dataset, path, threshold=520).n_kept == (predicted >= 520).sum()
    assert model.predict_to(dataset, path, keep_top="10%", keep_rows=True).n_kept == 200
    kept = set(pq.read_table(path)["id"].to_pylist())
    assert kept == set(np.argsort(-predicted, kind="stable")[:200].tolist())
    struct = model.predict_arrow(pa.array([texts[0], None]))
    assert struct.to_pylist() == [{"prediction": predicted[0]}, None]
    for wrong in ({"keep": "w1"}, {"top_k": 2}, {"all_probabilities": True}, {"threshold": "x"}):
        with pytest.raises(tor.ParameterError, match="number"):
            model.predict_to(dataset, path, **wrong)


def test_the_highest_of_numbers_below_zero(rows, tmp_path):
    texts, y = rows
    model, path = model_of().fit(texts, y - 510), tmp_path / "out.parquet"
    predicted = model.predict(texts)
    assert (predicted < 0).any()
    assert (predicted > 0).any()
    model.predict_to(tor.read({"text": texts}, text="text"), path, keep_top="80%")
    least = np.sort(predicted)[-1600]
    assert pq.read_table(path)["prediction"].to_numpy().min() == least < 0


def test_a_number_decides_which_rows_the_next_model_sees(rows, model, tmp_path):
    texts, y = rows
    other, path = model_of().fit(texts, -y), tmp_path / "out.parquet"
    models, dataset = {"quality": model, "other": other}, tor.read({"text": texts}, text="text")
    tor.predict_to(models, dataset, path, where="quality >= 520")
    table = pq.read_table(path)
    seen = table["other"].is_valid().to_numpy()
    np.testing.assert_array_equal(seen, model.predict(texts) >= 520)
    for wrong, message in [
        ("quality = w1", "numbers of 'quality'"),
        ("quality.probability > 1", "itself"),
    ]:
        with pytest.raises(tor.ParameterError, match=message):
            tor.predict_to(models, tor.read({"text": texts}, text="text"), path, where=wrong)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (["a", "b", "c"], "of type string"),
        ([1.0, float("inf"), 2.0], "inf is not a finite"),
        ([None, None, None], "no number in y"),
        ([1e300, 1.0, 2.0], "not a finite float32"),
    ],
)
def test_targets_that_are_no_numbers(y, message):
    with pytest.raises(tor.DataError, match=message):
        model_of().fit(["a b", "b c", "c d"], pa.array(y))


@pytest.mark.parametrize(
    ("parameters", "message"),
    [({"loss": "hinge"}, "loss='hinge'"), ({"quantile": 2}, "quantile"), ({"eta0": -1}, "eta0")],
)
def test_wrong_parameters(rows, parameters, message):
    with pytest.raises(tor.ParameterError, match=message):
        model_of(**parameters).fit(*rows)
