"""What a checkpoint is made of: progressive validation, times to write, uninterrupted work."""

import json
import os
import signal
import threading

import numpy as np
import pytest

from own_threads import own_threads
from torrential.engine.checkpoints.interval import Every
from torrential.evaluation.progressive import ProgressiveValidation
from torrential.execution.uninterrupted import Whole


def test_progressive_validation_goes_on():
    random = np.random.default_rng(0)
    losses, correct = random.random(1000), random.random(1000) < 0.5
    whole = ProgressiveValidation()
    whole.update(losses, correct)
    begun = ProgressiveValidation()
    for begin, end in [(0, 1), (1, 300), (300, 1000)]:
        begun = ProgressiveValidation.from_state(json.loads(json.dumps(begun.state())))
        begun.update(losses[begin:end], correct[begin:end])
    assert begun.state() == whole.state()
    assert begun.lines == whole.lines
    assert begun.average_loss == whole.average_loss
    assert begun.accuracy == whole.accuracy


@pytest.mark.parametrize(
    ("value", "seconds"), [("60s", 60), ("5m", 300), ("1h", 3600), ("0s", 0), ("0.5 s", 0.5)]
)
def test_times(value, seconds):
    assert Every.parse(value).seconds == seconds


def test_every_so_many_seconds():
    now = [0.0]
    every = Every(seconds=10, clock=lambda: now[0])
    due = []
    for now[0] in (5, 9.9, 10, 15, 19.9, 25):
        due.append(every.is_due(0))
    assert due == [False, False, True, False, False, True]


def test_never():
    every = Every.parse(None)
    assert every.is_never
    assert not every.is_due(10**9)


def test_ctrl_c_waits_for_what_is_whole():
    done = threading.Event()

    def work():
        os.kill(os.getpid(), signal.SIGINT)
        assert not done.wait(0.1)
        done.set()

    with Whole() as whole:
        with pytest.raises(KeyboardInterrupt):
            whole(work)
        assert done.is_set()
        assert whole(lambda: 3) == 3
    assert own_threads() == []


def test_ctrl_c_again_and_again_waits_too():
    done = threading.Event()

    def work():
        for _ in range(5):
            os.kill(os.getpid(), signal.SIGINT)
            done.wait(0.02)
        done.set()

    with pytest.raises(KeyboardInterrupt), Whole() as whole:
        whole(work)
    assert done.is_set()


def test_an_error_of_what_is_whole():
    with Whole() as whole:
        with pytest.raises(ZeroDivisionError):
            whole(lambda: 1 // 0)
        assert whole(lambda: 3) == 3
