"""Hashed batches as records of a file, and back: the same bits, in about three bytes a value."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from torrential.engine.batches.hashed_batch import HashedBatch
from torrential.engine.targets.labels import Encoded
from torrential.engine.targets.targets import as_set
from torrential.features.packing import PACKED, packed, unpacked
from torrential.kernels.text.cardinality import N_REGISTERS
from torrential.types import Arrays, Int64

FIELDS: dict[str, np.dtype[Any]] = PACKED | {
    "weight": np.dtype("<f4"),
    "codes_of_labels": np.dtype("<i4"),
    "registers": np.dtype("u1"),
    "about": np.dtype("u1"),
}
"""Arrays of a record, and their types."""

COMPRESSION = "zstd"
"""Compression of registers and keys; rows are packed already."""


def pack(hashed: Sequence[HashedBatch], keys: Int64 | None = None) -> list[bytes] | None:
    """Return the records of a batch; None if the format does not support its types."""
    records = [_packed_batch(each) for each in hashed]
    if any(record is None for record in records):
        return None
    if keys is not None:
        content = keys.astype("<i8").tobytes()
        records.append(len(content).to_bytes(8, "little") + _compressed(content))
    return [record for record in records if record is not None]


def unpack_keys(record: memoryview) -> Int64:
    """Return the keys of a batch's rows."""
    size = int.from_bytes(record[:8], "little")
    return np.frombuffer(_decompressed(record[8:], size), "<i8").astype(np.int64)


def _packed_batch(batch: HashedBatch) -> bytes | None:
    target = batch.target
    values = [] if target is None else target.values
    labels = [label for value in values for label in as_set(value)]
    if any(type(label) not in (str, int, bool, float) for label in labels):
        return None
    about = {
        "n_features": batch.rows.n_features,
        "n_bytes": batch.n_bytes,
        "n_malformed": batch.n_malformed,
        "n_invalid": batch.n_invalid,
        "n_null": batch.n_null,
        "n_other_labels": batch.n_other_labels,
        "has_weight": batch.weight is not None,
        "labels": None if target is None else target.values,
    }
    assert batch.registers is not None  # requested when batches are cached
    arrays = packed(batch.rows) | {
        "weight": np.zeros(0, np.float32) if batch.weight is None else batch.weight,
        "codes_of_labels": np.zeros(0, np.int32) if target is None else target.codes,
        "registers": np.frombuffer(_compressed(batch.registers.tobytes()), np.uint8),
        "about": np.frombuffer(json.dumps(about).encode(), np.uint8),
    }
    sizes = np.array([len(arrays[name]) for name in FIELDS], "<i8")
    parts = [sizes.tobytes()]
    for name, dtype in FIELDS.items():
        content = np.ascontiguousarray(arrays[name], dtype).tobytes()
        parts += [content, b"\0" * (-len(content) % 8)]
    return b"".join(parts)


def unpack(record: memoryview, *, vocabulary: bool = False) -> HashedBatch:
    """Return the hashed batch of a record, with its registers if requested."""
    sizes = np.frombuffer(record, "<i8", len(FIELDS))
    at, arrays = sizes.nbytes, Arrays()
    for (name, dtype), size in zip(FIELDS.items(), sizes.tolist(), strict=True):
        arrays[name] = np.frombuffer(record, dtype, size, at)
        at += arrays[name].nbytes + -arrays[name].nbytes % 8
    about = json.loads(arrays["about"].tobytes())
    labels, registers = about["labels"], None
    if labels and isinstance(labels[0], list):  # JSON has no tuples
        labels = list(map(tuple, labels))
    if vocabulary:
        content = _decompressed(arrays["registers"].data, N_REGISTERS)
        registers = np.frombuffer(content, np.uint8)
    return HashedBatch(
        rows=unpacked(arrays, about["n_features"]),
        target=None if labels is None else Encoded(arrays["codes_of_labels"].copy(), labels),
        weight=arrays["weight"].copy() if about["has_weight"] else None,
        n_bytes=about["n_bytes"],
        n_malformed=about["n_malformed"],
        n_invalid=about["n_invalid"],
        n_null=about["n_null"],
        n_other_labels=about["n_other_labels"],
        registers=registers,
    )


def _compressed(content: bytes) -> bytes:
    compressed: bytes = pa.compress(content, COMPRESSION, asbytes=True)
    return compressed


def _decompressed(content: memoryview, size: int) -> bytes:
    plain: bytes = pa.decompress(pa.py_buffer(content), size, COMPRESSION, asbytes=True)
    return plain
