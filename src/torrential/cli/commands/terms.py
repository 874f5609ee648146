"""``torrential terms``: the heaviest terms of each class, and names for a trained model."""

from typing import TYPE_CHECKING, Annotated

import typer

from torrential.cli import options
from torrential.cli.observing import observed
from torrential.cli.output import check_open, say, side_output
from torrential.cli.reading import READING, Unlabeled, with_groups
from torrential.cli.show import print_json, progress_level
from torrential.cli.tables import print_table
from torrential.cli.values import TERMS, WHOLE
from torrential.errors import ParameterError
from torrential.persistence.whole_file import check_writable

if TYPE_CHECKING:
    from torrential.evaluation.explanation import TopTerms

Files = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="FILES",
        help="Files of text to name the terms from, if the model has kept none.",
        show_default=False,
    ),
]
Output = Annotated[
    str | None,
    typer.Option(
        "--output", "-o", metavar="MODEL", help="File to save the model with the names to."
    ),
]
Number = Annotated[
    int,
    typer.Option(
        "--number",
        "-n",
        metavar="N",
        help="Terms of each class.",
        parser=options.value_of("number", WHOLE),
    ),
]
Budget = Annotated[
    str | None,
    typer.Option(
        "--terms",
        metavar="N|64MB",
        help="Terms of the files to keep at most, or memory for them. Default: 2**20.",
        show_default=False,
    ),
]


@observed
@with_groups
def terms(
    model: options.ModelFile,
    files: Files = None,
    output: Output = None,
    number: Number = 20,
    budget: Budget = None,
    reading: Unlabeled = READING,
    n_jobs: options.Jobs = -1,
    cluster: options.Cluster = None,
    overwrite: options.Overwrite = False,
    allow_pattern: options.AllowPattern = True,
    json: options.Json = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """List the heaviest terms of each class.

    A model that was trained with --terms has their names. Others get them from files of text,
    without being trained again.

    For example:

    torrential terms stars.model

    torrential terms stars.model reviews/*.parquet -o named.model
    """
    from torrential.cli.estimators.saved import load_estimator

    level = progress_level(quiet, verbose)
    if output is None or json:
        check_open()
    if output is not None:
        check_writable(output)
    if not files and (output or budget):
        option = "--output" if output else "--terms"
        raise ParameterError(f"{option} is for names from files: name files of text, too.")
    classifier = load_estimator(model, allow_pattern=allow_pattern)
    if files:
        reading = reading.like_training({**classifier.columns_, "target": None}, files)
        dataset = reading.read(files, needs_target=False)
        classifier.set_params(n_jobs=n_jobs, verbose=level)
        kept = True if budget is None else TERMS("terms", budget)
        classifier.collect_terms(dataset, kept, executor=cluster)
        if output is not None:
            classifier.save(output, overwrite=overwrite)
    top = classifier.top_terms(number)
    if json:
        print_json(top.to_dict())
        return
    with side_output(output):
        print_top_terms(top)


def print_top_terms(top: "TopTerms") -> None:
    """Print a table of the classes' terms."""
    rows = [
        [str(label), term.term, f"{term.weight:.3f}", f"{term.count:,}", _some(term.shared_with)]
        for label, terms in top.items()
        for term in terms
    ]
    print_table(["class", "term", "weight", "count", "shares its column with"], rows)
    say(f"\n{top.named:.1%} of the weight is named.")


def _some(names: tuple[str, ...]) -> str:
    shown = ", ".join(names[:3])
    return f"{shown}, ..." if len(names) > 3 else shown
