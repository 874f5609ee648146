"""Vowpal Wabbit's lines, read and written."""

import gzip
import re

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import torrential as tor
from torrential.data.formats import vw
from torrential.errors import DataError, MalformedRowError, ParameterError
from torrential.persistence.writers import open_writer

MAP = pa.map_(pa.string(), pa.float32())


def naive(line):
    """The specification of a line: label, weight, tag and features by namespace; None if wrong."""
    number = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
    head, bar, rest = line.partition("|")
    if not bar or "\t" in head:
        return None
    words, tag = [word for word in head.split(" ") if word], None
    if words and (not head.endswith(" ") or words[-1].startswith("'")):
        tag = words.pop().removeprefix("'")
    if len(words) > 2 or not all(re.fullmatch(number, word) for word in words):
        return None
    label, weight = [*map(float, words), None, None][:2]
    if weight is not None and weight < 0:
        return None
    spaces = {}
    for part in rest.split("|"):
        name, *features = re.split(r"[ \t\r]", part)
        name, colon, factor = name.partition(":")
        if colon and (not name or not re.fullmatch(number, factor)):
            return None
        space = spaces.setdefault(name or "default", [])
        for feature in filter(None, features):
            name, colon, value = feature.partition(":")
            if colon and (not name or not re.fullmatch(number, value)):
                return None
            product = np.float32(float(value or 1)) * np.float32(float(factor or 1))
            if not np.isfinite(product):
                return None
            space.append((name, float(product)))
    return label, weight, tag, {name: space for name, space in spaces.items() if space}


def read_rows(path, **options):
    """Return what `naive` does for each row, and the number of malformed rows."""
    rows, n_skipped = [], 0
    dataset = tor.read(path, **options)
    for batch in dataset.batches("all"):
        n_skipped += batch.n_skipped
        for row in batch.rows.to_pylist():
            head = row.pop("label"), row.pop("weight"), row.pop("tag")
            rows.append((*head, {name: maps for name, maps in row.items() if maps}))
    return rows, n_skipped


WORD = st.text("ab:|1.5e- '\té", min_size=1, max_size=4)
LINE = st.lists(st.sampled_from(["1", "-1", "|", "|a", "|b:2", "a:1.5", "x", "'t", " "]) | WORD)


@given(st.lists(LINE, max_size=5), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_lines_mean_what_the_specification_says(tmp_path_factory, lines, end, has_end):
    # A row with the namespaces of all lines comes first, so that they are known.
    path = tmp_path_factory.mktemp("vw") / "rows.vw"
    texts = ["1 |default0 x", *(" ".join(words) for words in lines)]
    texts = [text.replace("\n", " ") for text in texts]
    path.write_text(end.join(texts) + end * has_end, newline="")
    if b"|default" in path.read_bytes().replace(b"|default0", b""):
        return
    wanted = [naive(text) for text in texts if text.strip(" \t\r")]
    found, n_skipped = read_rows(path, on_bad_rows="skip")
    assert found == [row for row in wanted if row is not None]
    assert n_skipped == wanted.count(None)


NAME = st.text(
    st.characters(codec="utf-8", exclude_characters=" \t\r\n:|", exclude_categories=["Cs"]),
    min_size=1,
    max_size=4,
)
SINGLE = st.floats(width=32, allow_nan=False, allow_infinity=False, allow_subnormal=False)
FEATURES = st.lists(st.tuples(NAME, SINGLE.map(lambda value: value + 0.0)), max_size=4)
ROW = st.fixed_dictionaries(
    {
        "label": st.none() | SINGLE.map(float),
        "weight": st.none() | SINGLE.map(abs),
        "tag": st.none() | NAME,
        "a": FEATURES,
        "default": FEATURES,
        "x^y": FEATURES,
    }
)
SCHEMA = pa.schema(
    {"label": pa.float64(), "weight": pa.float64(), "tag": pa.string()}
    | dict.fromkeys(("a", "default", "x^y"), MAP)
)


@given(st.lists(ROW, min_size=1, max_size=6))
def test_what_is_written_is_read_back(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("vw") / "rows.vw"
    batch = pa.RecordBatch.from_pylist(rows, SCHEMA)
    with open_writer(path, SCHEMA) as writer:
        writer.write(batch)
    wanted = []
    for row in batch.to_pylist():
        label, weight, tag = row.pop("label"), row.pop("weight"), row.pop("tag")
        maps = {name: maps for name, maps in row.items() if maps}
        wanted.append((label, None if label is None else weight, tag, maps))
    text = path.read_bytes().decode()
    assert [naive(line) for line in text.split("\n")[:-1]] == wanted
    assert "\n\n" not in text
    types = dict.fromkeys(("a", "default", "x^y"), MAP)
    assert read_rows(path, types=types) == (wanted, 0)


def test_columns_become_namespaces(tmp_path):
    path = tmp_path / "rows.vw"
    batch = pa.record_batch(
        {
            "label": [True, False, None],
            "weight": [2, None, 3],
            "color": pa.array(["red", None, "blue"]).dictionary_encode(),
            "age": [39, 0, None],
            "share": [0.5, float("nan"), 1.0],
            "day": pa.array([0, 1, None], pa.date32()),
            "words": [["u", "v"], [], None],
        }
    )
    with open_writer(path, batch.schema) as writer:
        writer.write(batch)
        writer.write(batch.slice(0, 0))
    assert path.read_text().splitlines() == [
        "1 2 |color red |age age:39 |share share:0.5 |day 1970-01-01 |words u v",
        "-1 |age age:0 |day 1970-01-02",
        "|color blue |share share",
    ]


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"a": ["x y"]}, "column 'a' holds 'x y'"),
        ({"a": ["x:y"]}, "holds no blank, line end, colon or bar"),
        ({"a": [""]}, "is not empty"),
        ({"a b": [1]}, "holds 'a b'"),
        ({"a": [float("inf")]}, "holds inf, which is not a normal number of 32 bits"),
        ({"a": [1e-40]}, "holds 1e-40, which"),
        ({"a": [b"x"]}, "holds binary, which is neither"),
        ({"label": ["good"]}, "labels are numbers"),
        ({"label": [1], "weight": [-1.0]}, "A weight is negative"),
        ({"label": [1], "weight": ["heavy"]}, "weights are numbers"),
        ({"a": pa.array([[("x", "y")]], pa.map_(pa.string(), pa.string()))}, "not maps of names"),
    ],
)
def test_what_the_lines_cannot_hold(columns, words, tmp_path):
    batch = pa.record_batch(columns)
    with (
        pytest.raises(DataError, match=re.escape(words)),
        open_writer(tmp_path / "rows.vw", batch.schema) as writer,
    ):
        writer.write(batch)
    assert not (tmp_path / "rows.vw").exists()


