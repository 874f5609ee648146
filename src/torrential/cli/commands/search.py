"""``torrential search``: score combinations of parameters, and keep the best model."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from torrential.cli import options
from torrential.cli.commands.cross_validate import FOLDS, Folds, Groups, Order, Scorers, Stratify
from torrential.cli.estimators.new import (
    CLASSIFICATION,
    check_task,
    default_score,
    for_scikit_learn,
    new_estimator,
)
from torrential.cli.figures import check_figure, save_or_warn
from torrential.cli.grid import read_grid, shown
from torrential.cli.keeping import Keeping
from torrential.cli.observing import observed
from torrential.cli.output import check_open, say, side_output
from torrential.cli.parameters import given, with_parameters
from torrential.cli.reading import CACHING, READING, Caching, Reading, with_groups
from torrential.cli.show import print_json, progress_level, size
from torrential.cli.tables import print_table
from torrential.cli.values import WHOLE
from torrential.errors import ParameterError
from torrential.persistence.whole_file import check_writable

if TYPE_CHECKING:
    from torrential.estimators.selection.base import Search

Grid = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME=A,B,...",
        help="Parameter and the values to try, such as alpha=0,1e-6; repeat it for more: all "
        "combinations are tried.",
        show_default=False,
        rich_help_panel=FOLDS,
    ),
]
Random = Annotated[
    int | None,
    typer.Option(
        "--n-iter",
        metavar="N",
        help="Try this many of the combinations, drawn at random. Default: all.",
        show_default=False,
        parser=options.value_of("n_iter", WHOLE),
        rich_help_panel=FOLDS,
    ),
]
Halving = Annotated[
    bool,
    typer.Option(
        "--halving",
        help="Drop the weaker combinations as the rows stream by: the best learn all rows.",
        rich_help_panel=FOLDS,
    ),
]
Best = Annotated[
    str | None,
    typer.Option(
        "--output",
        "-o",
        metavar="MODEL",
        help="File to save the best model to, trained on all rows. Default: none.",
        show_default=False,
    ),
]
Figure = Annotated[
    str | None,
    typer.Option(
        metavar="FILE",
        help="Draw the learning curves of all candidates, as PNG, SVG or PDF.",
        show_default=False,
    ),
]


@observed
@with_parameters
@with_groups
def search(
    files: options.Files,
    grid: Grid = None,
    n_iter: Random = None,
    halving: Halving = False,
    output: Best = None,
    figure: Figure = None,
    reading: Reading = READING,
    task: options.Task = CLASSIFICATION,
    cv: Folds = 5,
    groups: Groups = None,
    stratify: Stratify = False,
    order: Order = None,
    scoring: Scorers = None,
    caching: Caching = CACHING,
    n_jobs: options.Jobs = -1,
    cluster: options.Cluster = None,
    checkpoint: options.Checkpoint = None,
    checkpoint_every: options.CheckpointEvery = None,
    resume: options.Resume = False,
    max_size: options.MaxSize = None,
    overwrite: options.Overwrite = False,
    json: options.Json = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
    **parameters: Any,
) -> None:
    """Score combinations of parameters on several folds.

    Those that differ in learning only share a pass. The first score decides which is the best.

    For example:

    torrential search reviews/*.parquet --text body --target stars --grid alpha=0,1e-6 -o best.model
    """
    from torrential import (
        GridSearchCV,
        HalvingGridSearchCV,
        RandomizedSearchCV,
    )
    from torrential.cli.estimators.saved import save_within
    from torrential.kernels.compiling import working_time

    level = progress_level(quiet, verbose)
    if output is None or json:
        check_open()
    keeping = Keeping.in_checkpoint(checkpoint, checkpoint_every, resume=resume)
    if output is not None:
        check_writable(output)
    if figure is not None:
        check_figure(figure)
    if not grid:
        raise ParameterError("--grid is missing: name a parameter and the values to try.")
    if halving and n_iter is not None:
        raise ParameterError("--halving tries all combinations: leave out --n-iter.")
    values, names = read_grid(grid), scoring or [default_score(task)]
    check_task(task)
    given(parameters)  # an error before anything is read
    dataset = caching.of(reading.read(files, needs_target=True))
    model = for_scikit_learn(new_estimator(dataset, parameters, task)).set_params(n_jobs=n_jobs)
    kept: dict[str, Any] = {"scoring": names, "refit": names[0], "cv": cv, "verbose": level}
    kept["executor"] = cluster
    found: Search
    if halving:
        found = HalvingGridSearchCV(model, values, **kept)
    elif n_iter is None:
        found = GridSearchCV(model, values, **kept)
    else:
        found = RandomizedSearchCV(model, values, n_iter=n_iter, **kept)
    start = working_time()
    found.fit(dataset, groups=groups, stratify=stratify, order=order, **keeping.arguments)
    seconds = working_time() - start
    if output is not None:
        save_within(found.best_estimator_, output, max_size, overwrite=overwrite)
    if figure is not None:
        save_or_warn(found.learning_curves_.plot(), figure)
    if json:
        print_json(search_facts(found, names, seconds, output))
        return
    with side_output(output):
        print_search(found, list(values), names)
        if not quiet:
            n_models = n_candidates(found) * found.n_splits_
            say(f"\n{n_models} models in {seconds:.1f} s.")
        if output is not None:
            say(f"Saved {output} ({size(Path(output).stat().st_size)}).")


def n_candidates(found: "Search") -> int:
    """Return the number of combinations that were tried."""
    iterations = found.cv_results_.get("iter")
    return len(found.cv_results_["params"] if iterations is None else iterations[iterations == 0])


def search_facts(
    found: "Search",
    names: Sequence[str],
    seconds: float,
    path: str | None,
) -> dict[str, Any]:
    """Return the facts of a search for JSON; candidates from the best to the worst."""
    table = found.cv_results_
    return {
        "seconds": seconds,
        "n_folds": found.n_splits_,
        "best": found.best_params_,
        "model": path,
        "candidates": [
            {
                "parameters": table["params"][place],
                **({"rows": int(table["n_resources"][place])} if "n_resources" in table else {}),
                "scores": {
                    name: {
                        "mean": float(table[f"mean_test_{name}"][place]),
                        "std": float(table[f"std_test_{name}"][place]),
                    }
                    for name in names
                },
            }
            for place in table[f"rank_test_{names[0]}"].argsort(kind="stable")
        ],
    }


def print_search(found: "Search", searched: Sequence[str], names: Sequence[str]) -> None:
    """Print the candidates for people, from the best to the worst."""
    table = found.cv_results_
    halves = "n_resources" in table
    header = [
        "rank",
        *searched,
        *(["rows"] if halves else []),
        *(word for name in names for word in (name, "spread")),
    ]
    rows = []
    for place in table[f"rank_test_{names[0]}"].argsort(kind="stable"):
        scores = [
            f"{table[f'{what}_test_{name}'][place]:.4f}"
            for name in names
            for what in ("mean", "std")
        ]
        rank = str(table[f"rank_test_{names[0]}"][place])
        n_rows = [f"{table['n_resources'][place]:,}"] if halves else []
        rows.append([rank, *shown(table["params"][place], searched), *n_rows, *scores])
    print_table(header, rows)
