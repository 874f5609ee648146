"""``torrential inspect``: what a model file holds."""

import json as json_text
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from torrential.cli import options
from torrential.cli.show import print_json, progress_level, size

if TYPE_CHECKING:
    from torrential.estimators.text_classifier import TextClassifier

N_CLASSES = 20
"""Classes that are named; a file may hold thousands."""

NOT_LEARNT = {"n_jobs", "verbose"}
"""Parameters that do not decide what is learnt."""


Verbose = Annotated[
    bool,
    typer.Option("--verbose", "-v", metavar="", help="Name all parameters and all classes."),
]


def inspect(
    model: options.ModelFile,
    json: options.Json = False,
    quiet: options.Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Tell what a model is and how it was trained.

    For example:

    torrential inspect stars.model
    """
    from torrential.estimators.saving import load
    from torrential.persistence.model_file import read_model

    progress_level(quiet, verbose)
    classifier = load(model)
    _, header = read_model(model, verify=False)  # that was done just now
    facts = {
        "model": model,
        "kind": header["kind"],
        "bytes": Path(model).stat().st_size,
        "format_version": _format_version(model),
        "torrential": header["torrential"],
        "saved": header["saved"],
        "columns": classifier.columns_,
        "parameters": _chosen(classifier, also_defaults=verbose),
        "loss": classifier.loss,
        "n_features": classifier.n_features,
        "n_classes": len(classifier.classes_),
        "classes": classifier.classes_.tolist(),
        "rows": {**asdict(classifier.counts_), "left_out": classifier.counts_.left_out},
        "progressive": header["progressive"],
    }
    if json:
        print_json(facts)
    else:
        for name, value in _lines(facts, None if verbose else N_CLASSES):
            print(f"{name:<11} {value}")


def _format_version(path: str) -> int:
    from safetensors import safe_open

    with safe_open(path, framework="numpy") as file:
        return int(json_text.loads(file.metadata()["torrential"])["format_version"])


def _chosen(classifier: "TextClassifier", *, also_defaults: bool) -> dict[str, Any]:
    """Parameters that differ from their defaults, or all."""
    defaults = type(classifier)().get_params()
    return {
        name: value
        for name, value in classifier.get_params().items()
        if name not in NOT_LEARNT and (also_defaults or value != defaults[name])
    }


def _lines(facts: dict[str, Any], n_classes: int | None) -> list[tuple[str, str]]:
    columns, rows = facts["columns"], facts["rows"]
    last = facts["progressive"][-1]
    chosen = ", ".join(f"{name}={value!r}" for name, value in facts["parameters"].items())
    return [
        ("Model", f"{facts['model']}: {facts['kind']}, {size(facts['bytes'])}"),
        ("Format", f"version {facts['format_version']}, torrential {facts['torrential']}"),
        ("Saved", facts["saved"]),
        ("Text", ", ".join(columns["text"])),
        ("Target", str(columns["target"])),
        *([("Weight", columns["weight"])] if columns["weight"] else []),
        ("Features", f"{facts['n_features']:,}"),
        ("Loss", facts["loss"]),
        ("Parameters", chosen or "all as by default"),
        ("Classes", f"{facts['n_classes']:,}: {_some(facts['classes'], n_classes)}"),
        ("Learnt", f"{rows['n_rows'] - rows['left_out']:,} rows, {size(rows['n_bytes'])} of text"),
        ("Passes", str(len(facts["progressive"]))),
        (
            "Progressive",
            f"accuracy {last['accuracy']:.2%}, loss {last['loss']:.4f} in the last pass",
        ),
    ]


def _some(classes: list[Any], n_shown: int | None) -> str:
    shown = ", ".join(map(str, classes[:n_shown]))
    return f"{shown}, ..." if len(classes[:n_shown]) < len(classes) else shown