def test_characters_may_be_replaced(tmp_path):
    batch = pa.record_batch({"a b": ["x y:z|", "", None], "tag": ["1 2:3", None, "x"]})
    with open_writer(tmp_path / "rows.vw", batch.schema, replace="_") as writer:
        writer.write(batch)
    lines = (tmp_path / "rows.vw").read_text().splitlines()
    assert lines == ["'1_2:3 |a_b x_y_z_", "|a_b _", "'x |"]
    for replace in (" ", "", ":", "\\"):
        with (
            pytest.raises(ParameterError, match="is not a name itself"),
            open_writer(tmp_path / "x.vw", batch.schema, replace=replace),
        ):
            pass
    with (
        pytest.raises(ParameterError, match="leave it out"),
        open_writer(tmp_path / "x.csv", batch.schema, replace="_"),
    ):
        pass


def test_whole_numbers_that_values_do_not_hold_are_said_once(tmp_path, caplog):
    batch = pa.record_batch({"user": [1, 2**24 + 1]})
    with open_writer(tmp_path / "rows.vw", batch.schema) as writer:
        writer.write(batch)
        writer.write(batch)
    assert caplog.text.count("Column 'user' holds 16777217") == 1


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("1 a b", "row 3: '1 a b' has no bar"),
        ("one |a x", "row 3: the label 'one' is not a number"),
        ("nan |a x", "the label 'nan'"),
        ("x\t1 |a x", r"'x\\t1 ' has a tab, which is for features only"),
        ("1 'x\t|a x", "has a tab, which"),
        ("1 -2 |a x", "the importance weight '-2' is not a number of 0 or more"),
        ("1 1 0.5 |a x", "'0.5' comes after label and importance weight"),
        ("1 |a:x y", "the weight 'x' of a namespace"),
        ("1 |a :5", "has no name"),
        ("1 |a x:1 day:2024-01-15", "the value '2024-01-15' is not a number of 32 bits"),
        ("1 |a x: y", "the value '' is not"),
        ("1 |a x:1e39", "the value '1e39' is not"),
    ],
)
def test_malformed_rows_are_named_or_counted(line, words, tmp_path):
    path = tmp_path / "rows.vw"
    path.write_text(f"1 |a x\n\n{line}\n-1 |a y\n")
    with pytest.raises(MalformedRowError, match=f"{path}, {words}|{words}"):
        list(tor.read(path).batches())
    rows, n_skipped = read_rows(path, on_bad_rows="skip")
    assert [row[3] for row in rows] == [{"a": [("x", 1.0)]}, {"a": [("y", 1.0)]}]
    assert n_skipped == 1


