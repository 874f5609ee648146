"""``torrential predict``: write files' rows with label and probability."""

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Annotated

import typer

from torrential.cli import options
from torrential.cli.observing import observed
from torrential.cli.output import check_open, say
from torrential.cli.reading import READING, Unlabeled, with_groups
from torrential.cli.show import compiled, odd_rows, print_json, progress_level, size
from torrential.errors import ParameterError
from torrential.persistence.outputs import is_replaceable, is_standard_output
from torrential.persistence.whole_file import check_writable

if TYPE_CHECKING:
    from torrential import Dataset

STANDARD_OUTPUT = "-"

Output = Annotated[
    str,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help="Parquet, CSV, JSON Lines or Arrow by its extension, with .gz, .zst or .bz2 if it is "
        "text. Default: -, the standard output.",
        show_default=False,
    ),
]
OutputFormat = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="parquet, csv, tsv, jsonl or arrow. Default: by extension, csv without a file.",
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


@observed
@with_groups
def predict(
    model: options.ModelFile,
    files: options.Files,
    output: Output = STANDARD_OUTPUT,
    output_format: OutputFormat = None,
    all_probabilities: AllProbabilities = False,
    columns: Columns = None,
    no_columns: NoColumns = False,
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
    the text is that of the training if none is named.

    For example:

    torrential predict stars.model new.jsonl.zst -o predictions.parquet
    """
    from torrential.cli.models import load_classifier
    from torrential.kernels.compiling import working_time
    from torrential.persistence.writers import check_table

    level = progress_level(quiet, verbose)
    is_piped = is_standard_output(output)
    if columns and no_columns:
        raise ParameterError("--columns and --no-columns exclude each other: give one of them.")
    if json and is_piped:
        raise ParameterError("--json needs a file for the predictions: name it with --output.")
    if is_piped or json:
        check_open()
    check_table(output, output_format)
    if is_replaceable(output):
        check_writable(output)
    classifier = load_classifier(model, allow_pattern=allow_pattern)
    reading = replace(reading.like_training(classifier.columns_, files), target=None)
    dataset = reading.read(files, needs_target=False)
    start = working_time()
    classifier.set_params(n_jobs=n_jobs, verbose=level)
    counts = classifier.predict_to(
        dataset,
        output,
        all_probabilities=all_probabilities,
        columns=[] if no_columns else _named(columns, dataset),
        format=output_format,
        executor=cluster,
    )
    seconds = working_time() - start
    if json:
        rows = {**asdict(counts), "left_out": counts.left_out}
        print_json({"predictions": output, "seconds": seconds, "rows": rows})
    elif not quiet:
        # The standard output may be where the predictions went.
        speed = size(counts.n_bytes / seconds)
        of_text = "" if dataset.columns.inputs else " of text"
        say(
            f"Predicted {counts.n_rows:,} rows, {size(counts.n_bytes)}{of_text}, "
            f"in {seconds:.1f} s ({speed}/s).",
            *filter(
                None,
                [compiled(), odd_rows(replace(counts, n_rows=counts.n_rows + counts.left_out))],
            ),
            is_error=True,
        )


def _named(words: list[str] | None, dataset: "Dataset") -> list[str] | None:
    """Return the named columns; a word names one column, or several between commas."""
    if not words:
        return None
    known = dataset.known_columns().names
    return [name for word in words for name in ([word] if word in known else word.split(","))]
