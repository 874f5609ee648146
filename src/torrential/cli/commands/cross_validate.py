"""``torrential cross-validate``: scores of a model on rows that it has not learned."""

from typing import Annotated, Any

import typer

from torrential.cli import options
from torrential.cli.estimators.new import (
    CLASSIFICATION,
    check_task,
    default_score,
    for_scikit_learn,
    new_estimator,
)
from torrential.cli.observing import observed
from torrential.cli.output import check_open, say
from torrential.cli.parameters import given, with_parameters
from torrential.cli.reading import CACHING, READING, Caching, Reading, with_groups
from torrential.cli.show import print_json, progress_level
from torrential.cli.tables import print_table
from torrential.cli.values import WHOLE

FOLDS = "Folds"

Folds = Annotated[
    int,
    typer.Option(
        "--cv",
        metavar="N",
        help="Number of folds. Default: 5.",
        show_default=False,
        parser=options.value_of("cv", WHOLE),
        rich_help_panel=FOLDS,
    ),
]
Groups = Annotated[
    str | None,
    typer.Option(
        metavar="COLUMN",
        help="Column whose rows of the same value stay together in a fold.",
        show_default=False,
        rich_help_panel=FOLDS,
    ),
]
Stratify = Annotated[
    bool,
    typer.Option(
        "--stratify",
        metavar="",
        help="Give all folds equal shares of each class.",
        rich_help_panel=FOLDS,
    ),
]
Order = Annotated[
    str | None,
    typer.Option(
        metavar="COLUMN",
        help="Column with times: models learn rows from before the rows that they score.",
        show_default=False,
        rich_help_panel=FOLDS,
    ),
]
Scorers = Annotated[
    list[str] | None,
    typer.Option(
        "--scoring",
        metavar="NAME",
        help="Score, by scikit-learn's name, such as f1_macro or roc_auc; can be repeated. "
        "Default: accuracy; r2 in regression.",
        show_default=False,
        rich_help_panel=FOLDS,
    ),
]


@observed
@with_parameters
@with_groups
def cross_validate(
    files: options.Files,
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
    json: options.Json = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
    **parameters: Any,
) -> None:
    """Score a model on each of several folds.

    The models of all folds learn in one pass, each from the rows of the others.

    For example:

    torrential cross-validate reviews/*.parquet --text body --target stars --scoring f1_macro
    """
    from torrential import cross_validate as validate
    from torrential.kernels.compiling import working_time

    level = progress_level(quiet, verbose)
    check_open()
    check_task(task)
    given(parameters)  # an error before anything is read
    dataset = caching.of(reading.read(files, needs_target=True))
    names, start = scoring or [default_score(task)], working_time()
    result = validate(
        for_scikit_learn(new_estimator(dataset, parameters, task)),
        dataset,
        groups=groups,
        stratify=stratify,
        order=order,
        scoring=names,
        cv=cv,
        n_jobs=n_jobs,
        verbose=level,
        executor=cluster,
    )
    seconds = working_time() - start
    scores = {name: result[f"test_{name}"] for name in names}
    if json:
        facts = {
            name: {"mean": values.mean(), "std": values.std(), "folds": values.tolist()}
            for name, values in scores.items()
        }
        print_json({"seconds": seconds, "n_folds": cv, "scores": facts})
        return
    rows = [
        [f"fold {number}", *(f"{values[number]:.4f}" for values in scores.values())]
        for number in range(cv)
    ]
    rows.append(["mean", *(f"{values.mean():.4f}" for values in scores.values())])
    rows.append(["spread", *(f"{values.std():.4f}" for values in scores.values())])
    print_table(["", *names], rows)
    if not quiet:
        how = "in one pass" if cluster is None else "as tasks of the cluster"
        say(f"\n{cv} models {how}, in {seconds:.1f} s.")
