"""JSON tokens as Arrow columns: typed if that is exact, and text otherwise."""

import json
from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json

from torrential.persistence.value_text import TEXT, valid_text

_MANY_DIGITS = r"[0-9]{16,}"
"""Integers in a column of floats that may not be exact there."""

_WHOLE = (pa.int64(), pa.uint64(), pa.decimal128(38, 0), pa.decimal256(76, 0))


def typed(tokens: pa.Array) -> pa.Array:
    """Return the values of JSON tokens in a type that holds them exactly.

    Strings, booleans and integers up to 76 digits; other numbers as float64; lists and objects as
    lists and structs. Values of several kinds become text: strings as they are, others as their
    tokens.

    Parameters
    ----------
    tokens : pa.Array of large_string, shape (n_rows,)

    Returns
    -------
    pa.Array of shape (n_rows,)

    Examples
    --------
    >>> typed(pa.array(["1", "null", "14671810360000000017"], pa.large_string())).type
    DataType(uint64)
    >>> typed(pa.array(["1", '"a"'], pa.large_string())).to_pylist()
    ['1', 'a']
    """
    tokens = _without_nulls(tokens)
    kinds = {
        _kind(first)
        for first in pc.utf8_slice_codeunits(tokens.drop_null(), 0, 1).unique().to_pylist()
    }
    found: pa.Array | None = None
    if not kinds:
        found = pa.nulls(len(tokens))
    elif kinds == {"boolean"}:
        found = pc.equal(tokens, pa.scalar("true", TEXT))
    elif kinds == {"number"}:
        found = _numbers(tokens)
    elif kinds == {"nested"}:
        found = _nested(tokens)
    return token_text(tokens) if found is None else found


def token_text(tokens: pa.Array) -> pa.Array:
    """Return the content of strings, and all other tokens; ``null`` is a null."""
    tokens = _without_nulls(tokens)
    is_string = pc.starts_with(tokens, '"')
    if not pc.any(is_string).as_py():
        return tokens
    content = pc.binary_slice(tokens.cast(pa.large_binary()), 1, -1)
    texts = pc.if_else(is_string, valid_text(content), tokens)
    is_escaped = pc.and_(is_string, pc.match_substring(tokens, "\\"))
    if not pc.any(is_escaped).as_py():
        return texts
    unescaped = [
        json.loads(token).encode("utf-8", "replace").decode()
        for token in tokens.filter(is_escaped).to_pylist()
    ]
    return pc.replace_with_mask(texts, is_escaped.fill_null(False), pa.array(unescaped, TEXT))


def _without_nulls(tokens: pa.Array) -> pa.Array:
    is_null = pc.equal(tokens, pa.scalar("null", TEXT))
    return pc.if_else(is_null, pa.scalar(None, TEXT), tokens)


def _kind(first: str) -> str:
    if first == '"':
        return "string"
    if first in "tf":
        return "boolean"
    return "nested" if first in "{[" else "number"


def _numbers(tokens: pa.Array) -> pa.Array | None:
    is_whole = pc.all(pc.match_substring_regex(tokens, "^-?[0-9]+$")).as_py()
    for kind in _WHOLE if is_whole else ():
        try:
            return tokens.cast(kind)
        except pa.ArrowInvalid:
            continue
    if is_whole or _any_match(tokens, f"^-?{_MANY_DIGITS}$"):
        return None
    try:
        numbers = tokens.cast(pa.float64())
    except pa.ArrowInvalid:
        return None
    return None if pc.any(pc.is_inf(numbers)).as_py() else numbers


def _nested(tokens: pa.Array) -> pa.Array | None:
    lines = pc.binary_join_element_wise(
        pa.scalar('{"v":', TEXT),
        pc.fill_null(tokens, "null"),
        pa.scalar("}\n", TEXT),
        pa.scalar("", TEXT),
    )
    block = b"".join(line.encode("utf-8", "replace") for line in lines.to_pylist())
    try:
        found = _parsed(block, None)
        if _has(found.type, pa.types.is_temporal):  # of strings that look like times
            found = _parsed(block, _without_times(found.type))
    except pa.ArrowInvalid:
        return None
    if _has(found.type, pa.types.is_floating) and _any_match(tokens, _MANY_DIGITS):
        return None
    return found


def _parsed(block: bytes, kind: pa.DataType | None) -> pa.Array:
    table = pa.json.read_json(
        pa.BufferReader(block),
        read_options=pa.json.ReadOptions(use_threads=False, block_size=len(block)),
        parse_options=pa.json.ParseOptions(
            explicit_schema=None if kind is None else pa.schema([("v", kind)])
        ),
    )
    chunks = table.column("v").chunks
    return chunks[0] if len(chunks) == 1 else pa.concat_arrays(chunks)


def _without_times(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_temporal(kind) or pa.types.is_null(kind):
        return pa.string()
    if pa.types.is_list(kind):
        return pa.list_(_without_times(kind.value_type))
    if pa.types.is_struct(kind):
        return pa.struct([(field.name, _without_times(field.type)) for field in kind])
    return kind


def _has(kind: pa.DataType, is_such: Callable[[pa.DataType], bool]) -> bool:
    if pa.types.is_list(kind):
        return _has(kind.value_type, is_such)
    if pa.types.is_struct(kind):
        return any(_has(field.type, is_such) for field in kind)
    return bool(is_such(kind))


def _any_match(tokens: pa.Array, pattern: str) -> bool:
    return bool(pc.any(pc.match_substring_regex(tokens, pattern)).as_py())
