"""Several labels in lines of Vowpal Wabbit and svmlight, read and written."""

import json
import re

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse
from sklearn.datasets import dump_svmlight_file, load_svmlight_file

import torrential as tor
from torrential.errors import DataError, MalformedRowError
from torrential.persistence.writers import open_writer

NUMBER = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"


def labels_of(path, **options):
    """Return the labels of all rows, and how many rows are malformed."""
    batches = list(tor.read(path, multilabel=True, **options).batches())
    labels = [row for batch in batches for row in batch.target.to_pylist()]
    return labels, sum(batch.n_skipped for batch in batches)


def naive_vw(line):
    """The labels of a line; None where they are not known, and () for a malformed line."""
    words = line.partition("|")[0].split()
    if len(words) > 1:
        return ()
    if not words:
        return None
    members = words[0].split(",")
    if not all(re.fullmatch(NUMBER, each) for each in members):
        return ()
    values = [float(each) for each in members]
    if not all(0 <= value < 2**32 and value == int(value) for value in values):
        return ()
    return [int(value) for value in values]


HEADS = st.lists(
    st.sampled_from(
        ["1", "23", ",", ",", " ", "4294967295", "4294967296", "-1", "0.5", "x", "2e1"]
    ),
    max_size=6,
).map("".join)


@given(st.lists(HEADS, min_size=1, max_size=8))
def test_lines_of_vowpal_wabbit_mean_what_the_specification_says(tmp_path_factory, heads):
    path = tmp_path_factory.mktemp("vw") / "rows.vw"
    lines = [f"{head} | a b:2" for head in heads]
    path.write_text("\n".join(lines))
    wanted = [naive_vw(line) for line in lines]
    found = labels_of(path, on_bad_rows="skip")
    assert found == ([each for each in wanted if each != ()], wanted.count(()))


LABELS = st.floats(allow_nan=False, allow_infinity=False) | st.integers(0, 9).map(float)


