"""Measure parameter averaging: its speed on threads and on Dask, and what averaging costs.

    python benchmarks/bench_averaging.py FOLDER [FOLDER ...]

Each FOLDER was written by prepare.py, with 250 MB of text or more. One pass over its Parquet file
is learned in eight parts, each contender in a separate process: one thread, two threads, and two
worker processes of a Dask cluster that is started on this machine, compared with the serial learner
on one and two threads. A second table divides the seconds of a round, measured in one process on
one thread, and extrapolates from them: the time of a round with more cores, where averaging
overtakes the serial learner, and how long 10**12 tokens would take on 64 workers.
"""

import argparse
import json
import math
from pathlib import Path
from typing import Any

from common import Run, alternate, arguments, facts, median, print_table, program, run, write_json
from dask_cluster import cluster

SERIAL, PARTS = "serial learner", "averaging, 8 parts"
CORES = (1, 2, 4, 8, 16, 32, 64)
WORKERS, TOKENS = 64, 10**12
NETWORK = 1.25e9
"""Bytes a second between machines: 10 Gbit/s."""


def contenders(data: Path, test: Path, address: str) -> dict[str, Any]:
    """Return the commands, by name."""

    def averaged(*words: object) -> Any:
        return program("averaging", "train", data, "--test", test, *words)

    commands = {
        f"{SERIAL}, 1 thread": program("torrential", "train", data, "--test", test, "--n-jobs", 1),
        f"{SERIAL}, 2 threads": program("torrential", "train", data, "--test", test, "--n-jobs", 2),
        f"{PARTS}, 1 thread": averaged("--n-jobs", 1),
        f"{PARTS}, 2 threads": averaged("--n-jobs", 2),
        f"{PARTS}, Dask, 2 workers": averaged("--cluster", address),
    }
    return {name: lambda command=command: run(command) for name, command in commands.items()}


def speed_rows(runs: dict[str, list[Run]]) -> list[list[object]]:
    """Return the table: seconds, spread, and how many times as fast as on one thread."""
    one = median(runs[f"{PARTS}, 1 thread"])
    serial = median(runs[f"{SERIAL}, 1 thread"])
    return [
        [
            name,
            median(each),
            f"{min(r.seconds for r in each):.2f}-{max(r.seconds for r in each):.2f}",
            median(each, lambda r: r.cpu_seconds),
            f"{one / median(each):.2f}x",
            f"{serial / median(each):.2f}x",
            f"{each[-1].report['accuracy']:.4f}",
            each[-1].report.get("sent_mb"),
        ]
        for name, each in runs.items()
    ]


class Model:
    """The cost of a round, from its measured parts.

    Parameters
    ----------
    cost : dict
        Seconds of one core, as programs/averaging_costs.py measures them, over all parts.
    """

    def __init__(self, cost: dict[str, float]) -> None:
        self.hash = cost["hash"]
        self.learn = cost["learn"]
        self.learn_in_parts = cost["learn_in_parts"]
        self.per_part = (cost["copy"] + cost["changes"]) / cost["n_parts"]
        self.merge = cost["merge"] / max(1, cost["n_parts"] - 1)
        self.take_in = cost["take_in"]
        self.n_bytes = cost["n_bytes"] / cost["n_parts"]
        self.n_tiles = cost["n_tiles"]
        self.n_tokens = cost["n_tokens"]
        self.n_megabytes = cost["n_megabytes"]

    def serial(self, cores: int) -> float:
        """Return the seconds of a pass: hashing on all cores, and learning divided columns."""
        learner = self.learn / min(cores, self.n_tiles)
        return max(learner, (self.hash + self.learn) / cores)

    def averaged(self, cores: int) -> float:
        """Return the seconds of a round in as many parts as cores, on one machine."""
        parts = (self.hash + self.learn_in_parts) / cores + self.per_part
        return parts + self.merge * (cores - 1) + self.take_in

    def text_per_part(self, share: float) -> float:
        """Return the MB of text in a part at which averaging adds this share of the work."""
        work = (self.hash + self.learn_in_parts) / self.n_megabytes
        return (self.per_part + self.merge) / (share * work)

    def overtakes(self) -> int | None:
        """Return the least cores at which averaging beats the serial learner; None if never."""
        return next((c for c in range(2, 257) if self.averaged(c) < self.serial(c)), None)

    def on_cluster(self, workers: int, tokens: float) -> tuple[float, float]:
        """Return the seconds of a round's work, and of averaging in a tree of fan-in 4."""
        work = (self.hash + self.learn_in_parts) * tokens / self.n_tokens / workers
        depth = math.ceil(math.log(workers, 4))
        sent = self.n_bytes * (3 * depth + 1) / NETWORK
        handed_out = self.n_bytes * math.ceil(math.log2(workers)) / NETWORK
        return work, self.per_part + 3 * depth * self.merge + self.take_in + sent + handed_out


