"""Make a dataset of files, tables, streams or arrays."""

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

import pyarrow as pa

from torrential.data.columns.choice import Choice
from torrential.data.columns.chosen import Columns, plain_schema
from torrential.data.columns.names import Name, Names, file_name, names_of, table_name
from torrential.data.columns.nested import with_leaf_fields
from torrential.data.columns.valid_text import check_names
from torrential.data.dataset import Dataset
from torrential.data.failures import reading
from torrential.data.files.locate import File, locate
from torrential.data.formats.csv.dialect import check_dialect
from torrential.data.formats.format import Options, Roles
from torrential.data.formats.registry import FORMATS, check_format, format_of, known_format
from torrential.data.source import Source
from torrential.data.sources.file_columns import schema_of
from torrential.data.sources.files import FileSource, check_file
from torrential.data.sources.memory import memory_source
from torrential.errors import DataError, ParameterError


def read(
    paths: Any,
    *,
    text: Names | None = None,
    target: Name | None = None,
    weight: Name | None = None,
    columns: Names | None = None,
    drop: Names = (),
    types: Mapping[str, pa.DataType | str] | None = None,
    format: str | None = None,
    on_bad_rows: Literal["raise", "skip"] = "raise",
    delimiter: str | None = None,
    target_type: pa.DataType | str | None = None,
    quotechar: str | None = '"',
    escapechar: str | None = None,
    target_separator: str | None = None,
    multilabel: bool = False,
) -> Dataset:
    r"""Make a dataset of files or tables; rows are read when they are needed, not now.

    Parameters
    ----------
    paths : path, list of paths, table or stream
        What to read, one of

        - a file, folder, glob or URL, or a list of them. Folders are searched recursively, without
          names that begin with ``.`` or ``_`` and without descriptions such as ``README.txt``. URLs
          may be of any filesystem that pyarrow or fsspec knows. ``-`` is the standard input; pipes
          serve one pass, and need ``format``. The format is determined by the extension, before
          that of the compression (``.gz``, ``.zst``, ``.zstd``, ``.bz2``, ``.xz``, ``.lz4``), which
          the content tells: Parquet (``.parquet``, ``.pq``), CSV with a header (``.csv``,
          ``.tsv``), JSON Lines (``.jsonl``, ``.ndjson``, ``.json``), Arrow IPC files and streams
          (``.arrow``, ``.arrows``, ``.feather``, ``.ipc``), and lines of fastText (``.txt``,
          ``.ft``), Vowpal Wabbit (``.vw``) and svmlight (``.svmlight``, ``.libsvm``, ``.svm``);
        - a pandas or polars frame, an Arrow table or record batch, a dict of columns, a list of
          dicts, or a list of such tables;
        - a ``Dataset`` or ``IterableDataset`` of Hugging Face, a lazy frame of polars, a relation
          of DuckDB, a dataset or scanner of pyarrow: read again for each pass, never as a whole;
        - an iterator of such tables, which serves one pass only, or a function without arguments
          that returns one, which serves any number.
    text : str, int or sequence of them
        Column that holds the text: strings or bytes. Several are joined by a line feed, a null
        among them counting as empty. None for a table, in which every column other than target and
        weight is an input. ``"text"`` for fastText's lines. A number names a column of
        a frame without names (``header=None``). A dotted name such as ``"post.body"`` is a field
        within a column of structs or objects; so it is for ``target`` and ``weight``.
    target : str or int, default=None
        Column that holds the label: a string, number or boolean. None if there is none.
        ``"label"`` for lines of fastText, where it is the first of several, of Vowpal Wabbit and of
        svmlight. In a column of lists each row has any number of labels: an empty list is a row
        without one, a null a row whose labels are not known.
    weight : str or int, default=None
        Column that holds the sample weight: a finite number of 0 or more; a null counts as 1.
        ``"weight"`` for lines of Vowpal Wabbit.
    columns : str, int or sequence of them, default=None
        Inputs of a table: texts, numbers, booleans, dates and times, and lists and maps of them.
        None for all, with the fields of structs and objects by their dotted names.
    drop : str, int or sequence of them, default=()
        Columns of a table that are no inputs, such as those that tell the target.
    types : dict, default=None
        Types of inputs, such as ``{"zip": "string"}`` for numbers that are names; others have the
        type in the first file, which in CSV and JSON Lines is that of the first rows.
    format : {"parquet", "csv", "jsonl", "arrow", "fasttext", "vw", "svmlight"}, default=None
        Format of all files; None to go by each file's extension.
    on_bad_rows : {"raise", "skip"}, default="raise"
        What to do with malformed rows of text formats. Those skipped are counted in
        ``Batch.n_skipped``.
    delimiter : str, default=None
        Of CSV files: one character. None for a tab in ``.tsv`` files and a comma in others.
    target_type : pyarrow.DataType or its name, default=None
        Type of the labels, such as ``"string"``; a label that is not exactly of this type is an
        error. None for the type in the file, which in CSV and JSON Lines is that of the first rows
        of the first file.
    quotechar : str, default='"'
        Of CSV files: what is around cells that hold delimiters or line ends. None if the files
        have no such character, so that quotes are text like any other (pandas' ``quoting=3``).
    escapechar : str, default=None
        Of CSV files: what takes the meaning from the character after it, such as the backslash of
        ``\"``. ``""`` if there is none. None to find out: it is a backslash in files whose
        first megabyte holds ``\"`` and has fewer faults so.
    target_separator : str, default=None
        What is between the labels of a row in a column of texts, such as ``"|"`` in
        ``oil|natural gas``; blanks around labels are removed. A text without a label in it, also an
        empty cell of a CSV file, is a row without one.
    multilabel : bool, default=False
        Whether each row has a set of labels where the column does not say so: all labels of
        fastText's lines, those between commas in Vowpal Wabbit's and svmlight's lines, and sets of
        one in a column of single labels.

    Returns
    -------
    dataset : Dataset

    Raises
    ------
    MissingDataError
        A file or folder that is not there, or a glob without a match.
    DataError
        An empty or unreadable file, an unknown extension, a missing column, or one of a wrong
        type. Faults further down in a file are raised when they are read.
    ParameterError
        A parameter with a value it cannot have.

    Notes
    -----
    The type of labels in CSV and JSON Lines is that of the first ones: integers, other numbers,
    booleans or text. Later numbers of a wider type are taken as they are; anything else is an
    error. NaN is a missing value, as null is. An empty cell of a CSV file is a null. Rows are
    counted from 1 in messages, the header of a CSV file included.

    Examples
    --------
    >>> import torrential as tor
    >>> reviews = {"body": ["good", "bad"], "stars": [5, 1]}
    >>> dataset = tor.read(reviews, text="body", target="stars")
    >>> dataset
    Dataset(2 rows in memory, 39 bytes; text=body, target=stars; of body, stars)
    >>> [batch.text.to_pylist() for batch in dataset.batches()]
    [['good', 'bad']]

    A table, all columns of which are inputs:

    >>> trips = {"from": ["LAS", "PHL"], "hour": [7, 22], "late": [0, 1]}
    >>> tor.read(trips, target="late").columns.inputs
    ('from', 'hour')
    """
    _check_parameters(format, on_bad_rows)
    target_type = _type_of_split(target_separator, target_type)
    check_dialect(delimiter, quotechar, escapechar)
    target_type, given = _arrow_type(target_type, "target_type"), types or {}
    if not isinstance(given, Mapping):
        raise ParameterError(f"types={given!r} is not a dict: give types by column name.")
    kinds = {name: _arrow_type(kind, f"types[{name!r}]") for name, kind in given.items()}
    is_files = _is_paths(paths)
    text, target, weight = _as_named(text, target, weight, in_files=is_files)
    chosen = None if columns is None else _all_named("columns", columns, in_files=is_files)
    choice = Choice(chosen, _all_named("drop", drop, in_files=is_files), kinds)
    if is_files:
        files = _locate(paths, format)
        roles = _roles(files)
        text, target = text or roles.text, target or roles.target
        weight = weight or roles.weight
        if not text and chosen is None:
            keys = (each for each in roles.keys if each not in (target, weight))
            choice = replace(choice, drop=(*choice.drop, *keys))
        used = Columns(text, target, weight, (), target_separator, multilabel)
        options = Options(
            used, on_bad_rows, delimiter, target_type, quotechar, escapechar, choice.asked
        )
        return _read_files(files, options, choice)
    source, first = memory_source(paths, text)
    used = Columns(text, target, weight, (), target_separator, multilabel)
    used = choice.applied(used, first, str(source))
    return _dataset(source, first, str(source), used, target_type, choice)


