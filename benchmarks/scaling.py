"""Predict the time and memory of large trainings from small ones, and check what can be checked.

    python benchmarks/scaling.py FOLDER [FOLDER ...]

Each FOLDER was written by prepare.py. All constants of scaling_model.py are measured here: those of
tokens and weights on ``--share`` of the rows of train.parquet and on half of those, with one
thread, since the two sizes tell what grows with the rows from what does not; the disk by reading
the file after it was dropped from the system's cache. The network is an assumption, of
``--gigabits``. Then the whole file, which has ``1 / --share`` times the rows, is learned on one and
two threads and on a Dask cluster of two processes on this machine, and compared with the
prediction. Last come the tables on paper: rounds over up to 10**12 tokens on up to 64 workers, and
what bounds them.
"""

import argparse
import dataclasses
import math
import os
import socket
import statistics
import threading
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow.parquet as pq

from common import (
    MEGABYTE,
    Run,
    alternate,
    arguments,
    median,
    print_table,
    program,
    run,
    write_json,
)
from dask_cluster import cluster
from scaling_model import (
    GIGABIT,
    Constants,
    network_for,
    round_on,
    serial_seconds,
)

N_PARTS = 8
WORKERS = (1, 2, 4, 8, 16, 32, 64)
TOKENS = (10**9, 10**10, 10**11, 10**12)
N_FEATURES = 2**22
CHUNK = 2**22


def head_of(path: Path, share: float, to: Path) -> Path:
    """Write the first rows of a file as a file of its own, in the same row groups."""
    source = pq.ParquetFile(path)
    n_groups = max(1, round(source.num_row_groups * share))
    with pq.ParquetWriter(to, source.schema_arrow, compression="zstd") as writer:
        for number in range(n_groups):
            writer.write_table(source.read_row_group(number))
    return to


def disk_speed(path: Path) -> float:
    """Return the bytes a second of reading a file that the system no longer has in memory."""
    with path.open("rb", buffering=0) as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        start, n_bytes = time.perf_counter(), 0
        while chunk := file.read(CHUNK):
            n_bytes += len(chunk)
        return n_bytes / (time.perf_counter() - start)


def loopback_speed() -> float:
    """Return the bytes a second between two sockets of this machine, for the check on one."""
    sender, receiver = socket.socketpair()
    content, n_bytes = bytearray(16 * CHUNK), 0
    thread = threading.Thread(target=sender.sendall, args=(content,))
    start = time.perf_counter()
    thread.start()
    while n_bytes < len(content):
        n_bytes += len(receiver.recv(CHUNK))
    seconds = time.perf_counter() - start
    thread.join()
    sender.close()
    receiver.close()
    return n_bytes / seconds


def measured_costs(path: Path, repeats: int) -> dict[str, float]:
    """Return the costs of a round of eight parts on one thread, as medians."""
    command = program("averaging", "cost", path, "--n-jobs", 1)
    reports = [run(command).report for _ in range(repeats)]
    return {name: statistics.median(each[name] for each in reports) for name in reports[0]}


def constants_of(
    small: dict[str, float], sample: dict[str, float], path: Path, gigabits: float
) -> Constants:
    """Return the constants, from the costs of two samples of which the second is larger."""
    tokens, changes = sample["n_tokens"], sample["n_changes"]
    by_token = {
        name: (sample[name] - small[name]) / (tokens - small["n_tokens"])
        for name in ("hash", "learn", "learn_in_parts")
    }
    if min(by_token.values()) <= 0:
        raise SystemExit("More rows took less time: measure on a quiet machine, or more rows.")
    more = math.log(changes / small["n_changes"]) / math.log(tokens / small["n_tokens"])
    return Constants(
        **by_token,
        start=max(sample["hash"] - by_token["hash"] * tokens, 0.0) / N_PARTS,
        find=(sample["copy"] + sample["changes"]) / (N_PARTS * sample["n_weights"]),
        merge=sample["merge"] * N_PARTS / (N_PARTS - 1) / changes,
        apply=sample["take_in"] / sample["n_merged_changes"],
        tokens=tokens / N_PARTS,
        changes=changes / N_PARTS,
        growth=min(max(more, 0.0), 1.0),
        change_bytes=sample["n_bytes"] / changes,
        n_weights=int(sample["n_weights"]),
        n_tiles=int(sample["n_tiles"]),
        file_bytes=path.stat().st_size / tokens,
        disk=disk_speed(path),
        network=gigabits * GIGABIT,
    )


def contenders(data: Path, address: str) -> dict[str, Any]:
    """Return the commands that are compared with predictions, by name."""
    commands = {
        "serial, 1 thread": program("torrential", "train", data, "--n-jobs", 1),
        "serial, 2 threads": program("torrential", "train", data, "--n-jobs", 2),
        "8 parts, 1 thread": program("averaging", "train", data, "--n-jobs", 1),
        "8 parts, 2 threads": program("averaging", "train", data, "--n-jobs", 2),
        "8 parts, Dask, 2 workers": program("averaging", "train", data, "--cluster", address),
    }
    return {name: lambda command=command: run(command) for name, command in commands.items()}


def predicted(constants: Constants, tokens: float) -> dict[str, float]:
    """Return the seconds of each contender, by the model."""
    local = dataclasses.replace(constants, network=math.inf, disk=math.inf)
    near = dataclasses.replace(local, network=loopback_speed())
    return {
        "serial, 1 thread": serial_seconds(constants, tokens, 1),
        "serial, 2 threads": serial_seconds(constants, tokens, 2),
        "8 parts, 1 thread": round_on(local, tokens, 1, N_PARTS).seconds,
        "8 parts, 2 threads": round_on(local, tokens, 2, N_PARTS).seconds,
        "8 parts, Dask, 2 workers": round_on(near, tokens, 2, N_PARTS).seconds,
    }