def cost_rows(cost: dict[str, float]) -> list[list[object]]:
    """Return the parts of a round in seconds."""
    names = ("hash", "learn", "learn_in_parts", "copy", "changes", "merge", "take_in")
    return [[name.replace("_", " "), cost[name]] for name in names]


def report(name: str, runs: dict[str, list[Run]], cost: dict[str, float]) -> dict[str, Any]:
    """Print the tables of one set, and return their figures."""
    header = ["", "seconds", "min-max", "cpu s", "to 1 thread", "to serial", "accuracy", "MB sent"]
    print_table(f"{name}: one pass", header, speed_rows(runs))
    print_table(f"{name}: core-seconds of a round of 8 parts", ["", "seconds"], cost_rows(cost))
    model = Model(cost)
    rows = [
        [
            cores,
            model.serial(cores),
            model.averaged(cores),
            model.serial(cores) / model.averaged(cores),
        ]
        for cores in CORES
    ]
    print_table(f"{name}: on paper", ["cores", "serial s", "averaging s", "ratio"], rows)
    both = [median(runs[f"{name}, 2 threads"]) for name in (SERIAL, PARTS)]
    paper = model.serial(2) / model.averaged(2)
    print(
        f"\nWith 2 cores the serial learner takes {paper:.2f} times as long as averaging on paper, "
        f"and {both[0] / both[1]:.2f} times as measured."
    )
    overtakes = model.overtakes()
    where = f"from {overtakes} cores on" if overtakes else "on no number of cores up to 256"
    print(f"\nOn paper averaging takes less time than the serial learner {where}.")
    print(f"Averaging adds 10 % to parts of {model.text_per_part(0.1):.0f} MB of text.")
    work, averaging = model.on_cluster(WORKERS, TOKENS)
    print(
        f"A round over 10**12 tokens on {WORKERS} workers of one core: {work / 3600:.1f} hours of "
        f"work, and {averaging:.1f} s of averaging."
    )
    return {
        "runs": runs,
        "cost": cost,
        "overtakes": overtakes,
        "cluster": {"work_s": work, "averaging_s": averaging},
    }


def main() -> None:
    parser: argparse.ArgumentParser = arguments(__doc__, peers=False)
    parser.add_argument("folders", type=Path, nargs="+", metavar="FOLDER")
    args = parser.parse_args()
    results = {}
    with cluster(2) as address:
        for folder in args.folders:
            data, test = folder / "train.parquet", folder / "test.parquet"
            name = f"{folder.name}, {facts(folder)['train']['text_bytes'] / 1e6:.0f} MB"
            runs = alternate(contenders(data, test, address), args.repeats)
            costs = [
                run(program("averaging", "cost", data, "--n-jobs", 1)).report
                for _ in range(args.repeats)
            ]
            middle = sorted(costs, key=lambda cost: cost["seconds"])[len(costs) // 2]
            results[folder.name] = report(name, runs, middle)
    write_json(args.json, {"sets": json.loads(json.dumps(results, default=vars))})


if __name__ == "__main__":
    main()
