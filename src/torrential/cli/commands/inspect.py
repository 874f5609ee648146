"""``torrential inspect``: what a model file holds, or what files of text would need."""

from collections.abc import Iterator
from dataclasses import asdict
from math import inf, isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from torrential.cli import options
from torrential.cli.estimators.new import for_scikit_learn
from torrential.cli.figures import check_figure, save_figure
from torrential.cli.output import check_open, say
from torrential.cli.parameters import given, with_parameters
from torrential.cli.reading import READING, Reading, Without, are_fasttext, with_groups
from torrential.cli.show import (
    by_pass,
    calibration_text,
    figures_text,
    print_json,
    progress_level,
    size,
)
from torrential.cli.values import ONE_BY_ONE
from torrential.cli.wording import in_own_words
from torrential.errors import ParameterError
from torrential.escapes import visible

if TYPE_CHECKING:
    from torrential import Dataset
    from torrential.cli.estimators.saved import Estimator
    from torrential.estimators.fasttext.model import FastTextModel
    from torrential.estimators.text.plain import PlainTextClassifier
    from torrential.features.terms.collisions import CollisionReport
    from torrential.linear.calibration import Calibration

N_CLASSES = 20
"""Classes that are named; a file may hold thousands."""

FIGURES = ("png", "svg", "pdf")

NOT_LEARNED = {"n_jobs", "verbose"}
"""Parameters that do not affect the model."""


Verbose = Annotated[
    bool,
    typer.Option("--verbose", "-v", metavar="", help="Name all parameters and all classes."),
]


Paths = Annotated[
    list[str],
    typer.Argument(
        metavar="MODEL",
        help="A file of train, or a model of fastText; or files of text, with --text.",
    ),
]
Figure = Annotated[
    str | None,
    typer.Option(
        metavar="FILE",
        help="Draw accuracy and collisions against the number of columns, as PNG, SVG or PDF.",
    ),
]

Unweighted = Annotated[Reading, Without(("weight", "target_type"))]


@with_parameters
@with_groups
def inspect(
    model: Paths,
    reading: Unweighted = READING,
    figure: Figure = None,
    n_jobs: options.Jobs = -1,
    json: options.Json = False,
    quiet: options.Quiet = False,
    verbose: Verbose = False,
    **parameters: Any,
) -> None:
    """Describe a model, or what training on files takes.

    Of a model: how it was trained, and how many of its terms collide. Of files of text, from a
    sample of them: columns, memory and time.

    For example:

    torrential inspect stars.model

    torrential inspect reviews/*.parquet --text body --target stars --ngram-range 1-2
    """
    progress_level(quiet, verbose)
    check_open()
    if reading.text or are_fasttext(model, reading.format):
        classifier = _classifier(given(parameters), n_jobs)
        if figure is not None:
            check_figure(figure)
        dataset = reading.read(model, needs_target=figure is not None)
        _advise(dataset, classifier, json)
        if figure is not None:
            from torrential import collision_curve

            save_figure(collision_curve(dataset, for_scikit_learn(classifier)).plot(), figure)
        return
    if len(model) > 1:
        raise ParameterError(
            f"inspect takes one model, but {model[1]!r} is named, too: if these are files of text, "
            "name their column with --text."
        )
    _inspect_model(model[0], json, verbose)


def _classifier(parameters: dict[str, Any], n_jobs: int) -> "PlainTextClassifier":
    from torrential.estimators.text.plain import PlainTextClassifier

    return PlainTextClassifier(**parameters, n_jobs=n_jobs)


def _advise(dataset: "Dataset", classifier: "PlainTextClassifier", json: bool) -> None:
    from torrential import advise

    advice = advise(dataset, classifier)
    if json:
        print_json(advice.to_dict())
    else:
        say(advice)


def _inspect_model(model: str, json: bool, verbose: bool) -> None:
    from torrential.cli.estimators.saved import load_model
    from torrential.estimators.tools.model_facts import model_facts

    classifier: Any = load_model(model)
    if classifier._kind == "FastTextModel":
        _inspect_fasttext(model, classifier, json, verbose)
        return
    written = model_facts(model)
    classes = [] if classifier.model_.is_regression else classifier.classes_.tolist()
    features, collisions = classifier.model_.hashing, classifier.collisions()
    facts = {
        "model": model,
        "kind": written.kind,
        "bytes": Path(model).stat().st_size,
        "format_version": written.format_version,
        "torrential": written.torrential,
        "saved": written.saved,
        "columns": classifier.columns_,
        "parameters": _chosen(classifier, also_defaults=verbose),
        "token_pattern": getattr(classifier, "_own_pattern", None),
        "loss": classifier.loss,
        "n_features": features.n_features,
        "n_classes": len(classes),
        "classes": classes,
        "rows": {**asdict(classifier.counts_), "left_out": classifier.counts_.left_out},
        **by_pass(classifier.history_),
        "calibration": _calibration(classifier.model_.calibration),
        "thresholds": {
            str(label): p if isfinite(p) else None  # it is not to be given
            for label, p in classifier.predictor_.thresholds.items()
        },
        "terms": None if classifier.model_.terms is None else len(classifier.model_.terms),
        "collisions": collisions.to_dict(),
    }
    if json:
        print_json(facts)
    else:
        lines = _lines(facts, None if verbose else N_CLASSES)
        for name, value in [*lines, ("Collisions", _collisions(collisions))]:
            say(f"{name:<11} {visible(value)}")


