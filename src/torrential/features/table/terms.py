"""Names of the hashed cells and crosses of some rows, counted."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from torrential.arrow_casts import offsets_of
from torrential.features.table.cell import Cell, UInt64
from torrential.features.table.settings import TIMES, TableSettings
from torrential.features.terms.counted_terms import CountedTerms
from torrential.features.views import VIEW_BITS
from torrential.kernels.table.cells import mix_all
from torrential.kernels.text.term_table import MAX_NAME
from torrential.types import Int64

_TIMES = pa.scalar(TIMES, pa.large_string())


def count_cells(cells: Sequence[Cell], settings: TableSettings, n_rows: int) -> CountedTerms:
    """Return the different cells and crosses of rows with their names and counts."""
    by_name = {cell.name: cell for cell in cells}
    keys, counts, names = [], [], []
    for members in [(cell.name,) for cell in cells] + list(settings.crosses):
        in_order = sorted(members)
        places = dict(zip(in_order, _combinations([by_name[n] for n in in_order], n_rows)))
        hashes = by_name[in_order[0]].hashes[places[in_order[0]]]
        for name in in_order[1:]:
            mixed = np.empty(len(hashes), np.uint64)
            mix_all(hashes, by_name[name].hashes[places[name]], mixed)
            hashes = mixed
        different, first, n = np.unique(hashes, return_index=True, return_counts=True)
        texts = [by_name[name].names(places[name][first]) for name in members]
        joined = pc.binary_join_element_wise(*texts, _TIMES) if len(texts) > 1 else texts[0]
        keys.append(different)
        counts.append(n.astype(np.int64))
        names.append(joined.cast(pa.large_string()))
    return _counted(keys, counts, names)


def with_column(terms: CountedTerms, name: str) -> CountedTerms:
    """Return terms of a text with the name of its column in front."""
    texts = pa.array([f"{name}: {term}" for term in terms.decoded()], pa.large_string())
    return _counted([terms.keys], [terms.counts], [texts])


def _combinations(cells: Sequence[Cell], n_rows: int) -> list[Int64]:
    """Return the places of the values of all combinations of cells in a row, for each cell."""
    rows = np.arange(n_rows)
    places: list[Int64] = []
    for cell in cells:
        bounds = np.arange(n_rows + 1) if cell.bounds is None else cell.bounds
        lengths = np.diff(bounds)[rows]
        starts = np.cumsum(lengths) - lengths
        own = np.repeat(bounds[rows] - starts, lengths) + np.arange(lengths.sum())
        places = [np.repeat(each, lengths) for each in places] + [own]
        rows = np.repeat(rows, lengths)
    return places


def _counted(
    keys: Sequence[UInt64], counts: Sequence[Int64], names: Sequence[pa.Array]
) -> CountedTerms:
    texts = pa.concat_arrays(names) if names else pa.array([], pa.large_string())
    key = np.concatenate([np.empty(0, np.uint64), *keys]) & ~VIEW_BITS
    key[key == 0] = VIEW_BITS + np.uint64(1)
    offsets = np.zeros(1, np.int64) if len(texts) == 0 else offsets_of(texts).astype(np.int64)
    content = texts.buffers()[2] if len(texts) > 0 else None
    known = np.empty(0, np.uint8) if content is None else np.frombuffer(content, np.uint8)
    lengths = np.minimum(np.diff(offsets), MAX_NAME).astype(np.int32)
    terms = CountedTerms(
        key, np.concatenate([np.empty(0, np.int64), *counts]), offsets[:-1], lengths, known
    )
    return terms.take(np.arange(len(key)))
