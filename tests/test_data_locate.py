import json
import subprocess
import sys

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from torrential.data import read
from torrential.errors import DataError, MissingDataError


def write(path, *texts):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps({"t": text}) + "\n" for text in texts))
    return path


def texts(paths, **options):
    return [t for b in read(paths, text="t", **options).batches() for t in b.text.to_pylist()]


@pytest.fixture
def folder(tmp_path):
    write(tmp_path / "b.jsonl", "b")
    write(tmp_path / "a.jsonl", "a")
    write(tmp_path / "sub/deep/c.jsonl", "c")
    write(tmp_path / "sub/[x].jsonl", "x")
    for hidden in (".hidden.jsonl", "_part.jsonl", "_temporary/d.jsonl", ".git/e.jsonl"):
        write(tmp_path / hidden, "hidden")
    (tmp_path / "_SUCCESS").touch()
    (tmp_path / "README.md").write_text("# not data")
    return tmp_path


def test_a_folder_is_searched_without_hidden_names(folder):
    assert texts(folder) == ["a", "b", "x", "c"]
    assert texts(str(folder) + "/") == ["a", "b", "x", "c"]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*.jsonl", ["_", "a", "b"]),
        ("[ab].jsonl", ["a", "b"]),
        ("[!a_].jsonl", ["b"]),
        ("?.jsonl", ["a", "b"]),
        ("**/c.jsonl", ["c"]),
        ("**/a.jsonl", ["a"]),
        ("sub/*/*.jsonl", ["c"]),
        ("s*", ["x", "c"]),
        ("sub/[x].jsonl", ["x"]),
    ],
)
def test_globs(folder, pattern, expected):
    write(folder / "_part.jsonl", "_")
    assert texts(f"{folder}/{pattern}") == expected
    assert texts(f"file://{folder}/{pattern}".replace("[x]", "[[]x]")) == expected


def test_relative_paths(folder, monkeypatch):
    monkeypatch.chdir(folder)
    assert texts("[ab].jsonl") == ["a", "b"]
    assert texts("sub") == ["x", "c"]
    assert read("*.jsonl", text="t").partitions()[1].name == "a.jsonl"


def test_a_list_keeps_its_order(folder):
    assert texts([folder / "b.jsonl", str(folder / "a.jsonl"), folder / "b.jsonl"]) == list("bab")


def test_file_urls(folder):
    assert texts(f"file://{folder}/a.jsonl") == ["a"]
    assert texts(f"file://{folder}/sub") == ["x", "c"]


def test_fsspec_urls():
    with fsspec.open("memory://store/a.jsonl", "w") as file:
        file.write('{"t": "a"}\n')
    with fsspec.open("memory://store/b.jsonl.gz", "w", compression="gzip") as file:
        file.write('{"t": "b"}\n')
    with fsspec.open("memory://store/rows.parquet", "wb") as file:
        pq.write_table(pa.table({"t": ["c", "d"]}), file, row_group_size=1)
    assert texts("memory://store/a.jsonl") == ["a"]
    assert texts("memory://store/*.jsonl*") == ["a", "b"]
    assert texts("memory://store", format="jsonl") == ["a", "b"]
    assert texts("memory://store", format="parquet") == ["c", "d"]
    (first, _) = read("memory://store/rows.parquet", text="t").partitions()
    assert first.name == "memory://store/rows.parquet, row group 0"


def test_missing_things(tmp_path):
    for path in ("none.parquet", "none/", "none/*.csv", "*.csv", "memory://none/x.csv"):
        where = path if "://" in path else f"{tmp_path}/{path}"
        with pytest.raises(MissingDataError, match=r"none|csv") as caught:
            read(where, text="t")
        assert where in str(caught.value)


def test_folder_without_readable_files(tmp_path):
    (tmp_path / "README.md").write_text("# nothing")
    with pytest.raises(DataError, match="without a file that can be read"):
        read(tmp_path, text="t")


def test_unknown_extension(tmp_path):
    path = tmp_path / "rows.xlsx"
    path.write_text("x")
    with pytest.raises(DataError, match=r"rows.xlsx has the extension '.xlsx'.*pass format="):
        read(path, text="t")


def test_glob_with_bad_brackets(folder):
    with pytest.raises(DataError, match="not a pattern of paths"):
        read(f"{folder}/[z-a].jsonl", text="t")


WITHOUT = """
import sys

class Without:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == sys.argv[1]:
            raise ImportError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Without())
from torrential.data import read
from torrential.errors import DataError
for url in sys.argv[2:]:
    try:
        read(url, text="t")
    except DataError as error:
        print(error)
"""


@pytest.mark.parametrize("package", ["fsspec", "huggingface_hub"])
def test_hf_without_its_packages(package):
    urls = [f"hf://datasets/some/one/{name}" for name in ("x.csv", "*.csv")]
    command = [sys.executable, "-c", WITHOUT, package, *urls]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    sentences = ended.stdout.splitlines()
    assert len(sentences) == 2
    for sentence in sentences:
        assert sentence.startswith("hf://datasets/some/one/")
        assert 'pip install "torrential[remote]"' in sentence


class Refusing(fsspec.AbstractFileSystem):
    """Raises what packages of filesystems raise: anything."""

    protocol = "refusing"

    def info(self, path, **options):
        raise RuntimeError("token expired")


def test_errors_of_filesystems(monkeypatch):
    fsspec.register_implementation("refusing", Refusing, clobber=True)
    with pytest.raises(DataError, match=r"refusing://a/x.csv is not readable \(token expired\)"):
        read("refusing://a/x.csv", text="t")


@pytest.mark.parametrize("url", ["nosuch://bucket/x.csv", "nosuch://bucket/*.csv"])
def test_unknown_filesystem(url):
    with pytest.raises(DataError, match="filesystem that does not open"):
        read(url, text="t")
