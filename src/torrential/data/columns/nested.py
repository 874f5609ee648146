"""Fields of structs by dotted names: ``meta.label`` is the field ``label`` of the column ``meta``.

A column whose own name is the dotted one comes first.
"""

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from torrential.data.columns.label_lists import is_list, is_unsettled
from torrential.types import leaf_field, leaf_path

Path = tuple[str, ...]
"""Names of a column, and of the fields within it, from the outermost on."""

MAX_DOTS = 5
"""Most dots of a name that is searched at all places: each dot doubles their number."""


def path_of(fields: Iterable[pa.Field], name: str) -> Path | None:
    """Return the path that a name denotes; None without such a field.

    Examples
    --------
    >>> schema = pa.schema([("a", pa.struct([("b.c", pa.int64())]))])
    >>> path_of(schema, "a.b.c")
    ('a', 'b.c')
    """
    if isinstance(fields, pa.Schema) and name in fields.names:
        return (name,)
    named = {field.name: field for field in fields}
    if name in named:
        return (name,)
    for start, rest in splits(name):
        if start in named and pa.types.is_struct(named[start].type):
            inner = path_of(named[start].type, rest)
            if inner is not None:
                return (start, *inner)
    return None


def field_of(schema: pa.Schema, name: str) -> pa.Field | None:
    """Return the column or the field of that name; a field within a column is marked as such."""
    path = path_of(schema, name)
    if path is None:
        return None
    field = schema.field(path[0])
    for step in path[1:]:
        field = field.type.field(step)
    return field if len(path) == 1 else leaf_field(name, field.type, path)


def with_leaf_fields(schema: pa.Schema, names: Iterable[str]) -> pa.Schema:
    """Append the fields within columns that the names denote."""
    for name in dict.fromkeys(names):
        field = None if name in schema.names else field_of(schema, name)
        if field is not None:
            schema = schema.append(field)
    return schema


def without_leaf_fields(schema: pa.Schema) -> pa.Schema:
    """Return the columns of the input only."""
    return pa.schema([field for field in schema if leaf_path(field) is None], schema.metadata)


def top_columns(schema: pa.Schema, names: Iterable[str]) -> list[str]:
    """Return the columns that contain the named fields."""
    own = schema.names
    paths = ((name,) if name in own else path_of(schema, name) for name in names)
    return list(dict.fromkeys(path[0] for path in paths if path is not None))


def with_leaves(rows: Any, names: Iterable[str]) -> Any:
    """Append the named fields within columns to a table or a record batch.

    Where a column is null, its fields are. Names that lead nowhere are left out.
    """
    dotted = [name for name in dict.fromkeys(names) if "." in name]
    if not dotted:
        return rows
    schema = rows.schema
    missing = [name for name in dotted if name not in schema.names]
    arrays, fields = [], []
    for name in missing:
        path = path_of(schema, name)
        if path is not None:
            array = _values_at(rows, path)
            arrays.append(array)
            fields.append(leaf_field(name, array.type, path))
    if not arrays:
        return rows
    wider = pa.schema([*schema, *fields], schema.metadata)
    return type(rows).from_arrays([*rows.columns, *arrays], schema=wider)


def _values_at(rows: Any, path: Path) -> Any:
    """Return the values of a field of a table or a record batch."""
    values = rows.column(path[0])
    for step in path[1:]:
        values = pc.struct_field(values, step)
    return values


def nested_schema(schema: pa.Schema) -> pa.Schema:
    """Return the columns that contain the fields of a schema, or may do so in another file."""
    tree: dict[str, Any] = {field.name: field.type for field in schema}
    # Where one was found comes first: no other name may lead through it.
    known = [(leaf_path(field), field.type) for field in schema]
    possible = [(path, field.type) for field in schema for path in possible_paths(field)]
    for path, data_type in [*known, *possible]:
        if path is not None:
            _add(tree, path, data_type)
    return pa.schema([(name, _type_of(node)) for name, node in tree.items()])


def _add(tree: dict[str, Any], path: Path, data_type: pa.DataType) -> None:
    """Add a field to the columns that contain it, unless they hold a value of another kind."""
    node: Any = tree
    for step in path[:-1]:
        node = node.setdefault(step, {})
        if not isinstance(node, dict):
            return
    node.setdefault(path[-1], data_type)


def _type_of(node: Any) -> pa.DataType:
    if isinstance(node, pa.DataType):
        return node
    return pa.struct([(name, _type_of(inner)) for name, inner in node.items()])


