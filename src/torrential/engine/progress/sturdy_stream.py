"""Streams for progress: if they fail, the work continues."""

from typing import Any, TextIO

from torrential.logs import logger_of

logger = logger_of("train")


class SturdyStream:
    """A text stream that never raises an error: what it cannot show is not shown.

    The first failure, such as a full disk or a closed terminal, is logged.

    Parameters
    ----------
    stream : text stream
    name : str, default="The standard error"
        What the log calls it.
    """

    def __init__(self, stream: TextIO, name: str = "The standard error") -> None:
        self._stream = stream
        self._name = name
        self.has_failed = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write text, with escapes for characters that the stream's encoding lacks."""
        try:
            self._stream.write(text)
        except UnicodeEncodeError:
            encoding = self._stream.encoding
            self.write(text.encode(encoding, "backslashreplace").decode(encoding))
        except (OSError, ValueError) as error:  # ValueError: it was closed
            self._fail(error)
        return len(text)

    def flush(self) -> None:
        """Flush the stream."""
        try:
            self._stream.flush()
        except OSError as error:
            self._fail(error)
        except ValueError:  # it was closed: nothing is lost
            pass

    def isatty(self) -> bool:
        """Return whether the stream is a terminal."""
        try:
            return self._stream.isatty()
        except (OSError, ValueError):
            return False

    def _fail(self, error: OSError | ValueError) -> None:
        if self.has_failed:
            return
        self.has_failed = True
        reason = error.strerror if isinstance(error, OSError) else str(error)
        logger.warning("%s is not writable (%s): the work continues", self._name, reason)
