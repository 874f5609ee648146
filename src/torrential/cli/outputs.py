"""Checks of all files that a command writes, before it reads or writes anything."""

import os
from collections.abc import Iterator, Mapping
from glob import glob
from pathlib import Path
from typing import Any

from torrential.errors import OutputError
from torrential.persistence.outputs import (
    check_file,
    check_is_not_read,
    check_model_file,
    is_standard_output,
)

INPUTS = ("files", "test", "train", "model")
"""Parameters of commands that name inputs."""

OUTPUTS = ("output", "checkpoint", "figure", "log_file", "trace", "metrics")
"""Parameters of commands that name outputs."""

SIDE_OUTPUTS = {"figure": "a figure", "trace": "a trace", "log_file": "a log", "metrics": "metrics"}


def check_outputs(values: Mapping[str, Any]) -> None:
    """Check the parameters of a command.

    Raises
    ------
    OutputError
        If a file that is to be written is one that is read, or another output, or if a model is to
        replace what is not a model.
    """
    outputs = {name: values[name] for name in OUTPUTS if values.get(name) is not None}
    _check_different(outputs)
    for name, path in outputs.items():
        if not is_standard_output(path) and os.path.isfile(path):  # noqa: PTH113
            check_is_not_read(path, _inputs(values))
        if name in SIDE_OUTPUTS:
            _check_side_output(name, path)
    if "overwrite" in values:
        hint = "pass --overwrite"
        for name in ("output", "checkpoint"):
            if name in outputs:
                check_model_file(outputs[name], overwrite=values["overwrite"], hint=hint)


def _check_side_output(name: str, path: str) -> None:
    if name in ("figure", "trace"):
        check_file(path, SIDE_OUTPUTS[name])
    elif is_standard_output(path):
        raise OutputError(
            f"The standard output is for results, not for {SIDE_OUTPUTS[name]}: give "
            f"--{name.replace('_', '-')} the name of a file, or /dev/stderr."
        )


def _check_different(outputs: Mapping[str, str]) -> None:
    """Raise an error if two outputs are the same file; a model may replace its checkpoint."""
    taken: dict[str, str] = {}
    for name, path in outputs.items():
        if is_standard_output(path) or path == os.devnull or (name == "checkpoint"):
            continue
        real = os.path.realpath(path)
        if real in taken:
            first, second = (f"--{each.replace('_', '-')}" for each in (taken[real], name))
            raise OutputError(f"{first} and {second} are the same file {path}: give two names.")
        taken[real] = name
    checkpoint = outputs.get("checkpoint")
    if checkpoint is not None and taken.get(os.path.realpath(checkpoint), "output") != "output":
        other = taken[os.path.realpath(checkpoint)].replace("_", "-")
        raise OutputError(
            f"--checkpoint and --{other} are the same file {checkpoint}: give two names."
        )


def _inputs(values: Mapping[str, Any]) -> Iterator[str]:
    """Yield the files that the inputs of a command name."""
    from torrential.data.formats.registry import has_format

    is_any = values.get("format") is not None
    for name in INPUTS:
        words = values.get(name) or []
        for word in [words] if isinstance(words, str) else words:
            path = word.removeprefix("file://")
            is_there = Path(path).expanduser().exists()
            named = [path] if is_there else glob(path, recursive=True)  # noqa: PTH207
            for found in named:
                if not Path(found).expanduser().is_dir():
                    yield str(Path(found).expanduser())
                    continue
                for folder, _, names in os.walk(Path(found).expanduser()):
                    yield from (
                        str(Path(folder, each)) for each in names if is_any or has_format(each)
                    )
