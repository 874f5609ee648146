"""Time the stages before learning one by one, on one thread: stages.py FILE.parquet.

Merging cannot be taken out of the hashing kernel, so it is timed again on its own: the columns of
each text are repeated as often as they were counted, shuffled, and merged by the same kernel.
What is left of hashing is tokenising and hashing.
"""

import argparse
import json
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numba import njit

import torrential as tor
from torrential.features.hasher import hash_texts
from torrential.features.settings import HashSettings
from torrential.kernels.merge import L2, merge_duplicates, table_room, write_row
from torrential.types import Batch

N_FEATURES = 2**20
COUNTS = HashSettings(n_features=N_FEATURES, norm=None, alternate_sign=False)


@njit(nogil=True)
def merge_rows(columns: np.ndarray, indptr: np.ndarray) -> int:
    """Merge the repeated columns of every row; return how many are left."""
    longest = np.max(np.diff(indptr))
    room = longest + 2
    slots = np.empty(table_room(longest), np.int32)
    unique, sums = np.empty(room, np.int32), np.empty(room, np.int32)
    signs = np.ones(room, np.int32)
    indices, data = np.empty(len(columns), np.int32), np.empty(len(columns), np.float32)
    end = 0
    for row in range(len(indptr) - 1):
        of_row = columns[indptr[row] : indptr[row + 1]]
        n_unique = merge_duplicates(of_row, signs, len(of_row), N_FEATURES, slots, unique, sums)
        write_row(unique, sums, n_unique, False, L2, indices, data, end)
        end += n_unique
    return end


def repeated_columns(batch: Batch) -> tuple[np.ndarray, np.ndarray]:
    """Return the columns of each text as they were before merging, in some order, and indptr."""
    counted = hash_texts(batch.text, COUNTS).rows
    counts = counted.data.astype(np.int64)
    columns = np.repeat(counted.indices, counts)
    rows = np.repeat(np.arange(counted.n_rows), np.diff(counted.indptr)).repeat(counts)
    shuffled = np.lexsort((np.random.default_rng(0).random(len(rows)), rows))
    indptr = np.concatenate([[0], np.bincount(rows, minlength=counted.n_rows).cumsum()])
    return columns[shuffled], indptr


def stage_seconds(batches: Iterator[Batch]) -> dict[str, float]:
    """Return the processor seconds of each stage, over all batches."""
    seconds = {"decode": 0.0, "tokenise and hash": 0.0, "merge duplicates": 0.0}
    while True:
        start = time.process_time()
        batch = next(batches, None)
        decoded = time.process_time()
        seconds["decode"] += decoded - start
        if batch is None:
            return seconds
        hash_texts(batch.text, HashSettings())
        hashed = time.process_time() - decoded
        columns, indptr = repeated_columns(batch)
        start = time.process_time()
        merge_rows(columns, indptr)
        merged = time.process_time() - start
        seconds["tokenise and hash"] += hashed - merged
        seconds["merge duplicates"] += merged


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path)
    dataset = tor.read(parser.parse_args().path, text="text", target="label")
    stage_seconds(iter([next(dataset.batches())]))  # compiles the kernels
    print(json.dumps(stage_seconds(dataset.batches())))


if __name__ == "__main__":
    main()
