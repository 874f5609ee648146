"""Read svmlight's lines, which LIBSVM has too: ``1 qid:3 1:0.5 7:2 # comment``.

Where rows have several labels these are between commas, ``1,2 1:0.5``, and a line that begins with
a feature is that of a row without one, as scikit-learn has it.
"""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from torrential.data.columns.shape import Shape
from torrential.data.files.locate import File
from torrential.data.formats.format import Options, Part
from torrential.data.formats.label_lines import LabelLists
from torrential.data.formats.line_rows import LineBlock, line_blocks, map_array
from torrential.data.joining import Piece
from torrential.kernels.parsing.svmlight_lines import (
    BAD_INDEX,
    BAD_LABEL,
    BAD_QID,
    BAD_VALUE,
    COLON,
    LARGEST_INDEX,
    N_FAULTS,
    N_FEATURES,
    N_ROUGH,
    N_ROWS,
    NEWLINE,
    NO_VALUE,
    split_svmlight_lines,
)

LABEL, QID, FEATURES = "label", "qid", "features"

COLUMNS = pa.schema(
    {LABEL: pa.float64(), QID: pa.int64(), FEATURES: pa.map_(pa.int32(), pa.float32())}
)

MESSAGES = {
    BAD_LABEL: "the label {} is not a number",
    BAD_QID: "{} is not a whole number between the label and the features",
    BAD_INDEX: f"the feature {{}} has no index from 0 to {LARGEST_INDEX}",
    BAD_VALUE: "the feature {} has no value that a number of 32 bits holds",
    NO_VALUE: "the feature {} has no value",
}


SEVERAL = COLUMNS.set(0, pa.field(LABEL, pa.list_(pa.float64())))
"""Columns where each row has any number of labels."""


def schema(file: File, options: Options) -> pa.Schema:
    """Return the columns that every such file has."""
    return SEVERAL if options.columns.multilabel else COLUMNS


def read(file: File, part: Part, shape: Shape, options: Options) -> Iterator[Piece]:
    """Yield rows of a part; indices are as they are in the file."""
    wanted = shape.wanted(schema(file, options), file.url)
    for block in line_blocks(file, part, options):
        rows, n_malformed = _rows(block)
        yield rows.select(wanted), n_malformed


def _rows(block: LineBlock) -> tuple[pa.RecordBatch, int]:
    text = np.frombuffer(block.text, np.uint8)
    n_lines = int(np.count_nonzero(text == NEWLINE)) + 1
    n_most = np.count_nonzero(text == COLON)
    labels, qids = np.empty(n_lines), np.empty(n_lines, np.int64)
    ends, faults = np.zeros(n_lines + 1, np.int32), np.empty((n_lines, 4), np.int64)
    indices, values = np.empty(n_most, np.int32), np.empty(n_most, np.float32)
    rough = np.empty((n_lines, 3), np.int64)
    several = block.options.columns.multilabel
    lists = LabelLists.of(text, n_lines, several=several)
    found = split_svmlight_lines(
        text,
        labels,
        qids,
        ends,
        indices,
        values,
        faults,
        lists.rough if several else rough,
        lists.members,
        lists.ends,
        lists.counts,
    )
    n_malformed = block.check(faults[: found[N_FAULTS]], MESSAGES)
    for row, start, end in rough[: found[N_ROUGH]].tolist():
        labels[row] = block.number(start, end)
    n_rows, n = found[N_ROWS], found[N_FEATURES]
    qids = qids[:n_rows]
    features = map_array(pa.array(ends[: n_rows + 1]), pa.array(indices[:n]), values[:n])
    target = pa.array(labels[:n_rows])
    if several:
        target = lists.array(block, n_rows, pa.float64(), has_nulls=False)
    columns = [target, pa.array(qids, mask=qids < 0), features]
    of_block = schema(block.file, block.options)
    return pa.RecordBatch.from_arrays(columns, schema=of_block), n_malformed
