"""Models as functions of Arrow arrays, for the programs that call such functions.

>>> import pyarrow as pa
>>> import torrential as tor
>>> from torrential.arrow import predict_function
>>> model = tor.TextClassifier().fit(["good film", "bad film"] * 50, ["yes", "no"] * 50)
>>> label = predict_function(model, "label")
>>> label(pa.array(["a good one", None])).to_pylist(), label.type
(['yes', None], DataType(string))
"""

import copy
import os
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa

from torrential.engine.scoring.chosen import Threshold
from torrential.engine.scoring.deciding import deciding
from torrential.engine.scoring.prediction_columns import PredictionColumns
from torrential.errors import DataError, ParameterError
from torrential.estimators.tools.load import load

__all__ = ["PredictFunction", "predict_function"]


class PredictFunction:
    """A vectorized function: Arrow arrays in, an Arrow array of predictions out.

    Made by :func:`predict_function`. It can be called by several threads, and be sent to other
    processes: one that was made from a path is sent as the path, and each process maps the file.

    Attributes
    ----------
    type : pyarrow.DataType
        Type of the result: a struct, or that of the one field.
    inputs : tuple of str or None
        Columns that a model of tables takes, in order; None for a model of texts.
    """

    def __init__(self, model: Any, made_from: tuple[Any, ...]) -> None:
        _, self._field, n_jobs, self._options = made_from
        self._model, self._made_from = model, made_from
        if n_jobs is not None:
            self._model = copy.copy(model)
            self._model.n_jobs = n_jobs
        threshold = self._options["threshold"]
        others = {name: value for name, value in self._options.items() if name != "threshold"}
        predictor = deciding(model.predictor_, threshold)
        whole = pa.struct(list(PredictionColumns.of(predictor, **others).fields))
        self.inputs: tuple[str, ...] | None = predictor.inputs
        self.type: pa.DataType = whole
        if self._field is not None:
            names = [field.name for field in whole]
            if self._field not in names:
                raise ParameterError(
                    f"field={self._field!r} is not a field of the predictions: choose among "
                    f"{', '.join(map(repr, names))}."
                )
            self.type = whole.field(self._field).type

    def __call__(self, *arrays: Any) -> pa.Array:
        """Return predictions.

        Parameters
        ----------
        *arrays : pa.Array or pa.ChunkedArray of shape (n_rows,)
            Texts; for a model of tables an array for each of ``inputs``, or one batch, table, or
            array of structs.

        Returns
        -------
        predictions : pa.Array of shape (n_rows,)
            Null where a text is.

        Raises
        ------
        DataError
            If the number of arrays is not that of the inputs, or an array is of the wrong type.
        """
        predicted = self._model.predict_arrow(self._rows(arrays), **self._options)
        if self._field is None:
            return predicted
        return predicted.flatten()[predicted.type.get_field_index(self._field)]

    def _rows(self, arrays: tuple[Any, ...]) -> Any:
        if self.inputs is None:
            if len(arrays) != 1:
                raise DataError(f"The model takes one array of texts, but got {len(arrays)}.")
            return arrays[0]
        if len(arrays) == 1 and not _is_column(arrays[0]):
            return arrays[0]
        if len(arrays) != len(self.inputs):
            raise DataError(
                f"The model takes {len(self.inputs)} columns, but got {len(arrays)}: pass "
                f"{', '.join(self.inputs)} in this order."
            )
        return pa.table(list(arrays), names=list(self.inputs))

    def __reduce__(self) -> tuple[Any, ...]:
        path = self._made_from[0]
        if path is None:
            return _made, (self._model, self._made_from)
        # Caches of results that go by these bits, as those of `datasets`, see a changed file.
        return _made, (None, self._made_from, _version(path))


def predict_function(
    model: Any,
    field: str | None = None,
    *,
    top_k: int = 1,
    all_probabilities: bool = False,
    threshold: Threshold = None,
    n_jobs: int | None = None,
) -> PredictFunction:
    """Return a model as a function of Arrow arrays.

    Parameters
    ----------
    model : fitted estimator, str or path-like
        A path is loaded, and loaded again in each process that the function is sent to, from where
        it is there: so a model is never copied by the program that calls it.
    field : str, default=None
        The one field to return, such as ``'label'``; None is a struct of all.
    top_k, all_probabilities, threshold
        As those of ``TextClassifier.predict_arrow``.
    n_jobs : int, default=None
        Threads of a call; None is the estimator's own. 1 where the program calls from many threads
        or processes itself.

    Returns
    -------
    function : PredictFunction

    Raises
    ------
    ParameterError
        If there is no such field, or the model is not one that is applied to texts or tables.
    """
    options = {"top_k": top_k, "all_probabilities": all_probabilities, "threshold": threshold}
    if isinstance(model, str | os.PathLike):
        return _made(None, (str(Path(model).absolute()), field, n_jobs, options))
    if not hasattr(model, "predict_arrow"):
        raise ParameterError(
            f"{type(model).__name__} has no predict_arrow: pass a fitted TextClassifier, "
            "TextRegressor, TableClassifier, TableRegressor or FastTextModel, or the path of one."
        )
    return _made(model, (None, field, n_jobs, options))


def _made(model: Any, made_from: tuple[Any, ...], sent: Any = None) -> PredictFunction:
    """Make a function; the version of the file where it was sent from does not matter here."""
    path = made_from[0]
    if path is not None:
        model = _loaded(path, _version(path))
    return PredictFunction(model, made_from)


def _version(path: str) -> tuple[int, int] | None:
    """Return what changes with a file; None if there is none."""
    try:
        stat = Path(path).stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size


@lru_cache(maxsize=8)
def _loaded(path: str, version: Any) -> Any:
    """Load a model once for all functions of a process, until its file changes."""
    return load(path)


def _is_column(array: Any) -> bool:
    return isinstance(array, pa.Array | pa.ChunkedArray) and not pa.types.is_struct(array.type)
