"""Kill trainings at random moments, resume them, and compare the results.

    python benchmarks/bench_faults.py TRAIN.parquet [--kills 50]

Half of the time, ``torrential train --checkpoint`` is killed by SIGKILL at a random moment, and the
same command with ``--resume`` finishes the training. In the other half, a worker of a Dask cluster
of two processes on this machine is killed while parameter averaging runs on the cluster. Every
model is compared with that of an undisturbed training, array by array, bit by bit.
"""

import argparse
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

import torrential as tor
from common import TORRENTIAL, print_table, write_json
from dask_cluster import cluster_to_kill
from torrential.persistence.model_file import read_model

LEARNING = ["--ngram-range", "1-2", "--idf", "running", "--epochs", "2"]


def train(data: Path, model: Path, *options: object) -> subprocess.Popen[bytes]:
    """Start a training on the command line."""
    words = ["train", data, "--text", "text", "--target", "label", "-o", model, "-q", *LEARNING]
    return subprocess.Popen([TORRENTIAL, *map(str, [*words, *options])])


def arrays_of(model: Path) -> dict[str, Any]:
    """Return the arrays of a model file, in memory."""
    arrays, _ = read_model(model)
    return {name: array.copy() for name, array in arrays.items()}


def are_equal(first: dict[str, Any], second: dict[str, Any]) -> bool:
    """Return whether two models have the same bits."""
    return first.keys() == second.keys() and all(
        np.array_equal(array, second[name]) for name, array in first.items()
    )


def kill_processes(data: Path, folder: Path, n_kills: int, moments: random.Random) -> list[bool]:
    """Kill and resume trainings; return which models equal the undisturbed model."""
    begin = time.perf_counter()
    assert train(data, folder / "whole.model").wait() == 0
    seconds, whole = time.perf_counter() - begin, arrays_of(folder / "whole.model")
    equal = []
    for _ in range(n_kills):
        kept, model = folder / "kept", folder / "killed.model"
        options = ["--checkpoint", kept, "--checkpoint-every", "0s", "--resume"]
        process = train(data, model, *options)
        time.sleep(moments.uniform(0, seconds))
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert train(data, model, *options).wait() == 0
        equal.append(are_equal(arrays_of(model), whole))
        print(f"process {len(equal)} of {n_kills}: {equal[-1]}", file=sys.stderr)
        kept.unlink()
        model.unlink()
    return equal


def kill_workers(data: Path, folder: Path, n_kills: int, moments: random.Random) -> list[bool]:
    """Kill a worker during each training on a cluster; return which models are equal."""
    dataset = tor.read(data, text="text", target="label")
    model = folder / "averaged.model"

    def fit(executor: Any) -> dict[str, Any]:
        estimator = tor.TextClassifier(preset="fast", idf="running")
        fitted = tor.ParameterAveraging(estimator, n_rounds=2, executor=executor).fit(dataset)
        fitted.estimator_.save(model)
        return arrays_of(model)

    whole = fit(tor.Threads(2))
    equal = []
    with cluster_to_kill(2) as (address, kill), tor.Dask(address) as dask:
        fit(dask)  # workers load their kernels
        begin = time.perf_counter()
        fit(dask)
        seconds = time.perf_counter() - begin
        for _ in range(n_kills):
            killer = threading.Timer(moments.uniform(0, seconds), kill, [moments.randrange(2)])
            killer.start()
            equal.append(are_equal(fit(dask), whole))
            print(f"worker {len(equal)} of {n_kills}: {equal[-1]}", file=sys.stderr)
            killer.join()
    return equal


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, help="write the result to this file as well")
    args = parser.parse_args()
    kinds: dict[str, tuple[Callable[..., list[bool]], int]] = {
        "process killed, resumed": (kill_processes, args.kills - args.kills // 2),
        "worker of a cluster killed": (kill_workers, args.kills // 2),
    }
    rows, n_equal, moments = [], 0, random.Random(args.seed)
    for name, (kill, n_kills) in kinds.items():
        with TemporaryDirectory() as folder:
            equal = kill(args.data, Path(folder), n_kills, moments)
        rows.append([name, n_kills, sum(equal)])
        n_equal += sum(equal)
    print_table("Models equal to the undisturbed one", ["", "kills", "equal"], rows)
    print(f"\n{n_equal} of {args.kills} equal")
    write_json(args.json, {"kills": args.kills, "equal": n_equal})
    if n_equal < args.kills:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
