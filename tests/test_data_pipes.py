"""What comes through pipes can be read once."""

import contextlib
import gzip
import json
import os
import pickle
import signal
import subprocess
import sys
import threading
import time

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import forks
import torrential as tor
from torrential.data import read
from torrential.errors import DataError, ParameterError

N = 30_000
TEXTS = [f"row {i} is {'good' if i % 2 else 'bad'}" for i in range(N)]
LABELS = ["up" if i % 2 else "down" for i in range(N)]
TABLE = pa.table({"text": TEXTS, "label": LABELS})
JSONL = "".join(
    json.dumps({"text": text, "label": label}) + "\n"
    for text, label in zip(TEXTS, LABELS, strict=True)
).encode()
CSV = ("text,label\n" + "".join(map("{},{}\n".format, TEXTS, LABELS))).encode()
TXT = "".join(map("__label__{1} {0}\n".format, TEXTS, LABELS)).encode()


def arrow_stream():
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, TABLE.schema) as writer:
        writer.write_table(TABLE, 1000)
    return sink.getvalue().to_pybytes()


def parquet():
    sink = pa.BufferOutputStream()
    pq.write_table(TABLE, sink)
    return sink.getvalue().to_pybytes()


@pytest.fixture
def fifo(tmp_path):
    """Make a named pipe through which bytes come."""
    writers = []

    def make(data, name="pipe"):
        path = tmp_path / name
        os.mkfifo(path)

        def write():
            with contextlib.suppress(BrokenPipeError):
                path.write_bytes(data)

        writers.append(threading.Thread(target=write, daemon=True))
        writers[-1].start()
        return path

    yield make
    for writer in writers:
        writer.join(20)
        assert not writer.is_alive()


def rows(dataset):
    found = []
    for batch in dataset.batches():
        texts, labels = (c.cast(pa.string()).to_pylist() for c in (batch.text, batch.target))
        found += zip(texts, labels, strict=True)
    return found


KINDS = {"csv": CSV, "jsonl": JSONL, "fasttext": TXT, "arrow": arrow_stream()}


@pytest.mark.parametrize("compress", [bytes, gzip.compress])
@pytest.mark.parametrize("format", KINDS)
def test_named_pipes_of_any_format(fifo, format, compress):
    dataset = read(fifo(compress(KINDS[format])), text="text", target="label", format=format)
    assert rows(dataset) == list(zip(TEXTS, LABELS, strict=True))
    with pytest.raises(DataError, match=r"pipe is a pipe, .* only once.* write it to a file"):
        rows(dataset)


def test_a_name_that_tells_the_format(fifo):
    assert len(rows(read(fifo(CSV, "rows.csv"), text="text", target="label"))) == N


def test_more_than_what_is_kept(fifo, monkeypatch):
    monkeypatch.setattr("torrential.data.files.pipe.KEPT_BYTES", 2 << 20)
    data = JSONL * 4
    assert len(data) > 4 << 20
    assert len(rows(read(fifo(data), text="text", target="label", format="jsonl"))) == 4 * N


def test_training_and_several_passes(fifo):
    expected = tor.TextClassifier(preset="fast").fit(read(TABLE, text="text", target="label"))
    pipe = fifo(JSONL)
    model = tor.TextClassifier(preset="fast", n_jobs=2).fit(
        read(pipe, text="text", target="label", format="jsonl")
    )
    assert (model.coef_ == expected.coef_).all()


def test_what_needs_more(fifo, tmp_path):
    with pytest.raises(DataError, match="only once"):
        tor.TextClassifier(preset="fast", max_iter=3).fit(
            read(fifo(JSONL, "a"), text="text", target="label", format="jsonl")
        )
    os.mkfifo(tmp_path / "b")
    with pytest.raises(DataError, match=r"is a pipe, whose name does not determine the format"):
        read(tmp_path / "b", text="text")
    with pytest.raises(DataError, match=r"c is a pipe, and files of this format are read from"):
        read(fifo(parquet(), "c"), text="text", format="parquet")
    dataset = read(fifo(JSONL, "d"), text="text", target="label", format="jsonl")
    with pytest.raises(DataError, match=r"d is a pipe, which the workers of a cluster cannot"):
        pickle.dumps(dataset.partitions())
    with pytest.raises(ParameterError, match="no checkpoint can be resumed"):
        tor.TextClassifier(preset="fast").fit(dataset, checkpoint=tmp_path / "kept")
    assert len(rows(dataset)) == N


COMMAND = [sys.executable, "-m", "torrential"]


@pytest.mark.timeout(300)  # five processes
def test_the_standard_input_of_all_commands(tmp_path):
    (tmp_path / "rows.jsonl").write_bytes(JSONL)
    reading = ["--format", "jsonl", "--text", "text", "-q"]
    for words in (
        ["train", "-", *reading, "--target", "label", "-o", "m"],
        ["evaluate", "m", "/dev/stdin", *reading],
        ["predict", "m", "-", *reading, "-o", "first.csv"],
        ["predict", "m", "/dev/stdin", *reading, "-o", "second.csv"],
    ):
        ended = forks.run(
            [*COMMAND, *words], input=JSONL, capture_output=True, cwd=tmp_path, check=False
        )
        assert ended.returncode == 0, ended.stderr.decode()
    with (tmp_path / "rows.jsonl").open() as source:
        words = ["predict", "m", "-", *reading, "-o", "file.csv"]
        forks.run([*COMMAND, *words], stdin=source, cwd=tmp_path, check=True)
    first = (tmp_path / "first.csv").read_bytes()
    assert first == (tmp_path / "second.csv").read_bytes() == (tmp_path / "file.csv").read_bytes()
    assert first.count(b"\n") == N + 1


def test_a_pipe_that_gives_nothing_can_be_ended(tmp_path):
    words = ["train", "-", "--format", "jsonl", "--text", "t", "--target", "l", "-o", "m"]
    process = forks.Popen(
        [*COMMAND, *words], stdin=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path
    )
    process.stdin.write(b'{"t": "a", "l": "b"}\n')
    process.stdin.flush()
    time.sleep(3)
    process.send_signal(signal.SIGTERM)
    _, error = process.communicate(timeout=60)
    assert process.returncode in (130, 143, -signal.SIGTERM)
    assert b"Traceback" not in error
