"""Documents of any kind that scikit-learn takes, as chunks of text."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import pyarrow as pa

from torrential.errors import DataError, MissingDataError

CHUNK_BYTES = 2 << 20
"""Text that a thread hashes at a time: large compared with a task's cost, small compared with
memory."""

CHUNK_DOCUMENTS = 10_000
"""Most documents of a chunk, however short they are."""

SAMPLE_DOCUMENTS = 64
"""Number of documents whose sizes determine how many make a chunk."""

SURROGATES = dict.fromkeys(range(0xD800, 0xE000), "\N{REPLACEMENT CHARACTER}")

Chunk: TypeAlias = "list[Any] | pa.Array"


@dataclass(frozen=True, slots=True)
class Decoder:
    """Decoder of documents to strings.

    Attributes
    ----------
    input : {'content', 'filename', 'file'}
    encoding, decode_error : str
        Encoding of documents that are bytes, and the treatment of invalid bytes.
    takes_objects : bool
        Whether documents that are not text stay unchanged, for an analyzer that takes them.
    """

    input: str
    encoding: str
    decode_error: str
    takes_objects: bool

    def decode(self, document: Any, number: int) -> Any:
        """Read and decode document ``number``; a missing document is empty."""
        if self.input != "content":
            document = self._read(document)
        if isinstance(document, str):
            return document
        if isinstance(document, bytes):
            return document.decode(self.encoding, self.decode_error)
        if _is_missing(document):
            return ""
        if self.takes_objects:
            return document
        raise DataError(
            f"Document {number} is of type {type(document).__name__}: give str or bytes."
        )

    def _read(self, document: Any) -> Any:
        if self.input == "file":
            return document.read()
        try:
            return Path(document).read_bytes()
        except FileNotFoundError:
            raise MissingDataError(f"There is no file {document}: give names of files.") from None


def cut_documents(documents: Any, decoder: Decoder) -> Iterator[Chunk]:
    """Decode documents and cut them into chunks of about CHUNK_BYTES.

    Parameters
    ----------
    documents : iterable, pa.Array, pa.ChunkedArray or polars Series
    decoder : Decoder

    Yields
    ------
    list of str (or of what an analyzer takes), or pa.Array of string or large_string
    """
    if hasattr(documents, "to_arrow"):  # polars
        documents = documents.to_arrow()
    if isinstance(documents, pa.Array | pa.ChunkedArray):
        if pa.types.is_string_view(documents.type):
            documents = documents.cast(pa.large_string())
        is_text = pa.types.is_string(documents.type) or pa.types.is_large_string(documents.type)
        if is_text and decoder.input == "content" and not decoder.takes_objects:
            yield from _slices(documents)
            return
        documents = documents.to_pylist()
    if isinstance(documents, list) and decoder.input == "content" and not decoder.takes_objects:
        yield from _converted(documents, decoder)
        return
    yield from _decoded(documents, decoder)


def _converted(documents: list[Any], decoder: Decoder) -> Iterator[Chunk]:
    """Convert a list at once if it holds strings; else decode document by document."""
    begin = 0
    while begin < len(documents):
        sample = documents[begin : begin + SAMPLE_DOCUMENTS]
        n_characters = sum(len(text) for text in sample if isinstance(text, str))
        step = CHUNK_BYTES * len(sample) // max(n_characters, 1)
        part = documents[begin : begin + max(1, min(step, CHUNK_DOCUMENTS))]
        if any(issubclass(kind, bytes) for kind in set(map(type, part))):
            yield from _decoded(part, decoder, begin)
        else:
            try:
                yield pa.array(part, pa.large_string(), from_pandas=True)
            except (UnicodeEncodeError, pa.ArrowException):
                yield from _decoded(part, decoder, begin)
        begin += len(part)


def _decoded(documents: Iterable[Any], decoder: Decoder, first: int = 0) -> Iterator[Chunk]:
    chunk: list[Any] = []
    n_bytes = 0
    for number, given in enumerate(documents, first):
        document = decoder.decode(given, number)
        chunk.append(document)
        n_bytes += len(document) if isinstance(document, str) else 0
        if n_bytes >= CHUNK_BYTES or len(chunk) == CHUNK_DOCUMENTS:
            yield chunk
            chunk, n_bytes = [], 0
    if chunk:
        yield chunk


def as_arrow(documents: Chunk) -> pa.Array:
    """Return the text of a chunk as an Arrow array; lone surrogates become U+FFFD."""
    if isinstance(documents, pa.Array):
        return documents
    try:
        return pa.array(documents, pa.large_string())
    except UnicodeEncodeError:
        return pa.array([text.translate(SURROGATES) for text in documents], pa.large_string())


def _slices(text: pa.Array | pa.ChunkedArray) -> Iterator[pa.Array]:
    for piece in text.chunks if isinstance(text, pa.ChunkedArray) else [text]:
        step = max(1, min(CHUNK_DOCUMENTS, CHUNK_BYTES * len(piece) // max(piece.nbytes, 1)))
        for start in range(0, len(piece), step):
            yield piece.slice(start, step)


def _is_missing(document: Any) -> bool:
    """Return whether a document is None, NaN or pandas' NA."""
    if isinstance(document, float):
        return document != document
    return document is None or type(document).__name__ == "NAType"
