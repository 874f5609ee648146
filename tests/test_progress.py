"""Progress: what is logged, written as lines, and drawn on a terminal."""

import contextlib
import io
import logging
import os
import re
import subprocess
import sys

import numpy as np
import pytest

from torrential.engine.progress.display import BarProgress, LineProgress, make_progress
from torrential.engine.progress.measured import MeasuredPartition
from torrential.engine.progress.progress import SilentProgress
from torrential.evaluation.progressive import ProgressiveValidation


class Clock:
    """A clock that is set by hand."""

    now = 0.0

    def __call__(self):
        return self.now


class Known:
    """A partition that may know its rows."""

    def __init__(self, n_rows):
        self.n_rows = n_rows


def partitions(*sizes):
    return [MeasuredPartition(Known(size)) for size in sizes]


class Terminal(io.StringIO):
    def isatty(self):
        return True


def _train(progress, clock, n_steps=4, sizes=(4000,), correct=True):
    """Learn 1000 rows and 1 MB in each half second, with a loss that falls."""
    validation = ProgressiveValidation()
    progress.begin("train", partitions(*sizes))
    for step in range(n_steps):
        hits = np.ones(1000, bool) if correct else None
        validation.update(np.full(1000, 1 / (step + 1)), hits)
        clock.now += 0.5
        progress.advance(1000, 1_000_000, validation)


def _screen(output):
    """Give the lines that a terminal would show, and the number of times that it was drawn."""
    lines, row = [""], 0
    for token in re.findall(r"\x1b\[[0-9;?]*[A-Za-z]|\r|\n|[^\x1b\r\n]+", output):
        if token == "\n":
            row += 1
        elif token.endswith("A") and token.startswith("\x1b"):
            row -= int(token[2:-1])
        elif token == "\x1b[2K":
            lines[row] = ""
        elif token != "\r" and not token.startswith("\x1b"):
            lines[row] += token
        lines += [""] * (row + 1 - len(lines))
    return [line.rstrip() for line in lines if line], output.count("train")


def test_nothing_is_shown_but_all_is_logged(caplog, capfd):
    clock = Clock()
    with caplog.at_level(logging.INFO, "torrential.train"), SilentProgress(clock) as progress:
        _train(progress, clock)
    assert caplog.messages[:2] == [
        "train: 1 rows, average loss 1, since last 1, accuracy 1.0000",
        "train: 2 rows, average loss 1, since last 1, accuracy 1.0000",
    ]
    assert caplog.messages[-1].startswith("train: 4000 rows, average loss 0.520833, since last 0.2")
    assert len(caplog.messages) == 13
    assert capfd.readouterr() == ("", "")


def test_log_without_validation(caplog):
    with caplog.at_level(logging.INFO, "torrential.train"), SilentProgress() as progress:
        progress.begin("predict")
        for _ in range(5):
            progress.advance(1000, 10)
    assert caplog.messages == [f"predict: {n} rows" for n in (1000, 2000, 4000, 5000)]


def test_lines():
    clock, stream = Clock(), io.StringIO()
    with LineProgress(stream, clock) as progress:
        _train(progress, clock)
        progress.begin("predict")
        clock.now += 1
        progress.advance(1_234_567, 10_000_000)
    lines = stream.getvalue().splitlines()
    assert lines[:3] == [
        "train",
        "average loss  since last  accuracy           rows      MB/s   seconds",
        "      1.0000      1.0000   100.00%              1       2.0       0.5",
    ]
    assert lines[12:] == [
        "      0.9883      0.9766   100.00%          1,024       2.0       1.0",
        "      0.7402      0.4922   100.00%          2,048       2.0       1.5",
        "      0.5208      0.2906   100.00%          4,000       2.0       2.0",
        "predict",
        "         rows      MB/s   seconds",
        "    1,234,567      10.0       1.0",
    ]


def test_accuracy_on_rows_that_were_learned_before_is_called_so(caplog):
    """Only the first pass is progressive validation."""
    clock, stream = Clock(), io.StringIO()
    caplog.set_level(logging.INFO, "torrential.train")
    with LineProgress(stream, clock) as progress:
        for epoch in range(2):
            validation = ProgressiveValidation(learned_before=epoch > 0)
            validation.update(np.ones(8), np.ones(8, bool))
            progress.begin(f"epoch {epoch + 1}/2", partitions(8))
            progress.advance(8, 100, validation)
    first, second = stream.getvalue().split("epoch 2/2")
    assert "accuracy" in first
    assert "accuracy" not in second
    assert "training" in second
    assert (
        "epoch 2/2: 8 rows, average loss 1, since last 1, training accuracy 1.0000" in caplog.text
    )
    assert "epoch 1/2: 8 rows, average loss 1, since last 1, accuracy 1.0000" in caplog.text
    terminal = Terminal()
    with BarProgress(terminal, clock=clock, width=100) as progress:
        progress.begin("epoch 2/2", partitions(8))
        progress.advance(8, 100, validation)
    assert "training accuracy 100.00%" in terminal.getvalue()


