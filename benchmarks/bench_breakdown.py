"""Show where the processor time of one training pass goes, compared with plain readers.

    python benchmarks/bench_breakdown.py FOLDER

FOLDER was written by prepare.py. Core-seconds by stage: decoding, tokenizing and hashing, and
merging duplicates are measured separately, batch by batch on one thread (programs/stages.py);
learning is the additional time of ``TextClassifier.fit`` on one thread; waiting is the idle time of
its threads when it runs on several. The yardsticks only read the same text: ``wc -w`` the raw text,
pyarrow the Parquet file (one thread), and torrential's own reader.
"""

import os
import shutil
import statistics
import sys
from collections.abc import Mapping
from pathlib import Path

from common import (
    HERE,
    MEGABYTE,
    Command,
    Run,
    alternate,
    arguments,
    facts,
    median,
    print_table,
    program,
    run,
    write_json,
)

READ = HERE / "programs" / "read_only.py"
STAGES = HERE / "programs" / "stages.py"


def yardsticks(folder: Path) -> dict[str, Command]:
    """Return the commands that only read, by name."""
    parquet, raw = folder / "train.parquet", folder / "train.raw.txt"
    commands: dict[str, Command] = {
        "pyarrow, Parquet": [sys.executable, READ, "pyarrow", parquet],
        "torrential.read, Parquet": [sys.executable, READ, "torrential", parquet],
    }
    if wc := shutil.which("wc"):
        commands["wc -w"] = [wc, "-w", raw]
    return commands


def stage_seconds(runs: Mapping[str, list[Run]], n_jobs: int) -> dict[str, float]:
    """Return the median core-seconds of each stage."""
    reports = [one.report for one in runs["stages"]]
    seconds = {name: statistics.median(each[name] for each in reports) for name in reports[0]}
    on_one_thread = median(runs["fit, 1 thread"], lambda one: one.cpu_seconds)
    seconds["learn, and the rest"] = on_one_thread - sum(seconds.values())
    seconds["wait"] = median(runs["fit"], lambda one: n_jobs * one.seconds - one.cpu_seconds)
    return seconds


def main() -> None:
    parser = arguments(__doc__, peers=False)
    parser.add_argument("folder", type=Path, help="what prepare.py wrote")
    parser.add_argument("--n-jobs", type=int, default=len(os.sched_getaffinity(0)))
    args = parser.parse_args()
    data = args.folder / "train.parquet"
    reading = yardsticks(args.folder)
    commands = {
        "fit": program("torrential", "train", data, "--n-jobs", args.n_jobs),
        "fit, 1 thread": program("torrential", "train", data, "--n-jobs", 1),
        "stages": [sys.executable, STAGES, data],
        **reading,
    }
    runs = alternate({name: lambda c=each: run(c) for name, each in commands.items()}, args.repeats)
    text_mb = facts(args.folder)["train"]["text_bytes"] / MEGABYTE
    stages = stage_seconds(runs, args.n_jobs)
    total = sum(stages.values())
    fit = median(runs["fit"])
    seconds_reading = {name: median(runs[name]) for name in reading}
    print_table(
        f"TextClassifier.fit, {args.n_jobs} threads, {text_mb:.0f} MB in {fit:.2f} s",
        ["stage", "core-seconds", "share", "MB per core-second"],
        [
            [name, seconds, f"{seconds / total:.0%}", text_mb / seconds]
            for name, seconds in stages.items()
        ],
    )
    print_table(
        "What the machine allows: reading the same text",
        ["", "seconds", "MB/s", "ratio to fit"],
        [
            [name, seconds, text_mb / seconds, f"{seconds / fit:.2f}x"]
            for name, seconds in seconds_reading.items()
        ],
    )
    result = {"text_mb": text_mb, "n_jobs": args.n_jobs, "core_seconds": stages, "runs": runs}
    write_json(args.json, result)


if __name__ == "__main__":
    main()
