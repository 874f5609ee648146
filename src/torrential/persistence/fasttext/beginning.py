"""Files of fastText, by their first bytes."""

import os
import re
from pathlib import Path

from torrential.errors import ModelFileError

MAGIC = 793712314

BEGINNING = MAGIC.to_bytes(4, "little")
"""The first bytes of a model of fastText."""

VECTORS = re.compile(rb"\d+ \d+(\r?\n| \d+ \d+ \d+ \d+ )")
"""The first line of word vectors as text: of fastText (.vec), or of floret."""


def is_fasttext(path: str | os.PathLike[str]) -> bool:
    """Return whether a file begins as fastText's models do.

    Raises
    ------
    ModelFileError
        If it has word vectors as text.
    """
    try:
        with Path(path).open("rb") as file:
            beginning = file.read(64)
    except (OSError, ValueError):  # said when it is read
        return False
    if VECTORS.match(beginning):
        raise ModelFileError(
            f"{path} holds word vectors as text, which have no labels to predict: give a model "
            "that fastText trained with 'supervised'."
        )
    return beginning.startswith(BEGINNING)
