"""Numbers as targets on the command line: training, measuring, filtering, explaining, searching."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import torrential as tor

N = 1500
REGRESSION = ["--target", "score", "--task", "regression", "--n-jobs", "1"]
SMALL = ["--preset", "fast", "--n-features", "2**12", "--epochs", "3"]


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """Texts with a score, which is around 3 and the mean of that of their words."""
    rng, path = np.random.default_rng(0), tmp_path_factory.mktemp("pages") / "pages.parquet"
    places = rng.integers(0, 40, (N, 12))
    texts = [" ".join(f"w{place}" for place in row) for row in places]
    score = 3 + rng.normal(size=40)[places].mean(axis=1)
    pq.write_table(pa.table({"id": range(N), "text": texts, "score": score}), path)
    return path


@pytest.fixture(scope="module")
def model(pages, tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "quality.model"
    dataset = tor.read(pages, text="text", target="score")
    settings = {"preset": "fast", "n_features": 2**12, "max_iter": 3, "terms": True}
    tor.TextRegressor(**settings).fit(dataset).save(path)
    return path


def test_train_says_what_the_library_says(run, pages, tmp_path):
    path, text = tmp_path / "quality.model", ["--text", "text"]
    half = [*REGRESSION, *SMALL, "--test-size", "0.5", "-o", path]
    code, out, err = run("train", pages, *text, *half)
    assert (code, err) == (0, "")
    assert "rows with numbers" in out
    assert "accuracy" not in out
    assert "On held-out rows: R2 0.9" in out
    code, out, _ = run("train", pages, *text, *REGRESSION, *SMALL, "-o", path, "--json")
    facts = json.loads(out)
    assert (code, facts["n_classes"], facts["rows"]["n_rows"]) == (0, 0, N)
    loaded = tor.load(path)
    assert isinstance(loaded, tor.TextRegressor)
    dataset = tor.read(pages, text="text", target="score")
    fitted = tor.TextRegressor(preset="fast", n_features=2**12, max_iter=3).fit(dataset)
    np.testing.assert_array_equal(loaded.coef_, fitted.coef_)


def test_evaluate(run, pages, model):
    code, out, err = run("evaluate", model, pages)
    assert (code, err) == (0, "")
    assert out.startswith("R2 0.9")
    assert out.endswith("on 1,500 rows.\n")
    dataset = tor.read(pages, text="text", target="score")
    report = json.loads(run("evaluate", model, pages, "--json")[1])
    assert report == tor.load(model).evaluate(dataset).to_dict()


def test_predict_filters_by_the_number(run, pages, model, tmp_path):
    path = tmp_path / "good.parquet"
    predicted = tor.load(model).predict(tor.read(pages, text="text"))
    code, _, err = run("predict", model, pages, "-o", path, "--threshold", "3.2", "-q")
    assert (code, err) == (0, "")
    kept = pq.read_table(path)
    assert kept.schema.names == ["id", "text", "score", "prediction"]
    np.testing.assert_array_equal(kept["prediction"].to_numpy(), predicted[predicted >= 3.2])
    code, out, _ = run("predict", model, pages, "-o", path, "--keep-top", "10%", "--json")
    facts = json.loads(out)
    assert (code, facts["rows"]["n_kept"], facts["labels"]) == (0, N // 10, {"label": {}})
    code, _, err = run("predict", model, pages, "-o", path, "--keep-top", "10%")
    assert code == 0
    assert f"Kept {N // 10} of them, 10.0%." in err
    assert "none" not in err  # numbers are not labels
    code, _, err = run("predict", model, pages, "-o", path, "--keep", "good")
    assert code == 2
    assert "the model predicts numbers" in err


def test_explain_terms_inspect_and_shrink(run, pages, model, tmp_path):
    out = run("explain", model, "w1 w2")[1]
    assert out.splitlines()[0].split() == ["term", "count", "adds"]
    classes = {line.split()[0] for line in run("terms", model, "-n", "3")[1].splitlines() if line}
    assert {"lower", "higher"} <= classes
    assert "none: it predicts numbers" in run("inspect", model)[1]
    assert json.loads(run("inspect", model, "--json")[1])["classes"] == []
    small = tmp_path / "small.model"
    assert run("shrink", model, small, "--max-size", "40KB")[0] == 0
    assert run("evaluate", small, pages)[1].startswith("R2 0.9")


def test_folds_and_searches(run, pages):
    folds = ["--text", "text", *REGRESSION, *SMALL, "--cv", "2", "--json"]
    found = json.loads(run("cross-validate", pages, *folds)[1])
    assert found["scores"]["r2"]["mean"] > 0.9
    found = json.loads(run("search", pages, *folds, "--grid", "eta0=0.001,0.2")[1])
    assert found["best"] == {"eta0": 0.2}


def test_tables(run, pages, tmp_path):
    rng, path = np.random.default_rng(1), tmp_path / "trips.parquet"
    origin, destination = rng.choice(["A", "B"], (2, N))
    minutes = 30.0 * (origin == destination) + rng.normal(size=N)
    pq.write_table(pa.table({"from": origin, "to": destination, "score": minutes}), path)
    learned = ["--cross", "from*to", "--epochs", "5", "-o", tmp_path / "trips.model"]
    assert run("train", path, *REGRESSION, *learned)[0] == 0
    assert run("evaluate", tmp_path / "trips.model", path)[1].startswith("R2 0.9")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([*REGRESSION, "--class-weight", "balanced"], "not for regression"),
        ([*REGRESSION, "--downsample", "a=0.1"], "--downsample names labels"),
        (["--target", "score", "--quantile", "0.3"], "or choose --task regression"),
        (["--target", "score", "--task", "ranking"], "give classification or regression"),
        (["--target", "text", "--task", "regression"], "of type string"),
        ([*REGRESSION, "--loss", "hinge"], "--loss hinge is not known here"),
    ],
)
def test_wrong_input(run, pages, tmp_path, options, message):
    code, _, err = run("train", pages, "--text", "text", *options, "-o", tmp_path / "a.model")
    assert code == 2
    assert message in err
    assert not (tmp_path / "a.model").exists()
