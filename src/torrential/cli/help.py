"""Commands: text of ``--help`` in plain text that fits 80 columns, and words that stay words."""

from collections.abc import Callable
from typing import Any

from typer.core import TyperCommand, TyperGroup


class Commands(TyperGroup):
    """A group of commands."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the parameters."""
        return _keeping_words(super().get_params(ctx))


class Command(TyperCommand):
    """A command whose options are listed by section."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the parameters."""
        return _keeping_words(super().get_params(ctx))

    def format_usage(self, ctx: Any, formatter: Any) -> None:
        """Write the usage line of a command."""
        arguments, _ = self._by_section(ctx)
        words = [f"{each.metavar}{'...' if each.nargs == -1 else ''}" for each in arguments]
        formatter.write_usage(ctx.command_path, " ".join([*words, "[OPTIONS]"]))

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the arguments and the sections of options."""
        arguments, sections = self._by_section(ctx)
        records = {"Arguments": [(str(each.metavar), each.help) for each in arguments]}
        for title, options in sections.items():
            records[title] = [option.get_help_record(ctx) for option in options]
        for title, lines in records.items():
            if lines:
                with formatter.section(title):
                    formatter.write_dl(lines, col_max=24)

    def _by_section(self, ctx: Any) -> tuple[list[Any], dict[str, list[Any]]]:
        """Divide the parameters into arguments, and options by the title of their section."""
        arguments: list[Any] = []
        sections: dict[str, list[Any]] = {"Options": []}
        parameters: list[Any] = self.get_params(ctx)
        for parameter in parameters:
            if parameter.param_type_name == "argument":
                arguments.append(parameter)
            else:  # the option --help has no panel
                title = getattr(parameter, "rich_help_panel", None) or "Options"
                sections.setdefault(title, []).append(parameter)
        return arguments, sections


def _keeping_words(parameters: list[Any]) -> list[Any]:
    """Let parameters that are flags or words, or have a parser, be converted without pydantic.

    Typer has pydantic convert all values; importing that takes longer than all else of parsing.
    Where it does not look for ``_runtime_param``, nothing changes.
    """
    for each in parameters:
        descriptor = getattr(each, "type_descriptor", None)
        if descriptor is None:
            continue
        parser, kind = descriptor.parameter_info.parser, descriptor.annotation
        if parser is not None:
            each._runtime_param = _Words(parser)
        elif kind in (str, list[str]) or (kind is bool and getattr(each, "is_flag", False)):
            each._runtime_param = _Words(lambda word: word)
    return parameters


class _Words:
    """Converts the words that are given for a parameter."""

    def __init__(self, parser: Callable[[Any], Any]) -> None:
        self._parser = parser

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        """Return the value of a parameter, or of each word of one that has several."""
        if param.multiple or param.nargs == -1:
            return () if value is None else [self._parser(word) for word in value]
        return None if value is None else self._parser(value)
