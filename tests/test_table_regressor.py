"""TableRegressor and ColumnHasher: numbers to predict, and the features for other estimators."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import SGDClassifier
from sklearn.pipeline import make_pipeline

import torrential as tor
from torrential.errors import DataError, ParameterError
from torrential.linear import LinearModel

RNG = np.random.default_rng(0)
N = 4000
COLUMNS = {
    "origin": RNG.choice(["LAS", "PHL", "ORD"], N),
    "destination": RNG.choice(["LAS", "PHL", "ORD"], N),
    "miles": RNG.lognormal(5, 1, N),
}
MINUTES = (
    30.0 * (COLUMNS["origin"] == COLUMNS["destination"])
    + 5 * np.log1p(COLUMNS["miles"])
    + RNG.normal(size=N)
)
SETTINGS = {"crosses": ["origin*destination"], "n_features": 2**14, "eta0": 0.2, "max_iter": 5}


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("table") / "flights.parquet"
    pq.write_table(pa.table({**COLUMNS, "minutes": MINUTES}), path, row_group_size=900)
    return path


def test_numbers_are_predicted_from_columns_and_crosses(path):
    dataset = tor.read(path, target="minutes")
    alone = tor.TableRegressor(**SETTINGS | {"crosses": None}).fit(dataset)
    crossed = tor.TableRegressor(**SETTINGS).fit(dataset)
    assert alone.score(dataset) < 0.7 < 0.97 < crossed.score(dataset)
    assert crossed.coef_.shape == (2**14,)
    frame = pd.DataFrame(COLUMNS)[["miles", "destination", "origin"]]
    np.testing.assert_array_equal(crossed.predict(frame), crossed.predict(dataset))


def test_the_same_bits_for_any_number_of_threads(path):
    dataset = tor.read(path, target="minutes")
    one, two = (tor.TableRegressor(**SETTINGS, n_jobs=n).fit(dataset) for n in (1, 2))
    np.testing.assert_array_equal(one.coef_, two.coef_)


def test_it_is_saved_and_loaded_and_learns_on(path, tmp_path):
    dataset = tor.read(path, target="minutes")
    model = tor.TableRegressor(**SETTINGS, kinds={"miles": "log"}).fit(dataset)
    model.save(tmp_path / "minutes.model")
    loaded = tor.load(tmp_path / "minutes.model")
    assert loaded.get_params() == model.get_params()
    np.testing.assert_array_equal(loaded.predict(COLUMNS), model.predict(COLUMNS))
    for each in (loaded, model):
        each.partial_fit(dataset)
    np.testing.assert_array_equal(loaded.coef_, model.coef_)


def test_a_training_is_resumed_to_the_same_bits(path, tmp_path, monkeypatch):
    dataset = tor.read(path, target="minutes")
    whole = tor.TableRegressor(**SETTINGS).fit(dataset)
    kept, learn, n_calls = tmp_path / "kept", LinearModel.update, []

    def interrupted(self, *arguments, **named):
        n_calls.append(1)
        if len(n_calls) == 3:
            raise KeyboardInterrupt
        return learn(self, *arguments, **named)

    monkeypatch.setattr(LinearModel, "update", interrupted)
    with pytest.raises(KeyboardInterrupt):
        tor.TableRegressor(**SETTINGS).fit(dataset, checkpoint=kept, checkpoint_every="0s")
    monkeypatch.undo()
    resumed = tor.TableRegressor(**SETTINGS).fit(dataset, checkpoint=kept, resume=True)
    np.testing.assert_array_equal(resumed.coef_, whole.coef_)


def test_crosses_are_found(path):
    model = tor.TableRegressor(**SETTINGS | {"crosses": "auto"})
    dataset = tor.read(path, target="minutes")
    model.fit(dataset)
    assert [set(each.names) for each in model.cross_gains_] == [{"origin", "destination"}]
    assert model.crosses_ == [each.names for each in model.cross_gains_]
    assert model.score(dataset) > 0.97


def test_names_of_values_and_crosses(path):
    dataset = tor.read(path, target="minutes")
    model = tor.TableRegressor(**SETTINGS, terms=True).fit(dataset)
    heaviest = [each.term for each in model.top_terms(20)["higher"]]
    assert "origin=LAS × destination=LAS" in heaviest
    row = {name: values[0] for name, values in COLUMNS.items()}
    explained = model.explain(row)
    assert explained.decision == pytest.approx(model.predict(dataset)[:1], rel=1e-5)


def test_folds_and_searches(path):
    dataset = tor.read(path, target="minutes")
    model = tor.TableRegressor(**SETTINGS)
    assert min(tor.cross_validate(model, dataset, cv=2)["test_score"]) > 0.9
    grid = {"crosses": [None, ["origin*destination"]]}
    search = tor.GridSearchCV(model, grid, cv=2).fit(dataset)
    assert search.best_params_["crosses"] == ["origin*destination"]


@pytest.mark.parametrize("loss", ["huber", "quantile", "poisson"])
def test_other_losses(path, loss):
    model = tor.TableRegressor(
        **SETTINGS | {"loss": loss, "eta0": 0.02 if loss == "poisson" else 0.2}
    )
    model.fit(COLUMNS, np.maximum(MINUTES, 0))
    assert np.corrcoef(model.predict(COLUMNS), MINUTES)[0, 1] > 0.9


def test_a_column_hasher_has_the_features_of_a_classifier():
    labels = np.median(MINUTES) < MINUTES
    model = tor.TableClassifier(crosses=["origin*destination"], n_features=2**12)
    model.fit(COLUMNS, labels)
    hasher = tor.ColumnHasher(crosses=["origin*destination"], n_features=2**12).fit(COLUMNS)
    X = hasher.transform(COLUMNS)
    assert X.shape == (N, 2**12)
    scores = X @ model.coef_[0] + model.intercept_[0]
    np.testing.assert_allclose(scores, model.decision_function(COLUMNS), atol=1e-5)
    assert clone(hasher).get_params() == hasher.get_params()


def test_a_column_hasher_in_pipelines_of_scikit_learn(path):
    dataset = tor.read(path, drop="minutes")
    assert dataset.columns.inputs == ("origin", "destination", "miles")
    labels = np.median(MINUTES) < MINUTES
    steps = tor.ColumnHasher(crosses=["origin*destination"], n_features=2**12)
    pipeline = make_pipeline(steps, SGDClassifier(random_state=0))
    assert pipeline.fit(pd.DataFrame(COLUMNS), labels).score(COLUMNS, labels) > 0.9
    streamed = tor.OutOfCore(pipeline, max_iter=3)
    table = pa.table({**COLUMNS, "late": labels})
    assert streamed.fit(tor.read(table, target="late")).score(COLUMNS, labels) > 0.9


def test_wrong_use_is_one_sentence(path):
    with pytest.raises(NotFittedError):
        tor.ColumnHasher().transform(COLUMNS)
    with pytest.raises(ParameterError, match="transforms rows in memory"):
        tor.ColumnHasher().fit(tor.read(path))
    with pytest.raises(ParameterError, match="'x' is not a column that can be crossed"):
        tor.TableRegressor(crosses=["origin*x"]).fit(COLUMNS, MINUTES)
    with pytest.raises(DataError, match="of type string, but regression takes numbers"):
        tor.TableRegressor().fit(COLUMNS, ["a", "b"] * (N // 2))
    hasher = tor.ColumnHasher().fit(COLUMNS)
    with pytest.raises(DataError, match="no column 'origin'"):
        hasher.transform({"miles": [1.0]})
