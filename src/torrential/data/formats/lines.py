"""Cut files of lines into ranges of bytes, and read these in blocks of whole lines."""

import codecs
from collections.abc import Iterator
from typing import Any

from torrential.data.files.locate import File
from torrential.data.formats.format import BLOCK_BYTES, RANGE_BYTES, Part
from torrential.errors import DataError

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def parts(file: File) -> list[Part]:
    """Cut a file into ranges of RANGE_BYTES; a compressed file is one part.

    A line belongs to the range in which its first byte is.
    """
    if file.compression is not None or file.size <= RANGE_BYTES:
        return [Part()]
    starts = range(0, file.size, RANGE_BYTES)
    stops = (min(start + RANGE_BYTES, file.size) for start in starts)
    return [
        Part(start, stop, None, f"bytes {start}-{stop - 1}") for start, stop in zip(starts, stops)
    ]


def blocks(file: File, part: Part) -> Iterator[bytes]:
    """Yield lines of a part in blocks of about BLOCK_BYTES, longer only for a longer line."""
    if part.stop is None:
        with file.stream() as source:
            yield from _whole_lines(source, None, file)
        return
    with file.open() as source:
        start = _first_line(source, part)
        if start < part.stop:
            source.seek(start)
            yield from _whole_lines(source, part.stop - start, None if start else file)


def _first_line(source: Any, part: Part) -> int:
    """Return where the first line begins in the part; past its end if a longer line covers it."""
    if part.start == 0 or part.stop is None:
        return 0
    # From the byte before: if that ends a line, the next begins right at the start.
    at = part.start - 1
    source.seek(at)
    while at < part.stop:
        chunk = source.read(BLOCK_BYTES)
        end = chunk.find(b"\n")
        if end >= 0:
            return int(at + end + 1)
        if not chunk:
            break
        at += len(chunk)
    return part.stop


def _whole_lines(source: Any, n_bytes: int | None, begun: File | None) -> Iterator[bytes]:
    """Yield blocks of the lines that begin in the next n_bytes, the last line included whole.

    `begun` is the file, if it is read from its beginning.
    """
    # Pieces of a line whose end has not come: joined once, so that a line of 100 MB costs no more
    # per byte than a short one.
    pending: list[bytes] = []
    n_read = 0
    while n_bytes is None or n_read < n_bytes or pending:
        size = BLOCK_BYTES
        if n_bytes is not None and n_read < n_bytes:
            size = min(size, n_bytes - n_read)
        chunk = source.read(size)
        if not chunk:
            break
        past_end = n_bytes is not None and n_read >= n_bytes
        n_read += len(chunk)
        if begun is not None:
            if chunk.startswith(UTF_16):
                raise DataError(
                    f"{begun.url} is text in UTF-16: convert it to UTF-8 (iconv -f UTF-16 -t UTF-8 "
                    "does)."
                )
            chunk, begun = chunk.removeprefix(BYTE_ORDER_MARK), None
        cut = (chunk.find(b"\n") if past_end else chunk.rfind(b"\n")) + 1
        if cut == 0:
            pending.append(chunk)
            continue
        pending.append(chunk[:cut])
        chunk = chunk[cut:]
        yield _taken(pending)
        if past_end:
            return
        if chunk:
            pending.append(chunk)
    if pending:
        yield _taken(pending)


def _taken(pending: list[bytes]) -> bytes:
    """Join the pieces, and release them before the block is processed."""
    block = b"".join(pending)
    pending.clear()
    return block


def n_lines_before(file: File, part: Part) -> int:
    """Count the lines that begin before the part, for messages only: it reads all of them."""
    if part.start == 0:
        return 0
    n_lines = 1
    left = part.start - 1
    with file.open() as source:
        while left > 0 and (chunk := source.read(min(left, BLOCK_BYTES))):
            n_lines += chunk.count(b"\n")
            left -= len(chunk)
    return n_lines
