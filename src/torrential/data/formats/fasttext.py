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
    return pa.schema([(TEXT, pa.large_string()), (TARGET, pa.large_string())])


def read(file: File, part: Part, shape: Shape, options: Options) -> Iterator[Piece]:
    """Yield rows of a part, with the first label as the target; null without a label."""
    for block in blocks(file, part):
        texts, text_offsets, labels, label_offsets, has_label, n_others = split_lines(
            np.frombuffer(block, np.uint8)
        )
        target = _binary(labels, label_offsets, np.packbits(has_label, bitorder="little"))
        yield pa.record_batch({TEXT: _binary(texts, text_offsets), TARGET: target}), 0, n_others


def _binary(values: UInt8, offsets: Int64, valid: UInt8 | None = None) -> pa.Array:
    buffers = [None if valid is None else pa.py_buffer(valid)]
    buffers += [pa.py_buffer(offsets), pa.py_buffer(values)]
    return pa.Array.from_buffers(pa.large_binary(), len(offsets) - 1, buffers)
