"""A dataset: rows that are read again for each pass, partition by partition."""

import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa

from torrential.data import views
from torrential.data.columns.used import asked, is_asked, is_text
from torrential.data.division import Divisible
from torrential.data.source import has_guessed_types
from torrential.data.views.cached import LIMIT, CacheSettings
from torrential.data.views.table import table_of
from torrential.errors import DataError, ParameterError
from torrential.extras import check_installed
from torrential.shown import Shown
from torrential.units import human_size


@dataclass(frozen=True, slots=True, repr=False)
class Dataset(Divisible):
    """Labeled or unlabeled texts, read lazily and in bounded memory; made by :func:`read`.

    It holds no rows. Each pass reads them again, so that one dataset serves any number of passes.

    Attributes
    ----------
    schema : pyarrow.Schema
        All columns of the input with their types, followed by the fields within columns that
        are used, by their dotted names. A column of the target has the type that was
        requested; dictionary-encoded columns have the type of their values.
    columns : Columns
        Names of the columns that are used.
    source : Source
        Where the rows come from.
    cached : CacheSettings or None
        Where hashed rows are kept; see :meth:`cache`.
    """

    def cache(
        self, path: str | os.PathLike[str] | None = None, limit: str | int = LIMIT
    ) -> "Dataset":
        """Return a dataset of the same rows that hashes them once and then reads a cache on disk.

        Every user of hashed rows (``TextClassifier``, estimators built on it, ``evaluate``) writes
        them to the folder, each partition for itself; later passes, also of other processes, map
        these files, and neither read nor hash. An entry's name is made of all that decides its
        content: of each file the path, size, time of change and a hash of parts of it; the columns;
        the settings of the features; the versions of what reads and hashes. So what has changed is
        hashed again. Values and order are the same, to the bit.

        Rows are passed by the cache where their content has no name: of streams, and where a
        function of yours makes the features.

        Parameters
        ----------
        path : str or path-like, default=None
            Folder, which is made when something is written; None is that of the variable
            ``TORRENTIAL_CACHE``, or ``torrential`` in the user's folder of caches. Many processes
            can share it.
        limit : str or int, default='20 GB'
            How large the folder may get, memoized calls included, in bytes or as ``'500 MB'``. What
            was not used for the longest time makes room.

        Returns
        -------
        dataset : Dataset

        Raises
        ------
        ParameterError
            ``limit`` is not a size, or ``path`` is a file.

        Notes
        -----
        A file that is damaged, cut off or not writable is skipped with a warning, of the
        logger ``torrential.cache``.

        Examples
        --------
        >>> import torrential as tor
        >>> folder = getfixture("tmp_path")
        >>> rows = {"body": ["good", "bad"], "stars": [5, 1]}
        >>> reviews = tor.read(rows, text="body", target="stars").cache(folder, limit="1 GB")
        >>> model = tor.TextClassifier(max_iter=3).fit(reviews)
        >>> len(list(folder.glob("*.records")))
        1
        """
        return replace(self, cached=CacheSettings.of(path, limit))

    def with_inputs(self, names: Sequence[str]) -> "Dataset":
        """Return a dataset of the same rows with some of the inputs, in this order.

        Raises
        ------
        DataError
            If one of them is not an input here.
        """
        known = self.columns.inputs
        for name in names:
            if name not in known:
                raise DataError(
                    f"{self.source} has no input {name!r}, which the model was trained on; it has "
                    f"{', '.join(map(repr, known)) or 'text only'}."
                )
        return replace(self, columns=replace(self.columns, inputs=tuple(names)))

    def with_kinds(self, texts: Collection[str], numbers: Collection[str]) -> "Dataset":
        """Return a dataset whose CSV files have texts and numbers where a model has learned them.

        What a cell is would else be guessed from how the first ones look: ``1.50`` among texts is
        a text, and a column without a value has no type. Types that were asked for stay.
        """
        if not has_guessed_types(self.source):
            return self
        fields = []
        for field in self.schema:
            wanted = None
            if field.name in texts and not pa.types.is_string(field.type):
                wanted = pa.string()
            elif field.name in numbers and is_text(field.type):
                wanted = pa.float64()
            fields.append(field if wanted is None or is_asked(field) else asked(field, wanted))
        return replace(self, schema=pa.schema(fields, self.schema.metadata))

    def take(self, n: int) -> "Dataset":
        """Return a dataset of the first n rows.

        Parameters
        ----------
        n : int
            Not negative; a dataset with fewer rows is taken as a whole.
        """
        if n < 0:
            raise ParameterError(f"n={n!r} is negative: pass a number of rows.")
        return replace(self, source=views.Head(self.source, n))

    def shuffle(self, seed: int) -> "Dataset":
        """Return a dataset of the same rows in another order.

        The partitions are permuted, and the rows within windows of about 16 MB of each partition:
        memory stays bounded, but rows do not move between partitions.

        Parameters
        ----------
        seed : int
            Not negative. The same seed gives the same order each time.
        """
        return replace(self, source=views.Shuffled(self.source, views.checked_seed(seed)))

    def head(self, n: int = 5) -> pa.Table:
        """Return the first n rows with all columns as a table, shorter if there are fewer rows.

        Columns have the types of the ``schema``, or other ones that hold all values. Cells of CSV
        files that are not used are text.

        Parameters
        ----------
        n : int, default=5
            Not negative.

        Returns
        -------
        table : pyarrow.Table

        Examples
        --------
        >>> import torrential as tor
        >>> rows = tor.read({"body": ["good", "bad", "fair"], "stars": [5, 1, 3]}, text="body")
        >>> rows.head(2).to_pydict()
        {'body': ['good', 'bad'], 'stars': [5, 1]}
        """
        return table_of(self.take(n).batches("all"), self._own_columns)

    def to_pandas(self, n: int | None = None) -> Any:
        """Return the first n rows, or all rows, with all columns as a pandas DataFrame.

        Parameters
        ----------
        n : int, default=None
            Not negative; None for all rows.

        Returns
        -------
        frame : pandas.DataFrame

        Examples
        --------
        >>> import torrential as tor
        >>> tor.read({"body": ["good", "bad"], "stars": [5, 1]}, text="body").to_pandas(1)
           body  stars
        0  good      5
        """
        check_installed("pandas", "to_pandas")
        whole = self if n is None else self.take(n)
        return table_of(whole.batches("all"), self._own_columns).to_pandas()

    def __repr__(self) -> str:
        n_inputs = len(self.columns.inputs)
        used = [f"{n_inputs} inputs" if n_inputs else f"text={', '.join(self.text)}"]
        used += [] if self.target is None else [f"target={self.target}"]
        used += [] if self.weight is None else [f"weight={self.weight}"]
        size = "" if self.n_bytes is None else f", {human_size(self.n_bytes)}"
        names = ", ".join(self._own_columns.names)
        return f"Dataset({self.source}{size}; {', '.join(used)}; of {names})"

    def _repr_html_(self) -> str:
        return self._shown().html()

    def _shown(self) -> Shown:
        columns = self.columns
        used = dict.fromkeys(columns.inputs, "input") | dict.fromkeys(self.text, "text")
        used |= {} if columns.target is None else {columns.target: "target"}
        used |= {} if columns.weight is None else {columns.weight: "weight"}
        names = self._own_columns.names
        ordered = [*used, *(name for name in names if name not in used)]
        types = {field.name: str(field.type) for field in self.schema}
        facts = [str(self.source), *([] if self.n_bytes is None else [human_size(self.n_bytes)])]
        rows = [(name, types.get(name, ""), used.get(name, "")) for name in ordered]
        return Shown("Dataset", facts, ("column", "type", "used as"), rows)
