"""Options of parameter averaging, and the estimator that they ask for."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from torrential.cli import options
from torrential.cli.estimators.new import for_scikit_learn
from torrential.cli.values import WHOLE
from torrential.errors import ParameterError

if TYPE_CHECKING:
    from torrential import ParameterAveraging
    from torrential.cli.estimators.saved import Estimator

PANEL = "Averaging"

N_ROUNDS = 3

Partitions = Annotated[
    int | None,
    typer.Option(
        "--n-partitions",
        metavar="N",
        help="Train this many parts independently, and average them after each of 3 "
        "epochs (or --epochs). Default: one model learns all rows; with --cluster: 8.",
        parser=options.value_of("n_partitions", WHOLE),
        show_default=False,
        rich_help_panel=PANEL,
    ),
]
Weighting = Annotated[
    str | None,
    typer.Option(
        "--weighting",
        metavar="NAME",
        help="rows or updates: the weight of a part. Default: updates with adagrad, else rows.",
        show_default=False,
        rich_help_panel=PANEL,
    ),
]
AverageEvery = Annotated[
    int | None,
    typer.Option(
        "--average-every",
        metavar="ROWS",
        help="Rows of each part between two averages. Default: all.",
        parser=options.value_of("average_every", WHOLE),
        show_default=False,
        rich_help_panel=PANEL,
    ),
]


@dataclass(frozen=True, slots=True)
class AveragingOptions:
    """The given options; None for options that were not given."""

    n_partitions: int | None
    weighting: str | None
    average_every: int | None
    cluster: str | None

    @property
    def are_given(self) -> bool:
        """Whether parts are trained independently."""
        return self.n_partitions is not None or self.cluster is not None

    def check(self) -> None:
        """Raise a ParameterError for averaging options if nothing is averaged."""
        for name in ("weighting", "average_every"):
            if getattr(self, name) is not None and not self.are_given:
                option = name.replace("_", "-")
                raise ParameterError(
                    f"--{option} is for training in parts: give --n-partitions too."
                )

    def wrap(
        self, model: "Estimator", n_jobs: int, verbose: int, n_rounds: int | None
    ) -> "ParameterAveraging":
        """Return the estimator that learns the model in parts."""
        from torrential import ParameterAveraging, Threads

        given: dict[str, Any] = {
            name: value
            for name in ("n_partitions", "weighting", "average_every")
            if (value := getattr(self, name)) is not None
        }
        return ParameterAveraging(
            for_scikit_learn(model),
            **given,
            n_rounds=n_rounds or N_ROUNDS,
            executor=Threads(n_jobs) if self.cluster is None else self.cluster,
            shuffle=model.shuffle,
            random_state=model.random_state,
            verbose=verbose,
        )
