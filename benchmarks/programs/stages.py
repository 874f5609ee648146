"""Time the stages before learning one by one, on one thread: stages.py FILE.parquet.

Merging is a part of the hashing kernel, so it is timed again separately: the columns of each text
are repeated as often as they were counted, shuffled, and merged by the same kernel. The remaining
time of the hashing kernel is tokenizing and hashing.
"""

import argparse
import json
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numba import njit

import torrential as tor
from torrential.features.settings import HashSettings
from torrential.features.text.hasher import hash_texts
from torrential.kernels.constants import SLOTS
from torrential.kernels.text.merge import BIAS, L2, make_slots, merge_duplicates, write_row
from torrential.types import Batch

N_FEATURES = 2**20
COUNTS = HashSettings(n_features=N_FEATURES, norm=None, alternate_sign=False)


@njit(nogil=True)
def merge_rows(entries: np.ndarray, indptr: np.ndarray) -> int:
    """Merge the repeated columns of every row; return the number of columns that remain."""
    longest = np.max(np.diff(indptr))
    slots = make_slots(longest, N_FEATURES)
    row = np.empty(longest + SLOTS, np.uint64)
    indices, data = np.empty(len(entries), np.int32), np.empty(len(entries), np.float32)
    end = 0
    for i in range(len(indptr) - 1):
        n_unique = merge_duplicates(entries, indptr[i], indptr[i + 1], N_FEATURES, slots, row)
        write_row(row, n_unique, False, L2, indices, data, end)
        end += n_unique
    return end


def repeated_entries(batch: Batch) -> tuple[np.ndarray, np.ndarray]:
    """Return the entries of each text as they were before merging, in some order, and indptr."""
    counted = hash_texts(batch.text, COUNTS).rows
    counts = counted.data.astype(np.int64)
    columns = np.repeat(counted.indices, counts)
    rows = np.repeat(np.arange(counted.n_rows), np.diff(counted.indptr)).repeat(counts)
    shuffled = np.lexsort((np.random.default_rng(0).random(len(rows)), rows))
    indptr = np.concatenate([[0], np.bincount(rows, minlength=counted.n_rows).cumsum()])
    entries = columns[shuffled].astype(np.uint64) << np.uint64(32) | np.uint64(BIAS + 1)
    return entries, indptr


def stage_seconds(batches: Iterator[Batch]) -> dict[str, float]:
    """Return the processor seconds of each stage, over all batches."""
    seconds = {"decode": 0.0, "tokenize and hash": 0.0, "merge duplicates": 0.0}
    while True:
        start = time.process_time()
        batch = next(batches, None)
        decoded = time.process_time()
        seconds["decode"] += decoded - start
        if batch is None:
            return seconds
        hash_texts(batch.text, HashSettings())
        hashed = time.process_time() - decoded
        entries, indptr = repeated_entries(batch)
        start = time.process_time()
        merge_rows(entries, indptr)
        merged = time.process_time() - start
        seconds["tokenize and hash"] += hashed - merged
        seconds["merge duplicates"] += merged


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path)
    dataset = tor.read(parser.parse_args().path, text="text", target="label")
    stage_seconds(iter([next(dataset.batches())]))  # compiles the kernels
    print(json.dumps(stage_seconds(dataset.batches())))


if __name__ == "__main__":
    main()
