"""``torrential explain``: what each term of a text adds to the decision."""

from json import loads
from typing import TYPE_CHECKING, Annotated, Any

import typer

from torrential.cli import options
from torrential.cli.output import check_open, say
from torrential.cli.show import print_json, progress_level
from torrential.cli.tables import print_table
from torrential.cli.values import WHOLE
from torrential.errors import ParameterError
from torrential.escapes import visible

if TYPE_CHECKING:
    from torrential.evaluation.explanation import Explanation
    from torrential.evaluation.left_out import LeftOutWords

N_CLASSES = 5
"""Classes that are shown: those with the highest scores."""

Text = Annotated[
    str,
    typer.Argument(
        metavar="TEXT", help="The text, or a row of a table as JSON, in quotation marks."
    ),
]
Number = Annotated[
    int,
    typer.Option(
        "--number",
        "-n",
        metavar="N",
        help="Terms to show.",
        parser=options.value_of("number", WHOLE),
    ),
]


def explain(
    model: options.ModelFile,
    text: Text,
    number: Number = 20,
    allow_pattern: options.AllowPattern = True,
    json: options.Json = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Show what each term of a text, or each value, adds.

    For example:

    torrential explain stars.model "great battery, poor screen"

    torrential explain late.model '{"origin": "LAS", "destination": "PHL", "hour": 7}'
    """
    from torrential.cli.estimators.saved import load_model

    progress_level(quiet, verbose)
    check_open()
    classifier: Any = load_model(model, allow_pattern=allow_pattern)
    row: Any = _row(text) if "inputs" in classifier.columns_ else text
    explanation = classifier.explain(row, number)
    if json:
        print_json(explanation.to_dict())
    elif classifier._kind == "FastTextModel":
        print_left_out(explanation)
    else:
        print_explanation(explanation)


def _row(text: str) -> dict[str, Any]:
    """Return a row of a table from JSON, or raise an error."""
    try:
        row = loads(text)
    except ValueError:
        row = None
    if not isinstance(row, dict):
        raise ParameterError(
            f"{text!r:.60} is not a row of a table: give a JSON object of column to value, such as "
            '\'{"origin": "LAS"}\'.'
        )
    return row


def print_left_out(found: "LeftOutWords") -> None:
    """Print a table of the words, and the prediction without each of them."""
    rows = [
        [each.word, f"{each.count:,}", f"{each.change:+.3f}", f"{each.probability:.4f}", each.label]
        for each in found.words
    ]
    say(f"Decided for {visible(found.predicted)} with probability {found.probability:.4f}.\n")
    print_table(["word", "count", "adds", "without it", "decided for"], rows)


def print_explanation(explanation: "Explanation") -> None:
    """Print a table of the terms, and below it the sums."""
    decision = explanation.decision
    if len(decision) == 1:
        columns, names = [0], [str(explanation.classes[-1]) if explanation.classes else "adds"]
    else:
        columns = sorted(range(len(decision)), key=lambda i: -decision[i])[:N_CLASSES]
        names = [str(explanation.classes[i]) for i in columns]
    rows = [
        [each.term, f"{each.count:,}", *(f"{each.scores[i]:+.3f}" for i in columns)]
        for each in explanation.terms
    ]
    left = decision - explanation.intercept - sum(each.scores for each in explanation.terms)
    if explanation.named < 1:
        rows.append(["(other terms)", "", *(f"{left[i]:+.3f}" for i in columns)])
    rows.append(["(intercept)", "", *(f"{explanation.intercept[i]:+.3f}" for i in columns)])
    rows.append(["(score)", "", *(f"{decision[i]:+.3f}" for i in columns)])
    if explanation.classes:
        say(f"Decided for {visible(explanation.predicted)}.\n")
    print_table(["term", "count", *names], rows)
    say(f"\n{explanation.named:.1%} of the weight of all terms is named.")
