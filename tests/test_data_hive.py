"""Columns whose values are in the names of folders."""

import json
import urllib.parse

import pyarrow as pa
import pyarrow.dataset as pads
import pyarrow.parquet as pq
import pytest

import torrential as tor
from torrential.data import read
from torrential.errors import DataError


def write(path, texts, **columns):
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [{"t": text, **columns} for text in texts]
    if path.suffix == ".csv":
        names = ",".join(rows[0])
        path.write_text(
            "\n".join([names, *(",".join(map(str, row.values())) for row in rows)]) + "\n"
        )
    elif path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    elif path.suffix == ".arrow":
        table = pa.Table.from_pylist(rows)
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table)
    elif path.suffix == ".txt":
        path.write_text("".join(f"__label__x {text}\n" for text in texts))
    else:
        pq.write_table(pa.Table.from_pylist(rows), path)


SUFFIXES = [".parquet", ".csv", ".jsonl", ".arrow"]


def rows(dataset, columns="used"):
    found = []
    for batch in dataset.batches(columns):
        texts = batch.text.cast(pa.string()).to_pylist()
        found += zip(texts, batch.target.to_pylist(), strict=True)
    return found


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_labels_in_names_of_folders_are_strings(tmp_path, suffix):
    write(tmp_path / f"n=01/a{suffix}", ["a", "b"])
    write(tmp_path / f"n=1/b{suffix}", ["c"])
    write(tmp_path / f"n=__HIVE_DEFAULT_PARTITION__/c{suffix}", ["d"])
    write(tmp_path / f"n=a%20b%2Fc/d{suffix}", ["e"])
    expected = {"a": "01", "b": "01", "c": "1", "d": None, "e": "a b/c"}
    for paths in (tmp_path, f"{tmp_path}/*", f"{tmp_path}/**/*{suffix}", f"file://{tmp_path}"):
        dataset = read(paths, text="t", target="n")
        assert dict(rows(dataset)) == dict(rows(dataset, "all")) == expected
        assert dict(rows(dataset, "target"))[None] in expected.values()
        assert str(dataset.schema.field("n").type) == "string"
        tables = [batch.rows.select(["t", "n"]) for batch in dataset.batches("all")]
        assert {tuple(row.values()) for t in tables for row in t.to_pylist()} == set(
            expected.items()
        )
    (named,) = read(tmp_path / f"n=01/a{suffix}", text="t", target="n").partitions()
    assert [batch.target.to_pylist() for batch in named.batches()] == [["01", "01"]]


def test_weights_groups_and_text(tmp_path):
    for suffix in SUFFIXES:
        folder = tmp_path / suffix[1:]
        for weight in ("2", "0.5"):
            for group in ("x", "y"):
                path = folder / f"w={weight}/g={group}/a{suffix}"
                write(path, [f"{weight}{group}{i}" for i in range(20)], l="up")
        dataset = read(folder, text=["t", "g"], target="l", weight="w")
        weights = [w for batch in dataset.batches() for w in batch.weight.to_pylist()]
        assert weights == [0.5] * 40 + [2.0] * 40
        assert next(dataset.batches()).text[0].as_py() in (b"0.5x0\nx", "0.5x0\nx")
        for _, test in dataset.folds(2, groups="g"):
            texts = [t for batch in test.batches() for t in batch.text.to_pylist()]
            assert len({str(text).rstrip("'")[-1] for text in texts}) <= 1
        train, test = read(folder, text="t", target="g").split(0.5)
        assert len(rows(train)) + len(rows(test)) == 80


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_column_of_the_file_is_the_files(tmp_path, suffix):
    write(tmp_path / f"n=7/a{suffix}", ["a"], n=8)
    assert rows(read(tmp_path, text="t", target="n")) == [("a", 8)]
    write(tmp_path / f"n=9/b{suffix}", ["b"])
    with pytest.raises(DataError, match=rf"n=9/b{suffix}.*column 'n' holds '9' of type string"):
        rows(read(tmp_path, text="t", target="n"))


def test_a_weight_that_is_not_a_number(tmp_path):
    write(tmp_path / "w=much/a.csv", ["a"])
    with pytest.raises(DataError, match=r"w=much/a.csv does not name a weight.*'much'"):
        read(tmp_path, text="t", weight="w")


def test_a_column_that_only_some_paths_name(tmp_path):
    write(tmp_path / "n=7/a.csv", ["a"])
    write(tmp_path / "z.csv", ["b"])
    with pytest.raises(DataError, match=r"z.csv has no column 'n'"):
        rows(read(tmp_path, text="t", target="n"))


def test_what_pyarrow_writes_is_what_is_read(tmp_path):
    values = ["en", "fr", "a/b", "x=y", "ü ", "100%", None]
    table = pa.table({"t": [f"row {i}" for i in range(70)], "lang": values * 10})
    pads.write_dataset(
        table, tmp_path, format="parquet", partitioning=["lang"], partitioning_flavor="hive"
    )
    dataset = read(tmp_path, text="t", target="lang")
    assert dict(rows(dataset)) == dict(zip(*table.to_pydict().values(), strict=True))


def test_the_path_is_in_names_of_cache_entries(tmp_path):
    data = tmp_path / "data"
    write(data / "a.jsonl", ["good"] * 5)
    for label in ("x", "y"):
        (tmp_path / f"link/n={label}").mkdir(parents=True)
        (tmp_path / f"link/n={label}/a.jsonl").symlink_to(data / "a.jsonl")
    dataset = read(tmp_path / "link", text="t", target="n").cache(tmp_path / "cache")
    for _ in range(2):
        model = tor.TextClassifier(preset="fast").fit(dataset)
        assert model.classes_.tolist() == ["x", "y"]
        assert model.counts_.n_rows == 10


def test_predictions_pass_them_on(tmp_path, run):
    for label in ("up", "down"):
        write(
            tmp_path / f"in/l={label}/m=0{len(label)}/a.jsonl", [f"it goes {label}"] * 3, id="007"
        )
    code, _, error = run(
        "train", tmp_path / "in", "--text", "t", "--target", "l", "-o", tmp_path / "m", "-q"
    )
    assert code == 0, error
    code, _, error = run("predict", tmp_path / "m", tmp_path / "in", "-o", tmp_path / "p.parquet")
    assert code == 0, error
    table = pq.read_table(tmp_path / "p.parquet", partitioning=None)
    assert table["m"].to_pylist() == ["04"] * 3 + ["02"] * 3
    assert table["l"].to_pylist() == table["label"].to_pylist()
    assert table["id"].to_pylist()[0] == "007"


def test_fasttext_lines_have_them_too(tmp_path):
    write(tmp_path / "n=01/a.txt", ["a"])
    dataset = read(tmp_path, text="text", target="n")
    assert [batch.target.to_pylist() for batch in dataset.batches()] == [["01"]]


def test_quoting_is_that_of_urls():
    name = "k/=%"
    path = f"{urllib.parse.quote(name, safe='')}={urllib.parse.quote('v/=%', safe='')}/a.csv"
    from torrential.data.files.hive import values_of

    assert values_of(path) == ((name, "v/=%"),)
