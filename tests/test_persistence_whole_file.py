"""Files that appear whole or not at all, on real full disks and folders without permission."""

import os
import resource
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

import forks
from torrential.errors import DataError, OutputError
from torrential.persistence.whole_file import TEMPORARY, whole_file


def _names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_the_file_appears_at_the_end_only(tmp_path):
    target = tmp_path / "model"
    with whole_file(target) as temporary:
        temporary.write_text("new")
        assert temporary.parent == tmp_path
        assert temporary.name.startswith(".")
        assert str(os.getpid()) in temporary.name
        assert not target.exists()
    assert target.read_text() == "new"
    assert _names(tmp_path) == ["model"]


def test_a_file_that_a_process_with_the_same_id_has_left(tmp_path):
    for number in range(100):
        (tmp_path / f".model.{os.getpid()}-{number}.tmp").touch()
    with whole_file(tmp_path / "model") as temporary:
        names = {temporary.name}
    with whole_file(tmp_path / "model") as temporary:
        names.add(temporary.name)
    assert len(names) == 2
    assert all(TEMPORARY.fullmatch(name)[1] == str(os.getpid()) for name in names)


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit, OSError])
def test_after_an_exception_the_old_file_is_whole(tmp_path, error):
    target = tmp_path / "model"
    target.write_text("old")
    with pytest.raises(error), whole_file(target) as temporary:
        temporary.write_text("half")
        raise error
    assert target.read_text() == "old"
    assert _names(tmp_path) == ["model"]


TWICE = """
import sys
from pathlib import Path
from torrential.persistence.whole_file import whole_file

unlink = Path.unlink

def interrupted(path, missing_ok=False):
    Path.unlink = unlink
    raise KeyboardInterrupt

try:
    with whole_file(sys.argv[1]) as temporary:
        temporary.write_text("half")
        Path.unlink = interrupted
        raise KeyboardInterrupt
except KeyboardInterrupt:
    print(temporary.exists())
"""


def test_a_second_interrupt_while_the_first_removes_the_file(tmp_path):
    command = [sys.executable, "-c", TWICE, tmp_path / "model"]
    done = forks.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "True\n"
    assert _names(tmp_path) == []


def test_a_file_keeps_its_permissions(tmp_path):
    target = tmp_path / "model"
    target.write_text("old")
    target.chmod(0o640)
    with whole_file(target) as temporary:
        temporary.write_text("new")
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


def test_a_symbolic_link_is_followed(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "elsewhere" / "model")
    with whole_file(link) as temporary:
        temporary.write_text("new")
    assert link.is_symlink()
    assert (tmp_path / "elsewhere" / "model").read_text() == "new"


def test_a_device_is_written_directly():
    with whole_file("/dev/null") as temporary:
        temporary.write_text("gone")
    assert not Path("/dev/null").is_file()


def test_a_long_name(tmp_path):
    target = tmp_path / ("é" * 120)
    with whole_file(target) as temporary:
        temporary.write_text("new")
    assert target.read_text() == "new"


def test_a_missing_folder(tmp_path):
    missing = tmp_path / "missing"
    with pytest.raises(OutputError, match="missing does not exist"), whole_file(missing / "model"):
        pass


def test_a_folder_in_place_of_the_file(tmp_path):
    with pytest.raises(OutputError, match="it is a folder"), whole_file(tmp_path):
        pass


def test_errors_of_the_reader_keep_their_name(tmp_path):
    with pytest.raises(FileNotFoundError) as caught, whole_file(tmp_path / "out"):
        (tmp_path / "input").open()
    assert not isinstance(caught.value, OutputError)
    with pytest.raises(DataError), whole_file(tmp_path / "out"):
        raise DataError("input.csv has no row.")


# The size of a file is limited in a process of its own: a full disk that needs no rights. Python
# ignores SIGXFSZ, so the write fails with EFBIG.
FULL = """
import sys
from pathlib import Path
import numpy as np, pyarrow as pa
from torrential.errors import OutputError
from torrential.persistence.model_file import write_model
from torrential.persistence.writers import open_writer

numbers = np.random.default_rng(0).random(1 << 18)
batch = pa.record_batch({"x": numbers, "text": numbers.astype(str)})

def model(path):
    write_model(path, {"coef": numbers}, {})

def table(path):
    with open_writer(path, batch.schema) as writer:
        writer.write(batch)

for path in map(Path, sys.argv[1:]):
    try:
        (model if path.suffix == ".model" else table)(path)
    except OutputError as error:
        print(error)
    else:
        sys.exit(f"{path} was written")
"""

NAMES = [
    "a.model",
    "a.parquet",
    "a.csv",
    "a.csv.gz",
    "a.tsv.zst",
    "a.jsonl",
    "a.jsonl.bz2",
    "a.arrow",
]


def _write_in_little_space(folder, limit=None):
    for name in NAMES:
        (folder / name).write_text("old")
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", FULL, *(str(folder / name) for name in NAMES)],
        preexec_fn=limit,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        f"Cannot write {folder / name}: no space is left; free some, or write to another disk."
        for name in NAMES
    ]
    assert _names(folder) == sorted(NAMES)
    assert {(folder / name).read_text() for name in NAMES} == {"old"}


def _limit_file_size():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 18, 1 << 18))


def test_a_limit_on_the_file_size(tmp_path):
    _write_in_little_space(tmp_path, _limit_file_size)


def test_a_full_disk(tmp_path):
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(tmp_path)]
    if os.geteuid() or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("needs the right to mount a small disk")
    try:
        _write_in_little_space(tmp_path)
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)


def test_a_folder_without_permission(tmp_path):
    if not os.geteuid():
        folder = Path("/proc/self")  # where not even root can make a file
    else:
        folder = tmp_path
        folder.chmod(0o500)
    with pytest.raises(OutputError, match="Cannot write"), whole_file(folder / "model"):
        pass


def test_a_pipe_is_written_directly():
    reader, writer = os.pipe()
    with whole_file(f"/dev/fd/{writer}") as temporary:
        temporary.write_text("42")
    os.close(writer)
    with os.fdopen(reader) as file:
        assert file.read() == "42"
