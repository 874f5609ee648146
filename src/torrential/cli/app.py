"""The command line's commands, its one ``try``, and its exit codes."""

import functools
import sys
from typing import Annotated, Any

import typer

from torrential.cli.commands.cache import cache
from torrential.cli.commands.convert import convert
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
from torrential.cli.signals import (
    BY_SIGNAL,
    INTERRUPTED,
    ignore_signals,
    interrupt_on_ctrl_c,
    lost_signals_sent_again,
    stop_on_signals,
)
from torrential.cli.usage import UsageError, usage_sentence
from torrential.cli.warned import warnings_said
from torrential.cli.wording import in_own_words, register_commands
from torrential.errors import TorrentialError

DONE = 0
WRONG_INPUT = 2

app = typer.Typer(
    name="torrential",
    add_completion=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
COMMANDS = (
    train,
    cross_validate,
    search,
    evaluate,
    predict,
    terms,
    explain,
    inspect,
    convert,
    demo,
)
for command in COMMANDS:
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
    stop_on_signals()
    with standard_streams(), lost_signals_sent_again():
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
        ignore_signals()
    return code


def _run(words: list[str]) -> int:
    """Run the command that the words name, without the parser's handling of exceptions."""
    interrupt_on_ctrl_c(_run.__code__)
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


def _fail(sentence: str) -> int:
    say(f"torrential: error: {' '.join(sentence.split())}", is_error=True)
    return WRONG_INPUT