def possible_paths(field: pa.Field) -> list[Path]:
    """Return the paths at which values of a field may be, the known path first."""
    known = leaf_path(field)
    found = [] if known is None else [known]
    if field.name.count(".") <= MAX_DOTS:
        found += _paths(field.name)
    return list(dict.fromkeys(found))


def _paths(name: str) -> Iterator[Path]:
    for start, rest in splits(name):
        yield start, rest
        yield from ((start, *inner) for inner in _paths(rest))


def own_or_inner(rows: pa.Table, wanted: pa.Schema) -> pa.Table:
    """Return columns that `nested_schema` read; nested values replace nulls of the column itself.

    Parameters
    ----------
    rows : pyarrow.Table
    wanted : pyarrow.Schema
        What the schema was made of.
    """
    columns, fields = [], []
    for field in wanted:
        column = rows.column(field.name)
        for path in possible_paths(field):
            if column.null_count and _type_at(rows.schema, path) == column.type:
                inner = _values_at(rows, path)
                column = inner if column.null_count == len(column) else pc.coalesce(column, inner)
        columns.append(column)
        fields.append(pa.field(field.name, column.type))
    return pa.Table.from_arrays(columns, schema=pa.schema(fields))


def _type_at(schema: pa.Schema, path: Path) -> pa.DataType | None:
    fields: Iterable[pa.Field] = schema
    for step in path:
        found = {field.name: field.type for field in fields}.get(step)
        if found is None:
            return None
        fields = found if pa.types.is_struct(found) else ()
    return found


def merged(before: pa.Field | None, field: pa.Field) -> pa.Field:
    """Return a field with the type that was found first, and all fields within it."""
    if before is None or pa.types.is_null(before.type):
        return field
    if is_unsettled(before.type) and is_list(field.type):
        return field
    if not (pa.types.is_struct(before.type) and pa.types.is_struct(field.type)):
        return before
    inner = {each.name: each for each in before.type}
    for each in field.type:
        inner[each.name] = merged(inner.get(each.name), each)
    return before.with_type(pa.struct(list(inner.values())))


def leaves(fields: Iterable[pa.Field], start: str = "") -> Iterator[tuple[str, pa.DataType]]:
    """Yield the dotted names and types of the fields that hold no others."""
    for field in fields:
        name = start + field.name
        if pa.types.is_struct(field.type) and field.type.num_fields:
            yield from leaves(field.type, f"{name}.")
        else:
            yield name, field.type


def fields_hint(column: str, data_type: pa.DataType) -> str | None:
    """Return the advice for a named struct, of which a field was meant."""
    names = [name for name, _ in leaves([pa.field(column, data_type)])]
    if not pa.types.is_struct(data_type) or names == [column]:
        return None
    return f"name one of its fields ({', '.join(map(repr, names))})"


def missing_column(schema: pa.Schema, name: str) -> str:
    """Return the end of a sentence on a missing column, from its name on."""
    for start, _ in splits(name):
        outer = field_of(schema, start)
        if outer is not None and not pa.types.is_struct(outer.type):
            return (
                f"{name!r}, since {start!r} holds {outer.type}, which has no fields of one value: "
                "name another column, or write what you need of it to one of its own."
            )
    known = [each for each, _ in leaves(schema)]
    close = get_close_matches(name, known, n=1)
    hint = f"did you mean {close[0]!r}? It has" if close else "it has"
    return f"{name!r}; {hint} {', '.join(map(repr, known)) or 'none'}."


def value_of(row: Mapping[str, Any], path: Path) -> Any:
    """Return a value within objects of JSON; None if an object on the path is null or missing.

    Raises
    ------
    NotAnObjectError
        If something else is on the way.
    """
    value: Any = row
    for number, step in enumerate(path):
        if value is None:
            return None
        if not isinstance(value, Mapping):
            raise NotAnObjectError(".".join(path[:number]), value)
        value = value.get(step)
    return value


class NotAnObjectError(Exception):
    """A value without fields where fields were expected."""

    def __init__(self, name: str, value: Any) -> None:
        super().__init__(name)
        self.name, self.value = name, value


def splits(name: str) -> Iterator[tuple[str, str]]:
    """Yield a dotted name in two, at each dot from the left."""
    steps = name.split(".")
    for n in range(1, len(steps)):
        yield ".".join(steps[:n]), ".".join(steps[n:])
