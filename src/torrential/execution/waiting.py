"""Waiting in the main thread, such that Ctrl-C is noticed.

A signal that comes just before a thread begins to wait for a lock does not end the waiting: Python
raises it when the thread wakes up. So waits are short, and repeated.
"""

from concurrent.futures import Future, wait
from queue import Empty, SimpleQueue
from typing import TypeVar

Result = TypeVar("Result")

WAKE_EVERY = 0.1
"""Seconds; it is how long such a signal waits at most."""


def result_of(future: Future[Result]) -> Result:
    """Wait for a future; return its result or raise its error."""
    while not future.done():
        wait([future], WAKE_EVERY)
    return future.result()


def take(queue: SimpleQueue[Result]) -> Result:
    """Wait for the next item in a queue."""
    while True:
        try:
            return queue.get(timeout=WAKE_EVERY)
        except Empty:
            continue
