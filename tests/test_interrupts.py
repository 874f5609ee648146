"""Ctrl-C at any moment, thousands of times: nothing hangs, and no thread is left behind."""

import os
import subprocess
import sys
import textwrap

import pytest

WORK = {
    "tasks": """
        with TaskRunner(2) as run:
            for _ in range(40):
                assert run([int, str]) == [0, ""]
        """,
    "whole": """
        with Whole() as whole:
            for _ in range(40):
                assert whole(lambda: 6 * 7) == 42
        """,
    "one by one": """
        for _ in range(40):
            with closing(stream([lambda: range(9)] * 3, str, 1)) as results:
                assert len(list(results)) == 27
        """,
    "stream": """
        for _ in range(40):
            with closing(stream([lambda: range(9)] * 3, str, 2)) as results:
                assert len(list(results)) == 27
        """,
    "map": """
        for _ in range(40):
            with closing(Threads(2).map(pow, range(9), 2)) as results:
                assert len(list(results)) == 9
        """,
    "map_reduce": """
        for _ in range(40):
            assert Threads(2).map_reduce(pow, [1] * 9, int.__add__, 2) == 18
        """,
    "joblib": """
        for _ in range(40):
            assert Joblib(1).map_reduce(pow, [1] * 9, int.__add__, 2) == 18
        """,
}

PROGRAM = """
import random
import signal
import threading
import time
from contextlib import closing

from torrential.execution import TaskRunner, Threads, Whole, stream
from torrential.execution.joblib import Joblib

def work():
{work}

def interrupt(number, frame):
    raise KeyboardInterrupt

signal.signal(signal.SIGALRM, interrupt)
draw = random.Random(0)
for _ in range({rounds}):
    try:
        try:
            signal.setitimer(signal.ITIMER_REAL, draw.uniform(1e-5, 2e-3))
            work()
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    except KeyboardInterrupt:
        pass
    deadline = time.monotonic() + 5
    while left := [each for each in threading.enumerate() if "torrential" in each.name]:
        assert time.monotonic() < deadline, left
        time.sleep(1e-4)
print("done")
"""


@pytest.mark.skipif(os.name != "posix", reason="needs timers that send signals")
@pytest.mark.timeout(120)
@pytest.mark.parametrize("name", WORK)
def test_nothing_hangs(name):
    program = PROGRAM.format(work=textwrap.indent(textwrap.dedent(WORK[name]), "    "), rounds=400)
    command = [sys.executable, "-X", "faulthandler", "-c", program]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert ended.stdout == "done\n", ended.stderr


ONCE = {
    "tasks": "with TaskRunner(2) as run: assert run([int, str]) == [0, ''], run",
    "whole": "with Whole() as whole: assert [whole(int), whole(int)] == [0, 0]",
    "crew": "with Crew(2, 'torrential') as crew: crew.submit(int).result(), crew.submit(int)",
    "one by one": "with closing(stream([lambda: range(2)], str, 1)) as them: assert list(them)",
    "stream": "with closing(stream([lambda: range(2)] * 2, str, 2)) as them: assert list(them)",
    "map": "with closing(Threads(2).map(pow, range(3), 2)) as them: assert len(list(them)) == 3",
    "map_reduce": "assert Threads(2).map_reduce(pow, [1] * 3, int.__add__, 2) == 6",
}

EVERYWHERE = """
import sys
import threading
import time
from contextlib import closing
from itertools import count

from torrential.execution import TaskRunner, Threads, Whole, stream
from torrential.execution.crew import Crew

def work():
    {work}

def interrupted(place):
    left = place
    def trace(frame, event, argument):
        nonlocal left
        frame.f_trace_opcodes = True
        if event == "opcode":
            left -= 1
            if not left:
                raise KeyboardInterrupt
        return trace
    try:
        sys.settrace(trace)
        work()
    except KeyboardInterrupt:
        pass
    finally:
        sys.settrace(None)
    return left <= 0

for place in count(1):
    if not interrupted(place):
        break
    deadline = time.monotonic() + 5
    while alive := [each for each in threading.enumerate() if "torrential" in each.name]:
        assert time.monotonic() < deadline, (place, alive)
        time.sleep(1e-4)
print("done", place)
"""


@pytest.mark.timeout(120)
@pytest.mark.parametrize("name", ONCE)
def test_an_interrupt_at_any_instruction_leaves_nothing(name):
    program = EVERYWHERE.format(work=ONCE[name])
    command = [sys.executable, "-X", "faulthandler", "-c", program]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert ended.stdout.startswith("done"), ended.stderr
    assert int(ended.stdout.split()[1]) > 50
