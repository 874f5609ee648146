"""The command line's commands, its one ``except``, and its exit codes."""

import signal
import sys
from typing import Annotated

import typer

from torrential.cli.demo import demo
from torrential.cli.evaluate import evaluate
from torrential.cli.inspect import inspect
from torrential.cli.predict import predict
from torrential.cli.train import train
from torrential.errors import TorrentialError

WRONG_INPUT = 2

app = typer.Typer(
    name="torrential",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (train, evaluate, predict, inspect, demo):
    app.command()(command)


def _print_version(asked: bool) -> None:
    if asked:
        from torrential import __version__

        print(f"torrential {__version__}")
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
    """Run the command line: exit code 0 done, 2 wrong input, 130 interrupted.

    SIGTERM interrupts like Ctrl-C, so that threads end and temporary files are removed.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        app()
    except TorrentialError as error:
        print(f"torrential: error: {' '.join(str(error).split())}", file=sys.stderr)
        sys.exit(WRONG_INPUT)
