"""The columns that are used: named by the caller, and checked against a schema."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from torrential.arrow_types import plain_type
from torrential.data.columns.class_labels import class_names
from torrential.data.columns.label_lists import is_label_list, is_list
from torrential.data.columns.nested import (
    fields_hint,
    leaves,
    missing_column,
    path_of,
)
from torrential.data.columns.used import (
    ASKED,
    is_number,
    is_text,
    used_type,
)
from torrential.errors import DataError
from torrential.types import leaf_field, leaf_path


@dataclass(frozen=True, slots=True)
class Columns:
    """Names of the columns that are used.

    Attributes
    ----------
    text : tuple of str
        Several columns are joined by a line feed. None if texts are not read, and null.
    target, weight : str or None
    inputs : tuple of str
        Columns of a table, which has no text.
    target_separator : str or None
        Text between the labels of a row.
    multilabel : bool
        Whether each row has a set of labels, also where the column holds single ones.
    n_label_columns : int or None
        Columns of the matrix of 0 and 1 whose numbers are the labels, if they are.
    """

    text: tuple[str, ...]
    target: str | None = None
    weight: str | None = None
    inputs: tuple[str, ...] = ()
    target_separator: str | None = None
    multilabel: bool = False
    n_label_columns: int | None = None

    @property
    def used(self) -> tuple[str, ...]:
        """Distinct names of the used columns, text and inputs first."""
        names = [*self.text, *self.inputs, self.target, self.weight]
        return tuple(dict.fromkeys(name for name in names if name is not None))

    def require(self, schema: pa.Schema, origin: str) -> None:
        """Raise DataError unless all used columns exist; the message names the missing column."""
        names = schema.names
        for column in self.used:
            if column not in names and path_of(schema, column) is None:
                raise DataError(f"{origin} has no column {missing_column(schema, column)}")

    def check(self, schema: pa.Schema, name: str) -> None:
        """Raise DataError unless the schema has these columns, of suitable types."""
        self.require(schema, name)
        used = self.used
        check_unique([column for column in schema.names if column in used], name, used)
        for column in self.text:
            if not is_text(schema.field(column).type):
                raise _not_text(column, schema, name)
        for column in self.inputs:
            if not is_input(schema.field(column).type):
                raise DataError(
                    f"The column {column!r} of {name} holds {schema.field(column).type}, not "
                    f"values or lists of values: leave it out (drop=[{column!r}])."
                )
        if self.target is not None:
            given = schema.field(self.target).type
            if getattr(given, "extension_name", "") == "pandas.period":
                raise DataError(
                    f"The target column {self.target!r} of {name} holds periods of pandas, which "
                    "are numbers to others: convert them to strings, as astype(str) does."
                )
            target_type = used_type(given)
            if pa.types.is_nested(target_type) and not is_label_list(target_type):
                hint = fields_hint(self.target, given)
                raise DataError(
                    f"The target column {self.target!r} of {name} holds {target_type}: a label "
                    "must be one string, number or boolean, or several in a list"
                    f"{f'; {hint}' if hint else ''}."
                )
            if self.target_separator is not None and not is_text(target_type):
                raise DataError(
                    f"The target column {self.target!r} of {name} holds {target_type}, not text "
                    f"with {self.target_separator!r} in it: leave out target_separator."
                )
        if self.weight is not None and not _may_be_weight(schema.field(self.weight).type):
            given = schema.field(self.weight).type
            hint = fields_hint(self.weight, given) or "weights must be numbers"
            raise DataError(f"The weight column {self.weight!r} of {name} holds {given}: {hint}.")


def _may_be_weight(data_type: pa.DataType) -> bool:
    return is_number(data_type) or pa.types.is_null(used_type(data_type))


def is_input(data_type: pa.DataType) -> bool:
    """Return whether a table's column of an Arrow type can be an input.

    Values are texts, numbers, booleans, dates or times, or lists or maps of some of them.
    """
    kind, types = used_type(data_type), pa.types
    if types.is_map(kind):
        is_number_or_null = is_number(kind.item_type) or types.is_null(used_type(kind.item_type))
        return is_number_or_null and _is_single(used_type(kind.key_type))
    if is_list(kind):
        return _is_single(used_type(kind.value_type))
    return _is_single(kind)


def _is_single(kind: pa.DataType) -> bool:
    is_value = is_text(kind) or is_number(kind) or pa.types.is_boolean(kind)
    is_time = pa.types.is_temporal(kind) and not pa.types.is_interval(kind)
    return bool(is_value or is_time)


def check_unique(names: Sequence[str], origin: str, used: Sequence[str]) -> None:
    """Raise DataError if a name occurs twice; the advice depends on whether it is used."""
    for name, count in Counter(names).items():
        if count > 1:
            hint = "" if name in used else ", or choose the columns to pass on"
            raise DataError(
                f"{origin} has several columns named {name!r}: rename all but one{hint}."
            )


def _not_text(column: str, schema: pa.Schema, name: str) -> DataError:
    given = schema.field(column).type
    texts = [repr(each) for each, data_type in leaves(schema) if is_text(data_type)]
    hint = f"pass one of its text columns ({', '.join(texts)})" if texts else "write it as strings"
    hint = fields_hint(column, given) or hint
    return DataError(f"The text column {column!r} of {name} holds {given}, not text: {hint}.")


def plain_schema(
    schema: pa.Schema,
    columns: Columns,
    target_type: pa.DataType | None,
    types: Mapping[str, pa.DataType] | None = None,
) -> pa.Schema:
    """Return the types to which the rows of all files are converted.

    Those are the types of values, without encodings. The target and the columns of ``types`` have
    the requested type, weights are floats, and columns other than texts whose values determine no
    type yet have the type null.
    """
    fields = []
    for field in schema:
        path, field = leaf_path(field), pa.field(field.name, plain_type(field.type))
        if field.name in columns.used:
            field = field.with_type(used_type(field.type))
        if field.name in columns.text and pa.types.is_null(field.type):
            field = field.with_type(pa.string())
        if field.name == columns.weight and field.name not in columns.text:
            field = field.with_type(pa.float64())
        if field.name == columns.target and class_names(schema, field.name) is not None:
            field = field.with_type(pa.string())
        if field.name == columns.target and target_type is not None:
            kind = pa.large_list(target_type) if is_list(field.type) else target_type
            field = pa.field(field.name, kind, metadata=ASKED)
        if types and field.name in types:
            field = pa.field(field.name, types[field.name], metadata=ASKED)
        if path is not None:
            mark = leaf_field(field.name, field.type, path).metadata
            field = field.with_metadata({**(field.metadata or {}), **mark})
        fields.append(field)
    return pa.schema(fields)
