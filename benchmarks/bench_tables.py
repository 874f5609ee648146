"""Train linear models of tables with crosses, and compare their time, memory and probabilities.

    python benchmarks/bench_tables.py FOLDER ... --peers-python .venv-peers/bin/python

Each FOLDER was written by prepare_tables.py. TableClassifier, ``torrential train`` and
scikit-learn's loop of FeatureHasher and SGDClassifier read Parquet, Vowpal Wabbit its own text,
whose writing is not counted. All take one pass over the same rows, with the same crosses and 2**22
weights. LightGBM is the reference of quality; it trains on all rows in memory, once. "seconds" and
"cpu s" are of the whole process, start-up and imports included, until the model is saved; "work cpu
s" is without interpreter start and imports, except that of ``torrential train``, which is that of
the whole process. Ratios are medians over pairs of runs that followed each other.
"""

import argparse
import json
import statistics
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from common import (
    TORRENTIAL,
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

OURS = "torrential"
COMMAND = "torrential train"
OPTIMIZERS = ["adagrad", "ftrl", "normalized", "coin"]
LEARNERS = ["", "--ftrl", "--coin"]
REFERENCE = "LightGBM"
Contender = tuple[Command, Command]
"""The commands that train and predict; the model's path comes in place of MODEL."""

MODEL = "{model}"
WALL = ("seconds", lambda each: each.wall)
CPU = ("cpu s", lambda each: each.cpu)
WORK = ("work cpu s", lambda each: each.cpu_seconds)
"""What is compared of runs, by the headings of columns."""


def contenders(folder: Path, args: argparse.Namespace) -> dict[str, Contender]:
    """Return the commands by name."""
    found: dict[str, Contender] = {}
    crosses = ["--crosses", "no" if args.no_crosses else "yes"]

    def add(title: str, name: str, *options: object, python: Path | None = None) -> None:
        chosen = {} if python is None else {"python": python}
        found[title] = (
            program(name, "train", folder, "--save", MODEL, *options, **chosen),
            program(name, "predict", MODEL, folder, *options, **chosen),
        )

    peers = args.peers_python
    for optimizer in OPTIMIZERS:
        title = OURS if optimizer == OPTIMIZERS[0] else f"{OURS} {optimizer}"
        parameters = json.dumps({"optimizer": optimizer, "shuffle": not args.in_order})
        options = ["--n-jobs", args.n_jobs, "--params", parameters, *crosses]
        add(title, "torrential_table", *options)
    if not args.no_crosses and facts(folder)["crosses"]:
        for title, choice in (("no crosses", "no"), ("crosses that it finds", "auto")):
            parameters = json.dumps({"shuffle": not args.in_order})
            options = ["--n-jobs", args.n_jobs, "--params", parameters, "--crosses", choice]
            add(f"{OURS}, {title}", "torrential_table", *options)
    found[COMMAND] = command_line(folder, args), found[OURS][1]
    files = {"": "vw"} | ({", values": "values.vw"} if facts(folder)["numbers"] else {})
    for of_values, file in files.items():
        for learner in LEARNERS:
            title = " ".join(["Vowpal Wabbit", *learner.split()]) + of_values
            options = ["--file", file, f"--learner={learner}", *crosses]
            add(title, "vw_table", *options, python=peers)
    add("scikit-learn", "sklearn_table", *crosses, python=peers)
    add(REFERENCE, "lightgbm_table", "--n-jobs", args.n_jobs, python=peers)
    return {name: each for name, each in found.items() if not args.only or name in args.only}


def command_line(folder: Path, args: argparse.Namespace) -> Command:
    """Return the command that trains the default of ours by the command line."""
    of_table = facts(folder)
    crosses = [] if args.no_crosses else of_table["crosses"]
    options = [word for cross in crosses for word in ("--cross", "*".join(cross))]
    for column, kind in of_table["kinds"].items():
        options += ["--kind", f"{column}={kind}"]
    if args.in_order:
        options.append("--no-shuffle")
    rows = [folder / "train.parquet", "--target", of_table["label"]]
    return [TORRENTIAL, "train", *rows, "-o", MODEL, "-q", "--n-jobs", str(args.n_jobs), *options]


def runs_of(contender: Contender, model: Path) -> Callable[[], Run]:
    """Return what trains, and scores the test rows in a process that is not measured."""

    def start() -> Run:
        training, prediction = (
            [str(model) if word == MODEL else word for word in command] for command in contender
        )
        trained = run(training)
        trained.report.update({"scored_" + k: v for k, v in run(prediction).report.items()})
        return trained

    return start


def pairs(ours: list[Run], theirs: list[Run], value: Callable[[Run], float]) -> float:
    """Return how many times as much the other took, run by run."""
    return statistics.median(value(b) / value(a) for a, b in zip(ours, theirs))


def race(folder: Path, args: argparse.Namespace) -> Mapping[str, list[Run]]:
    """Run all contenders of a table."""
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        commands = contenders(folder, args)
        started = {
            name: runs_of(each, Path(temporary, f"{number}.model"))
            for number, (name, each) in enumerate(commands.items())
        }
        slow = {name: started.pop(name) for name in (REFERENCE,) if name in started}
        return {**alternate(started, args.repeats), **alternate(slow, 1)}


def print_results(folder: Path, runs: Mapping[str, list[Run]], title: str) -> None:
    """Print a line for each contender."""
    n_rows = facts(folder)["n_train"]
    compared = {OURS: (WALL, CPU, WORK), COMMAND: (WALL, CPU)}
    rows = []
    for name, each in runs.items():
        wall, cpu, work = (median(each, value) for _, value in (WALL, CPU, WORK))
        peak = statistics.median(one.peak_rss_mb for one in each)
        scores = each[-1].report
        times = [
            f"{pairs(runs[ours], each, value):.2f}" if ours in runs and name != ours else "-"
            for ours, values in compared.items()
            for _, value in values
        ]
        quality = [f"{scores['scored_auc']:.4f}", f"{scores['scored_log_loss']:.4f}"]
        rows.append([name, wall, cpu, work, int(n_rows / wall), peak, *quality, *times])
    header = ["", "seconds", "cpu s", "work cpu s", "rows/s", "peak MiB", "ROC AUC", "log loss"]
    header += [f"{what} / {ours}'s" for ours, values in compared.items() for what, _ in values]
    print_table(title, header, rows)


def main() -> None:
    parser = arguments(__doc__, peers=True)
    parser.add_argument("folders", type=Path, nargs="+", help="what prepare_tables.py wrote")
    parser.add_argument("--n-jobs", type=int, default=2)
    parser.add_argument("--no-crosses", action="store_true")
    parser.add_argument("--in-order", action="store_true", help=f"{OURS} with shuffle=False")
    parser.add_argument("--only", nargs="+", help="names of contenders, to run these alone")
    args = parser.parse_args()
    results = {}
    for folder in args.folders:
        results[folder.name] = runs = race(folder, args)
        has_crosses = facts(folder)["crosses"] and not args.no_crosses
        crosses = "with crosses" if has_crosses else "without crosses"
        title = f"{folder.name}, {facts(folder)['n_train']:,} rows, {crosses}"
        print_results(folder, runs, title)
    write_json(args.json, {"tables": results})


if __name__ == "__main__":
    main()
