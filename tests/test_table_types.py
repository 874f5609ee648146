"""Types of columns: those that Arrow, polars and CSV files have, and those that no feature has."""

import datetime as dt
import json

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq
import pytest
from sklearn.pipeline import make_pipeline

import torrential as tor

N_ROWS = 300


def classifier(**settings):
    return tor.TableClassifier(**{"n_features": 2**12, **settings})


def rows(**columns):
    """Return a table whose labels are those of the numbers above one half."""
    numbers = np.random.default_rng(0).random(N_ROWS)
    late = np.where(numbers > 0.5, "yes", "no")
    return pa.table({"number": numbers, **columns, "late": late})


def repeated(*values, kind=None):
    return pa.array(list(values) * (N_ROWS // len(values)), kind)


@pytest.mark.parametrize(
    ("column", "name"),
    [
        (repeated(np.inf, -np.inf, 1.0), "c=-inf"),
        (repeated(1.79e308, -1.79e308, 0.0), "c=(-inf, -1.721e+308]"),
        (repeated(b"\xff\x00", b"ok", None), "c=\\xff\x00"),
        (pa.array(2**63 - 1 - np.arange(N_ROWS)), "c=[9.223e+18, 9.632e+18)"),
        (pa.array(-(2**63) + np.arange(N_ROWS)), "c=(-9.632e+18, -9.223e+18]"),
    ],
)
def test_values_at_the_ends_of_their_types_are_named(column, name):
    model = classifier(terms=True).fit(tor.read(rows(c=column), target="late"))
    explained = [model.explain(rows(c=column).slice(row, 1)) for row in (0, 1)]
    names = {term.term for each in explained for term in each.terms}
    assert name in names, names


def test_each_of_many_bins_is_reached():
    spaced = 2.0 ** np.linspace(0, 1000, N_ROWS)
    hasher = tor.ColumnHasher(bins=2**20).fit({"c": spaced})
    assert len(np.unique(hasher.transform({"c": spaced}).indices)) > 0.99 * N_ROWS


@pytest.mark.parametrize("kind", [pl.Categorical, pl.Enum(["LAS", "PHL"])])
def test_categories_of_polars(kind):
    texts = ["LAS", "PHL", None] * (N_ROWS // 3)
    frame = pl.from_arrow(rows(city=pa.array(texts)))
    categories = frame.with_columns(city=pl.Series(texts, dtype=kind))
    expected = classifier().fit(tor.read(frame, target="late")).decision_function(frame)
    model = classifier().fit(tor.read(categories, target="late"))
    assert (model.decision_function(categories) == expected).all()
    hasher = tor.ColumnHasher().fit(categories)
    assert (hasher.transform(categories) != hasher.transform(frame)).nnz == 0


@pytest.mark.parametrize(
    ("column", "message"),
    [
        (repeated(0, kind=pa.timestamp("us", "No/Where")), "'c' has the time zone 'No/Where'"),
        (repeated((1, 2, 3), kind=pa.month_day_nano_interval()), "drop="),
    ],
)
def test_types_without_features_are_one_sentence(column, message):
    with pytest.raises(tor.DataError, match=message):
        classifier().fit(tor.read(rows(c=column), target="late"))


def test_names_that_meet_those_of_fields_and_parts_of_dates():
    inner = pa.array([{"hour": 1}] * N_ROWS)
    dataset = tor.read(rows(w=inner, **{"w.hour": repeated("a", "b")}), target="late")
    assert dataset.columns.inputs == ("number", "w.hour")
    assert classifier().fit(dataset).columns_plan_[1]["kind"] == "category"
    days = rows(w=repeated(dt.date(2026, 1, 1)), **{"w.day": repeated(1)})
    with pytest.raises(tor.DataError, match=r"'w' and 'w.day' both have values named 'w.day'"):
        classifier().fit(tor.read(days, target="late"))


def written(folder, table):
    """Write a table to CSV, Parquet and JSON Lines."""
    paths = [folder / f"rows.{ending}" for ending in ("csv", "parquet", "jsonl")]
    pc.write_csv(table, paths[0])
    pq.write_table(table, paths[1])
    paths[2].write_text("".join(json.dumps(row) + "\n" for row in table.to_pylist()))
    return paths


@pytest.mark.parametrize("texts", [("1.50", "2.00"), ("True", "False"), ("1e3", "007")])
@pytest.mark.parametrize("estimator", ["classifier", "regressor"])
def test_cells_of_csv_are_what_they_were_in_training(tmp_path, texts, estimator):
    """Among texts a number is a text, also in a file that has no other texts."""
    labels = [float(text == texts[0]) for text in (*texts, "x")]
    table = rows(code=repeated(*texts, "x")).drop("late")
    table = table.append_column("late", repeated(*labels))
    pc.write_csv(table, tmp_path / "train.csv")
    model = {
        "classifier": classifier(),
        "regressor": tor.TableRegressor(n_features=2**12),
    }[estimator].fit(tor.read(tmp_path / "train.csv", target="late"))
    chosen = table.filter(pa.array([text != "x" for text in table["code"].to_pylist()]))
    decide = model.decision_function if estimator == "classifier" else model.predict
    expected = decide(chosen)
    model.save(tmp_path / "late.model")
    for path in written(tmp_path, chosen):
        for each in (model, tor.load(tmp_path / "late.model")):
            decide = each.decision_function if estimator == "classifier" else each.predict
            assert (decide(tor.read(path, target="late")) == expected).all(), path


def test_a_pipeline_with_a_column_hasher_says_how_it_is_saved(tmp_path):
    pipeline = make_pipeline(tor.ColumnHasher(n_features=2**12), tor.SGDRegressor())
    model = tor.OutOfCore(pipeline).fit(tor.read({"a": [1, 2], "b": [0, 1]}, target="b"))
    with pytest.raises(tor.ParameterError, match="TableClassifier and TableRegressor hold"):
        model.save(tmp_path / "a.model")


def test_numbers_without_a_value_and_words_among_them_in_csv(tmp_path):
    table = rows(c=repeated(1, 2, None))
    model = classifier().fit(tor.read(table, target="late"))
    for cell in (b"", b"NA"):
        lines = [b"number,c,late", *(b"0.25,%s,no" % cell for _ in range(3))]
        (tmp_path / "new.csv").write_bytes(b"\n".join(lines))
        null = pa.table({"number": [0.25] * 3, "c": pa.nulls(3, pa.int64())})
        given = model.decision_function(tor.read(tmp_path / "new.csv", target="late"))
        assert (given == model.decision_function(null)).all()
    (tmp_path / "new.csv").write_text("number,c,late\n1,many,no\n")
    with pytest.raises(tor.DataError, match=r"new.csv, row 2: column 'c' holds 'many', .* double"):
        model.predict(tor.read(tmp_path / "new.csv", target="late"))
    with pytest.raises(tor.DataError, match=r"'c' holds 'many', which is not of type int64: corr"):
        classifier().fit(tor.read(tmp_path / "new.csv", target="late", types={"c": "int64"}))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"optimizer": "sgd"}, "^optimizer='sgd' is not known: choose one of"),
        ({"optimizer": "optimal"}, "with optimizer='optimal'"),
        ({"kinds": {1: "log"}}, "kinds has 1, which is not a name"),
    ],
)
@pytest.mark.parametrize("kind", [tor.TableClassifier, tor.TableRegressor])
def test_wrong_parameters_are_named_as_given(kind, settings, message):
    with pytest.raises(tor.ParameterError, match=message):
        kind(**settings).fit({"a": [1, 2]}, [0, 1])


def test_a_column_whose_name_is_a_pattern_has_a_kind():
    model = classifier(kinds={"a[0]": "category"}).fit({"a[0]": [1, 2]}, [0, 1])
    assert model.columns_plan_[0]["kind"] == "category"


@pytest.mark.parametrize("types", ["string", {"number": float}])
def test_wrong_types_are_one_sentence(types):
    with pytest.raises(tor.ParameterError, match=r"^types"):
        tor.read(rows(), target="late", types=types)
