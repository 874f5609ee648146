"""Options for the observability of a run: its log, its trace and its metrics."""

import inspect
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from typing import Annotated, Any

import typer

from torrential.cli.outputs import check_outputs
from torrential.cli.wording import in_own_words
from torrential.errors import ParameterError

OBSERVING = "Observability"

LogFile = Annotated[
    str | None,
    typer.Option(
        metavar="FILE",
        help="File for a log, with everything that -v shows and more.",
        show_default=False,
        rich_help_panel=OBSERVING,
    ),
]
LogJson = Annotated[
    bool,
    typer.Option(
        "--log-json", metavar="", help="Write it as JSON lines.", rich_help_panel=OBSERVING
    ),
]
Trace = Annotated[
    str | None,
    typer.Option(
        metavar="FILE",
        help="File for a trace of what each thread does, for ui.perfetto.dev.",
        show_default=False,
        rich_help_panel=OBSERVING,
    ),
]
Metrics = Annotated[
    str | None,
    typer.Option(
        metavar="FILE",
        help="File for speeds, memory and loss each second, as JSON lines.",
        show_default=False,
        rich_help_panel=OBSERVING,
    ),
]

OPTIONS = {
    "log_file": (LogFile, None),
    "log_json": (LogJson, False),
    "trace": (Trace, None),
    "metrics": (Metrics, None),
}
"""Values for commands, and the defaults."""

LEAST_OF_FILE = logging.DEBUG


def observed(command: Callable[..., None]) -> Callable[..., None]:
    """Add the observability options to a command, and apply them."""
    signature = inspect.signature(command)

    @wraps(command)
    def run(*arguments: Any, **values: Any) -> None:
        asked = {name: values.pop(name, default) for name, (_, default) in OPTIONS.items()}
        check_outputs(values | asked)
        with observing(values.get("quiet", False), values.get("verbose", False), **asked):
            command(*arguments, **values)

    more = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)
        for name, (kind, default) in OPTIONS.items()
    ]
    parameters = list(signature.parameters.values())
    own = [each for each in parameters if each.kind is not each.KEYWORD_ONLY]
    rest = [each for each in parameters if each.kind is each.KEYWORD_ONLY]
    run.__signature__ = signature.replace(parameters=[*own, *more, *rest])  # type: ignore[attr-defined]
    return run


@contextmanager
def observing(
    quiet: bool,
    verbose: bool,
    *,
    log_file: str | None,
    log_json: bool,
    trace: str | None,
    metrics: str | None,
) -> Iterator[None]:
    """Log, trace and measure the work in the block as the options say."""
    if log_json and log_file is None:
        raise ParameterError("--log-json says how, but not where to: give --log-file too.")
    with ExitStack() as stack:
        shown = _Shown()
        shown.setLevel(logging.ERROR if quiet else logging.INFO if verbose else logging.WARNING)
        stack.enter_context(_handled(shown))
        if log_file is not None:
            stack.enter_context(_handled(_LogFile(log_file, is_json=log_json)))
        if trace is not None:
            from torrential import trace as traced

            stack.enter_context(traced(trace))
        if metrics is not None:
            from torrential import metrics as measured

            stack.enter_context(measured(metrics))
        yield


class _Shown(logging.Handler):
    """Shows records on standard error, above the bar if there is one."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not getattr(record, "is_shown", False) and bool(super().filter(record))

    def emit(self, record: logging.LogRecord) -> None:
        from torrential.engine.progress.display import print_above
        from torrential.logs import said

        level = "" if record.levelno < logging.WARNING else f"{record.levelname.lower()}: "
        print_above(f"torrential: {level}{in_own_words(said(record))}", sys.stderr)


class _LogFile(logging.Handler):
    """Writes records to a file; if that fails, there is a warning, and the command continues."""

    def __init__(self, path: str, *, is_json: bool) -> None:
        from torrential.logs import JsonLines, Lines
        from torrential.persistence.side_file import SideFile

        super().__init__(LEAST_OF_FILE)
        self.setFormatter(JsonLines() if is_json else Lines())
        self._file = SideFile(path, "log records")

    def emit(self, record: logging.LogRecord) -> None:
        self._file.write(self.format(record) + "\n")

    def close(self) -> None:
        self._file.close()
        super().close()


@contextmanager
def _handled(handler: logging.Handler) -> Iterator[None]:
    """Attach a handler to the tree of loggers while the block runs."""
    root = logging.getLogger("torrential")
    before = root.level
    root.addHandler(handler)
    root.setLevel(min(handler.level, before or handler.level))
    try:
        yield
    finally:
        root.removeHandler(handler)
        root.setLevel(before)
        handler.close()
