"""The command line's commands, its one ``try``, and its exit codes."""

import gc
import os
import sys

import typer

from torrential.cli.output import discard, finish, say, standard_streams
from torrential.cli.parser import attach_values, parser_for, parser_of_all
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
from torrential.cli.wording import in_own_words, register_parsers
from torrential.errors import TorrentialError

DONE = 0
WRONG_INPUT = 2

COMPLETE = "_TORRENTIAL_COMPLETE"
"""Variable by which the shell asks for completions: typer's scripts set it."""


def main() -> None:
    """Run the command line, and end with its exit code.

    0 done, 2 wrong input, 130 interrupted by Ctrl-C, 143 by SIGTERM, 129 by a terminal that was
    closed, 141 when the reader of the output has left. However it ends, threads are stopped and
    temporary files removed.
    """
    stop_on_signals()
    with standard_streams(), lost_signals_sent_again():
        code = _code()
    gc.freeze()  # as it ends, the interpreter would look through all there is for garbage
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
    if os.environ.get(COMPLETE):
        return _complete(os.environ[COMPLETE])
    parser = parser_for(words)
    register_parsers(lambda: parser, parser_of_all)
    try:
        words = attach_values(words) or ["--help"]
        with warnings_said(in_own_words), parser.make_context("torrential", words) as context:
            parser.invoke(context)
    except typer.Exit as end:
        return end.exit_code
    return DONE


def _complete(instruction: str) -> int:
    """Print the words that may come next, which typer reads from the shell's variables."""
    from typer.completion import shell_complete

    return shell_complete(parser_of_all(), {}, "torrential", COMPLETE, instruction)


register_parsers(parser_of_all)


def _fail(sentence: str) -> int:
    say(f"torrential: error: {' '.join(sentence.split())}", is_error=True)
    return WRONG_INPUT
