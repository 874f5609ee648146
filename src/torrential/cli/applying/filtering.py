"""The options that choose rows by their predictions, and the models that a command applies."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from torrential.cli.options import value_of
from torrential.cli.values import REAL, WHOLE
from torrential.errors import ParameterError
from torrential.persistence.outputs import is_model_file

FILTER = "Filter"


def real(name: str, metavar: str, panel: str, sentence: str) -> Any:
    """Make an option that takes a number, named after a parameter; by default it has none."""
    return typer.Option(
        f"--{name.replace('_', '-')}",
        metavar=metavar,
        help=sentence,
        show_default=False,
        rich_help_panel=panel,
        parser=value_of(name, REAL),
    )


Keep = Annotated[
    list[str] | None,
    typer.Option(
        metavar="LABEL",
        help="Write only rows that are predicted as this label; repeat it for several.",
        show_default=False,
        rich_help_panel=FILTER,
    ),
]
Threshold = Annotated[
    list[str] | None,
    typer.Option(
        metavar="P|LABEL=P|chosen",
        help="Write only rows whose predicted label has this probability; with LABEL=P rows that "
        "have it of that label, or of one of several; chosen: the model's own thresholds.",
        show_default=False,
        rich_help_panel=FILTER,
    ),
]
MinPrecision = Annotated[
    float | None,
    real(
        "min_precision",
        "SHARE",
        FILTER,
        "The same with thresholds of labels that had this precision in training, on rows "
        "before they were learned.",
    ),
]
MinRecall = Annotated[
    float | None,
    real(
        "min_recall",
        "SHARE",
        FILTER,
        "The same with thresholds of labels that had this recall.",
    ),
]
Cost = Annotated[
    float | None,
    real(
        "cost",
        "X",
        FILTER,
        "The same with thresholds of least cost, where a wrong label costs this much and "
        "a missing one 1.",
    ),
]
Reject = Annotated[
    bool,
    typer.Option(
        "--reject",
        metavar="",
        help="Write rows that do not reach a threshold, too, without a label.",
        rich_help_panel=FILTER,
    ),
]
KeepTop = Annotated[
    str | None,
    typer.Option(
        metavar="10%|ROWS",
        help="Write only the rows with the highest probability of the label in --keep: a share of "
        "all rows, or a number.",
        show_default=False,
        rich_help_panel=FILTER,
    ),
]
KeepRows = Annotated[
    bool,
    typer.Option(
        "--keep-rows",
        metavar="",
        help="Write the rows that are kept as they are, without predictions.",
        rich_help_panel=FILTER,
    ),
]
Where = Annotated[
    list[str] | None,
    typer.Option(
        metavar="CONDITION",
        help="Rows that the models see which come after those it names, such as "
        "'language = en and language.probability >= 0.8'.",
        show_default=False,
        rich_help_panel=FILTER,
    ),
]
TopK = Annotated[
    int,
    typer.Option(
        "--top-k",
        metavar="K",
        help="Add columns for the next labels, up to the K-th. Default: 1.",
        show_default=False,
        parser=value_of("top_k", WHOLE),
    ),
]


@dataclass(frozen=True, slots=True)
class Filtering:
    """Options of the rows that are written, and of those that later models see."""

    keep: Keep = None
    threshold: Threshold = None
    min_precision: MinPrecision = None
    min_recall: MinRecall = None
    cost: Cost = None
    reject: Reject = False
    keep_top: KeepTop = None
    keep_rows: KeepRows = False
    where: Where = None

    def parameters(self) -> dict[str, Any]:
        """Return the parameters of :func:`torrential.predict_to`."""
        return {
            "keep": self.keep or None,
            "threshold": thresholds_of(self.threshold or ()),
            "min_precision": self.min_precision,
            "min_recall": self.min_recall,
            "cost": self.cost,
            "reject": self.reject,
            "keep_top": self.keep_top,
            "keep_rows": self.keep_rows,
            "where": self.where or None,
        }


FILTERING = Filtering()


def models_and_files(model: str, words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return which words are files of models, by their content, and which are files of rows.

    Parameters
    ----------
    model : str
        The first word, which is a model.
    words : sequence of str

    Raises
    ------
    ParameterError
        If all are models.
    """
    models = [word for word in words if is_model_file(word)]
    files = [word for word in words if word not in models]
    if not files:
        raise ParameterError("FILES is missing: all that was given are models.")
    return [model, *models], files


def thresholds_of(words: Sequence[str]) -> Any:
    """Return probabilities by label; None is the label of one that is for all."""
    found: dict[str | None, str] = {}
    for word in words:
        label, equals, value = word.rpartition("=")
        found[label if equals else None] = value
    return found or None
