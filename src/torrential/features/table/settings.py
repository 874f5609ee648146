"""Settings that determine the features of a table, and are saved with every model."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from torrential.features.settings import HashSettings
from torrential.features.views import View

CATEGORY, LOG, QUANTILE, STANDARD, RAW = "category", "log", "quantile", "standard", "raw"
DATE, TEXT, LIST, VECTOR, MAP = "date", "text", "list", "vector", "map"

NUMBERS = (LOG, QUANTILE, STANDARD, RAW)
"""Ways to take a number: as a bin of its logarithm, a bin of about equal shares of rows, its
distance from the mean in standard deviations, or as it is."""

KINDS = (CATEGORY, *NUMBERS, DATE, TEXT, LIST, VECTOR, MAP)

PARTS = ("hour", "weekday", "day", "month")
"""Parts of a date that are categories; a date without a time has no hour, and a time only that."""

TIMES = " × "


@dataclass(frozen=True, slots=True)
class Column:
    """An input, and how it becomes features.

    Attributes
    ----------
    name : str
    kind : str
        One of `KINDS`.
    detail : tuple of float
        The edges of quantiles, or mean and standard deviation.
    parts : tuple of str
        Of dates.
    holds_text : bool
        Whether values were texts.
    """

    name: str
    kind: str
    detail: tuple[float, ...] = ()
    parts: tuple[str, ...] = ()
    holds_text: bool = field(default=False, compare=False)

    @property
    def cells(self) -> tuple[str, ...]:
        """Names of the cells that it has in each row, which crosses can name."""
        if self.kind == DATE:
            return tuple(f"{self.name}.{part}" for part in self.parts)
        return () if self.kind == TEXT else (self.name,)


@dataclass(frozen=True)
class TableSettings:
    """Columns of a table and their crosses as hashed features.

    Attributes
    ----------
    columns : tuple of Column
    crosses : tuple of tuples of str
        Names of cells.
    n_features : int
    bins : int
        Bins of numbers: for each doubling (``log``), or in all (``quantile``).
    seed : int
    """

    columns: tuple[Column, ...]
    crosses: tuple[tuple[str, ...], ...] = ()
    n_features: int = 2**22
    bins: int = 16
    seed: int = 0

    views: ClassVar[tuple[View, ...] | None] = None
    norm: ClassVar[str | None] = None
    n_views: ClassVar[int] = 1
    binary: ClassVar[bool] = False
    alternate_sign: ClassVar[bool] = False
    has_pattern: ClassVar[bool] = False

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(column.name for column in self.columns)

    @property
    def cells(self) -> tuple[str, ...]:
        """Names of the cells of a row, in the order of the columns."""
        return tuple(cell for column in self.columns for cell in column.cells)

    @property
    def texts(self) -> tuple[str, ...]:
        """Names of the columns whose values were texts."""
        return tuple(column.name for column in self.columns if column.holds_text)

    @property
    def numbers(self) -> tuple[str, ...]:
        """Names of the columns that are numbers."""
        return tuple(column.name for column in self.columns if column.kind in NUMBERS)

    def counting(self) -> "TableSettings":
        """Return the same settings: nothing is weighed afterwards."""
        return self

    def with_crosses(self, crosses: Sequence[tuple[str, ...]]) -> "TableSettings":
        """Return settings with other crosses."""
        return replace(self, crosses=tuple(crosses))

    def state(self) -> dict[str, Any]:
        """Return the settings as JSON."""
        return {
            "table": [
                [each.name, each.kind, list(each.detail), list(each.parts), each.holds_text]
                for each in self.columns
            ],
            "crosses": [list(cross) for cross in self.crosses],
            "n_features": self.n_features,
            "bins": self.bins,
            "seed": self.seed,
        }

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> "TableSettings":
        """Return the settings of a `state`."""
        columns = tuple(
            Column(name, kind, tuple(map(float, detail)), tuple(parts), holds_text)
            for name, kind, detail, parts, holds_text in state["table"]
        )
        crosses = tuple(tuple(cross) for cross in state["crosses"])
        return cls(columns, crosses, state["n_features"], state["bins"], state["seed"])


Settings = HashSettings | TableSettings
"""Settings of rows of any kind."""
