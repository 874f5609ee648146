"""Datasets of the files that the command line names, and the options that say how to read them."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

from torrential.cli import options
from torrential.errors import ParameterError

if TYPE_CHECKING:
    from torrential import Dataset


@dataclass(frozen=True, slots=True)
class Caching:
    """Options of the cache of hashed rows."""

    cache: options.Cache = False
    cache_dir: options.CacheDir = None
    cache_limit: options.CacheLimit = None

    def of(self, dataset: "Dataset") -> "Dataset":
        """Return the dataset with the cache, if one was requested."""
        if not (self.cache or self.cache_dir or self.cache_limit):
            return dataset
        limit = {} if self.cache_limit is None else {"limit": self.cache_limit}
        return dataset.cache(self.cache_dir, **limit)


@dataclass(frozen=True, slots=True)
class Reading:
    """Options of reading files, as in :func:`torrential.read`; "none" for no quotes or escapes."""

    text: options.Text = None
    target: options.Target = None
    weight: options.Weight = None
    format: options.Format = None
    on_bad_rows: options.OnBadRows = "raise"
    delimiter: options.Delimiter = None
    quotechar: options.QuoteChar = None
    escapechar: options.EscapeChar = None
    target_type: options.TargetType = None
    inputs: options.Inputs = None
    drop: options.Drop = None
    types: options.Types = None
    target_separator: options.TargetSeparator = None
    multilabel: options.Multilabel = False

    def like_training(self, columns: Mapping[str, Any], files: Sequence[str]) -> "Reading":
        """Fill in the columns of the training where no column was named.

        Files of fastText lines have fixed columns, independent of the training's names.
        """
        if are_fasttext(files, self.format):
            return self
        target = self.target or columns["target"]
        if "inputs" in columns:
            if self.text:
                raise ParameterError("--text is not for models of tables: leave it out.")
            return replace(self, inputs=columns["inputs"], drop=None, target=target)
        return replace(self, text=self.text or columns["text"], target=target)

    def read(self, files: list[str], *, needs_target: bool) -> "Dataset":
        """Return the dataset of the files.

        Raises
        ------
        ParameterError
            The target is needed, and no option names its column.
        """
        from torrential import read

        if needs_target and self.target is None and not _have_target(files, self.format):
            raise ParameterError("--target is missing: name the column that holds the labels.")
        return read(files, **self.parameters())

    def parameters(self) -> dict[str, Any]:
        """Return the parameters of :func:`torrential.read`."""
        return {
            "text": self.text or None,
            "target": self.target,
            "weight": self.weight,
            "columns": self.inputs or None,
            "drop": self.drop or (),
            "types": self._types,
            "format": self.format,
            "on_bad_rows": self.on_bad_rows,
            "delimiter": self.delimiter,
            "target_type": self.target_type,
            "quotechar": '"' if self.quotechar is None else _character(self.quotechar),
            "escapechar": self.escapechar and _character(self.escapechar),
            "target_separator": self.target_separator,
            "multilabel": self.multilabel,
        }

    @property
    def _types(self) -> dict[str, str]:
        pairs = [word.rpartition("=") for word in self.types or ()]
        for word, (name, _, kind) in zip(self.types or (), pairs, strict=True):
            if not name or not kind:
                raise ParameterError(f"--type {word!r} is invalid: give COLUMN=TYPE.")
        return {name: kind for name, _, kind in pairs}


@dataclass(frozen=True, slots=True)
class Without:
    """Options of a group that a command does not have."""

    names: tuple[str, ...]


LABELS = ("target", "weight", "target_type", "target_separator", "multilabel")

Unlabeled = Annotated[Reading, Without(LABELS)]

READING, CACHING = Reading(), Caching()
"""Defaults of commands."""


def with_groups(command: Callable[..., None]) -> Callable[..., None]:
    """Replace each parameter that is a group, such as `Reading`, by the options of the group."""
    signature, parameters = inspect.signature(command), []
    groups: dict[str, tuple[Any, list[str]]] = {}
    for each in signature.parameters.values():
        kind = getattr(each.annotation, "__origin__", each.annotation)
        if not is_dataclass(kind):
            parameters.append(each)
            continue
        marks = getattr(each.annotation, "__metadata__", ())
        left_out = [name for mark in marks for name in mark.names]
        hints, own = get_type_hints(kind, include_extras=True), fields(kind)
        own = tuple(field for field in own if field.name not in left_out)
        groups[each.name] = kind, [field.name for field in own]
        parameters += [
            each.replace(name=field.name, annotation=hints[field.name], default=field.default)
            for field in own
        ]

    @wraps(command)
    def run(**values: Any) -> None:
        for group, (kind, names) in groups.items():
            values[group] = kind(**{name: values.pop(name) for name in names})
        command(**values)

    run.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    return run


def _character(word: str) -> str:
    return "" if word == "none" else word


def _have_target(files: Sequence[str], format: str | None) -> bool:
    """Return whether the files are of formats whose labels need no name."""
    from torrential.data.formats.registry import FORMATS, known_format

    formats = [format or known_format(file) for file in files]
    return all(name in FORMATS and FORMATS[name].roles.target for name in formats)


def are_fasttext(files: Sequence[str], format: str | None) -> bool:
    """Return whether the files hold fastText lines, whose columns need no names."""
    from torrential.data.formats.registry import format_of, has_format

    if format is not None:
        return format == "fasttext"
    return all(has_format(file) and format_of(file) == "fasttext" for file in files)
