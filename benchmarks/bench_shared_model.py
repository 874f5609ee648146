"""Measure the memory of processes that apply one large model, and how long opening it takes.

    python benchmarks/bench_shared_model.py [--processes 16] [--bits 26]

A model of 2**BITS columns is saved (26: about 1.3 GB), once with all that learning needs. Each
process loads it, compares its checksums and predicts 10,000 texts; while all of them are there, the
memory of each is read from Linux: its proportional share (PSS) counts a page that several processes
map in parts. Next to it are the same processes with a model of 16 columns, which is what Python and
its libraries take.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import torrential as tor
from common import MEGABYTE, PROGRAMS, arguments, print_table, write_json

TEXTS = [f"word{i} word{7 * i} {'good' if i % 2 else 'bad'}" for i in range(2000)]


def make_model(path: Path, n_features: int) -> Path:
    """Save a model of two classes, whose penalty is pending after one pass."""
    model = tor.TextClassifier(n_features=n_features, max_iter=1, n_jobs=2)
    model.fit(TEXTS, ["bad", "good"] * 1000).save(path)
    return path


def pss(pid: int) -> int:
    """Return the proportional share of a process's memory, in bytes."""
    with Path(f"/proc/{pid}/smaps_rollup").open() as file:
        sizes = dict(line.split(":") for line in file if line.startswith("Pss:"))
    return 1024 * int(sizes["Pss"].split()[0])


def measured(model: Path, n_processes: int, *options: str) -> tuple[int, dict[str, float]]:
    """Return the memory of processes that are there at once, and the seconds of the last one."""
    command = [sys.executable, PROGRAMS / "applying.py", model, *options]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    processes = []
    try:
        seconds = {}
        for _ in range(n_processes):  # one after the other: they are to be timed
            processes.append(subprocess.Popen(command, **pipes))
            seconds = json.loads(processes[-1].stdout.readline())
        return sum(pss(process.pid) for process in processes), seconds
    finally:
        for process in processes:
            process.communicate()


def main() -> None:
    parser = arguments(__doc__, peers=False, repeats=1)
    parser.add_argument("--processes", type=int, default=16)
    parser.add_argument("--bits", type=int, default=26, help="logarithm of the number of columns")
    args = parser.parse_args()
    rows, results = [], {}
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as scratch:
        small = make_model(Path(scratch) / "small.model", 16)
        large = make_model(Path(scratch) / "large.model", 2**args.bits)
        size = large.stat().st_size / MEGABYTE
        for n in (1, args.processes):
            without, _ = measured(small, n)
            total, seconds = measured(large, n)
            own = (total - without) / MEGABYTE
            _, unverified = measured(large, 1, "--no-verify")
            rows.append([
                n, size, total / MEGABYTE, without / MEGABYTE, own, own / size,
                seconds["load"], unverified["load"], seconds["first"],
            ])  # fmt: skip
            results[str(n)] = {"bytes": size, "pss": total, "without": without, **seconds}
    header = [
        "processes", "file MB", "PSS MB", "of which Python", "of the model", "share of the file",
        "load s", "unverified", "first text s",
    ]  # fmt: skip
    print_table("Processes that apply one model", header, rows)
    write_json(args.json, {"processes": results})


if __name__ == "__main__":
    main()
