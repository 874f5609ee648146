"""Levels of ordinal scores: cut-points with the least error, and models that keep them."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr
from sklearn.metrics import accuracy_score, f1_score, mean_absolute_error

import torrential as tor
from torrential.engine.targets.levels import Levels
from torrential.engine.training import serial
from torrential.persistence.model_file import read_model, write_model

LEVELS = [0, 1, 2, 3, 4, 5]


def error_of(levels, numbers, codes, weights):
    values = np.array(levels.values)
    return float(weights @ np.abs(levels.predict(numbers) - values[codes]))


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_cut_points_have_a_smaller_error(data):
    values = data.draw(st.lists(st.integers(-9, 9), min_size=2, max_size=4, unique=True))
    rows = data.draw(
        st.lists(
            st.tuples(st.integers(0, 6), st.integers(0, len(values) - 1), st.integers(0, 3)),
            min_size=1,
            max_size=12,
        )
    )
    numbers, codes, weights = np.array(rows).T
    numbers = numbers.astype(np.float32)
    fitted = Levels.of(values).fitted(numbers, codes.astype(np.int32), weights.astype(float))
    assert list(fitted.cuts) == sorted(fitted.cuts)
    found = error_of(fitted, numbers, codes, weights.astype(float))
    edges = [-0.5, *np.arange(0.5, 7)]
    grids = np.meshgrid(*[edges] * (len(values) - 1))
    for cuts in np.column_stack([grid.ravel() for grid in grids]):
        other = Levels(fitted.values, tuple(sorted(cuts)))
        assert found <= error_of(other, numbers, codes, weights.astype(float)) + 1e-9


def test_codes_and_cut_points_at_first():
    levels = Levels.of([0.1, 3, -1])
    assert levels.values == (-1.0, 0.1, 3.0)
    targets = np.array([3, 0.1, -1, 0.1], np.float32)
    np.testing.assert_array_equal(levels.codes(targets), [2, 1, 0, 1])
    np.testing.assert_array_equal(levels.predict(np.array([-5.0, 0.0, 9.0])), [-1, 0.1, 3])
    assert levels.fitted(np.zeros(0, np.float32), np.zeros(0, np.int32), np.zeros(0)) == levels


@pytest.fixture(scope="module")
def rows():
    """Texts, and levels of skewed shares that the mean value of the words decides, with noise."""
    rng = np.random.default_rng(0)
    words, value = [f"w{number}" for number in range(60)], rng.normal(size=60)
    places = rng.integers(0, 60, (4000, 12))
    quality = value[places].mean(axis=1) + 0.1 * rng.normal(size=4000)
    y = np.searchsorted(np.quantile(quality, [0.4, 0.5, 0.6, 0.7, 0.9]), quality)
    return [" ".join(words[place] for place in row) for row in places], y


def model_of(**parameters):
    how = {"preset": "fast", "n_features": 2**12, "max_iter": 2, "levels": LEVELS}
    return tor.TextRegressor(**{**how, **parameters})


@pytest.fixture(scope="module")
def model(rows):
    texts, y = rows
    return model_of().fit(texts[:3000], y[:3000])


def test_levels_are_predicted_better_than_by_rounding(rows, model):
    texts, y = rows
    seen, unseen = slice(0, 3000), slice(3000, None)
    plain = model_of(levels=None).fit(texts[seen], y[seen])
    np.testing.assert_array_equal(plain.coef_, model.coef_)
    numbers = model.decision_function(texts[unseen])
    np.testing.assert_array_equal(numbers, plain.predict(texts[unseen]))
    predicted = model.predict(texts[unseen])
    assert predicted.dtype == np.int64
    places = np.searchsorted(model.cut_points_, numbers.astype(float), side="right")
    np.testing.assert_array_equal(predicted, places)
    rounded = np.clip(np.round(numbers), 0, 5)
    assert mean_absolute_error(y[unseen], predicted) < mean_absolute_error(y[unseen], rounded)
    with pytest.raises(AttributeError, match="levels only"):
        _ = plain.cut_points_


def test_reports(rows, model):
    texts, y = rows
    predicted, report = model.predict(texts), model.evaluate(texts, y, cut=3)
    assert report.accuracy == pytest.approx(accuracy_score(y, predicted))
    assert report.mean_absolute_error == pytest.approx(mean_absolute_error(y, predicted))
    assert report.spearman == pytest.approx(spearmanr(y, predicted).statistic)
    assert report.at_cut.f1 == pytest.approx(f1_score(y >= 3, predicted >= 3))
    assert json.loads(json.dumps(report.to_dict()))["accuracy"] == report.accuracy
    assert model_of(levels=None).fit(texts, y).evaluate(texts, y).accuracy is None
    found = tor.cross_validate(model_of(), texts, y, cv=2, scoring="neg_mean_absolute_error")
    assert (found["test_score"] > -1).all()


def test_levels_that_are_not_whole(rows):
    texts, y = rows
    levels = [0.1 * level for level in LEVELS]
    model = model_of(levels=levels).fit(texts, np.array(levels)[y])
    predicted = model.predict(texts)
    assert set(predicted) <= set(levels)
    report = model.evaluate(texts, np.array(levels)[y])
    assert report.accuracy == pytest.approx(np.mean(predicted == np.array(levels)[y]))
    assert report.accuracy > 0.5


def test_files_and_small_files(rows, model, tmp_path):
    texts, y = rows
    for name, how in (("whole", {}), ("small", {"max_size": "12 KB"})):
        model.save(tmp_path / name, **how)
        loaded = tor.load(tmp_path / name)
        np.testing.assert_array_equal(loaded.cut_points_, model.cut_points_)
        assert loaded.levels == LEVELS
    loaded = tor.load(tmp_path / "whole")
    np.testing.assert_array_equal(loaded.predict(texts), model.predict(texts))
    again = model_of().fit(texts[:3000], y[:3000]).partial_fit(texts[3000:], y[3000:])
    loaded.partial_fit(texts[3000:], y[3000:])
    np.testing.assert_array_equal(loaded.cut_points_, again.cut_points_)
    assert (again.cut_points_ != model.cut_points_).any()


@pytest.mark.parametrize(
    ("levels", "message"),
    [
        ({"values": [0, 2, 1], "cuts": [0.5, 1.5]}, "its levels do not ascend"),
        ({"values": [0, 1, 2], "cuts": [0.5]}, "its cut-points are not between"),
        ({"values": [0, 1, 2], "cuts": [1.5, 0.5]}, "its cut-points are not between"),
        ({"values": [0, 1], "cuts": [0.5]}, "classes that it does not have"),
        ({"values": [0, "x"], "cuts": [0.5]}, "levels"),
        ({"values": [0, 1, 2, 3, 4, 9], "cuts": [0.5, 1, 2, 3, 4]}, "levels=.* but its weights"),
    ],
)
def test_files_whose_levels_are_damaged(model, tmp_path, levels, message):
    model.save(tmp_path / "model")
    arrays, header = read_model(tmp_path / "model")
    header["model"]["levels"] = levels
    write_model(tmp_path / "model", arrays, header)
    with pytest.raises(tor.ModelFileError, match=message):
        tor.load(tmp_path / "model")


def test_files_of_plain_models_have_no_levels(rows, tmp_path):
    texts, y = rows
    model_of(levels=None).fit(texts, y).save(tmp_path / "model")
    assert b"levels" not in (tmp_path / "model").read_bytes()
    assert tor.load(tmp_path / "model").levels is None


def test_a_training_goes_on_from_its_checkpoint(rows, tmp_path, monkeypatch):
    texts, y = rows
    dataset = tor.read({"text": texts, "y": y}, text="text", target="y")
    path, whole, learn, calls = tmp_path / "fit", model_of().fit(dataset), serial._learn, []

    def learn_once(*args):
        calls.append(1)
        if len(calls) > 1:
            raise KeyboardInterrupt
        learn(*args)

    monkeypatch.setattr(serial, "_learn", learn_once)
    with pytest.raises(KeyboardInterrupt):
        model_of().fit(dataset, checkpoint=path, checkpoint_every="0s")
    monkeypatch.undo()
    np.testing.assert_array_equal(tor.load(path).cut_points_, whole.cut_points_)  # of pass 1
    resumed = model_of().fit(dataset, checkpoint=path, resume=True)
    np.testing.assert_array_equal(resumed.coef_, whole.coef_)
    np.testing.assert_array_equal(resumed.cut_points_, whole.cut_points_)
    with pytest.raises(tor.ParameterError, match="levels"):
        model_of(levels=None).fit(dataset, checkpoint=path, resume=True)


def test_the_same_bits_on_other_engines_and_after_averaging(rows, model):
    texts, y = rows
    other = model_of(n_jobs=3).fit(texts[:3000], y[:3000])
    np.testing.assert_array_equal(other.cut_points_, model.cut_points_)
    parts = {"n_partitions": 3, "n_rounds": 2}
    here = tor.ParameterAveraging(model_of(), **parts, executor=tor.Threads(1)).fit(texts, y)
    there = tor.ParameterAveraging(model_of(), **parts, executor=tor.Threads(3)).fit(texts, y)
    inner = [each.estimator_ for each in (here, there)]
    np.testing.assert_array_equal(inner[0].cut_points_, inner[1].cut_points_)
    assert mean_absolute_error(y, here.predict(texts)) < 1
    average = tor.average([model, model_of(random_state=1).fit(texts[1000:], y[1000:])])
    assert average.evaluate(texts, y).accuracy > 0.4
    with pytest.raises(tor.ParameterError, match="levels"):
        tor.average([model, model_of(levels=None).fit(texts, y)])


def test_levels_are_written(rows, model, tmp_path):
    texts, _ = rows
    dataset, path = tor.read({"text": texts}, text="text"), tmp_path / "out.parquet"
    model.predict_to(dataset, path)
    table = pq.read_table(path)
    assert table.schema.names == ["text", "prediction", "number"]
    found = table["prediction"].to_numpy()
    np.testing.assert_array_equal(found, model.predict(texts))
    np.testing.assert_array_equal(table["number"].to_numpy(), model.decision_function(texts))
    arrow = model.predict_arrow(pa.array([*texts[:5], None]))
    assert arrow.field("number").to_pylist() == [*model.decision_function(texts[:5]), None]
    assert model.predict_to(dataset, path, threshold=3).n_kept == (found >= 3).sum()
    model.predict_to(dataset, path, keep_top=100, keep_rows=True)
    numbers = model.decision_function(texts)
    best = np.sort(np.argsort(-numbers, kind="stable")[:100])
    assert pq.read_table(path)["text"].to_pylist() == [texts[row] for row in best]


@pytest.mark.parametrize("wrong", [[1], [1, 1], "12", ["a", "b"], [0, float("nan")], 5, [True, 2]])
def test_levels_that_are_invalid(rows, wrong):
    with pytest.raises(tor.ParameterError, match="at least two different numbers"):
        model_of(levels=wrong).fit(*rows)


def test_a_target_that_is_none_of_the_levels(rows):
    texts, y = rows
    message = "The target 5 is none of the levels 0, 1, 2, 3, 4: correct or leave out"
    with pytest.raises(tor.DataError, match=message):
        model_of(levels=[0, 1, 2, 3, 4]).fit(texts, y)


def test_several_models_in_one_file_have_their_numbers(rows, model, tmp_path):
    texts, y = rows
    plain = model_of(levels=None).fit(texts, y)
    dataset, path = tor.read({"text": texts}, text="text"), tmp_path / "out.parquet"
    models = {"grade": model, "plain": plain, "again": model}
    tor.predict_to(models, dataset, path, where="grade >= 3", keep_top=50)
    table = pq.read_table(path)
    assert table.schema.names == [
        "text", "grade", "grade_number", "plain", "again", "again_number",
    ]  # fmt: skip
    numbers, grades = model.decision_function(texts), model.predict(texts)
    chosen = np.flatnonzero(grades >= 3)
    best = np.sort(chosen[np.argsort(-numbers[chosen], kind="stable")[:50]])
    np.testing.assert_array_equal(table["again_number"].to_numpy(), numbers[best])
    np.testing.assert_array_equal(table["plain"].to_numpy(), plain.predict(texts)[best])


def test_scorers_of_levels(rows):
    texts, y = rows
    scoring = ["accuracy", "f1_at_3", "roc_auc_at_3", "spearman"]
    found = tor.cross_validate(model_of(), texts, y, cv=2, scoring=scoring, return_estimator=True)
    dataset = tor.read({"text": texts, "y": y}, text="text", target="y")
    for number, (_, test) in enumerate(dataset.folds(2)):
        report = found["estimator"][number].evaluate(test, cut=3)
        assert found["test_accuracy"][number] == pytest.approx(report.accuracy)
        assert found["test_f1_at_3"][number] == pytest.approx(report.at_cut.f1)
        assert found["test_roc_auc_at_3"][number] == pytest.approx(report.at_cut.roc_auc)
    search = tor.GridSearchCV(model_of(), {"eta0": [0.001, 0.2]}, cv=2, scoring="accuracy")
    assert search.fit(dataset).best_params_ == {"eta0": 0.2}
    with pytest.raises(tor.ParameterError, match="of classes or levels"):
        tor.cross_validate(model_of(levels=None), texts, y, cv=2, scoring="accuracy")


def test_tables_have_levels(rows, tmp_path, run):
    rng = np.random.default_rng(0)
    table = {"a": rng.choice(list("xyz"), 3000), "b": rng.normal(size=3000)}
    y = np.clip(np.round(2 * (table["a"] == "x") + table["b"] + 1), 0, 3).astype(int)
    model = tor.TableRegressor(levels=[0, 1, 2, 3], max_iter=3).fit(table, y)
    report = model.evaluate(table, y)
    assert report.accuracy > 0.5 and len(model.cut_points_) == 3
    assert set(model.predict(table)) <= {0, 1, 2, 3}
    model.save(tmp_path / "a.model")
    loaded = tor.load(tmp_path / "a.model")
    assert loaded.levels == [0, 1, 2, 3]
    np.testing.assert_array_equal(loaded.predict(table), model.predict(table))
    with pytest.raises(tor.DataError, match="none of the levels"):
        tor.TableRegressor(levels=[0, 1]).fit(table, y)
    plain = tor.TableRegressor(max_iter=3).fit(table, y)
    plain.save(tmp_path / "plain.model")
    assert b"levels" not in (tmp_path / "plain.model").read_bytes()
    pq.write_table(pa.table({**table, "y": y}), tmp_path / "rows.parquet")
    words = ["--target", "y", "--task", "regression", "--levels", "0,1,2,3", "--epochs", "3"]
    code, _, err = run("train", tmp_path / "rows.parquet", *words, "-o", tmp_path / "b.model")
    assert code == 0, err
    line = run("evaluate", tmp_path / "b.model", tmp_path / "rows.parquet")[1]
    assert f"Spearman {report.spearman:.4f}, accuracy {report.accuracy:.2%}, mean abs" in line