def test_lines_without_accuracy_and_with_odd_losses():
    stream = io.StringIO()
    validation = ProgressiveValidation()
    with LineProgress(stream) as progress:
        progress.begin("train")
        validation.update(np.array([1e9, 0, np.nan]))
        progress.advance(3, 1, validation)
    words = [line.split() for line in stream.getvalue().splitlines()[2:]]
    assert [row[:4] for row in words] == [
        ["1.000e+09", "1.000e+09", "-", "1"],
        ["5.000e+08", "0.0000", "-", "2"],
        ["nan", "nan", "-", "3"],
    ]


@pytest.mark.parametrize("width", [40, 80, 100])
def test_the_bar(width):
    clock, stream = Clock(), Terminal()
    with BarProgress(stream, clock=clock, width=width) as progress:
        _train(progress, clock, n_steps=1)
        lines, _ = _screen(stream.getvalue())
        assert lines[0].startswith("train  ━")
        assert lines[0].endswith(" 25%  0:00, 0:02 left")
        assert len(lines[0]) == width
        assert "1,000 rows" in lines[1]
        assert ("2,000 rows/s" in lines[1]) == (width == 100)
        assert ("loss  1.0000   accuracy 100.00%" in lines[1]) == (width > 40)
        assert len(lines[1]) <= width
    lines, _ = _screen(stream.getvalue())
    assert lines[0].endswith("━  100%  0:00")
    assert stream.getvalue().endswith("\x1b[?25h")  # the cursor is back


def test_the_bar_after_an_interrupt():
    clock, stream = Clock(), Terminal()
    with pytest.raises(KeyboardInterrupt), BarProgress(stream, clock=clock, width=80) as progress:
        _train(progress, clock, n_steps=2)
        raise KeyboardInterrupt
    assert " 50%" in _screen(stream.getvalue())[0][0]
    assert stream.getvalue().endswith("\x1b[?25h")


def test_one_partition_whose_rows_are_not_known():
    clock, stream = Clock(), Terminal()
    with BarProgress(stream, clock=clock, width=80) as progress:
        _train(progress, clock, sizes=[None], n_steps=3)
        assert _screen(stream.getvalue())[0][0] == "train  0:02"


def test_the_bar_without_validation():
    clock, stream = Clock(), Terminal()
    with BarProgress(stream, clock=clock, width=80) as progress:
        progress.begin("predict", partitions(100, 300))
        clock.now += 2
        progress.advance(100, 1)
        lines, _ = _screen(stream.getvalue())
    assert lines[0].endswith("25%  0:02, 0:06 left")
    assert "loss" not in lines[1]


def test_the_bar_is_drawn_ten_times_a_second_at_most():
    clock, stream = Clock(), Terminal()
    with BarProgress(stream, clock=clock, width=80) as progress:
        progress.begin("train", partitions(1000))
        for _ in range(1000):
            clock.now += 0.002
            progress.advance(1, 10)
    assert _screen(stream.getvalue())[1] <= 1 + 2 / 0.1 + 2


def test_lines_above_the_bar():
    clock, stream = Clock(), Terminal()
    with BarProgress(stream, with_lines=True, clock=clock, width=80) as progress:
        _train(progress, clock, correct=False)
    lines, _ = _screen(stream.getvalue())
    assert lines[0].split() == [
        "average",
        "loss",
        "since",
        "last",
        "accuracy",
        "rows",
        "MB/s",
        "seconds",
    ]
    assert lines[1].split() == ["1.0000", "1.0000", "-", "1", "2.0", "0.5"]
    assert len(lines) == 1 + 13 + 2
    assert "accuracy" not in lines[-1]


def test_what_is_made(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    assert type(make_progress(None)) is type(make_progress(0)) is SilentProgress
    assert type(make_progress(1, io.StringIO())) is LineProgress
    assert type(make_progress(1, Terminal())) is BarProgress
    monkeypatch.setenv("TERM", "dumb")
    assert type(make_progress(2, Terminal())) is LineProgress


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs pseudo-terminals")
def _all_of(terminal):
    """All that was written to a terminal whose other end is closed: each read gives a part."""
    parts = []
    with os.fdopen(terminal, "rb", buffering=0) as screen, contextlib.suppress(OSError):
        while part := screen.read(1 << 16):
            parts.append(part)
    return b"".join(parts).decode()


def test_a_real_terminal(monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("COLUMNS", raising=False)
    ours, theirs = os.openpty()
    clock = Clock()
    with os.fdopen(theirs, "w") as stream:
        progress = make_progress(1, stream)
        with progress:
            _train(progress, clock, n_steps=2)
    lines, _ = _screen(_all_of(ours))
    assert len(lines) == 2
    assert "100%" in lines[0]
    assert "2,000 rows" in lines[1]


def test_several_ends_and_none():
    stream = io.StringIO()
    progress = LineProgress(stream)
    progress.end()
    progress.advance(1, 1)
    progress.begin("train")
    progress.end()
    progress.end()
    assert stream.getvalue() == ""


@pytest.mark.parametrize("verbose", [0, 1])
def test_rich_is_imported_for_a_bar_only(verbose):
    code = f"""
import sys
from torrential.engine.progress.display import make_progress
with make_progress({verbose}) as progress:
    progress.begin("train")
    progress.advance(1, 1)
sys.exit("rich" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True)
    assert done.returncode == 0
