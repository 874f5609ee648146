"""Datasets of the files that the command line names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from torrential.errors import ParameterError

if TYPE_CHECKING:
    from torrential import Dataset


@dataclass(frozen=True, slots=True)
class Caching:
    """Options of the cache of hashed rows; None for options that were not given.

    Attributes
    ----------
    is_asked_for : bool
    folder, limit : str or None
    """

    is_asked_for: bool = False
    folder: str | None = None
    limit: str | None = None

    def of(self, dataset: "Dataset") -> "Dataset":
        """Return the dataset, with the cache if the options ask for one."""
        if not (self.is_asked_for or self.folder or self.limit):
            return dataset
        limit = {} if self.limit is None else {"limit": self.limit}
        return dataset.cache(self.folder, **limit)


@dataclass(frozen=True, slots=True)
class Reading:
    """Options of reading files; None for options that were not given.

    Attributes
    ----------
    text : sequence of str
        Names of the text columns; empty if none was given.
    target, weight, format, delimiter, target_type, quotechar, escapechar : str or None
        As in :func:`torrential.read`; "none" for no quotes or no escapes.
    on_bad_rows : str
    caching : Caching or None
    """

    text: Sequence[str] = ()
    target: str | None = None
    weight: str | None = None
    format: str | None = None
    on_bad_rows: str = "raise"
    delimiter: str | None = None
    target_type: str | None = None
    caching: "Caching | None" = None
    quotechar: str | None = None
    escapechar: str | None = None

    def like_training(self, columns: Mapping[str, Any], files: Sequence[str]) -> "Reading":
        """Fill in the columns of the training where no column was named.

        Files of fastText lines have fixed columns, independent of the training's names.
        """
        if are_fasttext(files, self.format):
            return self
        return replace(
            self, text=self.text or columns["text"], target=self.target or columns["target"]
        )

    def read(self, files: list[str], *, needs_target: bool) -> "Dataset":
        """Return the dataset of the files.

        Raises
        ------
        ParameterError
            The text or the target is needed, and no option names its column.
        """
        from torrential import read

        if not are_fasttext(files, self.format):
            if not self.text:
                raise ParameterError("--text is missing: name the column that holds the text.")
            if needs_target and self.target is None:
                raise ParameterError("--target is missing: name the column that holds the labels.")
        options: dict[str, Any] = {
            "format": self.format,
            "on_bad_rows": self.on_bad_rows,
            "delimiter": self.delimiter,
            "target_type": self.target_type,
            "quotechar": '"' if self.quotechar is None else _character(self.quotechar),
            "escapechar": self.escapechar and _character(self.escapechar),
        }
        dataset = read(
            files, text=self.text or None, target=self.target, weight=self.weight, **options
        )
        return dataset if self.caching is None else self.caching.of(dataset)


def _character(word: str) -> str:
    return "" if word == "none" else word


def are_fasttext(files: Sequence[str], format: str | None) -> bool:
    """Return whether the files hold fastText lines, whose columns need no names."""
    from torrential.data.formats.registry import format_of, has_format

    if format is not None:
        return format == "fasttext"
    return all(has_format(file) and format_of(file) == "fasttext" for file in files)
