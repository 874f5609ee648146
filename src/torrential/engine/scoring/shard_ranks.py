"""Ranks of rows over many files: a first pass over all, in which a file that fails is left out."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torrential.data.shards import Shard
from torrential.engine.progress.progress import Progress
from torrential.engine.scoring.application import Application
from torrential.engine.scoring.prediction_counts import PredictionCounts
from torrential.engine.scoring.top_rows import ChosenPartition, n_kept, scored, to_score
from torrential.errors import TorrentialError
from torrential.execution import Executor, Recipe
from torrential.persistence.score_file import Marks, ScoreFile, temporary_scores
from torrential.types import Batch


@dataclass(frozen=True, slots=True)
class ShardRanks:
    """Which rows of a file are kept, and what was counted when they were ranked."""

    marks: list[Marks]
    counts: PredictionCounts

    def chosen(self, partitions: Sequence[Any]) -> list[ChosenPartition]:
        """Return the partitions of the file with these rows only."""
        return [
            ChosenPartition(partition, marks)
            for partition, marks in zip(partitions, self.marks, strict=True)
        ]


@dataclass(slots=True)
class Ranks:
    """Ranks of all files; without a filter that ranks rows, there are none.

    Attributes
    ----------
    by_name : dict of str to ShardRanks
    failed : dict of str to str
        Files that could not be read, and why.
    """

    by_name: dict[str, ShardRanks] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)

    def of(self, name: str) -> ShardRanks | None:
        """Return the ranks of a file."""
        return self.by_name.get(name)


@contextmanager
def ranked(
    application: Application,
    shards: Mapping[str, Shard],
    columns: Sequence[str] | None,
    folder: Path,
    executor: Executor,
    progress: Progress,
) -> Iterator[Ranks]:
    """Yield the ranks of all rows of all files.

    Parameters
    ----------
    application : Application
    shards : mapping of str to Shard
        By the names of what is written.
    columns : sequence of str or None
        Columns of the input that are written later.
    folder : Path
        The output, in which scores are kept until the end.
    executor : Executor
    progress : Progress
    """
    row_filter = application.row_filter
    if row_filter is None or row_filter.top is None:
        yield Ranks()
        return
    ranks, spans = Ranks(), dict[str, tuple[int, int]]()
    counts: dict[str, PredictionCounts] = {}
    recipe = Recipe(_read, _scored, _with_end)
    with temporary_scores(folder / "scores") as scores:
        progress.begin("score")
        shared = _Ranking(application, columns)
        with closing(executor.stream(recipe, list(shards.values()), shared)) as outputs:
            for name, shard in shards.items():
                mark, counts[name] = scores.mark(), PredictionCounts()
                first = scores.n_sources
                failure = _take(outputs, scores, counts[name], progress)
                if failure is None:
                    spans[name] = first, scores.n_sources
                else:
                    scores.return_to(mark)
                    ranks.failed[shard.file.url] = failure
        cut = scores.cut(n_kept(row_filter.top, scores.n_scores))
        for name, span in spans.items():
            ranks.by_name[name] = ShardRanks(scores.marks(cut, *span), counts[name])
        yield ranks


@dataclass(frozen=True, slots=True)
class _Ranking:
    application: Application
    columns: Sequence[str] | None


END = "end of a file"


@dataclass(frozen=True, slots=True)
class _Failure:
    sentence: str


def _take(
    outputs: Iterator[Any], scores: ScoreFile, counts: PredictionCounts, progress: Progress
) -> str | None:
    """Write the scores of a file; return why it failed, if it did."""
    failure: str | None = None
    for output in outputs:
        if output == END:
            break
        if failure is not None:
            continue
        if isinstance(output, _Failure):
            failure = output.sentence
        elif output is None:
            scores.end_source()
        else:
            of_rows, of_batch = output
            scores.write(of_rows)
            counts.merge(of_batch)
            progress.advance(of_batch.n_rows, of_batch.n_bytes)
    return failure


def _read(ranking: _Ranking, shard: Shard) -> Iterator[Batch | _Failure | None]:
    """Yield the batches of a file, with None after each partition; or why that fails."""
    try:
        for partition in to_score(shard.dataset, ranking.columns):
            yield from partition.batches()
            yield None
    except TorrentialError as error:
        yield _Failure(str(error))


def _scored(ranking: _Ranking, item: Batch | _Failure | None) -> Any:
    if not isinstance(item, Batch):
        return item
    try:
        return scored(ranking.application, item)
    except TorrentialError as error:
        return _Failure(str(error))


def _with_end(ranking: _Ranking, results: Iterator[Any]) -> Iterator[Any]:
    yield from results
    yield END
