"""The command line's commands, its one ``try``, and its exit codes."""

import functools
import signal
import sys
from types import FrameType
from typing import Annotated, Any

import typer

from torrential.cli.commands.cache import cache
from torrential.cli.commands.cross_validate import cross_validate
from torrential.cli.commands.demo import demo
from torrential.cli.commands.evaluate import evaluate
from torrential.cli.commands.explain import explain
from torrential.cli.commands.inspect import inspect
from torrential.cli.commands.predict import predict
from torrential.cli.commands.search import search
from torrential.cli.commands.terms import terms
from torrential.cli.commands.train import train
from torrential.cli.help import Command
from torrential.cli.output import discard, finish, say, standard_streams
from torrential.cli.parameters import attach_values
from torrential.cli.usage import UsageError, usage_sentence
from torrential.cli.warned import warnings_said
from torrential.cli.wording import in_own_words, register_commands
from torrential.errors import TorrentialError

DONE = 0
WRONG_INPUT = 2
BY_SIGNAL = 128
"""Added to the number of the signal that ended a command, as shells do."""

INTERRUPTED = BY_SIGNAL + int(signal.SIGINT)

STOPPING = tuple(
    getattr(signal, name) for name in ("SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)
)
"""Signals that end a command like Ctrl-C: Windows has SIGBREAK where others have SIGHUP."""

app = typer.Typer(
    name="torrential",
    add_completion=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (train, cross_validate, search, evaluate, predict, terms, explain, inspect, demo):
    app.command(cls=Command)(command)
app.add_typer(cache)


def _print_version(asked: bool) -> None:
    if asked:
        from torrential import __version__

        say(f"torrential {__version__}")
        raise typer.Exit


@app.callback()
def torrential(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Machine learning on more text than memory holds, on all cores."""


def main() -> None:
    """Run the command line, and end with its exit code.

    0 done, 2 wrong input, 130 interrupted by Ctrl-C, 143 by SIGTERM, 129 by a terminal that was
    closed, 141 when the reader of the output has left. However it ends, threads are stopped and
    temporary files removed.
    """
    for number in STOPPING:
        if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup has it
            signal.signal(number, _terminate)
    with standard_streams():
        code = _code()
    sys.exit(code)


def _code() -> int:
    """Run the command line, and return its exit code."""
    try:
        code = _run(sys.argv[1:])
        finish()
    except TorrentialError as error:
        code = _fail(in_own_words(str(error)))
    except UsageError as error:
        code = _fail(usage_sentence(error))
    except MemoryError:
        code = _fail("There is not enough memory: lower --n-features or --jobs.")
    except KeyboardInterrupt:
        code = INTERRUPTED
    except BrokenPipeError:
        code = BY_SIGNAL + 13  # SIGPIPE, which Windows does not name
        discard(sys.stdout)
    except OSError as error:
        where = error.filename or "a file"
        code = _fail(f"Cannot read or write {where}: {error.strerror or error}.")
    except SystemExit as end:
        code = int(end.code or DONE)
    finally:
        _ignore_signals()
    return code


def _run(words: list[str]) -> int:
    """Run the command that the words name, without the parser's handling of exceptions."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # not ignored, as by nohup
        signal.signal(signal.SIGINT, _interrupt)
    parser = _parser()
    try:
        words = attach_values(words) or ["--help"]
        with warnings_said(in_own_words), parser.make_context("torrential", words) as context:
            parser.invoke(context)
    except typer.Exit as end:
        return end.exit_code
    return DONE


@functools.cache
def _parser() -> Any:
    """Return the parser of all commands, which takes longer to make than to use."""
    return typer.main.get_command(app)


register_commands(_parser)


def _interrupt(number: int, frame: FrameType | None) -> None:
    """Raise KeyboardInterrupt, but only while a command runs: `main` has nothing above it."""
    while frame is not None:
        if frame.f_code is _run.__code__:
            raise KeyboardInterrupt
        frame = frame.f_back


def _terminate(number: int, frame: FrameType | None) -> None:
    """Stop as on Ctrl-C, but with another exit code."""
    sys.exit(BY_SIGNAL + number)


def _fail(sentence: str) -> int:
    say(f"torrential: error: {' '.join(sentence.split())}", is_error=True)
    return WRONG_INPUT


def _ignore_signals() -> None:
    """Ignore a second Ctrl-C, because the command is about to end."""
    for number in (signal.SIGINT, *STOPPING):
        signal.signal(number, signal.SIG_IGN)
