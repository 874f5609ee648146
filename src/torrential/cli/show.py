"""Output of commands: numbers and sentences for people, JSON for programs."""

import json
import sys
from collections.abc import Sized
from typing import TYPE_CHECKING, Any

from torrential.cli.output import has_characters
from torrential.errors import ParameterError
from torrential.escapes import plain_json

if TYPE_CHECKING:
    from torrential.engine.model.counts import Counts
    from torrential.evaluation.progressive import ProgressiveValidation


VERBOSE = 2
"""Level of progress that --verbose asks for."""


def progress_level(quiet: bool, verbose: bool) -> int:
    """Return ``verbose`` for an estimator: 1 on terminals, or as the options say.

    Raises
    ------
    ParameterError
        Both were given.
    """
    if quiet and verbose:
        raise ParameterError("--quiet and --verbose exclude each other: give one of them.")
    if quiet:
        return 0
    return VERBOSE if verbose else int(sys.stderr.isatty())


def by_pass(history: "list[ProgressiveValidation]") -> dict[str, list[dict[str, Any]]]:
    """Separate passes over unseen rows from passes over rows that were learned before."""
    passes: dict[str, list[dict[str, Any]]] = {"progressive": [], "training": []}
    for each in history:
        passes["training" if each.learned_before else "progressive"].append(each.summary())
    return passes


def figures_text(of_pass: dict[str, Any]) -> str:
    """Write the figures of a pass, as in JSON, on a part of a line.

    >>> figures_text({"accuracy": 0.5, "loss": 1.0, "log_loss": 0.69, "roc_auc": 0.5})
    'accuracy 50.00%, loss 1.0000, log loss 0.6900, ROC AUC 0.5000'
    """
    words = [] if of_pass["accuracy"] is None else [f"accuracy {of_pass['accuracy']:.2%}"]
    loss = f"loss {of_pass['loss']:.4f}"
    log_loss = None if of_pass["log_loss"] is None else f"loss {of_pass['log_loss']:.4f}"
    words.append(loss if loss != log_loss else f"log {loss}")
    if log_loss not in (None, loss):
        words.append(f"log {log_loss}")
    if of_pass["roc_auc"] is not None:
        words.append(f"ROC AUC {of_pass['roc_auc']:.4f}")
    return ", ".join(words)


def calibration_text(of_pass: dict[str, Any], label: object) -> str:
    """Write how probabilities of a pass agree with what came, as a sentence; '' if unknown."""
    if of_pass["log_loss"] is None:
        return ""
    entropy = of_pass["normalized_entropy"]
    relative = "" if entropy is None else f", normalized entropy {entropy:.4f}"
    return (
        f"mean probability of {label!r} {of_pass['mean_predicted']:.2%}, "
        f"its share {of_pass['observed']:.2%}, "
        f"expected calibration error {of_pass['calibration_error']:.2%}{relative}"
    )


def print_json(facts: dict[str, Any]) -> None:
    """Print an object as JSON; numbers that JSON lacks are null.

    It is the same object on a standard output of any encoding: characters that it lacks, and those
    that steer terminals, are written as escapes of JSON.
    """
    text = plain_json(facts)
    if not has_characters(text):
        text = json.dumps(json.loads(text))
    sys.stdout.write(f"{text}\n")


def size(n_bytes: float) -> str:
    """Write a number of bytes with its unit.

    >>> size(999), size(12_345), size(2_500_000_000)
    ('999 bytes', '12.3 kB', '2.5 GB')
    """
    for power, unit in ((4, "TB"), (3, "GB"), (2, "MB"), (1, "kB")):
        if n_bytes >= 1000**power:
            return f"{n_bytes / 1000**power:.1f} {unit}"
    return f"{n_bytes:.0f} bytes"


def class_count(classes: Sized) -> str:
    """Write a number of classes."""
    return f"{len(classes):,} {'class' if len(classes) == 1 else 'classes'}"


def compiled() -> str:
    """Return a sentence on the time spent compiling kernels; empty if it was short."""
    from torrential.kernels.compiling import seconds_compiling

    seconds = seconds_compiling()
    if seconds < 1:
        return ""
    return f"Before that, kernels were compiled, once, in {seconds:.0f} s."


def odd_rows(counts: "Counts") -> str:
    """Return sentences on rows that were skipped or are odd, possibly none.

    >>> from torrential.engine.model.counts import Counts
    >>> odd_rows(Counts(n_rows=9, unlabelled=2, null_text=1))
    'Left out of 9 rows: 2 without a label. Taken all the same: 1 null text (as empty).'
    """
    left_out = {"without a label": counts.unlabelled, "malformed": counts.malformed}
    taken = {
        "null text (as empty)": counts.null_text,
        "invalid UTF-8 (repaired)": counts.invalid_utf8,
        "without a term (the intercept decides)": counts.no_terms,
    }
    lists = {
        f"Left out of {counts.n_rows:,} rows": left_out,
        "Taken all the same": taken,
        "Of rows with several labels only the first was taken": {
            "others left out": counts.other_labels
        },
    }
    return " ".join(
        f"{title}: " + ", ".join(f"{n:,} {what}" for what, n in numbers.items() if n) + "."
        for title, numbers in lists.items()
        if any(numbers.values())
    )
