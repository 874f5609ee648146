"""Read fastText's lines: ``__label__sport the text``."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from torrential.data.columns.shape import Shape
from torrential.data.files.locate import File
from torrential.data.formats.format import Options, Part
from torrential.data.formats.lines import blocks
from torrential.data.joining import Piece
from torrential.kernels.parsing.lines import split_lines
from torrential.types import Int64, UInt8

TEXT, TARGET = "text", "label"


def schema(file: File, options: Options) -> pa.Schema:
    """Return the two columns that every such file has."""
    label = pa.large_string()
    kind = pa.large_list(label) if options.columns.multilabel else label
    return pa.schema([(TEXT, pa.large_string()), (TARGET, kind)])


def read(file: File, part: Part, shape: Shape, options: Options) -> Iterator[Piece]:
    """Yield rows of a part, with the first label, or all, as the target; null without a label."""
    keep_all = options.columns.multilabel
    for block in blocks(file, part):
        texts, text_offsets, labels, label_offsets, ends, n_others = split_lines(
            np.frombuffer(block, np.uint8), keep_all=keep_all
        )
        has_label = np.diff(ends) > 0
        if keep_all:
            names, mask = _binary(labels, label_offsets), pa.array(~has_label)
            target = pa.LargeListArray.from_arrays(pa.array(ends), names, mask=mask)
        else:
            valid = np.packbits(has_label, bitorder="little")
            target = _binary(labels, label_offsets[ends], valid)
        yield pa.record_batch({TEXT: _binary(texts, text_offsets), TARGET: target}), 0, n_others


def _binary(values: UInt8, offsets: Int64, valid: UInt8 | None = None) -> pa.Array:
    buffers = [None if valid is None else pa.py_buffer(valid)]
    buffers += [pa.py_buffer(offsets), pa.py_buffer(values)]
    return pa.Array.from_buffers(pa.large_binary(), len(offsets) - 1, buffers)
