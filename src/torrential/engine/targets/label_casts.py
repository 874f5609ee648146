"""Labels to score on that are of another type than the classes, such as "1" for 1."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pyarrow as pa

from torrential.data.columns.label_lists import value_type
from torrential.data.dataset import Dataset
from torrential.engine.targets.labels import Encoded
from torrential.errors import DataError
from torrential.logs import logger_of

logger = logger_of("read")

_TRUTHS = {"true": True, "True": True, "false": False, "False": False}


@dataclass(frozen=True, slots=True)
class LabelCast:
    """Replaces labels by the classes that they equal exactly.

    Attributes
    ----------
    classes : frozenset
        Labels of the model.
    by_text : dict of str to label
        The class of each text; None if it means several.
    """

    classes: frozenset[Any]
    by_text: dict[str, Any]

    @classmethod
    def to(cls, classes: Iterable[Any]) -> "LabelCast":
        """Return the cast to classes.

        Examples
        --------
        >>> cast = LabelCast.to([1, 2])
        >>> [cast.label(label) for label in ("1", "2.0", "01", 2.0)]
        [1, 2, '01', 2.0]
        """
        by_text: dict[str, Any] = {}
        classes = list(classes)
        for label in classes:
            for text in _texts(label):
                by_text[text] = label if by_text.get(text, label) == label else None
        return cls(frozenset(classes), by_text)

    def label(self, label: Any) -> Any:
        """Return the class that equals a label; the label itself if there is none."""
        if label in self.classes:
            return label
        found = {self.by_text[text] for text in _texts(label) if text in self.by_text}
        return found.pop() if len(found) == 1 and None not in found else label

    def encoded(self, labels: Encoded) -> Encoded:
        """Return the labels of a batch, or its sets, with the classes that labels equal."""
        return Encoded(labels.codes, [self._value(value) for value in labels.values])

    def _value(self, value: Any) -> Any:
        return tuple(map(self.label, value)) if isinstance(value, tuple) else self.label(value)


def cast_of(classes: Sequence[Any], dataset: Dataset) -> LabelCast:
    """Return the cast from a dataset's labels to a model's classes, and log it if types differ.

    Raises
    ------
    DataError
        If the labels are of another type than the classes, and do not match them exactly.
    """
    kind = value_type(dataset.schema.field(dataset.target).type)
    cast = LabelCast.to(classes)
    if not classes or pa.types.is_null(kind):
        return cast
    learned, given = _kind_of_value(classes[0]), _kind_of_type(kind)
    if learned == given:
        return cast
    are_equal = {learned, given} == {"numbers", "booleans"}  # in Python True is 1
    if given != "strings" and not are_equal and not _match(classes, given):
        raise DataError(
            f"The labels of {dataset.source} are of type {kind}, but those that the model learned, "
            f"such as {classes[0]!r}, are {learned}, and not each one matches one label of the "
            f"other type: give {learned}"
            + (", or read them with target_type='string'." if learned == "strings" else ".")
        )
    logger.warning(
        "The labels of %s are %s, and are compared with the %s that the model learned, such as "
        "%r, which have the same meaning",
        dataset.source, given, learned, classes[0],
    )  # fmt: skip
    return cast


def none_is_known(source: object, label: Any, classes: Sequence[Any]) -> DataError:
    """Return the error for rows whose labels are all unknown."""
    shown = ", ".join(map(repr, classes[:3])) + (", ..." if len(classes) > 3 else "")
    return DataError(
        f"None of the labels of {source}, such as {label!r}, is a class of the model "
        f"({shown}): check the column of the labels and its type."
    )


def _match(classes: Sequence[Any], kind: str) -> bool:
    """Return whether each class, as a text, matches one label of another type."""
    texts = [text for label in classes for text in _texts(label)]
    if kind == "booleans":
        meant = [_TRUTHS.get(text) for text in texts]
    elif kind == "numbers":
        meant = list(map(_number, texts))
    else:
        return isinstance(classes[0], str | bytes)
    return (
        isinstance(classes[0], str | bytes)
        and None not in meant
        and (len(set(meant)) == len(classes))
    )


def _number(text: str) -> Any:
    """Return the number that has exactly this text."""
    for kind in (int, float, Decimal):
        try:
            number = kind(text)
        except (ValueError, ArithmeticError):
            continue
        if str(number) == text and number == number:
            return number
    return None


def _texts(label: Any) -> list[str]:
    """Return the texts of a label."""
    if isinstance(label, str):
        return [label]
    if isinstance(label, bytes):
        try:
            return [label.decode()]
        except UnicodeDecodeError:
            return []
    if isinstance(label, bool):
        return [text for text, truth in _TRUTHS.items() if truth is label]
    if isinstance(label, int):
        return [str(label), f"{label}.0"]
    if isinstance(label, float | Decimal):
        is_whole = -(2**53) < label < 2**53 and label == int(label)
        whole = [str(int(label)), f"{int(label)}.0"] if is_whole else []
        # 1.10 also means 1.1.
        short = [format(label.normalize(), "f")] if isinstance(label, Decimal) else []
        return [str(label), *short, *whole]
    return [label.isoformat(), str(label)] if hasattr(label, "isoformat") else [str(label)]


def _kind_of_value(label: Any) -> str:
    if isinstance(label, str):
        return "strings"
    if isinstance(label, bool):
        return "booleans"
    if isinstance(label, int | float | Decimal):
        return "numbers"
    return "bytes" if isinstance(label, bytes) else "times"


def _kind_of_type(kind: pa.DataType) -> str:
    types = pa.types
    if types.is_boolean(kind):
        return "booleans"
    if types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind):
        return "numbers"
    if types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind):
        return "strings"
    return "times" if types.is_temporal(kind) else "bytes"
