"""``torrential evaluate``: measure a model on labeled files."""

from dataclasses import replace
from typing import Annotated

import typer

from torrential.cli import options
from torrential.cli.applying.deciding import DECIDING, Deciding
from torrential.cli.observing import observed
from torrential.cli.output import check_open
from torrential.cli.reading import CACHING, READING, Caching, Reading, with_groups
from torrential.cli.report import print_report
from torrential.cli.show import print_json, progress_level

AllClasses = Annotated[
    bool, typer.Option("--all-classes", help="List all classes, not only the largest 30.")
]


@observed
@with_groups
def evaluate(
    model: options.ModelFile,
    files: options.Files,
    reading: Reading = READING,
    all_classes: AllClasses = False,
    deciding: Deciding = DECIDING,
    caching: Caching = CACHING,
    n_jobs: options.Jobs = -1,
    cluster: options.Cluster = None,
    allow_pattern: options.AllowPattern = True,
    json: options.Json = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Measure a model on files of labeled text.

    Columns are those of the training if none are named.

    For example:

    torrential evaluate stars.model test.parquet

    torrential evaluate spam.model test.parquet --threshold spam=0.9

    torrential evaluate quality.model test.parquet --cut 3
    """
    from torrential.cli.estimators.saved import load_model

    level = progress_level(quiet, verbose)
    check_open()
    classifier = load_model(model, allow_pattern=allow_pattern)
    reading = reading.like_training(classifier.columns_, files)
    has_sets = getattr(getattr(classifier, "model_", None), "is_multilabel", False)
    reading = replace(reading, multilabel=reading.multilabel or has_sets)
    dataset = caching.of(reading.read(files, needs_target=True))
    classifier.set_params(n_jobs=n_jobs, verbose=level)
    decisions = deciding.parameters(classifier.predictor_)
    report = classifier.evaluate(dataset, executor=cluster, **decisions)
    if json:
        print_json(report.to_dict())
    else:
        print_report(report, n_classes=None if all_classes else 30)
