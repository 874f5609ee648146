"""Applying: predictions of Arrow arrays, of every estimator whose model is a `Predictor`."""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from torrential.data import Dataset
from torrential.data.sources.tables import text_array
from torrential.execution import Threads

if TYPE_CHECKING:  # training needs nothing of it
    from torrential.engine.scoring.chosen import Threshold
    from torrential.engine.scoring.contract import Predictor
    from torrential.engine.scoring.prediction_counts import PredictionCounts


class Applying:
    """Base of estimators that are applied to texts or tables; they have ``predictor_``."""

    n_jobs: int | None
    verbose: int

    @property
    def predictor_(self) -> "Predictor":
        """The fitted model, for the functions of ``torrential.engine``."""
        raise NotImplementedError

    def predict_arrow(
        self,
        X: Any,
        *,
        top_k: int = 1,
        all_probabilities: bool = False,
        threshold: "Threshold" = None,
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
        threshold : float, dict of label to float, or 'chosen', default=None
            Least probability of the label, as in ``predict``: rows that do not reach it have a null
            as ``label``. With several labels a row, ``labels`` has those that reach theirs.

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
            If ``top_k`` is not a number of labels, a threshold is invalid, or both are given for
            one label a row.

        Examples
        --------
        >>> import pyarrow as pa
        >>> from torrential import TextClassifier
        >>> model = TextClassifier().fit(["good film", "bad film"] * 50, ["yes", "no"] * 50)
        >>> model.predict_arrow(pa.array(["a good one", None])).field("label").to_pylist()
        ['yes', None]
        """
        from torrential.engine.scoring.deciding import DecidingPredictor, deciding
        from torrential.engine.scoring.predict_arrow import predict_rows, predict_texts
        from torrential.engine.scoring.prediction_columns import PredictionColumns
        from torrential.estimators.common.predicting import check_single

        predictor = deciding(self.predictor_, threshold)
        if isinstance(predictor, DecidingPredictor):
            check_single(top_k)
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

    def predict_to(
        self,
        X: Any,
        path: str | os.PathLike[str],
        *,
        top_k: int = 1,
        all_probabilities: bool = False,
        keep: Any = None,
        threshold: "Threshold" = None,
        min_precision: float | None = None,
        min_recall: float | None = None,
        cost: float | None = None,
        keep_top: float | int | str | None = None,
        reject: bool = False,
        keep_rows: bool = False,
        columns: Sequence[str] | None = None,
        format: str | None = None,
        resume: bool = False,
        executor: Any = None,
    ) -> "PredictionCounts":
        """Write rows with their predicted label and its probability to a file, as a stream.

        Rows keep their order and their columns, and memory is bounded. The new columns are
        ``label`` and ``probability``, with ``predicted_`` before a name that the rows have already.
        :func:`torrential.predict_to` applies several models at once.

        Parameters
        ----------
        X : Dataset, or array-like of str of shape (n_rows,)
            A Dataset need not have a target.
        path : str or path-like
            Parquet, CSV, JSON Lines or Arrow by its extension; "-" for the standard output. The
            file appears when it is whole. A folder, or a name that ends in a slash, gets a file for
            each file of the Dataset, under the same names.
        top_k : int, default=1
            How many of the most probable labels to write: ``label_2``, ``probability_2`` and so on
            are the columns of the next ones.
        all_probabilities : bool, default=False
            Add a column ``probability_<label>`` for each class, in the order of ``classes_``.
        keep : label or list of labels, default=None
            Write only rows that are predicted as one of them.
        threshold : float, dict of label to float, or 'chosen', default=None
            Write only rows whose predicted label has this probability; or rows with this
            probability of one of the labels, whatever is predicted. 'chosen' has the labels and
            probabilities of ``choose_thresholds``.
        min_precision : float, default=None
            The same with the thresholds of labels that reach this precision on the predictions of
            the training, each alone; labels that do not reach it are left out.
        min_recall, cost : float, default=None
            The same with the thresholds that ``choose_thresholds`` finds for a recall, or for the
            cost of a wrong label where that of a row without a label is 1.
        keep_top : str, float or int, default=None
            Write only the rows with the highest probability of the label in ``keep``: a share of
            all rows as ``"10%"`` or 0.1, or a number of rows. It is exact; rows are read twice.
        reject : bool, default=False
            Write rows that do not reach a threshold, too, with a null as label. With thresholds
            of labels, the label is the one that exceeds its own by the largest factor.
        keep_rows : bool, default=False
            Write the rows that are kept as they are, without predictions.
        columns : sequence of str, default=None
            Columns of the rows to write; an empty one for none, None for all.
        format : str, default=None
            "parquet", "csv", "tsv", "jsonl" or "arrow"; None takes the extension's, and "parquet"
            in folders.
        resume : bool, default=False
            In a folder, keep the files of an earlier run, and write those that are missing.
        executor : Threads, Dask, Joblib, str or None, default=None
            Reads and scores; this process writes, but workers write the files of a folder.

        Returns
        -------
        counts : PredictionCounts
            Rows predicted and kept, those that were skipped or malformed, and the rows of each
            label; of a folder also the files that failed.

        Raises
        ------
        DataError
            If there is no row, if one is not readable, or if no file has a column of ``columns``.
        ParameterError
            If a parameter is invalid, the model lacks a label, or ``path`` is one of the files that
            are read.
        OutputError
            If the file is not writable; what was there before is whole. Or if a folder has other
            files in it.

        Examples
        --------
        >>> import torrential as tor
        >>> model = tor.TextClassifier().fit(["good film", "bad film"] * 50, ["yes", "no"] * 50)
        >>> path = getfixture("tmp_path") / "predictions.jsonl"
        >>> rows = tor.read({"id": [7, 8], "body": ["a good one", "a bad one"]}, text="body")
        >>> model.predict_to(rows, path, columns=["id"], keep="yes").n_kept
        1
        >>> print(path.read_text().split(',"probability"')[0])
        {"id":7,"label":"yes"
        """
        from torrential.estimators.common.predicting import application_of, write_predictions

        dataset = self._of_model(self._unlabeled(X))
        application = application_of(
            {None: self.predictor_},
            top_k=top_k,
            all_probabilities=all_probabilities,
            keep=keep,
            threshold=threshold,
            min_precision=min_precision,
            min_recall=min_recall,
            cost=cost,
            keep_top=keep_top,
            reject=reject,
        )
        return write_predictions(
            application,
            dataset,
            path,
            format=format,
            columns=columns,
            keep_rows=keep_rows,
            resume=resume,
            executor=executor,
            n_jobs=self.n_jobs,
            verbose=self.verbose,
        )

    def _unlabeled(self, X: Any) -> Dataset:
        """Return rows to predict."""
        raise NotImplementedError

    def _with_kinds(self, dataset: Dataset) -> Dataset:
        """Return the dataset with the types of columns that the model has learned."""
        return dataset

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
