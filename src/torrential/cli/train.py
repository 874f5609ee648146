"""``torrential train``: learn a model from files, and save it."""

import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from torrential.cli import options
from torrential.cli.parameters import given, with_parameters
from torrential.cli.reading import Reading
from torrential.cli.report import report_line
from torrential.cli.show import (
    check_folder,
    class_count,
    odd_rows,
    print_json,
    progress_level,
    size,
)
from torrential.errors import ParameterError

if TYPE_CHECKING:
    from torrential.data import Dataset
    from torrential.estimators.text_classifier import TextClassifier
    from torrential.evaluation.report import EvaluationReport

Output = Annotated[
    str, typer.Option("--output", "-o", metavar="MODEL", help="File to save the model to.")
]
Test = Annotated[
    list[str] | None,
    typer.Option(metavar="FILE", help="File to evaluate the model on at the end; can be repeated."),
]
TestSize = Annotated[
    float | None,
    typer.Option(
        metavar="SHARE",
        help="Share of the rows to hold out, chosen by a hash, and to evaluate the model on.",
    ),
]


@with_parameters
def train(
    files: options.Files,
    output: Output,
    text: options.Text = None,
    target: options.Target = None,
    weight: options.Weight = None,
    format: options.Format = None,
    on_bad_rows: options.OnBadRows = "raise",
    delimiter: options.Delimiter = None,
    target_type: options.TargetType = None,
    test: Test = None,
    test_size: TestSize = None,
    n_jobs: options.Jobs = -1,
    json: options.Json = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
    **parameters: Any,
) -> None:
    """Train a text classifier in one pass over files of labelled text."""
    from torrential.engine.evaluate import evaluate
    from torrential.estimators.text_classifier import TextClassifier
    from torrential.execution import count_jobs

    check_folder(output)
    reading = Reading(text or (), target, weight, format, on_bad_rows, delimiter, target_type)
    dataset = reading.read(files, needs_target=True)
    dataset, held_out = _held_out(dataset, reading, test or [], test_size)
    model = TextClassifier(**given(parameters)).set_params(
        n_jobs=n_jobs, verbose=progress_level(quiet, verbose)
    )
    start = time.perf_counter()
    model.fit(dataset)
    seconds = time.perf_counter() - start
    model.save(output)
    report = None
    if held_out is not None:
        report = evaluate(model.model_, held_out, count_jobs(n_jobs))
    if json:
        print_json(_facts(model, seconds, output, report))
    elif not quiet:
        print_training(model, seconds, output, report)


def _held_out(
    dataset: "Dataset", reading: Reading, test: list[str], test_size: float | None
) -> "tuple[Dataset, Dataset | None]":
    """Divide into what is learnt and what the model is evaluated on."""
    if test and test_size is not None:
        raise ParameterError("--test and --test-size exclude each other: give one of them.")
    if test_size is not None:
        return dataset.split(test_size)
    return dataset, reading.read(test, needs_target=True) if test else None


def _facts(
    model: "TextClassifier", seconds: float, path: str, report: "EvaluationReport | None"
) -> dict[str, Any]:
    """Collect what is to be said of a training, for JSON."""
    return {
        "model": path,
        "model_bytes": Path(path).stat().st_size,
        "seconds": seconds,
        "n_classes": len(model.classes_),
        "rows": {**asdict(model.counts_), "left_out": model.counts_.left_out},
        "progressive": [
            {"loss": each.average_loss, "accuracy": each.accuracy} for each in model.history_
        ],
        "held_out": None if report is None else report.to_dict(),
    }


def print_training(
    model: "TextClassifier", seconds: float, path: str, report: "EvaluationReport | None"
) -> None:
    """Print the same for people."""
    counts, last = model.counts_, model.history_[-1]
    n_bytes = counts.n_bytes * model.n_iter_
    print(
        f"Learnt {counts.n_rows - counts.left_out:,} rows of {class_count(model.classes_)}, "
        f"{size(counts.n_bytes)} of text, in {seconds:.1f} s ({size(n_bytes / seconds)}/s)."
    )
    print(
        f"Before each row was learnt: accuracy {last.accuracy:.2%}, loss {last.average_loss:.4f}."
    )
    if odd := odd_rows(counts):
        print(odd)
    if report is not None:
        print(f"On held-out rows: {report_line(report)}.")
    print(f"Saved {path} ({size(Path(path).stat().st_size)}).")
