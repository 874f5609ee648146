"""``torrential shrink``: a model in a file of limited size, to apply it only."""

from pathlib import Path
from typing import Annotated

import typer

from torrential.cli import options
from torrential.cli.observing import observed
from torrential.cli.output import check_open, say
from torrential.cli.reading import with_groups
from torrential.cli.show import print_json, progress_level, size
from torrential.errors import ParameterError
from torrential.persistence.whole_file import check_writable

Output = Annotated[str, typer.Argument(metavar="SMALL", help="File to save the small model to.")]


@observed
@with_groups
def shrink(
    model: options.ModelFile,
    output: Output,
    max_size: options.MaxSize = None,
    overwrite: options.Overwrite = False,
    allow_pattern: options.AllowPattern = True,
    json: options.Json = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Save a model in a file of limited size, to ship it.

    The small model predicts, evaluates and explains, but does not learn further. It has the
    weights that matter most for the scores.

    For example:

    torrential shrink stars.model small.model --max-size 2MB
    """
    from torrential.cli.estimators.saved import load_estimator

    progress_level(quiet, verbose)
    if json:
        check_open()
    if max_size is None:
        raise ParameterError("--max-size is missing: give a size such as 2MB.")
    check_writable(output)
    load_estimator(model, allow_pattern=allow_pattern).save(
        output, overwrite=overwrite, max_size=max_size
    )
    n_before, n_after = Path(model).stat().st_size, Path(output).stat().st_size
    if json:
        print_json({"model": output, "bytes": n_after, "bytes_before": n_before})
    elif not quiet:
        say(f"Saved {output} ({size(n_after)}, before {size(n_before)}).")
