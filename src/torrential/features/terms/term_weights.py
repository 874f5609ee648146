"""Weights of terms in a model: their counts, or counts times IDF."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any, Self

import numpy as np

from torrential.errors import ParameterError
from torrential.features.document_frequencies import DocumentFrequencies
from torrential.features.terms.kept_weights import KeptWeights
from torrential.features.views import View, spans
from torrential.features.weighting import Weighting
from torrential.types import Arrays, Bool, Csr, Float32, Int64

TWO_PASS, RUNNING = "two-pass", "running"

Run = Callable[[Sequence[Callable[[], None]]], object]


@dataclass
class TermWeights:
    """Weighting of a model's hashed terms, and the frequencies that it needs.

    Attributes
    ----------
    idf : {'two-pass', 'running'} or None
        Whether values are multiplied with inverse document frequencies: those of all documents,
        counted before any is learned, or those of the documents so far.
    norm : {'l1', 'l2'} or None
        Norm that each row is scaled to.
    frequencies : DocumentFrequencies
        Document frequencies, which have no columns without IDF.
    views : tuple of View
        Where there are several, which may have no IDF, and norms and weights of their own.
    kept : KeptWeights or None
        Instead of frequencies, of a model that keeps some columns only.
    """

    idf: str | None
    norm: str | None
    frequencies: DocumentFrequencies
    views: tuple[View, ...] = ()
    kept: KeptWeights | None = None
    _known: tuple[Int64, int, Float32] | None = None

    @classmethod
    def new(
        cls, idf: str | None, norm: str | None, n_features: int, views: tuple[View, ...] = ()
    ) -> Self:
        """Return weights without any counts.

        Raises
        ------
        ParameterError
            If a parameter has a value it cannot have.
        """
        if idf not in (None, TWO_PASS, RUNNING):
            raise ParameterError(
                f"idf={idf!r} is not known: give one of 'two-pass', 'running', None."
            )
        n_counts = 0 if idf is None else n_features
        return cls(idf, norm, DocumentFrequencies(n_counts), views)

    @property
    def are_uncounted(self) -> bool:
        """Whether all documents must be counted before the first is weighed."""
        return self.idf == TWO_PASS and self.frequencies.n_documents == 0

    def current(self) -> Weighting | None:
        """Return the weighting of rows with the current frequencies, or None."""
        if self.idf is None:
            return None
        if self.kept is not None:
            return self.kept.weighting(self.frequencies.n_documents, self.norm, self.views)
        return Weighting(False, self._factors(), self.norm, self.views)

    def _factors(self) -> Float32:
        """Return the factor of each column, made again if counts have changed."""
        counts, n_documents = self.frequencies.counts, self.frequencies.n_documents
        known = self._known  # another thread may replace it
        if known is not None and known[0] is counts and known[1] == n_documents:
            return known[2]
        self._known = known = None  # its memory is free for the new ones
        # A term that no document had has no weight, as where a vocabulary lacks it: nothing was
        # learned of it, and it would take its part of the norm.
        idf = self.frequencies.idf(dtype=np.float32, without_documents=0.0)
        for view, columns in spans(len(idf), self.views):
            if not view.idf:
                idf[columns] = 1
        factors: Float32 = idf
        self._known = counts, n_documents, factors
        return factors

    def count_and_weigh(self, rows: Csr, is_labeled: Bool, run: Run, n_tasks: int) -> None:
        """Count rows, and weigh them in place by the frequencies up to and including them.

        Parameters
        ----------
        rows : Csr
        is_labeled : bool array of shape (n_rows,)
            Rows that count as documents: the rows that are learned.
        run : callable
            Runs a list of tasks, at once or one after the other.
        n_tasks : int
            Tasks that the rows are split into; the result is the same for any number.
        """
        # As a task: Ctrl-C does not come between the counts and the number of documents.
        run([partial(self.frequencies.update, rows, is_labeled)])
        weighting = self.current()
        if weighting is None:
            return
        edges = [rows.n_rows * task // n_tasks for task in range(n_tasks + 1)]
        parts = [rows.indptr[begin : end + 1] for begin, end in pairwise(edges)]
        run([partial(weighting.apply, rows.data, rows.indices, part) for part in parts])

    def copy(self) -> Self:
        """Return an independent copy."""
        copy = type(self)(self.idf, self.norm, DocumentFrequencies(0), self.views, self.kept)
        counts = self.frequencies.counts  # those of a file are not copied before they change
        copy.frequencies.counts = counts.copy() if counts.flags.writeable else counts
        copy.frequencies.n_documents = self.frequencies.n_documents
        if copy.frequencies.counts is counts:
            copy._known = self._known
        return copy

    def state(self) -> tuple[dict[str, np.ndarray[Any, Any]], dict[str, Any]]:
        """Return arrays and JSON for a model file."""
        header = {
            "idf": self.idf,
            "norm": self.norm,
            "n_documents": self.frequencies.n_documents,
        }
        if self.idf is None:
            return {}, header
        if self.kept is not None:
            return {"document_octaves": self.kept.octaves}, header
        counts = self.frequencies.counts
        is_small = self.frequencies.n_documents < 2**31
        return {"document_counts": counts.astype(np.int32) if is_small else counts}, header

    def applied_arrays(self) -> Arrays:
        """Return arrays by which the processes that apply a model share the factors of columns."""
        if self.idf is None or self.kept is not None:
            return {}
        return {"applied_factors": self._factors()}

    @classmethod
    def from_state(
        cls,
        arrays: dict[str, np.ndarray[Any, Any]],
        header: dict[str, Any],
        views: tuple[View, ...] = (),
        kept: tuple[Int64, int] | None = None,
    ) -> Self:
        """Return the weights that `state` described, of these views.

        Parameters
        ----------
        arrays, header : dict
        views : tuple of View
        kept : tuple of int64 array and int, optional
            The columns that the model keeps, and the number of all.
        """
        weights = cls.new(header["idf"], header["norm"], 0, views)
        if kept is not None:
            weights.frequencies.n_documents = int(header["n_documents"])
            if weights.idf is not None:
                weights.kept = KeptWeights(arrays["document_octaves"], *kept)
        elif weights.idf is not None:
            counts = arrays["document_counts"].view()
            counts.flags.writeable = False
            weights.frequencies.counts = counts
            weights.frequencies.n_documents = int(header["n_documents"])
            if "applied_factors" in arrays:
                n_documents = weights.frequencies.n_documents
                weights._known = counts, n_documents, arrays["applied_factors"]
        return weights

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_known": None}
