"""The options of ``evaluate`` that decide which labels rows get, or which numbers are high."""

from dataclasses import dataclass
from typing import Annotated, Any

import typer

from torrential.cli.applying.filtering import real, thresholds_of
from torrential.errors import ParameterError

DECISIONS = "Decisions"

Threshold = Annotated[
    list[str] | None,
    typer.Option(
        metavar="P|LABEL=P|chosen",
        help="Least probability of the predicted label, or of this label; rows that do not reach "
        "it get none. chosen: the model's own thresholds.",
        show_default=False,
        rich_help_panel=DECISIONS,
    ),
]
MinPrecision = Annotated[
    float | None,
    real(
        "min_precision",
        "SHARE",
        DECISIONS,
        "Thresholds of labels that had this precision in training, on rows before they were "
        "learned.",
    ),
]
MinRecall = Annotated[
    float | None,
    real(
        "min_recall",
        "SHARE",
        DECISIONS,
        "Thresholds of labels that had this recall.",
    ),
]
Cost = Annotated[
    float | None,
    real(
        "cost",
        "X",
        DECISIONS,
        "Thresholds of least cost, where a wrong label costs this much and a missing one 1.",
    ),
]
Cut = Annotated[
    float | None,
    real(
        "cut",
        "NUMBER",
        DECISIONS,
        "Of a model of numbers: how well does it rank and select the rows whose target is at "
        "least this?",
    ),
]


@dataclass(frozen=True, slots=True)
class Deciding:
    """Options of the decisions that are measured."""

    threshold: Threshold = None
    min_precision: MinPrecision = None
    min_recall: MinRecall = None
    cost: Cost = None
    cut: Cut = None

    def parameters(self, predictor: Any) -> dict[str, Any]:
        """Return the parameters of ``evaluate`` for a model.

        Raises
        ------
        ParameterError
            If they are for models of another kind, or no label reaches the goal.
        """
        from torrential.estimators.tools.thresholds import thresholds_for

        threshold = thresholds_of(self.threshold or ())
        goals = {
            "min_precision": self.min_precision,
            "min_recall": self.min_recall,
            "cost": self.cost,
        }
        if predictor.labels:
            if self.cut is not None:
                raise ParameterError("--cut is for models of numbers: leave it out.")
            given = thresholds_for(predictor, threshold, **goals)
            return {} if given is None else {"threshold": given}
        if threshold is not None or any(value is not None for value in goals.values()):
            raise ParameterError(
                "--threshold, --min-precision, --min-recall and --cost decide for labels, but the "
                "model predicts numbers: give --cut."
            )
        return {} if self.cut is None else {"cut": self.cut}


DECIDING = Deciding()
