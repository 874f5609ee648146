"""Observability of a run: traces of its time, and metrics during the run."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import Any

from torrential.engine.progress.throughput import Metrics, metrics_to
from torrential.persistence.side_file import SideFile
from torrential.persistence.trace_file import trace_file
from torrential.persistence.whole_file import check_writable
from torrential.tracing import traced_to
from torrential.units import parse_seconds


@contextmanager
def trace(path: str | os.PathLike[str]) -> Iterator[None]:
    """Record the activity of all threads and workers as a trace while the block runs.

    There are spans of reading, decoding, hashing, packing for the cache, waiting, learning,
    scoring, merging, sending and saving. Perfetto (https://ui.perfetto.dev) and chrome://tracing
    draw them, a line for each thread; those of workers on a cluster too.

    Parameters
    ----------
    path : str or path-like
        A JSON file. It appears when the block ends, even by an error. If writing it fails
        while the block runs, as on a full disk, a warning says so and there is no trace.

    Raises
    ------
    OutputError
        If the file is not writable, which is checked before the block runs.

    Examples
    --------
    >>> import torrential as tor
    >>> path = getfixture("tmp_path") / "run.json"
    >>> with tor.trace(path):
    ...     model = tor.TextClassifier().fit(["good film", "bad film"] * 50, ["yes", "no"] * 50)
    >>> {"hash", "learn"} <= {event.get("name") for event in json.loads(path.read_text())[
    ...     "traceEvents"]}
    True
    """
    check_writable(path)
    with trace_file(path) as sink, traced_to(sink):
        yield


def traced(path: str | os.PathLike[str] | None) -> Any:
    """Return `trace` for a path, or a context without effect for None."""
    return ExitStack() if path is None else trace(path)


@contextmanager
def metrics(path: str | os.PathLike[str], every: str = "1s") -> Iterator[None]:
    """Write metrics of everything in the block, one JSON object per line.

    They are ``time``, ``task``, ``seconds`` since it began, ``share`` that is done, ``rows`` and
    ``bytes`` of text until then; ``rows_per_second``, ``mb_per_second`` of text and
    ``terms_per_second`` (different terms of a row) since the line before, or in the last line of a
    task, ``is_end``, since it began; ``queue``, the share of the room for hashed batches that is
    filled (near 0 the learner waits, near 1 the readers do); ``memory_mb`` of the process; ``loss``
    of each row before it was learned; ``accuracy`` of the same rows, in the first pass, and
    ``training_accuracy`` in later ones, of rows that were learned before; ``log_loss`` and
    ``roc_auc`` of two classes, in the first pass.

    Parameters
    ----------
    path : str or path-like
        Programs can follow the file while it is written. If writing it fails, as on a
        full disk, a warning says so, and the block runs on.
    every : str, default='1s'
        Least time between two lines of a task; there is also one at its end.

    Raises
    ------
    OutputError
        If the file is not writable, which is checked before the block runs.
    ParameterError
        If ``every`` is not a time.
    """
    seconds = parse_seconds("every", every)
    check_writable(path)

    def give(facts: Metrics) -> None:
        file.write(json.dumps(facts) + "\n")

    with closing(SideFile(path, "metrics")) as file, metrics_to(give, seconds):
        yield


class MetricsMonitor:
    """Callback of scikit-learn (``set_callbacks``) that receives the metrics of a running fit.

    Parameters
    ----------
    every : str, default='1s'
        Least time between two reports; there is also one at the end of each task.
    report : callable, default=None
        Called with each; see :func:`torrential.metrics` for what it holds.

    Attributes
    ----------
    records : list of dict
        All so far.

    Examples
    --------
    >>> import torrential as tor
    >>> monitor = tor.MetricsMonitor()
    >>> model = tor.TextClassifier().set_callbacks(monitor)
    >>> model = model.fit(["good film", "bad film"] * 50, ["yes", "no"] * 50)
    >>> monitor.records[-1]["rows"]
    100
    """

    def __init__(self, *, every: str = "1s", report: Callable[[Metrics], object] | None = None):
        self.every, self.report = every, report
        self.records: list[Metrics] = []
        self._stack: ExitStack | None = None
        parse_seconds("every", every)

    def setup(self, estimator: Any, context: Any) -> None:
        """Begin to write metrics."""
        self._stack = ExitStack()
        self._stack.enter_context(metrics_to(self._take, parse_seconds("every", self.every)))

    def teardown(self, estimator: Any, context: Any) -> None:
        """Stop writing metrics."""
        if self._stack is not None:
            self._stack.close()
            self._stack = None

    def on_fit_task_begin(self, estimator: Any, context: Any) -> None:
        """Do nothing: the engine sends metrics itself."""

    def on_fit_task_end(self, estimator: Any, context: Any) -> None:
        """Do nothing: the engine sends metrics itself."""

    def _take(self, facts: Metrics) -> None:
        self.records.append(facts)
        if self.report is not None:
            self.report(facts)