def test_roles_of_the_columns(tmp_path):
    path = tmp_path / "rows.vw"
    path.write_text("1 2 'first |user a |ad b\n-1 |user c\n")
    dataset = tor.read(path)
    assert (dataset.target, dataset.weight) == ("label", "weight")
    assert dataset.columns.inputs == ("user", "ad")
    (batch,) = dataset.batches()
    assert batch.target.to_pylist() == [1.0, -1.0]
    assert batch.weight.to_pylist() == [2.0, None]
    assert tor.read(path, columns=["ad"]).columns.inputs == ("ad",)
    assert tor.read(path, drop="ad", target="tag").columns.inputs == ("label", "user")
    (batch,) = tor.read(path, drop="ad").batches()
    assert batch.columns.schema.names == ["user"]


def test_a_namespace_further_down(tmp_path, monkeypatch):
    monkeypatch.setattr("torrential.data.formats.lines.BLOCK_BYTES", 64)
    vw._kept_names.cache_clear()
    path = tmp_path / "rows.vw"
    path.write_text("1 |a x\n" * 100 + "1 |a x |late y\n")
    with pytest.raises(DataError, match=r"row 101 has the namespace 'late', which the first rows"):
        list(tor.read(path).batches())
    rows, _ = read_rows(path, types={"late": MAP})
    assert rows[-1][3] == {"a": [("x", 1.0)], "late": [("y", 1.0)]}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1 |tag x\n", "namespace 'tag', which is the name of another column"),
        ("1 | x |default y\n", "namespace 'default', which is the name of the features without"),
        (b"1 |\xff x\n", "which is not UTF-8"),
        ("".join(f"1 |a{i} x\n" for i in range(1001)), "has more than 1,000 namespaces"),
    ],
)
def test_names_of_namespaces_that_cannot_be_columns(text, words, tmp_path):
    path = tmp_path / "rows.vw"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(DataError, match=words):
        tor.read(path)


def test_files_may_lack_namespaces_and_be_compressed(tmp_path):
    (tmp_path / "1.vw").write_text("1 |a x |b y\n")
    (tmp_path / "2.vw.gz").write_bytes(gzip.compress(b"1 |b z |c w"))
    (batch, other) = tor.read(tmp_path).batches()
    assert batch.columns.to_pylist() == [{"a": [("x", 1.0)], "b": [("y", 1.0)]}]
    assert other.columns.to_pylist() == [{"a": [], "b": [("z", 1.0)]}]


def test_small_numbers_are_zero_and_large_ones_an_error(tmp_path):
    """Vowpal Wabbit 9.11.9 itself takes exponents modulo 256: 1e-250 is 1e6 there."""
    path = tmp_path / "x.vw"
    path.write_text("1 | x:1e-250 y:2.5e-254 z:1e-30\n")
    (batch,) = tor.read(path).batches()
    values = dict(batch.columns.column("default").to_pylist()[0])
    assert (values["x"], values["y"]) == (0.0, 0.0)
    assert values["z"] == pytest.approx(1e-30)
    path.write_text("1 | x:1e256\n")
    with pytest.raises(DataError, match="row 1: the value '1e256' is not a number of 32 bits"):
        list(tor.read(path).batches())


def test_invalid_utf8_is_repaired_and_labels_are_exact(tmp_path):
    path = tmp_path / "rows.vw"
    path.write_bytes(b"0.1234567890123456789 '\xff |a \xffx:2\n")
    rows, _ = read_rows(path)
    assert rows == [(0.1234567890123456789, None, "\ufffd", {"a": [("\ufffdx", 2.0)]})]


def test_parts_of_a_file_are_the_whole(tmp_path, monkeypatch):
    path = tmp_path / "rows.vw"
    lines = [f"{i} |a x{i} y:{i}\n" for i in range(500)]
    path.write_text("".join(lines))
    whole, _ = read_rows(path)
    monkeypatch.setattr("torrential.data.formats.lines.RANGE_BYTES", 1000)
    monkeypatch.setattr("torrential.data.formats.lines.BLOCK_BYTES", 100)
    dataset = tor.read(path)
    assert len(dataset.partitions()) > 5
    assert read_rows(path)[0] == whole
    path.write_text("".join(lines) + "bad\n")
    with pytest.raises(MalformedRowError, match="row 501:"):
        list(tor.read(path).batches())


def test_the_command_line_needs_no_names_of_columns(run, tmp_path):
    path, model = tmp_path / "rows.vw", tmp_path / "model"
    rows = [f"{2 * (i % 2) - 1} 't{i} |a x{i % 2} y{i % 7}\n" for i in range(200)]
    path.write_text("".join(rows))
    code, out, _ = run("train", path, "-o", model, "--test-size", "0.2")
    assert code == 0
    assert "accuracy 100.00%, macro-F1 100.00%" in out
    code, out, _ = run("predict", model, path, "--columns", "tag", "-q")
    names, first = out.splitlines()[:2]
    assert names == '"tag","label","probability"'
    assert first.startswith('"t0",-1,0.')
