"""Compare torrential with its peers on the same text in one run, and write all measurements.

    python benchmarks/compare.py --peers-python .venv-peers/bin/python --json compared.json

By default the text is the Python code of the packages that torrential needs (installed_code.py),
which every installation has; ``--data`` has folders of labeled sets instead, with train*.parquet
and test*.parquet. The contenders are those of bench_training.py (one pass over words), some of
bench_accuracy.py (each as accurate as its settings there make it) and of bench_prediction.py.
dask-ml takes part if the peers' Python can import it. All contenders of a set run in turn, each run
in a process of its own, which is ended if it passes ``--limit-s`` or ``--limit-mb``.

This process imports and reads little: the peak memory of the others starts from its own.
``--json`` names the file of results, whose tables write_comparison.py makes. `make compare` does
both, for benchmarks/compared.json, docs/guide/comparison.rst and README.md.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import bench_prediction
import bench_training
from accuracy_contenders import (
    DEFAULT,
    FAST,
    FASTTEXT,
    PAIRS,
    PRESETS,
    SGD,
    VOWPAL,
    Contender,
    contenders,
)
from accuracy_outcomes import Outcome
from bench_accuracy import measure, prepare
from common import (
    HERE,
    MEGABYTE,
    PROGRAMS,
    Run,
    alternate,
    facts,
    program,
    run,
    training_files,
    write_json,
)
from limits import Limits

CODE = "installed code"
CODE_MB = 20
PREDICT_MB = 20
SHARES_OF_BEST = [0.99, 0.95]
DASK = "dask-ml"

ONE_PASS = {
    "torrential Parquet": (FAST, "from Parquet"),
    "torrential text": (FAST, "from a text file"),
    "Vowpal Wabbit": (VOWPAL, "1 pass of words"),
    "fastText": (FASTTEXT, "1 epoch of words"),
    "scikit-learn": (SGD, "out of core"),
}
"""Tool and setting of each contender of bench_training.py."""

ACCURATE_ONES = [
    DEFAULT,
    f"{VOWPAL}, 5 passes",
    f"{FASTTEXT}, 5 epochs",
    PAIRS,
]
"""Names of those of bench_accuracy.py."""

PREDICTIONS = [*bench_prediction.OURS[:2], "fasttext predict", VOWPAL, "scikit-learn"]
"""Names of those of bench_prediction.py."""


def one_pass(
    folder: Path, peers: Path, n_jobs: int, versions: Mapping[str, str]
) -> list[Contender]:
    """Return the contenders that make one pass over words."""
    commands = bench_training.commands(folder, peers, n_jobs)
    found = [Contender(*ONE_PASS[name], command) for name, command in commands.items()]
    if DASK in versions:
        files = [folder / "train.parquet", "--test", folder / "test.parquet"]
        command = program("dask", "train", *files, "--threads", n_jobs, python=peers)
        found.append(Contender(DASK, "Incremental", command))
    return found


def seconds_of(each: Run) -> float:
    return each.seconds


def spread(runs: Iterable[Run], value: Callable[[Run], float]) -> dict[str, float]:
    """Return the median of a value over runs, the smallest and the largest."""
    values = [value(each) for each in runs]
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def record(name: str, runs: Sequence[Run], text_bytes: int, reference: Sequence[Run]) -> Any:
    """Return all that the runs of a contender have shown, and the runs themselves."""
    seconds = spread(runs, seconds_of)
    ours = spread(reference, seconds_of)["median"]
    scores = {
        score: spread(runs, lambda each, score=score: each.report[score])
        for score in ("accuracy", "macro_f1")
        if score in runs[0].report
    }
    return {
        "name": name,
        "seconds": seconds,
        "mb_per_s": text_bytes / MEGABYTE / seconds["median"],
        "ratio": seconds["median"] / ours,
        "cpu_seconds": spread(runs, lambda each: each.cpu_seconds),
        "process_seconds": spread(runs, lambda each: each.wall),
        "peak_mib": spread(runs, lambda each: each.peak_rss_mb),
        **scores,
        "runs": [asdict(each) for each in runs],
    }


def race(
    names: Iterable[str], outcome: Outcome, text_bytes: int, reference: str
) -> dict[str, object]:
    """Return the records of some contenders, relative to one of ours."""
    if reference in outcome.stopped:
        raise SystemExit(
            f"{reference} took {outcome.stopped[reference]}: raise --limit-s or --limit-mb"
        )
    ours = outcome.runs[reference]
    records = [
        {"name": name, "stopped": outcome.stopped[name]}
        if name in outcome.stopped
        else record(name, outcome.runs[name], text_bytes, ours)
        for name in names
    ]
    return {"reference": reference, "text_bytes": text_bytes, "contenders": records}


def times_to(share: float, outcome: Outcome) -> dict[str, object]:
    """Return the seconds of each tool's quickest setting with a share of the best accuracy."""
    tools = outcome.tools.values()
    seconds = {tool: outcome.cost([tool], seconds_of, share) for tool in tools}
    return {"share": share, "accuracy": outcome.goal(share) / 100, "seconds": seconds}


