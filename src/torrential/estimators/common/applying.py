"""Applying: predictions of Arrow arrays, of every estimator whose model is a `Predictor`."""

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from torrential.data import Dataset
from torrential.data.sources.tables import text_array
from torrential.engine.scoring.contract import Predictor
from torrential.engine.scoring.predict_arrow import predict_rows, predict_texts
from torrential.engine.scoring.prediction_columns import PredictionColumns
from torrential.execution import Threads


class Applying:
    """Base of estimators that are applied to texts or tables; they have ``predictor_``."""

    n_jobs: int | None

    @property
    def predictor_(self) -> Predictor:
        """The fitted model, for the functions of ``torrential.engine``."""
        raise NotImplementedError

    def predict_arrow(
        self, X: Any, *, top_k: int = 1, all_probabilities: bool = False
    ) -> pa.StructArray:
        """Return labels and probabilities of an Arrow array, as an Arrow array.

        It is what all predictions of files are made by: nothing becomes a Python object. Use it for
        columns that you have, such as those of a query, a dataset of another library, or
        a function that is called by batches.

        Parameters
        ----------
        X : pa.Array or pa.ChunkedArray of shape (n_rows,), or pa.RecordBatch or pa.Table
            Texts as string, large_string, string_view or bytes, also of a dictionary, whose values
            are predicted once each; other sequences of texts are converted. A model of tables takes
            a batch of columns, a table, or an array of structs.
        top_k : int, default=1
            How many of the most probable labels to return; all, if there are fewer.
        all_probabilities : bool, default=False
            Return the probability of each class, too.

        Returns
        -------
        predictions : pa.StructArray of shape (n_rows,)
            With the fields ``label`` and ``probability`` (float32); with ``top_k``, ``label_2``,
            ``probability_2`` and so on; or ``probability_<label>`` for each class, as
            ``classes_``. Rows whose text is null are null.

        Raises
        ------
        DataError
            If the array does not hold texts, or the table lacks a column.
        ParameterError
            If ``top_k`` is not a number of labels.

        Examples
        --------
        >>> import pyarrow as pa
        >>> from torrential import TextClassifier
        >>> model = TextClassifier().fit(["good film", "bad film"] * 50, ["yes", "no"] * 50)
        >>> model.predict_arrow(pa.array(["a good one", None])).field("label").to_pylist()
        ['yes', None]
        """
        predictor = self.predictor_
        columns = PredictionColumns.of(predictor, top_k=top_k, all_probabilities=all_probabilities)
        executor = Threads(self.n_jobs)
        if predictor.inputs is None:
            texts = X if isinstance(X, pa.Array | pa.ChunkedArray) else text_array(X, "X")
            return predict_texts(predictor, texts, columns, executor)
        rows, is_null = _table(X)
        dataset = self._of_model(self._unlabeled(rows))
        batches = (batch.columns for batch in dataset.batches())
        predicted = predict_rows(predictor, batches, columns, executor)
        if is_null is None:
            return predicted
        return pc.if_else(is_null, pa.scalar(None, predicted.type), predicted)

    def _unlabeled(self, X: Any) -> Dataset:
        """Return rows to predict."""
        raise NotImplementedError

    def _of_model(self, dataset: Dataset) -> Dataset:
        """Return the dataset with the columns that the model takes."""
        return dataset


def _table(X: Any) -> tuple[Any, pa.Array | None]:
    """Return a table, and which of its rows are null if it is an array of structs."""
    if isinstance(X, pa.ChunkedArray) and pa.types.is_struct(X.type):
        X = X.combine_chunks()
    if not isinstance(X, pa.StructArray):
        return X, None
    rows = pa.RecordBatch.from_arrays(X.flatten(), names=[field.name for field in X.type])
    return rows, X.is_null() if X.null_count else None