def _check_parameters(format: str | None, on_bad_rows: str) -> None:
    check_format(format)
    if on_bad_rows not in ("raise", "skip"):
        raise ParameterError(f"on_bad_rows={on_bad_rows!r} is not known: pass 'raise' or 'skip'.")


def _type_of_split(separator: Any, target_type: Any) -> Any:
    """Return the type of a target column: text, if labels are to be split."""
    if separator is None:
        return target_type
    if not isinstance(separator, str) or not separator:
        raise ParameterError(
            f"target_separator={separator!r} is not a text: pass what is between labels, as '|'."
        )
    if target_type is not None:
        raise ParameterError("target_separator makes texts of labels: leave out target_type.")
    return pa.string()


def _arrow_type(given: pa.DataType | str | None, name: str) -> pa.DataType | None:
    if given is None or isinstance(given, pa.DataType):
        return given
    try:
        return pa.type_for_alias(given)
    except (ValueError, TypeError, AttributeError):
        raise ParameterError(
            f"{name}={given!r} is not an Arrow type: pass 'string', 'int64', 'float64' or 'bool'."
        ) from None


def _all_named(parameter: str, names: Names, *, in_files: bool) -> tuple[str, ...]:
    if in_files:
        return tuple(file_name(parameter, name) for name in names_of(names))
    return tuple(map(table_name, names_of(names)))


