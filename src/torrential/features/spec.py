"""FeatureSpec: what turns columns of the input to rows of features."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, Self

import pyarrow as pa

from torrential.features.names import ColumnNames
from torrential.features.terms.counted_terms import CountedTerms
from torrential.types import Csr, UInt8

if TYPE_CHECKING:
    from torrential.features.terms.term_index import TermIndex


@dataclass(frozen=True, slots=True)
class Observe:
    """Side statistics of features to take while rows are encoded.

    Attributes
    ----------
    terms : bool
        Whether to count terms by name.
    vocabulary : bool
        Whether to take what says how many different terms there are.
    """

    terms: bool = False
    vocabulary: bool = False


NOTHING = Observe()


@dataclass(frozen=True, slots=True)
class EncodedRows:
    """Rows of features, and what was odd in the columns they come from.

    Attributes
    ----------
    rows : Csr
    n_invalid : int
        Texts with bytes that are not valid UTF-8, which were replaced by U+FFFD.
    n_null : int
        Texts that are null, which count as empty.
    terms : CountedTerms or None
        The terms of all rows, if requested.
    registers : uint8 array or None
        HyperLogLog of the hashes of all terms, if requested.
    """

    rows: Csr
    n_invalid: int
    n_null: int
    terms: CountedTerms | None = None
    registers: UInt8 | None = None


class FeatureSpec(Protocol):
    """How columns become features: a value that can be compared and sent to workers.

    Encoding is pure: the same columns give the same bits in any thread, on any worker and cut into
    batches anywhere.
    """

    @property
    def n_features(self) -> int:
        """Number of columns of the rows."""
        ...

    @property
    def n_sizes(self) -> int:
        """Approximate number of terms per word, which determines which batches count terms."""
        ...

    def encode(self, columns: pa.RecordBatch, observe: Observe = NOTHING) -> EncodedRows:
        """Encode each row of columns.

        Parameters
        ----------
        columns : pa.RecordBatch
            Columns of `torrential.types.Batch.columns`.
        observe : Observe
        """
        ...

    @property
    def kernels(self) -> Hashable:
        """Key of the kernels that `encode` needs; equal for specs that need the same kernels."""
        ...

    def load(self, observe: Observe = NOTHING) -> None:
        """Load the kernels, so that the first batch is not slow."""
        ...

    def names(self, terms: "TermIndex | None") -> ColumnNames | None:
        """Return what columns mean; None if it is not known.

        Parameters
        ----------
        terms : TermIndex or None
            The terms that were kept, where rows have terms.
        """
        ...

    def describe(self) -> dict[str, Any] | None:
        """Return everything that determines the rows as JSON, for keys of the cache, or None."""
        ...

    def shown(self) -> str:
        """Return a short description for people of what differs from the defaults."""
        ...

    def state(self) -> dict[str, Any]:
        """Return the spec's state for a file, from which `from_state` makes an equal spec."""
        ...

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        """Return the spec of a `state`.

        Raises
        ------
        ParameterError, KeyError, TypeError, ValueError
            If its values are invalid, or if it lacks some.
        """
        ...
