"""One tree of loggers, ``torrential``, whose records name the partition that they concern.

Every record has an attribute ``partition``, the name of a part of a file, or None. Records of
workers, on a cluster or in processes of joblib's, are handled here, too, as if they were from here.

Messages name labels, columns and files, which may hold what steers a terminal. Every handler gets
them with escapes in its place; if that changed a message, its record has the original as
``unescaped``, which `JsonLines` writes.
"""

import datetime
import json
import logging
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from torrential.escapes import safe_json, visible, visible_lines
from torrential.tracing import owner

ROOT = "torrential"

_local = threading.local()

Relayed = dict[str, Any]
"""A record as JSON, for another process."""

_RELAYED = ("name", "levelno", "levelname", "created", "thread", "threadName", "process",
         "processName", "pathname", "filename", "module", "lineno", "funcName")  # fmt: skip


class _Prepared(logging.Filter):
    """Gives each record its partition, and a message that is safe to show."""

    def filter(self, record: logging.LogRecord) -> bool:
        if not hasattr(record, "partition"):
            record.partition = getattr(_local, "partition", None)
        message = record.getMessage()
        if isinstance(record.args, tuple):
            record.args = tuple(map(_safe, record.args))
        safe = visible_lines(record.getMessage())
        if safe != message:
            record.unescaped, record.msg, record.args = message, safe, None
        return True


def _safe(argument: object) -> object:
    """Return an argument of a message as safe text on one line."""
    is_text = isinstance(argument, str | os.PathLike | BaseException)
    return visible(argument) if is_text else argument


_prepared = _Prepared()


def logger_of(name: str) -> logging.Logger:
    """Return a logger of the tree: "train", "search", "cache" or "read"."""
    logger = logging.getLogger(f"{ROOT}.{name}")
    if _prepared not in logger.filters:
        logger.addFilter(_prepared)
    return logger


@contextmanager
def speaking_of(partition: str | None) -> Iterator[None]:
    """Add the name of a partition to log records of this thread, until the block ends."""
    before = getattr(_local, "partition", None)
    _local.partition = partition
    try:
        yield
    finally:
        _local.partition = before


class JsonLines(logging.Formatter):
    """Formats records as JSON, one in a line: time, level, logger, message, partition, thread.

    Examples
    --------
    >>> record = logging.LogRecord("torrential.read", 30, "", 0, "%d rows left out", (3,), None)
    >>> json.loads(JsonLines().format(record))["message"]
    '3 rows left out'
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line."""
        moment = datetime.datetime.fromtimestamp(record.created, datetime.UTC)
        facts = {
            "time": moment.isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": getattr(record, "unescaped", record.getMessage()),
            "partition": getattr(record, "partition", None),
            "thread": record.threadName,
            "process": record.process,
        }
        worker = getattr(record, "worker", None)
        facts |= {} if worker is None else {"worker": worker}
        facts |= {} if record.exc_info is None else {"error": self.formatException(record.exc_info)}
        return safe_json(json.dumps(facts, ensure_ascii=False))


class Lines(logging.Formatter):
    """Formats records as lines for people: time, level, message, and partition if there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line."""
        moment = datetime.datetime.fromtimestamp(record.created).isoformat(" ", "seconds")
        return f"{moment} {record.levelname.lower()}: {said(record)}"


def said(record: logging.LogRecord) -> str:
    """Return the message of a record, with the partition if there is one."""
    partition = getattr(record, "partition", None)
    return record.getMessage() + ("" if partition is None else f" [{visible(partition)}]")


def level() -> int:
    """Return the lowest level at which records are logged here."""
    return logging.getLogger(ROOT).getEffectiveLevel()


def handle_relayed(facts: Mapping[str, Any], worker: str | None) -> None:
    """Handle a record that was relayed from another process."""
    record = logging.makeLogRecord({**facts, "worker": worker})
    logger = logging.getLogger(record.name)
    if logger.isEnabledFor(record.levelno):
        logger.handle(record)


class _Gatherer(logging.Handler):
    """Keeps the records of a thread and of its helper threads, in a form for relaying."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[Relayed] = []
        self._owner = owner()

    def emit(self, record: logging.LogRecord) -> None:
        if owner() != self._owner:
            return
        facts = {name: getattr(record, name) for name in _RELAYED}
        facts["partition"] = getattr(record, "partition", None)
        message = getattr(record, "unescaped", record.getMessage())
        if record.exc_info is not None:
            message += "\n" + logging.Formatter().formatException(record.exc_info)
        self.records.append(facts | {"msg": message, "args": None})


_n_gatherers, _level_before, _lock = 0, logging.NOTSET, threading.Lock()


@contextmanager
def gathered(from_level: int) -> Iterator[list[Relayed]]:
    """Collect the records of this thread at or above a level, while the block runs."""
    global _n_gatherers, _level_before
    root, handler = logging.getLogger(ROOT), _Gatherer()
    handler.setLevel(from_level)
    with _lock:
        if _n_gatherers == 0:
            _level_before = root.level
        _n_gatherers += 1
        root.setLevel(min(from_level, root.getEffectiveLevel()))
        root.addHandler(handler)
    try:
        yield handler.records
    finally:
        with _lock:
            root.removeHandler(handler)
            _n_gatherers -= 1
            if _n_gatherers == 0:
                root.setLevel(_level_before)
