"""Checkpoints of a search: one file with all models of the pass under way, and what is scored."""

import os
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from torrential.data import Dataset
from torrential.data.fingerprint import difference, fingerprint
from torrential.engine.checkpoints.file import CheckpointFile, plain
from torrential.engine.checkpoints.namespaces import part, under
from torrential.errors import DataError
from torrential.estimators.common.saving import plain_parameters
from torrential.estimators.fused.checkpoint import columns_of, parameter_difference
from torrential.estimators.fused.contract import trains_fused
from torrential.estimators.fused.file_schema import SEARCH
from torrential.estimators.pipelines.checkpoint import shown, shown_parameters
from torrential.estimators.selection.results import Columns, as_arrays, as_columns
from torrential.types import Arrays

KIND = "search"


class Resumable(Protocol):
    """A run that a file can keep and resume."""

    def state(self) -> tuple[Arrays, dict[str, Any]]:
        """Return the current state, as arrays and JSON."""
        ...

    def restore(self, arrays: Arrays, header: dict[str, Any]) -> None:
        """Restore `state`."""
        ...


class SearchCheckpoint(CheckpointFile):
    """The file that a search is kept in.

    Parameters
    ----------
    path, every
        As `CheckpointFile` takes them.
    estimator : estimator
    settings : sequence of dict
        The candidates.
    dataset : Dataset
    asked : dict
        All else that decides the result, as JSON.

    Attributes
    ----------
    groups : list of lists of int or None
        Places of the candidates of each pass, if a search is resumed.
    results : list of dict
        Results of the completed passes.
    curves : list of dict
        Their learning curves.
    n_done : int
        Passes that were done.

    Raises
    ------
    ParameterError
        If a parameter does not fit into a file, or the data does not allow a second pass.
    """

    verb = "search"

    def __init__(
        self,
        path: str | os.PathLike[str],
        every: Any,
        estimator: Any,
        settings: Sequence[Mapping[str, Any]],
        dataset: Dataset,
        asked: Mapping[str, Any],
    ) -> None:
        super().__init__(path, every)
        self._made_of = {
            "estimator": type(estimator).__name__,
            "parameters": _parameters(estimator),
            "candidates": [
                [[key, _value(estimator, key, each[key])] for key in each] for each in settings
            ],
            "columns": columns_of(dataset),
            **asked,
        }
        self._data = fingerprint(dataset)
        self.groups: list[list[int]] | None = None
        self.results: list[Columns] = [{} for _ in settings]
        self.curves: list[dict[int, float]] = [{} for _ in settings]
        self.n_done = 0
        self._under_way: dict[str, tuple[Arrays, dict[str, Any]]] = {}
        self._parts: dict[str, Resumable] = {}

    def resume(self) -> None:
        """Read the file, if there is one.

        Raises
        ------
        ParameterError
            If it was made with other parameters or data, or is not a checkpoint of a search.
        ModelFileError
            The file is damaged or cut off.
        """
        found = self.kept("a search", lambda header: header.get("kind") == KIND)
        if found is None:
            return
        arrays, header = found
        with self.as_model_errors():
            clause, advice = self._difference(header)
        self.check_same(clause, advice)
        with self.as_model_errors():
            SEARCH(header, "")
            self.groups, self.n_done = header["groups"], int(header["n_done"])
            if len(header["curves"]) != len(self.curves):
                raise DataError(f"it has results of {len(header['curves'])} candidates")
            for place, curve in enumerate(header["curves"]):
                self.curves[place] = {int(n_rows): float(value) for n_rows, value in curve}
                self.results[place] = as_columns(part(f"results/{place}", arrays))
            self._check_results()
            self._under_way = {
                name: (part(name, arrays), state) for name, state in header["under_way"].items()
            }

    def _check_results(self) -> None:
        """Raise a DataError unless the completed passes are of candidates that have results."""
        groups = self.groups or []
        every = sorted(place for group in groups for place in group)
        if self.groups is not None and every != list(range(len(self.results))):
            raise DataError("its passes are not of the candidates of the search")
        done = [place for group in groups[: self.n_done] for place in group]
        if self.n_done > len(groups) or any("fit_time" not in self.results[each] for each in done):
            raise DataError("it has no results of the passes that it calls done")

    def _difference(self, header: Mapping[str, Any]) -> tuple[str | None, str]:
        saved, now, advice = header["made_of"], self._made_of, "pass the same parameters"
        clause = None
        if saved["estimator"] == now["estimator"]:
            clause = parameter_difference(saved["parameters"], now["parameters"])
        if clause is None:
            clause = parameter_difference(saved, now)
        if clause is None:
            clause, advice = difference(header["data"], self._data), "give the same data"
        return clause, advice

    def begin(self, **parts: Resumable) -> None:
        """Keep the state of these objects from now on, and restore their kept state.

        Parameters
        ----------
        **parts : Resumable
            The models of the pass, or what all passes change, by name.
        """
        self._parts |= parts
        self.every.begin(0)
        with self.as_model_errors():
            for name, each in parts.items():
                if name in self._under_way:
                    each.restore(*self._under_way.pop(name))

    def after_rows(self, n_rows: int) -> None:
        """Write the file if it is due."""
        if self.every.is_due(n_rows):
            self.write(n_rows)

    def end_pass(self) -> None:
        """Record that the candidates of a pass are scored."""
        del self._parts["models"]
        self.n_done += 1
        self.write(0)

    def write(self, n_rows: int) -> bool:
        """Write the file, and return whether that succeeded; a failure is logged as a warning."""
        arrays: Arrays = {}
        under_way = {}
        for name, each in self._parts.items():
            own, under_way[name] = each.state()
            arrays |= under(name, own)
        for place, columns in enumerate(self.results):
            arrays |= under(f"results/{place}", as_arrays(columns))
        header = {
            "kind": KIND,
            "made_of": self._made_of,
            "data": self._data,
            "groups": self.groups,
            "n_done": self.n_done,
            "curves": [[list(pair) for pair in curve.items()] for curve in self.curves],
            "under_way": under_way,
        }
        return self.keep(arrays, header, n_rows)


def _parameters(estimator: Any) -> dict[str, Any]:
    if trains_fused(estimator):
        return plain_parameters(estimator)
    return shown_parameters(estimator.get_params())


def _value(estimator: Any, name: str, value: Any) -> Any:
    return plain(name, value) if trains_fused(estimator) else shown(value)
