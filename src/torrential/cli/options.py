"""Options that mean the same in every command."""

from collections.abc import Callable
from typing import Annotated, Any

import typer

from torrential.cli.values import SIZES, WHOLE, Converter
from torrential.errors import ParameterError

READING, KEEPING, CACHING = "Reading", "Checkpoints", "Cache"


def value_of(name: str, converter: Converter) -> Callable[[Any], Any]:
    """Make the parser of an option's value; its errors name the option and the word."""

    def parse(word: Any) -> Any:
        try:
            return converter(name, word) if isinstance(word, str) else word
        except ParameterError as error:
            raise typer.BadParameter(str(error)) from None

    return parse


Files = Annotated[
    list[str],
    typer.Argument(
        metavar="FILES",
        help="Files, folders, globs or URLs; - for the standard input.",
        show_default=False,
    ),
]
ModelFile = Annotated[str, typer.Argument(metavar="MODEL", help="A file that train has written.")]

Task = Annotated[
    str,
    typer.Option(
        "--task",
        metavar="TASK",
        help="classification, or regression for a target of numbers. Its losses are squared_error "
        "(the default), huber, epsilon_insensitive, quantile, poisson, gamma and tweedie.",
    ),
]

Text = Annotated[
    list[str] | None,
    typer.Option(
        metavar="COLUMN",
        help="Column with the text; repeat it to join several. Without it, all columns are inputs.",
        rich_help_panel=READING,
    ),
]
Inputs = Annotated[
    list[str] | None,
    typer.Option(
        "--input",
        metavar="COLUMN",
        help="Input of a table; repeat it for several. Default, without --text: all columns.",
        show_default=False,
        rich_help_panel=READING,
    ),
]
Drop = Annotated[
    list[str] | None,
    typer.Option(
        metavar="COLUMN",
        help="Column of a table that is not an input; repeat it for several.",
        show_default=False,
        rich_help_panel=READING,
    ),
]
Types = Annotated[
    list[str] | None,
    typer.Option(
        "--type",
        metavar="COLUMN=TYPE",
        help="Type of an input, such as zip=string; repeat it for several.",
        show_default=False,
        rich_help_panel=READING,
    ),
]
Target = Annotated[
    str | None,
    typer.Option(metavar="COLUMN", help="Column with the labels.", rich_help_panel=READING),
]
Weight = Annotated[
    str | None,
    typer.Option(metavar="COLUMN", help="Column with the row weights.", rich_help_panel=READING),
]
Format = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="parquet, csv, jsonl, arrow, fasttext, vw or svmlight. Default: by extension.",
        show_default=False,
        rich_help_panel=READING,
    ),
]
OnBadRows = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help="raise or skip malformed rows of text formats. Default: raise.",
        show_default=False,
        rich_help_panel=READING,
    ),
]
Delimiter = Annotated[
    str | None,
    typer.Option(
        metavar="CHARACTER",
        help="Delimiter of CSV files. Default: comma, or tab in .tsv.",
        show_default=False,
        rich_help_panel=READING,
    ),
]
QuoteChar = Annotated[
    str | None,
    typer.Option(
        "--quotechar",
        metavar="CHARACTER|none",
        help='Quote character of CSV files; none if quotes have no meaning. Default: ".',
        show_default=False,
        rich_help_panel=READING,
    ),
]
EscapeChar = Annotated[
    str | None,
    typer.Option(
        "--escapechar",
        metavar="CHARACTER|none",
        help="Escape character of CSV files, such as \\. Default: detected from the first rows.",
        show_default=False,
        rich_help_panel=READING,
    ),
]
TargetType = Annotated[
    str | None,
    typer.Option(
        metavar="TYPE",
        help="Type of the labels, such as string or int64. Default: as in the files.",
        show_default=False,
        rich_help_panel=READING,
    ),
]
TargetSeparator = Annotated[
    str | None,
    typer.Option(
        metavar="TEXT",
        help="What is between the labels of a row, such as |, in a column of texts.",
        show_default=False,
        rich_help_panel=READING,
    ),
]
Multilabel = Annotated[
    bool,
    typer.Option(
        "--multilabel",
        help="Rows have any number of labels: read all labels of fastText's lines, and those "
        "between commas in Vowpal Wabbit's and svmlight's.",
        rich_help_panel=READING,
    ),
]

