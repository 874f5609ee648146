"""Let processes share one cache while they are killed, and compare every batch with a fresh one.

    python benchmarks/bench_cache_sharing.py TRAIN.parquet [--seconds 120] [--processes 8]

The rows are rewritten in small row groups, and the cache is smaller than the hashed rows, so
entries are removed all the time while other processes read them. Each process hashes all rows once,
then reads them through the cache repeatedly, and compares a checksum of every batch. About every
second a random process is killed by SIGKILL and replaced. At the end every file of the cache is
checked completely.
"""

import json
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq

from common import PROGRAMS, arguments, print_table, write_json
from torrential.persistence.records import open_records


class Reader:
    """A process that reads, with its reports."""

    def __init__(self, cache: Path, data: Path, limit_mb: int, seen: Counter[str]) -> None:
        words = ["predict", cache, data, "--limit-mb", limit_mb, "--n-jobs", 2]
        program = [sys.executable, PROGRAMS / "with_cache.py", *map(str, words)]
        self.process = subprocess.Popen(
            program, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        self.n_passes = 0
        self._thread = threading.Thread(target=self._listen, args=(seen,))
        self._thread.start()

    def _listen(self, seen: Counter[str]) -> None:
        for line in self.process.stdout or ():
            if line.endswith("}\n"):
                seen.update(json.loads(line) | {"passes": 1})
                self.n_passes += 1

    def kill(self) -> None:
        """Kill the process."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self._thread.join()


def main() -> None:
    parser = arguments(__doc__, peers=False)
    parser.add_argument("data", type=Path)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--rows-per-group", type=int, default=1000)
    parser.add_argument("--limit-mb", type=int, default=6)
    args = parser.parse_args()
    choose, seen, n_kills, largest = random.Random(0), Counter[str](), 0, 0
    with tempfile.TemporaryDirectory() as folder:
        cache, data = Path(folder, "cache"), Path(folder, "rows.parquet")
        pq.write_table(pq.read_table(args.data), data, row_group_size=args.rows_per_group)

        def start() -> Reader:
            return Reader(cache, data, args.limit_mb, seen)

        readers = [start() for _ in range(args.processes)]
        deadline = time.monotonic() + args.seconds
        while time.monotonic() < deadline:
            time.sleep(choose.uniform(0.2, 1.5))
            largest = max(largest, sum(e.stat().st_size for e in _entries(cache)))
            ready = [place for place, reader in enumerate(readers) if reader.n_passes > 0]
            if ready:
                place = choose.choice(ready)
                readers[place].kill()
                n_kills += 1
                readers[place] = start()
        alive = [reader.process.poll() is None for reader in readers]
        for reader in readers:
            reader.kill()
        for entry in _entries(cache):
            open_records(entry)  # raises if it is not whole
        n_entries = len(_entries(cache))
    result = {
        "processes": args.processes,
        "killed": n_kills,
        "ended by themselves": alive.count(False),
        "passes": seen["passes"],
        "batches": seen["batches"],
        "partitions from the cache": seen["hits"],
        "batches that differ": seen["wrong"],
        "whole files at the end": n_entries,
        "largest MB": round(largest / 1e6, 2),
        "limit MB": args.limit_mb,
    }
    print_table(
        f"A shared cache: {args.data.name}", ["", ""], [[k, str(v)] for k, v in result.items()]
    )
    write_json(args.json, result)
    if result["batches that differ"] or result["ended by themselves"]:
        raise SystemExit("The cache is not safe to share.")


def _entries(cache: Path) -> list[Path]:
    found = []
    for entry in cache.glob("*.records"):
        try:
            entry.stat()
        except FileNotFoundError:  # it was just removed
            continue
        found.append(entry)
    return found


if __name__ == "__main__":
    main()
