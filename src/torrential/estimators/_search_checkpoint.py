"""Checkpoints of a search: one file with all models of the pass under way, and what is scored."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from torrential.data import Dataset
from torrential.data.fingerprint import difference, fingerprint
from torrential.engine.checkpoint import Every
from torrential.engine.nested import part, under
from torrential.errors import ParameterError
from torrential.estimators._folded_fits import FoldedFits
from torrential.estimators._text_checkpoint import columns_of, parameter_difference
from torrential.estimators.saving import (
    as_model_errors,
    check_same,
    plain,
    plain_parameters,
    write_or_warn,
)
from torrential.persistence.model_file import read_model
from torrential.persistence.whole_file import check_writable
from torrential.types import Arrays

KIND = "search"

Results = list[dict[str, Any]]
"""Columns of the table, by candidate."""


class SearchCheckpoint:
    """The file that a search is kept in.

    Parameters
    ----------
    path : str or path-like
    every : str, int or None
        As ``Every.parse`` takes it; None is only when the search is interrupted.
    estimator : TextClassifier
    settings : sequence of dict
        The candidates.
    dataset : Dataset
    asked : dict
        All else that decides the result, as JSON.

    Attributes
    ----------
    groups : list of lists of int or None
        Places of the candidates of each pass, where a search is resumed.
    results : list of dict
        Of the passes that were done.
    curves : list of dict
        Their learning curves.
    n_done : int
        Passes that were done.

    Raises
    ------
    OutputError
        No file can be written there.
    ParameterError
        A parameter that a file cannot hold, or data that cannot be read again.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        every: Any,
        estimator: Any,
        settings: Sequence[Mapping[str, Any]],
        dataset: Dataset,
        asked: Mapping[str, Any],
    ) -> None:
        self._every = Every.parse(every)
        check_writable(path)
        self._path = path
        self._made_of = {
            "parameters": plain_parameters(estimator),
            "candidates": [[[key, plain(key, each[key])] for key in each] for each in settings],
            "columns": columns_of(dataset),
            **asked,
        }
        self._data = fingerprint(dataset)
        self.groups: list[list[int]] | None = None
        self.results: Results = [{} for _ in settings]
        self.curves: list[dict[int, float]] = [{} for _ in settings]
        self.n_done = 0
        self._under_way: tuple[Arrays, dict[str, Any]] | None = None
        self._fits: FoldedFits | None = None

    def resume(self) -> None:
        """Read the file, if there is one.

        Raises
        ------
        ParameterError
            It was made with other parameters or data, or is no checkpoint of a search.
        ModelFileError
            The file is damaged or cut off.
        """
        if not Path(self._path).exists():
            return
        arrays, header = read_model(self._path)
        if header.get("kind") != KIND:
            raise ParameterError(
                f"{self._path} is no checkpoint of a search: name the file of one, or search anew "
                "without resume."
            )
        with as_model_errors(self._path):
            clause, advice = self._difference(header)
        check_same(self._path, clause, advice, "search")
        with as_model_errors(self._path):
            self.groups, self.n_done = header["groups"], int(header["n_done"])
            for place, curve in enumerate(header["curves"]):
                self.curves[place] = {int(n_rows): float(value) for n_rows, value in curve}
                columns = part(f"results/{place}", arrays)
                self.results[place] = {
                    name: float(column[()]) if column.ndim == 0 else column.copy()
                    for name, column in columns.items()
                }
            if header["under_way"] is not None:
                self._under_way = part("models", arrays), header["under_way"]

    def _difference(self, header: Mapping[str, Any]) -> tuple[str | None, str]:
        clause = parameter_difference(header["made_of"]["parameters"], self._made_of["parameters"])
        advice = "pass the same parameters"
        if clause is None:
            clause = parameter_difference(header["made_of"], self._made_of)
        if clause is None:
            clause, advice = difference(header["data"], self._data), "give the same data"
        return clause, advice

    def begin(self, fits: FoldedFits) -> None:
        """Let the models of the pass under way stand where they were kept."""
        self._fits = fits
        self._every.begin(0)
        if self._under_way is not None:
            with as_model_errors(self._path):
                fits.stand(*self._under_way)
            self._under_way = None

    def after_rows(self, n_rows: int) -> None:
        """Write the file if it is time to."""
        if self._every.is_due(n_rows):
            self.write(n_rows)

    def end_pass(self) -> None:
        """Note that the candidates of a pass are scored."""
        self._fits, self.n_done = None, self.n_done + 1
        self.write(0)

    def write(self, n_rows: int) -> bool:
        """Write the file, and return whether that was done; a warning says why not."""
        arrays: Arrays = {}
        under_way = None
        if self._fits is not None:
            models, under_way = self._fits.state()
            arrays |= under("models", models)
        for place, columns in enumerate(self.results):
            own = {name: np.asarray(column, np.float64) for name, column in columns.items()}
            arrays |= under(f"results/{place}", own)
        header = {
            "kind": KIND,
            "made_of": self._made_of,
            "data": self._data,
            "groups": self.groups,
            "n_done": self.n_done,
            "curves": [[list(pair) for pair in curve.items()] for curve in self.curves],
            "under_way": under_way,
        }
        return write_or_warn(self._path, arrays, header, n_rows)
