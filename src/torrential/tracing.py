"""Spans of time: what each thread does, and for how long. Without a trace they cost nothing.

::

    with span("hash", rows=4096):     thread 1   read  hash  read  hash
        ...                           thread 2   hash  hash  wait  hash
                                      main       wait  learn       learn
"""

import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

BUFFERED = 1024
"""Spans that are held before they are passed on."""

_EPOCH = time.time_ns() - time.perf_counter_ns()
"""Offset that makes times of different processes comparable."""


class Span(NamedTuple):
    """A piece of work of a thread.

    Attributes
    ----------
    name : str
    start, duration, own : int
        In ns: since 1970; to its end; and of that what no span within it took.
    process, thread : int
    thread_name : str
    owner : int
        The thread that this one works for; itself if none does.
    facts : dict
    """

    name: str
    start: int
    duration: int
    own: int
    process: int
    thread: int
    thread_name: str
    owner: int
    facts: dict[str, Any]


class Sink(Protocol):
    """A receiver of spans."""

    def take(self, spans: Sequence[Span]) -> None:
        """Receive spans in the order of their ends, from one thread at a time."""
        ...


class _Tracer:
    def __init__(self) -> None:
        self.sinks: list[Sink] = []
        self._spans: list[Span] = []
        self._lock = threading.Lock()

    def add(self, *spans: Span) -> None:
        with self._lock:
            self._spans.extend(spans)
            is_full = len(self._spans) >= BUFFERED
        if is_full:
            self.flush()

    def flush(self) -> None:
        with self._lock:
            spans, self._spans = self._spans, []
            if spans:
                for sink in self.sinks:
                    sink.take(spans)


_tracer: _Tracer | None = None
_lock = threading.RLock()
_local = threading.local()
_OFF = nullcontext()


def span(name: str, **facts: Any) -> AbstractContextManager[None]:
    """Return a context that records the duration of a block, if spans are traced.

    Parameters
    ----------
    name : str
        What is done: a verb.
    **facts : str, int or float
        Further values of the span, such as the number of rows.
    """
    tracer = _tracer
    return _OFF if tracer is None else _OpenSpan(tracer, name, facts)


class _OpenSpan(AbstractContextManager[None]):
    __slots__ = ("_before", "_facts", "_name", "_start", "_tracer")

    def __init__(self, tracer: _Tracer, name: str, facts: dict[str, Any]) -> None:
        self._tracer, self._name, self._facts = tracer, name, facts

    def __enter__(self) -> None:
        self._before = getattr(_local, "within", 0)
        _local.within = 0
        self._start = time.perf_counter_ns()

    def __exit__(self, *error: object) -> None:
        duration = time.perf_counter_ns() - self._start
        own = duration - _local.within
        _local.within = self._before + duration
        thread = threading.current_thread()
        facts = (os.getpid(), thread.ident or 0, thread.name, owner(), self._facts)
        self._tracer.add(Span(self._name, self._start + _EPOCH, duration, own, *facts))


def owner() -> int:
    """Return the ident of the thread that this thread works for."""
    return int(getattr(_local, "owner", threading.get_ident()))


def work_for(thread: int) -> None:
    """Attribute the spans and log records of this thread to another thread from now on."""
    _local.owner = thread


def is_on() -> bool:
    """Return whether spans are traced."""
    return _tracer is not None


def add_spans(spans: Sequence[Sequence[Any]]) -> None:
    """Add spans of another process."""
    tracer = _tracer
    if tracer is not None:
        tracer.add(*(Span(*each) for each in spans))


@contextmanager
def traced_to(sink: Sink) -> Iterator[None]:
    """Send all spans to a sink, until the block ends."""
    global _tracer
    with _lock:
        tracer = _tracer = _tracer or _Tracer()
        tracer.flush()
        tracer.sinks.append(sink)
    try:
        yield
    finally:
        with _lock:
            tracer.flush()
            tracer.sinks.remove(sink)
            if not tracer.sinks:
                _tracer = None


@dataclass(slots=True)
class OfThisThread:
    """A sink for the spans of the thread that made it, and of those that work for it."""

    owner: int
    spans: list[Span]

    @classmethod
    def new(cls) -> "OfThisThread":
        """Return a sink without spans."""
        return cls(owner(), [])

    def take(self, spans: Sequence[Span]) -> None:
        """Keep the spans of the thread."""
        self.spans += [each for each in spans if each.owner == self.owner]


class Counters:
    """Numbers for metrics: counts that grow during the work, and current values.

    Examples
    --------
    >>> counters = Counters()
    >>> counters.add("terms", 3)
    >>> counters.add("terms", 4)
    >>> counters.set("queue", 0.5)
    >>> counters.values()
    {'terms': 7, 'queue': 0.5}
    """

    def __init__(self) -> None:
        self._values: dict[str, float] = {}
        self._lock = threading.Lock()

    def add(self, name: str, amount: float) -> None:
        """Increase a number."""
        with self._lock:
            self._values[name] = self._values.get(name, 0) + amount

    def set(self, name: str, value: float) -> None:
        """Set a number."""
        self._values[name] = value

    def values(self) -> dict[str, float]:
        """Return all numbers."""
        with self._lock:
            return dict(self._values)


counters = Counters()
"""Counters of this process."""
