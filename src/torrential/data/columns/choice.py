"""Which columns of a table are inputs, and of which type."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pyarrow as pa

from torrential.data.columns.chosen import Columns
from torrential.data.columns.nested import leaves, missing_column, path_of
from torrential.errors import DataError, ParameterError


@dataclass(frozen=True, slots=True)
class Choice:
    """What the caller says of the inputs of a table.

    Attributes
    ----------
    columns : tuple of str, or None
        None for all columns.
    drop : tuple of str
    types : dict of str and pyarrow.DataType
    """

    columns: tuple[str, ...] | None = None
    drop: tuple[str, ...] = ()
    types: Mapping[str, pa.DataType | None] = field(default_factory=dict)

    @property
    def asked(self) -> tuple[tuple[str, pa.DataType], ...]:
        """Types by name."""
        return tuple(self.types.items())

    def applied(self, columns: Columns, schema: pa.Schema, name: str) -> Columns:
        """Return the columns of a table with its inputs; those of texts, as they are.

        Parameters
        ----------
        columns : Columns
            Texts, target and weight.
        schema : pyarrow.Schema
            All columns of the first file or table.
        name : str
            Its name, for messages.

        Raises
        ------
        ParameterError
            If text is given, too, or no column is left.
        DataError
            If it has no such column.

        Examples
        --------
        >>> schema = pa.schema([("a", pa.int64()), ("b", pa.string()), ("y", pa.bool_())])
        >>> Choice(drop=("b",)).applied(Columns((), "y"), schema, "rows").inputs
        ('a',)
        """
        if columns.text:
            self._check_text()
            return columns
        others = [each for each in (columns.target, columns.weight) if each is not None]
        if self.columns is None:
            names = list(dict.fromkeys(each for each, _ in leaves(schema)))
            self._require(self.drop, schema, name)
            within = (*others, *self.drop)
            inputs = [each for each in names if not _is_within(each, within)]
        else:
            inputs = list(dict.fromkeys(self.columns))
            for each in others:
                if each in inputs:
                    raise ParameterError(
                        f"columns has {each!r}, which is the target or the weight: leave it out."
                    )
            inputs = [each for each in inputs if each not in self.drop]
        if not inputs:
            raise ParameterError(
                f"No column of {name} is left as an input: name the inputs (columns=), or the text "
                "(text=)."
            )
        self._require([*inputs, *self.types], schema, name)
        unused = [each for each in self.types if each not in inputs]
        if unused:
            raise ParameterError(
                f"types has {unused[0]!r}, which is not an input: leave it out, or use target_type "
                "for the target."
            )
        return replace(columns, inputs=tuple(inputs))

    def _check_text(self) -> None:
        given = {"columns": self.columns, "drop": self.drop, "types": self.types}
        for parameter, value in given.items():
            if value:
                raise ParameterError(
                    f"{parameter} is for tables without text: leave out text, then texts are "
                    f"columns like others, or leave out {parameter}."
                )

    def _require(self, names: tuple[str, ...] | list[str], schema: pa.Schema, name: str) -> None:
        for each in names:
            if each not in schema.names and path_of(schema, each) is None:
                raise DataError(f"{name} has no column {missing_column(schema, each)}")


def _is_within(name: str, others: tuple[str, ...]) -> bool:
    """Return whether a column is one of others, or a field within one of them."""
    return any(name == other or name.startswith(f"{other}.") for other in others)