Checkpoint = Annotated[
    str | None,
    typer.Option(
        metavar="FILE",
        help="File to save the training in, to resume from after a stop; it is also a model file.",
        show_default=False,
        rich_help_panel=KEEPING,
    ),
]
AllowPattern = Annotated[
    bool,
    typer.Option(
        "--allow-pattern/--no-pattern",
        metavar="",
        help="Whether the model may split texts by its own regular expression, which can be "
        "made to run for hours: refuse it for files that you do not trust.",
        show_default=False,
    ),
]
CheckpointEvery = Annotated[
    str | None,
    typer.Option(
        metavar="60s|ROWS",
        help="Time or rows between two checkpoints, such as 5m, 1h or 100000. Default: 60s.",
        show_default=False,
        rich_help_panel=KEEPING,
    ),
]
Resume = Annotated[
    bool,
    typer.Option(
        "--resume",
        metavar="",
        help="Resume from the checkpoint, or from what Ctrl-C left; else from the beginning.",
        rich_help_panel=KEEPING,
    ),
]

Jobs = Annotated[
    int,
    typer.Option(
        "--n-jobs",
        metavar="N",
        help="Threads. Default: -1, all cores.",
        show_default=False,
        parser=value_of("n_jobs", WHOLE),
    ),
]


def _address(word: Any) -> Any:
    if isinstance(word, str) and "://" not in word:
        raise typer.BadParameter(
            f"cluster={word!r} is not an address: give one such as tcp://host:8786."
        )
    if isinstance(word, str):
        from torrential import Dask

        try:
            Dask(word)  # it connects when it is used
        except ParameterError as error:
            raise typer.BadParameter(str(error)) from None
    return word


Cluster = Annotated[
    str | None,
    typer.Option(
        parser=_address,
        metavar="ADDRESS",
        help="Run the work on a Dask cluster, such as tcp://host:8786. Its workers must see files "
        "under the same paths.",
        show_default=False,
    ),
]
Cache = Annotated[
    bool,
    typer.Option(
        "--cache",
        metavar="",
        help="Keep hashed rows on disk, and reuse them the next time.",
        rich_help_panel=CACHING,
    ),
]
CacheDir = Annotated[
    str | None,
    typer.Option(
        metavar="FOLDER",
        help="Folder of the cache. Default: TORRENTIAL_CACHE, or ~/.cache/torrential.",
        show_default=False,
        rich_help_panel=CACHING,
    ),
]
CacheLimit = Annotated[
    str | None,
    typer.Option(
        metavar="SIZE",
        help="How large the folder may get, such as 500MB. Default: 20GB.",
        show_default=False,
        rich_help_panel=CACHING,
    ),
]
Overwrite = Annotated[
    bool,
    typer.Option(
        "--overwrite", metavar="", help="Replace a file that is not a model with the model."
    ),
]
MaxSize = Annotated[
    Any,
    typer.Option(
        "--max-size",
        metavar="SIZE",
        help="Most bytes of the model file, such as 2MB: the weights that matter most, to predict "
        "with and not to learn on. Default: the whole model.",
        show_default=False,
        parser=value_of("max_size", SIZES),
    ),
]
Json = Annotated[
    bool, typer.Option("--json", metavar="", help="Print the result as one JSON object.")
]
Quiet = Annotated[
    bool,
    typer.Option(
        "--quiet", "-q", metavar="", help="Print results and errors only: no progress, no remarks."
    ),
]
Verbose = Annotated[
    bool,
    typer.Option(
        "--verbose", "-v", metavar="", help="Show progress in lines as well, even in pipes."
    ),
]
