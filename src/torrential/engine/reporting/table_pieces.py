"""Rows of tables in pieces, each column with what its values add to a score."""

from collections.abc import Iterable, Sequence

import pyarrow as pa

from torrential.features.table.settings import TIMES


def table_pieces(
    row: pa.RecordBatch, terms: Iterable[tuple[str, float]]
) -> list[tuple[str, float]]:
    """Return a row as ``name: value`` with the score of each column, and what is between them.

    That of a cross is shared out equally among its columns.

    Parameters
    ----------
    row : pa.RecordBatch
        One row.
    terms : iterable of (str, float)
        Names of its values and of its crosses, with their scores.

    Examples
    --------
    >>> row = pa.RecordBatch.from_pydict({"day": ["mon"], "hour": [7]})
    >>> table_pieces(row, [("day=mon", 1.0), ("day=mon × hour=7", 0.5)])
    [('day: mon', 1.25), (', ', 0.0), ('hour: 7', 0.25)]
    """
    scores = dict.fromkeys(row.schema.names, 0.0)
    for name, score in terms:
        parts = name.split(TIMES)
        for part in parts:
            column = _column_of(part, row.schema.names)
            if column is not None:
                scores[column] += score / len(parts)
    found: list[tuple[str, float]] = []
    for name, value in row.to_pylist()[0].items():
        if value is not None:
            found += [(", ", 0.0)] if found else []
            found.append((f"{name}: {value}", scores[name]))
    return found


def _column_of(term: str, names: Sequence[str]) -> str | None:
    """Return the column of a term such as ``hour=7`` or ``day.month=3``; the longest that fits."""
    fitting = [name for name in names if term.startswith((f"{name}=", f"{name}."))]
    return max(fitting, key=len, default=None)
