"""Text of ``--help``: options in sections, in plain text that fits 80 columns."""

from typing import Any

from typer.core import TyperCommand


class Command(TyperCommand):
    """A command whose options are listed by section."""

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
