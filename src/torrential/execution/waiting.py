"""Waiting in the main thread, such that Ctrl-C is noticed.

A signal that comes just before a thread begins to wait for a lock does not end the waiting: Python
raises it when the thread wakes up. So waits are short, and repeated.
"""

from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import TypeVar

Result = TypeVar("Result")

WAKE_EVERY = 0.1
"""Most seconds that such a signal waits."""


def take(queue: SimpleQueue[Result]) -> Result:
    """Wait for the next thing in a queue."""
    while True:
        try:
            return queue.get(timeout=WAKE_EVERY)
        except Empty:
            continue


def wait_until(is_so: Callable[[], bool], wake: SimpleQueue[None]) -> None:
    """Wait until something is so; the thread that makes it so then puts something in the queue."""
    while not is_so():
        try:
            wake.get(timeout=WAKE_EVERY)
        except Empty:
            continue
