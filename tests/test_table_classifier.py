"""TableClassifier: tables of any kind in, and everything that text has."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sklearn.base import clone
from sklearn.metrics import roc_auc_score

import torrential as tor
from torrential.engine.checkpoints.cursor import Cursor
from torrential.errors import DataError, ParameterError

RNG = np.random.default_rng(0)
N = 3000
PLACES = np.array(["LAS", "PHL", "ORD", "SEA"])


def flights(n=N, seed=0):
    """Return columns and labels; what decides is a cross, and a number."""
    rng = np.random.default_rng(seed)
    columns = {
        "origin": PLACES[rng.integers(0, 4, n)],
        "destination": PLACES[rng.integers(0, 4, n)],
        "miles": rng.lognormal(5, 1, n),
        "when": np.datetime64("2024-01-01", "ms") + rng.integers(0, 10**10, n),
    }
    same = columns["origin"] == columns["destination"]
    odds = 3.0 * same - 1.5 + (columns["miles"] > 200)
    return columns, (rng.random(n) < 1 / (1 + np.exp(-odds))).astype(int)


COLUMNS, LABELS = flights()
SETTINGS = {"crosses": ["origin*destination"], "n_features": 2**14, "eta0": 0.2}


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("table") / "flights.parquet"
    pq.write_table(pa.table({**COLUMNS, "late": LABELS}), path, row_group_size=700)
    return path


@pytest.fixture(scope="module")
def model(path):
    return tor.TableClassifier(**SETTINGS, terms=True).fit(tor.read(path, target="late"))


def test_crosses_find_what_columns_alone_do_not(path):
    dataset, (test, labels) = tor.read(path, target="late"), flights(seed=1)
    areas = []
    for crosses in (None, ["origin*destination"]):
        fitted = tor.TableClassifier(**SETTINGS | {"crosses": crosses}).fit(dataset)
        areas.append(roc_auc_score(labels, fitted.predict_proba(test)[:, 1]))
    assert areas[0] < 0.66 < 0.74 < areas[1]


@pytest.mark.parametrize(
    "make",
    [pd.DataFrame, pl.DataFrame, pa.table, dict, lambda c: pd.DataFrame(c).to_dict("records")],
)
def test_tables_in_memory_of_any_kind_are_the_same(make, model):
    columns, labels = flights(400)
    fitted = tor.TableClassifier(**SETTINGS).fit(make(columns), labels)
    expected = tor.TableClassifier(**SETTINGS).fit(pa.table(columns), pa.array(labels))
    np.testing.assert_array_equal(fitted.coef_, expected.coef_)
    turned = {name: columns[name] for name in reversed(columns)} | {"more": labels}
    np.testing.assert_array_equal(fitted.predict(make(turned)), expected.predict(make(columns)))


def test_the_same_bits_for_any_number_of_threads_and_in_parts(path):
    dataset = tor.read(path, target="late")
    one, two = (tor.TableClassifier(**SETTINGS, n_jobs=n).fit(dataset) for n in (1, 2))
    np.testing.assert_array_equal(one.coef_, two.coef_)
    parts = tor.TableClassifier(**SETTINGS, shuffle=False)
    for start in range(0, N, 1000):
        some = {name: values[start : start + 1000] for name, values in COLUMNS.items()}
        parts.partial_fit(some, LABELS[start : start + 1000])
    whole = tor.TableClassifier(**SETTINGS, shuffle=False).fit(COLUMNS, LABELS)
    np.testing.assert_array_equal(parts.coef_, whole.coef_)


def test_several_passes_from_memory_and_from_a_cache_are_the_same(path, tmp_path):
    settings = SETTINGS | {"max_iter": 3}
    dataset = tor.read(path, target="late")
    plain = tor.TableClassifier(**settings).fit(dataset)
    cached = dataset.cache(tmp_path)
    for _ in range(2):
        kept = tor.TableClassifier(**settings).fit(cached)
        np.testing.assert_array_equal(kept.coef_, plain.coef_)


def test_names_explanations_and_collisions(model):
    top = model.top_terms(5)
    names = [each.term for terms in top.values() for each in terms]
    assert any(name.startswith("origin=") and " × destination=" in name for name in names)
    row = {name: values[:1].tolist()[0] for name, values in COLUMNS.items() if name != "when"}
    row["when"] = COLUMNS["when"][0].item()
    explanation = model.explain(row)
    one = {name: values[:1] for name, values in COLUMNS.items()}
    assert explanation.decision[0] == pytest.approx(model.decision_function(one)[0], abs=1e-5)
    assert f"origin={row['origin']} × destination={row['destination']}" in [
        each.term for each in explanation.terms
    ]
    assert model.predict(row).tolist() == model.predict(one).tolist()
    assert model.collisions().is_measured
    kinds = {each["column"]: each["kind"] for each in model.columns_plan_}
    assert kinds == {
        "origin": "category",
        "destination": "category",
        "miles": "log",
        "when": "date",
    }


def test_a_model_is_saved_and_loaded_whole(model, path, tmp_path):
    model.save(tmp_path / "late.model")
    loaded = tor.load(tmp_path / "late.model")
    dataset = tor.read(path, target="late")
    np.testing.assert_array_equal(loaded.predict_proba(dataset), model.predict_proba(dataset))
    assert loaded.get_params() == model.get_params()
    assert loaded.top_terms(3).to_dict() == model.top_terms(3).to_dict()
    loaded.partial_fit(dataset)
    assert loaded.n_iter_ == 2


def test_a_training_is_resumed_to_the_same_bits(path, tmp_path, monkeypatch):
    dataset = tor.read(path, target="late")
    settings = SETTINGS | {"max_iter": 2}
    whole = tor.TableClassifier(**settings).fit(dataset)
    kept = tmp_path / "kept"
    first = tor.TableClassifier(**settings)
    first.set_params(max_iter=1).fit(dataset, checkpoint=kept)
    with pytest.raises(ParameterError, match="max_iter=1, not max_iter=2"):
        tor.TableClassifier(**settings).fit(dataset, checkpoint=kept, resume=True)
    monkeypatch.setattr(Cursor, "end_epoch", _interrupted)
    with pytest.raises(KeyboardInterrupt):
        tor.TableClassifier(**settings).fit(dataset, checkpoint=kept, checkpoint_every="0s")
    monkeypatch.undo()
    resumed = tor.TableClassifier(**settings).fit(dataset, checkpoint=kept, resume=True)
    np.testing.assert_array_equal(resumed.coef_, whole.coef_)


def _interrupted(cursor, *, is_last):
    raise KeyboardInterrupt


def test_folds_searches_bags_averages_and_parts(path):
    dataset = tor.read(path, target="late")
    model = tor.TableClassifier(**SETTINGS)
    scores = tor.cross_validate(model, dataset, cv=3)
    assert min(scores["test_score"]) > 0.7
    search = tor.GridSearchCV(
        model, {"crosses": [None, ["origin*destination"]], "eta0": [0.05, 0.2]}, cv=2
    ).fit(dataset)
    assert search.best_params_["crosses"] == ["origin*destination"]
    bag = tor.BaggingClassifier(model, n_estimators=3).fit(dataset)
    assert bag.score(dataset) > 0.7
    mean = tor.average([model.fit(dataset), clone(model).set_params(random_state=1).fit(dataset)])
    assert mean.score(dataset) > 0.7
    parts = tor.ParameterAveraging(clone(model), n_partitions=2).fit(dataset)
    assert parts.score(dataset) > 0.7


def test_each_fold_is_as_fitted_alone(path):
    dataset = tor.read(path, target="late")
    model = tor.TableClassifier(**SETTINGS)
    found = tor.cross_validate(model, dataset, cv=3, return_estimator=True)
    for fitted, (train, _) in zip(found["estimator"], dataset.folds(3), strict=True):
        np.testing.assert_array_equal(fitted.coef_, clone(model).fit(train).coef_)


def test_a_dask_cluster_gives_the_same_bits(path):
    distributed = pytest.importorskip("distributed")
    dataset = tor.read(path, target="late")
    settings = {"n_partitions": 2, "n_rounds": 1}
    here = tor.ParameterAveraging(tor.TableClassifier(**SETTINGS), **settings).fit(dataset)
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None
    ) as cluster:
        there = tor.ParameterAveraging(
            tor.TableClassifier(**SETTINGS),
            **settings,
            executor=tor.Dask(cluster.scheduler_address),
        ).fit(dataset)
    np.testing.assert_array_equal(here.coef_, there.coef_)


def test_many_classes_and_weights(path):
    labels = np.array(["a", "b", "c"])[LABELS + (COLUMNS["miles"] > 300)]
    fitted = tor.TableClassifier(**SETTINGS).fit(COLUMNS, labels, sample_weight=np.full(N, 2.0))
    assert fitted.classes_.tolist() == ["a", "b", "c"]
    assert fitted.score(COLUMNS, labels) > 0.6


def test_arrays_of_numbers_have_columns_by_place():
    X = RNG.normal(size=(500, 3))
    y = X[:, 1] > 0
    fitted = tor.TableClassifier(n_features=2**12, max_iter=3, eta0=0.2).fit(X, y)
    assert fitted.columns_["inputs"] == ["x0", "x1", "x2"]
    assert fitted.score(X, y) > 0.9


def test_no_rows_have_no_predictions(model):
    none = {name: values[:0] for name, values in COLUMNS.items()}
    assert len(model.predict(pd.DataFrame(none))) == 0


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"crosses": ["origin*nowhere"]}, "'nowhere' is not a column that can be crossed"),
        ({"kinds": {"nowhere": "log"}}, "'nowhere', which is not an input"),
        ({"kinds": ["origin"]}, "is not a dict"),
        ({"numbers": "linear"}, "numbers='linear' is not known"),
        ({"bins": 0}, "bins=0 is out of range"),
        ({"n_features": 0}, "n_features=0 is out of range"),
        ({"optimizer": "sgdd"}, "'sgdd' is not known"),
        ({"loss": "quantile"}, "loss='quantile' is not known here"),
    ],
)
def test_wrong_parameters_are_one_sentence(settings, message):
    with pytest.raises(ParameterError, match=message):
        tor.TableClassifier(**settings).fit(COLUMNS, LABELS)


def test_wrong_rows_are_one_sentence(model, path):
    less = {name: values for name, values in COLUMNS.items() if name != "miles"}
    with pytest.raises(DataError, match="no input 'miles', which the model was trained on"):
        model.predict(less)
    with pytest.raises(DataError, match=r"Column 'miles' holds string.*read\(types="):
        model.predict(COLUMNS | {"miles": ["far"] * N})
    with pytest.raises(ParameterError, match="is of texts: read it without text="):
        model.predict(tor.read({"body": ["a text"]}, text="body"))
    with pytest.raises(DataError, match="X has 3000 rows but y has 2"):
        tor.TableClassifier().fit(COLUMNS, [0, 1])
    with pytest.raises(DataError, match="not a table"):
        tor.TableClassifier().fit(["a text"], [0])
    with pytest.raises(DataError, match="one row"):
        model.explain(COLUMNS)


@pytest.mark.parametrize(
    ("n_columns", "given", "expected"), [(40, {}, 0.05), (50, {}, 0.04), (50, {"eta0": 0.3}, 0.3),
                                         (50, {"optimizer": "coin"}, 8.0)],
)  # fmt: skip
def test_wide_rows_take_shorter_steps(n_columns, given, expected, tmp_path):
    columns = {f"c{place}": ["a", "b"] for place in range(n_columns)}
    fitted = tor.TableClassifier(n_features=2**10, **given).fit(columns, [0, 1])
    assert fitted.model_.linear.settings.eta0 == expected
    fitted.save(tmp_path / "wide.model")
    assert tor.load(tmp_path / "wide.model").partial_fit(columns, [0, 1]).eta0 == given.get("eta0")
