"""``torrential report``: a page on how good a model is on labeled files, and why."""

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from torrential.cli import options
from torrential.cli.observing import observed
from torrential.cli.output import check_open, say
from torrential.cli.reading import READING, Reading, with_groups
from torrential.cli.show import print_json, progress_level, size
from torrential.cli.values import WHOLE
from torrential.errors import ParameterError

if TYPE_CHECKING:
    from torrential.pages.model_report import ModelReport

DEFAULT = "report.html"

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


@observed
@with_groups
def report(
    model: options.ModelFile,
    files: options.Files,
    output: Output = None,
    by: By = None,
    errors: Errors = 30,
    reading: Reading = READING,
    n_jobs: options.Jobs = -1,
    cluster: options.Cluster = None,
    allow_pattern: options.AllowPattern = True,
    json: options.Json = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Write a page on how good a classifier is, and why.

    It measures the model on labeled files in one pass, as evaluate does. The page has figures with
    intervals, classes, confusions, errors with what each word adds, terms, segments and parameters.
    Columns are those of the training if none are named.

    For example:

    torrential report stars.model test.parquet -o report.html

    torrential report stars.model test.parquet -o README.md --by shop
    """
    from torrential.cli.estimators.saved import load_estimator

    level = progress_level(quiet, verbose)
    check_open()
    output = _checked(output, json=json)
    classifier: Any = load_estimator(model, allow_pattern=allow_pattern)
    if classifier.model_.is_regression:
        raise ParameterError(
            f"{model} predicts numbers, and report is for classifiers: measure it with evaluate."
        )
    classifier.set_params(n_jobs=n_jobs, verbose=level)
    dataset = reading.like_training(classifier.columns_, files).read(files, needs_target=True)
    _give(_report(classifier, dataset, model, by or [], errors, cluster), output, json=json)


def _checked(output: str | None, *, json: bool) -> str | None:
    """Return the file to write, or raise an error now, not after the pass."""
    from torrential.pages.model_report import check_output

    if output is None and not json:
        output = DEFAULT
    if output is not None:
        check_output(output)
    return output


def _report(
    classifier: Any, dataset: Any, path: str, by: list[str], n_errors: int, cluster: str | None
) -> "ModelReport":
    from torrential.estimators.fused.reporting import Asked, report_of
    from torrential.pages.model_report import ModelReport

    asked = Asked(
        by=by,
        n_errors=n_errors,
        name=Path(path).stem,
        model_bytes=Path(path).stat().st_size,
        command=shlex.join(["torrential", *sys.argv[1:]]),
    )
    return ModelReport(report_of(classifier, classifier._of_model(dataset), asked, cluster))


def _give(found: "ModelReport", output: str | None, *, json: bool) -> None:
    """Write the report, and print it or say what is in it."""
    if output is not None:
        found.save(output)
    if json:
        print_json(found.to_dict())
        return
    assert output is not None  # by default there is one
    say(f"{found}.", f"The report is in {output} ({size(Path(output).stat().st_size)}).")
