"""``torrential convert``: write files of rows in another format."""

from typing import Annotated

import typer

from torrential.cli import options
from torrential.cli.observing import observed
from torrential.cli.output import check_open, say
from torrential.cli.reading import READING, Reading, Without, with_groups
from torrential.cli.show import print_json, progress_level
from torrential.errors import ParameterError
from torrential.persistence.outputs import is_replaceable, is_standard_output
from torrential.persistence.whole_file import check_writable

Paths = Annotated[
    list[str],
    typer.Argument(
        metavar="IN... OUT",
        help="Files, folders, globs or URLs, and last the file to write; - for the standard input "
        "or output.",
        show_default=False,
    ),
]
Key = Annotated[
    str | None,
    typer.Option(
        metavar="COLUMN",
        help="Column that names the rows: the tag in .vw, the query id in .svmlight.",
        show_default=False,
    ),
]
Columns = Annotated[
    list[str] | None,
    typer.Option(
        metavar="COLUMN",
        help="Other column to write, repeatable. Default: all.",
        show_default=False,
    ),
]
Drop = Annotated[
    list[str] | None,
    typer.Option(metavar="COLUMN", help="Column to leave out, repeatable.", show_default=False),
]
Replace = Annotated[
    str | None,
    typer.Option(
        metavar="CHARACTER",
        help="What takes the place of blanks, colons and bars in names of .vw. Default: an error.",
        show_default=False,
    ),
]
OutputFormat = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="parquet, csv, tsv, jsonl, arrow, vw or svmlight. Default: by extension.",
        show_default=False,
    ),
]

Untexted = Annotated[Reading, Without(("text", "inputs", "drop"))]


@observed
@with_groups
def convert(
    files: Paths,
    key: Key = None,
    columns: Columns = None,
    drop: Drop = None,
    replace: Replace = None,
    output_format: OutputFormat = None,
    reading: Untexted = READING,
    n_jobs: options.Jobs = -1,
    json: options.Json = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Convert files of rows to another format.

    Formats are Parquet, Arrow, CSV, JSON Lines, Vowpal Wabbit's and svmlight's lines.

    For example:

    torrential convert clicks.vw clicks.parquet

    torrential convert adult.parquet adult.vw --target income --replace _
    """
    from torrential.estimators.tools.convert import convert as written

    *inputs, output = files
    if not inputs:
        raise ParameterError("convert needs at least two files: IN... and OUT.")
    level = progress_level(quiet, verbose)
    is_piped = is_standard_output(output)
    if json and is_piped:
        raise ParameterError("--json needs a file for the rows: name it in place of -.")
    if is_piped or json:
        check_open()
    if is_replaceable(output):
        check_writable(output)
    given = reading.parameters()
    for name in ("text", "columns", "drop"):
        del given[name]
    done = written(
        inputs,
        output,
        key=key,
        columns=columns,
        drop=drop or (),
        output_format=output_format,
        replace=replace,
        n_jobs=n_jobs,
        verbose=level,
        **given,
    )
    if json:
        print_json({"output": output, "rows": done.n_rows, "malformed": done.n_skipped})
    elif not quiet:
        skipped = f", and left out {done.n_skipped:,} malformed rows" if done.n_skipped else ""
        say(f"Wrote {done.n_rows:,} rows to {output}{skipped}.", is_error=True)
