"""``torrential train``: learn a model from files, and save it."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from torrential.cli import options
from torrential.cli.averaging import AverageEvery, AveragingOptions, Partitions, Weighting
from torrential.cli.estimators.new import CLASSIFICATION, check_task, new_estimator
from torrential.cli.keeping import Keeping
from torrential.cli.observing import OBSERVING, observed
from torrential.cli.output import check_open, say, side_output
from torrential.cli.parameters import given, with_parameters
from torrential.cli.profiling import profiled
from torrential.cli.reading import CACHING, READING, Caching, Reading, with_groups
from torrential.cli.report import Report, report_line
from torrential.cli.show import (
    by_pass,
    calibration_text,
    class_count,
    compiled,
    figures_text,
    odd_rows,
    print_json,
    progress_level,
    size,
)
from torrential.cli.tables import print_table
from torrential.cli.values import REAL, SHARES
from torrential.errors import ParameterError, TorrentialError
from torrential.persistence.whole_file import check_writable

if TYPE_CHECKING:
    from torrential import Dataset
    from torrential.cli.estimators.saved import Estimator

MOST_COLUMNS = 40
"""Columns of a table that are shown."""

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
        "--test-size",
        metavar="SHARE",
        help="Share of the rows to hold out, chosen by a hash, and to evaluate the model on.",
        parser=options.value_of("test_size", REAL),
    ),
]


Downsample = Annotated[
    Any,
    typer.Option(
        "--downsample",
        metavar="LABEL=X,...",
        help="Learn a share of the rows of a label, such as no=0.1, which weigh 1 / share.",
        show_default=False,
        parser=options.value_of("downsample", SHARES),
    ),
]

Profiled = Annotated[
    bool,
    typer.Option(
        "--profile",
        metavar="",
        help="Show where the time went, and what to change.",
        rich_help_panel=OBSERVING,
    ),
]


@observed
@with_parameters
@with_groups
def train(
    files: options.Files,
    output: Output,
    reading: Reading = READING,
    task: options.Task = CLASSIFICATION,
    test: Test = None,
    test_size: TestSize = None,
    downsample: Downsample = None,
    checkpoint: options.Checkpoint = None,
    checkpoint_every: options.CheckpointEvery = None,
    resume: options.Resume = False,
    n_partitions: Partitions = None,
    weighting: Weighting = None,
    average_every: AverageEvery = None,
    caching: Caching = CACHING,
    profile: Profiled = False,
    n_jobs: options.Jobs = -1,
    cluster: options.Cluster = None,
    max_size: options.MaxSize = None,
    overwrite: options.Overwrite = False,
    json: options.Json = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
    **parameters: Any,
) -> None:
    """Train a model of texts or tables from labeled files.

    For example:

    torrential train reviews/*.parquet --text body --target stars -o stars.model

    torrential train flights/*.parquet --target late --cross "origin*destination" -o late.model

    torrential train pages/*.jsonl.zst --target score --task regression -o quality.model
    """
    from torrential.cli.estimators.saved import load_estimator, save_within
    from torrential.execution.uninterrupted import Whole
    from torrential.kernels.compiling import working_time

    level = progress_level(quiet, verbose)
    if json:
        check_open()
    check_writable(output)
    averaging = AveragingOptions(n_partitions, weighting, average_every, cluster)
    averaging.check()
    keeping = Keeping.of(output, checkpoint, checkpoint_every, resume=resume)
    check_task(task)
    given(parameters)  # an error before anything is read
    dataset = caching.of(reading.read(files, needs_target=True))
    keeping = keeping.of_data(dataset)
    model = new_estimator(dataset, parameters, task).set_params(n_jobs=n_jobs, verbose=level)
    if isinstance(model.class_weight, dict):
        model.set_params(class_weight=_by_label(model.class_weight, dataset))
    dataset, held_out = _held_out(dataset, reading, caching, test or [], test_size)
    if downsample is not None:
        if task != CLASSIFICATION:
            raise ParameterError(
                "--downsample names labels, and regression has none: leave it out."
            )
        dataset = dataset.downsample(downsample)
    start, goes_on = working_time(), keeping.goes_on
    with profiled(profile, dataset, n_jobs, cluster) as report_profile:
        if averaging.are_given:
            averaged = averaging.wrap(model, n_jobs, level, given(parameters).get("max_iter"))
            with keeping.reporting(averaged):
                averaged.fit(dataset, **keeping.arguments)
            model = averaged.estimator_
        else:
            with keeping.reporting(model):
                model.fit(dataset, **keeping.arguments)
    seconds = working_time() - start

    def save() -> None:
        save_within(model, output, max_size, overwrite=overwrite)
        keeping.end()

    with Whole() as whole:  # the trained model must not be lost now
        whole(save)
    report = None
    if held_out is not None:
        try:
            applied = model if max_size is None else load_estimator(output)
            applied.set_params(n_jobs=n_jobs, verbose=level)
            report = applied.evaluate(held_out, executor=cluster)
        except TorrentialError:
            say(f"torrential: the model is saved in {output}, but not evaluated.", is_error=True)
            raise
    if json:
        facts = training_facts(model, seconds, output, report)
        print_json(facts | report_profile.facts())
        return
    with side_output(output):
        if not quiet:
            print_training(model, seconds, output, is_speed=not goes_on)
            for label in downsample or ():
                if label not in map(str, _classes(model)):
                    say(f"No row has the label {label!r} of --downsample.")
        if report is not None:
            say(f"On held-out rows: {report_line(report)}.")
        report_profile.print()


def _by_label(weights: dict[str, float], dataset: "Dataset") -> dict[Any, float]:
    """Cast the labels given on the command line to their type in the data."""
    import pyarrow as pa

    kind = dataset.schema.field(dataset.target).type
    try:
        labels = pa.array(weights, pa.string()).cast(kind).to_pylist()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        names = ", ".join(map(repr, weights))
        raise ParameterError(
            f"--class-weight names {names}, but the labels in column {dataset.target!r} are of "
            f"type {kind}: name labels that are."
        ) from None
    return dict(zip(labels, weights.values(), strict=True))


def _held_out(
    dataset: "Dataset",
    reading: Reading,
    caching: Caching,
    test: list[str],
    test_size: float | None,
) -> "tuple[Dataset, Dataset | None]":
    """Divide into training rows and rows for evaluation."""
    if test and test_size is not None:
        raise ParameterError("--test and --test-size exclude each other: give one of them.")
    if test_size is not None:
        return dataset.split(test_size)
    return dataset, caching.of(reading.read(test, needs_target=True)) if test else None


def training_facts(
    model: "Estimator",
    seconds: float,
    path: str,
    report: "Report | None",
) -> dict[str, Any]:
    """Return the facts of a training, for JSON."""
    return {
        "model": path,
        "model_bytes": Path(path).stat().st_size,
        "seconds": seconds,
        "n_classes": len(_classes(model)),
        "rows": {**asdict(model.counts_), "left_out": model.counts_.left_out},
        **by_pass(model.history_),
        "held_out": None if report is None else report.to_dict(),
    }


def print_training(model: "Estimator", seconds: float, path: str, *, is_speed: bool = True) -> None:
    """Print the facts for people, without a speed if only a part was learned in this run."""
    counts, first, last = model.counts_, model.history_[0], model.history_[-1]
    passes = f" in {model.n_iter_} passes" if model.n_iter_ > 1 else ""
    speed = f" ({size(counts.n_bytes * model.n_iter_ / seconds)}/s)" if is_speed else ""
    is_table, classes = "inputs" in model.columns_, _classes(model)
    if is_table:
        _print_plan(model)
    of_text = "" if is_table else " of text"
    what = f"of {class_count(classes)}" if classes else "with numbers"
    say(
        f"Learned {counts.n_rows - counts.left_out:,} rows {what}, "
        f"{size(counts.n_bytes)}{of_text},{passes} in {seconds:.1f} s{speed}."
    )
    figures = first.summary()
    say(f"Before each row was learned: {figures_text(figures)}.")
    calibration = calibration_text(figures, classes[-1]) if classes else ""
    if calibration:
        say(f"Calibration: {calibration}.")
    if len(model.history_) > 1:
        say(
            f"In the last pass, on rows learned before: training {figures_text(last.summary())}; "
            "--test-size holds rows out."
        )
    remarks = [compiled(), odd_rows(counts), _unknown_names(model)]
    for remark in filter(None, remarks):
        say(remark)
    say(f"Saved {path} ({size(Path(path).stat().st_size)}).")


def _print_plan(model: Any) -> None:
    """Print what the columns of a table were taken for."""
    plan = model.columns_plan_
    print_table(
        ["column", "kind"], [[each["column"], each["kind"]] for each in plan[:MOST_COLUMNS]]
    )
    more = f"\n... and {len(plan) - MOST_COLUMNS} more columns" if len(plan) > MOST_COLUMNS else ""
    if model.cross_gains_:
        say("")
        figures = [(each.before, each.after, each.gain) for each in model.cross_gains_]
        rows = [
            [" × ".join(each.names), *(f"{figure:.4f}" for figure in of_cross)]
            for each, of_cross in zip(model.cross_gains_, figures, strict=True)
        ]
        print_table(["cross", "log loss before", "after", "gain"], rows)
    crosses = [] if model.cross_gains_ else [" × ".join(cross) for cross in model.crosses_]
    shown = f"\nCrosses: {', '.join(crosses[:MOST_COLUMNS])}" if crosses else ""
    say(f"{more}{shown}\n")


def _classes(model: "Estimator") -> list[Any]:
    """Return the classes of a model; none if it predicts numbers."""
    return list(model.classes_.tolist()) if hasattr(model, "classes_") else []


def _unknown_names(model: "Estimator") -> str:
    """Return a sentence on labels that --class-weight names and no row has."""
    weights = model.class_weight if isinstance(model.class_weight, dict) else {}
    unknown = [repr(label) for label in weights if label not in _classes(model)]
    return f"No row has the label {' or '.join(unknown)} of --class-weight." if unknown else ""
