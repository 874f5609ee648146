"""Malformed rows are counted, and many of them are a warning: in Python and on the command line."""

import json
import warnings

import pytest

import torrential as tor
from predicted_rows import predict_file
from torrential.engine.scoring.evaluate import evaluate
from torrential.errors import DataWarning

N_ROWS = 400


def write(tmp_path, extension, n_malformed):
    path = tmp_path / f"rows.{extension}"
    rows = [{"text": f"word{i % 2} more{i}", "label": "ab"[i % 2]} for i in range(N_ROWS)]
    if extension == "jsonl":
        lines = [json.dumps(row) for row in rows]
    else:
        lines = [f"{row['text']},{row['label']}" for row in rows]
    lines[10:10] = ['{"text": "x'] * n_malformed if extension == "jsonl" else ['"x,a'] * n_malformed
    header = [] if extension == "jsonl" else ["text,label"]
    path.write_text("\n".join(header + lines) + "\n")
    return path


def read(path):
    return tor.read(path, text="text", target="label", on_bad_rows="skip")


@pytest.mark.parametrize("extension", ["csv", "jsonl"])
def test_more_than_one_percent_is_a_warning(tmp_path, extension):
    path = write(tmp_path, extension, 5)
    message = rf"5 of 405 rows of .*rows.{extension} .* were malformed and left out, .* 1.2%"
    model = tor.TextClassifier(preset="fast", max_iter=2)
    with pytest.warns(DataWarning, match=message):
        model.fit(read(path))
    assert (model.counts_.n_rows, model.counts_.malformed) == (405, 5)
    with pytest.warns(DataWarning, match=message):
        evaluate(model.model_, read(path))
    with pytest.warns(DataWarning, match=message):
        predict_file(model.model_, read(path), tmp_path / "out.csv")
    averaged = tor.ParameterAveraging(tor.TextClassifier(preset="fast"), n_partitions=2)
    with pytest.warns(DataWarning, match=message):
        averaged.fit(read(path))
    with pytest.warns(DataWarning, match="rows.* were malformed"):
        tor.cross_validate(tor.TextClassifier(preset="fast"), read(path), cv=2)


def test_other_processes_warn_here(tmp_path):
    executor = tor.Joblib(2, "loky")
    with pytest.warns(DataWarning, match="5 of .* rows.* were malformed"):
        tor.cross_validate(
            tor.TextClassifier(preset="fast", n_features=64), read(write(tmp_path, "csv", 5)), cv=2,
            executor=executor,
        )  # fmt: skip


@pytest.mark.parametrize("extension", ["csv", "jsonl"])
def test_fewer_are_counted(tmp_path, extension):
    path = write(tmp_path, extension, 4)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = tor.TextClassifier(preset="fast").fit(read(path))
    assert (model.counts_.n_rows, model.counts_.malformed) == (404, 4)


@pytest.mark.parametrize("extension", ["csv", "jsonl"])
def test_the_command_line_says_both(run, tmp_path, extension):
    path, model = write(tmp_path, extension, 20), tmp_path / "m"
    options = ["--on-bad-rows", "skip"]
    columns = ["--text", "text", "--target", "label"]
    code, out, err = run("train", path, *columns, "-o", model, *options)
    assert code == 0
    assert "Learned 400 rows" in out and "Left out of 420 rows: 20 malformed." in out
    assert "torrential: warning: 20 of 420 rows" in err and "4.8%" in err
    code, out, err = run("predict", model, path, "-o", tmp_path / "out.csv", *options)
    assert code == 0
    assert "Left out of 420 rows: 20 malformed." in err
    assert "torrential: warning: 20 of 420 rows" in err
    code, out, err = run("evaluate", model, path, *options)
    assert code == 0 and "torrential: warning: 20 of 420 rows" in err


def test_the_characters_of_csv_are_options(run, tmp_path):
    path, model = tmp_path / "rows.tsv", tmp_path / "m"
    rows = [f'{"ab"[i % 2]}\t"word{i % 2} more' for i in range(50)]
    path.write_text("label\ttext\n" + "\n".join(rows) + "\n")
    columns = ["--text", "text", "--target", "label"]
    code, _, err = run("train", path, *columns, "-o", model)
    assert code == 2 and "rows.tsv, row 2: the quoted cell of column 'text'" in err
    code, out, _ = run("train", path, *columns, "-o", model, "--quotechar", "none")
    assert code == 0 and "Learned 50 rows" in out
    code, out, _ = run("predict", model, path, "--quotechar", "none", "--output-format", "jsonl")
    assert json.loads(out.splitlines()[0])["text"] == '"word0 more'
    path.write_text('label\ttext\na\t"word ^" more"\nb\t"other"\n')
    code, out, _ = run("train", path, *columns, "-o", model, "--escapechar", "^")
    assert code == 0 and "Learned 2 rows" in out
    code, _, err = run("train", path, *columns, "-o", model, "--quotechar", "''")
    assert code == 2 and "is not a single ASCII character" in err