def check(
    constants: Constants, tokens: float, runs: dict[str, list[Run]], small: dict[str, list[Run]]
) -> list[list[object]]:
    """Return predicted and measured seconds and MiB; memory is predicted not to grow."""
    rows: list[list[object]] = []
    for name, seconds in predicted(constants, tokens).items():
        measured = median(runs[name])
        is_here = "Dask" not in name  # the memory of workers is that of other processes
        peaks = [median(each[name], lambda r: r.peak_rss_mb) for each in (small, runs)]
        shown: list[object] = list(peaks) if is_here else [None, None]
        rows.append([name, seconds, measured, f"{measured / seconds:.2f}x", *shown])
    return rows


def constant_rows(constants: Constants) -> list[list[object]]:
    """Return the constants in units that can be read."""
    return [
        ["read and hash, million tokens a core-second", 1e-6 / constants.hash],
        ["learn in a serial pass, the same", 1e-6 / constants.learn],
        ["learn in parts, the same", 1e-6 / constants.learn_in_parts],
        ["start a part, ms", 1e3 * constants.start],
        ["compare a weight, ns", 1e9 * constants.find],
        ["merge a changed weight, ns", 1e9 * constants.merge],
        ["apply one, ns", 1e9 * constants.apply],
        ["bytes of one, as sent", constants.change_bytes],
        [f"changed by {constants.tokens / 1e6:.3g} million tokens, of all",
         f"{constants.changes / constants.n_weights:.1%}"],
        ["grow with the power of tokens", constants.growth],
        ["bytes of the file a token", constants.file_bytes],
        ["read the file from disk, MB/s", constants.disk / MEGABYTE],
    ]  # fmt: skip


def on_paper(constants: Constants) -> list[list[object]]:
    """Return the hours of a round by tokens (rows) and workers (columns)."""
    return [
        [f"{tokens:.0e}", *(round_on(constants, tokens, w).work / 3600 for w in WORKERS)]
        for tokens in TOKENS
    ]


def bounds(constants: Constants, gigabits: list[float]) -> list[list[object]]:
    """Return what a round over most tokens takes, by workers, and what takes longest."""
    rows: list[list[object]] = []
    for workers in WORKERS:
        each = [
            round_on(dataclasses.replace(constants, network=g * GIGABIT), TOKENS[-1], workers)
            for g in gigabits
        ]
        first = each[0]
        read = TOKENS[-1] * constants.file_bytes / first.work
        rows.append(
            [
                *[workers, first.work / 3600, first.disk / 3600, read / MEGABYTE, first.merging],
                *[*(one.network for one in each), first.bound],
            ]
        )
    return rows


def report(folder: Path, args: argparse.Namespace, address: str) -> dict[str, Any]:
    """Measure, compare and print the tables of one set; return their figures."""
    data = folder / "train.parquet"
    with TemporaryDirectory() as work:
        sample = head_of(data, args.share, Path(work) / "sample.parquet")
        smaller = head_of(data, args.share / 2, Path(work) / "smaller.parquet")
        costs = [measured_costs(path, args.repeats) for path in (smaller, sample)]
        constants = constants_of(*costs, sample, args.gigabits[0])
        small = alternate(contenders(sample, address), 1)
    tokens = (
        costs[1]["n_tokens"] * data.stat().st_size / (constants.file_bytes * costs[1]["n_tokens"])
    )
    runs = alternate(contenders(data, address), args.repeats)
    print_table(f"{folder.name}: constants, of {costs[1]['n_tokens'] / 1e6:.3g} million tokens",
                ["", ""], constant_rows(constants))  # fmt: skip
    print_table(f"{folder.name}: a pass over {tokens / 1e6:.3g} million tokens",
                ["", "predicted s", "measured s", "ratio", "predicted MiB", "measured MiB"],
                check(constants, tokens, runs, small))  # fmt: skip
    n_columns = max(1, constants.n_weights // int(costs[1]["n_features"]))
    large = constants.with_features(N_FEATURES, n_columns)
    model = large.n_weights * large.change_bytes
    print(
        f"\n2**22 features, columns: {n_columns}. If all weights changed, a part would send "
        f"{model / MEGABYTE:,.0f} MB."
    )
    print_table("Hours of work of a round, by tokens and workers",
                ["tokens", *map(str, WORKERS)], on_paper(large))  # fmt: skip
    print_table(f"A round over {TOKENS[-1]:.0e} tokens",
                ["workers", "work h", "one disk h", "MB/s to read", "merging s",
                 *(f"network s, {g:g} Gbit/s" for g in args.gigabits), "bound"],
                bounds(large, args.gigabits))  # fmt: skip
    least = network_for(large, TOKENS[-1], WORKERS[-1], 0.01) / GIGABIT
    print(
        f"\n{WORKERS[-1]} workers need {least:.2g} Gbit/s for a network that takes 1 % of the work."
    )
    return {"constants": dataclasses.asdict(constants), "runs": runs, "small": small}


def main() -> None:
    parser = arguments(__doc__, peers=False)
    parser.add_argument("folders", type=Path, nargs="+", metavar="FOLDER")
    parser.add_argument("--share", type=float, default=0.5, help="of the rows, for constants")
    parser.add_argument("--gigabits", type=float, nargs="+", default=[1.0, 10.0, 100.0])
    args = parser.parse_args()
    with cluster(2) as address:
        results = {folder.name: report(folder, args, address) for folder in args.folders}
    write_json(args.json, {"sets": results})


if __name__ == "__main__":
    main()