def _calibration(calibration: "Calibration") -> dict[str, Any]:
    """Return how scores become probabilities, and the log loss of each method, if it was tried."""
    return {
        "method": calibration.map.method,
        "slope": calibration.slope,
        "offset": calibration.offset,
        "n_rows": calibration.n_rows,
        "losses": calibration.losses,
    }


def _inspect_fasttext(path: str, model: "FastTextModel", json: bool, verbose: bool) -> None:
    from torrential.cli.applying.fasttext_facts import facts_as_json, facts_as_lines

    if json:
        print_json(facts_as_json(path, model))
        return
    classes = _some(model.classes_.tolist(), None if verbose else N_CLASSES)
    for name, value in facts_as_lines(path, model.facts_, classes):
        say(f"{name:<11} {visible(value)}")


def _chosen(classifier: "Estimator", *, also_defaults: bool) -> dict[str, Any]:
    """Return the parameters that differ from their defaults, or all with those of the preset."""
    defaults = type(classifier)().get_params()
    parameters = classifier._chosen if also_defaults else classifier.get_params()
    return {
        name: value
        for name, value in parameters.items()
        if name not in NOT_LEARNED and (also_defaults or value != defaults[name])
    }


def _lines(facts: dict[str, Any], n_classes: int | None) -> list[tuple[str, str]]:
    columns, rows = facts["columns"], facts["rows"]
    given = (
        f"{name}={each!r}"
        for name, value in facts["parameters"].items()
        for each in (value if name in ONE_BY_ONE and isinstance(value, list) else [value])
    )
    chosen = " ".join(map(in_own_words, given))
    of_text = "" if "inputs" in columns else " of text"
    n_learned = rows["n_rows"] - rows["left_out"]
    return [
        ("Model", f"{facts['model']}: {facts['kind']}, {size(facts['bytes'])}"),
        ("Format", f"version {facts['format_version']}, torrential {facts['torrential']}"),
        ("Saved", facts["saved"]),
        (
            "Inputs" if "inputs" in columns else "Text",
            ", ".join(columns.get("inputs") or columns["text"]),
        ),
        ("Target", str(columns["target"])),
        *([("Weight", columns["weight"])] if columns["weight"] else []),
        ("Features", f"{facts['n_features']:,}"),
        ("Loss", facts["loss"]),
        *_pattern(facts["token_pattern"]),
        ("Parameters", chosen or "all as by default"),
        (
            "Classes",
            f"{facts['n_classes']:,}: {_some(facts['classes'], n_classes)}"
            if facts["classes"]
            else "none: it predicts numbers",
        ),
        ("Learned", f"{n_learned:,} rows, {size(rows['n_bytes'])}{of_text}"),
        ("Passes", str(len(facts["progressive"]) + len(facts["training"]))),
        *_accuracies(facts),
        *([("Probability", _map(facts["calibration"]))] if facts["classes"] else []),
        *([("Thresholds", _thresholds(facts["thresholds"]))] if facts["thresholds"] else []),
        ("Terms", "not kept" if facts["terms"] is None else f"{facts['terms']:,} kept by name"),
        ("Vocabulary", _vocabulary(facts["collisions"])),
    ]


def _accuracies(facts: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Return the accuracy of the last pass over unseen rows, and of the last over seen rows."""
    for of_pass in facts["progressive"][-1:]:
        yield "Progressive", f"{figures_text(of_pass)}, of each row before it was learned"
        calibration = calibration_text(of_pass, (facts["classes"] or [None])[-1])
        if calibration:
            yield "Calibration", calibration
    for of_pass in facts["training"][-1:]:
        yield "Training", f"{figures_text(of_pass)} in the last pass, of rows learned before"


def _thresholds(thresholds: dict[str, float | None]) -> str:
    """Write the thresholds of labels, as ``--threshold`` takes them."""
    some = list(thresholds.items())[:N_CLASSES]
    shown = [f"{label}={inf if least is None else least:.4g}" for label, least in some]
    return ", ".join([*shown, *["..."][: len(thresholds) - len(shown)]])


def _map(facts: dict[str, Any]) -> str:
    """Write how scores become probabilities."""
    if facts["losses"]:
        tried = ", ".join(f"{name} {loss:.4f}" for name, loss in facts["losses"].items())
        return f"{facts['method']}; log loss on later rows: {tried}"
    return "scores are log odds" if facts["method"] == "none" else f"{facts['method']} of scores"


def _pattern(pattern: str | None) -> list[tuple[str, str]]:
    """Return the line of a pattern that is not the default: it runs on every text."""
    if pattern is None:
        return []
    return [("Pattern", f"{pattern!r} (a regular expression of the file, run on every text)")]


def _vocabulary(report: dict[str, Any]) -> str:
    about = "" if report["is_measured"] else "about "
    return f"{about}{report['vocabulary']:,} terms in {about}{report['occupied']:,} columns"


def _collisions(report: "CollisionReport") -> str:
    return (
        f"{report.shared_mass:.1%} of the occurrences are of terms that share a column; "
        f"{report.cost_sentence()}"
    )


def _some(classes: list[Any], n_shown: int | None) -> str:
    shown = ", ".join(map(str, classes[:n_shown]))
    return f"{shown}, ..." if len(classes[:n_shown]) < len(classes) else shown
