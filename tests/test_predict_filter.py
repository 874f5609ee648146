"""``predict_to`` as a filter: rows by their label, probability or rank, as a plain prediction."""

import json
import math
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

import torrential as tor
from torrential.errors import DataError, ParameterError
from torrential.persistence.score_file import ScoreFile

N = 3000
WORDS = {"up": "early well good", "down": "broken refund bad", "even": "fair plain usual"}


@pytest.fixture(scope="module")
def model():
    texts = [f"{word} thing" for words in WORDS.values() for word in words.split()] * 20
    labels = [label for label, words in WORDS.items() for _ in words.split()] * 20
    labels[::7] = ["up"] * len(labels[::7])  # so that nothing is certain
    return tor.TextClassifier(preset="fast", n_features=2**12, n_jobs=2).fit(texts, labels)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    words = " ".join(WORDS.values()).split()
    rng = np.random.default_rng(0)
    texts = [" ".join(rng.choice(words, 4)) for _ in range(N)]
    path = tmp_path_factory.mktemp("rows") / "rows.parquet"
    table = pa.table({"id": range(N), "body": texts, "other": ["x", None, "z"] * (N // 3)})
    parquet.write_table(table, path, row_group_size=700)
    return path


@pytest.fixture(scope="module")
def rows(path):
    return tor.read(path, text="body")


@pytest.fixture(scope="module")
def plain(model, rows, tmp_path_factory):
    path = tmp_path_factory.mktemp("plain") / "plain.parquet"
    model.predict_to(rows, path, all_probabilities=True)
    return parquet.read_table(path)


@pytest.fixture
def filtered(model, rows, tmp_path):
    def table_of(**options):
        counts = model.predict_to(rows, tmp_path / "out.parquet", **options)
        table = parquet.read_table(tmp_path / "out.parquet")
        assert (counts.n_rows, counts.n_kept) == (N, len(table))
        return table

    return table_of


def test_keep_is_the_rows_that_are_predicted_so(filtered, plain):
    for keep in ("up", ["up", "even"]):
        expected = plain.filter(pa.compute.is_in(plain["label"], pa.array(np.atleast_1d(keep))))
        assert filtered(keep=keep, all_probabilities=True).equals(expected)
        assert filtered(keep=keep).equals(expected.select(range(5)))


def test_thresholds_are_reached(filtered, plain):
    least = np.float32(0.6)
    expected = plain.filter(pa.compute.greater_equal(plain["probability"], least))
    assert filtered(threshold=0.6)["id"].equals(expected["id"])
    either = pa.compute.or_(
        pa.compute.greater_equal(plain["probability_up"], least),
        pa.compute.greater_equal(plain["probability_even"], np.float32(0.5)),
    )
    some = filtered(threshold={"up": 0.6, "even": 0.5})
    assert some["id"].equals(plain.filter(either)["id"])
    of_up = filtered(threshold=0.6, keep="up")
    assert of_up["id"].equals(expected.filter(pa.compute.equal(expected["label"], "up"))["id"])


@pytest.mark.parametrize("top", ["10%", 0.25, 7, "100%", N + 1, "0.01%"])
@pytest.mark.parametrize("executor", [None, tor.Joblib(2, "threading")])
def test_the_top_rows_are_exactly_the_highest_and_first(filtered, plain, top, executor):
    n = (
        top
        if isinstance(top, int)
        else math.ceil(N * (float(top[:-1]) / 100 if isinstance(top, str) else top))
    )
    scores = plain["probability_up"].to_numpy()
    expected = np.sort(np.argsort(-scores, kind="stable")[:n])
    table = filtered(keep="up", keep_top=top, executor=executor)
    assert table.equals(plain.take(pa.array(expected)).select(range(5)))


def test_kept_rows_are_those_of_the_input(filtered, path, plain):
    whole = parquet.read_table(path)
    ids = plain.filter(pa.compute.equal(plain["label"], "down"))["id"]
    assert filtered(keep="down", keep_rows=True).equals(whole.take(ids))
    kept = filtered(keep="down", keep_rows=True, keep_top=100)
    assert kept.equals(whole.take(filtered(keep="down", keep_top=100)["id"]))
    assert filtered(keep="down", keep_rows=True, columns=["id"]).column_names == ["id"]


def test_the_best_labels_have_columns(filtered, plain):
    table = filtered(top_k=3, columns=[])
    assert table.column_names == [
        *("label", "probability", "label_2", "probability_2", "label_3", "probability_3")
    ]
    assert table["label"].equals(plain["label"])
    each = np.array([plain[f"probability_{name}"].to_numpy() for name in WORDS])
    found = np.array([table[name].to_numpy() for name in table.column_names[1::2]])
    assert np.array_equal(found, -np.sort(-each, axis=0))


def test_no_row_may_be_left(filtered):
    table = filtered(threshold=1.0, keep="up")
    assert len(table) == 0 and table.column_names[-2:] == ["label", "probability"]


def test_what_is_wrong_is_a_sentence_and_writes_nothing(model, rows, tmp_path):
    for options, words in [
        ({"keep": "upp"}, "keep names 'upp'.*give 'up'"),
        ({"keep": "zzz"}, "give 'down' or 'even' or 'up'"),
        ({"threshold": {"dwn": 0.5}}, "'down'"),
        ({"threshold": 1.5}, "threshold=1.5"),
        ({"keep_top": "10%"}, "name it with keep"),
        ({"keep": "up", "keep_top": "0%"}, "keep_top='0%'"),
        ({"keep": "up", "keep_top": 10, "threshold": 0.5}, "exclude"),
        ({"keep_rows": True}, "give keep"),
        ({"resume": True}, "end its name with a slash"),
        ({"top_k": 0}, "top_k=0"),
    ]:
        with pytest.raises(ParameterError, match=words):
            model.predict_to(rows, tmp_path / "out.parquet", **options)
    assert list(tmp_path.iterdir()) == []


def test_rows_that_are_read_once_have_no_rank(model, tmp_path):
    batches = [pa.record_batch({"body": ["good", "bad"]})]
    stream = tor.read(iter(batches), text="body")
    with pytest.raises(ParameterError, match="reads the rows twice"):
        model.predict_to(stream, tmp_path / "out.csv", keep="up", keep_top=1)


def test_rows_that_change_between_the_passes_are_seen(model, tmp_path, monkeypatch):
    path = tmp_path / "rows.jsonl"
    path.write_text('{"body": "good"}\n' * 5)
    rows, cut = tor.read(path, text="body"), ScoreFile.cut

    def shorter(self, n_kept):
        path.write_text('{"body": "good"}\n' * 4)
        return cut(self, n_kept)

    monkeypatch.setattr(ScoreFile, "cut", shorter)
    with pytest.raises(DataError, match=r"rows\.jsonl"):
        model.predict_to(rows, tmp_path / "out.csv", keep="up", keep_top=2)
    assert [each.name for each in tmp_path.iterdir()] == ["rows.jsonl"]


@given(
    st.lists(st.lists(st.floats(0, 1, width=32) | st.just(math.nan), max_size=9), max_size=5),
    st.integers(1, 30),
)
def test_the_cut_is_that_of_a_sort(tmp_path_factory, sources, n_kept):
    path = tmp_path_factory.mktemp("scores") / "scores"
    scores = ScoreFile(path)
    for source in sources:
        mark = scores.mark()
        scores.write(np.array([0.5, 1.0], np.float32))
        scores.return_to(mark)  # as if a file had failed
        scores.write(np.array(source, np.float32))
        scores.end_source()
    cut = scores.cut(n_kept)
    scores.close()
    marks = [each.load() for each in scores.marks(cut, 0, len(sources))]
    flat = np.concatenate([np.zeros(0, np.float32), *(np.array(s, np.float32) for s in sources)])
    order = np.argsort(-flat, kind="stable")  # nan comes last
    expected = np.zeros(len(flat), bool)
    expected[order[: min(n_kept, int(np.isfinite(flat).sum()))]] = True
    assert np.array_equal(np.concatenate([np.zeros(0, bool), *marks]), expected)


def test_lines_in_and_lines_out(model, tmp_path):
    model.save(tmp_path / "m.model")
    lines = "".join(json.dumps({"id": n, "body": w}) + "\n" for n, w in enumerate(["good", "bad"]))
    options = ["-q", "--text", "body", "--threshold", "up=0.5", "--columns", "id"]
    done = subprocess.run(
        [sys.executable, "-m", "torrential", "predict", tmp_path / "m.model", "-", *options],
        input=lines,
        capture_output=True,
        text=True,
        check=True,
    )
    (row,) = map(json.loads, done.stdout.splitlines())
    assert (row["id"], row["label"]) == (0, "up")


def test_the_command_says_what_was_kept(run, model, path, tmp_path):
    model.save(tmp_path / "m.model")
    words = ["predict", tmp_path / "m.model", path, "-o", tmp_path / "out.parquet"]
    words += ["--text", "body"]
    code, _, err = run(*words, "--keep", "up", "--keep-top", "10%")
    assert code == 0 and "Kept 300 of them, 10.0%." in err and "label: " in err
    code, out, _ = run(*words, "--keep", "up", "--keep-top", "10%", "--json")
    facts = json.loads(out)
    assert facts["rows"]["n_kept"] == 300 and sum(facts["labels"]["label"].values()) == N
    code, _, err = run(*words, "--keep", "upp")
    assert code == 2 and "'up'" in err
