"""Predictions of Arrow arrays in memory: a function of columns."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pyarrow as pa

from torrential.arrow_casts import bytes_of
from torrential.data.columns.used import is_text, used_array
from torrential.data.joining import BATCH_BYTES, BATCH_ROWS
from torrential.engine.scoring.contract import Predictor
from torrential.engine.scoring.prediction_columns import PredictionColumns
from torrential.errors import DataError
from torrential.execution import Executor
from torrential.types import text_columns

Shared = tuple[Predictor, PredictionColumns]


def predict_texts(
    predictor: Predictor, texts: Any, columns: PredictionColumns, executor: Executor
) -> pa.StructArray:
    """Return the predictions of texts, null where a text is.

    Parameters
    ----------
    predictor : Predictor
    texts : pa.Array or pa.ChunkedArray of shape (n_rows,)
        Strings or bytes, also of a dictionary, whose values are predicted once each.
    columns : PredictionColumns
    executor : Executor

    Raises
    ------
    DataError
        If they are of another type.
    """
    if not is_text(texts.type):
        raise DataError(
            f"The array is of type {texts.type}, not of texts: pass strings, such as one column of "
            "a table."
        )
    chunks = texts.chunks if isinstance(texts, pa.ChunkedArray) else [texts]
    parts = [_of_chunk(predictor, chunk, columns, executor) for chunk in chunks]
    return _joined(parts, columns)


def predict_rows(
    predictor: Predictor, rows: Iterator[pa.RecordBatch], columns: PredictionColumns,
    executor: Executor,
) -> pa.StructArray:  # fmt: skip
    """Return the predictions of a table's rows.

    Parameters
    ----------
    predictor : Predictor
    rows : iterator of pa.RecordBatch
        Columns that the model takes.
    columns : PredictionColumns
    executor : Executor
    """
    predictor.prepare()
    with closing(executor.map(_of_columns, rows, (predictor, columns))) as parts:
        return _joined(list(parts), columns)


def _of_chunk(
    predictor: Predictor, texts: pa.Array, columns: PredictionColumns, executor: Executor
) -> pa.StructArray:
    if pa.types.is_dictionary(texts.type) and len(texts.dictionary) <= len(texts):
        values = _of_chunk(predictor, texts.dictionary, columns, executor)
        return values.take(texts.indices)
    plain = used_array(texts)
    if pa.types.is_null(plain.type):
        return pa.nulls(len(plain), pa.struct(list(columns.fields)))
    pieces = (text_columns(plain.slice(*piece)) for piece in _pieces(plain))
    predictor.prepare()
    with closing(executor.map(_of_texts, pieces, (predictor, columns))) as parts:
        return _joined(list(parts), columns)


def _pieces(texts: pa.Array) -> Iterator[tuple[int, int]]:
    """Yield the first row and the number of rows of pieces as long as batches of files."""
    n_rows = len(texts)
    n_pieces = max(1, -(-n_rows // BATCH_ROWS), bytes_of(texts) // BATCH_BYTES)
    step = max(1, -(-n_rows // n_pieces))
    for begin in range(0, n_rows, step):
        yield begin, step


def _of_texts(shared: Shared, columns: pa.RecordBatch) -> pa.StructArray:
    predictor, wanted = shared
    predictions = predictor.predict(predictor.features(columns), wanted.wanted)
    texts = columns.column(0)
    return wanted.struct(predictions, texts.is_null() if texts.null_count else None)


def _of_columns(shared: Shared, columns: pa.RecordBatch) -> pa.StructArray:
    predictor, wanted = shared
    return wanted.struct(predictor.predict(predictor.features(columns), wanted.wanted))


def _joined(parts: list[pa.StructArray], columns: PredictionColumns) -> pa.StructArray:
    if len(parts) == 1:
        return parts[0]
    return pa.concat_arrays([pa.nulls(0, pa.struct(list(columns.fields))), *parts])
