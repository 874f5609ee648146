"""The facts of a table, which all programs of tables read.

A program trains with ``train FOLDER --save MODEL``, and predicts with ``predict MODEL FOLDER``.
FOLDER was written by prepare_tables.py. This module uses the standard library only.
"""

import json
from pathlib import Path
from typing import Any


def facts_of(folder: Path) -> dict[str, Any]:
    """Read what prepare_tables.py wrote of a table."""
    return json.loads((folder / "facts.json").read_text())
