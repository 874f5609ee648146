"""Rows as people read them: the text, or the columns of a table with their values."""

from dataclasses import dataclass

import pyarrow as pa

from torrential.engine.model.hashed_model import HashedModel
from torrential.evaluation.findings.rows import KeptRow
from torrential.features.settings import HashSettings
from torrential.types import Batch, Int64

MOST_BYTES = 100_000
"""Bytes of a text that are kept to show it."""


@dataclass(frozen=True, slots=True)
class RowKeeper:
    """Keeps rows of batches as people read them.

    Attributes
    ----------
    is_text : bool
        Whether the first column is the text; else all are those of a table.
    has_places : bool
        Whether rows are at the places that their batches say.
    """

    is_text: bool
    has_places: bool

    def kept(self, batch: Batch, rows: Int64) -> list[KeptRow]:
        """Return some rows of a batch."""
        if len(rows) == 0:
            return []
        texts = shown_rows(batch.columns, rows, is_text=self.is_text)
        return [
            KeptRow(
                text=text[:MOST_BYTES],
                n_bytes=len(text),
                origin=batch.origin,
                number=batch.first_row + row if self.has_places else None,
                columns=None if self.is_text else batch.columns.take(pa.array([row])),
            )
            for text, row in zip(texts, rows.tolist(), strict=True)
        ]


def shown_rows(columns: pa.RecordBatch, rows: Int64, *, is_text: bool = True) -> list[bytes]:
    """Return some rows as text in UTF-8, which texts that are not valid may not be.

    Parameters
    ----------
    columns : pa.RecordBatch
        Columns of a batch.
    rows : int64 array of shape (n_rows,)
    is_text : bool, default=True
        Whether the first column is the text; else all are those of a table.

    Examples
    --------
    >>> import numpy as np
    >>> shown_rows(pa.RecordBatch.from_pydict({"text": ["good", None]}), np.array([1, 0]))
    [b'', b'good']
    >>> table = pa.RecordBatch.from_pydict({"a": [1, 2], "b": ["x", None]})
    >>> shown_rows(table, np.array([0, 1]), is_text=False)
    [b'a: 1, b: x', b'a: 2']
    """
    some = columns.take(pa.array(rows))
    if is_text:
        texts = some.column(0)
        is_large = pa.types.is_large_string(texts.type) or pa.types.is_large_binary(texts.type)
        plain = texts.view(pa.large_binary() if is_large else pa.binary())
        return [value or b"" for value in plain.to_pylist()]
    return [
        ", ".join(f"{name}: {value}" for name, value in row.items() if value is not None).encode()
        for row in some.to_pylist()
    ]


def is_of_texts(model: HashedModel) -> bool:
    """Return whether a model is of texts, and not of tables."""
    return isinstance(model.hashing, HashSettings)
