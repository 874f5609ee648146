"""What is data in a folder, and what describes it."""

import bz2
import gzip
import json
import lzma
import os

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

import torrential as tor
from torrential.data import read
from torrential.errors import DataError

TABLE = pa.table({"t": ["a", "b"], "y": [0, 1]})


def texts(paths, **options):
    batches = read(paths, text="t", **options).batches()
    return [text for b in batches for text in b.text.cast(pa.string()).to_pylist()]


def lines(*values):
    return "".join(json.dumps({"t": value, "y": value}) + "\n" for value in values).encode()


def test_descriptions_are_no_data(tmp_path):
    pq.write_table(TABLE, tmp_path / "train.parquet")
    for name in (
        "README.md",
        "README.txt",
        "readme-first.csv",
        "LICENSE",
        "LICENCE.txt",
        "NOTICE.txt",
        "CHANGELOG.rst",
        "requirements.txt",
        "dataset_infos.json",
        "metadata.json",
        "notes.txt",
        "sub/License.TXT",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("What these rows are\n")
    for path in (tmp_path, f"{tmp_path}/*", f"{tmp_path}/**"):
        dataset = read(path, text="t", target="y")
        assert [batch.target.to_pylist() for batch in dataset.batches()] == [[0, 1]]
    (named,) = read(tmp_path / "README.txt").batches()
    (matched,) = read(f"{tmp_path}/README.t*").batches()
    assert named.text == matched.text


def test_text_alone_is_data(tmp_path):
    (tmp_path / "a.txt").write_text("__label__x some text\n")
    (tmp_path / "README.txt").write_text("What these rows are\n")
    assert [b.text.to_pylist() for b in read(tmp_path).batches()] == [[b"some text"]]


def test_several_formats_are_asked_for(tmp_path):
    pq.write_table(TABLE, tmp_path / "rows.parquet")
    (tmp_path / "rows.csv").write_text("t\na\nb\n")
    for path in (tmp_path, f"{tmp_path}/*"):
        with pytest.raises(
            DataError, match=r"csv: .*/rows.csv, parquet: .*/rows.parquet.*pass format="
        ):
            read(path, text="t")
        assert texts(path, format="csv") == texts(path, format="parquet") == ["a", "b"]
    assert texts([tmp_path / "rows.csv", tmp_path / "rows.parquet"]) == ["a", "b"] * 2


def test_a_format_for_files_without_extension(tmp_path):
    (tmp_path / "part-00000").write_bytes(lines("a"))
    (tmp_path / "part-00001").write_bytes(lines("b"))
    (tmp_path / "LICENSE").write_text("Do what you like\n")
    assert texts(tmp_path, format="jsonl") == ["a", "b"]


EMPTY = {
    "": b"",
    ".gz": gzip.compress(b""),
    ".zst": zstandard.compress(b""),
    ".bz2": bz2.compress(b""),
    ".xz": lzma.compress(b""),
}


@pytest.mark.parametrize("suffix", EMPTY)
@pytest.mark.parametrize("place", ["first", "last"])
@pytest.mark.parametrize("kind", ["csv", "jsonl", "txt"])
def test_files_without_content_have_no_rows(tmp_path, kind, place, suffix):
    data = {"csv": b"text,label\na,1\n", "jsonl": b'{"text": "a", "label": 1}\n'}
    content = data.get(kind, b"__label__1 a\n")
    names = ["0", "1"] if place == "first" else ["1", "0"]
    (tmp_path / f"{names[0]}.{kind}{suffix}").write_bytes(EMPTY[suffix])
    (tmp_path / f"{names[1]}.{kind}").write_bytes(content)
    everything = sorted(tmp_path.iterdir())
    for paths in (tmp_path, f"{tmp_path}/*", everything):
        dataset = read(paths, text="text", target="label")
        (batch,) = dataset.batches()
        assert batch.text.cast(pa.string()).to_pylist() == ["a"]
        assert len(dataset.partitions()) == 1


@pytest.mark.parametrize("name", ["rows.parquet", "rows.arrow"])
def test_tables_of_0_bytes_have_no_rows(tmp_path, name):
    pq.write_table(TABLE, tmp_path / "x.parquet")
    (tmp_path / name).touch()
    assert texts([tmp_path / name, tmp_path / "x.parquet"]) == ["a", "b"]


def test_nothing_but_empty_files(tmp_path):
    for name in ("a.csv", "b.csv.gz"):
        (tmp_path / name).write_bytes(EMPTY[".gz"] if name.endswith(".gz") else b"")
        with pytest.raises(DataError, match=rf"{name} is empty: leave it out"):
            read(tmp_path / name, text="t")
    with pytest.raises(DataError, match=r"a.csv is empty"):
        read(tmp_path, text="t")


def test_a_folder_of_save_to_disk(tmp_path):
    datasets = pytest.importorskip("datasets")
    saved = datasets.Dataset.from_dict({"t": ["a", "b", "c"], "y": [1, 2, 3]})
    saved.select([2, 0]).save_to_disk(tmp_path / "saved", num_proc=None)
    # What `map` of a dataset that was loaded from there leaves next to it.
    with pa.ipc.new_stream(tmp_path / "saved/cache-0123.arrow", TABLE.schema) as writer:
        writer.write_table(TABLE)
    assert texts(tmp_path / "saved") == ["c", "a"]
    splits = datasets.DatasetDict({"train": saved, "test": saved.select([0])})
    splits.save_to_disk(tmp_path / "splits")
    with pytest.raises(DataError, match=r"several splits.*splits/train, .*splits/test"):
        read(tmp_path / "splits", text="t")
    assert texts(tmp_path / "splits/test") == ["a"]


LATIN = os.fsdecode(b"caf\xe9")


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz", ".jsonl", ".parquet", ".arrow", ".txt"])
def test_names_that_are_not_utf8(tmp_path, suffix, run, capsys):
    path = tmp_path / f"{LATIN} rows" / f"{LATIN}{suffix}"
    path.parent.mkdir()
    rows = [("good", "up"), ("bad", "down")]
    content = {
        ".csv": "text,label\n" + "".join(f"{t},{y}\n" for t, y in rows),
        ".jsonl": "".join(json.dumps({"text": t, "label": y}) + "\n" for t, y in rows),
        ".txt": "".join(f"__label__{y} {t}\n" for t, y in rows),
    }
    content[".csv.gz"] = content[".csv"]
    table = pa.table({"text": ["good", "bad"], "label": ["up", "down"]})
    with path.open("wb") as sink:
        if suffix == ".parquet":
            pq.write_table(table, sink)
        elif suffix == ".arrow":
            with pa.ipc.new_file(sink, table.schema) as writer:
                writer.write_table(table)
        else:
            data = content[suffix].encode()
            sink.write(gzip.compress(data) if suffix.endswith(".gz") else data)
    for paths in (path, path.parent, tmp_path, f"{tmp_path}/*/*", f"{path.parent}/*{suffix}"):
        dataset = read(paths, text="text", target="label")
        (batch,) = dataset.cache(tmp_path / "cache").batches()
        assert batch.text.cast(pa.string()).to_pylist() == ["good", "bad"]
        assert r"caf\xe9" in batch.origin
    model = tor.TextClassifier(preset="fast").fit(
        dataset.cache(tmp_path / "cache"), checkpoint=tmp_path / "c"
    )
    model.save(tmp_path / "m")
    code, _, error = run("evaluate", tmp_path / "m", path)
    assert code == 0, error
    path.unlink()
    with pytest.raises(DataError, match=r"caf\\xe9.* does not exist"):
        read(path, text="text")
