"""The model of a fastText file as a `Predictor`."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from hashlib import blake2b
from typing import Any

import numpy as np
import pyarrow as pa

from torrential.arrow_casts import text_buffers
from torrential.engine.scoring.contract import BEST, Features, Predictions, Wanted
from torrential.errors import DataError, enough_memory_to
from torrential.kernels.constants import LABEL_LANES
from torrential.kernels.fasttext.model import (
    KEPT_BYTES,
    KEPT_ROWS,
    MOST_HASHES,
    MOST_ROWS,
    MOST_WORDS,
    Model,
    Scratch,
)
from torrential.kernels.fasttext.predict import predict_texts
from torrential.persistence.fasttext.file import FastTextFile, open_fasttext
from torrential.tracing import span

MAX_TEXT_BYTES = 2**31 - 65
"""Largest text in bytes: places in it are numbers of 32 bits."""

PIECE = 16 << 20
"""Bytes of a file that are hashed at a time."""

MOST_KEPT = 1 << 15
"""Words whose rows a thread keeps; a power of two."""


class FastTextPredictor:
    """A fastText model that is applied to texts; it implements `Predictor`.

    Texts are taken as bytes, as fastText takes them: white space of ASCII separates words, a line
    feed too, and each text ends as a line does.

    Parameters
    ----------
    path : str or path-like
    """

    inputs = None
    key = "texts as they are"

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = os.fspath(path)
        self._scratches: list[Scratch] = []

    @cached_property
    def file(self) -> FastTextFile:
        """The mapped file, which is opened once in each process."""
        return open_fasttext(self.path)

    @cached_property
    def labels(self) -> Sequence[str]:
        """All labels without their prefix, in the order of their codes."""
        return self.file.dictionary.labels()

    @property
    def has_levels(self) -> bool:
        """Return False: it predicts labels."""
        return False

    @property
    def is_multilabel(self) -> bool:
        """Whether a row gets any number of labels: it gets the best one."""
        return False

    @cached_property
    def order(self) -> Sequence[int]:
        """Codes in the order of sorted labels."""
        labels = self.labels
        return sorted(range(len(labels)), key=lambda code: labels[code])

    def identity(self) -> str:
        """Return a hash of the file."""
        content, digest = self.file.model.file, blake2b(digest_size=16)
        for begin in range(0, len(content), PIECE):
            digest.update(content[begin : begin + PIECE].data)
        return digest.hexdigest()

    def prepare(self) -> None:
        """Open the file."""
        _ = self.file

    def features(self, columns: pa.RecordBatch) -> Features:
        """Return the bytes of texts."""
        text = columns.column(0)
        source, offsets = text_buffers(text)
        lengths = np.diff(offsets)
        if len(lengths) > 0 and lengths.max() > MAX_TEXT_BYTES:
            raise DataError(
                f"Text {int(lengths.argmax())} of a batch has {lengths.max():,} bytes: cut it into"
                f" pieces of at most {MAX_TEXT_BYTES:,}."
            )
        n_empty = int(np.count_nonzero(lengths == 0))
        return Features((source, offsets), len(lengths), int(text.null_count), 0, n_empty)

    @enough_memory_to("predict")
    def predict(self, features: Features, wanted: Wanted = BEST) -> Predictions:
        """Return labels and probabilities of texts."""
        source, offsets = features.rows
        n_rows, top = features.n_rows, wanted.top
        codes = np.empty((n_rows, top), np.int32)
        probabilities = np.empty((n_rows, top), np.float32)
        of_codes = np.empty((n_rows, len(wanted.codes)), np.float32)
        places = np.array(wanted.codes, np.int32)
        with span("score", rows=n_rows), self._scratch(top) as scratch:
            predict_texts(
                self.file.model,
                source,
                offsets,
                0,
                n_rows,
                top,
                codes,
                probabilities,
                places,
                of_codes,
                scratch,
            )
        return Predictions(codes, probabilities, of_codes)

    @contextmanager
    def _scratch(self, top: int) -> Iterator[Scratch]:
        """Lend the memory of a thread, with the vectors of words that it has kept."""
        try:
            scratch = self._scratches.pop()
        except IndexError:
            scratch = _new_scratch(self.file.model, top)
        if len(scratch.heap_codes) < top + 1:
            scratch = scratch._replace(**_heap(top))
        try:
            yield scratch
        finally:
            self._scratches.append(scratch)

    def __getstate__(self) -> dict[str, Any]:
        return {"path": self.path, "_scratches": []}


def _heap(top: int) -> dict[str, Any]:
    return {
        "heap_scores": np.empty(top + 1, np.float32),
        "heap_codes": np.empty(top + 1, np.int32),
    }


def _new_scratch(model: Model, top: int) -> Scratch:
    dim, n_labels = model.dim, model.n_labels
    n_kept = MOST_KEPT if model.most > 0 else 1
    return Scratch(
        tail=np.zeros(64, np.uint8),
        begins=np.empty(MOST_WORDS + 128, np.int32),
        ends=np.empty(MOST_WORDS + 128, np.int32),
        keys=np.empty(MOST_WORDS + 128, np.int64),
        hashes=np.empty(MOST_HASHES, np.int64),
        rows=np.empty(MOST_ROWS, np.int32),
        factors=np.empty(MOST_ROWS, np.float32),
        hidden=np.empty(dim, np.float32),
        outputs=np.empty(n_labels + LABEL_LANES, np.float32),
        **_heap(top),
        nodes=np.empty(n_labels + 2, np.int32),
        node_scores=np.empty(n_labels + 2, np.float32),
        tags=np.zeros(n_kept, np.uint64),
        spelled=np.zeros((n_kept, KEPT_BYTES // 8), np.uint64),
        counts=np.zeros((n_kept, 2), np.int32),
        kept_rows=np.zeros((n_kept, KEPT_ROWS), np.int32),
    )
