"""TableRows: tables in, and the parameters that say how columns become features."""

from typing import TYPE_CHECKING, Any, Self

from torrential.adapters.in_memory import is_table_in_memory, table_dataset
from torrential.adapters.inputs import labeled, with_inputs
from torrential.adapters.learned_columns import as_learned
from torrential.data import Dataset
from torrential.data.sources.objects import row_object
from torrential.engine.model.hashed_model import HashedModel
from torrential.errors import DataError
from torrential.estimators.common.fitted import check_fitted
from torrential.estimators.fused.explanation import check_number
from torrential.estimators.fused.file_schema import check_learned_with
from torrential.estimators.fused.settings import Parameters
from torrential.estimators.fused.training import FusedTraining
from torrential.estimators.table.settings import is_auto, new_model, with_rate
from torrential.features.table.settings import TableSettings

if TYPE_CHECKING:
    from torrential.engine.training.crosses import CrossGain
    from torrential.evaluation.explanation import Explanation


class TableRows(FusedTraining):
    """Base of estimators of tables: what they take, and their features."""

    _known_gains: dict[str, list["CrossGain"]]
    _gains: list["CrossGain"]

    def explain(self, row: Any, n: int | None = None) -> "Explanation":
        """Return the contribution of each value and cross of a row to the decision.

        The contributions and the intercept add up to the decision function.

        Parameters
        ----------
        row : dict of column name to value, or a table of one row
        n : int, optional
            Values at most, those of the largest contributions; by default all.

        Returns
        -------
        Explanation
        """
        from torrential.engine.explaining.explanation import explain

        if n is not None:
            check_number(n)
        model = self._fitted()
        dataset = self._of_model(self._unlabeled(row))
        batches = list(dataset.batches())
        if sum(batch.n_rows for batch in batches) != 1:
            raise DataError("explain takes one row: pass a dict of column name to value.")
        return explain(model, batches[0].columns, *self._explained(), n)

    @property
    def columns_plan_(self) -> list[dict[str, str]]:
        """How each column became features: its name, its kind, and its cells for crosses."""
        return [
            {"column": each.name, "kind": each.kind, "cells": ", ".join(each.cells)}
            for each in self._settings().columns
        ]

    @property
    def crosses_(self) -> list[tuple[str, ...]]:
        """Crosses by the names and patterns of ``crosses``, each as the names of its columns."""
        return list(self._settings().crosses)

    def _prepared(self) -> Self:
        prepared = type(self)(**self.get_params(deep=False))
        prepared._known_gains = {}
        return prepared

    def _labeled(self, X: Any, y: Any, sample_weight: Any) -> Dataset:
        return with_inputs(labeled(_table(X), y, sample_weight, tables=True))

    def _unlabeled(self, X: Any) -> Dataset:
        if isinstance(X, Dataset):
            return with_inputs(X)
        return table_dataset(_table(self._as_learned(X)), names=self._settings().inputs)

    def _as_learned(self, X: Any) -> Any:
        return X if isinstance(X, Dataset) else as_learned(X, self._settings().columns)

    def _of_model(self, dataset: Dataset) -> Dataset:
        settings = self._settings()
        return self._with_kinds(with_inputs(dataset).with_inputs(settings.inputs))

    def _with_kinds(self, dataset: Dataset) -> Dataset:
        settings = self._settings()
        return dataset.with_kinds(settings.texts, settings.numbers)

    def _settings(self) -> TableSettings:
        check_fitted(self, "model_")
        settings = self.model_.hashing
        assert isinstance(settings, TableSettings)
        return settings

    def _chosen_of(self, parameters: Parameters) -> Parameters:
        optimizer, alpha = parameters["optimizer"], parameters["alpha"]
        return parameters | {
            "learning_rate": optimizer,
            "alpha": 0.0 if alpha is None else alpha,
            "idf": None,
        }

    def _model_of(self, parameters: Parameters, dataset: Dataset) -> HashedModel:
        if not is_auto(parameters["crosses"]):
            return new_model(parameters, with_inputs(dataset), self._losses)[0]
        key, known = repr(sorted(parameters.items())), getattr(self, "_known_gains", {})
        if key in known:
            crosses = [each.names for each in known[key]]
            return new_model(parameters | {"crosses": crosses}, dataset, self._losses)[0]
        model, self._gains = new_model(parameters, with_inputs(dataset), self._losses)
        known[key] = self._gains
        return model

    @property
    def cross_gains_(self) -> "list[CrossGain]":
        """Crosses that a fit with ``crosses='auto'`` has found, and what each won on later rows."""
        check_fitted(self, "model_")
        return list(getattr(self, "_gains", []))

    def _check_parameters(self, model: HashedModel) -> None:
        settings = model.hashing
        assert isinstance(settings, TableSettings)
        chosen = self._chosen
        said = TableSettings(
            settings.columns, settings.crosses, chosen["n_features"], chosen["bins"],
            chosen["hash_seed"],
        )  # fmt: skip
        check_learned_with({**with_rate(chosen, settings), "crosses": None}, model, said)


def _table(X: Any) -> Any:
    """Return X if it is a table or a Dataset."""
    if isinstance(X, Dataset) or row_object(X) is not None or is_table_in_memory(X):
        return X
    raise DataError(
        f"X is of type {type(X).__name__}, not a table: pass a Dataset, a frame, an Arrow table, a "
        "dict of columns, or a 2-D array."
    )
