"""The cache of hashed rows: passes from a cold start, and processes that share it.

with_cache.py train DATA --how 0 --passes 3    torrential, no cache
                         --how 1               torrential, with a new cache
                         --how 2               hashing only, no cache
                         --how 3               hashing only, with a new cache
with_cache.py predict FOLDER DATA              read all batches forever, and check each (see
                                               bench_cache_sharing.py, which kills it)
"""

import argparse
import hashlib
import json
import logging
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from measure import Report, main, measured

import torrential as tor
from torrential.data import Dataset
from torrential.engine.batches.encoding import Encoder, hashed_batches
from torrential.features.settings import HashSettings
from torrential.features.text.spec import TextSpec

TRAIN, TRAIN_CACHED, HASH, HASH_CACHED = range(4)
LIMIT = "20 GB"


class Count(logging.Handler):
    """Counts partitions by their origin."""

    def __init__(self) -> None:
        super().__init__()
        self.hits = self.misses = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Count a record."""
        self.hits += record.msg == "%d rows were taken from the cache"
        self.misses += record.msg == "%d rows were read"


class Clock:
    """Records the time at the end of each pass, as a scikit-learn callback."""

    def __init__(self) -> None:
        self.ends = [time.perf_counter()]

    def setup(self, estimator: object, context: object) -> None:
        """Start."""
        self.ends = [time.perf_counter()]

    def teardown(self, estimator: object, context: object) -> None:
        """Do nothing."""

    def on_fit_task_begin(self, estimator: object, context: object) -> None:
        """Do nothing."""

    def on_fit_task_end(self, estimator: object, context: object) -> None:
        """Record the time."""
        self.ends.append(time.perf_counter())


def hash_all(dataset: Dataset, max_n: int, n_jobs: int) -> None:
    """Read and hash all rows, or take them from the cache."""
    encoder = Encoder(TextSpec(HashSettings(sublinear_tf=True, ngram_range=(1, max_n))))
    for _ in hashed_batches(dataset.partitions(), encoder, n_jobs):
        pass


def passes(args: argparse.Namespace, dataset: Dataset) -> Iterator[float]:
    """Yield the seconds of each pass."""
    if args.how in (HASH, HASH_CACHED):
        for _ in range(args.passes):
            start = time.perf_counter()
            hash_all(dataset, args.max_n, args.n_jobs)
            yield time.perf_counter() - start
        return
    clock = Clock()
    model = tor.TextClassifier(
        preset="fast", n_jobs=args.n_jobs, max_iter=args.passes, ngram_range=(1, args.max_n)
    ).set_callbacks(clock)
    model.fit(dataset)
    yield from (end - begin for begin, end in zip(clock.ends[:-1], clock.ends[1 : 1 + args.passes]))


def train(args: argparse.Namespace) -> Report:
    report: Report = {}
    warm_up(args.n_jobs)
    count = Count()
    for name in ("cache", "read"):
        logging.getLogger(f"torrential.{name}").setLevel(logging.DEBUG)
        logging.getLogger(f"torrential.{name}").addHandler(count)
    with tempfile.TemporaryDirectory(dir=args.data.parent) as folder:
        dataset = tor.read(args.data, text="text", target="label")
        if args.how in (TRAIN_CACHED, HASH_CACHED):
            dataset = dataset.cache(folder, LIMIT)
        with measured(report):
            seconds = list(passes(args, dataset))
        sizes = [each.stat().st_size for each in Path(folder).glob("*.records")]
    report |= {f"pass_{number}": each for number, each in enumerate(seconds, 1)}
    looked_up = count.hits + count.misses
    return report | {"cache_mb": sum(sizes) / 1e6, "hit_ratio": count.hits / max(1, looked_up)}


def warm_up(n_jobs: int) -> None:
    """Load the compiled kernels."""
    texts = [f"word{i} other" for i in range(50)]
    with tempfile.TemporaryDirectory() as folder:
        dataset = tor.read({"text": texts, "label": ["a", "b"] * 25}, text="text", target="label")
        cached = dataset.cache(folder)
        tor.TextClassifier(preset="fast", n_jobs=n_jobs, max_iter=2).fit(cached)


def checksum(batch: object) -> str:
    """Return a hash of everything that a model learns from a batch."""
    rows, target = batch.rows, batch.target  # type: ignore[attr-defined]
    state = hashlib.blake2b(digest_size=8)
    for array in (rows.data, rows.indices, rows.indptr, target.codes):
        state.update(array.tobytes())
    state.update(json.dumps(target.values).encode())
    return state.hexdigest()


def predict(args: argparse.Namespace) -> Report:
    """Compare every batch with a fresh one until killed; print the counts after each pass."""
    dataset = tor.read(args.data, text="text", target="label")
    encoder = Encoder(TextSpec(HashSettings(sublinear_tf=True)))
    fresh = [checksum(b) for b in hashed_batches(dataset.partitions(), encoder, 1)]
    count = Count()
    logging.getLogger("torrential.cache").setLevel(logging.DEBUG)
    logging.getLogger("torrential.cache").addHandler(count)
    while True:
        cached = dataset.cache(args.model, f"{args.limit_mb} MB")
        seen = hashed_batches(cached.partitions(), encoder, args.n_jobs)
        wrong = sum(checksum(b) != sum_ for b, sum_ in zip(seen, fresh, strict=True))
        print(json.dumps({"batches": len(fresh), "wrong": wrong, "hits": count.hits}), flush=True)
        count.hits = 0


if __name__ == "__main__":
    main(__doc__, train, predict, how=0, passes=3, n_jobs=2, limit_mb=100, max_n=1)
