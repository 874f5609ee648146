"""Tables as Vowpal Wabbit's lines: each column is a namespace."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from torrential.arrow_types import is_list_type
from torrential.errors import DataError, ParameterError
from torrential.logs import logger_of
from torrential.persistence.feature_columns import (
    features_of,
    finite,
    is_number,
    joined,
    label_texts,
    number_text,
    without_nan,
)
from torrential.persistence.sink import Sink
from torrential.persistence.value_text import TEXT, text_scalar, value_text

logger = logger_of("write")

LABEL, WEIGHT, TAG, DEFAULT = "label", "weight", "tag", "default"

_ENDS_TAG, _ENDS = "[ \\t\\r\\n|]", "[ \\t\\r\\n:|]"
_ENDS_NAME = np.zeros(256, np.bool_)
_ENDS_NAME[[ord(character) for character in " \t\r\n:|"]] = True

MOST_EXACT = 2**24
"""Whole numbers up to this are exact in 32 bits."""


def check_replacement(replace: str | None, format: str) -> None:
    """Raise a ParameterError if a replacement is not a name itself, or the format has no names."""
    if replace is None:
        return
    if format != "vw":
        raise ParameterError(f"replace={replace!r} is for Vowpal Wabbit's lines: leave it out.")
    if _is_wrong_name(replace):
        raise ParameterError(
            f"replace={replace!r} is not a name itself: give a character such as '_'."
        )


def _is_wrong_name(name: str) -> bool:
    return not name or any(character in name for character in " \t\r\n:|\\")


class VwWriter:
    """Writes rows as lines with label, importance weight and tag, and a namespace for each column.

    Columns ``label``, ``weight`` and ``tag`` are what their names say; a list of labels is written
    with commas between them. Maps have features of their
    own names and values; a text, boolean, date or time is a feature named by the value; a number is
    a feature with the name of its column; lists are several categories. The namespace ``default``
    is written without its name. A null has no feature, and zero has one.

    Parameters
    ----------
    sink : Sink
    replace : str, default=None
        Takes the place of each character that names cannot have, and of empty names. None to
        raise a DataError.
    """

    names: Sequence[str] | None = None

    def __init__(self, sink: Sink, replace: str | None = None) -> None:
        self._sink = sink
        self._replace = replace
        self._file = sink.open()
        self._has_warned = self._has_lost = False

    def write(self, batch: pa.RecordBatch) -> None:
        """Write a batch, whose columns may differ from earlier batches."""
        if batch.num_rows:
            self._file.write(self._lines(batch).buffers()[2])

    def close(self) -> None:
        """Complete the file."""
        self._sink.close(self._file)

    abandon = close

    def _lines(self, batch: pa.RecordBatch) -> pa.Array:
        columns = dict(zip(batch.schema.names, batch.columns, strict=True))
        label, weight, tag = (columns.pop(name, None) for name in (LABEL, WEIGHT, TAG))
        head = self._head(label, weight, tag, batch.num_rows)
        spaces = [self._namespace(column, name) for name, column in columns.items()]
        body = joined(*spaces) if spaces else _repeated("", batch.num_rows)
        body = pc.if_else(pc.equal(body, ""), pa.scalar("|", TEXT), body)
        return joined(pc.utf8_rtrim(joined(head, body), " "), text_scalar("\n"))

    def _namespace(self, column: pa.Array, name: str) -> pa.Array:
        """Return ``|name a b:2`` and a blank for each row; an empty text without features."""
        written = "" if name == DEFAULT else self._names(pa.array([name], TEXT), "A column name")[0]
        features = features_of(column, name)
        texts = self._names(features.texts, f"The column {name!r}")
        if features.values is not None:
            self._warn_of_large(features.values, name)
            texts = joined(texts, _value_texts(finite(features.values, name)))
        ends = np.searchsorted(features.rows, np.arange(len(column) + 1))
        rows = pa.LargeListArray.from_arrays(pa.array(ends, pa.int64()), texts)
        names = pc.binary_join(rows, text_scalar(" "))
        whole = joined(text_scalar(f"|{written} "), names, text_scalar(" "))
        return pc.if_else(pc.equal(names, ""), pa.scalar("", TEXT), whole)

    def _head(
        self,
        label: pa.Array | None,
        weight: pa.Array | None,
        tag: pa.Array | None,
        n_rows: int,
    ) -> pa.Array:
        """Return label, weight and tag before the bar; a row without a label has no weight."""
        parts = []
        if label is not None:
            has_sets = is_list_type(label.type)
            label = self._sets(label, weight) if has_sets else _labels(label)
            weight = None if has_sets else weight
            parts.append(_before(label, "", " "))
            if weight is not None:
                weights = pc.if_else(label.is_valid(), _weights(weight), pa.scalar(None, TEXT))
                parts.append(_before(weights, "", " "))
        if tag is not None and not pa.types.is_null(tag.type):
            tags = self._names(value_text(tag).fill_null("0"), f"The column {TAG!r}", _ENDS_TAG)
            tags = pc.if_else(tag.is_valid(), tags, pa.scalar(None, TEXT))
            parts.append(_before(tags, "'", " "))
        return joined(*parts) if parts else _repeated("", n_rows)

    def _sets(self, label: pa.Array, weight: pa.Array | None) -> pa.Array:
        """Return the labels of rows that have several; without one, they count as not known."""
        if weight is not None and weight.null_count < len(weight):
            raise DataError(
                "Vowpal Wabbit's lines of several labels have no weights: leave the column "
                f"{WEIGHT!r} out."
            )
        texts = label_texts(label, "Vowpal Wabbit's", only_whole=True)
        is_empty = pc.equal(texts, "")
        if pc.any(is_empty).as_py() and not self._has_lost:
            self._has_lost = True
            logger.warning(
                "A row has no label: Vowpal Wabbit takes it for one whose labels are not known."
            )
        return pc.if_else(is_empty, pa.scalar(None, TEXT), texts)

    def _names(self, texts: pa.Array, what: str, ends: str = _ENDS) -> pa.Array:
        """Return texts as names; an empty one, or one with a character that ends names, is wrong.

        Raises
        ------
        DataError
            If one is wrong and is not to be replaced.
        """
        place = pc.index(_is_wrong(texts, ends), True).as_py()
        if place < 0:
            return texts
        if self._replace is None:
            raise DataError(
                f"{what} holds {texts[place].as_py()[:60]!r}, but a name in Vowpal Wabbit's lines "
                "is not empty, and holds no blank, line end, colon or bar: replace these "
                "characters (replace='_'), or leave the column out."
            )
        texts = pc.replace_substring_regex(texts, ends, self._replace)
        return pc.if_else(pc.equal(texts, ""), text_scalar(self._replace), texts)

    def _warn_of_large(self, values: pa.Array, name: str) -> None:
        if self._has_warned or not pa.types.is_integer(values.type):
            return
        numbers = values.to_numpy(zero_copy_only=False)
        large = numbers[(numbers > MOST_EXACT) | (numbers < -MOST_EXACT)]
        if len(large):
            self._has_warned = True
            logger.warning(
                "Column %r holds %d: Vowpal Wabbit's values have 32 bits, which do not hold all "
                "whole numbers beyond 16,777,216; make names of them texts.",
                name,
                large[0],
            )


def _labels(label: pa.Array) -> pa.Array:
    if pa.types.is_boolean(label.type):
        return pc.if_else(label, pa.scalar("1", TEXT), pa.scalar("-1", TEXT))
    if pa.types.is_null(label.type):
        return label.cast(TEXT)
    return _numbers(label, LABEL, "labels are numbers in Vowpal Wabbit's lines")


def _weights(weight: pa.Array) -> pa.Array:
    if pa.types.is_null(weight.type):
        return weight.cast(TEXT)
    if is_number(weight.type) and pc.any(pc.less(weight, 0)).as_py():
        raise DataError("A weight is negative: Vowpal Wabbit takes weights of 0 or more.")
    return _numbers(weight, WEIGHT, "weights are numbers")


def _numbers(column: pa.Array, name: str, rule: str) -> pa.Array:
    if not is_number(column.type):
        raise DataError(f"The column {name!r} holds {column.type}, but {rule}: convert it.")
    if pa.types.is_integer(column.type):
        return column.cast(TEXT)
    values = without_nan(column)
    texts = number_text(finite(values.fill_null(0), name))
    return pc.if_else(values.is_valid(), texts, pa.scalar(None, TEXT))


def _value_texts(values: pa.Array) -> pa.Array:
    """Return ``:2`` for each value, and nothing for 1."""
    is_one = pc.equal(values, pa.scalar(1, values.type))
    return pc.if_else(is_one, pa.scalar("", TEXT), joined(text_scalar(":"), number_text(values)))


def _before(column: pa.Array, before: str, after: str) -> pa.Array:
    whole = joined(text_scalar(before), column.fill_null(""), text_scalar(after))
    return pc.if_else(column.is_valid(), whole, pa.scalar("", TEXT))


def _is_wrong(texts: pa.Array, ends: str) -> pa.Array:
    """Return which texts are empty, or have a character that ends them."""
    data = np.frombuffer(texts.buffers()[2] or b"", np.uint8)
    is_empty = pc.equal(texts, "")
    if _ENDS_NAME[data].any():
        return pc.or_(is_empty, pc.match_substring_regex(texts, ends))
    return is_empty


def _repeated(text: str, n_rows: int) -> pa.Array:
    return pa.repeat(text_scalar(text), n_rows)
