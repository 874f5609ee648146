"""Columns of JSON objects as the tokens that are in the file, for what is only passed on."""

import json
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from torrential.data.columns.nested import splits
from torrential.data.columns.used import to_string
from torrential.kernels.parsing.json_values import copy_values, find_values

Tokens = dict[str, pa.Array]
"""Column of large_string of each key; null where an object lacks it."""


def tokens_of_block(block: bytes, n_rows: int, wanted: Callable[[str], bool]) -> Tokens | None:
    """Return the tokens of the values of a block of valid objects.

    Parameters
    ----------
    block : bytes
    n_rows : int
        Objects that another reader found in it.
    wanted : callable
        Tells which keys are wanted.

    Returns
    -------
    tokens : dict of str to pa.Array, or None
        None if another number of objects is found.
    """
    content = np.frombuffer(block, np.uint8)
    n_found, keys, places = find_values(content)
    if n_found != n_rows:
        return None
    # A key may be written in several ways, such as "a" and "\\u0061".
    spellings: dict[str, list[int]] = {}
    for number, (start, end) in enumerate(keys.tolist()):
        name = _name(json.loads(block[start:end].decode("utf-8", "replace")))
        spellings.setdefault(name, []).append(number)
    tokens = {}
    for name, numbers in spellings.items():
        if wanted(name):
            found = places[np.isin(places[:, 1], numbers)]
            spans = np.full((2, n_rows), -1, np.int64)
            spans[:, found[:, 0]] = found[:, 2:].T  # of a key that is given twice, the last value
            tokens[name] = _column(content, *spans)
    return tokens


def tokens_within(tokens: Tokens, name: str) -> pa.Array | None:
    """Return the tokens of a key within objects, such as ``a.b``; None if no row has it.

    Parameters
    ----------
    tokens : dict of str to pa.Array
        Tokens of the keys that may contain it.
    name : str
    """
    found = tokens.get(name)
    for start, rest in splits(name):
        if start in tokens and (found is None or found.null_count):
            inner = tokens_within(_inner(tokens[start], rest), rest)
            if inner is not None:
                found = inner if found is None else pc.coalesce(found, inner)
    return found


def _inner(column: pa.Array, name: str) -> Tokens:
    """Return the tokens on the path to a name; null where a value is not an object."""

    def leads(key: str) -> bool:
        return f"{name}.".startswith(f"{key}.")

    is_object = pc.fill_null(pc.starts_with(column, "{"), False).to_numpy(zero_copy_only=False)
    lines = column.filter(pa.array(is_object)).to_pylist()
    tokens = tokens_of_block("\n".join(lines).encode(), len(lines), leads)
    if tokens is None:
        tokens = tokens_of_objects([object_tokens(line) for line in lines], leads)
    places = pa.array(np.cumsum(is_object) - 1, mask=~is_object)
    return {key: values.take(places) for key, values in tokens.items()}


def tokens_of_objects(
    objects: Sequence[Mapping[str, str]], wanted: Callable[[str], bool]
) -> Tokens:
    """Return the tokens of the values of objects from `object_tokens`."""
    names = dict.fromkeys(name for tokens in objects for name in tokens if wanted(name))
    return {
        name: pa.array([tokens.get(name) for tokens in objects], pa.large_string())
        for name in names
    }


def object_tokens(line: str) -> dict[str, str]:
    """Return the token of each value of a valid JSON object.

    Examples
    --------
    >>> object_tokens('{"a": 1.10, "b": {"c": [1]}}')
    {'a': '1.10', 'b': '{"c": [1]}'}
    """
    scan = json.JSONDecoder().raw_decode
    tokens: dict[str, str] = {}
    at = line.index("{") + 1
    while True:
        at = _after(line, at, " \t\r\n,")
        if line[at] == "}":
            return tokens
        key, at = scan(line, at)
        start = _after(line, at, " \t\r\n:")
        _, at = scan(line, start)
        tokens[_name(key)] = line[start:at].encode("utf-8", "replace").decode()


def _after(line: str, at: int, skipped: str) -> int:
    while line[at] in skipped:
        at += 1
    return at


def _name(key: str) -> str:
    """Return a key without lone surrogates."""
    return key.encode("utf-8", "replace").decode()


def _column(
    block: np.ndarray[tuple[int], np.dtype[np.uint8]],
    starts: np.ndarray[tuple[int], np.dtype[np.int64]],
    ends: np.ndarray[tuple[int], np.dtype[np.int64]],
) -> pa.Array:
    values, offsets = copy_values(block, starts, ends)
    is_there = starts >= 0
    bits = None if is_there.all() else pa.py_buffer(np.packbits(is_there, bitorder="little"))
    buffers = [bits, pa.py_buffer(offsets), pa.py_buffer(values)]
    column = pa.Array.from_buffers(pa.large_binary(), len(starts), buffers)
    return to_string(column, pa.large_string())