@given(st.lists(st.tuples(st.lists(LABELS, max_size=4), st.booleans()), min_size=1, max_size=8))
def test_lines_of_svmlight_are_those_of_scikit_learn(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("svmlight") / "rows.svm"
    lines = [
        f"{','.join(map(repr, labels))}{' qid:3' * has_qid} 1:0.5 7:2 # 1,2:3"
        for labels, has_qid in rows
    ]
    path.write_text("\n".join(lines))
    found, n_malformed = labels_of(path)
    assert n_malformed == 0 and found == [labels for labels, _ in rows]
    _, expected = load_svmlight_file(str(path), multilabel=True)
    assert [tuple(sorted(each)) for each in found] == expected


@pytest.mark.parametrize("zero_based", [False, True])
def test_what_scikit_learn_writes_is_read(zero_based, tmp_path):
    random = np.random.default_rng(0)
    X = sparse.csr_array(random.integers(1, 3, (60, 4)).astype(float))
    Y = random.random((60, 5)) < 0.3
    path = tmp_path / "rows.libsvm"
    dump_svmlight_file(X, Y, str(path), zero_based=zero_based, multilabel=True)
    wanted = [np.flatnonzero(row).tolist() for row in Y]
    assert labels_of(path, format="svmlight") == (wanted, 0)


@pytest.mark.parametrize(
    ("name", "line", "words"),
    [
        ("a.vw", "1,x | a", "the labels '1,x' are not whole numbers between commas"),
        ("a.vw", "1,,2 | a", "the labels '1,,2' are not whole numbers"),
        ("a.vw", "1,2, | a", "the labels '1,2,' are not whole numbers"),
        ("a.vw", "1,2 0.5 | a", "'0.5' comes after the labels"),
        ("a.svm", "1,x 1:2", "the label '1,x' is not a number"),
        ("a.svm", "1,inf 1:2", "the label '1,inf' is not a number"),
        ("a.svm", "1, 1:2", "the label '1,' is not a number"),
        ("a.svm", "1,2 1:2 qid:3", "'qid:3' is not a whole number between"),
        ("a.svm", "1:2 qid:3", "'qid:3' is not a whole number between"),
    ],
)
def test_malformed_rows_are_named_or_counted(name, line, words, tmp_path):
    path = tmp_path / name
    good = "3,4 | b" if name == "a.vw" else "3,4 1:1"
    path.write_text(f"{good}\n{line}\n{good}\n")
    with pytest.raises(MalformedRowError, match=re.escape(words)) as error:
        labels_of(path)
    assert "row 2:" in str(error.value)
    assert labels_of(path, on_bad_rows="skip") == ([[3, 4], [3, 4]], 1)


def test_without_asking_several_labels_are_malformed(tmp_path):
    for name, line in (("a.vw", "1,2 | a"), ("a.svm", "1,2 1:2")):
        (tmp_path / name).write_text(line)
        with pytest.raises(MalformedRowError, match="'1,2' is not a number"):
            list(tor.read(tmp_path / name).batches())


def test_parts_of_a_file_are_the_whole(tmp_path, monkeypatch):
    path = tmp_path / "rows.vw"
    path.write_text(
        "".join(f"{i},{i + 1} |a x{i}\n" if i % 7 else f"|a y{i}\n" for i in range(500))
    )
    whole = labels_of(path)
    assert whole[0][:2] == [None, [1, 2]] and len(whole[0]) == 500
    monkeypatch.setattr("torrential.data.formats.lines.RANGE_BYTES", 1000)
    monkeypatch.setattr("torrential.data.formats.lines.BLOCK_BYTES", 100)
    assert len(tor.read(path, multilabel=True).partitions()) > 5
    assert labels_of(path) == whole


SETS = [[1, 3], [2], [], [4294967295, 0, 7], None]


@pytest.mark.parametrize("kind", [pa.list_(pa.int64()), pa.large_list(pa.uint32())])
def test_lists_are_written_and_read_back(kind, tmp_path, run):
    source, path = tmp_path / "rows.parquet", tmp_path / "rows.vw"
    table = pa.table({"topics": pa.array(SETS, kind), "words": ["a", "b", "c", "d", "e"]})
    pq.write_table(table, source)
    code, _, err = run("convert", source, path, "--target", "topics")
    assert code == 0 and err.count("A row has no label: Vowpal Wabbit takes it for one") == 1
    lines = ["1,3 |words a", "2 |words b", "|words c", "4294967295,0,7 |words d", "|words e"]
    assert path.read_text().splitlines() == lines
    assert labels_of(path)[0] == [each or None for each in SETS]
    back = tmp_path / "back.jsonl"
    assert run("convert", path, back, "--multilabel", "-q")[0] == 0
    found = [json.loads(line)["label"] for line in back.read_text().splitlines()]
    assert found == [each or None for each in SETS]
    numbers = tmp_path / "numbers.parquet"
    pq.write_table(pa.table({"y": pa.array(SETS[:4], kind), "x": [0.5, 2, 3, 4]}), numbers)
    assert run("convert", numbers, tmp_path / "n.svm", "--target", "y", "-q")[0] == 0
    lines = ["1,3 1:0.5", "2 1:2", " 1:3", "4294967295,0,7 1:4"]
    assert (tmp_path / "n.svm").read_text().splitlines() == lines
    assert labels_of(tmp_path / "n.svm")[0] == SETS[:4]


def test_fractions_are_labels_of_svmlight_alone(tmp_path):
    table = pa.table({"y": [[0.5, 2.0], [1e-300]], "x": [1.0, 2.0]})
    batch = table.rename_columns(["label", "x"]).to_batches()[0]
    with open_writer(tmp_path / "a.svm", batch.schema, "svmlight") as writer:
        writer.write(batch)
    assert labels_of(tmp_path / "a.svm")[0] == [[0.5, 2.0], [1e-300]]


@pytest.mark.parametrize(
    ("labels", "name", "words"),
    [
        ([["oil"], ["gas"]], "a.vw", "type string, but Vowpal Wabbit's lines have numbers"),
        ([["oil"], ["gas"]], "a.svm", "type string, but svmlight's lines have numbers"),
        ([[1, None], [2]], "a.vw", "a list with a null in it"),
        ([[1, -2], [2]], "a.vw", "A label is not a whole number from 0 to 4,294,967,295"),
        ([[1.5], [2.0]], "a.vw", "A label is not a whole number"),
        ([[1.5], [float("inf")]], "a.svm", "A label is not a finite number"),
        ([[1], None], "a.svm", "A row has no label"),
    ],
)
def test_what_the_lines_cannot_hold(labels, name, words, tmp_path, run):
    source = tmp_path / "rows.parquet"
    pq.write_table(pa.table({"y": labels, "x": [1.0, 2.0]}), source)
    code, _, err = run("convert", source, tmp_path / name, "--target", "y")
    assert code == 2 and words in err and err.count("\n") == 1
    assert not (tmp_path / name).exists()


def test_weights_and_empty_rows_that_the_lines_cannot_hold(tmp_path, run):
    source = tmp_path / "rows.parquet"
    pq.write_table(pa.table({"y": [[1], []], "w": [1.0, 2.0], "x": [1.0, None]}), source)
    words = ["convert", source, tmp_path / "a.vw", "--target", "y", "--weight", "w"]
    assert "lines of several labels have no weights" in run(*words)[2]
    words = ["convert", source, tmp_path / "a.svm", "--target", "y", "--drop", "w"]
    assert "A row has neither a label nor a feature" in run(*words)[2]


def test_models_learn_such_lines(tmp_path, run):
    path, model = tmp_path / "rows.vw", tmp_path / "a.model"
    path.write_text(
        "".join(f"{'1,2' if i % 2 else '3'} |a x{i % 2} y{i % 7}\n" for i in range(200))
    )
    assert run("train", path, "--multilabel", "-o", model, "-q")[0] == 0
    fitted = tor.load(model)
    assert fitted.classes_.tolist() == [1, 2, 3]
    report = json.loads(run("evaluate", model, path, "--json")[1])
    assert report["accuracy"] == 1
    with pytest.raises(DataError, match="several labels"):
        tor.TableRegressor().fit(tor.read(path, multilabel=True))