def _as_named(
    text: Names | None, target: Name | None, weight: Name | None, *, in_files: bool
) -> tuple[tuple[str, ...], str | None, str | None]:
    """Return the names of the columns as the source has them."""
    texts = names_of(text)
    if in_files:
        named = tuple(file_name("text", name) for name in texts)
        return named, file_name("target", target), file_name("weight", weight)
    return tuple(map(table_name, texts)), table_name(target), table_name(weight)


def _is_paths(paths: Any) -> bool:
    if isinstance(paths, list | tuple):
        return bool(paths) and all(isinstance(path, str | os.PathLike) for path in paths)
    return isinstance(paths, str | os.PathLike)


def _locate(paths: Any, format: str | None) -> tuple[tuple[File, str], ...]:
    if not isinstance(paths, list | tuple):
        paths = [paths]
    files = locate(paths, known_format, format)
    for file in files:
        if file.is_pipe and format is None and known_format(file.url) is None:
            raise DataError(
                f"{file.url} is a pipe, whose name does not determine the format of the rows: pass "
                "format=."
            )
    return tuple((file, format or format_of(file.url)) for file in files)


def _roles(files: tuple[tuple[File, str], ...]) -> Roles:
    """Return what the columns are for, if all files are of one format that says so."""
    formats = {name for _, name in files}
    return FORMATS[formats.pop()].roles if len(formats) == 1 else Roles()


def _read_files(files: tuple[tuple[File, str], ...], options: Options, choice: Choice) -> Dataset:
    first, format_name = files[0]
    with reading(first.url, is_elsewhere=not first.is_local):
        check_file(first, format_name)
        schema = schema_of(first, format_name, options)
        columns = choice.applied(options.columns, schema, first.url)
        options = replace(options, columns=columns)
        if columns.inputs and FORMATS[format_name].untyped is not None:
            schema = schema_of(first, format_name, options)  # with their types
    source = FileSource(files, options)
    return _dataset(source, schema, first.url, columns, options.target_type, choice)


def _dataset(
    source: Source,
    schema: pa.Schema,
    name: str,
    columns: Columns,
    target_type: pa.DataType | None,
    choice: Choice,
) -> Dataset:
    """Check the columns, and make the dataset."""
    check_names(schema, name)
    columns.require(schema, name)
    schema = with_leaf_fields(schema, columns.used)
    columns.check(schema, name)
    return Dataset(plain_schema(schema, columns, target_type, choice.types), columns, source)
