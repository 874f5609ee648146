"""Facts of a model file besides the model."""

import json
import os
from dataclasses import dataclass

from safetensors import safe_open

from torrential.persistence.model_file import read_model


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """Facts of a model file, from its header.

    Attributes
    ----------
    kind : str
        Name of the estimator.
    format_version : int
    torrential : str
        Version that wrote the file.
    saved : str
        Date and time.
    """

    kind: str
    format_version: int
    torrential: str
    saved: str


def model_facts(path: str | os.PathLike[str]) -> ModelFacts:
    """Read the header of a model file, without checking the weights.

    Raises
    ------
    ModelFileError
        If the header is corrupt, or the file is not a model.
    MissingDataError
        If there is no such file.
    """
    _, header = read_model(path, verify=False)
    with safe_open(path, framework="numpy") as file:
        version = int(json.loads(file.metadata()["torrential"])["format_version"])
    return ModelFacts(header["kind"], version, header["torrential"], header["saved"])
