"""What remains of an interrupted fit."""


class Interruptible:
    """Base of estimators whose ``fit`` writes checkpoints."""

    _kept_rows: int | None = None

    @property
    def kept_rows(self) -> int | None:
        """Rows of the pass that the checkpoint holds, if Ctrl-C ended the last fit; else None."""
        return self._kept_rows
