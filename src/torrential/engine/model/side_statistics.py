"""Statistics that a model keeps of rows in addition to its weights, collected separately."""

from dataclasses import dataclass
from typing import Self

from torrential.engine.model.counts import Counts
from torrential.engine.model.hashed_model import HashedModel
from torrential.features.document_frequencies import DocumentFrequencies
from torrential.features.terms.term_index import TermIndex
from torrential.features.terms.vocabulary import Vocabulary
from torrential.linear.calibration import Calibration


@dataclass(slots=True)
class Notes:
    """Counts, sample and terms of the rows that a model has read since it branched off: a summary.

    Attributes
    ----------
    counts : Counts
    calibration : Calibration
    vocabulary : Vocabulary
    index : TermIndex or None
        Where terms are kept.
    frequencies : DocumentFrequencies or None
        Document counts during learning.
    """

    counts: Counts
    calibration: Calibration
    vocabulary: Vocabulary
    index: TermIndex | None
    frequencies: DocumentFrequencies | None

    @classmethod
    def of(cls, model: HashedModel, start: HashedModel, *, counts_documents: bool) -> Self:
        """Return the statistics of a branch of a model."""
        frequencies = None
        if counts_documents:
            frequencies = model.weighting.frequencies
            frequencies.own()
            frequencies.counts -= start.weighting.frequencies.counts
            frequencies.n_documents -= start.weighting.frequencies.n_documents
        return cls(model.counts, model.calibration, model.vocabulary, model.terms, frequencies)

    def merge(self, other: Self) -> Self:
        """Add the statistics of other rows."""
        self.counts.merge(other.counts)
        self.calibration.merge(other.calibration)
        self.vocabulary.merge(other.vocabulary)
        if self.index is not None and other.index is not None:
            self.index.merge(other.index)
        if self.frequencies is not None and other.frequencies is not None:
            self.frequencies.merge(other.frequencies)
        return self

    def add_to(self, model: HashedModel) -> None:
        """Add the statistics to a model."""
        model.counts.merge(self.counts)
        model.calibration.append(self.calibration)
        model.vocabulary.merge(self.vocabulary)
        if self.index is not None and model.terms is not None:
            model.terms.merge(self.index)
        if self.frequencies is not None:
            model.weighting.frequencies.merge(self.frequencies)
