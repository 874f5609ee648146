"""The face: what TextClassifier offers publicly is all that the command line calls."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

import torrential as tor
from torrential import cli
from torrential.engine.scoring.evaluate import evaluate
from torrential.errors import DataError, OutputError, ParameterError

CLI = Path(cli.__file__).parent

FACE = {
    "torrential",
    "torrential.estimators.tools",
    "torrential.estimators.common.figures",
    "torrential.estimators.table.plain",  # the classifiers without scikit-learn
    "torrential.estimators.text.plain",
}

GROUND = {
    "torrential.data.formats.registry",  # formats by the names of files
    "torrential.engine.progress.display",  # lines above a bar
    "torrential.engine.progress.sturdy_stream",
    "torrential.errors",
    "torrential.escapes",
    "torrential.execution.uninterrupted",
    "torrential.kernels.compiling",  # the clock that leaves compiling out
    "torrential.logs",
    "torrential.one_stream",
    "torrential.persistence.outputs",
    "torrential.persistence.side_file",
    "torrential.persistence.whole_file",
    "torrential.persistence.writers",
    "torrential.sizes",
    "torrential.tracing",
    "torrential.version",
    "torrential.warned",
}


def imports(tree: ast.AST) -> Iterator[str]:
    """Modules that a file imports when it runs."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.ImportFrom):
            yield node.module or ""
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        yield from imports(node)


@pytest.mark.parametrize("path", sorted(CLI.rglob("*.py")), ids=lambda path: path.stem)
def test_the_command_line_imports_the_face(path):
    own = {name for name in imports(ast.parse(path.read_text())) if name.startswith("torrential")}
    below = {
        name
        for name in own - FACE - GROUND
        if not name.startswith(("torrential.cli", "torrential.estimators.tools."))
    }
    assert below == set()


@pytest.fixture(scope="module")
def model():
    texts = ["good film", "bad film", "very good", "very bad"] * 20
    return tor.TextClassifier(preset="fast", n_jobs=2).fit(texts, ["yes", "no", "yes", "no"] * 20)


def test_evaluate_measures_texts_and_datasets(model):
    texts, labels = ["good", "bad", "bad", "good"], ["yes", "no", "yes", None]
    report = model.evaluate(texts, labels, [1.0, 1.0, 2.0, 9.0])
    assert report.accuracy == model.score(texts, labels, [1.0, 1.0, 2.0, 9.0]) == 0.5
    table = pa.table({"text": texts, "label": labels})
    dataset = tor.read(table, text="text", target="label")
    for executor in (None, tor.Threads(1), tor.Joblib(2, "threading")):
        assert model.evaluate(dataset, executor=executor) == evaluate(model.model_, dataset)


def test_evaluate_needs_labels_and_a_fitted_model(model):
    with pytest.raises(DataError, match="has a label"):
        model.evaluate(["good"], pa.array([None], pa.string()))
    with pytest.raises(Exception, match="not fitted"):
        tor.TextClassifier(preset="fast").evaluate(["good"], ["yes"])


def test_predict_to_writes_rows_and_predictions(model, tmp_path):
    rows = {"id": [1, 2, 3], "body": ["good", "bad", "good"]}
    path = tmp_path / "out.parquet"
    counts = model.predict_to(tor.read(rows, text="body"), path, all_probabilities=True)
    table = parquet.read_table(path)
    assert counts.n_rows == 3
    assert table["id"].to_pylist() == [1, 2, 3]
    assert table["label"].to_pylist() == model.predict(rows["body"]).tolist()
    assert table["probability_yes"].to_pylist() == pytest.approx(
        model.predict_proba(rows["body"])[:, 1].tolist()
    )


def test_predict_to_takes_texts_and_a_format(model, tmp_path):
    path = tmp_path / "out"
    model.predict_to(["good", "bad"], path, format="jsonl", columns=[])
    labels = [json.loads(line)["label"] for line in path.read_text().splitlines()]
    assert labels == ["yes", "no"]


def test_predict_to_refuses(model, tmp_path):
    with pytest.raises(ParameterError, match="format"):
        model.predict_to(["good"], tmp_path / "out.csv", format="xml")
    with pytest.raises(OutputError):
        model.predict_to(["good"], tmp_path / "no folder" / "out.csv")
    with pytest.raises(DataError, match="no row"):
        model.predict_to([], tmp_path / "out.csv")
