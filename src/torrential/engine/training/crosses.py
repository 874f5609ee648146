"""Crosses that are worth it, found on a sample of the rows: greedily, and judged on later rows.

In each round the model of the features so far learns the first half of the sample, and scores each
row of it before. Each cross that it lacks then learns in addition to these scores, which stay as
they are, and so do the cells alone: a cross is worth what it wins beyond those, on the later half.
The best one joins the features if the model with it has a lower loss there. The later half is not
learned: a cross with the month is worth nothing if the next month is another.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import pyarrow as pa

from torrential.data.dataset import Dataset
from torrential.data.views.order import evenly_spaced
from torrential.engine.targets.labels import Labels, encode
from torrential.engine.targets.targets import Numbers, Targets, TargetTable, are_labeled
from torrential.features.table.cell import Cell
from torrential.features.table.settings import TableSettings
from torrential.features.table.spec import TableSpec
from torrential.kernels.table.judge import judge
from torrential.linear import LinearModel, LinearSettings
from torrential.types import Float32, Int32

ROWS, PARTS = 2**19, 64
"""Rows of the sample at most, and parts of the data that they are from, evenly spaced."""

LEAST_GAIN = 5e-4
"""Least gain of a cross, as a share of the loss."""

TRIES = 3
"""Crosses of a round that are tried in the model, the most promising first."""

BITS = 20
"""Weights of a cross that is judged, as a power of 2."""


@dataclass(frozen=True, slots=True)
class CrossGain:
    """A cross that was found, and what it won.

    Attributes
    ----------
    names : tuple of str
        The columns that are crossed.
    before, after : float
        Log loss on the later half of the sample, without and with it: of the most frequent class
        against all others, or of the numbers above the median against those below.
    """

    names: tuple[str, ...]
    before: float
    after: float

    @property
    def gain(self) -> float:
        """Loss that it took away."""
        return self.before - self.after


@dataclass(frozen=True, slots=True)
class _Sample:
    """Rows of the sample: their cells, and whether they are of the class that is judged."""

    cells: list[Cell]
    codes: Int32

    @property
    def n_rows(self) -> int:
        return len(self.codes)

    @property
    def begin(self) -> int:
        """First row that counts."""
        return self.n_rows // 2


def find_crosses(
    settings: TableSettings, dataset: Dataset, linear: LinearSettings, limit: int
) -> list[CrossGain]:
    """Return the crosses of two cells that lower the loss, in the order in which they were found.

    With more than two classes, the most frequent one is separated from all others, and in
    regression the targets above the median of the sample.

    Parameters
    ----------
    settings : TableSettings
        Columns, without crosses.
    dataset : Dataset
    linear : LinearSettings
        Of the model that is to learn with them; the loss is that of log odds here, without a
        penalty.
    limit : int
        Crosses at most.
    """
    sample = _sample_of(settings, dataset, are_numbers=linear.is_regression)
    single = [cell for cell in sample.cells if cell.bounds is None and cell.values is None]
    if sample.n_rows < 4 or len(set(sample.codes.tolist())) < 2:
        return []
    linear = replace(linear, loss="log_loss", alpha=0.0, average=False, relative=False)
    found: list[CrossGain] = []
    loss, margins = _scored(settings, sample, linear)
    while len(found) < limit:
        known = {frozenset(each.names) for each in found}
        ranked = _ranked(single, sample, margins, float(linear.eta0), known)
        for _, names in ranked[:TRIES]:
            chosen = settings.with_crosses([*(each.names for each in found), names])
            new_loss, new_margins = _scored(chosen, sample, linear)
            if loss - new_loss >= LEAST_GAIN * loss:
                found.append(CrossGain(names, loss, new_loss))
                loss, margins = new_loss, new_margins
                break
        else:
            return found
    return found


def _sample_of(settings: TableSettings, dataset: Dataset, *, are_numbers: bool) -> _Sample:
    """Read rows from parts of the data that are evenly spaced, in their order."""
    partitions = dataset.partitions()
    places = evenly_spaced(len(partitions), PARTS)
    labels = Labels()
    table: TargetTable = Numbers() if are_numbers else labels
    parts: list[list[Cell]] = []
    targets: list[Targets] = []
    spec = TableSpec(settings)
    for place in places:
        left = ROWS // len(places)
        for batch in partitions[place].batches():
            assert batch.target is not None  # what is trained on has labels
            rows = batch.columns.slice(0, left)
            found = table.targets(encode(batch.target.slice(0, left)), rows.num_rows)
            kept = np.flatnonzero(are_labeled(found))
            parts.append(spec.cells(rows.take(pa.array(kept))))
            targets.append(found[kept])
            left -= rows.num_rows
            if left <= 0:
                break
    cells = [_joined(each) for each in zip(*parts, strict=True)]
    return _Sample(cells, _two_classes(targets, len(labels), are_numbers=are_numbers))


def _two_classes(targets: Sequence[Targets], n_labels: int, *, are_numbers: bool) -> Int32:
    """Return codes 0 and 1 for the class that is judged against all others."""
    joined = np.concatenate([np.empty(0, np.int32), *targets])
    if are_numbers and len(joined) > 0:
        joined = joined > np.median(joined)
    elif n_labels > 2:
        joined = joined == np.bincount(joined).argmax()
    codes: Int32 = joined.astype(np.int32)
    return codes


def _joined(cells: Sequence[Cell]) -> Cell:
    """Return the values of a cell in all parts, without their names."""
    hashes = np.concatenate([cell.hashes for cell in cells])
    bounds = values = None
    if any(cell.bounds is not None for cell in cells):
        lengths = [
            np.ones(len(cell.hashes), np.int64) if cell.bounds is None else np.diff(cell.bounds)
            for cell in cells
        ]
        bounds = np.concatenate([np.zeros(1, np.int64), np.cumsum(np.concatenate(lengths))])
    if any(cell.values is not None for cell in cells):
        values = np.concatenate(
            [
                np.ones(len(cell.hashes), np.float32) if cell.values is None else cell.values
                for cell in cells
            ]
        )
    return Cell(cells[0].name, hashes, cells[0].names, bounds, values)


def _scored(
    settings: TableSettings, sample: _Sample, linear: LinearSettings
) -> tuple[float, Float32]:
    """Return the loss of the later rows, and the log odds of all: of earlier ones as learned."""
    rows = TableSpec(settings).rows(sample.cells, sample.n_rows)
    model = LinearModel(linear, settings.n_features)
    scores = np.empty(sample.n_rows, np.float32)
    scores[: sample.begin] = model.update(rows, sample.codes, order=np.arange(sample.begin))[:, 0]
    scores[sample.begin :] = model.decision(rows)[sample.begin :, 0]
    targets = np.where(sample.codes == 1, 1.0, -1.0)
    agreement = targets[sample.begin :] * scores[sample.begin :].astype(np.float64)
    return float(np.logaddexp(0.0, -agreement).mean()), scores


def _ranked(
    cells: Sequence[Cell],
    sample: _Sample,
    margins: Float32,
    rate: float,
    known: set[frozenset[str]],
) -> list[tuple[float, tuple[str, str]]]:
    """Return the crosses by what each wins beyond its cells, the largest first."""
    targets = np.where(sample.codes == 1, 1.0, -1.0).astype(np.float32)
    weights, none = np.empty(2 ** (BITS + 1), np.float32), np.empty(0, np.uint64)
    more = margins, targets, sample.begin, BITS, np.float32(rate), weights
    alone = {cell.name: judge(cell.hashes, none, *more) for cell in cells}
    ranked = []
    for pair in combinations(cells, 2):
        first, second = sorted(pair, key=lambda cell: cell.name)
        if frozenset((first.name, second.name)) in known:
            continue
        loss = judge(first.hashes, second.hashes, *more)
        gain = min(alone[first.name], alone[second.name]) - loss
        if gain > 0:
            ranked.append((float(gain), (pair[0].name, pair[1].name)))
    return sorted(ranked, key=lambda each: -each[0])
