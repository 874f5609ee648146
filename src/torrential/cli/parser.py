"""The parser of the command that is run, or of all of them.

A command's module is imported, and its parser made, when it is the one that is run: the others
would take longer than parsing does.
"""

import functools
import gc
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from typing import Annotated, Any

import typer

from torrential.cli.help import Command, Commands
from torrential.cli.output import say
from torrential.cli.values import SIZE

COMMANDS = (
    "train",
    "cross-validate",
    "search",
    "evaluate",
    "report",
    "predict",
    "terms",
    "explain",
    "inspect",
    "shrink",
    "convert",
    "demo",
    "cache",
)
"""Each is a function, or a group of them, in a module of its name."""

WITH_OR_WITHOUT_VALUE = {"--average": r"\d+|last-pass", "--terms": rf"\d+|{SIZE}"}
"""Options that are flags or take a value, as in ``--average 1000``, and the value's pattern."""


def parser_for(words: Sequence[str]) -> Any:
    """Return the parser of the command that words begin with; of all commands, without one."""
    return _parser(words[0]) if words and words[0] in COMMANDS else parser_of_all()


def parser_of_all() -> Any:
    """Return the parser of all commands."""
    return _parser(None)


@functools.cache
def _parser(name: str | None) -> Any:
    return typer.main.get_command(_app(COMMANDS if name is None else (name,)))


def _app(names: Iterable[str]) -> typer.Typer:
    app = typer.Typer(
        name="torrential",
        cls=Commands,
        add_completion=names is COMMANDS,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(torrential)
    for name in names:
        word = name.replace("-", "_")
        command = getattr(import_module(f"torrential.cli.commands.{word}"), word)
        if isinstance(command, typer.Typer):
            app.add_typer(command)
        else:
            app.command(cls=Command)(prepared(command))
    return app


def prepared(command: Callable[..., None]) -> Callable[..., None]:
    """Return a command that begins with pyarrow, but without pandas, and with clean memory."""

    @functools.wraps(command)
    def run(**values: Any) -> None:
        _ask_for_pandas()
        if not gc.isenabled():
            gc.freeze()
            gc.enable()
        command(**values)

    return run


def _ask_for_pandas() -> None:
    """Have pyarrow ask for pandas, once, when there is none.

    Else it imports it with the first array, to ask whether the values are a pandas series, as no
    values of a command are.
    """
    import pyarrow as pa

    if "pandas" not in sys.modules:
        sys.meta_path.insert(0, _NoPandas())
        try:
            pa.array([])
        finally:
            del sys.meta_path[0]


class _NoPandas:
    """Finds no pandas."""

    def find_spec(self, name: str, *more: object) -> None:
        if name == "pandas":
            raise ModuleNotFoundError(name=name)


def attach_values(words: list[str]) -> list[str]:
    """Give options that take an optional value their default value.

    >>> attach_values(["--average", "1000", "--average", "a.csv", "--no-average"])
    ['--average=1000', '--average=yes', 'a.csv', '--average=no']
    >>> attach_values(["--terms", "a.csv", "--terms", "64MB"])
    ['--terms=yes', 'a.csv', '--terms=64MB']
    """
    attached: list[str] = []
    for previous, word in zip(["", *words], words):
        name = word.replace("--no-", "--", 1)
        if re.fullmatch(WITH_OR_WITHOUT_VALUE.get(previous, "$."), word):
            attached[-1] = f"{previous}={word}"
        elif name in WITH_OR_WITHOUT_VALUE:
            attached.append(f"{name}={'yes' if name == word else 'no'}")
        else:
            attached.append(word)
    return attached


def _print_version(asked: bool) -> None:
    if asked:
        from torrential import __version__

        say(f"torrential {__version__}")
        raise typer.Exit


def torrential(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Machine learning on more text than memory holds, on all cores."""
