"""Functions that tests run on clusters: workers import them from here."""

import os
import signal
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from torrential.errors import MissingDataError
from torrential.execution import stop_requested
from torrential.execution.fold import FAN_IN


@dataclass(frozen=True)
class Part:
    """An item that has a name."""

    name: str
    place: int


class OopsError(Exception):
    pass


def pair(first, second):
    return (first, second)


def level_by_level(results, merge):
    """The definition of the tree: groups of 4 from the left, groups of these, and so on."""
    while len(results) > 1:
        groups = [results[i : i + FAN_IN] for i in range(0, len(results), FAN_IN)]
        results = []
        for first, *rest in groups:
            for second in rest:
                first = merge(first, second)
            results.append(first)
    return results[0]


def times(shared, x):
    return shared * x


def identity(shared, x):
    return x


def fail_at(bad, x):
    if x in bad:
        raise OopsError(x)
    return x


def cannot_merge(first, second):
    raise OopsError("merge")


def noise(shared, seed):
    """Numbers whose sums depend on the order in which they are added."""
    return np.random.default_rng(seed).standard_normal(10_000).astype(np.float32) + shared


def add_in_place(first, second):
    first += second
    return first


def extend(first, second):
    first.extend(second)
    return first


class InterruptWhenSent:
    """A merge of lists that is interrupted, as by Ctrl-C, in the middle of its submission."""

    def __init__(self, folder):
        self.folder = folder

    def __reduce__(self):
        while len(list(Path(self.folder).glob("begun-*"))) < 2:
            time.sleep(0.02)
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.01)
        return partial, (extend,)


def sleep_then(seconds, x):
    time.sleep(seconds)
    return [x]


def count_until_stopped(folder, x):
    """Begin, and stop on request; leave a file for both."""
    Path(folder, f"begun-{x}").touch()
    n = 0
    while not stop_requested():
        time.sleep(0.02)
        n += 1
    Path(folder, f"stopped-{x}").touch()
    return [(x, n > 0)]


def count_after_two(folder, x):
    """The first two are at once done, the others when they are stopped."""
    return [(x, True)] if x < 2 else count_until_stopped(folder, x)


def read_missing(shared, path):
    raise MissingDataError(f"{path} does not exist: check the path.")


def kill_worker_once(folder, x):
    """End the process that the second item is in, the first time."""
    mark = Path(folder, "killed")
    if x == 1 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return [x]


def kill_worker_always(shared, part):
    if part.place == 2:
        time.sleep(0.2)
        os.kill(os.getpid(), signal.SIGKILL)
    return [part.place]


def wait_for_mark(shared, x):
    """Begin, leave the worker's process number, and go on when the test says so."""
    folder = Path(shared["folder"])
    (folder / f"begun-{x}-{os.getpid()}").touch()
    while not (folder / "go").exists():
        time.sleep(0.02)
    return [x + shared["add"]]


DEADLY = "deadly"


def slow_words(text):
    """An analyzer that gives tests time to do harm."""
    time.sleep(0.5e-3)
    return text.split()


def deadly_words(text):
    """An analyzer that ends its process when it meets a certain word."""
    if DEADLY in text:
        time.sleep(0.2)
        os.kill(os.getpid(), signal.SIGKILL)
    return text.split()
