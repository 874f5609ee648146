"""Folders of predictions: mirrored files, whole or not at all, resumed after a kill."""

import json
import os
import signal
import subprocess
import sys

import pyarrow as pa
import pytest
from pyarrow import parquet

import torrential as tor
from cluster import wait_for
from torrential.errors import OutputError, ParameterError

GOOD, BAD = "arrived early and works well", "broken on arrival, no refund"
NAMES = ["a/part-0", "a/part-1", "b/part-0", "last"]


@pytest.fixture(scope="module")
def model():
    return tor.TextClassifier(preset="fast", n_features=2**10).fit([GOOD, BAD] * 20, [1, 0] * 20)


@pytest.fixture(scope="module")
def saved(model, tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "stars.model"
    model.save(path)
    return path


@pytest.fixture
def shards(tmp_path):
    for number, name in enumerate(NAMES):
        path = tmp_path / "in" / f"{name}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        texts = [GOOD, BAD, f"early {number}"] * 100
        table = pa.table({"id": range(1000 * number, 1000 * number + 300), "text": texts})
        parquet.write_table(table, path, row_group_size=100)
    return tmp_path / "in"


def read(folder):
    return tor.read(folder, text="text")


def files_in(folder):
    found = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return sorted(name for name in found if name != ".torrential.json")


def contents(folder):
    return {name: (folder / name).read_bytes() for name in files_in(folder)}


def damage(path):
    """Break the text of the last row group: rows before it are read without an error."""
    content = bytearray(path.read_bytes())
    column = parquet.read_metadata(path).row_group(2).column(1)
    begin = column.dictionary_page_offset or column.data_page_offset
    content[begin : begin + 40] = b"\xff" * 40
    path.write_bytes(content)


@pytest.mark.parametrize("n_jobs", [1, 3])
def test_each_file_is_that_of_a_plain_prediction(model, shards, tmp_path, n_jobs):
    model.set_params(n_jobs=n_jobs)
    counts = model.predict_to(read(shards), f"{tmp_path}/out/", columns=["id"])
    assert (counts.n_files, counts.n_rows, counts.failed) == (4, 1200, {})
    assert files_in(tmp_path / "out") == [f"{name}.parquet" for name in NAMES]
    for name in NAMES:
        model.predict_to(read(shards / f"{name}.parquet"), tmp_path / "one.parquet", columns=["id"])
        one = (tmp_path / "one.parquet").read_bytes()
        assert (tmp_path / "out" / f"{name}.parquet").read_bytes() == one


def test_formats_and_globs_and_files(model, shards, tmp_path):
    out = tmp_path / "out"
    files = [shards / "a/part-0.parquet", f"{shards}/b*/*.parquet"]
    model.predict_to(tor.read(files, text="text"), f"{out}/", format="jsonl.gz")
    assert files_in(out) == ["b/part-0.jsonl.gz", "part-0.jsonl.gz"]
    assert tor.read(out, text="text").n_rows is None  # they can be read
    twice = tor.read([shards / "a/part-0.parquet", shards / "b/part-0.parquet"], text="text")
    with pytest.raises(ParameterError, match="both be written as 'part-0'"):
        model.predict_to(twice, f"{tmp_path}/two/")
    with pytest.raises(ParameterError, match="each file that is read"):
        model.predict_to([GOOD], f"{tmp_path}/two/")
    assert not (tmp_path / "two").exists()


@pytest.mark.parametrize("top", ["10%", 500])
def test_ranks_are_over_all_files(model, shards, tmp_path, top):
    options = {"keep": 1, "keep_top": top, "keep_rows": True}
    model.predict_to(read(shards), tmp_path / "one.parquet", **options)
    counts = model.predict_to(read(shards), f"{tmp_path}/out/", **options)
    assert counts.n_kept == (120 if top == "10%" else 500)
    parts = [parquet.read_table(tmp_path / "out" / f"{name}.parquet") for name in NAMES]
    assert pa.concat_tables(parts).equals(parquet.read_table(tmp_path / "one.parquet"))
    assert files_in(tmp_path / "out") == [f"{name}.parquet" for name in NAMES]


@pytest.mark.parametrize("options", [{}, {"keep": 1, "keep_top": 300}])
@pytest.mark.parametrize("n_jobs", [1, 4])
def test_a_file_that_fails_in_the_middle_is_named(model, shards, tmp_path, n_jobs, options):
    damage(shards / "a/part-1.parquet")
    counts = model.set_params(n_jobs=n_jobs).predict_to(read(shards), f"{tmp_path}/out/", **options)
    (sentence,) = counts.failed.values()
    assert "a/part-1.parquet, row group 2" in sentence
    assert files_in(tmp_path / "out") == [f"{NAMES[i]}.parquet" for i in (0, 2, 3)]
    assert (counts.n_rows, counts.n_files) == (900, 3)


@pytest.mark.parametrize("options", [{}, {"keep": 1, "keep_top": 300}])
def test_a_file_that_cannot_be_opened_is_named(model, shards, tmp_path, options):
    (shards / "a/part-1.parquet").write_bytes(b"PAR1 and no footer")
    counts = model.predict_to(read(shards), f"{tmp_path}/out/", **options)
    (sentence,) = counts.failed.values()
    assert "a/part-1.parquet is not readable" in sentence
    assert files_in(tmp_path / "out") == [f"{NAMES[i]}.parquet" for i in (0, 2, 3)]
    assert (counts.n_rows, counts.n_files) == (900, 3)


def test_a_folder_with_other_files_is_left_alone(model, shards, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "mine.txt").write_text("mine")
    for resume in (False, True):
        with pytest.raises(OutputError, match=r"mine\.txt"):
            model.predict_to(read(shards), out, resume=resume)
    assert files_in(out) == ["mine.txt"]


def test_a_resumed_run_is_that_of_the_same_parameters(model, shards, tmp_path):
    out = tmp_path / "out"
    model.predict_to(read(shards), f"{out}/")
    whole = contents(out)
    with pytest.raises(OutputError, match="resume"):
        model.predict_to(read(shards), out)
    (out / "last.parquet").unlink()
    other = tor.TextClassifier(preset="fast", n_features=2**10).fit([BAD, GOOD], [1, 0])
    with pytest.raises(OutputError, match="another value of models"):
        other.predict_to(read(shards), out, resume=True)
    with pytest.raises(OutputError, match="another value of columns"):
        model.predict_to(read(shards), out, resume=True, columns=["id"])
    counts = model.predict_to(read(shards), out, resume=True)
    assert (counts.n_files, counts.n_done) == (1, 3)
    assert contents(out) == whole
    later = (out / "last.parquet").stat().st_mtime + 10
    os.utime(shards / "last.parquet", (later, later))
    assert model.predict_to(read(shards), out, resume=True).n_files == 1


def test_a_run_that_is_killed_goes_on(saved, shards, tmp_path):
    out = tmp_path / "out"
    source = parquet.read_table(shards / "last.parquet")
    for number in range(40):
        parquet.write_table(pa.concat_tables([source] * 40), shards / f"more-{number:02}.parquet")
    command = [sys.executable, "-m", "torrential", "predict", saved, shards, "--n-jobs", "2"]
    process = subprocess.Popen([*command, "-o", f"{out}/", "-q"])
    wait_for(lambda: out.exists() and len(files_in(out)) > 3, 60)
    process.send_signal(signal.SIGKILL)
    process.wait()
    done = [name for name in files_in(out) if name.endswith(".parquet")]
    for name in done:
        assert parquet.read_metadata(out / name).num_columns == 4  # each is whole
    (out / f".more.parquet.{process.pid}-7.tmp").write_bytes(b"left")
    going_on = [*command, "-o", out, "--resume", "--json"]
    facts = json.loads(subprocess.run(going_on, capture_output=True, check=True).stdout)
    assert facts["files"] == {"n_files": 44 - len(done), "n_done": len(done), "failed": {}}
    assert len(files_in(out)) == 44 and not list(out.rglob("*.tmp"))


def test_the_command_names_what_failed_and_ends_with_1(run, saved, shards, tmp_path):
    damage(shards / "a/part-1.parquet")
    code, _, err = run("predict", saved, shards, "-o", f"{tmp_path}/out/")
    assert code == 1
    assert "a/part-1.parquet, row group 2" in err and "Wrote 3 files" in err
    assert err.rstrip().endswith("1 file of the folder failed.")


def test_workers_of_a_cluster_write_whole_files(model, shards, tmp_path, address):
    damage(shards / "a/part-1.parquet")
    for options in ({}, {"keep": 1, "keep_top": "20%"}):
        here, there = tmp_path / f"here{len(options)}", tmp_path / f"there{len(options)}"
        model.predict_to(read(shards), f"{here}/", **options)
        counts = model.predict_to(read(shards), f"{there}/", executor=address, **options)
        assert len(counts.failed) == 1 and counts.n_files == 3
        assert contents(there) == contents(here)


@pytest.mark.parametrize("empty", ["a", "m", "z"])
def test_a_file_without_rows_is_a_file_without_rows(model, tmp_path, empty):
    (tmp_path / "in").mkdir()
    for name in "amz":
        text = "" if name == empty else f"{GOOD}\n{BAD}\n"
        (tmp_path / "in" / f"{name}.csv").write_text(f"text\n{text.replace(',', '')}")
    counts = model.predict_to(read(tmp_path / "in"), f"{tmp_path / 'out'}/", format="csv")
    assert (counts.n_rows, counts.n_files, counts.failed) == (4, 3, {})
    assert [each.tolist() for each in counts.by_label] == [[2, 2]]
    lines = {name: (tmp_path / "out" / f"{name}.csv").read_text().splitlines() for name in "amz"}
    assert {len(found) for name, found in lines.items() if name != empty} == {3}
    assert lines[empty] == lines["m" if empty == "a" else "a"][:1]
