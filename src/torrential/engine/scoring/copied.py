"""Predictions next to columns that are copied: Parquet to Parquet, where all rows are kept.

The columns that are passed on would be decompressed, decoded, encoded and compressed again, which
takes longer than predicting. Here only what the models read is decoded.
"""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from torrential.arrow_types import plain_type
from torrential.data.dataset import Dataset
from torrential.data.files.change import check_unchanged
from torrential.data.sources.files import FilePartition, FileSource
from torrential.engine.batches.batch_stream import read_batches, with_end
from torrential.engine.progress.measured import measured
from torrential.engine.progress.progress import Progress
from torrential.engine.scoring.application import Application
from torrential.engine.scoring.output_rows import OutputRows
from torrential.engine.scoring.prediction_counts import PredictionCounts
from torrential.execution import Executor, Recipe, stop_requested
from torrential.persistence.outputs import is_replaceable
from torrential.persistence.parquet.columns import ParquetColumns
from torrential.persistence.parquet.footer import read_footer
from torrential.persistence.parquet.thrift import ThriftError
from torrential.persistence.whole_file import whole_file
from torrential.types import Batch

PARQUET = "parquet"

FEW_GROUPS = 32
"""Row groups that are copied however small they are."""

GROUP_BYTES = 1 << 20
"""Least mean size of more of them: smaller ones are better put together."""

MOST_GROUPS = 4096
"""Most row groups of a file, whose columns all have their places in its footer."""


class StoppedError(Exception):
    """The run was stopped while a file was written."""


@dataclass(frozen=True, slots=True)
class CopiedRows:
    """Row groups whose columns are copied.

    Attributes
    ----------
    output : OutputRows
    partitions : tuple of FilePartition
        One for each row group, with the columns that the models read.
    """

    output: OutputRows
    partitions: tuple[FilePartition, ...]

    @classmethod
    def of(
        cls, dataset: Dataset, output: OutputRows, application: Application, kind: str, path: Any
    ) -> "CopiedRows | None":
        """Return what is copied; None where the rows have to be encoded.

        Parameters
        ----------
        dataset : Dataset
        output : OutputRows
        application : Application
        kind : str
            Format of the output.
        path : str or path-like
            The output.
        """
        source = dataset.source
        is_copy = kind == PARQUET and application.row_filter is None and bool(output.added)
        if not is_copy or not isinstance(source, FileSource) or not is_replaceable(path):
            return None
        if any(name != PARQUET or not file.is_local for file, name in source.files):
            return None
        if any(plain_type(field.type) != field.type for field in output.known):
            return None
        partitions = replace(dataset, cached=None).partitions()
        copied = cls(output, partitions)  # type: ignore[arg-type]
        return copied if copied._has_good_groups(source) and copied._are_alike(source) else None

    def write(
        self, application: Application, executor: Executor, path: Any, progress: Progress
    ) -> PredictionCounts:
        """Predict on an engine, and write the file."""
        sources = measured(self.partitions)
        recipe = Recipe(read_batches, partial(_added, self.output), with_end)
        with closing(executor.stream(recipe, sources, application)) as outputs:
            progress.begin("predict", sources)
            return self._write(outputs, path, progress)

    def write_here(self, application: Application, path: Any) -> PredictionCounts:
        """Predict in this thread, and write the file."""
        return self._write(self._outputs(application), path, None)

    def _outputs(self, application: Application) -> Iterator[Any]:
        for partition in self.partitions:
            for batch in partition.batches():
                if stop_requested():
                    raise StoppedError
                yield _added(self.output, application, batch)
            yield None

    def _write(
        self, outputs: Iterator[Any], path: Any, progress: Progress | None
    ) -> PredictionCounts:
        counts, added = PredictionCounts(), pa.schema(self.output.added_fields)
        with (
            whole_file(path) as temporary,
            closing(ParquetColumns(temporary, self.output.chosen, added)) as writer,
        ):
            for partition in self.partitions:
                parts = []
                for output in outputs:
                    if output is None:
                        break
                    rows, of_batch = output
                    parts.append(rows)
                    counts.merge(of_batch)
                    if progress is not None:
                        progress.advance(of_batch.n_rows, of_batch.n_bytes)
                table = pa.Table.from_batches(parts, added)
                writer.write(partition.file.path, partition.part.start, table)
                check_unchanged(partition.file)
            writer.end()
        return counts

    def _has_good_groups(self, source: FileSource) -> bool:
        n = len(self.partitions)
        if not any(partition.n_rows for partition in self.partitions):
            return False
        parts = [partition.part for partition in self.partitions]
        if any(part.stop != part.start + 1 for part in parts) or not 0 < n <= MOST_GROUPS:
            return False
        return n <= FEW_GROUPS or (source.n_bytes or 0) >= GROUP_BYTES * n

    def _are_alike(self, source: FileSource) -> bool:
        """Return whether all files have the columns, stored alike."""
        names = {field.name for field in self.output.known}
        first: object = None
        for file, _ in source.files:
            try:
                footer = read_footer(Path(file.path))
            except (ThriftError, OSError):
                return False
            likeness = footer.likeness(self.output.chosen)
            found = [column.name for column in footer.chosen(self.output.chosen)]
            if set(found) != names or len(found) != len(names):
                return False
            first = likeness if first is None else first
            if likeness != first:
                return False
        return True


def _added(
    output: OutputRows, application: Application, batch: Batch
) -> tuple[pa.RecordBatch, PredictionCounts]:
    applied = application.apply(batch)
    return output.added_rows(applied), applied.counts