def predictions(folder: Path, peers: Path, n_jobs: int, repeats: int) -> dict[str, object]:
    """Return the race of predicting a file."""
    with tempfile.TemporaryDirectory() as models:
        found = bench_prediction.contenders(folder, Path(models), peers, n_jobs)
        runs = alternate({name: found[name] for name in PREDICTIONS}, repeats)
    outcome = Outcome(facts(folder), runs)
    text_bytes = outcome.facts["predict"]["text_bytes"]
    return race(PREDICTIONS, outcome, text_bytes, PREDICTIONS[0])


def load_kernels(folder: Path) -> None:
    """Have the kernels compiled, so that the first runs do not take memory and time for that."""
    data = folder / "test.parquet"
    with tempfile.TemporaryDirectory() as models:
        for preset in DEFAULT, FAST:
            model = Path(models, "model")
            options = ["--params", json.dumps(PRESETS[preset]), "--save", model]
            run(program("torrential", "train", data, *options))
        run(program("torrential", "predict", model, data))


def compare(folder: Path, args: argparse.Namespace, versions: Mapping[str, str]) -> Any:
    """Run all contenders on one set."""
    prepared = prepare(folder, args, predict_mb=args.predict_mb)
    peers, n_jobs = args.peers_python, args.n_jobs
    quick = one_pass(prepared, peers, n_jobs, versions)
    others = {each.name: each for each in contenders(prepared, peers, n_jobs)}
    chosen = quick + [others[name] for name in ACCURATE_ONES]
    limits = Limits(args.limit_s, args.limit_mb)
    load_kernels(prepared)
    *_, outcome = measure(chosen, facts(prepared), args.repeats, limits)
    text_bytes = outcome.facts["train"]["text_bytes"]
    return {
        "name": folder.name,
        **outcome.facts,
        "one_pass": race([each.name for each in quick], outcome, text_bytes, quick[0].name),
        "accurate": race(ACCURATE_ONES, outcome, text_bytes, DEFAULT),
        "time_to_accuracy": [times_to(share, outcome) for share in SHARES_OF_BEST],
        "prediction": predictions(prepared, peers, n_jobs, args.repeats),
    }


def peers_of(python: Path) -> dict[str, str]:
    """Return the versions of the peers in their environment."""
    command = [python, PROGRAMS / "versions.py"]
    found = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    missing = {"fasttext", "vowpalwabbit", "scikit-learn"} - set(found)
    if missing:
        raise SystemExit(f"{python} cannot import {', '.join(missing)}: run make bench-peers")
    return found


def check(folders: Sequence[Path]) -> None:
    """Refuse folders that are not sets, and sets with the same name."""
    for number, folder in enumerate(folders):
        training_files(folder)
        if folder.name in [other.name for other in folders[:number]]:
            raise SystemExit(f"two sets of --data are named {folder.name}: rename one of them")


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, nargs="+", metavar="SET", help="labeled sets instead")
    parser.add_argument("--code-mb", type=float, default=CODE_MB, help="code to learn from")
    parser.add_argument("--text", default="text", help="name of their text column")
    parser.add_argument("--label", default="label", help="name of their label column")
    parser.add_argument("--peers-python", type=Path, required=True, help="python with the peers")
    parser.add_argument("--json", type=Path, required=True, help="file of results")
    parser.add_argument("--repeats", type=int, default=3, help="runs of each contender")
    parser.add_argument("--n-jobs", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--predict-mb", type=float, default=PREDICT_MB, help="text to predict")
    parser.add_argument("--limit-s", type=float, default=600, help="seconds of a run, at most")
    parser.add_argument("--limit-mb", type=float, default=8192, help="MiB of a run, at most")
    return parser.parse_args()


def main() -> None:
    args = arguments()
    check(args.data or [])
    versions = peers_of(args.peers_python)
    with tempfile.TemporaryDirectory() as work:
        args.work = Path(work)
        if not args.data:
            args.data, args.label = [args.work / "sources" / CODE], "package"
            size = ["--megabytes", str(args.code_mb)]
            run([sys.executable, HERE / "installed_code.py", args.data[0], *size])
        sets = [compare(folder, args, versions) for folder in args.data]
    result = {"peers": versions, "n_jobs": args.n_jobs, "repeats": args.repeats, "sets": sets}
    write_json(args.json, result)


if __name__ == "__main__":
    main()
