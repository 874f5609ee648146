"""A batch of rows as it is written: the work on each batch, on any worker."""

from dataclasses import dataclass

import pyarrow as pa

from torrential.engine.scoring.application import Application, Applied
from torrential.engine.scoring.output_rows import OutputRows
from torrential.engine.scoring.prediction_counts import PredictionCounts
from torrential.types import Batch


@dataclass(frozen=True, slots=True)
class Predicted:
    """Rows to write, what they were, and where they came from."""

    rows: pa.RecordBatch
    counts: PredictionCounts
    origin: str


def predicted(output: OutputRows, application: Application, batch: Batch) -> Predicted:
    """Predict the rows of a batch, and make the rows to write."""
    if application.ranks_rows and not output.added:  # ranked before: there is nothing to predict
        counts = PredictionCounts(n_rows=batch.n_rows, n_bytes=batch.n_bytes, n_kept=batch.n_rows)
        applied = Applied([], None, counts)
    else:
        applied = application.apply(batch)
    return Predicted(output.rows(batch, applied), applied.counts, batch.origin)
