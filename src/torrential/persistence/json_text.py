"""Arrow columns as JSON text, one text a value, column by column.

Everything is done on whole columns, also within lists and structs, so the speed is that of Arrow
and NumPy and not of a Python loop over the rows.
"""

import json
from collections.abc import Callable, Collection, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from torrential.arrow_casts import offsets_of
from torrential.persistence.value_text import TEXT, masked, text_scalar, value_text

_TEXT = TEXT

_LIST_CHECKS = (
    pa.types.is_list,
    pa.types.is_large_list,
    pa.types.is_fixed_size_list,
    pa.types.is_list_view,
    pa.types.is_large_list_view,
    pa.types.is_map,
)

_PIECE_BYTES = 1 << 20
"""Bytes that are escaped at a time: the positions take several times as much memory."""

# How a byte is escaped (RFC 8259, section 7): _LENGTH bytes are put before it, the first of its row
# in _BEFORE, and the byte itself becomes _LAST. Only quotes, backslashes and controls have any.
_LENGTH = np.zeros(256, np.int64)
_BEFORE = np.zeros((256, 5), np.uint8)
_LAST = np.arange(256, dtype=np.uint8)
for _byte in [*range(0x20), ord('"'), ord("\\")]:
    _escape = json.dumps(chr(_byte))[1:-1].encode()
    _LENGTH[_byte] = len(_escape) - 1
    _BEFORE[_byte, : len(_escape) - 1] = list(_escape[:-1])
    _LAST[_byte] = _escape[-1]


def json_values(column: pa.Array) -> pa.Array:
    """Write each value of a column as JSON text.

    Nulls and the floats that JSON does not have (nan and infinities) become ``null``. Decimals are
    numbers. A map is a list of objects with ``key`` and ``value``. Values of types that JSON does
    not have are strings, as :func:`value_text` has them.

    Parameters
    ----------
    column : pa.Array of shape (n_rows,)

    Returns
    -------
    pa.Array of large_string, shape (n_rows,), without nulls

    Examples
    --------
    >>> json_values(pa.array([[1.5, None], None, []])).to_pylist()
    ['[1.5,null]', 'null', '[]']
    """
    return pc.coalesce(_nullable(column), text_scalar("null"))


def json_objects(
    names: Sequence[str],
    columns: Sequence[pa.Array],
    end: str = "}",
    tokens: Collection[str] = (),
) -> pa.Array:
    r"""Write rows as JSON objects.

    Parameters
    ----------
    names : sequence of str, of length n_columns
    columns : sequence of pa.Array of shape (n_rows,), of length n_columns, at least 1
    end : str, default="}"
        What closes each object; ``"}\n"`` gives lines.
    tokens : collection of str, default=()
        Names of columns whose values are JSON already. Where one is null, its name is left out.

    Returns
    -------
    pa.Array of large_string, shape (n_rows,)

    Examples
    --------
    >>> columns = [pa.array([1, 2]), pa.array(["a", None], pa.large_string())]
    >>> json_objects(["n", "s"], columns).to_pylist()
    ['{"n":1,"s":"a"}', '{"n":2,"s":null}']
    >>> json_objects(["n", "s"], columns, tokens=["s"]).to_pylist()
    ['{"n":1,"s":a}', '{"n":2}']
    """
    if any(name in tokens and column.null_count for name, column in zip(names, columns)):
        return _objects_with_gaps(names, columns, end, tokens)
    pieces: list[pa.Array | pa.Scalar] = []
    for number, (name, column) in enumerate(zip(names, columns, strict=True)):
        key = text_scalar(("," if number else "{") + _key(name))
        pieces += [key, column if name in tokens else json_values(column)]
    return pc.binary_join_element_wise(*pieces, text_scalar(end), text_scalar(""))


def _objects_with_gaps(
    names: Sequence[str], columns: Sequence[pa.Array], end: str, tokens: Collection[str]
) -> pa.Array:
    members = [
        pc.binary_join_element_wise(
            text_scalar(_key(name)),
            column if name in tokens else json_values(column),
            text_scalar(""),
        )
        for name, column in zip(names, columns, strict=True)
    ]
    inside = pc.binary_join_element_wise(*members, text_scalar(","), null_handling="skip")
    return pc.binary_join_element_wise(text_scalar("{"), inside, text_scalar(end), text_scalar(""))


def _key(name: str) -> str:
    return json.dumps(name, ensure_ascii=False) + ":"


