"""``torrential predict``: write rows with what models predict, or the rows that these choose."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from torrential.cli import options
from torrential.cli.applying.applied import failed_files, print_applied, say_applied, say_failed
from torrential.cli.applying.filtering import FILTERING, Filtering, TopK, models_and_files
from torrential.cli.observing import observed
from torrential.cli.output import check_open
from torrential.cli.reading import READING, Reading, Unlabeled, with_groups
from torrential.cli.show import progress_level
from torrential.errors import ParameterError
from torrential.persistence.outputs import is_folder, is_replaceable, is_standard_output
from torrential.persistence.whole_file import check_writable

if TYPE_CHECKING:
    from torrential import Dataset

STANDARD_OUTPUT = STANDARD_INPUT = "-"
JSON_LINES = "jsonl"
SOME_FAILED = 1
"""Exit code where some files of a folder could not be predicted."""

Files = Annotated[
    list[str],
    typer.Argument(
        metavar="FILES",
        help="Files, folders, globs or URLs of rows; - for JSON Lines on the standard input. "
        "Files of models among them are applied, too.",
        show_default=False,
    ),
]
Output = Annotated[
    str,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE|FOLDER/",
        help="Parquet, CSV, JSON Lines or Arrow by its extension, with .gz, .zst or .bz2 if it is "
        "text; or a folder, which gets a file for each file that is read. Default: -, the standard "
        "output.",
        show_default=False,
    ),
]
OutputFormat = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="parquet, csv, tsv, jsonl or arrow. Default: by extension; parquet in a folder; "
        "without a file csv, and jsonl for JSON Lines on the standard input.",
        show_default=False,
    ),
]
AllProbabilities = Annotated[
    bool, typer.Option("--all-probabilities", help="Add a column for each class's probability.")
]

Columns = Annotated[
    list[str] | None,
    typer.Option(
        metavar="COLUMN,...",
        help="Columns of the input to write; others are not read. Default: all.",
        show_default=False,
    ),
]
NoColumns = Annotated[
    bool, typer.Option("--no-columns", metavar="", help="Write the predictions only.")
]
Resume = Annotated[
    bool,
    typer.Option(
        "--resume",
        metavar="",
        help="Go on with the files of a folder that an earlier run has not written.",
    ),
]


@observed
@with_groups
def predict(
    model: options.ModelFile,
    files: Files,
    output: Output = STANDARD_OUTPUT,
    output_format: OutputFormat = None,
    top_k: TopK = 1,
    all_probabilities: AllProbabilities = False,
    columns: Columns = None,
    no_columns: NoColumns = False,
    filtering: Filtering = FILTERING,
    resume: Resume = False,
    reading: Unlabeled = READING,
    n_jobs: options.Jobs = -1,
    cluster: options.Cluster = None,
    allow_pattern: options.AllowPattern = True,
    json: options.Json = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Write rows with the predicted label and its probability.

    Rows keep their order and their columns, which are written as they are: cells of CSV files and
    values of JSON Lines unchanged, other columns in a type that holds all values. The column with
    the text is that of the training if none is named. Several models read the rows once; each has
    the columns NAME and NAME_probability, after the name of its file.

    For example:

    torrential predict stars.model new.jsonl.zst -o predictions.parquet

    torrential predict quality.model crawl/ -o good/ --keep good --keep-top 10% --keep-rows
    """
    from torrential import predict_to
    from torrential.cli.estimators.saved import load_model
    from torrential.estimators.tools.predict_to import check_names
    from torrential.kernels.compiling import working_time

    level = progress_level(quiet, verbose)
    paths, files = models_and_files(model, files)
    if columns and no_columns:
        raise ParameterError("--columns and --no-columns exclude each other: give one of them.")
    reading, output_format = _of_streams(reading, files, output, output_format)
    _check_output(output, output_format, json=json)
    models = [load_model(path, allow_pattern=allow_pattern) for path in paths]
    reading = replace(reading.like_training(models[0].columns_, files), target=None)
    dataset = reading.read(files, needs_target=False)
    names = [Path(path).stem for path in paths]
    check_names(names, "rename the file of one")
    start = working_time()
    counts = predict_to(
        models[:1] if len(models) == 1 else dict(zip(names, models, strict=True)),
        dataset,
        output,
        **filtering.parameters(),
        top_k=top_k,
        all_probabilities=all_probabilities,
        columns=[] if no_columns else _named(columns, dataset),
        format=output_format,
        resume=resume,
        executor=cluster,
        n_jobs=n_jobs,
        verbose=level,
    )
    seconds, failed = working_time() - start, failed_files(counts)
    shown = names if len(models) > 1 else ["label"]
    labels = {name: each.predictor_.labels for name, each in zip(shown, models, strict=True)}
    if json:
        print_applied(counts, output, seconds, labels)
    elif not quiet:
        say_applied(counts, seconds, labels, of_text=not dataset.columns.inputs)
    if failed:
        say_failed(failed)
        raise typer.Exit(SOME_FAILED)


def _of_streams(
    reading: Reading, files: list[str], output: str, output_format: str | None
) -> tuple[Reading, str | None]:
    """Return the formats where rows come from the standard input: JSON Lines, in and out."""
    if files == [STANDARD_INPUT]:
        if reading.format is None:
            reading = replace(reading, format=JSON_LINES)
        if output == STANDARD_OUTPUT and output_format is None and reading.format == JSON_LINES:
            output_format = JSON_LINES
    return reading, output_format


def _check_output(output: str, output_format: str | None, *, json: bool) -> None:
    """Raise an error now, not after the models are loaded, if the output is not possible."""
    from torrential.persistence.writers import check_table

    is_piped = is_standard_output(output)
    if json and is_piped:
        raise ParameterError("--json needs a file for the predictions: name it with --output.")
    if is_piped or json:
        check_open()
    if is_folder(output):
        return
    check_table(output, output_format)
    if is_replaceable(output):
        check_writable(output)


def _named(words: list[str] | None, dataset: "Dataset") -> list[str] | None:
    """Return the named columns; a word names one column, or several between commas."""
    if not words:
        return None
    known = dataset.known_columns().names
    return [name for word in words for name in ([word] if word in known else word.split(","))]
