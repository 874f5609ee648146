"""``torrential report``: a page on how good a model is on labeled files, and why."""

import shlex
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from torrential.cli import options
from torrential.cli.applying.filtering import models_and_files
from torrential.cli.observing import observed
from torrential.cli.output import check_open, say
from torrential.cli.reading import READING, Reading, with_groups
from torrential.cli.show import print_json, progress_level, size
from torrential.cli.values import WHOLE
from torrential.errors import ParameterError

if TYPE_CHECKING:
    from torrential import Dataset
    from torrential.pages.saved_report import SavedReport

DEFAULT = "report.html"
MOST_MODELS = 2

Files = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="FILES",
        help="Files, folders, globs or URLs of labeled rows; - for the standard input. A file of "
        "another model among them is compared with the first. Without any, the report has what the "
        "model has kept of its training.",
        show_default=False,
    ),
]
Output = Annotated[
    str | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help="A page that ends in .html, a model card in .md, or .json. Default: report.html; none "
        "with --json.",
        show_default=False,
    ),
]
By = Annotated[
    list[str] | None,
    typer.Option(
        "--by",
        metavar="COLUMN",
        help="Column whose values are segments, too; repeat it for several.",
        show_default=False,
    ),
]
Errors = Annotated[
    int,
    typer.Option(
        "--errors",
        metavar="N",
        help="Wrong predictions to show.",
        parser=options.value_of("errors", WHOLE),
    ),
]
Train = Annotated[
    list[str] | None,
    typer.Option(
        "--train",
        metavar="FILE",
        help="File of the training; repeat it for several. The report then says which rows are "
        "among its rows.",
        show_default=False,
    ),
]
LabelErrors = Annotated[
    bool,
    typer.Option(
        "--label-errors",
        metavar="",
        help="Train three models on parts of the --train files, and show rows whose labels they "
        "contradict.",
    ),
]


@observed
@with_groups
def report(
    model: options.ModelFile,
    files: Files = None,
    output: Output = None,
    by: By = None,
    errors: Errors = 30,
    train: Train = None,
    label_errors: LabelErrors = False,
    reading: Reading = READING,
    n_jobs: options.Jobs = -1,
    cluster: options.Cluster = None,
    allow_pattern: options.AllowPattern = True,
    json: options.Json = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Write a page on how good a model is, and why.

    It measures the model on labeled files in one pass, as evaluate does. The page has figures with
    intervals, classes or errors by prediction, wrong rows with what each word adds, terms, segments
    and parameters.
    Of two models it says which is better, and shows the rows that changed. Columns are those of the
    training if none are named.

    For example:

    torrential report stars.model test.parquet -o report.html

    torrential report old.model new.model test.parquet -o comparison.html

    torrential report stars.model test.parquet -o README.md --by shop

    torrential report stars.model
    """
    from torrential.cli.estimators.saved import load_estimator
    from torrential.estimators.tools.report import report_on

    level = progress_level(quiet, verbose)
    check_open()
    paths, files = models_and_files(model, files) if files else ([model], [])
    if len(paths) > MOST_MODELS:
        raise ParameterError(f"report takes one model, or two to compare, not {len(paths)}.")
    output = _checked(output, json=json)
    models: list[Any] = [load_estimator(path, allow_pattern=allow_pattern) for path in paths]
    for each in models:
        each.set_params(n_jobs=n_jobs, verbose=level)
    dataset = None
    if files:
        reading = reading.like_training(models[0].columns_, files)
        dataset = reading.read(files, needs_target=True)
    asked = {
        "by": by or [],
        "n_errors": errors,
        "train": _learned(train or [], reading, models[0], labeled=label_errors),
        "label_errors": label_errors,
    }
    command = shlex.join(["torrential", *sys.argv[1:]])
    _give(report_on(models, dataset, paths, command, cluster, **asked), output, json=json)


def _checked(output: str | None, *, json: bool) -> str | None:
    """Return the file to write, or raise an error now, not after the pass."""
    from torrential.estimators.tools.report import check_output

    if output is None and not json:
        output = DEFAULT
    if output is not None:
        check_output(output)
    return output


def _learned(files: list[str], reading: Reading, model: Any, *, labeled: bool) -> "Dataset | None":
    """Return the rows of the training, if its files are named."""
    if not files:
        return None
    reading = reading if labeled else replace(reading, target=None)
    dataset: Dataset = model._of_model(reading.read(files, needs_target=labeled))
    return dataset


def _give(found: "SavedReport", output: str | None, *, json: bool) -> None:
    """Write the report, and print it or say what is in it."""
    if output is not None:
        found.save(output)
    if json:
        print_json(found.to_dict())
        return
    assert output is not None  # by default there is one
    say(f"{found}.", f"The report is in {output} ({size(Path(output).stat().st_size)}).")
