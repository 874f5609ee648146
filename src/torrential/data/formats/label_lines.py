"""Labels of lines that have any number of them, between commas."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import pyarrow as pa

from torrential.data.formats.line_rows import LineBlock
from torrential.kernels.parsing.label_lists import COMMA, N_MEMBERS, N_ROUGH_MEMBERS
from torrential.types import Float64, Int32, Int64, UInt8


@dataclass(frozen=True, slots=True)
class LabelLists:
    """Room for the labels of a block's lines; there is none where each row has one label.

    Attributes
    ----------
    members : float64 array
    ends : int32 array of shape (n_lines + 1,)
        Labels up to each row.
    rough : int64 array of shape (n_most, 3)
        Members that are to be parsed again, with the places of what writes them.
    counts : int64 array of shape (2,)
    """

    members: Float64
    ends: Int32
    rough: Int64
    counts: Int64

    @classmethod
    def of(cls, text: UInt8, n_lines: int, *, several: bool) -> Self:
        """Return room for the labels of the lines of a text."""
        n_most = n_lines + np.count_nonzero(text == COMMA) if several else 0
        return cls(
            np.empty(n_most),
            np.zeros(n_lines + 1 if several else 0, np.int32),
            np.empty((n_most, 3), np.int64),
            np.zeros(2, np.int64),
        )

    def array(
        self, block: LineBlock, n_rows: int, kind: pa.DataType, *, has_nulls: bool
    ) -> pa.Array:
        """Return the lists of labels of the rows.

        Parameters
        ----------
        block : LineBlock
        n_rows : int
        kind : pa.DataType
            Of a label.
        has_nulls : bool
            Whether the labels of a row without any are not known.
        """
        for place, start, end in self.rough[: self.counts[N_ROUGH_MEMBERS]].tolist():
            self.members[place] = block.number(start, end)
        values = pa.array(self.members[: self.counts[N_MEMBERS]]).cast(kind)
        ends = self.ends[: n_rows + 1]
        mask = pa.array(np.diff(ends) == 0) if has_nulls else None
        return pa.ListArray.from_arrays(pa.array(ends), values, mask=mask)
