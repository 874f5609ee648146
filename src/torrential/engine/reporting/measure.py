"""The pass of a report: rows are read once, scored, summarized, and perhaps their terms named."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from torrential.data.dataset import Dataset
from torrential.data.source import View
from torrential.engine.batches.cached import Done, recorded
from torrential.engine.batches.encoding import Encoder, NumberedItem, encode_numbered
from torrential.engine.batches.lost_rows import warn_of_lost_rows
from torrential.engine.batches.numbered import NumberedPartition, numbered
from torrential.engine.explaining.term_values import TERMS
from torrential.engine.model.hashed_model import HashedModel
from torrential.engine.progress.advance import Advance, results_of
from torrential.engine.progress.measured import measured
from torrential.engine.progress.progress import Progress, SilentProgress
from torrential.engine.reporting.kinds.choice import KINDS, kind_of, targets_cast
from torrential.engine.reporting.learned_rows import hashes_of
from torrential.engine.reporting.scored_texts import ScoredTexts, WeightedColumns
from torrential.engine.reporting.shown_rows import RowKeeper, is_of_texts
from torrential.engine.reporting.summary import ReportSummary
from torrential.engine.targets.label_casts import LabelCast
from torrential.errors import enough_memory_to
from torrential.evaluation.findings.seen_rows import SeenRows
from torrential.execution import Executor, Recipe, TreeFold, stop_requested
from torrential.features.spec import NOTHING
from torrential.features.terms.term_index import TermIndex
from torrential.tracing import span
from torrential.types import merged

N_TERMS = 2**17
"""Terms that are kept to name the heaviest columns, of a model that keeps none."""


@dataclass(frozen=True)
class Measured:
    """What the pass has found.

    Attributes
    ----------
    summary : ReportSummary
    terms : TermIndex or None
        The model's, or those of the rows.
    """

    summary: ReportSummary
    terms: TermIndex | None


@enough_memory_to("report on")
def measure(
    model: HashedModel,
    dataset: Dataset,
    executor: Executor,
    progress: Progress | None = None,
    *,
    most_errors: int = 30,
    by: Sequence[str] = (),
    learned: SeenRows | None = None,
    names_terms: bool = True,
) -> Measured:
    """Measure a model for a report, in one pass; the same to the bit for any executor.

    Parameters
    ----------
    model : HashedModel
    dataset : Dataset
    executor : Executor
    progress : Progress, default=None
    most_errors : int, default=30
    by : sequence of str, default=()
        Columns of the input whose values are segments.
    learned : SeenRows, default=None
        The rows of the training, by `hashes_of`.
    names_terms : bool, default=True
        Whether the terms of the rows name the columns of a model that has kept none.

    Raises
    ------
    DataError
        As `evaluate`.
    """
    progress = progress or SilentProgress()
    keeper = RowKeeper(is_of_texts(model), not isinstance(dataset.source, View))
    cast = targets_cast(model, dataset)
    shared = _Reporting(model, cast, most_errors, tuple(by), learned, names_terms, keeper)
    fresh = replace(dataset, cached=None)  # the cache has no texts
    partitions = measured(fresh.partitions("all", list(by)) if by else fresh.partitions())
    fold: TreeFold[ReportSummary] = TreeFold(merged)
    index = TermIndex(model.hashing, N_TERMS) if shared.names_terms else model.terms
    with progress:
        progress.begin("report", partitions)
        model.linear.prepare()
        recipe = Recipe(_read, _score, _summarized)
        with closing(executor.stream(recipe, numbered(partitions), shared)) as outputs:
            for summary, terms in results_of(outputs, progress):
                fold.add(summary)
                if terms is not None and index is not None:
                    index.merge(terms, model.linear.largest_weights)
    summary = fold.result() if fold else shared.new_summary()
    rows = summary.findings.evaluation
    rows.check(dataset, "report on")
    warn_of_lost_rows(rows.n_malformed, rows.n_rows, dataset.source)
    return Measured(summary, index)


@dataclass(frozen=True)
class _Reporting:
    """What all workers share."""

    model: HashedModel
    cast: LabelCast | None
    most_errors: int
    by: tuple[str, ...]
    learned: SeenRows | None
    wants_terms: bool
    keeper: RowKeeper

    @property
    def names_terms(self) -> bool:
        """Whether the terms of the rows name the columns of the model, which has kept none."""
        return self.wants_terms and self.model.terms is None

    @cached_property
    def encoder(self) -> Encoder:
        """Encoder of the rows, made once in each process."""
        return self.model.encoder(TERMS if self.names_terms else NOTHING)

    @cached_property
    def weighted(self) -> WeightedColumns:
        """The columns that have a weight, looked up once in each process."""
        return WeightedColumns(self.model)

    def new_summary(self) -> ReportSummary:
        """Return an empty summary."""
        new_findings = KINDS[kind_of(self.model)].findings
        findings = new_findings(self.model, self.cast, self.keeper, self.most_errors)
        return ReportSummary(findings, by=self.by, is_text=self.keeper.is_text)


def _read(shared: _Reporting, source: NumberedPartition) -> Iterable[NumberedItem]:
    return source.items(shared.encoder)


def _score(shared: _Reporting, item: NumberedItem) -> Done[ScoredTexts]:
    hashed, recorder, records, n_rows = encode_numbered(item, shared.encoder)
    with span("score"):
        scores = shared.model.linear.decision(hashed.rows)
    batch = item.item.batch
    assert batch is not None  # as the cache is not asked
    n_unknown, learned = shared.weighted.n_unknown(hashed.rows), shared.learned
    is_learned = None if learned is None else learned.have(hashes_of(batch))
    found = ScoredTexts(hashed, scores, batch, n_unknown, is_learned)
    return found, recorder, records, n_rows


def _summarized(shared: _Reporting, results: Iterator[Done[ScoredTexts]]) -> Iterator[Any]:
    """Yield the progress of the work, and finally the summary and the terms of the source."""
    model, summary = shared.model, shared.new_summary()
    index = TermIndex(model.hashing, N_TERMS) if shared.names_terms else None
    with closing(recorded(results, is_cut=stop_requested)) as batches:
        for scored in batches:
            summary.update(model, scored)
            terms = scored.hashed.terms
            if index is not None and terms is not None:
                index.update(terms, scored.hashed.n_like_it, model.linear.largest_weights)
            yield Advance(scored.hashed.rows.n_rows, scored.hashed.n_bytes)
    yield summary, index