def _nullable(column: pa.Array) -> pa.Array:
    """Write the values as JSON text, and keep nulls."""
    kind, types = column.type, pa.types
    if types.is_null(kind):
        return column.cast(_TEXT)
    if types.is_dictionary(kind):
        return _nullable(column.dictionary).take(column.indices)
    if types.is_run_end_encoded(kind):
        return _nullable(pc.run_end_decode(column))
    if types.is_floating(kind):
        return _floats(column)
    if types.is_integer(kind) or types.is_boolean(kind) or types.is_decimal(kind):
        return column.cast(_TEXT)
    if kind == pa.bool8():
        return value_text(column)
    if types.is_struct(kind):
        return masked(_objects(column), column)
    if _is(kind, _LIST_CHECKS):
        return _lists(column)
    if types.is_union(kind):
        return _union(column)
    if isinstance(column, pa.ExtensionArray) and kind != pa.uuid():
        return _nullable(column.storage)
    return _quoted(_escaped(value_text(column)))


def _floats(column: pa.Array) -> pa.Array:
    if pa.types.is_float16(column.type):
        column = column.cast(pa.float32())
    finite = pc.is_finite(column)
    return pc.if_else(finite, column.cast(_TEXT), pa.scalar(None, _TEXT))


def _objects(column: pa.Array) -> pa.Array:
    if not column.type.num_fields:
        return pa.repeat(text_scalar("{}"), len(column))
    return json_objects([field.name for field in column.type], column.flatten())


def _lists(column: pa.Array) -> pa.Array:
    offsets, values = _list_parts(column)
    texts = pa.LargeListArray.from_arrays(offsets, json_values(values))
    inside = pc.binary_join(texts, text_scalar(","))
    return masked(
        pc.binary_join_element_wise(text_scalar("["), inside, text_scalar("]"), text_scalar("")),
        column,
    )


def _list_parts(column: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Return the offsets, from 0, and the values between them; a null has no values."""
    if pa.types.is_map(column.type):
        # Maps do not support flatten; a slice of it still has all the values.
        offsets = np.asarray(column.offsets, dtype=np.int64)
        values = pa.StructArray.from_arrays([column.keys, column.items], ["key", "value"])
        return pa.array(offsets - offsets[0]), values.slice(offsets[0], offsets[-1] - offsets[0])
    # Not by a cast to a list: in pyarrow 26 that of a list view gives invalid offsets.
    lengths = np.asarray(pc.list_value_length(column).fill_null(0), dtype=np.int64)
    return pa.array(np.concatenate([[0], np.cumsum(lengths)])), column.flatten()


def _union(column: pa.Array) -> pa.Array:
    values = (
        None if value is None else json.dumps(value, default=str) for value in column.to_pylist()
    )
    return pa.array(list(values), _TEXT)


def _escaped(column: pa.Array) -> pa.Array:
    """Insert the backslashes that JSON strings need, in a large_string column."""
    content = column.buffers()[2]
    offsets = _offsets(column)
    if content is None:
        return column
    text = np.frombuffer(content, np.uint8)[offsets[0] : offsets[-1]]
    starts = offsets - offsets[0]
    moved, pieces, n_added = starts.copy(), [], 0
    for begin in range(0, len(text), _PIECE_BYTES):
        piece = text[begin : begin + _PIECE_BYTES]
        special = np.flatnonzero((piece < 0x20) | (piece == ord('"')) | (piece == ord("\\")))
        inside = slice(*np.searchsorted(starts, [begin, begin + len(piece)], side="right"))
        moved[inside] += n_added
        if len(special):
            piece, added = _insert_escapes(piece, special)
            moved[inside] += added[np.searchsorted(special, starts[inside] - begin)]
            n_added += int(added[-1])
        pieces.append(piece)
    if not n_added:
        return column
    buffers = [_bits(column), pa.py_buffer(moved), pa.py_buffer(np.concatenate(pieces))]
    return pa.Array.from_buffers(_TEXT, len(column), buffers)


def _insert_escapes(
    text: NDArray[np.uint8], special: NDArray[np.intp]
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Escape the special bytes; also return the number of inserted bytes before each of them."""
    bytes_ = text[special]
    length = _LENGTH[bytes_]
    added = np.concatenate([[0], np.cumsum(length)])
    before = _BEFORE[bytes_][np.arange(_BEFORE.shape[1]) < length[:, None]]
    text = text.copy()
    text[special] = _LAST[bytes_]
    return np.insert(text, np.repeat(special, length), before), added


def _offsets(column: pa.Array) -> NDArray[np.int64]:
    if column.buffers()[1] is None or not len(column):
        return np.zeros(1, np.int64)
    return offsets_of(column)


def _bits(column: pa.Array) -> pa.Buffer | None:
    """Return the column's validity as a bitmap from bit 0, for any slice."""
    if not column.null_count:
        return None
    return pa.py_buffer(np.packbits(np.asarray(column.is_valid()), bitorder="little"))


def _quoted(column: pa.Array) -> pa.Array:
    return pc.binary_join_element_wise(text_scalar('"'), column, text_scalar('"'), text_scalar(""))


def _is(kind: pa.DataType, checks: Sequence[Callable[[pa.DataType], bool]]) -> bool:
    return any(check(kind) for check in checks)
